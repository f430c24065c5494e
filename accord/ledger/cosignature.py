"""C2SP tlog-cosignature v1: a witness says that it saw a consistent head at a time.

a note line:     — <witness name> <base64(key id ‖ timestamp (8, big-endian) ‖ Ed25519 signature (64))>

what is signed:  cosignature/v1
                 time <timestamp, decimal seconds since 1970, no leading zeros>
                 <the checkpoint's note text, last newline included>
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accord.errors import Malformed, UsageRefused
from accord.ledger.checkpoint import Checkpoint
from accord.ledger.note import COSIGNATURE_V1, Note, PublicKey, Signature, key_id, verify_ed25519

MAX_TIMESTAMP = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cosignature:
    """What follows the key id in a cosignature's line: seconds since 1970, and an Ed25519 signature (64)."""

    timestamp: int
    signature: bytes

    @classmethod
    def parse(cls, blob: bytes) -> Cosignature:
        """Parse the 72 bytes strictly: `Cosignature.parse(blob).blob` is `blob`. Raises Malformed."""
        timestamp = int.from_bytes(blob[:8], "big")
        if len(blob) != 72 or timestamp > MAX_TIMESTAMP:
            raise Malformed("a cosignature is a time below 2^63 and 64 bytes of signature")
        return cls(timestamp, blob[8:])

    @property
    def blob(self) -> bytes:
        """The 72 bytes as they stand in the note line after the key id."""
        return self.timestamp.to_bytes(8, "big") + self.signature


def cosign(text: str, name: str, private_key: Ed25519PrivateKey, timestamp: int) -> Signature:
    """Cosign a checkpoint's note text at `timestamp` (seconds since 1970); return the line for its note.

    The witness has verified before that this head extends every head of this log it has cosigned. Raises
    Malformed if the text is no checkpoint, UsageRefused if the time or name cannot be written.
    """
    Checkpoint.parse(text)
    if not 0 <= timestamp <= MAX_TIMESTAMP:
        raise UsageRefused("the time of a cosignature is between 0 and 2^63 - 1 seconds")
    signed = Cosignature(timestamp, private_key.sign(_message(text, timestamp)))
    return Signature(name, key_id(name, private_key.public_key(), COSIGNATURE_V1), signed.blob)


def verify_cosignature(note: Note, name: str, public_key: PublicKey) -> int:
    """Verify that a witness cosigned the checkpoint in `note`, with every line that claims to be its own.

    Returns the earliest time it states, in seconds since 1970. Raises SignatureInvalid if it did not sign or
    a line of its does not verify, Malformed if a line of its does not parse or the text is no checkpoint.
    """
    Checkpoint.parse(note.text)
    times = []
    for line in note.signatures_by(name, key_id(name, public_key, COSIGNATURE_V1)):
        stated = Cosignature.parse(line.blob)
        verify_ed25519(public_key, stated.signature, _message(note.text, stated.timestamp))
        times.append(stated.timestamp)
    return min(times)


def _message(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()
