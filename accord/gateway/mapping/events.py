"""Making one event of the mapping from a row, or from the rows of a group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from accord.errors import IntakeRefused
from accord.gateway.mapping.model import Event, Value
from accord.gateway.mapping.scope import Beside, Cells, Read, Scope
from accord.gateway.mapping.values import alternatives
from accord.gateway.submission import Submission

Own = Callable[[str, str], Mapping[str, Any] | None]


SETS = frozenset({"codes", "numbers", "events"})


class NotSaid(Exception):
    """The event is not made, for a reason that the mapping names."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Field:
    """One field of an event, compiled: its name, how it is read, and how rows are combined."""

    def __init__(self, scope: Scope, event: Event, name: str, values: list[Value]) -> None:
        vocabulary = scope.vocabulary
        if name == "occurred_on":
            spec, self.required = vocabulary.header[name], True
        else:
            field = vocabulary.events[event.type].field(name)
            spec, self.required = field.spec, field.required
        self.name, self.columns = name, _columns(values)
        self.read: Read = alternatives(scope, spec, values, self.required)
        self.is_set = spec.type in SETS
        self.combine = values[0].combine
        self._differing, self._kind = scope.report.differing, event.type

    def of(self, rows: list[Cells], beside: Beside) -> Any:
        """The value that the rows have together, or None. IntakeRefused if a required one is not stated."""
        if len(rows) == 1:
            made = self.read(rows[0], beside)
        else:
            made = self._combined([one for row in rows if (one := self.read(row, beside)) is not None])
        if made is None and self.required:
            raise IntakeRefused("is not stated, and is required", where=self.columns or self.name)
        return made

    def _combined(self, values: list[Any]) -> Any:
        if not values:
            return None
        if self.is_set:
            return _union(values)
        if self.combine == "largest":
            return max(values)
        if self.combine == "first" or all(one == values[0] for one in values):
            return values[0]
        if self.required:
            raise IntakeRefused("is not the same in all rows of the group", where=self.columns or self.name)
        self._differing[f"{self._kind}.{self.name}"] += 1
        return None


class Maker:
    """One `[[event]]` of the mapping, compiled."""

    def __init__(self, scope: Scope, event: Event) -> None:
        self._scope, self._event = scope, event
        head = scope.head
        self.whole_group = event.each == "group" or (event.each is None and bool(head.group))
        self._when = scope.test(event.when) if event.when else None
        self._source = scope.text(event.source or head.source)
        self._subject = scope.text(event.subject or head.subject)
        self._id = scope.text(event.id)
        self._on = Field(scope, event, "occurred_on", event.on)
        fields = [self._on, *(Field(scope, event, name, values) for name, values in event.fields.items())]
        self._first = [field for field in fields if field.name in event.only_if_changed]
        self._rest = [field for field in fields if field.name not in event.only_if_changed]
        self._latest = scope.latest_date.isoformat()
        earlier = event.earlier
        self._earlier_id = scope.text(earlier.id) if earlier else None
        self._earlier_source = scope.text(earlier.source) if earlier and earlier.source else self._source

    def make(self, rows: list[Cells], beside: Beside, own: Own | None, row: int) -> list[Submission]:
        """The event, or none. NotSaid names a reason; IntakeRefused names what is wrong, and where."""
        if self._event.later_only and beside.previous is None:
            return []
        if self._when is not None:
            rows = [one for one in rows if self._when(one)]
            if not rows:
                return []
        if self._event.earlier is not None:
            beside = Beside(beside.previous, self._earlier(rows[0], own))
        data = self._read(self._first, rows, beside)
        self._changed(data, beside)
        data |= self._read(self._rest, rows, beside)
        if "occurred_at" in data:
            data["occurred_on"] = self._scope.day_in_the_exchange(data["occurred_on"], data["occurred_at"])
        if data["occurred_on"] > self._latest:
            raise IntakeRefused("is more than a day ahead", where=self._on.columns)
        return [self._submission(rows[0], data, row)]

    @staticmethod
    def _read(fields: list[Field], rows: list[Cells], beside: Beside) -> dict[str, Any]:
        return {field.name: made for field in fields if (made := field.of(rows, beside)) is not None}

    def _submission(self, cells: Cells, data: dict[str, Any], row: int) -> Submission:
        source, key, subject = self._source(cells), self._id(cells), self._subject(cells)
        if not (source and key and subject):
            raise IntakeRefused("the source, id or subject is not stated", where=self._event.type)
        return Submission(source, key, self._event.type, subject, data, row)

    def _earlier(self, cells: Cells, own: Own | None) -> Mapping[str, Any]:
        earlier = self._event.earlier
        if own is None or earlier is None or self._earlier_id is None:
            raise IntakeRefused("needs an own earlier event; none can be looked up here", where="earlier")
        found = own(self._earlier_source(cells), self._earlier_id(cells))
        if found is not None:
            return found
        if earlier.missing is not None:
            raise NotSaid(earlier.missing)
        raise IntakeRefused(f"there is no earlier {earlier.type} of this agency", where="earlier")

    def _changed(self, data: Mapping[str, Any], beside: Beside) -> None:
        pairs = self._event.only_if_changed
        if pairs and all(data.get(new) == (beside.earlier or {}).get(old) for new, old in pairs.items()):
            raise NotSaid(self._event.unchanged or "nothing has changed")


def _columns(values: list[Value]) -> str:
    """Where a person should look: the column of the first alternative that reads one."""
    for value in values:
        if value.column is not None:
            return value.column
        if value.after is not None:
            return value.after.column
    return ""


def _union(values: list[Any]) -> list[Any]:
    """The members of all, each once, in a fixed order."""
    members = {repr(member): member for value in values for member in value}
    return [members[key] for key in sorted(members)]
