"""Who may see which field, compiled once so that publishing asks dictionaries only.

The fields of one kind of event that have exactly the same readers are one *audience*, and share one slot
of an entry (docs/spec/memorandum.md, "Audiences"). A reader is a role, or, for a field that is `named`,
the one agency that a field of the event names. What nobody may read is an audience without readers: only
its publisher, who made the key, opens it. Fields that a role may only count stand apart from those it is
shown, even where the readers are the same, because the two must never be stored beside each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from accord.memorandum.model import EntitlementTable
from accord.schema import Vocabulary

HEADER_INDEX = -1
MOST_AUDIENCES = 7
COORDINATOR = "coordinator"


class HasRole(Protocol):
    """Anything that stands for an agency: a slug and a role."""

    @property
    def slug(self) -> str: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One right of one role to one field of one kind of event (`field` None: the header alone)."""

    role: str
    kind: str
    field: str | None
    clause: str
    purpose: str
    named: str | None
    only: str | None


@dataclass(frozen=True, slots=True)
class Readers:
    """A reader set with every name resolved: sorted roles, and sorted slugs of agencies named besides."""

    roles: tuple[str, ...]
    agencies: tuple[str, ...]
    label: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        named = "".join("@" + slug for slug in self.agencies)
        object.__setattr__(self, "label", "+".join(self.roles) + named)

    @classmethod
    def of(cls, label: str) -> Readers:
        """The reader set of a label such as "court+prosecution@reeducation"."""
        roles, *agencies = label.split("@")
        return cls(tuple(roles.split("+")) if roles else (), tuple(agencies))

    def admits(self, agency: HasRole) -> bool:
        """May this agency hold the keys of this reader set?"""
        return agency.role in self.roles or agency.slug in self.agencies


@dataclass(frozen=True, slots=True)
class Audience:
    """The fields of one kind of event that have the same readers, in schema order.

    `roles` read always, and include those of `counted`, who may count but are never shown; `named` gives,
    for each agency field, the roles that read only when that field names their agency.
    """

    index: int
    roles: frozenset[str]
    named: tuple[tuple[str, frozenset[str]], ...]
    fields: tuple[str, ...]
    counted: frozenset[str]
    plain: Readers = field(compare=False, repr=False)
    resolved: dict[tuple[Any, ...], Readers] = field(default_factory=dict, compare=False, repr=False)

    @property
    def label(self) -> str:
        """Readable and sortable: "court+prosecution", "auditor@to_agency(reeducation)"."""
        named = "".join(f"@{name}({'+'.join(sorted(roles))})" for name, roles in self.named)
        return self.plain.label + named


@dataclass(frozen=True, slots=True)
class _Readership:
    """Who reads one field: the key under which fields are gathered into audiences."""

    roles: frozenset[str]
    named: tuple[tuple[str, frozenset[str]], ...]
    counted: frozenset[str]

    @property
    def order(self) -> tuple[Any, ...]:
        return (
            tuple(sorted(self.roles)),
            tuple((name, tuple(sorted(roles))) for name, roles in self.named),
            tuple(sorted(self.counted)),
        )


