"""From what a records system can cite to what an event refers to: the id of the event that made the
instrument.

    "<32 hex digits>"                                    the event id itself
    {"id": ..., "source": ...}                           one of our own events, by what it was emitted as
    {"number": "A123"}                                   an official number; with "count" for one charge
    {"number": {"kind", "issuer", "value"}, "count": n}

A number is looked up in our own events and in those that we have opened. What is not found waits; what fits
events of several files is refused: nothing is guessed. Of several in one file the latest in time holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from accord.errors import IntakeRefused
from accord.replica import Citable
from accord.schema import EventSpec, FieldSpec

_HEX = re.compile(r"[0-9a-f]{32}")
REFERENCES = frozenset({"event", "events"})


class Citations(Protocol):
    """Where citations are looked up: what is being published now, our own store, what we have opened."""

    def emitted(self, source: str, id_: str) -> bytes | None:
        """The event that was emitted under this source and id."""
        ...

    def numbered(self, value: str) -> Iterable[Citable]:
        """Every event in which this number stands."""
        ...


class Unresolved(Exception):
    """A citation that cannot be resolved yet; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def resolve(spec: EventSpec, data: Mapping[str, Any], source: str, citations: Citations) -> dict[str, Any]:
    """The event's data with every citation replaced by an event id in hex.

    Raises Unresolved for what is not known yet, IntakeRefused for what is not a citation or fits several
    files.
    """
    resolved = dict(data)
    for field in spec.fields:
        name, kind = field.spec.name, field.spec.type
        if kind in REFERENCES and resolved.get(name) is not None:
            resolved[name] = _field(field.spec, resolved[name], source, citations)
    if resolved.get("supersedes") is not None:
        resolved["supersedes"] = _one("supersedes", (), resolved["supersedes"], source, citations)
    return resolved


def _field(spec: FieldSpec, value: Any, source: str, citations: Citations) -> Any:
    if spec.type == "event":
        return _one(spec.name, spec.kinds, value, source, citations)
    if not isinstance(value, list):
        raise IntakeRefused("a list of references is expected", where=spec.name)
    return sorted({_one(spec.name, spec.kinds, one, source, citations) for one in value})


def _one(name: str, kinds: tuple[str, ...], value: Any, source: str, citations: Citations) -> str:
    if isinstance(value, str) and _HEX.fullmatch(value):
        return value
    if isinstance(value, dict) and isinstance(value.get("id"), str) and value.keys() <= {"id", "source"}:
        found = citations.emitted(str(value.get("source", source)), value["id"])
        if found is None:
            raise Unresolved(name)
        return found.hex()
    if isinstance(value, dict) and "number" in value and value.keys() <= {"number", "count"}:
        return _by_number(name, kinds, value["number"], value.get("count"), citations)
    raise IntakeRefused(
        "not a reference",
        where=name,
        advice='Give an event id, {"number": ...} with "count" for a charge, or {"id": ...} of an event of your own.',
    )


def _by_number(name: str, kinds: tuple[str, ...], number: Any, count: Any, citations: Citations) -> str:
    said = {"value": number} if isinstance(number, str) else number
    if (
        not isinstance(said, dict)
        or not isinstance(said.get("value"), str)
        or not said.keys() <= _NUMBER_KEYS
    ):
        raise IntakeRefused(
            "not an official number", where=name, advice="Give its value, or kind, issuer and value."
        )
    fitting = [
        one
        for one in citations.numbered(said["value"].upper())
        if (not kinds or one.kind in kinds)
        and said.get("kind") in (None, one.number_kind)
        and said.get("issuer") in (None, one.issuer)
        and (count is None or one.count == count)
    ]
    if not fitting:
        raise Unresolved(name)
    if len({one.file for one in fitting}) > 1:
        raise IntakeRefused(
            "this number stands in events of several files",
            where=name,
            advice="Give kind and issuer of the number, its count, or the event id.",
        )
    return max(fitting, key=lambda one: (one.occurred_on, one.event_id)).event_id.hex()


_NUMBER_KEYS = frozenset({"kind", "issuer", "value"})


def numbers_of(values: Mapping[str, Any]) -> Iterable[Mapping[str, str]]:
    """Every official number in an event's plain values."""
    for value in values.values():
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from value
