"""A field's value in its three forms: plain (inside Accord), stored (in a projection's column), shown (JSON).

| type                | plain                | stored                    | shown            |
|---------------------|----------------------|---------------------------|------------------|
| time                | int, microseconds    | the same                  | ISO 8601, Z      |
| date                | int, days            | the same                  | ISO 8601         |
| bool                | bool                 | 0 or 1                    | true or false    |
| int, code, citation, agency | int or str   | the same                  | the same         |
| event, hmac         | bytes                | lower-case hex            | the same         |
| codes, events       | sorted list          | JSON text                 | list             |
| number, numbers     | record, sorted list  | JSON text                 | record, list     |
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_dump = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode


def _hex(value: bytes) -> str:
    return value.hex()


def _hexes(value: list[bytes]) -> str:
    return _dump([one.hex() for one in value])


_STORE: dict[str, Callable[[Any], Any] | None] = {
    "time": None,
    "date": None,
    "bool": int,
    "int": None,
    "code": None,
    "citation": None,
    "agency": None,
    "event": _hex,
    "hmac": _hex,
    "codes": _dump,
    "events": _hexes,
    "number": _dump,
    "numbers": _dump,
}


def storing(kind_of_field: str) -> Callable[[Any], Any] | None:
    """How a plain value of this type is stored; None: as it is."""
    return _STORE[kind_of_field]


def instant(microseconds: int) -> str:
    """A time as ISO 8601 in UTC, to the microsecond where there is one."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")


def day(days: int) -> str:
    """A date as ISO 8601."""
    return date.fromordinal(days + _EPOCH_DAY).isoformat()


def shown(kind_of_field: str, stored: Any) -> Any:
    """A stored value in its JSON form; None stays None."""
    if stored is None:
        return None
    if kind_of_field == "time":
        return instant(stored)
    if kind_of_field == "date":
        return day(stored)
    if kind_of_field == "bool":
        return bool(stored)
    if kind_of_field in ("codes", "events", "number", "numbers"):
        return json.loads(stored)
    return stored


def plain(kind_of_field: str, stored: Any) -> Any:
    """A stored value as it was before it was stored; None stays None."""
    if stored is None:
        return None
    if kind_of_field in ("event", "hmac"):
        return bytes.fromhex(stored)
    if kind_of_field == "events":
        return [bytes.fromhex(one) for one in json.loads(stored)]
    return shown(kind_of_field, stored) if kind_of_field not in ("time", "date") else stored


def marks(kind_of_field: str, plain: Any) -> tuple[str, ...]:
    """The texts by which an obligation tests a plain value; ("",) says that nothing is stated, or an empty
    set.
    """
    if plain is None or plain == []:
        return ("",)
    if kind_of_field == "bool":
        return ("true" if plain else "false",)
    if kind_of_field in ("codes", "events"):
        return tuple(one.hex() if isinstance(one, bytes) else one for one in plain)
    return (str(_STORE[kind_of_field](plain) if _STORE[kind_of_field] else plain),)  # type: ignore[misc]


def quarter(days: int) -> int:
    """The calendar quarter of a date: year times four, plus the quarter from nought."""
    when = date.fromordinal(days + _EPOCH_DAY)
    return when.year * 4 + (when.month - 1) // 3
