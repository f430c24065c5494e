"""The vocabulary: events, fields, codes, grammars; read from the schema folder and checked before use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from accord.errors import SchemaRefused
from accord.schema.faults import refuse
from accord.schema.lint import Folder, look
from accord.schema.specs import CodeList, FieldSpec, Grammar, Register
from accord.schema.words import Barred


@dataclass(frozen=True)
class EventField:
    """A field of an event. `required_when` = (other field, those of its values) that make it required."""

    spec: FieldSpec
    required: bool
    doc: str = ""
    required_when: tuple[str, frozenset[str]] | None = None

    @property
    def name(self) -> str:
        """The field's name."""
        return self.spec.name


@dataclass(frozen=True)
class EventSpec:
    """One kind of event.

    `publishers` are roles, `file_class` one of case, incident, order, notice; `fields` are in schema order;
    `expects` names the kinds of which one should have come before ("unexpected" until it has).
    """

    kind: str
    doc: str
    publishers: frozenset[str]
    file_class: str
    fields: tuple[EventField, ...]
    expects: tuple[str, ...]
    niem: str | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the fields in schema order."""
        return tuple(one.spec.name for one in self.fields)

    @cached_property
    def _by_name(self) -> Mapping[str, EventField]:
        return {one.spec.name: one for one in self.fields}

    def field(self, name: str) -> EventField:
        """The field of that name. Raises `SchemaRefused` where the event has none."""
        try:
            return self._by_name[name]
        except KeyError:
            raise SchemaRefused("this kind of event has no such field", where=f"{self.kind}.{name}") from None


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What may be said. `sha256` is of the register's exact bytes, which pin every schema.

    `schemas` are the inlined Avro records in force, `past` the recorded versions before them, oldest first.
    """

    sha256: bytes
    roles: tuple[str, ...]
    events: Mapping[str, EventSpec]
    fields: Mapping[str, FieldSpec]
    header: Mapping[str, FieldSpec]
    lists: Mapping[str, CodeList]
    barred: Barred
    number: Grammar
    letters_in_a_run: int
    number_kinds: Mapping[str, str]
    citation: Grammar
    schemas: Mapping[str, Mapping[str, Any]]
    past: Mapping[str, tuple[Mapping[str, Any], ...]]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read and check a schema folder. Raises `SchemaRefused` that lists every fault."""
        found = look(folder)
        refuse(found.faults)
        return cls.of(found)

    @classmethod
    def of(cls, found: Folder) -> Self:
        """The vocabulary of a folder without faults."""
        register = found.register
        events = {kind: _event(register, kind, found.schemas[kind]) for kind in register.events}
        return cls(
            sha256=register.sha256,
            roles=tuple(register.roles),
            events=MappingProxyType(events),
            fields=MappingProxyType(dict(register.fields)),
            header=MappingProxyType(dict(register.header)),
            lists=MappingProxyType(dict(register.lists)),
            barred=register.barred,
            number=register.number,
            letters_in_a_run=register.letters_in_a_run,
            number_kinds=MappingProxyType(dict(register.number_kinds)),
            citation=register.citation,
            schemas=MappingProxyType(dict(found.schemas)),
            past=MappingProxyType(dict(found.past)),
        )

    @property
    def barred_words(self) -> frozenset[str]:
        """The words that no name may have; use `barred_word`, which knows plurals and disguises."""
        return self.barred.words

    def barred_word(self, name: str) -> str | None:
        """The barred word that a name (of a field, code or list) has, or None."""
        return self.barred.find(name)

    def person_word(self, code: str) -> str | None:
        """The word by which an agency's own code shows that it is about a survivor, witness or child, or None."""
        return self.barred.person(code)


def _event(register: Register, kind: str, schema: Mapping[str, Any]) -> EventSpec:
    return EventSpec(
        kind=kind,
        doc=schema["doc"],
        publishers=frozenset(schema["publishers"]),
        file_class=schema["file"],
        fields=tuple(_event_field(register.fields[one["name"]], one) for one in schema["fields"]),
        expects=tuple(schema["expects"]),
        niem=None if schema["niem"] == "-" else schema["niem"],
    )


def _event_field(spec: FieldSpec, node: Mapping[str, Any]) -> EventField:
    rule = node.get("required_when")
    return EventField(
        spec,
        required=not isinstance(node["type"], list),
        doc=node["doc"],
        required_when=(rule["field"], frozenset(rule["any_of"])) if rule else None,
    )
