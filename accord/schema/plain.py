"""Between the forms of an event's values: JSON, plain (what Avro stores) and the typed model.

    JSON form  --plain_from_json-->  plain  --Restricted.encode-->  Avro
        ^----------plain_to_json-------'  ^------to_plain------  model (accord.domain.EVENTS)

These functions use the vocabulary that comes with Accord unless another is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, Final

from accord.catalog import schemas
from accord.domain import EVENTS, Event, OfficialNumber
from accord.errors import SchemaRefused
from accord.schema.intake import Intake, Numbers
from accord.schema.times import day_of, days, micros, moment_of
from accord.schema.vocabulary import EventSpec, Vocabulary


@cache
def own_vocabulary() -> Vocabulary:
    """The vocabulary that comes with this copy of Accord, read and checked once."""
    return Vocabulary.load(schemas())


def plain_from_json(
    kind: str,
    data: Mapping[str, Any],
    *,
    local_codes: Mapping[str, Iterable[str]],
    numbers: Numbers,
    agencies: frozenset[str],
    now: datetime | int,
    own: str | None = None,
    vocabulary: Vocabulary | None = None,
) -> dict[str, Any]:
    """Plain values of the JSON form of one event's fields; see `Intake.plain`, which this calls.

    Who takes many events keeps an `Intake`. The last few combinations of arguments are remembered by
    identity, so they must not be changed afterwards. Raises `IntakeRefused`.
    """
    context = _Context(vocabulary or own_vocabulary(), local_codes, numbers, agencies, own)
    return _intake(context).plain(kind, data, now=now)


class _Context:
    """The arguments of an `Intake`, compared by identity: mappings have no hash."""

    __slots__ = ("_identity", "parts")

    def __init__(self, *parts: Any) -> None:
        self.parts = parts
        self._identity = tuple(map(id, parts))

    def __hash__(self) -> int:
        return hash(self._identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Context) and self._identity == other._identity


@lru_cache(maxsize=8)
def _intake(context: _Context) -> Intake:
    # The cache holds the parts, so an identity cannot be given to another object meanwhile.
    vocabulary, local_codes, numbers, agencies, own = context.parts
    return Intake(vocabulary, local_codes=local_codes, numbers=numbers, agencies=agencies, own=own)


def to_plain(kind: str, model: Event) -> dict[str, Any]:
    """A typed model's plain values, in schema order. Raises `SchemaRefused` for a model of another kind."""
    if type(model) is not EVENTS.get(kind):
        raise SchemaRefused("the model is not of this kind of event", where=kind)
    return {name: _plain(getattr(model, name)) for name in type(model).model_fields}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, date):
        return days(value)
    if isinstance(value, OfficialNumber):
        return {"kind": value.kind, "issuer": value.issuer, "value": value.value}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def plain_to_json(
    kind: str, values: Mapping[str, Any], *, vocabulary: Vocabulary | None = None
) -> dict[str, Any]:
    """The JSON form of plain values; of a part of an event's fields, that part, in schema order.

    None stays None ("not stated"); a field that is not in `values` is not in the result. Raises
    `SchemaRefused` for an unknown kind or field.
    """
    event = _event(vocabulary or own_vocabulary(), kind)
    for name in values.keys() - set(event.names):
        event.field(name)
    return {
        name: None if values[name] is None else _TO_JSON[event.field(name).spec.type](values[name])
        for name in event.names
        if name in values
    }


def from_plain(kind: str, values: Mapping[str, Any]) -> Event:
    """The typed model of plain values. Raises `pydantic.ValidationError` where they are no event."""
    return EVENTS[kind].model_validate(plain_to_json(kind, values))


def _event(vocabulary: Vocabulary, kind: str) -> EventSpec:
    try:
        return vocabulary.events[kind]
    except KeyError:
        raise SchemaRefused("there is no such kind of event", where=kind) from None


def time_to_json(value: int) -> str:
    """ISO 8601 in UTC of microseconds: 2025-01-31T16:05:00Z, with six decimals where there are any."""
    return moment_of(value).astimezone(UTC).isoformat().replace("+00:00", "Z")


def date_to_json(value: int) -> str:
    """ISO 8601 of days: 2025-01-31."""
    return day_of(value).isoformat()


def _same(value: Any) -> Any:
    return value


_TO_JSON: Final[Mapping[str, Callable[[Any], Any]]] = {
    "time": time_to_json,
    "date": date_to_json,
    "hmac": bytes.hex,
    "event": bytes.hex,
    "events": lambda value: [one.hex() for one in value],
    "codes": list,
    "number": dict,
    "numbers": lambda value: [dict(one) for one in value],
    "code": _same,
    "int": _same,
    "bool": _same,
    "citation": _same,
    "agency": _same,
}
