"""Counts of what may only be counted: kept by an opaque key, replaced when the event is corrected.

The key of a count is HMAC-SHA256(home key, "accord/1 tally" ‖ event id ‖ publisher), cut to 16 bytes: whoever has the
projection cannot go from a count to an event, and the runner, who has the key, can replace the count of an
event that no longer holds. Who copies another's event id does not touch its count.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from accord.ports import Database, Transaction
from accord.projection import values as forms
from accord.projection.groups import Groups
from accord.projection.statements import Statements
from accord.seal import OpenedEvent

if TYPE_CHECKING:
    from accord.projection.plan import Plan

_SUCCESSIONS = (
    "SELECT old, entry FROM succession WHERE entry = ? UNION SELECT old, entry FROM succession WHERE old = ?"
)


class Tallies:
    """Writes `counted` and `uncounted`; does nothing for a role that may see all it may read."""

    def __init__(self, db: Database, statements: Statements, key: bytes) -> None:
        self._db, self._statements, self._key = db, statements, key
        self._cited: set[str] = set()
        self._chains, self._last = Groups[int](), dict[int, int]()
        self._shut: set[tuple[str, str]] = set()

    def open(self) -> None:
        """Remember the chains of corrections and which files are shut, so that a batch need not ask for each event."""
        self._cited = {
            row[0] for row in self._db.query("SELECT supersedes FROM event WHERE supersedes IS NOT NULL")
        }
        self._chains, self._last = Groups(), {}
        for old, entry in self._db.query("SELECT old, entry FROM succession"):
            self._join(old, entry)
        self._shut = {(row[0], row[1]) for row in self._db.query("SELECT file, origin FROM sealed_file")}

    def tally(self, origin: str, event: str) -> str:
        """The opaque key (32 hex digits) of an event's count."""
        said = b"accord/1 tally" + bytes.fromhex(event) + origin.encode()
        return hmac.digest(self._key, said, "sha256")[:16].hex()

    def follow(
        self,
        transaction: Transaction,
        events: Iterable[OpenedEvent],
        plans: Mapping[str, Plan],
        place: Callable[[str], int],
    ) -> None:
        """Count new events of a batch whose headers are written; take out what they supersede, or what
        supersedes them.
        """
        counts = self._statements.counts
        if not counts:
            return
        rows: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in counts}
        unsettled: list[int] = []
        for item in events:
            event = item.event_id.hex()
            if item.supersedes:
                self._cited.add(item.supersedes.hex())
                unsettled.append(place(item.origin) + item.index)
            elif event in self._cited:
                unsettled.append(place(item.origin) + item.index)
            if item.kind in counts:
                rows[item.kind] += self._rows(event, item, plans[item.kind])
        for kind, gathered in rows.items():
            for index, statement in enumerate(counts[kind]):
                transaction.executemany(
                    statement.numbered, [row for number, row in gathered if number == index]
                )
        for entry in unsettled:
            self._settle(transaction, entry)

    def _rows(self, event: str, item: OpenedEvent, plan: Plan) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """(number of the statement, its parameters) for every counted field that is stated."""
        given = [
            (name, kind, item.values[name])
            for name, kind in plan.counted
            if item.values.get(name) is not None
        ]
        if not given or self._sealed(item):
            return
        known: dict[str, Any] = {name: ",".join(forms.marks(kind, value)) for name, kind, value in given}
        known |= {"tally": self.tally(item.origin, event), "quarter": forms.quarter(item.occurred_on)}
        for number, statement in enumerate(self._statements.counts[item.kind]):
            if all(name in known for name in statement.parameters):
                yield number, tuple(known[name] for name in statement.parameters)

    def _sealed(self, item: OpenedEvent) -> bool:
        return bool(self._shut) and (item.file.hex(), item.origin) in self._shut

    def _settle(self, transaction: Transaction, entry: int) -> None:
        """Of a chain of corrections, only the member that holds is counted: where two chains are joined, one count goes."""
        for old, later in transaction.query(_SUCCESSIONS, (entry, entry)):
            lost = self._join(old, later)
            if lost is not None:
                found = transaction.query("SELECT origin, event FROM event WHERE entry = ?", (lost,))
                self._uncount(transaction, *found[0])

    def _join(self, old: int, later: int) -> int | None:
        """Make one chain of theirs; the member that held in one of the two and does so no longer."""
        first, second = self._holder(old), self._holder(later)
        if not self._chains.join(old, later):
            return None
        self._last[self._chains.of(later)] = max(first, second)
        return min(first, second)

    def _holder(self, entry: int) -> int:
        """The member of an event's chain that holds: the last one recorded."""
        group = self._chains.of(entry)
        return self._last.get(group, group)

    def _uncount(self, transaction: Transaction, origin: str, event: str) -> None:
        for name in ("uncount", "drop_count"):
            transaction.execute(self._statements.writes[name].sql, {"tally": self.tally(origin, event)})

    def seal(self, transaction: Transaction, origin: str, file: str) -> None:
        """Take out the counts of a file."""
        self._shut.add((file, origin))
        for _, event in self._events(origin, file):
            self._uncount(transaction, origin, event)

    def unseal(self, transaction: Transaction, origin: str, file: str) -> None:
        """Let the counts of a file come again."""
        self._shut.discard((file, origin))
        for entry, event in self._events(origin, file):
            if self._holder(entry) == entry:
                transaction.execute(
                    self._statements.writes["recount"].sql, {"tally": self.tally(origin, event)}
                )

    def _events(self, origin: str, file: str) -> list[tuple[int, str]]:
        if not self._statements.counts:
            return []
        found = self._db.query("SELECT entry, event FROM event WHERE file = ? AND origin = ?", (file, origin))
        return [(row[0], row[1]) for row in found]
