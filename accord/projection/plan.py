"""How one kind of event becomes rows: worked out once per kind, then applied to every event of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from accord.memorandum import Memorandum
from accord.projection import promises
from accord.projection import values as forms
from accord.projection.calendar import Days
from accord.projection.promises import Answer, Judged, Promise
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
    types: dict[str, str]
    conversions: tuple[tuple[int, Callable[[Any], Any]], ...]
    arrange: Callable[[list[Any]], Row]
    occurred_at: bool
    promises: tuple[Promise, ...]
    answers: tuple[Answer, ...]
    references: tuple[tuple[str, bool], ...]
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
    """Rows of `promise`, `sought`, `answer`, `reference` and `mark`, gathered for one batch."""

    days: Days
    promise: list[Row] = field(default_factory=list)
    sought: list[Row] = field(default_factory=list)
    answer: list[Row] = field(default_factory=list)
    reference: list[Row] = field(default_factory=list)
    mark: list[Row] = field(default_factory=list)

    def gather(self, plan: Plan, one: Judged) -> None:
        """Add what an event promises, what it may answer, and what of it a query follows."""
        for promise in plan.promises:
            row = promises.promised(promise, one, self.days)
            if row is not None:
                self.promise.append(row)
                if promise.cites or promise.same_file:
                    self.sought += promises.sought(promise, one)
        if plan.answers:
            self.answer += promises.answered(plan.answers, one)
        for name, many in plan.references:
            for target in promises.targets(one.values.get(name), many):
                self.reference.append((target, name, plan.kind, one.entry, one.file, one.origin))
        for name, kind_of_field, lacking in plan.marked:
            if name in one.values:
                for text in forms.marks(kind_of_field, one.values[name]):
                    if text == "" or not lacking:
                        self.mark.append((text, name, one.entry, one.file, one.origin))


def plan_for(
    kind: str, statements: Statements, follow: Followed, memorandum: Memorandum, vocabulary: Vocabulary
) -> Plan:
    """The plan of one kind of event for the role of these statements."""
    fields = {one.spec.name: one.spec.type for one in vocabulary.events[kind].fields}
    statement = statements.on.get(kind)
    parameters = statement.parameters if statement else ()
    names = tuple(name for name in parameters if name not in _BASE)
    seen = visible(statements.role, kind, memorandum, vocabulary) & frozenset(names)
    positions = [(*_BASE, *names).index(name) for name in parameters]
    stored = [(index, forms.storing(fields[name])) for index, name in enumerate(names, start=len(_BASE))]
    marked = [(name, False) for name in sorted(follow.marked & seen)]
    marked += [(name, True) for name in sorted((follow.lacking - follow.marked) & seen)]

    return Plan(
        kind=kind,
        statement=statement,
        names=names,
        types=fields,
        conversions=tuple((index, convert) for index, convert in stored if convert is not None),
        arrange=itemgetter(*positions) if len(positions) > 1 else tuple,
        occurred_at="occurred_at" in seen,
        promises=tuple(one.read_in(seen) for one in follow.promises),
        answers=tuple(one.read_in(seen) for one in follow.answers),
        references=tuple((name, fields[name] == "events") for name in sorted(follow.reference & seen)),
        marked=tuple((name, fields[name], lacking) for name, lacking in marked),
        counted=tuple(
            (name, fields[name]) for name in sorted(counted(statements.role, kind, memorandum, vocabulary))
        ),
    )
