"""The reading side of a connection, with an end: so many bytes, and so much time, for each message.

A socket's own timeout is for one call; who sends a byte now and then would never be done.
"""

from __future__ import annotations

import io
import math
import socket
import time
from typing import Protocol


class Buffer(Protocol):
    """What a socket writes into."""

    def __buffer__(self, flags: int, /) -> memoryview: ...


class Door(io.RawIOBase):
    """Reads a socket until `seconds` are over or `room` bytes have come; then it raises TimeoutError or OSError.

    Every `rate` bytes that come give another second, so that a slow line can be told from one that stalls.
    """

    def __init__(self, connection: socket.socket, seconds: float, room: int, rate: float = math.inf) -> None:
        super().__init__()
        self._connection = connection
        self._rate = rate
        self._held = connection.makefile("rb", buffering=0)  # whoever closes the socket closes it after us
        self.renew(seconds, room)

    def renew(self, seconds: float, room: int) -> None:
        """From now on another message is read."""
        self._until = time.monotonic() + seconds
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
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the other side takes too long")
        if self._room <= 0:
            raise ConnectionAbortedError("the other side says too much")
        self._connection.settimeout(left)
        count = self._connection.recv_into(memoryview(buffer)[: self._room])
        self._room -= count
        self._until += count / self._rate
        return count
