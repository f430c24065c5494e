"""From what a records system can cite to what an event refers to: the id of the event that made the
instrument.

    "<32 hex digits>"                                    the event id itself
    {"id": ..., "source": ...}                           one of our own events, by what it was emitted as
    {"number": "A123"}                                   an official number; with "count" for one charge
    {"number": {"kind", "issuer", "value"}, "count": n}

A number is looked up in our own events and in those that we have opened; where its issuer or we ourselves have said it,
nobody else's word counts. What is not found waits; what fits events of several files is refused: nothing is
guessed. Of several in one file the latest in time holds. An
event of another kind than the field's is refused as far as its kind is known here, and so is the event itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from accord.errors import IntakeRefused
from accord.gateway.submission import Submission
from accord.replica import Citable
from accord.schema import EventSpec, FieldSpec

_HEX = re.compile(r"[0-9a-f]{32}")
REFERENCES = frozenset({"event", "events"})


class Citations(Protocol):
    """Where citations are looked up: what is being published now, our own store, what we have opened."""

    def emitted(self, source: str, id_: str) -> bytes | None:
        """The event that was emitted under this source and id."""
        ...

    def kind_of(self, event_id: bytes) -> str | None:
        """The kind of an event, if it is known here."""
        ...

    def numbered(self, value: str) -> Iterable[Citable]:
        """Every event in which this number stands."""
        ...


class Unresolved(Exception):
    """A citation that cannot be resolved yet; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def resolve(spec: EventSpec, said: Submission, event_id: bytes, citations: Citations) -> dict[str, Any]:
    """The data of an event (whose id is `event_id`) with every citation replaced by an event id in hex.

    Raises Unresolved for what is not known yet, IntakeRefused for what is not a citation, fits several files, is of
    another kind than the field's, or is the event itself.
    """
    resolved = dict(said.data)
    for field in spec.fields:
        name, kind = field.spec.name, field.spec.type
        if kind in REFERENCES and resolved.get(name) is not None:
            resolved[name] = _Resolver(field.spec, said, event_id, citations).field(resolved[name])
    if resolved.get("supersedes") is not None:
        resolved["supersedes"] = _Resolver(None, said, event_id, citations).one(resolved["supersedes"])
    return resolved


class _Resolver:
    """Resolves the citations of one field, or of `supersedes`, of one event."""

    def __init__(
        self, spec: FieldSpec | None, said: Submission, event_id: bytes, citations: Citations
    ) -> None:
        self._spec = spec
        self._name, self._kinds = (spec.name, spec.kinds) if spec else ("supersedes", ())
        self._said, self._event_id = said, event_id
        self._citations = citations

    def field(self, value: Any) -> Any:
        if self._spec is None or self._spec.type == "event":
            return self.one(value)
        if not isinstance(value, list):
            raise IntakeRefused("a list of references is expected", where=self._name)
        return sorted({self.one(one) for one in value})

    def one(self, value: Any) -> str:
        if isinstance(value, str) and _HEX.fullmatch(value):
            return self._fitting(bytes.fromhex(value))
        if isinstance(value, dict) and isinstance(value.get("id"), str) and value.keys() <= {"id", "source"}:
            return self._fitting(self._emitted(str(value.get("source", self._said.source)), value["id"]))
        if isinstance(value, dict) and "number" in value and value.keys() <= {"number", "count"}:
            return _by_number(self._name, self._kinds, value["number"], value.get("count"), self._citations)
        raise IntakeRefused(
            "not a reference",
            where=self._name,
            advice='Give an event id, {"number": ...} with "count" for a charge, or {"id": ...} of an event of your own.',
        )

    def _emitted(self, source: str, id_: str) -> bytes:
        if (source, id_) == (self._said.source, self._said.id):
            return self._event_id
        found = self._citations.emitted(source, id_)
        if found is None:
            raise Unresolved(self._name)
        return found

    def _fitting(self, event_id: bytes) -> str:
        if event_id == self._event_id:
            raise IntakeRefused(
                "an event cannot refer to itself", where=self._name, advice="Name the event that came before."
            )
        kind = self._citations.kind_of(event_id)
        if self._kinds and kind is not None and kind not in self._kinds:
            raise IntakeRefused(
                f"refers to an event of the kind {kind}",
                where=self._name,
                advice=f"Name an event of the kind {' or '.join(self._kinds)}.",
            )
        return event_id.hex()


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
    # who gave a number says what it is of: what others say of it counts only while neither the issuer nor we have said it
    fitting = [one for one in fitting if one.origin in ("", one.issuer)] or fitting
    if len({(one.origin, one.file) for one in fitting}) > 1:
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
