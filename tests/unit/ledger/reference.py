"""The definitions of RFC 9162, 2.1, written down as they stand: slow, recursive, and sharing no code."""

from __future__ import annotations

from functools import cache
from hashlib import sha256


def largest_power_of_two_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class Reference:
    """MTH, PATH and PROOF over leaf hashes; SUBTREE_PROOF of draft-ietf-plants-merkle-tree-certs."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.mth = cache(self._mth)

    def _mth(self, start: int, end: int) -> bytes:
        if start == end:
            return sha256(b"").digest()
        if end - start == 1:
            return self.leaves[start]
        k = largest_power_of_two_below(end - start)
        return sha256(b"\x01" + self.mth(start, start + k) + self.mth(start + k, end)).digest()

    def node(self, level: int, index: int) -> bytes:
        end = (index + 1) << level
        assert end <= len(self.leaves), "only complete nodes may be asked for"
        return self.mth(index << level, end)

    def path(self, m: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        k = largest_power_of_two_below(end - start)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def subtree_proof(self, first: int, last: int, start: int, end: int, known: bool = True) -> list[bytes]:
        """PROOF(m, D_n) is the case first = 0, last = m, start = 0, end = n."""
        if (first, last) == (start, end):
            return [] if known else [self.mth(start, end)]
        middle = start + largest_power_of_two_below(end - start)
        if last <= middle:
            return [*self.subtree_proof(first, last, start, middle, known), self.mth(middle, end)]
        if first >= middle:
            return [*self.subtree_proof(first, last, middle, end, known), self.mth(start, middle)]
        return [*self.subtree_proof(middle, last, middle, end, False), self.mth(start, middle)]


def leaves_of(count: int) -> list[bytes]:
    """Leaf hashes of the entries "0", "1", ..."""
    return [sha256(b"\x00" + str(number).encode()).digest() for number in range(count)]


WORLD = Reference(leaves_of(100))
