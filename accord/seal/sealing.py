"""Sealing one entry: who reads what is decided elsewhere; here it becomes eight slots.

1. Each content takes the next locator and key of its chain.
2. Random locators fill up to eight; the eight are sorted, which gives every slot its number.
3. Contents that speak of slot numbers (headers) are written now.
4. One size class for all; nonces; AES-256-GCM, bound to log, entry, memorandum and locator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accord.errors import Malformed
from accord.seal import entry as form
from accord.sources import Entropy

Keys = tuple[bytes, bytes]
Contents = Callable[[Sequence[int]], Sequence[bytes]]

_SLOT = b"accord/1 slot"


def associated(origin: bytes, entry_id: bytes, memorandum: bytes) -> bytes:
    """What every slot of an entry is bound to, before its locator."""
    return _SLOT + bytes([len(origin)]) + origin + entry_id + memorandum


def seal(
    origin: bytes,
    entry_id: bytes,
    memorandum: bytes,
    keys: Sequence[Keys],
    contents: Contents,
    entropy: Entropy,
) -> bytes:
    """Make an entry of up to eight contents.

    `keys` are the (locator, key) of each content; `contents` is told the slot number of each content and
    then of each decoy, and returns the plaintexts in the order of `keys`. Raises Malformed if there are more
    than eight or one is longer than 2047 bytes.
    """
    decoys = form.SLOTS - len(keys)
    if decoys < 0:
        raise Malformed("more readers than an entry has slots")
    noise = entropy.draw(form.SLOTS * form.NONCE + decoys * form.LOCATOR, b"slots", entry_id)
    nonces = [noise[i * 12 : i * 12 + 12] for i in range(form.SLOTS)]
    rest = noise[form.SLOTS * form.NONCE :]
    locators = [locator for locator, _ in keys] + [rest[i * 32 : i * 32 + 32] for i in range(decoys)]
    order = sorted(range(form.SLOTS), key=locators.__getitem__)
    numbers = [0] * form.SLOTS
    for number, which in enumerate(order):
        numbers[which] = number
    plaintexts = contents(numbers)
    size = form.size_class(max(map(len, plaintexts)))
    chaff = entropy.draw(decoys * (size + form.TAG), b"decoys", entry_id) if decoys else b""
    bound = associated(origin, entry_id, memorandum)
    slots: list[tuple[bytes, bytes, bytes]] = []
    for number, which in enumerate(order):
        locator, nonce = locators[which], nonces[number]
        if which < len(keys):
            text = AESGCM(keys[which][1]).encrypt(nonce, form.pad(plaintexts[which], size), bound + locator)
        else:
            start = (which - len(keys)) * (size + form.TAG)
            text = chaff[start : start + size + form.TAG]
        slots.append((locator, nonce, text))
    return form.serialize(entry_id, memorandum, size, slots)
