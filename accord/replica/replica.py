"""The replica as the other rooms see it: receive, answer citations, follow the feed, open again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from accord.ports import Database, typed
from accord.replica import relations
from accord.replica.receive import Receiver
from accord.replica.relations import Citable, RuleEvent
from accord.replica.rings import RingStore
from accord.replica.work import SHIFT, Item, index_of
from accord.seal import (
    Alarm,
    Book,
    Labels,
    LogHead,
    Opened,
    OpenedEvent,
    Unopened,
    origin_of,
    parse_entry,
    reread_event,
)
from accord.sources import Clock


class OwnEntries(Protocol):
    """Our own log, opened by the publishing side."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, stop: int) -> Iterator[Opened]:
        """What our entries say, in the order of the log."""
        ...


@dataclass(slots=True, frozen=True)
class LogState:
    """How far a log is verified here, when its agency was last heard (microseconds UTC), and why it was stopped, if it was.

    `awaiting` grants have no keys here yet; `mute`: there are entries, and not even the key that is shared with us.
    """

    slug: str
    size: int
    verified_at: int
    fault: str | None
    awaiting: int
    mute: bool

    @property
    def lacks(self) -> str:
        """What of its keys has not come; empty if nothing is awaited."""
        return "its keys are awaited" if self.mute else f"{self.awaiting} awaiting keys" * bool(self.awaiting)


_BATCH = 512
DARK_AFTER = 3 * 86_400 * 1_000_000
"""How long a key that was lost may take to come, in microseconds: it is asked for after ten minutes, at a sync."""
_DARK = """
    SELECT dark.pos, origin.slug FROM dark JOIN origin ON origin.no = dark.pos >> 40
    WHERE dark.told = 0 AND NOT EXISTS (
        SELECT 1 FROM awaiting
        WHERE awaiting.pos >= origin.no << 40 AND awaiting.pos < dark.pos AND awaiting.since >= ?
    )
    ORDER BY dark.pos
"""
# Every log begins with an entry to each of its readers: where nothing was opened, no key has come. A login that only
# reads may not see the keys, so it cannot look there.
_LOGS = """
    SELECT slug, size, verified_at, fault, (SELECT COUNT(*) FROM awaiting WHERE awaiting.pos >> 40 = origin.no),
        CASE WHEN size > 0 AND slug <> ?
            AND NOT EXISTS (SELECT 1 FROM opened WHERE opened.pos >= origin.no << 40 AND opened.pos < (origin.no + 1) << 40)
            AND NOT EXISTS (SELECT 1 FROM feed WHERE feed.origin = origin.slug AND feed.what = 'unopened')
        THEN 1 ELSE 0 END
    FROM origin ORDER BY slug
"""


