"""Strategies for plain values of every kind of event, from the vocabulary itself."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from accord.catalog import schemas
from accord.memorandum import Memorandum
from accord.schema import EventSpec, FieldSpec, Intake, Vocabulary

VOCABULARY = Vocabulary.load(schemas())
AGENCIES = ("court", "police", "prosecutor")
LOCAL = {"offense": ["canoe_theft"], "obligation": ["arrest-report", "order-served"], "statute": []}
ANY_NUMBER = re.compile("[A-Z0-9./-]+")
NUMBERS = {slug: dict.fromkeys(VOCABULARY.number_kinds, ANY_NUMBER) for slug in AGENCIES}
NOW = 1_750_000_000_000_000
DAY = 86_400_000_000

official_values = st.from_regex(VOCABULARY.number.pattern, fullmatch=True).filter(lambda v: len(v) <= 24)
citations = st.from_regex(VOCABULARY.citation.pattern, fullmatch=True).filter(lambda v: len(v) <= 120)
ids = st.binary(min_size=16, max_size=16)


def intake() -> Intake:
    """The gate of an invented memorandum in which three agencies number everything."""
    return Intake(VOCABULARY, local_codes=LOCAL, numbers=NUMBERS, agencies=AGENCIES)


def numbers(kind: str | None, memorandum: Memorandum | None) -> st.SearchStrategy[dict[str, str]]:
    if memorandum is not None:
        return st.one_of(
            *(
                st.fixed_dictionaries(
                    {"kind": st.just(one), "issuer": st.just(issuer), "value": _within(pattern)}
                )
                for issuer, kinds in memorandum.numbers.items()
                for one, pattern in kinds.items()
                if kind in (None, one)
            )
        )
    kinds = st.just(kind) if kind else st.sampled_from(sorted(VOCABULARY.number_kinds))
    return st.fixed_dictionaries(
        {"kind": kinds, "issuer": st.sampled_from(AGENCIES), "value": official_values}
    )


def _within(pattern: re.Pattern[str]) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True).filter(VOCABULARY.number.admits)


def codes(spec: FieldSpec, memorandum: Memorandum | None) -> st.SearchStrategy[str]:
    known = VOCABULARY.lists[spec.list or ""]
    local = LOCAL if memorandum is None else memorandum.local_codes
    return st.sampled_from([*known.codes, *sorted(local.get(known.name, ()))])


def single(kind: str, spec: FieldSpec, memorandum: Memorandum | None) -> st.SearchStrategy[Any]:
    agencies = AGENCIES if memorandum is None else tuple(memorandum.agencies)
    return {
        "time": lambda: st.integers(NOW - 40_000 * DAY, NOW + DAY),
        "date": lambda: st.integers(-20_000, NOW // DAY + 36_525),
        "int": lambda: st.integers(spec.minimum, 2**31 - 1),
        "bool": st.booleans,
        "code": lambda: codes(spec, memorandum),
        "citation": lambda: citations | st.just("unspecified"),
        "agency": lambda: st.sampled_from(agencies),
        "hmac": lambda: st.binary(min_size=32, max_size=32),
        "event": lambda: ids,
        "number": lambda: numbers(spec.number_kind, memorandum),
    }[kind]()


def plain(spec: FieldSpec, memorandum: Memorandum | None = None) -> st.SearchStrategy[Any]:
    """Plain values of one field."""
    if spec.type in {"codes", "events"}:
        return st.sets(single(spec.type[:-1], spec, memorandum), max_size=5).map(sorted)
    if spec.type == "numbers":
        return st.lists(single("number", spec, memorandum), max_size=4, unique_by=_key).map(
            lambda many: sorted(many, key=_key)
        )
    return single(spec.type, spec, memorandum)


def _key(number: dict[str, str]) -> tuple[str, str, str]:
    return number["kind"], number["issuer"], number["value"]


def values(event: EventSpec, memorandum: Memorandum | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Plain values of every field of an event, optional ones also absent, its rules kept."""
    fields = {
        one.name: plain(one.spec, memorandum) if one.required else st.none() | plain(one.spec, memorandum)
        for one in event.fields
    }
    return st.fixed_dictionaries(fields).filter(lambda made: keeps_rules(event, made))


def keeps_rules(event: EventSpec, made: dict[str, Any]) -> bool:
    rules = [(one.name, *one.required_when) for one in event.fields if one.required_when]
    return all(made[name] is not None or made[other] not in among for name, other, among in rules)
