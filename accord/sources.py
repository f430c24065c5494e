"""Where time and randomness come from: injected, fixed once per operation.

In production the system clock and the operating system's randomness; in the demonstration and in tests a
clock that ticks by itself and a pseudo-random function of (seed, purpose, what it is for), so that the
same input gives the same identifiers whatever else happened in between, a crash included.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import Protocol


class Clock(Protocol):
    """Says what time it is, in microseconds UTC."""

    def now(self) -> int: ...


class Entropy(Protocol):
    """Gives `size` bytes that nobody can guess, drawn for one purpose."""

    def draw(self, size: int, purpose: bytes, *about: bytes) -> bytes: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1000


class SystemEntropy:
    """The operating system's randomness; what it is drawn for makes no difference."""

    def draw(self, size: int, purpose: bytes, *about: bytes) -> bytes:
        return os.urandom(size)


class SteppedClock:
    """A clock for demonstrations and tests: stands at a time and moves by a step at each look."""

    def __init__(self, start: int, step: int = 0) -> None:
        self._now = start
        self._step = step

    def now(self) -> int:
        self._now += self._step
        return self._now

    def move_to(self, moment: int) -> None:
        """Move forward to `moment`; a clock never goes back."""
        self._now = max(self._now, moment)


class SeededEntropy:
    """PRF(seed, purpose, what it is for) by SHAKE256: for demonstrations and tests only, never for real cases."""

    def __init__(self, seed: bytes) -> None:
        self._base = hashlib.shake_256(b"accord/1 seeded" + len(seed).to_bytes(2, "big") + seed)

    def draw(self, size: int, purpose: bytes, *about: bytes) -> bytes:
        state = self._base.copy()
        for part in (purpose, *about):
            state.update(len(part).to_bytes(4, "big") + part)
        return state.digest(size)
