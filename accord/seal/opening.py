"""Opening a slot whose key is held; the locator has named the key and commits to it."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accord.errors import SlotUnopened
from accord.seal.entry import Entry, unpad


def open_slot(entry: Entry, number: int, key: bytes, bound: bytes) -> bytes:
    """The plaintext of a slot, without its padding.

    `bound` is `sealing.associated` of the log and entry. Raises SlotUnopened where the ciphertext does not
    open under the key that its locator names, Malformed where the padding is wrong.
    """
    try:
        padded = AESGCM(key).decrypt(
            entry.nonces[number], entry.ciphertexts[number], bound + entry.locators[number]
        )
    except InvalidTag as error:
        raise SlotUnopened("a slot does not open under the key that its locator names") from error
    return unpad(padded)