class Replica:
    """A verified copy of every agency's log, and what this home opens of it."""

    def __init__(
        self,
        slug: str,
        database: Database,
        receiver: Receiver,
        rings: RingStore,
        labels: Labels,
        books: Mapping[bytes, Book],
        own: OwnEntries,
        clock: Clock,
    ) -> None:
        self.slug = slug
        self.database = database
        self.receiver = receiver
        self._rings = rings
        self._labels = labels
        self._books = books
        self._own = own
        self._clock = clock

    # ---- For the publishing side ----

    def sizes(self) -> dict[str, int]:
        """Size verified of each log."""
        rows = self.database.query("SELECT slug, size FROM origin")
        return {row[0]: row[1] for row in typed(rows, self.database.name, str, int)}

    def numbered(self, value: str) -> list[Citable]:
        """Foreign events, as far as opened here, in which a number stands."""
        rows = self.database.query(
            "SELECT event_id, event_kind, kind, issuer, count, origin, file, occurred_on FROM cited_number WHERE value = ?",
            (value,),
        )
        return [Citable(*row) for row in rows]

    def kind_of(self, event_id: bytes) -> str | None:
        """The kind of a foreign event whose header we have opened; None where several logs use its id."""
        rows = self.database.query("SELECT kind FROM foreign_event WHERE event_id = ?", (event_id,))
        return str(rows[0][0]) if len(rows) == 1 else None

    def file_of(self, event_id: bytes) -> tuple[str, bytes] | None:
        """Publisher and file of a foreign event whose header we have opened; None where several logs use its id.

        An id that was copied leads nowhere, whichever came first: nobody is let in by it.
        """
        rows = self.database.query("SELECT origin, file FROM foreign_event WHERE event_id = ?", (event_id,))
        return (rows[0][0], bytes(rows[0][1])) if len(rows) == 1 else None

    def referrals(self, origin: str, file: bytes) -> list[bytes]:
        """The referrals to us from another agency's file."""
        rows = self.database.query(
            "SELECT event_id FROM referral WHERE file = ? AND origin = ? AND to_agency = ?",
            (file, origin, self.slug),
        )
        return [bytes(row[0]) for row in rows]

    def joined(self, origin: str, file: bytes) -> set[tuple[str, bytes]]:
        """The files (origin, id) that confirmed referrals join to a file, itself among them."""
        return relations.joined(self.database, origin, file)

    def rule_events(self, origin: str, file: bytes) -> list[RuleEvent]:
        """The events of a file that may let agencies into files joined to it."""
        return relations.rule_events(self.database, origin, file)

    def touched(self, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        """What happened that may let agencies into joined files or end that: sequence number, origin and file."""
        return relations.touched(self.database, after, limit)

    def notices_due(self) -> list[tuple[str, int, str, bytes]]:
        """Faults not yet told to their publishers: origin, index, fault, entry id."""
        rows = self.database.query("SELECT origin, idx, fault, entry_id FROM notice_due ORDER BY origin, idx")
        return [(row[0], row[1], row[2], bytes(row[3])) for row in rows]

    def notices_told(self, told: Iterable[tuple[str, int, str, bytes]]) -> None:
        """Those faults have been told."""
        with self.database.transaction() as transaction:
            transaction.executemany(
                "DELETE FROM notice_due WHERE origin = ? AND idx = ? AND fault = ?", [one[:3] for one in told]
            )

    def keys_lacking(self, before: int) -> list[tuple[str, int]]:
        """Logs of which we lack keys since before that time (microseconds UTC), and from which index on.

        0 where even the pair key is not here, though entries are.
        """
        awaited = self.database.query(
            "SELECT origin.slug, MIN(awaiting.pos & ?) FROM awaiting JOIN origin ON origin.no = awaiting.pos >> 40"
            " WHERE awaiting.since < ? GROUP BY origin.slug ORDER BY origin.slug",
            ((1 << SHIFT) - 1, before),
        )
        mute = self.database.query(
            "SELECT slug FROM origin WHERE size > 0 AND pair_key IS NULL AND slug <> ?"
            " AND (SELECT MIN(at) FROM feed WHERE feed.origin = origin.slug) < ? ORDER BY slug",
            (self.slug, before),
        )
        return [*((row[0], row[1]) for row in awaited), *((row[0], 0) for row in mute)]

    def keys_due(self) -> list[tuple[str, int]]:
        """Those who have asked us for keys again, and from which index of our log on."""
        rows = self.database.query("SELECT asker, MIN(since) FROM keys_due GROUP BY asker ORDER BY asker")
        return [(row[0], row[1]) for row in rows]

    def keys_sent(self, asker: str, since: int) -> None:
        """What was asked for from that index on, or a later one, is on the wire."""
        with self.database.transaction() as transaction:
            transaction.execute("DELETE FROM keys_due WHERE asker = ? AND since >= ?", (asker, since))

    # ---- Receiving ----

    def receive(self, slug: str) -> Iterator[list[Item]]:
        """Receive what is new of one log; see `Receiver.receive`."""
        return self.receiver.receive(slug)

    def absorb_own(self) -> Iterator[list[Item]]:
        """Put our own new entries into the feed: they are in the store, and verified by being ours."""
        done = self.sizes().get(self.slug, 0)
        while done < self._own.size:
            stop = min(done + _BATCH, self._own.size)
            yield self.receiver.absorb(self.slug, list(self._own.read(done, stop)), stop)
            done = stop
        yield from self.receiver.looked_at_own(done)

    # ---- The feed ----

    @property
    def last(self) -> int:
        """The sequence number of the newest item of the feed."""
        return int(self.database.query("SELECT COALESCE(MAX(seq), 0) FROM feed")[0][0])

    def feed(self, after: int) -> Iterator[list[Item]]:
        """Everything that was opened here after an item, in order, opened again."""
        while True:
            rows = self.database.query(
                "SELECT seq, what, origin, idx, detail, at FROM feed WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, _BATCH),
            )
            if not rows:
                return
            yield [(row[0], self._item(*row[1:])) for row in rows]
            after = rows[-1][0]

    def _item(self, what: str, origin: str, index: int, detail: str | None, at: int) -> Opened:
        if what == "head":
            return LogHead(origin, index, at if detail is None else int(detail))
        if what == "alarm":
            kind, _, text = (detail or "").partition(": ")
            return Alarm(origin, index, kind, text)
        if origin == self.slug:
            return next(self._own.read(index, index + 1))
        if what == "control":
            return self.receiver.reopen_control(origin, index)
        return self._reopen(origin, index, awaiting=int(detail or 0))

    def _reopen(self, origin: str, index: int, awaiting: int) -> OpenedEvent | Unopened:
        row = self.database.query(
            "SELECT data, ring, positions FROM origin JOIN entry ON entry.pos = (origin.no << 40) + ? "
            "LEFT JOIN opened ON opened.pos = entry.pos WHERE origin.slug = ?",
            (index, origin),
        )[0]
        entry = parse_entry(bytes(row[0]))
        book = self._books.get(entry.memorandum)
        if book is None or row[1] is None:
            return Unopened(origin, index, entry.entry_id, understood=book is not None)
        held = self._rings.by_id(row[1])
        name = origin_of(book.memorandum, origin)
        event = reread_event(book, name, index, entry, held.ring, self._labels.unpack(bytes(row[2])))
        event.awaiting = awaiting & ~event.opened
        return event

    # ---- States ----

    def logs(self) -> list[LogState]:
        """Every log that is followed here."""
        rows = self.database.query(_LOGS, (self.slug,))
        return [LogState(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows]

    def reads_heads(self) -> list[tuple[str, int, str]]:
        """What each log has said of its agency's own reading log: slug, log index, checkpoint note; in their order."""
        rows = self.database.query(
            "SELECT origin, idx, detail FROM feed WHERE what = 'control' AND detail IS NOT NULL ORDER BY origin, idx"
        )
        return [(row[0], row[1], row[2]) for row in typed(rows, self.database.name, str, int, str)]

    def dark(self) -> list[Alarm]:
        """Entries that the coordinating agency cannot open; each told once.

        A grant stands before what it opens: an entry behind one whose key has not come is given three days to become light.
        """
        rows = self.database.query(_DARK, (self._clock.now() - DARK_AFTER,))
        return [
            Alarm(slug, index_of(place), "dark_entry", "the coordinating agency cannot open this entry")
            for place, slug in rows
        ]
