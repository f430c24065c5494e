"""The gate: the JSON form of an event's fields in, plain values out, or every faulty field named.

`Intake` takes the JSON form of one event's fields and gives plain values, or refuses with every
faulty field and what was expected there, never the value. It is compiled once for each kind of event, since
every published event passes it; it accepts what the model of `accord.domain.events` accepts, and then
asks what only a memorandum can tell: local codes, agencies, each issuer's own patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from accord.domain.values import INT_MAX, LONGEST_CODE, bytes_of, date_of, time_of
from accord.errors import IntakeRefused
from accord.schema.specs import FieldSpec, number_key
from accord.schema.times import days, micros
from accord.schema.vocabulary import EventField, Vocabulary

Numbers = Mapping[str, Mapping[str, re.Pattern[str]]]
"""agency slug -> kind of number -> the issuer's own pattern."""

_DAY: Final = 86_400_000_000
_EARLIEST_DAY: Final = days(date(1900, 1, 1))
_EARLIEST: Final = _EARLIEST_DAY * _DAY
_PLANNED: Final = 36_525
"""A planned date (the end of an order, the next hearing) lies at most a hundred years ahead, in days."""

_Convert = Callable[[Any], Any]


@dataclass(slots=True)
class _Step:
    """How one field is taken: its converter, whether it must be there, what is expected of it."""

    name: str
    convert: _Convert
    required: bool
    expectation: str
    moment: int  # 0: neither time nor date; 1: the time of an act; 2: a planned date; 3: the date of an act


@dataclass(frozen=True)
class _Plan:
    steps: tuple[_Step, ...]
    known: frozenset[str]
    rules: tuple[tuple[str, str, frozenset[str]], ...]


