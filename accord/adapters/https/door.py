"""The reading side of a connection, with an end: so many bytes, and so much time, for each message.

A socket's own timeout is for one call; who sends a byte now and then would never be done.
"""

from __future__ import annotations

import io
import math
import socket
import time
from collections.abc import Callable
from typing import Protocol


class Deadline:
    """`seconds` from now on, and another for each `rate` bytes that come; never later than the one it lies `within`."""

    def __init__(
        self,
        seconds: float,
        rate: float = math.inf,
        within: Deadline | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic: Callable[[], float] = monotonic if within is None else within._monotonic
        self._until = self._monotonic() + seconds
        self._rate = rate
        self._within = within

    def left(self) -> float:
        """Seconds that are left, 0 or less once it is over."""
        own = self._until - self._monotonic()
        return own if self._within is None else min(own, self._within.left())

    def came(self, count: int) -> None:
        """So many bytes have come."""
        self._until += count / self._rate
        if self._within is not None:
            self._within.came(count)

    def at_most(self, seconds: float) -> None:
        """It is over in so many seconds, if not before."""
        self._until = min(self._until, self._monotonic() + seconds)


class Buffer(Protocol):
    """What a socket writes into."""

    def __buffer__(self, flags: int, /) -> memoryview: ...


class Door(io.RawIOBase):
    """Reads a socket until the deadline is over or `room` bytes have come; then it raises TimeoutError or OSError."""

    def __init__(self, connection: socket.socket, deadline: Deadline, room: int) -> None:
        super().__init__()
        self._connection = connection
        self._held = connection.makefile("rb", buffering=0)  # whoever closes the socket closes it after us
        self.renew(deadline, room)

    def renew(self, deadline: Deadline, room: int) -> None:
        """From now on another message is read."""
        self._deadline = deadline
        self._room = room

    def close(self) -> None:
        """Let go of the socket."""
        self._held.close()
        super().close()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """As `io.RawIOBase.readinto`."""
        left = self._deadline.left()
        if left <= 0:
            raise TimeoutError("the other side takes too long")
        if self._room <= 0:
            raise ConnectionAbortedError("the other side says too much")
        self._connection.settimeout(left)
        count = self._connection.recv_into(memoryview(buffer)[: self._room])
        self._room -= count
        self._deadline.came(count)
        return count
