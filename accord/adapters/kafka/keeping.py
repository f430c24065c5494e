"""The key bundles on one recipient's topic, until it has stored what they hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

from accord.adapters.kafka.client import Servers
from accord.adapters.kafka.following import Judge, place
from accord.adapters.kafka.reading import Reader
from accord.adapters.kafka.topics import keys_group, keys_topic
from accord.errors import Malformed, Unready
from accord.seal import record

_NOTED_EVERY = 64
_NOTED_AFTER = 1.0  # seconds: live events come one by one, and a note takes as long as receiving one


class KeyTopic:
    """Reads the topic once and keeps, by publisher and `covers`, what is not acknowledged.

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
        self._held: dict[str, list[tuple[int, int, bytes]]] = {}  # publisher -> covers, offset, bytes

    def of(self, origin: str) -> Iterator[tuple[int, bytes]]:
        """What a publisher, by the name of its log, has left: by rising `covers`."""
        self._read_on()
        for covers, _, data in sorted(self._held.get(origin, ())):
            yield covers, data

    def drop(self, origin: str, covers: int) -> None:
        """What these bundles held is stored."""
        self._held[origin] = [one for one in self._held.get(origin, ()) if one[0] != covers]
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
            self._next, self._held = self._noted, {}
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
        self._held.setdefault(said["origin"], []).append((said["covers"], offset, data))

    def _done(self) -> int:
        """The offset before which everything is stored."""
        assert self._next is not None
        return min((one[1] for held in self._held.values() for one in held), default=self._next)

    def _note(self, offset: int) -> None:
        self._reader.note(self._topic, offset)
        self._noted, self._noted_at = offset, time.monotonic()