class Intake:
    """Takes the JSON form of events under one memorandum.

    `local_codes` maps a list to the codes a memorandum adds ("obligation": the ids of its obligations;
    "statute": the citations, none = any); `numbers` maps an issuer to the patterns of its numbers; `agencies`
    are slugs; `own` is the agency that publishes, for numbers given without their issuer.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        local_codes: Mapping[str, Iterable[str]],
        numbers: Numbers,
        agencies: Iterable[str],
        own: str | None = None,
    ) -> None:
        self._vocabulary = vocabulary
        self._local = {name: frozenset(codes) for name, codes in local_codes.items()}
        self._numbers = numbers
        self._agencies = frozenset(agencies)
        self._own = own
        self._run = re.compile(f"[A-Z]{{{vocabulary.letters_in_a_run + 1}}}")
        self._plans: dict[str, _Plan] = {}
        header = [EventField(spec, name == "occurred_on") for name, spec in vocabulary.header.items()]
        self._header = self._compile(header, past=frozenset({"occurred_on"}))

    def plain(self, kind: str, data: Mapping[str, Any], *, now: datetime | int) -> dict[str, Any]:
        """The plain values of every field of `kind`, in schema order, None where not stated.

        `data` may hold the header's fields too; they are left to `header`. `now` is a time with its offset,
        or microseconds. Raises `IntakeRefused` naming every faulty field.
        """
        plan = self._plans.get(kind) or self._plan(kind)
        values = self._take(plan, data, now)
        for name, other, among in plan.rules:
            if values[name] is None and values[other] in among:
                raise _refusal([(name, f"is required here because of {other}")])
        return values

    def header(self, data: Mapping[str, Any], *, now: datetime | int) -> dict[str, Any]:
        """The plain `occurred_on`, `supersedes` and `correction_reason` of `data`; other keys are not read.

        Raises `IntakeRefused`, also where one of the last two is given without the other.
        """
        own = {name: data[name] for name in self._vocabulary.header if name in data}
        values = self._take(self._header, own, now)
        if (values["supersedes"] is None) != (values["correction_reason"] is None):
            raise _refusal([("correction_reason", "goes with supersedes, and supersedes with it")])
        return values

    def admits(self, spec: FieldSpec) -> Callable[[Any], bool] | None:
        """Whether the memorandum has a plain value of this field that its schema has; None where the schema says it all.

        Who leaves out the gate is held to its codes, agencies, numbers and citations by every reader.
        """
        if spec.type in {"number", "numbers"}:
            single = self._has_number(spec.number_kind)
            return single if spec.type == "number" else lambda several: all(map(single, several))
        if spec.type == "agency":
            return self._agencies.__contains__
        if spec.type == "citation":
            listed = self._local.get("statute", frozenset())
            return (listed | {"unspecified"}).__contains__ if listed else None
        if spec.type in {"code", "codes"} and self._is_open(spec):
            codes = self._codes(spec)
            return codes.__contains__ if spec.type == "code" else codes.issuperset
        return None

    def _has_number(self, wanted: str | None) -> Callable[[Any], bool]:
        numbers, run = self._numbers, self._run

        def good(value: Mapping[str, str]) -> bool:
            pattern = numbers.get(value["issuer"], {}).get(value["kind"])
            if pattern is None or wanted not in (None, value["kind"]):
                return False
            return pattern.fullmatch(value["value"]) is not None and run.search(value["value"]) is None

        return good

    def _take(self, plan: _Plan, data: Mapping[str, Any], now: datetime | int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        faults: list[tuple[str, str]] = []
        at = now if isinstance(now, int) else micros(now)
        for step in plan.steps:
            name = step.name
            raw = data.get(name)
            if raw is None:
                values[name] = None
                if step.required:
                    faults.append((name, f"is required; {step.expectation}"))
                continue
            try:
                made = values[name] = step.convert(raw)
            except (ValueError, TypeError, KeyError, OverflowError):
                values[name] = None
                faults.append((name, step.expectation))
                continue
            if step.moment and (reason := _unreasonable(step.moment, made, at)):
                faults.append((name, reason))
        if not data.keys() <= plan.known:
            faults += [
                (_shown(name), "is not a field of this event")
                for name in sorted(data.keys() - plan.known, key=str)
            ]
        if faults:
            raise _refusal(faults)
        return values

    def _plan(self, kind: str) -> _Plan:
        event = self._vocabulary.events.get(kind)
        if event is None:
            raise IntakeRefused("there is no such kind of event", where=_shown(kind))
        self._plans[kind] = self._compile(event.fields)
        return self._plans[kind]

    def _compile(self, fields: Iterable[EventField], past: frozenset[str] = frozenset()) -> _Plan:
        fields = tuple(fields)
        rules = tuple((one.name, *one.required_when) for one in fields if one.required_when)
        names = {one.name for one in fields}
        return _Plan(
            tuple(self._step(one, past) for one in fields),
            frozenset(names | self._vocabulary.header.keys()),
            rules,
        )

    def _step(self, one: EventField, past: frozenset[str]) -> _Step:
        spec = one.spec
        moment = {"time": 1, "date": 3 if spec.name in past else 2}.get(spec.type, 0)
        return _Step(spec.name, self._converter(spec), one.required, self._expectation(spec), moment)

    def _converter(self, spec: FieldSpec) -> _Convert:
        if spec.type in {"codes", "events"}:
            return _set_of(self._single(spec.type[:-1], spec))
        if spec.type == "numbers":
            return _numbers_of(self._single("number", spec))
        return self._single(spec.type, spec)

    def _single(self, kind: str, spec: FieldSpec) -> _Convert:
        if kind == "code":
            return _one_of(self._codes(spec))
        if kind == "agency":
            return _one_of(self._agencies)
        if kind == "number":
            return self._number(spec.number_kind)
        if kind == "citation":
            return self._citation()
        if kind == "int":
            return _int_from(spec.minimum)
        return _SIMPLE[kind]

    def _codes(self, spec: FieldSpec) -> frozenset[str]:
        codes = self._vocabulary.lists[spec.list or ""]
        added = self._local.get(codes.name, frozenset()) if self._is_open(spec) else frozenset()
        return frozenset(codes.codes) | added

    def _is_open(self, spec: FieldSpec) -> bool:
        """Whether the memorandum adds codes to the list of a field."""
        codes = self._vocabulary.lists[spec.list or ""]
        return codes.local or codes.of == "memorandum"

    def _citation(self) -> _Convert:
        listed, grammar = self._local.get("statute", frozenset()), self._vocabulary.citation

        def convert(value: Any) -> str:
            if not isinstance(value, str) or not (value == "unspecified" or grammar.admits(value)):
                raise ValueError
            if listed and value not in listed and value != "unspecified":
                raise ValueError
            return value

        return convert

    def _number(self, wanted: str | None) -> _Convert:
        grammar, numbers = self._vocabulary.number, self._numbers
        run = self._run
        short_for = self._issuer(wanted)

        def convert(value: Any) -> dict[str, str]:
            if isinstance(value, str):
                if wanted is None or short_for is None:
                    raise ValueError
                kind, issuer, number = wanted, short_for, value
            elif isinstance(value, dict) and len(value) == 3:
                kind, issuer, number = value["kind"], value["issuer"], value["value"]
            else:
                raise ValueError
            if wanted is not None and kind != wanted:
                raise ValueError
            if not isinstance(number, str) or not grammar.admits(number) or run.search(number):
                raise ValueError
            if numbers[issuer][kind].fullmatch(number) is None:
                raise ValueError
            return {"kind": kind, "issuer": issuer, "value": number}

        return convert

    def _issuer(self, kind: str | None) -> str | None:
        """The issuer of a number given without one: this agency, else the only one that numbers that kind."""
        issuers = [slug for slug, kinds in self._numbers.items() if kind in kinds]
        if self._own in issuers:
            return self._own
        return issuers[0] if len(issuers) == 1 else None

    def _expectation(self, spec: FieldSpec) -> str:
        if spec.type in {"code", "codes"}:
            listed = ", ".join(sorted(self._codes(spec)))
            one = f"a code of the list {spec.list} ({listed})"
            return f"expected {one}" if spec.type == "code" else f"expected a list, each once, of {one}"
        if spec.type == "agency":
            return "expected the slug of an agency of the memorandum"
        if spec.type in {"number", "numbers"}:
            kind = f"{spec.number_kind} " if spec.number_kind else ""
            one = f"an official {kind}number within its issuer's pattern: kind, issuer, value"
            return f"expected {one}" if spec.type == "number" else f"expected a list, each once, of {one}"
        if spec.type == "int":
            return f"expected a whole number from {spec.minimum} ({spec.unit})"
        return _EXPECTED[spec.type]


_EXPECTED: Final = {
    "time": "expected a time in ISO 8601 with its offset, for example 2025-01-31T09:05:00-07:00",
    "date": "expected a date in ISO 8601, for example 2025-01-31",
    "bool": "expected true or false",
    "citation": "expected a citation within the grammar, and of the board's list if it has one",
    "hmac": "expected 64 hex digits, small letters",
    "event": "expected an event id, 32 hex digits, small letters",
    "events": "expected a list, each once, of event ids, 32 hex digits, small letters",
}


def _unreasonable(moment: int, value: int, now: int) -> str | None:
    if moment == 1:
        if value > now + _DAY:
            return "is more than a day ahead"
        return "is before the year 1900" if value < _EARLIEST else None
    if value < _EARLIEST_DAY:
        return "is before the year 1900"
    ahead = value - now // _DAY
    if moment == 2:
        return "is more than a hundred years ahead" if ahead > _PLANNED else None
    return "is more than a day ahead" if ahead > 1 else None


def _shown(name: object) -> str:
    """A name as it may be repeated in a message: an unknown key may itself be a value."""
    return name if isinstance(name, str) and len(name) <= LONGEST_CODE and _SHOWN.fullmatch(name) else "a key"


_SHOWN: Final = re.compile(r"[a-z]+(?:_[a-z]+)*|[A-Z][A-Za-z]+")


def _refusal(faults: list[tuple[str, str]]) -> IntakeRefused:
    """The faulty fields, each with its reason; of one alone only the reason, since `where` names it."""
    fields = ", ".join(dict.fromkeys(name for name, _ in faults))
    reasons = [reason for _, reason in faults] if len(faults) == 1 else [f"{n}: {r}" for n, r in faults]
    return IntakeRefused(
        "; ".join(reasons), where=fields, advice="Mend the fields named and send the event again."
    )


def _one_of(admitted: frozenset[str]) -> _Convert:
    def convert(value: Any) -> str:
        if isinstance(value, str) and value in admitted:
            return value
        raise ValueError

    return convert


def _int_from(minimum: int) -> _Convert:
    def convert(value: Any) -> int:
        if type(value) is int and minimum <= value <= INT_MAX:
            return value
        raise ValueError

    return convert


def _bool(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ValueError


def _time(value: Any) -> int:
    return micros(time_of(value)) if isinstance(value, str) else _no()


def _date(value: Any) -> int:
    return days(date_of(value)) if isinstance(value, str) else _no()


def _no() -> Any:
    raise ValueError


def _id_of(length: int) -> _Convert:
    def convert(value: Any) -> bytes:
        if isinstance(value, str) and len(value) == 2 * length:
            return bytes_of(value)
        raise ValueError

    return convert


_SIMPLE: Final[Mapping[str, _Convert]] = {
    "time": _time,
    "date": _date,
    "bool": _bool,
    "hmac": _id_of(32),
    "event": _id_of(16),
}


def _set_of(convert: _Convert) -> _Convert:
    def convert_all(value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise TypeError
        made = sorted(convert(one) for one in value)
        if len(set(made)) != len(made):
            raise ValueError
        return made

    return convert_all


def _numbers_of(convert: _Convert) -> _Convert:
    def convert_all(value: Any) -> list[dict[str, str]]:
        if not isinstance(value, (list, tuple)):
            raise TypeError
        made = sorted((convert(one) for one in value), key=number_key)
        if any(made[i] == made[i + 1] for i in range(len(made) - 1)):
            raise ValueError
        return made

    return convert_all
