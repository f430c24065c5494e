"""How one kind of event becomes rows: worked out once per kind, then applied to every event of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from accord.memorandum import Memorandum
from accord.projection import values as forms
from accord.projection.rules import Followed
from accord.projection.statements import Statement, Statements, counted, visible
from accord.schema import Vocabulary

Row = tuple[Any, ...]
_BASE = ("entry", "file", "origin")


@dataclass
class Plan:
    """The rows that events of one kind give, gathered for one batch.

    `gather` takes an event's place, its file and its plain values; the lists are written and emptied by the
    runner.
    """

    kind: str
    statement: Statement | None
    names: tuple[str, ...]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]
    arrange: Callable[[list[Any]], Row]
    occurred_at: bool
    references: tuple[tuple[str, bool], ...]
    cited: tuple[tuple[str, bool], ...]
    marked: tuple[tuple[str, str, bool], ...]
    counted: tuple[tuple[str, str], ...]
    rows: list[Row] = field(default_factory=list)

    def gather(self, entry: int, file: str, origin: str, values: dict[str, Any]) -> None:
        """Add the row of the kind's own table."""
        row: list[Any] = [entry, file, origin, *map(values.get, self.names)]
        for index, convert in self.conversions:
            value = row[index]
            if value is not None:
                row[index] = convert(value)
        self.rows.append(self.arrange(row))


@dataclass
class Followings:
    """Rows of `reference`, `cited` and `mark`, gathered for one batch."""

    reference: list[Row] = field(default_factory=list)
    cited: list[Row] = field(default_factory=list)
    mark: list[Row] = field(default_factory=list)

    def gather(self, plan: Plan, entry: int, file: str, origin: str, values: dict[str, Any]) -> None:
        """Add what an event cites and what an obligation tests in it."""
        if plan.references:
            self.reference += _targets(plan.references, values, (plan.kind, entry, file, origin))
        if plan.cited:
            self.cited += _targets(plan.cited, values, (entry, file, origin))
        for name, kind_of_field, lacking in plan.marked:
            if name not in values:
                continue
            for text in forms.marks(kind_of_field, values[name]):
                if text == "" or not lacking:
                    self.mark.append((text, name, entry, file, origin))


def _targets(fields: tuple[tuple[str, bool], ...], values: dict[str, Any], rest: Row) -> list[Row]:
    """(target, field, *rest) for every event that these fields cite."""
    rows: list[Row] = []
    for name, many in fields:
        value = values.get(name)
        if value is None:
            continue
        if many:
            rows.extend([(target.hex(), name, *rest) for target in value])
        else:
            rows.append((value.hex(), name, *rest))
    return rows


def plan_for(
    kind: str, statements: Statements, follow: Followed, memorandum: Memorandum, vocabulary: Vocabulary
) -> Plan:
    """The plan of one kind of event for the role of these statements."""
    fields = {one.spec.name: one.spec.type for one in vocabulary.events[kind].fields}
    statement = statements.on.get(kind)
    seen = visible(statements.role, kind, memorandum, vocabulary)
    parameters = statement.parameters if statement else ()
    names = tuple(name for name in parameters if name not in _BASE)
    positions = [(*_BASE, *names).index(name) for name in parameters]
    stored = [(index, forms.storing(fields[name])) for index, name in enumerate(names, start=len(_BASE))]
    marked = [(name, False) for name in sorted(follow.marked & seen)]
    marked += [(name, True) for name in sorted((follow.lacking - follow.marked) & seen)]

    def followed(chosen: set[str]) -> tuple[tuple[str, bool], ...]:
        return tuple((name, fields[name] == "events") for name in sorted(chosen & seen))

    return Plan(
        kind=kind,
        statement=statement,
        names=names,
        conversions=tuple((index, convert) for index, convert in stored if convert is not None),
        arrange=itemgetter(*positions) if len(positions) > 1 else tuple,
        occurred_at="occurred_at" in seen,
        references=followed(follow.reference),
        cited=followed(follow.cited),
        marked=tuple((name, fields[name], lacking) for name, lacking in marked),
        counted=tuple(
            (name, fields[name]) for name in sorted(counted(statements.role, kind, memorandum, vocabulary))
        ),
    )
