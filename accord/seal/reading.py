"""Reading an entry with the keys of one home: which slots are ours, and what they say.

1. A header chain of some file we hold names its next locator; if a slot has it, that slot is the header.
2. The header gives kind, file and the number of every audience's slot.
3. Each audience we hold the chain of opens; the locator must be the next of that chain.
4. What does not open is withheld, or awaited where we are entitled to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accord.errors import Malformed, OverDisclosed, SlotUnopened
from accord.seal.book import Book, Part, Plan, slug_of
from accord.seal.entry import Entry
from accord.seal.header import Header, parse_header
from accord.seal.opened import OpenedEvent
from accord.seal.opening import open_slot
from accord.seal.ring import Position, Ring
from accord.seal.sealing import associated


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
    _refuse_header(book, slug_of(origin), header, plan, label)
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
        origin=slug_of(origin),
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
