"""Reading an entry with the keys of one home: which slots are ours, and what they say.

1. A header chain of some file we hold names its next locator; if a slot has it, that slot is the header.
2. The header gives kind, file and the number of every audience's slot.
3. Each audience we hold the chain of opens; the locator must be the next of that chain.
4. What we are entitled to but hold no chain of is withheld, or awaited if it was granted.
Control entries (grants, adoptions, notices, heads of reading logs) stand on the chain between the publisher and us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import Any

from accord.errors import Malformed, OverDisclosed, SlotUnopened
from accord.memorandum import Audience, Memorandum, Readers
from accord.schema import MOMENTS, Codec, EventSpec, Intake, Restricted, Vocabulary
from accord.seal.entry import Entry
from accord.seal.header import Header, parse_header
from accord.seal.opened import (
    Control,
    OpenedAdoption,
    OpenedEvent,
    OpenedGrant,
    OpenedNotice,
    OpenedReadsHead,
    Share,
)
from accord.seal.opening import open_slot
from accord.seal.records import record
from accord.seal.ring import Position, Ring
from accord.seal.sealing import associated

HEADER_MARK = "#"
OWN_LABEL = "="
VOIDED = "EventVoided"  # stands in the file of what it voids, whatever its class
KEYS_ASKED = "keys_asked"
FILE_CLASSES = ("case", "incident", "order", "notice")


def origin_of(memorandum: Memorandum, slug: str) -> str:
    """The name of an agency's log: exchange/agency."""
    return f"{memorandum.exchange}/{slug}"


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
                roles = _numbered(self.memorandum.role_sets, number >> 1)
                slugs = tuple(_numbered(self.slugs, place) for place in agencies)
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


def match_header(entry: Entry, ring: Ring, labels: Iterable[str]) -> tuple[int, str] | None:
    """The slot of an entry that stands next on one of the header chains held, if any."""
    for label in labels:
        locator = ring.locator(label)
        if locator is not None and locator in entry.locators:
            return entry.locators.index(locator), label
    return None


@dataclass(slots=True)
class Reading:
    """An event read, and where each chain was used in its entry."""

    event: OpenedEvent
    positions: list[Position]


def read_header(entry: Entry, slot: int, key: bytes, bound: bytes) -> Header:
    """The header in a slot; raises SlotUnopened or Malformed."""
    header = parse_header(open_slot(entry, slot, key, bound))
    table = header.table
    if len({*table, slot}) != len(entry.locators) or max(table) >= len(entry.locators):
        raise Malformed("a header that does not number every slot once")
    return header


def read_event(book: Book, origin: str, index: int, entry: Entry, ring: Ring, at: tuple[int, str]) -> Reading:
    """Open an entry whose header stands next on a chain of the ring, and count the uses.

    `at` is what `match_header` found. Raises SlotUnopened, Malformed or OverDisclosed; the ring has then
    counted nothing.
    """
    slot, label = at
    keys = ring.keys(label)
    assert keys is not None
    bound = associated(origin.encode(), entry.entry_id, entry.memorandum)
    header = read_header(entry, slot, keys[1], bound)
    plan = book.plan(header.kind)
    _refuse_header(book, _slug(origin), header, plan, label)
    event = _event(origin, index, entry, header, plan)
    used = [(slot, label)]
    for part in plan.parts:
        number = header.table[part.audience.index]
        found = _chain_at(entry.locators[number], ring, part.labels, used)
        if found is not None:
            _fill(event, part, open_slot(entry, number, found[1], bound))
            used.append((number, found[0]))
    return Reading(event, [Position(number, name, ring.use(name)) for number, name in used])


def _refuse_header(book: Book, publisher: str, header: Header, plan: Plan, label: str) -> None:
    """Refuse what no gate would have let out under this memorandum. Raises Malformed."""
    if plan.fingerprint != header.schema or label not in plan.header_labels:
        raise Malformed("an event of another schema than the kind has here")
    if not book.publishes(publisher, header.kind):
        raise Malformed("an event of a kind that its publisher may not publish")
    if (header.supersedes is None) != (header.correction_reason is None):
        raise Malformed("a correction without a reason, or a reason without a correction")
    if header.correction_reason not in book.correction_reasons:
        raise Malformed("a reason for a correction that is no code of its list")


def reread_event(
    book: Book, origin: str, index: int, entry: Entry, ring: Ring, positions: Sequence[Position]
) -> OpenedEvent:
    """Open an entry again at the positions noted when it was first read; the ring counts nothing."""
    bound = associated(origin.encode(), entry.entry_id, entry.memorandum)
    header_at, *rest = positions
    header = read_header(entry, header_at.slot, _keys_at(ring, header_at)[1], bound)
    plan = book.plan(header.kind)
    event = _event(origin, index, entry, header, plan)
    parts = {header.table[part.audience.index]: part for part in plan.parts}
    for position in rest:
        keys = _keys_at(ring, position)
        _fill(event, parts[position.slot], open_slot(entry, position.slot, keys[1], bound))
    return event


def _keys_at(ring: Ring, position: Position) -> tuple[bytes, bytes]:
    keys = ring.keys_at(position.label, position.n)
    if keys is None:
        raise SlotUnopened("the key of this slot is no longer held")
    return keys


def _chain_at(
    locator: bytes, ring: Ring, labels: Iterable[str], used: Sequence[tuple[int, str]]
) -> tuple[str, bytes] | None:
    for label in labels:
        cursor = ring.cursor(label)
        if cursor is None:
            continue
        times = sum(label == name for _, name in used)
        if times:  # another audience of this entry on one chain
            keys = ring.keys_at(label, ring.n[label] + times)
            if keys is not None and keys[0] == locator:
                return label, keys[1]
        elif cursor.locator == locator:
            return label, cursor.keys[1]
    return None


