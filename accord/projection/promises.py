"""What one event promises, and which promises it may answer: judged once, when it is projected.

The rules of the memorandum look at nothing but the event itself here; which answer belongs to which promise,
and when, is asked by one query, which joins the rows that are made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from accord.projection import values as forms
from accord.projection.calendar import Days

ANY_TIME = -(1 << 62)  # an answer to an early promise may come before all that is counted
UNREAD = "-"  # no field is called so: what stands for one that this role does not read
Row = tuple[Any, ...]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Test:
    """One condition: the field has one of these values (None: any), written as texts."""

    field: str
    kind_of_field: str
    any_of: frozenset[str] | None

    def met(self, values: Values) -> bool | None:
        """Whether it holds; None where the field is not read here."""
        if self.field not in values:
            return None
        value = values[self.field]
        if self.any_of is not None and type(value) is str:  # nearly all are codes
            return value in self.any_of
        said = forms.marks(self.kind_of_field, value)
        return said != ("",) if self.any_of is None else not self.any_of.isdisjoint(said)

    def read_in(self, seen: frozenset[str]) -> Test:
        """The same for one who reads only these fields."""
        return self if self.field in seen else replace(self, field=UNREAD)


@dataclass(frozen=True, slots=True)
class Promise:
    """One obligation, as its trigger starts it.

    The owner is whoever publishes it, the agency `owner`, who the field `owner` names, or every agency. The time runs from
    the date in `clock`, or from the event, for `days` or for `micros`. `direct`: an answer cites the trigger; `cites` names
    the references (field, many) that it may share with the trigger; `same_file`: it stands in the same file.
    """

    rule: int
    when: tuple[Test, ...]
    owner_kind: str
    owner: str | None
    early: bool
    clock: str
    days: int | None
    micros: int | None
    direct: bool
    cites: tuple[tuple[str, bool], ...]
    same_file: bool

    def read_in(self, seen: frozenset[str]) -> Promise:
        """The same for one who reads only these fields of the trigger."""
        return replace(
            self,
            when=tuple(test.read_in(seen) for test in self.when),
            owner=UNREAD if self.owner_kind == "field" and self.owner not in seen else self.owner,
            clock=UNREAD if self.clock and self.clock not in seen else self.clock,
            cites=tuple(one for one in self.cites if one[0] in seen),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """One obligation, as a response answers it: `field` (one target, or many) cites what is answered, or is "file"."""

    rule: int
    field: str
    many: bool
    when: tuple[Test, ...]

    def read_in(self, seen: frozenset[str]) -> Answer:
        """The same for one who reads only these fields of the response."""
        field = self.field if self.field in seen or self.field == "file" else UNREAD
        return replace(self, field=field, when=tuple(test.read_in(seen) for test in self.when))


@dataclass(slots=True)
class Judged:
    """An event as the rules look at it: its header, and the values that were opened.

    It happened between `earliest` and `latest` (microseconds): the same where the minute is read here, else the
    bounds of its day; None outside the calendar.
    """

    entry: int
    event: str
    origin: str
    file: str
    occurred_on: int
    earliest: int | None
    latest: int | None
    recorded_at: int
    values: Values

    @property
    def matter(self) -> str:
        """What stands for its file where an answer is looked for."""
        return f"{self.origin}/{self.file}"


def promised(promise: Promise, one: Judged, days: Days) -> Row | None:
    """The row of `promise`; None where a condition fails."""
    unread = 0
    for test in promise.when:
        met = test.met(one.values)
        if met is False:
            return None
        if met is None:
            unread = 1
    return (
        one.entry,
        promise.rule,
        one.event if promise.direct else None,
        ANY_TIME if promise.early else one.earliest,  # an answer known to come before this does not count
        _due(promise, one, days),
        _owner(promise, one),
        unread,
        one.recorded_at,
        one.file,
        one.origin,
    )


def _owner(promise: Promise, one: Judged) -> str | None:
    if promise.owner_kind == "publisher":
        return one.origin
    if promise.owner_kind == "field" and promise.owner is not None:
        named: str | None = one.values.get(promise.owner)
        return named
    return promise.owner


def _due(promise: Promise, one: Judged, days: Days) -> int | None:
    day = one.values.get(promise.clock) if promise.clock else one.occurred_on
    if day is None:
        return None
    if promise.days is not None:
        return days.ends(day + promise.days)
    assert promise.micros is not None
    start = days.ends(day) if promise.clock else one.latest
    return None if start is None else start + promise.micros


def sought(promise: Promise, one: Judged) -> Iterator[Row]:
    """Rows of `sought`: what an answer may cite besides the trigger."""
    for name, many in promise.cites:
        for target in targets(one.values.get(name), many):
            yield one.entry, promise.rule, target, one.file, one.origin
    if promise.same_file:
        yield one.entry, promise.rule, one.matter, one.file, one.origin


def answered(answers: Iterable[Answer], one: Judged) -> Iterator[Row]:
    """Rows of `answer`: what this event may answer, with the first and the last moment at which it was made."""
    if one.earliest is None:
        return
    rest = (one.event, one.earliest, one.latest, one.recorded_at, one.file, one.origin)
    for answer in answers:
        cited = [one.matter] if answer.field == "file" else targets(one.values.get(answer.field), answer.many)
        if cited and all(test.met(one.values) for test in answer.when):
            for target in cited:
                yield target, answer.rule, one.entry, answer.field, *rest


def targets(value: Any, many: bool) -> list[str]:
    """The ids (hex) that a reference cites; none where nothing is read or stated."""
    if value is None:
        return []
    return [target.hex() for target in value] if many else [value.hex()]
