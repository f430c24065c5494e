"""The one shape of every leaf of every log.

    02                                  version 1, as an Avro int
    entry_id[16]  memorandum[32]
    10                                  one block of eight slots
    8 x  locator[32] nonce[12] length[2] ciphertext[class + 16]      rising locators
    00                                  no more blocks

`class` is 256, 512, 1024 or 2048 bytes, the same in all eight slots. These are the bytes that Avro makes of
schemas/wire/entry.avsc; since only four lengths exist, reading is one look at fixed places.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from accord.errors import Malformed

SLOTS = 8
SIZE_CLASSES = (256, 512, 1024, 2048)
TAG = 16
NONCE = 12
LOCATOR = 32
MAX_ENTRY = 32 * 1024

_VERSION = b"\x02"
_BLOCK = b"\x10"
_END = b"\x00"


def _varint(number: int) -> bytes:
    encoded = number << 1
    return bytes([encoded & 0x7F | 0x80, encoded >> 7])


def _form(size: int) -> struct.Struct:
    return struct.Struct("<1s16s32s1s" + f"32s12s2s{size + TAG}s" * SLOTS + "1s")


_FORMS = {size: (_form(size), _varint(size + TAG)) for size in SIZE_CLASSES}
_BY_LENGTH = {form.size: (size, form, length) for size, (form, length) in _FORMS.items()}


class Entry(NamedTuple):
    """A parsed entry: its ids and, slot by slot, locators, nonces and ciphertexts."""

    entry_id: bytes
    memorandum: bytes
    locators: tuple[bytes, ...]
    nonces: tuple[bytes, ...]
    ciphertexts: tuple[bytes, ...]


def parse(data: bytes) -> Entry:
    """Read an entry; raises Malformed unless these are exactly the bytes that `serialize` makes."""
    try:
        _, form, length = _BY_LENGTH[len(data)]
        parts = form.unpack(data)
    except (KeyError, struct.error) as error:
        raise Malformed("no entry has this length") from error
    locators, lengths = parts[4:-1:4], parts[6:-1:4]
    if parts[0] != _VERSION or parts[3] != _BLOCK or parts[-1] != _END or lengths != (length,) * SLOTS:
        raise Malformed("not an entry of version 1")
    if any(locators[i] >= locators[i + 1] for i in range(SLOTS - 1)):
        raise Malformed("slots out of the order of their locators")
    return Entry(parts[1], parts[2], locators, parts[5:-1:4], parts[7:-1:4])


def serialize(
    entry_id: bytes, memorandum: bytes, size: int, slots: Sequence[tuple[bytes, bytes, bytes]]
) -> bytes:
    """Write an entry of eight (locator, nonce, ciphertext), already in the order of their locators."""
    form, length = _FORMS[size]
    flat: list[bytes] = []
    for locator, nonce, ciphertext in slots:
        flat += (locator, nonce, length, ciphertext)
    return form.pack(_VERSION, entry_id, memorandum, _BLOCK, *flat, _END)


def size_class(longest: int) -> int:
    """The slot size that holds a plaintext of `longest` bytes and its padding; raises Malformed if none does."""
    for size in SIZE_CLASSES:
        if longest < size:
            return size
    raise Malformed("more than one slot can hold")


def pad(plaintext: bytes, size: int) -> bytes:
    """Plaintext, 0x80, zeros to `size` (ISO/IEC 7816-4 padding)."""
    return plaintext + b"\x80" + bytes(size - len(plaintext) - 1)


def unpad(padded: bytes) -> bytes:
    """Undo `pad`; raises Malformed where the padding is not there."""
    bare = padded.rstrip(b"\x00")
    if not bare.endswith(b"\x80"):
        raise Malformed("a slot without its padding")
    return bare[:-1]
