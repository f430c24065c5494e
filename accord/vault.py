"""Secrets at rest: under a storage key of the home, so that a copy of a database alone opens nothing."""

from __future__ import annotations

from accord.keys import NONCE_SIZE, expand, gcm_open, gcm_seal, mac
from accord.sources import Entropy

_CONTEXT = b"accord/1 vault "


class Vault:
    """AES-256-GCM under the home's storage key, bound to what the secret is for."""

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._key = key
        self._marks = expand(key, b"accord/1 marks")
        self._entropy = entropy

    def close(self, secret: bytes, what: bytes, *about: bytes) -> bytes:
        """Put a secret away: nonce (12), ciphertext, tag (16)."""
        nonce = self._entropy.draw(NONCE_SIZE, b"vault", what, *about, secret)
        return nonce + gcm_seal(self._key, nonce, secret, _CONTEXT + what)

    def open(self, closed: bytes, what: bytes) -> bytes:
        """Take a secret out; raises SlotUnopened if it was put away by another home or for another purpose."""
        return gcm_open(self._key, closed[:NONCE_SIZE], closed[NONCE_SIZE:], _CONTEXT + what)

    def mark(self, *about: bytes) -> bytes:
        """What follows from these under a key of this home: 32 bytes, the same each time, and nobody else can make them."""
        return mac(self._marks, b"".join(len(part).to_bytes(4, "big") + part for part in about))
