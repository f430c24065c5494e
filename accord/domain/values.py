"""The kinds of value an event's field may have, and their one JSON form.

A time is ISO 8601 with its offset, a date ISO 8601, an identifier lower-case hex; sets are given in any order
and kept sorted, without duplicates. Errors never repeat the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

LONGEST_CODE: Final = 40
CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
"""A code, an obligation's id or an agency's slug, to be matched whole."""

INT_MAX: Final = 2**31 - 1
"""The greatest int of a field (Avro's int is 32 bits wide)."""

_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")


def time_of(value: object) -> datetime:
    """A time in UTC from its JSON form, or from a datetime with an offset. Raises `ValueError`."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a time is ISO 8601 with its offset, for example 2025-01-31T09:05:00-07:00")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time is within the years 1 to 9999") from None


def date_of(value: object) -> date:
    """A local calendar date from its JSON form, or from a date. Raises `ValueError`."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        return date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("a date is ISO 8601, for example 2025-01-31")
    return value


def bytes_of(value: object) -> bytes:
    """Bytes from lower-case hex, or as they are. Raises `ValueError`."""
    if isinstance(value, str) and _HEX.fullmatch(value):
        return bytes.fromhex(value)
    if not isinstance(value, bytes):
        raise ValueError("an identifier is lower-case hex")
    return value


def _code(value: str) -> str:
    if len(value) > LONGEST_CODE or CODE.fullmatch(value) is None:
        raise ValueError("a code is of small letters, at most 40 characters")
    return value


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, (list, set, frozenset)) else value


def _ascending(value: tuple[Any, ...]) -> tuple[Any, ...]:
    made = tuple(sorted(value, key=lambda one: tuple(one) if isinstance(one, BaseModel) else one))
    if any(made[i] == made[i + 1] for i in range(len(made) - 1)):
        raise ValueError("a set has each of its members once")
    return made


_Item = TypeVar("_Item")

Time = Annotated[datetime, BeforeValidator(time_of)]
Day = Annotated[date, BeforeValidator(date_of)]
EventId = Annotated[bytes, BeforeValidator(bytes_of), Field(min_length=16, max_length=16)]
Commitment = Annotated[bytes, BeforeValidator(bytes_of), Field(min_length=32, max_length=32)]
Code = Annotated[str, AfterValidator(_code)]
Count = Annotated[int, Field(ge=0, le=INT_MAX)]
Ordinal = Annotated[int, Field(ge=1, le=INT_MAX)]
SetOf = Annotated[tuple[_Item, ...], BeforeValidator(_listed), AfterValidator(_ascending)]


Rules = Mapping[str, tuple[str, frozenset[str]]]
"""Optional field -> (other field, the values of it that make the first required)."""


class Value(BaseModel):
    """What all models of the domain share: frozen, strict, no unknown field, no value in an error's text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Event(Value):
    """One kind of event's own fields; the header (file, event id, dates) is not part of it.

    `REQUIRED_WHEN` says which optional fields another field's value makes required.
    """

    REQUIRED_WHEN: ClassVar[Rules] = {}

    @model_validator(mode="after")
    def _required_when(self) -> Self:
        for name, (other, values) in self.REQUIRED_WHEN.items():
            if getattr(self, name) is None and getattr(self, other) in values:
                raise ValueError(f"{name} is required here because of {other}")
        return self
