"""One version of the memorandum, compiled for sealing and opening: audiences, the labels of their chains, their readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from accord.errors import Malformed
from accord.memorandum import Audience, Memorandum, Readers
from accord.schema import Codec, EventSpec, Intake, Restricted, Vocabulary

HEADER_MARK = "#"
OWN_LABEL = "="
VOIDED = "EventVoided"  # stands in the file of what it voids, whatever its class
FILE_CLASSES = ("case", "incident", "order", "notice")


def origin_of(memorandum: Memorandum, slug: str) -> str:
    """The name of an agency's log: exchange/agency."""
    return f"{memorandum.exchange}/{slug}"


def slug_of(origin: str) -> str:
    """The agency whose log goes by this name."""
    return origin.rpartition("/")[2]


@dataclass(slots=True, frozen=True)
class Part:
    """One audience of a kind: its restricted schema and the labels its chain can have."""

    audience: Audience
    restricted: Restricted
    labels: tuple[str, ...]
    admitted: tuple[tuple[str, Callable[[Any], bool]], ...]


@dataclass(slots=True, frozen=True)
class Plan:
    """Everything about sealing and opening one kind of event under one memorandum."""

    kind: str
    file_class: str
    fingerprint: bytes
    header: Audience
    header_labels: tuple[str, ...]
    parts: tuple[Part, ...]
    agency_fields: frozenset[str]


