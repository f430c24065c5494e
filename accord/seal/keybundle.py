"""Key bundles: what one publisher hands to one recipient beside the log, and never in it.

    origin                    Avro string: the publisher's log, exchange/agency
    recipient                 Avro string: the agency's slug
    covers                    Avro long: the size of the log that this bundle goes with
    pair_keys                 array of (generation: int, sealed: bytes), rising generations
    messages                  array of bytes, rising, no two alike; 1, 2, 4, 8 ... of them
    signature                 64 bytes, Ed25519 by the log key, "accord/1 keys", over the SHA-256 of all before it

These are the bytes that Avro makes of schemas/wire/keys.avsc. Ed25519 reads what it signs twice, with SHA-512; of
its SHA-256, which most processors have built in, it reads 32 bytes. Decoys fill the messages up to a power of two, and
sorting leaves them in no place of their own, so how many grants there were is told to a factor of two only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accord.errors import Malformed, SignatureInvalid, UsageRefused
from accord.keys import (
    KEY_SIZE,
    NONCE_SIZE,
    SIGNATURE_SIZE,
    LogPrivateKey,
    fingerprint,
    gcm_seal,
    sign,
    verify,
)
from accord.seal.records import MAX_RECORD, record
from accord.sources import Entropy

CONTEXT = "accord/1 keys"
LARGEST = MAX_RECORD
"""No key bundle is longer, in bytes: 512 usual key messages fit, and 1024 do not."""
_MESSAGE_SIZE = 32 + 32 * 32 + 16  # the usual key message: a MAC of the keys, up to 32 of them, and a tag
_LARGEST_COVERS = 10**16 - 1  # what the sixteen digits of its name on a wire can say


@dataclass(slots=True, frozen=True)
class KeyBundle:
    """An opened key bundle, its signature verified.

    `pair_keys` holds (generation, HPKE message) by rising generation; `messages` key messages and decoys,
    which only the SHA-256 in a grant tells apart.
    """

    origin: str
    recipient: str
    covers: int
    pair_keys: tuple[tuple[int, bytes], ...]
    messages: tuple[bytes, ...]


def make_key_bundle(
    origin: str,
    recipient: str,
    covers: int,
    pair_keys: Sequence[tuple[int, bytes]],
    messages: Sequence[bytes],
    key: LogPrivateKey,
    entropy: Entropy,
) -> bytes:
    """Make and sign the bundle that goes with the log at size `covers`, in any order of what it holds.

    Its decoys have the size of a usual key message. Raises UsageRefused if a generation or message is there
    twice, or the whole is longer than `LARGEST`: then it is to be divided.
    """
    room = 1
    while room < len(messages):
        room *= 2
    about = (origin.encode(), recipient.encode(), covers.to_bytes(8, "big", signed=True))
    decoys = _decoys(room - len(messages), entropy.draw(KEY_SIZE, b"key decoys", *about))
    held = KeyBundle(origin, recipient, covers, tuple(sorted(pair_keys)), tuple(sorted([*messages, *decoys])))
    fault = _fault(held)
    if fault is not None:
        raise UsageRefused(fault)
    unsigned = _encode(held, bytes(SIGNATURE_SIZE))[:-SIGNATURE_SIZE]
    if len(unsigned) + SIGNATURE_SIZE > LARGEST:
        raise UsageRefused(
            f"a key bundle is at most {LARGEST:,} bytes", advice="Divide the messages among several."
        )
    return unsigned + sign(key, CONTEXT, fingerprint(unsigned))


def open_key_bundle(data: bytes, origin: str, recipient: str, covers: int, public: bytes | None) -> KeyBundle:
    """Open what `make_key_bundle` made: bytes in, trusted object out.

    1. The bytes are the one encoding of a key bundle, its parts in order, else Malformed.
    2. The publisher's log key at that size signed it, else SignatureInvalid: nobody else speaks of its keys. `public` is
       that key (32); None if there is none.
    3. It is the one asked for: this origin, recipient and log size, else SignatureInvalid. What was meant for
       another recipient or an earlier time is not taken for this.
    """
    values = record("keys", marked=False).decode(data)
    held = KeyBundle(
        values["origin"],
        values["recipient"],
        values["covers"],
        tuple((one["generation"], one["sealed"]) for one in values["pair_keys"]),
        tuple(values["messages"]),
    )
    fault = _fault(held)
    if fault is not None:
        raise Malformed(fault)
    if public is None:
        raise SignatureInvalid("no key of its publisher is known for this size")
    verify(public, CONTEXT, fingerprint(data[:-SIGNATURE_SIZE]), values["signature"])
    if (held.origin, held.recipient, held.covers) != (origin, recipient, covers):
        raise SignatureInvalid(
            "the key bundle is of another log, recipient or log size than the one asked for"
        )
    return held


def _decoys(count: int, key: bytes) -> list[bytes]:
    """AES-256-GCM of zeros under a key that nobody keeps: random to all, as a key message, a MAC and AES-256-GCM, is to all
    who lack the pair key.
    """
    noise = gcm_seal(key, bytes(NONCE_SIZE), bytes(count * _MESSAGE_SIZE), b"")
    return [noise[at : at + _MESSAGE_SIZE] for at in range(0, count * _MESSAGE_SIZE, _MESSAGE_SIZE)]


def _fault(held: KeyBundle) -> str | None:
    """What is not as the form above says, where the encoding itself cannot tell."""
    generations = [generation for generation, _ in held.pair_keys]
    if not 0 <= held.covers <= _LARGEST_COVERS:
        return "a key bundle covers from 0 to 9,999,999,999,999,999 entries"
    if any(number < 0 for number in generations) or not _rising(generations):
        return "the pair keys of a key bundle have rising generations, from 0"
    if not _rising(held.messages):
        return "the messages of a key bundle are sorted, and no two are alike"
    if len(held.messages).bit_count() != 1:
        return "the messages of a key bundle are filled up to a power of two"
    return None


def _rising(items: Sequence[Any]) -> bool:
    return all(items[at] < items[at + 1] for at in range(len(items) - 1))


def _encode(held: KeyBundle, signature: bytes) -> bytes:
    return record("keys", marked=False).encode(
        {
            "origin": held.origin,
            "recipient": held.recipient,
            "covers": held.covers,
            "pair_keys": [{"generation": number, "sealed": sealed} for number, sealed in held.pair_keys],
            "messages": list(held.messages),
            "signature": signature,
        }
    )
