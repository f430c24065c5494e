"""C2SP tlog-checkpoint: a log's head, a signed note of three lines.

<origin>                     the log, and the name of its key
<size>                       decimal, no leading zeros
<base64(root)>               32 bytes
<extension>                  none of ours; those of others are kept line by line
<an empty line>
— <origin> <base64(key id ‖ Ed25519 signature)>
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accord.errors import Malformed, SignatureInvalid, UsageRefused
from accord.ledger.note import Note, PublicKey, Signer, require_clean, strict_base64, verify_note
from accord.ledger.tree import HASH_SIZE

KeyAt = Callable[[int], bytes | None]
"""The public key (32 bytes) by which a log signs its head of a size; None if nobody may."""
MAX_SIZE = 2**63 - 1  # what the stores of this project and of others can count to


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: `size` leaves hash to `root` (32 bytes).

    `extensions` are the opaque lines after the root, without their newlines.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The note text: the lines above, each ended by a newline. This is what is signed."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, str(self.size), root, *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Parse a note text strictly: `Checkpoint.parse(text).text` is `text`. Raises Malformed.

        Source: C2SP tlog-checkpoint, "Note text". Sizes above 2^63 - 1 are refused.
        """
        require_clean(text)
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise Malformed("a checkpoint is three or more lines, none empty, each ended by a newline")
        origin, size, root, *extensions = lines
        return cls(origin, _parse_size(size), _parse_root(root), tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey | Signer) -> str:
    """Sign a checkpoint with the log's key, whose name is the origin; return the note.

    Raises UsageRefused if the checkpoint has no strict text form. Whether the log may sign it, that is,
    whether it extends every head the log has signed before, is for the caller to know.
    """
    signer = key if isinstance(key, Signer) else Signer(checkpoint.origin, key)
    if signer.name != checkpoint.origin:
        raise UsageRefused("the key has another name than the log")
    if not 0 <= checkpoint.size <= MAX_SIZE or len(checkpoint.root) != HASH_SIZE:
        raise UsageRefused("a head is of a size from 0 to 2^63 - 1 and a root of 32 bytes")
    if not all(line and "\n" not in line for line in checkpoint.extensions):
        raise UsageRefused("a line of the checkpoint is empty or holds a newline")
    return str(signer.sign(checkpoint.text))


def open_checkpoint(note: str | bytes, origin: str, public_key: PublicKey) -> Checkpoint:
    """Open a signed checkpoint of one log: bytes in, trusted object out.

    1. The note parses strictly, else Malformed.
    2. It is signed by the log's key, with every line that claims to be that key's, else SignatureInvalid:
       nobody else speaks for the log. Lines of other keys are neither checked nor trusted here.
    3. Its text parses strictly as a checkpoint, else Malformed.
    4. Its origin is the log asked for, else SignatureInvalid: a head of one log is not a head of another,
       even under the same key.
    """
    return _opened(Note.parse(note), origin, public_key)


def open_head(note: str | bytes, origin: str, key_at: KeyAt) -> Checkpoint:
    """Open a signed checkpoint of a log that changes its key: as `open_checkpoint`, under the key in force at its size.

    The size is read before the signature is verified; it decides only which one key must have signed it. Raises
    Malformed or SignatureInvalid.
    """
    parsed = Note.parse(note)
    key = key_at(Checkpoint.parse(parsed.text).size)
    if key is None or not parsed.names(origin, key):
        raise SignatureInvalid(
            "the head is not signed by the key that the memorandum names for its size; if the agency has renewed its keys, "
            "a newer version of the memorandum is missing here"
        )
    return _opened(parsed, origin, key)


def _opened(note: Note, origin: str, public_key: PublicKey) -> Checkpoint:
    verify_note(note, origin, public_key)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise SignatureInvalid("the checkpoint is of another log than the one asked for")
    return checkpoint


def _parse_size(line: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,18}", line) or int(line) > MAX_SIZE:
        raise Malformed("a tree size is decimal, without leading zeros, and below 2^63")
    return int(line)


def _parse_root(line: str) -> bytes:
    root = strict_base64(line)
    if len(root) != HASH_SIZE:
        raise Malformed("a root hash is 32 bytes")
    return root