def _event(origin: str, index: int, entry: Entry, header: Header, plan: Plan) -> OpenedEvent:
    return OpenedEvent(
        origin=origin.rpartition("/")[2],
        index=index,
        entry_id=entry.entry_id,
        memorandum=entry.memorandum,
        file=header.file,
        file_class=plan.file_class,
        event_id=header.event_id,
        kind=header.kind,
        occurred_on=header.occurred_on,
        recorded_at=header.recorded_at,
        supersedes=header.supersedes,
        correction_reason=header.correction_reason,
        seen=header.seen,
        values={},
        opened=0,
        awaiting=0,
    )


def _fill(event: OpenedEvent, part: Part, plaintext: bytes) -> None:
    if part.audience.fields:
        if plaintext[2:10] != part.restricted.fingerprint:
            raise OverDisclosed("a slot holds another set of fields than its audience is given")
        values = part.restricted.decode(plaintext)
        for name, good in part.admitted:
            if values[name] is not None and not good(values[name]):
                raise Malformed("a value that the memorandum does not have", where=f"{event.kind}.{name}")
        event.values.update(values)
    event.opened |= 1 << part.audience.index


def read_control(book: Book, origin: str, index: int, entry: Entry, plaintext: bytes) -> Control:
    """What a control entry says; raises Malformed for a record or an agency that is not known."""
    try:
        if record("grant").recognises(plaintext):
            return _grant(book, origin, index, entry, _said("grant", plaintext))
        if record("memorandum_adopted").recognises(plaintext):
            said = _said("memorandum_adopted", plaintext)
            if (said["adopted"], said["version"]) != (entry.memorandum, book.memorandum.version):
                raise Malformed("an adoption of another version than it is sealed under")
            return OpenedAdoption(_slug(origin), index, entry.entry_id, entry.memorandum, **said)
        if record("keys_asked").recognises(plaintext):
            said = _said("keys_asked", plaintext)
            of, since, at = _numbered(book.slugs, said["of"]), said["since"], said["recorded_at"]
            return OpenedNotice(
                _slug(origin), index, entry.entry_id, entry.memorandum, KEYS_ASKED, of, since, bytes(16), at
            )
        if record("reads_head").recognises(plaintext):
            said = _said("reads_head", plaintext)
            return OpenedReadsHead(_slug(origin), index, entry.entry_id, entry.memorandum, **said)
        said = _said("notice", plaintext)
        said["about_origin"] = _numbered(book.slugs, said["about_origin"])
        return OpenedNotice(_slug(origin), index, entry.entry_id, entry.memorandum, **said)
    except IndexError as error:
        raise Malformed("a control entry numbers an agency or a role set that does not exist") from error


def _said(name: str, plaintext: bytes) -> dict[str, Any]:
    said = record(name).decode(plaintext)
    counted = min(said.get(one, 0) for one in ("version", "since", "about_index"))
    if said["recorded_at"] not in MOMENTS or counted < 0:
        raise Malformed("a control entry with a time that no calendar shows, or a number below nought")
    return said


def _numbered(several: Sequence[Any], number: int) -> Any:
    """The one of that number; raises IndexError, also below zero: each thing has one number."""
    if number < 0:
        raise IndexError(number)
    return several[number]


def _slug(origin: str) -> str:
    return origin.rpartition("/")[2]


def _grant(book: Book, origin: str, index: int, entry: Entry, said: dict[str, Any]) -> OpenedGrant:
    rows = said["shares"]
    if not rows or any(one["recipient"] >= two["recipient"] for one, two in pairwise(rows)):
        raise Malformed("a grant that does not name each agency once, in order")
    publisher = _slug(origin)
    if publisher not in book.places:
        raise Malformed("a grant by an agency that this memorandum does not have")
    return OpenedGrant(
        origin=publisher,
        index=index,
        entry_id=entry.entry_id,
        memorandum=entry.memorandum,
        file=said["file"],
        file_class=said["file_class"],
        because_origin=_numbered(book.slugs, said["because_origin"]),
        because_event=said["because_event"],
        recorded_at=said["recorded_at"],
        shares=tuple(_share(book, publisher, said["file_class"], row) for row in rows),
    )


def _share(book: Book, publisher: str, file_class: str, said: dict[str, Any]) -> Share:
    sets, starts, named = said["sets"], said["starts"], said["named"]
    uses = (*starts, *(row["start"] for row in named))
    if len(sets) != len(starts) or (said["whole"] and sets) or min(uses, default=0) < 0:
        raise Malformed("a grant whose rows do not fit together")
    recipient = _numbered(book.slugs, said["recipient"])
    if said["whole"]:
        chains = [(label, 0) for label in book.labels_for(publisher, file_class, recipient)]
    else:
        chains = [(book.chain_label(number), start) for number, start in zip(sets, starts, strict=True)]
    chains += [(book.chain_label(row["set"], tuple(row["agencies"])), row["start"]) for row in named]
    if not book.all_labels(publisher).issuperset(label for label, _ in chains):
        raise Malformed("a grant of a chain that nothing of its publisher can be sealed on")
    rule = book.memorandum.rule_of(said["rule"])
    return Share(
        recipient=recipient,
        history="all" if said["history"] else "none",
        chains=tuple(chains),
        clause=rule.clause if rule else "",
        entries=tuple(said["entries"]),
        key_message=said["key_message"],
        rule=said["rule"],
    )
