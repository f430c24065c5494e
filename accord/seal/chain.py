"""Ratcheting chains: one per file and reader set; each use yields a locator and a key.

    k[n+1] = Expand(k[n], "accord/1 next")          e[n]    = Expand(k[n], "accord/1 event")
    locator = Expand(e[n], "accord/1 locator")      key     = Expand(e[n], "accord/1 key")

Whoever is handed k[n] opens from use n on, and nothing before. Whoever is handed e[n] opens one slot.
"""

from __future__ import annotations

from accord.keys import expand

_NEXT = b"accord/1 next"
EVENT = b"accord/1 event"
_LOCATOR = b"accord/1 locator"
_KEY = b"accord/1 key"
_CHAIN = b"accord/1 chain "
_CONTROL = b"accord/1 control"


def slot_keys(event_key: bytes) -> tuple[bytes, bytes]:
    """Locator and key of the slot that e[n] opens."""
    return expand(event_key, _LOCATOR), expand(event_key, _KEY)


def locator_of(event_key: bytes) -> bytes:
    """The locator that commits to e[n]."""
    return expand(event_key, _LOCATOR)


class Chain:
    """One chain, standing at a use: it was handed out from use `first` on, and has been used `n` times."""

    __slots__ = ("_key", "_keys", "first", "first_key", "n")

    def __init__(self, first: int, first_key: bytes, n: int | None = None) -> None:
        self.first = first
        self.first_key = first_key
        self.n = first
        self._key = first_key
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
        return expand(self._key, EVENT)

    @property
    def keys(self) -> tuple[bytes, bytes]:
        """Locator and key of the next use."""
        if self._keys is None:
            self._keys = slot_keys(expand(self._key, EVENT))
        return self._keys

    def advance(self) -> None:
        """Count one use."""
        self._key = expand(self._key, _NEXT)
        self._keys = None
        self.n += 1


def first_key(file_secret: bytes, label: str) -> bytes:
    """k[0] of a file's chain, from the 32 random bytes that only the publisher holds."""
    return expand(file_secret, _CHAIN + label.encode())


def control_chain(pair_key: bytes, n: int = 0) -> Chain:
    """The chain on which a publisher speaks to one reader about grants, adoptions and faults."""
    return Chain(0, expand(pair_key, _CONTROL), n)
