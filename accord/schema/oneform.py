"""Whether a decoded value has its one form: what a schema's attributes say beyond Avro's types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from accord.domain.values import CODE, INT_MAX, LONGEST_CODE
from accord.schema.specs import Grammar
from accord.schema.times import DAYS, MOMENTS

Check = Callable[[Any], bool]


def check_of(field: Mapping[str, Any], number: Grammar, citation: Grammar) -> Check | None:
    """What a present value of an inlined schema's field must pass, or None where Avro's type says it all."""
    kind = field["type"]
    kind = next(branch for branch in kind if branch != "null") if isinstance(kind, list) else kind
    if kind == "int":
        return range(field.get("minimum", 0), INT_MAX + 1).__contains__
    return _check({"official-number": number.admits, "citation": _citation(citation), **_FIXED}, kind)


def _citation(grammar: Grammar) -> Check:
    return lambda value: value == "unspecified" or grammar.admits(value)


def _is_code(value: str) -> bool:
    return len(value) <= LONGEST_CODE and CODE.fullmatch(value) is not None


_FIXED: Mapping[str, Check] = {
    "timestamp-micros": MOMENTS.__contains__,
    "date": DAYS.__contains__,
    "agency": _is_code,
    "local-code": _is_code,
}


def _check(logical: Mapping[str, Check], kind: Any) -> Check | None:
    if not isinstance(kind, dict):
        return None
    if kind["type"] == "array":
        return _set(kind["items"], _check(logical, kind["items"]))
    if kind["type"] == "record":
        return _record([(part["name"], _check(logical, part["type"])) for part in kind["fields"]])
    return logical.get(kind.get("logicalType", ""))


def _record(parts: list[tuple[str, Check | None]]) -> Check | None:
    checks = [(name, check) for name, check in parts if check is not None]
    return lambda value: all(check(value[name]) for name, check in checks)


def _set(items: Any, member: Check | None) -> Check:
    record = isinstance(items, dict) and items["type"] == "record"
    key = itemgetter(*(part["name"] for part in items["fields"])) if record else None

    def good(values: list[Any]) -> bool:
        if member is not None and not all(map(member, values)):
            return False
        order = values if key is None else list(map(key, values))
        return all(order[i] < order[i + 1] for i in range(len(order) - 1))

    return good
