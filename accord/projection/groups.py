"""What is joined, one pair after the other, falls into groups."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Groups(Generic[T]):
    """Disjoint sets; what was never joined is a group of its own."""

    def __init__(self) -> None:
        self._above: dict[T, T] = {}
        self._sizes: dict[T, int] = {}

    def of(self, one: T) -> T:
        """The member by which a group goes, until it is joined to another."""
        above = self._above
        while one in above:
            over = above[one]
            if over in above:
                above[one] = above[over]  # the next way is half as long
            one = over
        return one

    def join(self, one: T, other: T) -> bool:
        """Make one group of two members' groups; False where it was one already."""
        large, small = self.of(one), self.of(other)
        if large == small:
            return False
        if self._sizes.get(large, 1) < self._sizes.get(small, 1):
            large, small = small, large
        self._above[small] = large
        self._sizes[large] = self._sizes.get(large, 1) + self._sizes.pop(small, 1)
        return True
