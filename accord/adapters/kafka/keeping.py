"""The key bundles on one recipient's topic, until it has stored what they hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from accord.adapters.kafka.client import Servers
from accord.adapters.kafka.following import Judge, place
from accord.adapters.kafka.reading import Reader
from accord.adapters.kafka.topics import keys_group, keys_topic
from accord.errors import Malformed, Unready
from accord.seal import record

_NOTED_EVERY = 64
_NOTED_AFTER = 1.0  # seconds: live events come one by one, and a note takes as long as receiving one
_ROOM = 16 << 20
"""How many bytes of them are kept at hand; what lies there besides is read again when it is asked for."""


@dataclass(slots=True, frozen=True, order=True)
class _Left:
    """One key bundle that is not acknowledged; its bytes, where there was room for them."""

    covers: int
    offset: int
    data: bytes | None


class KeyTopic:
    """Reads the topic on and remembers, by publisher and `covers`, what is not acknowledged.

    An acknowledgement is an offset noted for the recipient's group: everything before it is stored. Losing it costs a second
    look at a week of key bundles and nothing else. Anybody who may write here can claim to be any publisher: two
    bundles of the same `covers` are both handed out, and the signature tells.
    """

    def __init__(self, exchange: str, recipient: str, servers: Servers, judge: Judge) -> None:
        self._topic = keys_topic(exchange, recipient)
        self._recipient = recipient
        self._judge = judge
        self._reader = Reader(servers, keys_group(exchange, recipient))
        self._next: int | None = None
        self._noted = 0
        self._noted_at = float("-inf")
        self._room = _ROOM
        self._held: dict[str, list[_Left]] = {}  # by publisher

    def of(self, origin: str) -> Iterator[tuple[int, bytes]]:
        """What a publisher, by the name of its log, has left: by rising `covers`."""
        self._read_on()
        for one in sorted(self._held.get(origin, ())):
            data = one.data if one.data is not None else self._again(one.offset)
            if data is not None:
                yield one.covers, data

    def drop(self, origin: str, covers: int) -> None:
        """What these bundles held is stored."""
        held = self._held.get(origin, [])
        self._room += sum(len(one.data) for one in held if one.covers == covers and one.data is not None)
        self._held[origin] = [one for one in held if one.covers != covers]
        done = self._done()
        rested = time.monotonic() - self._noted_at >= _NOTED_AFTER
        if done - self._noted >= _NOTED_EVERY or (done == self._next and rested):
            self._note(done)

    def close(self) -> None:
        """Note how far everything is stored, if the broker will take it."""
        if self._next is not None and self._done() > self._noted:
            with suppress(Unready):  # it would only have saved a second look
                self._note(self._done())
        self._reader.close()

    def _read_on(self) -> None:
        end = self._reader.end(self._topic)
        if self._next is None or self._next > end:
            begin = self._reader.begin(self._topic)
            noted = self._reader.noted(self._topic) or 0
            self._noted = noted if begin <= noted <= end else begin
            self._next, self._held, self._room = self._noted, {}, _ROOM
        for one in self._reader.read(self._topic, self._next, end):
            self._take(one.offset, one.value)
        self._next = end

    def _take(self, offset: int, data: bytes | None) -> None:
        try:
            said = record("keys", marked=False).decode(data or b"")
        except Malformed as fault:
            self._judge.passed_over(self._recipient, place(self._topic, offset), fault.message)
            return
        assert data is not None
        kept = data if len(data) <= self._room else None
        self._room -= 0 if kept is None else len(kept)
        self._held.setdefault(said["origin"], []).append(_Left(said["covers"], offset, kept))

    def _again(self, offset: int) -> bytes | None:
        """The record at this offset once more; None where its week is over meanwhile."""
        for one in self._reader.read(self._topic, offset, offset + 1):
            return bytes(one.value)
        return None

    def _done(self) -> int:
        """The offset before which everything is stored."""
        assert self._next is not None
        return min((one.offset for held in self._held.values() for one in held), default=self._next)

    def _note(self, offset: int) -> None:
        self._reader.note(self._topic, offset)
        self._noted, self._noted_at = offset, time.monotonic()
