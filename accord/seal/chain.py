"""Ratcheting chains: one per file and reader set; each use yields a locator and a key.

    k[n+1] = Expand(k[n], "accord/1 next")          e[n]    = Expand(k[n], "accord/1 event")
    locator = Expand(e[n], "accord/1 locator")      key     = Expand(e[n], "accord/1 key")

Whoever is handed k[n] opens from use n on, and nothing before. Whoever is handed e[n] opens one slot. Expand is
HKDF-Expand (RFC 5869, 2.3) to 32 bytes: one HMAC-SHA256 of label ‖ 0x01. Two are made under each key, at once.
"""

from __future__ import annotations

from accord.keys import mac, mac_two

_NEXT = b"accord/1 next\x01"
_EVENT = b"accord/1 event\x01"
_LOCATOR = b"accord/1 locator\x01"
_KEY = b"accord/1 key\x01"
_CHAIN = b"accord/1 chain "
_CONTROL = b"accord/1 control\x01"


class Chain:
    """One chain, standing at a use: it was handed out from use `first` on, with k at that use, and has been used up to n."""

    __slots__ = ("_event", "_key", "_keys", "_next", "first", "first_key", "n")

    def __init__(self, first: int, first_key: bytes, n: int | None = None) -> None:
        self.first = first
        self.first_key = first_key
        self.n = first
        self._key = first_key
        self._next = self._event = b""
        self._keys: tuple[bytes, bytes] | None = None
        while n is not None and self.n < n:
            self.advance()

    @property
    def key(self) -> bytes:
        """k[n], which opens from the next use on."""
        return self._key

    @property
    def event_key(self) -> bytes:
        """e[n], which opens the next use alone."""
        if not self._event:
            self._next, self._event = mac_two(self._key, _NEXT, _EVENT)
        return self._event

    @property
    def locator(self) -> bytes:
        """The locator of the next use."""
        return self.keys[0]

    @property
    def keys(self) -> tuple[bytes, bytes]:
        """Locator and slot key of the next use."""
        keys = self._keys
        if keys is None:
            keys = self._keys = mac_two(self.event_key, _LOCATOR, _KEY)
        return keys

    def advance(self) -> None:
        """Count one use."""
        self._key = self._next or mac(self._key, _NEXT)
        self._next = self._event = b""
        self._keys = None
        self.n += 1


def first_key(file_secret: bytes, label: str) -> bytes:
    """k[0] of a file's chain, from the 32 random bytes that only the publisher holds."""
    return mac(file_secret, _CHAIN + label.encode() + b"\x01")


def control_chain(pair_key: bytes, n: int = 0) -> Chain:
    """The chain on which a publisher speaks to one reader about grants, adoptions and faults."""
    return Chain(0, mac(pair_key, _CONTROL), n)
