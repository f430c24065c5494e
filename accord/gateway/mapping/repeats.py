"""Which ids an input has used, and for what content: 16 bytes each, however long the input.

An open-addressing table of two unsigned 64-bit columns: the keyed hash of an id, and of its content. Two ids
that share a hash (one chance in 10^7 among a million) would refuse a row that is sound, and say so; nothing
is ever taken for another. The hash is Python's own, keyed anew in each process; it never leaves this one.
"""

from __future__ import annotations

from array import array

_ALL = (1 << 64) - 1


def fingerprint(*text: str) -> int:
    """A 64-bit keyed hash of some text, never 0; the same only within this process."""
    return (hash(text) & _ALL) or 1


class Repeats:
    """Remembers ids and their content."""

    def __init__(self) -> None:
        self._mask = (1 << 12) - 1
        self._used = 0
        self._keys = array("Q", bytes(8 << 12))
        self._contents = array("Q", bytes(8 << 12))

    def seen(self, key: int, content: int) -> bool | None:
        """None if the id is new; True if it had this same content; False if it had another."""
        at = self._find(key)
        if self._keys[at] == 0:
            return None
        return self._contents[at] == content

    def add(self, key: int, content: int) -> None:
        """Remember an id that is new."""
        if self._used * 3 > self._mask * 2:
            self._grow()
        at = self._find(key)
        self._used += self._keys[at] == 0
        self._keys[at], self._contents[at] = key, content

    def _find(self, key: int) -> int:
        keys, mask, at = self._keys, self._mask, key & self._mask
        while keys[at] not in (0, key):
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        keys, contents = self._keys, self._contents
        size = (self._mask + 1) * 2
        self._mask, self._used = size - 1, 0
        self._keys, self._contents = array("Q", bytes(8 * size)), array("Q", bytes(8 * size))
        for key, content in zip(keys, contents, strict=True):
            if key:
                self.add(key, content)