class Book:
    """One version of the memorandum, compiled for sealing and opening."""

    def __init__(self, memorandum: Memorandum, vocabulary: Vocabulary, codec: Codec) -> None:
        self.memorandum = memorandum
        self.vocabulary = vocabulary
        self.slugs = tuple(memorandum.agencies)
        self.places = {slug: place for place, slug in enumerate(self.slugs)}
        self.correction_reasons = frozenset({None, *vocabulary.lists["correction_reason"].codes})
        self._codec = codec
        self._intake = Intake(
            vocabulary,
            local_codes=memorandum.local_codes,
            numbers=memorandum.numbers,
            agencies=memorandum.agencies,
        )
        self._plans: dict[str, Plan] = {}
        self._roles = {slug: agency.role for slug, agency in memorandum.agencies.items()}
        self._file_labels: dict[tuple[str, str], tuple[str, ...]] = {}
        self._all_labels: dict[str, frozenset[str]] = {}
        self._labels_for: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._admitted: dict[tuple[str, str], bool] = {}
        self._entitled: dict[tuple[str, str], int] = {}
        self._numbers: dict[str, tuple[int, tuple[int, ...]]] = {}
        self._by_number: dict[tuple[int, tuple[int, ...]], str] = {}

    def plan(self, kind: str) -> Plan:
        """The plan of a kind; raises Malformed for a kind that the vocabulary does not know."""
        try:
            return self._plans[kind]
        except KeyError:
            return self._plans.setdefault(kind, self._make(kind))

    def _make(self, kind: str) -> Plan:
        spec = self.vocabulary.events.get(kind)
        if spec is None:
            raise Malformed("an event of a kind that this vocabulary does not know")
        header = self.memorandum.header(kind)
        return Plan(
            kind=kind,
            file_class=spec.file_class,
            fingerprint=self._codec.restricted(kind, spec.names).fingerprint,
            header=header,
            header_labels=tuple(HEADER_MARK + label for label in self._labels(header)),
            parts=tuple(
                Part(
                    audience,
                    self._codec.restricted(kind, audience.fields),
                    self._labels(audience),
                    self._admitted_values(spec, audience),
                )
                for audience in self.memorandum.audiences(kind)
            ),
            agency_fields=frozenset(one.spec.name for one in spec.fields if one.spec.type == "agency"),
        )

    def _admitted_values(
        self, spec: EventSpec, audience: Audience
    ) -> tuple[tuple[str, Callable[[Any], bool]], ...]:
        """For each field whose values the memorandum names or narrows: whether it has one."""
        asked = ((name, self._intake.admits(spec.field(name).spec)) for name in audience.fields)
        return tuple((name, admits) for name, admits in asked if admits is not None)

    def _labels(self, audience: Audience) -> tuple[str, ...]:
        """Every label that a chain of this audience can have, the one without a named agency first."""
        roles = tuple(sorted(audience.roles))
        choices: list[tuple[str, ...]] = []
        for _, named in audience.named:
            choices.append(
                ("", *(slug for slug in self.slugs if self._roles[slug] in named - audience.roles))
            )
        found = {
            Readers(roles, tuple(sorted({slug for slug in chosen if slug}))).label: None
            for chosen in product(*choices)
        }
        return tuple(found)

    @cached_property
    def kinds_by_class(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """(role, file class) -> the kinds that the role publishes into such files."""
        table: dict[tuple[str, str], tuple[str, ...]] = {}
        for role in set(self._roles.values()):
            kinds = sorted(self.memorandum.publishes(role))
            for file_class in FILE_CLASSES:
                table[role, file_class] = tuple(
                    kind
                    for kind in kinds
                    if kind == VOIDED or self.vocabulary.events[kind].file_class == file_class
                )
        return table

    def publishes(self, slug: str, kind: str) -> bool:
        """Whether the memorandum lets this agency publish this kind of event."""
        role = self._roles.get(slug)
        return role is not None and kind in self.memorandum.publishes(role)

    def entitled_slots(self, kind: str, slug: str) -> int:
        """A bit for each audience of a kind whose readers an agency is one of by its role, whatever the event names."""
        known = self._entitled.get((kind, slug))
        if known is None:
            parts = (part for part in self.plan(kind).parts if self.admits(part.labels[0], slug))
            known = self._entitled[kind, slug] = sum(1 << part.audience.index for part in parts)
        return known

    def file_labels(self, publisher: str, file_class: str) -> tuple[str, ...]:
        """Labels, without named agencies, of every chain that a file of this class can use."""
        known = self._file_labels.get((publisher, file_class))
        if known is None:
            found: dict[str, None] = {}
            for kind in self.kinds_by_class[self._roles[publisher], file_class]:
                plan = self.plan(kind)
                found[plan.header_labels[0]] = None
                found.update((part.labels[0], None) for part in plan.parts)
            known = self._file_labels[publisher, file_class] = tuple(sorted(found))
        return known

    def all_labels(self, publisher: str) -> frozenset[str]:
        """Every label that a chain of this publisher's files can have, with named agencies and without."""
        known = self._all_labels.get(publisher)
        if known is None:
            plans = [self.plan(kind) for kind in self.memorandum.publishes(self._roles[publisher])]
            headers = (label for plan in plans for label in plan.header_labels)
            parts = (label for plan in plans for part in plan.parts for label in part.labels)
            known = self._all_labels[publisher] = frozenset((*headers, *parts))
        return known

    def labels_for(self, publisher: str, file_class: str, slug: str) -> tuple[str, ...]:
        """Those of them that one agency may hold."""
        known = self._labels_for.get((publisher, file_class, slug))
        if known is None:
            labels = self.file_labels(publisher, file_class)
            known = tuple(label for label in labels if self.admits(label, slug))
            self._labels_for[publisher, file_class, slug] = known
        return known

    def event_labels(self, kind: str, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The labels of the chains that one event uses, its header's first."""
        plan = self.plan(kind)
        header = self.memorandum.readers(plan.header, values).label
        return (
            HEADER_MARK + header,
            *(self.memorandum.readers(part.audience, values).label for part in plan.parts),
        )

    def chain_number(self, label: str) -> tuple[int, tuple[int, ...]]:
        """How a grant names a chain: twice the place of its role set, plus 1 for a header; places of agencies named."""
        known = self._numbers.get(label)
        if known is None:
            readers = Readers.of(label.removeprefix(HEADER_MARK))
            number = self.memorandum.role_sets.index(readers.roles) * 2 + label.startswith(HEADER_MARK)
            known = self._numbers[label] = (number, tuple(self.places[slug] for slug in readers.agencies))
        return known

    def chain_label(self, number: int, agencies: tuple[int, ...] = ()) -> str:
        """The label of a chain that a grant names; raises Malformed for what the memorandum does not number."""
        known = self._by_number.get((number, agencies))
        if known is None:
            try:
                roles = numbered(self.memorandum.role_sets, number >> 1)
                slugs = tuple(numbered(self.slugs, place) for place in agencies)
            except IndexError as error:
                raise Malformed("a grant numbers a role set or an agency that does not exist") from error
            known = (HEADER_MARK if number & 1 else "") + Readers(roles, slugs).label
            self._by_number[number, agencies] = known
        return known

    def admits(self, label: str, slug: str) -> bool:
        """Whether the agency is one of the readers that a label names; who is not in this version is no reader."""
        known = self._admitted.get((label, slug))
        if known is None:
            roles, *agencies = label.removeprefix(HEADER_MARK).split("@")
            role = self._roles.get(slug)
            known = role is not None and (slug in agencies or role in roles.split("+"))
            self._admitted[label, slug] = known
        return known


def numbered(several: Sequence[Any], number: int) -> Any:
    """The one of that number; raises IndexError, also below zero: each thing has one number."""
    if number < 0:
        raise IndexError(number)
    return several[number]