class Rights:
    """Every entitlement of a memorandum, by role, kind and field, and the audiences that follow.

    Unknown roles, events and fields are left out here; `check` names them.
    """

    def __init__(self, tables: Iterable[EntitlementTable], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._all = tuple(_written_out(tables, vocabulary))
        self._by_place: dict[tuple[str, str, str | None], tuple[Entitlement, ...]] = {}
        for one in self._all:
            place = (one.role, one.kind, one.field)
            self._by_place[place] = (*self._by_place.get(place, ()), one)
        self._shown: dict[tuple[str, str], frozenset[str]] = {}
        self._entitled: dict[tuple[str, str], frozenset[str]] = {}
        self._header_rights: dict[tuple[str, str], tuple[Entitlement, ...]] = {}
        self._gather()
        self._audiences = {kind: self._audiences_of(kind) for kind in vocabulary.events}
        self._headers = {kind: self._header_of(kind) for kind in vocabulary.events}
        self.role_sets = self._role_sets()

    def _gather(self) -> None:
        for one in self._all:
            key = (one.role, one.kind)
            self._header_rights[key] = (*self._header_rights.get(key, ()), one)
            if one.field is not None:
                self._entitled[key] = self._entitled.get(key, frozenset()) | {one.field}
                if one.only is None:
                    self._shown[key] = self._shown.get(key, frozenset()) | {one.field}

    def __iter__(self) -> Any:
        return iter(self._all)

    def audiences(self, kind: str) -> tuple[Audience, ...]:
        """The audiences of a kind, sorted by label; `index` is the position. KeyError for no such kind."""
        return self._audiences[kind]

    def header(self, kind: str) -> Audience:
        """Who may read the header: all who are entitled to anything in this kind, and the coordinator."""
        return self._headers[kind]

    def entitled(self, role: str, kind: str) -> frozenset[str]:
        """Fields that a role may see, count, or see when named."""
        return self._entitled.get((role, kind), frozenset())

    def shown(self, role: str, kind: str) -> frozenset[str]:
        """Fields that a role may see, always or when named; those it may only count are not among them."""
        return self._shown.get((role, kind), frozenset())

    def reads(self, role: str, kind: str) -> bool:
        """May this role open the header of this kind (always, or when named)?"""
        return role == COORDINATOR or (role, kind) in self._header_rights

    def of(self, role: str, kind: str, field: str) -> tuple[Entitlement, ...]:
        """The entitlements that give this field to this role, in the order of the memorandum."""
        return self._by_place.get((role, kind, field), ())

    def header_rights(self, role: str, kind: str) -> tuple[Entitlement, ...]:
        """The entitlements that let this role open the header of this kind."""
        return self._header_rights.get((role, kind), ())

    def _readership(self, kind: str, name: str) -> _Readership:
        rights = [one for one in self._all if one.kind == kind and one.field == name]
        roles = {one.role for one in rights if one.named is None}
        shown = {one.role for one in rights if one.named is None and one.only is None}
        return _Readership(frozenset(roles), _named(rights, roles), frozenset(roles - shown))

    def _audiences_of(self, kind: str) -> tuple[Audience, ...]:
        groups: dict[_Readership, list[str]] = {}
        for name in self._vocabulary.events[kind].names:
            groups.setdefault(self._readership(kind, name), []).append(name)
        ordered = sorted(groups, key=lambda readership: readership.order)
        return tuple(_audience(number, one, groups[one]) for number, one in enumerate(ordered))

    def _header_of(self, kind: str) -> Audience:
        rights = [one for one in self._all if one.kind == kind]
        roles = {one.role for one in rights if one.named is None} | {COORDINATOR}
        return _audience(HEADER_INDEX, _Readership(frozenset(roles), _named(rights, roles), frozenset()), ())

    def _role_sets(self) -> tuple[tuple[str, ...], ...]:
        audiences = [one for several in self._audiences.values() for one in several]
        return tuple(sorted({one.plain.roles for one in (*audiences, *self._headers.values())}))


def resolve(audience: Audience, values: Mapping[str, Any], agencies: Mapping[str, HasRole]) -> Readers:
    """The readers of one event's slot: `named` replaced by the agencies that `values` name.

    A named agency counts only if its role is among those named; it is dropped where its role reads anyway.
    """
    if not audience.named:
        return audience.plain
    slugs = tuple(values.get(name) for name, _ in audience.named)
    readers = audience.resolved.get(slugs)
    if readers is None:
        readers = _resolve(audience, slugs, agencies)
        if all(slug is None or slug in agencies for slug in slugs):  # so the table stays small
            audience.resolved[slugs] = readers
    return readers


def _resolve(audience: Audience, slugs: tuple[str | None, ...], agencies: Mapping[str, HasRole]) -> Readers:
    named = {
        slug
        for slug, (_, roles) in zip(slugs, audience.named, strict=True)
        if slug is not None and slug in agencies and agencies[slug].role in roles - audience.roles
    }
    return Readers(audience.plain.roles, tuple(sorted(named)))


def _named(rights: Iterable[Entitlement], always: set[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    by_field: dict[str, set[str]] = {}
    for one in rights:
        if one.named is not None and one.role not in always:
            by_field.setdefault(one.named, set()).add(one.role)
    return tuple((name, frozenset(roles)) for name, roles in sorted(by_field.items()))


def _audience(index: int, readership: _Readership, fields: Iterable[str]) -> Audience:
    plain = Readers(tuple(sorted(readership.roles)), ())
    return Audience(index, readership.roles, readership.named, tuple(fields), readership.counted, plain)


def _written_out(tables: Iterable[EntitlementTable], vocabulary: Vocabulary) -> Iterable[Entitlement]:
    for table in tables:
        for role in table.role:
            for kind, fields in table.sees.items():
                if kind not in vocabulary.events:
                    continue
                known = [name for name in fields if name in vocabulary.events[kind].names]
                header_alone: list[str | None] = [] if fields else [None]
                for name in [*known, *header_alone]:
                    yield Entitlement(role, kind, name, table.clause, table.purpose, table.named, table.only)
