"""Applies what was opened to one role's projection, exactly once.

One batch is one transaction:

  1. the feed's position moves on by compare-and-swap   (a worker that lost its place is refused here and writes nothing)
  2. headers and files                                  (an event may come again, with more of it open)
  3. each kind's own table, promises, answers, marks    (guarded: a sealed file takes nothing)
  4. counts                                             (replaced when a correction arrives)
  5. commit                                             (dying before: nothing happened, the feed gives the batch again)

Nothing written depends on the order of arrival: a value never changes once read, unions are taken of the
masks, maxima of the heads, and everything derived (corrections, cases, obligations) is a view or a query.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path

from accord import catalog
from accord.errors import Overtaken, UsageRefused
from accord.memorandum import Memorandum
from accord.ports import Database, Transaction
from accord.projection.again import Again
from accord.projection.calendar import Days
from accord.projection.control import granted_rows, row_of
from accord.projection.plan import Followings, Plan, Row, plan_for
from accord.projection.promises import Judged
from accord.projection.rules import Followed, compile_rules
from accord.projection.statements import Statement, Statements, load
from accord.projection.tallies import Tallies
from accord.schema import Vocabulary
from accord.seal import Opened, OpenedEvent, OpenedGrant

_first = itemgetter(0)
_FROM_THE_MEMORANDUM = ("rule", "finding", "involvement", "involvement_until")
_FORGETTING = (
    "forget_times",
    "forget_promises",
    "forget_sought",
    "forget_answers",
    "forget_references",
    "forget_marks",
)
PLACES = 40  # bits of a log index in an entry's number


class Projection:
    """One role's reading side in one database, which it makes on first use.

    `db` is a database of its own; `tally_key` (at least 16 bytes, kept by the home) hides which event a
    count came from; `earlier` holds the memoranda that older events name, by SHA-256. Raises
    ProjectionRefused when the role's SQL asks for more than the memorandum gives, and UsageRefused when the
    database was built by other statements or under another memorandum: a projection is disposable, and is
    built anew beside the old.
    """

    def __init__(
        self,
        db: Database,
        role: str,
        agency: str,
        memorandum: Memorandum,
        vocabulary: Vocabulary,
        tally_key: bytes,
        *,
        earlier: Mapping[bytes, Memorandum] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.db, self.role, self.agency = db, role, agency
        self.memorandum, self.vocabulary = memorandum, vocabulary
        self.memoranda = {**(earlier or {}), memorandum.sha256: memorandum}
        self.statements: Statements = load(folder or catalog.projections(), role, memorandum, vocabulary)
        self.rules = compile_rules(role, memorandum, vocabulary)
        self._tallies = Tallies(self.db, self.statements, tally_key)
        self._plans = {kind: self._plan(kind) for kind in vocabulary.events}
        self._days = Days(memorandum.timezone)
        self._again = Again(self._plans, self.memoranda, self._days)
        self._on: Transaction | None = None
        self._open()

    def _plan(self, kind: str) -> Plan:
        follow = self.rules.follow.get(kind, Followed())
        return plan_for(kind, self.statements, follow, self.memorandum, self.vocabulary)

    # ---- Making and opening ----

    @property
    def definition(self) -> str:
        """What this projection is built by: SHA-256 (hex) over its statements and the memorandum."""
        digest = hashlib.sha256(self.memorandum.sha256)
        for one in (
            *self.statements.definitions(),
            *self.statements.on.values(),
            *self.statements.writes.values(),
        ):
            digest.update(one.sql.encode())
        return digest.hexdigest()

    def _open(self) -> None:
        if not self.db.has("feed"):
            with self._transaction():
                if not self.db.has("feed"):  # another process may have made it meanwhile
                    self._make()
        position, definition = self.db.query("SELECT position, definition FROM feed WHERE name = 'feed'")[0]
        if definition != self.definition:
            raise UsageRefused(
                "this projection was built by other statements or under another memorandum",
                advice="Build it anew from the replica; a projection holds nothing of its own.",
            )
        self.position: int = position
        self._remember()

    def _remember(self) -> None:
        """Read what is kept in memory beside the tables."""
        versions = self.db.query("SELECT sha256, number FROM memorandum")
        self._versions = {bytes.fromhex(text): number for text, number in versions}
        self._origins = {
            name: number << PLACES for name, number in self.db.query("SELECT origin, number FROM origin")
        }
        self._newest = {origin: self._last_of(start) for origin, start in self._origins.items()}
        self._tallies.open()

    def _last_of(self, start: int) -> int:
        """The last entry that is here of the log that begins at this number."""
        found = self.db.query(
            "SELECT COALESCE(MAX(entry), -1) FROM event WHERE entry >= ? AND entry < ?",
            (start, start + (1 << PLACES)),
        )
        return int(found[0][0])

    def _make(self) -> None:
        for one in self.statements.definitions():
            self._writing.execute(one.sql + (" WITHOUT ROWID" if one.directive == "table" else ""))
        self._writing.execute(
            "INSERT INTO feed (name, position, definition) VALUES ('feed', 0, ?)", (self.definition,)
        )
        for one in self.statements.statements():
            self.db.check(one.sql)
        for table in _FROM_THE_MEMORANDUM:
            statement = self.statements.writes[table]
            rows = getattr(self.rules, table)
            self._many(statement, [tuple(row[name] for name in statement.parameters) for row in rows])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self.db.transaction() as transaction:
            self._on = transaction
            try:
                yield
            finally:
                self._on = None

    @property
    def _writing(self) -> Transaction:
        assert self._on is not None
        return self._on

    # ---- Applying ----

    def apply(self, batch: Iterable[tuple[int, Opened]]) -> int:
        """Apply a batch of (feed sequence, item), in the feed's order, and return the new position.

        Items at or before the position were applied already and are passed over. Raises Overtaken, and
        changes nothing, when another worker has moved the feed on.
        """
        fresh = [(sequence, item) for sequence, item in batch if sequence > self.position]
        if not fresh:
            return self.position
        position = fresh[-1][0]
        try:
            with self._transaction():
                self._advance(position)
                self._write([item for _, item in fresh])
        except BaseException:
            self._forget_batch()
            raise
        self.position = position
        return position

    def _forget_batch(self) -> None:
        """After a rollback nothing gathered or numbered in the batch is left in memory either."""
        for plan in self._plans.values():
            plan.rows = []
        self._remember()

    def _advance(self, position: int) -> None:
        statement = self.statements.writes["advance"]
        moved = self._writing.execute(statement.sql, {"position": position, "expected": self.position})
        if moved != 1:
            raise Overtaken(
                "another worker has moved this projection on",
                where=self.db.name,
                advice="Nothing was written; the next turn goes on behind it.",
            )

    def _write(self, items: list[Opened]) -> None:
        events = [item for item in items if type(item) is OpenedEvent]
        if events:
            self._write_events(events)
        if len(events) < len(items):
            self._write_others(item for item in items if type(item) is not OpenedEvent)

    def _write_events(self, events: list[OpenedEvent]) -> None:
        headers: list[Row] = []
        followings = Followings(self._days)
        place, number, newest = self._place, self._number, self._newest
        add, plans, follow, span = headers.append, self._plans, followings.gather, self._days.span
        again: list[int] = []
        for item in events:
            event, file, origin, values = item.event_id.hex(), item.file.hex(), item.origin, item.values
            entry = place(origin) + item.index
            plan = plans.get(item.kind)
            moment = None
            if plan is not None:
                if values:
                    plan.gather(entry, file, origin, values)
                    if plan.occurred_at:
                        moment = values.get("occurred_at")
                if entry > newest[origin]:
                    day, recorded_at = item.occurred_on, item.recorded_at
                    earliest, latest = span(day, moment)
                    follow(
                        plan, Judged(entry, event, origin, file, day, earliest, latest, recorded_at, values)
                    )
                else:
                    again.append(entry)
            newest[origin] = max(newest[origin], entry)
            add(
                (
                    entry,
                    event,
                    origin,
                    item.index,
                    file,
                    item.file_class,
                    item.kind,
                    item.occurred_on,
                    moment,
                    item.recorded_at,
                    item.supersedes.hex() if item.supersedes else None,
                    item.correction_reason,
                    number(item.memorandum),
                    item.opened,
                    item.awaiting,
                )
            )
        self._put("event", headers)
        self._write_gathered(followings)
        self._judge_again(again)
        self._tallies.follow(self._writing, events, self._plans, self._place)

    def _judge_again(self, entries: Iterable[int]) -> None:
        """What came before, in part perhaps, or out of its order: it is judged by all that is known of it now."""
        followings = Followings(self._days)
        for entry in set(entries):
            for plan, one in self._again.judged(self._writing, entry):
                self._writing.execute(self.statements.writes["forget_promise"].sql, {"entry": entry})
                followings.gather(plan, one)
        self._write_gathered(followings)

    def _place(self, origin: str) -> int:
        """The entry number at which a log begins."""
        start = self._origins.get(origin)
        if start is None:
            number = len(self._origins)
            self._put("origin", [(origin, number)])
            start = self._origins[origin] = number << PLACES
            self._newest[origin] = -1
        return start

    def _number(self, memorandum: bytes) -> int:
        """The number by which an event names its version of the memorandum."""
        number = self._versions.get(memorandum)
        if number is None:
            number = self._versions[memorandum] = len(self._versions)
            self._put("memorandum", [(memorandum.hex(), number)])
        return number

    def _write_gathered(self, followings: Followings) -> None:
        for plan in self._plans.values():
            if plan.rows:
                if plan.statement is not None:
                    self._many(plan.statement, plan.rows)
                plan.rows = []
        for name in ("promise", "sought", "answer", "reference", "mark"):
            self._put(name, getattr(followings, name))

    def _write_others(self, items: Iterable[Opened]) -> None:
        rows: dict[str, list[Row]] = {}
        for item in items:
            if isinstance(item, OpenedGrant):
                rows.setdefault("granted", []).extend(granted_rows(item, self.memorandum.sha256))
                continue
            table, row = row_of(item)
            if table:
                rows.setdefault(table, []).append(row)
        for table, gathered in rows.items():
            self._put(table, gathered)

    def _put(self, name: str, rows: list[Row]) -> None:
        if rows:
            self._many(self.statements.writes[name], rows)

    def _many(self, statement: Statement, rows: list[Row]) -> None:
        rows.sort(key=_first)  # neighbours in a table are written together
        self._writing.executemany(statement.numbered, rows)

    # ---- Sealing: the place for it ----

    def seal(self, files: Iterable[tuple[str, bytes]], state: str, event: bytes, since: int) -> None:
        """Forget every value of these (origin, file) and take no more; `state` is "sealed" or "expunged".

        `event` is the court's order, `since` (microseconds) when it was recorded. Late keys revive nothing.
        """
        if state not in ("sealed", "expunged"):
            raise UsageRefused("a file is sealed or expunged")
        with self._transaction():
            for origin, file in files:
                where = {"origin": origin, "file": file.hex()}
                self._tallies.seal(self._writing, origin, file.hex())
                self._writing.execute(
                    self.statements.writes["seal"].sql,
                    {**where, "state": state, "event": event.hex(), "since": since},
                )
                for name in _FORGETTING:
                    self._writing.execute(self.statements.writes[name].sql, where)
                self._forget_values(where)

    def _forget_values(self, where: dict[str, str]) -> None:
        for plan in self._plans.values():
            if plan.statement is not None:
                (table,) = plan.statement.writes
                self._writing.execute(
                    f"DELETE FROM {table} WHERE entry IN "  # noqa: S608  # a declared table
                    "(SELECT entry FROM event WHERE file = :file AND origin = :origin)",
                    where,
                )

    def unseal(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Lift the seal of these (origin, file); their values come again as their events are opened again."""
        with self._transaction():
            for origin, file in files:
                where = {"origin": origin, "file": file.hex()}
                self._writing.execute(self.statements.writes["unseal"].sql, where)
                self._tallies.unseal(self._writing, origin, file.hex())
                found = self._writing.query(
                    "SELECT entry FROM event WHERE file = :file AND origin = :origin", where
                )
                self._judge_again(row[0] for row in found)
