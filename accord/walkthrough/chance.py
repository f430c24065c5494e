"""Chance that is the same on every machine: integers drawn from HMAC-SHA256, nothing else.

    key      = SHA-256("accord/1 walkthrough\\n" ‖ seed in decimal)
    branch   = HMAC(key, "branch\\n" ‖ label)
    draw[i]  = HMAC(key, "draw\\n" ‖ i in decimal), its first eight bytes as a big-endian integer

A number below a limit is taken by rejection, so no value is favoured. There is no floating point.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
_SPACE = 1 << 64


class Chance:
    """One stream of draws; branches of it are independent of how much the stream itself was used."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._drawn = 0

    @classmethod
    def seeded(cls, seed: int) -> Chance:
        """The root stream of a seed."""
        return cls(hashlib.sha256(b"accord/1 walkthrough\n%d" % seed).digest())

    def branch(self, label: str) -> Chance:
        """A stream of its own for one purpose."""
        return Chance(hmac.digest(self._key, b"branch\n" + label.encode(), "sha256"))

    def bytes32(self) -> bytes:
        """The next 32 bytes of the stream."""
        self._drawn += 1
        return hmac.digest(self._key, b"draw\n%d" % self._drawn, "sha256")

    def below(self, limit: int) -> int:
        """An integer from 0 to `limit` - 1, each as likely."""
        fair = _SPACE - _SPACE % limit
        while True:
            drawn = int.from_bytes(self.bytes32()[:8], "big")
            if drawn < fair:
                return drawn % limit

    def between(self, least: int, most: int) -> int:
        """An integer from `least` to `most`, both included."""
        return least + self.below(most - least + 1)

    def happens(self, per_thousand: int) -> bool:
        """True in so many of a thousand draws."""
        return self.below(1000) < per_thousand

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """The items in an order of chance (Fisher and Yates)."""
        drawn = list(items)
        for last in range(len(drawn) - 1, 0, -1):
            other = self.below(last + 1)
            drawn[last], drawn[other] = drawn[other], drawn[last]
        return drawn


class Urn:
    """Balls drawn without putting back, refilled when empty: what is rare still comes in every filling."""

    def __init__(self, weights: Mapping[str, int], chance: Chance) -> None:
        self._balls = [name for name, weight in sorted(weights.items()) for _ in range(weight)]
        self._chance = chance
        self._left: list[str] = []

    def draw(self) -> str:
        """The next ball."""
        if not self._left:
            self._left = self._chance.shuffled(self._balls)
        return self._left.pop()

    def some(self, least: int, most: int) -> list[str]:
        """A sorted set of `least` to `most` different balls; fewer only if the urn holds fewer kinds."""
        wanted = min(self._chance.between(least, most), len(set(self._balls)))
        found: set[str] = set()
        while len(found) < wanted:
            found.add(self.draw())
        return sorted(found)


def one_of(chance: Chance, items: Sequence[T]) -> T:
    """One item, each as likely."""
    return items[chance.below(len(items))]
