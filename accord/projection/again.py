"""What is known of an event that comes again: the union of all that was ever opened of it, read back from its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from accord.memorandum import Memorandum
from accord.ports import Row, Transaction
from accord.projection import values as forms
from accord.projection.calendar import Days
from accord.projection.plan import Plan
from accord.projection.promises import Judged

_HEADER = (
    "SELECT e.kind, e.event, e.origin, e.file, e.occurred_on, e.occurred_at, e.recorded_at, e.opened, m.sha256 "
    "FROM event AS e JOIN memorandum AS m ON m.number = e.memorandum WHERE e.entry = ?"
)


class Again:
    """Reads events back as the rules look at them."""

    def __init__(self, plans: Mapping[str, Plan], memoranda: Mapping[bytes, Memorandum], days: Days) -> None:
        self._plans, self._memoranda, self._days = plans, memoranda, days

    def judged(self, transaction: Transaction, entry: int) -> Iterator[tuple[Plan, Judged]]:
        """The event at a place, with its plan; nothing where its kind is not known here."""
        for row in transaction.query(_HEADER, (entry,)):
            kind, event, origin, file, day, moment, recorded_at, opened, memorandum = row
            plan = self._plans.get(kind)
            if plan is not None:
                values = self._values(transaction, plan, entry, self._read(kind, memorandum, opened))
                earliest, latest = self._days.span(day, moment)
                yield plan, Judged(entry, event, origin, file, day, earliest, latest, recorded_at, values)

    def _read(self, kind: str, memorandum: str, opened: int) -> frozenset[str] | None:
        """The fields that were opened; None where the memorandum is not known here."""
        agreement = self._memoranda.get(bytes.fromhex(memorandum))
        if agreement is None:
            return None
        parts = agreement.audiences(kind)
        return frozenset(name for part in parts if opened >> part.index & 1 for name in part.fields)

    def _values(
        self, transaction: Transaction, plan: Plan, entry: int, read: frozenset[str] | None
    ) -> dict[str, Any]:
        """What stands in the table of the kind; a field that was read and is empty there was not stated."""
        rows: list[Row] = []
        if plan.statement is not None and plan.names:
            (table,) = plan.statement.writes
            columns = ", ".join(f'"{name}"' for name in plan.names)
            rows = transaction.query(f"SELECT {columns} FROM {table} WHERE entry = ?", (entry,))  # noqa: S608  # declared
        return {
            name: forms.plain(plan.types[name], stored)
            for row in rows
            for name, stored in zip(plan.names, row, strict=True)
            if (name in read if read is not None else stored is not None)
        }
