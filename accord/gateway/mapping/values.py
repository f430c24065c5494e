"""From the cells of a row to one field's value: the mapping's expressions, compiled to functions.

A reader takes the cells of a row (stripped; "" = not stated) and what stands beside the row, and returns
the value in JSON form, or None for "not stated". A cell that cannot be read raises IntakeRefused that names
the column and never the cell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from accord.errors import IntakeRefused
from accord.gateway.mapping.codes import translated
from accord.gateway.mapping.model import After, Days, Number, Reference, Value
from accord.gateway.mapping.moments import date_reader, time_reader, utc_text
from accord.gateway.mapping.scope import Beside, Cells, Read, Scope, places
from accord.schema import FieldSpec

LIFE_DAYS = 36_500
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", re.ASCII)
_BOOLS = {"true": True, "false": False}


def alternatives(scope: Scope, spec: FieldSpec, values: list[Value], required: bool) -> Read:
    """The first alternative whose conditions hold and that is stated."""
    choices = [
        (scope.test(one.when) if one.when else None, _value(scope, spec, one, required)) for one in values
    ]
    if len(choices) == 1 and choices[0][0] is None:
        return choices[0][1]

    def choose(cells: Cells, beside: Beside) -> Any:
        for test, read in choices:
            if (test is None or test(cells)) and (made := read(cells, beside)) is not None:
                return made
        return None

    return choose


def _value(scope: Scope, spec: FieldSpec, value: Value, required: bool) -> Read:
    """One alternative, without its conditions."""
    read = _source(scope, spec, value, required)
    if not value.previous:
        return read
    return lambda cells, beside: None if beside.previous is None else read(beside.previous, Beside())


def _source(scope: Scope, spec: FieldSpec, value: Value, required: bool) -> Read:
    if value.constant is not None:
        constant = value.constant
        return lambda cells, beside: constant
    if value.earlier is not None:
        name = value.earlier
        return lambda cells, beside: None if beside.earlier is None else beside.earlier.get(name)
    if value.translate is not None:
        return translated(scope, spec, value.translate, required)
    if value.number is not None:
        return _number(scope, value.number)
    if value.numbers is not None:
        return _numbers([_number(scope, one) for one in value.numbers])
    if value.reference is not None:
        return _reference(scope, value.reference, many=spec.type == "events")
    if value.days is not None:
        return _days(scope, value.days)
    if value.after is not None:
        return _after(scope, value.after)
    return _typed(scope, spec, value)


def _typed(scope: Scope, spec: FieldSpec, value: Value) -> Read:
    template = value.template if value.template is not None else "{" + str(value.column) + "}"
    text = scope.rewritten(scope.text(template), value.rewrite, value.upper)
    where = ", ".join(places(template))
    convert = _converter(scope, spec, value)

    def read(cells: Cells, beside: Beside) -> Any:
        raw = text(cells)
        if not raw:
            return None
        try:
            return convert(raw)
        except IntakeRefused as fault:
            raise IntakeRefused(fault.message, where=where) from fault

    return read


def _converter(scope: Scope, spec: FieldSpec, value: Value) -> Callable[[str], Any]:
    if spec.type == "date":
        read = date_reader(value.format, scope.zone) if value.format else scope.date
        return lambda raw: read(raw).isoformat()
    if spec.type == "time":
        moment = time_reader(value.format, scope.zone, scope.head.fold) if value.format else scope.time
        return lambda raw: utc_text(scope.not_ahead(moment(raw)))
    if spec.type == "int":
        return lambda raw: _whole(raw, spec.minimum)
    if spec.type == "bool":
        return _truth
    grammar = scope.vocabulary.citation if spec.type == "citation" else scope.vocabulary.number
    said = "a citation" if spec.type == "citation" else "an official number"
    wrong = f"is not {said} that the vocabulary allows"
    return lambda raw: raw if grammar.admits(raw) else _refuse(wrong)


def _number(scope: Scope, number: Number) -> Read:
    text, grammar = scope.text(number.value), scope.vocabulary.number
    where = ", ".join(places(number.value))

    def read(cells: Cells, beside: Beside) -> Any:
        raw = text(cells)
        if not raw:
            return None
        if not grammar.admits(raw):
            raise IntakeRefused("is not an official number that the vocabulary allows", where=where)
        return {"kind": number.kind, "issuer": number.issuer, "value": raw}

    return read


def _numbers(reads: list[Read]) -> Read:
    def read(cells: Cells, beside: Beside) -> Any:
        return [made for one in reads if (made := one(cells, beside)) is not None]

    return read


def _reference(scope: Scope, reference: Reference, many: bool) -> Read:
    read = _by_number(scope, reference) if reference.number is not None else _by_id(scope, reference)
    if not many:
        return read

    def one(cells: Cells, beside: Beside) -> Any:
        made = read(cells, beside)
        return None if made is None else [made]

    return one


def _by_id(scope: Scope, reference: Reference) -> Read:
    text = scope.text(reference.id or "")
    source = scope.text(reference.source) if reference.source else None

    def read(cells: Cells, beside: Beside) -> Any:
        if not (key := text(cells)):
            return None
        return {"id": key} if source is None else {"id": key, "source": source(cells)}

    return read


def _by_number(scope: Scope, reference: Reference) -> Read:
    template = reference.number or ""
    number = Number(kind=reference.kind or "", issuer=reference.issuer or "", value=template)
    text = _number(scope, number)
    count = scope.text(reference.count) if reference.count else None
    where = ", ".join(places(reference.count)) if reference.count else ""

    def read(cells: Cells, beside: Beside) -> Any:
        if (made := text(cells, beside)) is None:
            return None
        cited: dict[str, Any] = {"number": made if reference.kind else made["value"]}
        if count is not None:
            cited["count"] = _counted(count(cells), where)
        return cited

    return read


def _days(scope: Scope, days: Days) -> Read:
    amount, unit = scope.columns[days.column], scope.columns[days.unit]

    def read(cells: Cells, beside: Beside) -> Any:
        each = days.units.get(cells[unit])
        if each is None or not cells[amount]:
            return None
        length = Decimal(cells[amount]) * each if _LENGTH.fullmatch(cells[amount]) else Decimal(-1)
        if not 0 <= length <= LIFE_DAYS:
            raise IntakeRefused("is not a length between 0 and 36500 days", where=days.column)
        return int(length)

    return read


def _after(scope: Scope, after: After) -> Read:
    at, days = scope.columns[after.column], _days(scope, after.days)

    def read(cells: Cells, beside: Beside) -> Any:
        if not cells[at]:
            return None
        try:
            start = scope.date(cells[at])
            return (start + dt.timedelta(days=days(cells, beside) or 0)).isoformat()
        except OverflowError as fault:
            raise IntakeRefused("is not a date that can be counted from", where=after.column) from fault
        except IntakeRefused as fault:
            raise IntakeRefused(fault.message, where=fault.where or after.column) from fault

    return read


def _counted(raw: str, where: str) -> int:
    if _DIGITS.fullmatch(raw) is None or int(raw) < 1:
        raise IntakeRefused("is not a whole number from 1", where=where)
    return int(raw)


def _whole(raw: str, minimum: int) -> int:
    if _DIGITS.fullmatch(raw) is None or int(raw) < minimum:
        raise IntakeRefused(f"is not a whole number from {minimum}")
    return int(raw)


def _truth(raw: str) -> bool:
    if raw.lower() not in _BOOLS:
        raise IntakeRefused("is neither true nor false")
    return _BOOLS[raw.lower()]


def _refuse(message: str) -> str:
    raise IntakeRefused(message)
