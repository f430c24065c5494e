"""Writes `accord/domain/events.py` from the vocabulary, and tells whether the one checked in has drifted.

The generated module is checked in, so that a type checker and a reader see it; `drift` is part of
`accord schemas check`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from accord.schema.faults import Fault
from accord.schema.lint import enum_name
from accord.schema.specs import CodeList, FieldSpec
from accord.schema.vocabulary import EventField, EventSpec, Vocabulary

_HEAD: Final = '''\
"""One model for each kind of event. Generated from the schemas by `accord schemas record`; do not edit.

A model holds an event's own fields; ids are bytes, sets are sorted tuples, None is "not stated". Every model
also takes the JSON form of its values; see `accord.domain.values`.
"""

# fmt: off

from __future__ import annotations

from typing import ClassVar, Final, Literal, TypeAlias

from pydantic import Field

from accord.domain.values import (
    Code,
    Commitment,
    Count,
    Day,
    Event,
    EventId,
    Ordinal,
    Rules,
    SetOf,
    Time,
    Value,
)
'''

_TYPES: Final = {
    "time": "Time",
    "date": "Day",
    "bool": "bool",
    "number": "OfficialNumber",
    "citation": "str",
    "hmac": "Commitment",
    "event": "EventId",
    "agency": "Code",
}


def source(vocabulary: Vocabulary) -> str:
    """The text of `accord/domain/events.py` for this vocabulary."""
    parts = [_HEAD, *_lists(vocabulary), _number(vocabulary)]
    parts += [_model(vocabulary, event) for event in vocabulary.events.values()]
    parts.append(_events(vocabulary))
    return "\n".join(parts)


def drift(vocabulary: Vocabulary, module: Path) -> list[Fault]:
    """The fault of a checked-in module that is not what `source` makes; none if it is."""
    try:
        same = module.read_text(encoding="utf-8") == source(vocabulary)
    except (OSError, UnicodeDecodeError):
        same = False
    return (
        [] if same else [Fault(module.name, "", "is not what the schemas generate: `accord schemas record`")]
    )


def _lists(vocabulary: Vocabulary) -> Iterator[str]:
    used = {one.spec.list for event in vocabulary.events.values() for one in event.fields}
    for codes in vocabulary.lists.values():
        if _fixed(codes) and codes.name in used:
            yield f"{enum_name(codes.name)}: TypeAlias = Literal[{_quoted(codes.codes)}]"


def _fixed(codes: CodeList) -> bool:
    return not codes.local and codes.of == "words"


def _quoted(words: object) -> str:
    return ", ".join(json.dumps(word) for word in words)  # type: ignore[attr-defined]


def _number(vocabulary: Vocabulary) -> str:
    return f'''NumberKind: TypeAlias = Literal[{_quoted(vocabulary.number_kinds)}]


class OfficialNumber(Value):
    """A number that an agency gave to a matter of its own; `issuer` is the agency's slug."""

    kind: NumberKind
    issuer: Code
    value: str
'''


def _model(vocabulary: Vocabulary, event: EventSpec) -> str:
    doc = json.dumps(event.doc, ensure_ascii=False)[1:-1]
    lines = ["", f"class {event.kind}(Event):", f'    """{doc}"""', ""]
    rules = {one.name: one.required_when for one in event.fields if one.required_when}
    rows: list[str] = []
    for name, (other, values) in rules.items():
        listed = _quoted(sorted(values))
        rows.append(f'"{name}": ("{other}", frozenset({{{listed}}}))')
    if rows:
        lines += [f"    REQUIRED_WHEN: ClassVar[Rules] = {{{', '.join(rows)}}}", ""]
    lines += [_field(vocabulary, one) for one in event.fields]
    return "\n".join(lines).rstrip() + "\n"


def _field(vocabulary: Vocabulary, one: EventField) -> str:
    annotation, doc = _annotation(vocabulary, one.spec), json.dumps(_doc(one), ensure_ascii=False)
    if one.required:
        return f"    {one.name}: {annotation} = Field(description={doc})"
    return f"    {one.name}: {annotation} | None = Field(default=None, description={doc})"


def _doc(one: EventField) -> str:
    return f"{one.doc} ({one.spec.unit})" if one.spec.unit not in {None, "ordinal"} else one.doc


def _annotation(vocabulary: Vocabulary, spec: FieldSpec) -> str:
    if spec.type == "int":
        return "Ordinal" if spec.minimum else "Count"
    if spec.type in {"codes", "numbers", "events"}:
        return f"SetOf[{_single(vocabulary, spec.type[:-1], spec)}]"
    return _single(vocabulary, spec.type, spec)


def _single(vocabulary: Vocabulary, kind: str, spec: FieldSpec) -> str:
    if kind != "code":
        return _TYPES[kind]
    codes = vocabulary.lists[spec.list or ""]
    return enum_name(codes.name) if _fixed(codes) else "Code"


def _events(vocabulary: Vocabulary) -> str:
    rows = "\n".join(f'    "{kind}": {kind},' for kind in vocabulary.events)
    return f'''
EVENTS: Final[dict[str, type[Event]]] = {{
{rows}
}}
"""Every kind of event and its model."""
'''
