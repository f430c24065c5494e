"""The wire on Kafka: a topic for each log, for each recipient's key bundles, and for each agency's heads."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from accord.adapters.kafka.client import Servers
from accord.adapters.kafka.following import Follower, Judge, lost
from accord.adapters.kafka.keeping import KeyTopic
from accord.adapters.kafka.listening import Listener
from accord.adapters.kafka.reading import Reader, Record, stamped
from accord.adapters.kafka.records import beginning_at, encode_bundle, head_size, require_publishable
from accord.adapters.kafka.sending import Sender, Sent
from accord.adapters.kafka.topics import heads_topic, keys_topic, log_topic
from accord.errors import AccordError, EvidenceFault, LogForked, Malformed, Unready, UsageRefused
from accord.ports import Bundle, Publication

_KEYS_AT_ONCE = 8  # publications: a request costs more than the bytes in it
_Ready = tuple[Bundle, bytes, list[Sent]]  # a bundle, its record, its key bundles under way
_Sent = tuple[Bundle, Sent | None]  # a bundle, and its record under way, if it was not there already
_MOST_AT_ONCE = 256
_NEAR = 16
_ASKED_EVERY = 60.0  # seconds: an agency that only has nothing to say is not asked about at every turn


class KafkaWire:
    """`accord.ports.Wire` on the topics of one exchange; docs/spec/wire.md says what is on them.

    A log has one writer at a time. `judge` decides which records are a log's own: the wire verifies no tree and holds no
    key. Offsets are remembered only to be quick; what was received is known by the reader's own sizes. Every
    method raises Unready where the broker refuses or does not answer: that may pass.
    """

    def __init__(
        self, exchange: str, servers: Servers, judge: Judge, now: Callable[[], float] = time.time
    ) -> None:
        """`now` tells the seconds since 1970: what a broker's times, which it gives to records, are compared with."""
        self._exchange = exchange
        self._judge = judge
        self._reader = Reader(servers)
        self._sender = Sender(servers)
        # the broker answers a connection in its order: by one of their own, key bundles do not hold up a log
        self._keys_sender = Sender(servers)
        self._servers = servers
        self._listener = Listener(servers)
        self._newest: dict[str, tuple[int, int, str | None]] = {}  # the topic's end then, size, head
        self._reached: dict[
            str, tuple[int, int]
        ] = {}  # slug -> log index, and the offset from which it goes on
        self._looked: dict[str, int] = {}  # the same, not used yet
        self._last: dict[str, list[Record]] = {}  # the last record of a topic, where it was just read
        self._just_seen: dict[str, int] = {}  # the ends of topics
        # slug -> size, while nobody else has written behind what we published
        self._ours: dict[str, int] = {}
        self._pending: dict[str, KeyTopic] = {}
        self._now = now
        self._left: dict[str, int | None] = {}  # when a log's newest record came, in ms by the broker
        self._beats: dict[
            str, tuple[float, int | None]
        ] = {}  # when last asked, and the same of its newest heartbeat

    # ---- Our own log ----

    def publish(self, bundle: Bundle) -> None:
        """As `publish_all`, one without key bundles; durable on the broker once it returns."""
        for _ in self.publish_all([Publication(bundle)]):
            pass

    def publish_all(self, due: Iterable[Publication]) -> Iterator[int]:
        """Append what of each bundle the topic does not hold; says how far the log is durable on the broker.

        While the broker is at work on one bundle, and on the key bundles of several that follow, the next are asked for,
        checked and encoded. A bundle is sent when its key bundles and the bundle before it were acknowledged: so the topic
        can have no gap.

        The topic is asked for its end, unless our own last record is known to stand there: so whoever died, or never
        got the broker's answer, goes on behind what the broker holds. Raises LogForked where the topic holds other
        entries under our signature; UsageRefused where the bundle begins beyond the topic's end or its head is not
        of its end; Malformed where its head cannot be read.
        """
        checked: list[tuple[Publication, bytes]] = []
        ready: deque[_Ready] = deque()
        sent: _Sent | None = None
        faults: list[AccordError] = []
        for one in self._each_checked(due, faults):
            checked.append(one)
            if ready:
                sent = self._go_on(sent, *ready.popleft())
            if len(checked) == _KEYS_AT_ONCE:
                ready.extend(self._leave(checked))
                checked = []
                if sent is not None:
                    yield sent[0].first_index
        ready.extend(self._leave(checked))
        while ready:
            sent = self._go_on(sent, *ready.popleft())
        if sent is not None:
            yield self._settled(*sent)
        for fault in faults:
            raise fault

    def _each_checked(
        self, due: Iterable[Publication], faults: list[AccordError]
    ) -> Iterator[tuple[Publication, bytes]]:
        """Each publication with its bundle's record, as far as there is nothing wrong; else that, in `faults`."""
        try:
            for one in due:
                yield one, self._checked(one.bundle)
        except AccordError as fault:
            faults.append(fault)

    def _leave(self, checked: Iterable[tuple[Publication, bytes]]) -> list[_Ready]:
        """Put the key bundles of several publications on their way."""
        return [
            (
                one.bundle,
                data,
                [
                    self._keys_sender.begin(keys_topic(self._exchange, slug), keys)
                    for slug, _, keys in one.keys
                ],
            )
            for one, data in checked
        ]

    def _go_on(self, sent: _Sent | None, bundle: Bundle, data: bytes, keys: Iterable[Sent]) -> _Sent:
        """Put a bundle on its way, when what goes before it is durable."""
        if sent is not None:
            self._settled(*sent)
        for one in keys:
            self._keys_sender.await_one(one)
        return bundle, self._append(bundle, data)

    def _checked(self, bundle: Bundle) -> bytes:
        """The record of a bundle of our log."""
        require_publishable(bundle)
        try:
            self._judge.extends(bundle)
        except EvidenceFault as fault:
            raise LogForked(
                "the head is not that of our log with these entries", where=bundle.origin
            ) from fault
        return encode_bundle(self._exchange, bundle)

    def _append(self, bundle: Bundle, data: bytes) -> Sent | None:
        """Put what the topic does not hold of a bundle on its way, if it does not hold all of it."""
        size = self._shown(bundle.origin)
        if bundle.first_index > size:
            raise UsageRefused(
                f"the wire ends at {size}, and this bundle begins at {bundle.first_index}",
                where=bundle.origin,
                advice=f"Publish from {size} on.",
            )
        self._compare(bundle, size)
        if bundle.end <= size:
            return None
        if bundle.first_index < size:
            data = encode_bundle(self._exchange, beginning_at(bundle, size))
        self._ours.pop(bundle.origin, None)
        return self._sender.begin(log_topic(self._exchange, bundle.origin), data)

    def _settled(self, bundle: Bundle, sent: Sent | None) -> int:
        """Await the broker's answer to a bundle; returns its end.

        Where it came to stand tells whether anybody has written since the topic was asked for its end.
        """
        if sent is not None and self._sender.await_one(sent) == self._newest[bundle.origin][0]:
            offset = self._newest[bundle.origin][0]
            self._newest[bundle.origin] = (offset + 1, bundle.end, bundle.head)
            self._ours[bundle.origin] = bundle.end
        return bundle.end

    def _shown(self, slug: str) -> int:
        if slug in self._ours:
            return self._ours[slug]
        note = self.head(slug)
        return 0 if note is None else head_size(note)

    def _compare(self, bundle: Bundle, size: int) -> None:
        """Refuse to contradict what is there, under our own signature."""
        at = bundle.first_index
        if at >= size:
            return
        for there in self.bundles(bundle.origin, at):
            for entry in there.entries:
                if at == bundle.end:
                    return
                if entry != bundle.entries[at - bundle.first_index]:
                    raise LogForked(f"entry {at} is on the topic with other bytes", where=bundle.origin)
                at += 1
        if bundle.end == size:
            note = self.head(bundle.origin)
            if note is not None and note.split("\n")[:3] != bundle.head.split("\n")[:3]:
                raise LogForked(f"the topic leads to another head of size {size}", where=bundle.origin)

    def heartbeat(self, origin: str, head: str) -> None:
        """Say on our heads topic how far our log goes: silence is then noticed."""
        self._sender.send(heads_topic(self._exchange, origin), head.encode(), key=origin.encode())

    # ---- Any log ----

    def head(self, origin: str) -> str | None:
        """The newest head on the log's topic that the log has signed; None where nothing was published.

        Raises EntriesLost where the topic ends before what was verified.
        """
        end = self._looked.pop(origin, None)
        if end is None:
            end = self._reader.end(log_topic(self._exchange, origin))
        self._just_seen[origin] = end
        known = self._newest.get(origin)
        if known is None or known[0] != end or known[1] < self._judge.size(origin):
            self._ours.pop(origin, None)
            note = self._look_back(origin, end)
            known = self._newest[origin] = (end, 0 if note is None else head_size(note), note)
        return known[2]

    def silent_for(self, origin: str) -> int | None:
        """The age of the newest record that the log has signed, on its own topic or on its heads topic, in microseconds.

        The heads topic is asked once a minute, and not where the log's own record is younger than that.
        """
        now, left = self._now(), self._left.get(origin)
        if left is None or now - left / 1000 >= _ASKED_EVERY:
            left = max(filter(None, (left, self._beat(origin, now))), default=None)
        return None if left is None else max(0, round(now * 1000) - left) * 1000

    def _beat(self, origin: str, now: float) -> int | None:
        """When the newest heartbeat of a log came, asked for within the last minute.

        Where its topic cannot be read none is known, and the log is read all the same.
        """
        asked, beat = self._beats.get(origin, (-math.inf, None))
        if not 0 <= now - asked < _ASKED_EVERY:
            try:
                beat = self._newest_beat(origin)
            except Unready:
                beat = None
            self._beats[origin] = (now, beat)
        return beat

    def _newest_beat(self, origin: str) -> int | None:
        """The same; behind it there may be some few records that are none of its own."""
        topic = heads_topic(self._exchange, origin)
        end = self._reader.end(topic)
        for back in (1, _NEAR):
            records = self._reader.read(topic, max(0, end - back), end)
            times = [stamped(one) for one in records if self._is_beat(origin, one)]
            if times:
                return times[-1]
        return None

    def _is_beat(self, origin: str, one: Record) -> bool:
        """Whether a record is a head that the log has signed, and no older one than was verified."""
        try:
            return self._judge.head(origin, (one.value or b"").decode()) >= self._judge.size(origin)
        except (EvidenceFault, UnicodeDecodeError):
            return False

    def forget(self) -> None:
        """Drop what was concluded from the records that counted so far: by other keys, others count."""
        for seen in (self._newest, self._reached, self._looked, self._last, self._just_seen, self._ours):
            seen.clear()
        self._left.clear()
        self._beats.clear()

    def look(self, origins: Iterable[str]) -> None:
        """Ask how far all these logs' topics go at once; each one's `head` is answered by it, the next time.

        With no logs: what was asked for and not used is forgotten.
        """
        topics = {log_topic(self._exchange, one): one for one in origins}
        found = self._reader.ends(tuple(topics)) if topics else {}
        self._looked = {topics[topic]: end for topic, end in found.items()}

    def _look_back(self, origin: str, end: int) -> str | None:
        """From the topic's end back to the first record that reaches as far as was verified.

        Records of strangers, and repetitions, may lie behind the newest.
        """
        topic, wanted, step = log_topic(self._exchange, origin), self._judge.size(origin), 1
        self._left.pop(origin, None)
        begin = self._reader.begin(topic)
        follower = Follower(self._exchange, origin, topic, self._judge, 0)
        while end > begin:
            start = max(begin, end - step)
            records = list(self._reader.read(topic, start, end))
            found = [(follower.signed(one), stamped(one)) for one in records]
            self._last[origin] = records[-1:] if step == 1 else []
            sizes = {one.end: (one.head, at) for one, at in found if one is not None and self._is_whole(one)}
            if sizes and max(sizes) >= wanted:
                head, self._left[origin] = sizes[max(sizes)]
                return head
            end, step = start, min(step * 4, _MOST_AT_ONCE)
        if wanted:
            raise lost(topic, 0 if begin == end else wanted, "it ends before what was verified")
        return None

    def _is_whole(self, bundle: Bundle) -> bool:
        """Whether a record that would be a log's newest holds what the log signed, as far as that can be known here."""
        try:
            self._judge.extends(bundle)
        except LogForked:
            return True  # to be told as what it is, by who receives it
        except EvidenceFault:
            return False
        return True

    def bundles(self, origin: str, start: int) -> Iterator[Bundle]:
        """What a log holds from index `start` on, if its head was just asked for then as far as it went there.

        See `Follower.follow` for what it raises, and whom it believes.
        """
        topic = log_topic(self._exchange, origin)
        end = self._just_seen.pop(origin, None) or self._reader.end(topic)
        offset = 0 if start == 0 else self._find(origin, topic, start, end)
        follower = Follower(self._exchange, origin, topic, self._judge, start)

        def records() -> Iterator[object]:
            last = self._last.pop(origin, [])  # where nothing else is new, it need not be fetched again
            known = end - offset == 1 and last and last[0].offset == offset
            for one in last if known else self._reader.read(topic, offset, end):
                yield one
                self._reached[origin] = (follower.at, one.offset + 1)

        yield from follower.follow(records())

    def _find(self, origin: str, topic: str, start: int, end: int) -> int:
        """An offset from which to read on to find an index: as near before it as can be told quickly.

        Indices rise with offsets but for repetitions and strangers' records; so the place is found by halving, and if
        what lies there does not fit, the topic is read from its beginning.
        """
        index, reached = self._reached.get(origin, (-1, 0))
        if index == start and reached <= end:
            return reached
        begin = self._reader.begin(topic)
        follower = Follower(self._exchange, origin, topic, self._judge, start)
        low, high = begin, end
        while low < high:
            middle = (low + high) // 2
            one = next(filter(None, map(follower.signed, self._reader.read(topic, middle, high))), None)
            if one is None or one.end > start:
                high = middle
            else:
                low = middle + 1
        return self._near(follower, topic, range(max(begin, low - _NEAR), min(end, low + 1)), start)

    def _near(self, follower: Follower, topic: str, offsets: range, start: int) -> int:
        """The offset among these at which an index is; the one behind them if they end with it; else that of the topic."""
        ends: set[int] = set()
        for one in self._reader.read(topic, offsets.start, offsets.stop):
            bundle = follower.signed(one)
            if bundle is not None and bundle.first_index <= start < bundle.end:
                return int(one.offset)
            ends.add(-1 if bundle is None else bundle.end)
        return offsets.stop if start in ends else 0

    def wait(self, origins: Iterable[str], seconds: float) -> bool:
        """Wait so many seconds, or until these logs' topics have more than when they were last asked; whether they have."""
        ends = {
            log_topic(self._exchange, one): self._newest[one][0] for one in origins if one in self._newest
        }
        return self._listener.listen(ends, seconds)

    # ---- Keys ----

    def put_keys(self, recipient: str, origin: str, covers: int, data: bytes) -> None:
        """Leave a key bundle on the recipient's topic; durable on the broker once it returns. It says itself whose it is."""
        self._keys_sender.send(keys_topic(self._exchange, recipient), data)

    def keys(self, recipient: str, origin: str) -> Iterator[tuple[int, bytes | Malformed]]:
        """Key bundles left for a recipient by a publisher and not acknowledged, by rising `covers`.

        A record that is none, of which nobody can say whose it would be, is passed over and told to the judge.
        """
        return self._keys(recipient).of(f"{self._exchange}/{origin}")

    def acknowledge(self, recipient: str, origin: str, covers: int) -> None:
        """What this bundle held is stored: it need not be read again. It stays on the topic for its week."""
        self._keys(recipient).drop(f"{self._exchange}/{origin}", covers)

    def _keys(self, recipient: str) -> KeyTopic:
        if recipient not in self._pending:
            self._pending[recipient] = KeyTopic(self._exchange, recipient, self._servers, self._judge)
        return self._pending[recipient]

    def close(self) -> None:
        """Leave the broker, with what was acknowledged noted there."""
        for one in self._pending.values():
            one.close()
        self._sender.close()
        self._keys_sender.close()
        self._reader.close()
        self._listener.close()
