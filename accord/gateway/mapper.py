"""Between entries and what they mean to their publisher: the stored state of an event is the sealed entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Mapper, StoredEvent

from accord.errors import EvidenceFault
from accord.gateway.case import FileEvent, Granted, Held, Recorded, SealedAway
from accord.ports import Row
from accord.seal import (
    Book,
    Entry,
    Head,
    Labels,
    OpenedGrant,
    OwnRing,
    Position,
    associated,
    open_slot,
    parse_entry,
    read_control,
    read_header,
    reread_event,
)

# Topics of the event store: fixed names, so that no class path is ever loaded from it.
EVENT = "event"
GRANT = "grant"
CONTROL = "control"

RECORDS = (
    "SELECT originator_id, originator_version, topic, state, idx, leaf, positions FROM stored_events"
    " WHERE idx >= ? AND idx < ?"
)
"""Our entries from one log index to another, as rows for `SealedRecord.of`."""


@dataclass(frozen=True, init=False)
class SealedRecord(StoredEvent):
    """A stored event that is a leaf of the log: its state is the entry, beside its place, leaf hash and positions."""

    index: int
    leaf: bytes
    positions: bytes

    def __init__(
        self,
        originator_id: UUID,
        originator_version: int,
        topic: str,
        state: bytes,
        index: int,
        leaf: bytes,
        positions: bytes,
    ) -> None:
        self.__dict__.update(  # one call, where a frozen class takes one for each field
            originator_id=originator_id,
            originator_version=originator_version,
            topic=topic,
            state=state,
            index=index,
            leaf=leaf,
            positions=positions,
        )

    @classmethod
    def of(cls, row: Row) -> SealedRecord:
        """From a row of RECORDS."""
        return cls(UUID(bytes=bytes(row[0])), *row[1:])


class SealedMapper(Mapper[UUID]):
    """Opens the entries of our own files with the ring of each file; what does not open is SealedAway."""

    def __init__(
        self,
        origin: str,
        book: Callable[[bytes], Book],
        ring: Callable[[UUID], OwnRing],
        labels: Labels,
    ) -> None:
        self._origin = origin
        self._book = book
        self._ring = ring
        self._labels = labels

    def to_domain_event(self, stored_event: StoredEvent) -> FileEvent:
        assert isinstance(stored_event, SealedRecord)
        entry = parse_entry(stored_event.state)
        positions = self._labels.unpack(stored_event.positions)
        assert isinstance(stored_event.originator_id, UUID)
        ring = self._ring(stored_event.originator_id)
        common = (stored_event.originator_id, stored_event.originator_version)
        try:
            if stored_event.topic == EVENT:
                head = self._head(entry, ring, positions[0])
                when = datetime.fromtimestamp(head.recorded_at / 1e6, UTC)
                read = self._reader(stored_event.index, entry, ring, positions)
                return Recorded(*common, when, stored_event.index, entry.entry_id, head, positions, read)
            if stored_event.topic == GRANT:
                return self._granted(stored_event, entry, ring, positions)
        except EvidenceFault:
            pass
        return SealedAway(*common, datetime.now(UTC), stored_event.index, entry.entry_id, positions)

    def control(self, stored: SealedRecord) -> Any:
        """What one of our own control entries says (grant, adoption or notice)."""
        entry = parse_entry(stored.state)
        assert isinstance(stored.originator_id, UUID)
        plaintext = self._plaintext(
            entry, self._ring(stored.originator_id), self._labels.unpack(stored.positions)[0]
        )
        return read_control(self._book(entry.memorandum), self._origin, stored.index, entry, plaintext)

    def event(self, stored: SealedRecord) -> Any:
        """One of our own events, with every field."""
        entry = parse_entry(stored.state)
        assert isinstance(stored.originator_id, UUID)
        ring, positions = self._ring(stored.originator_id), self._labels.unpack(stored.positions)
        return reread_event(self._book(entry.memorandum), self._origin, stored.index, entry, ring, positions)

    def _plaintext(self, entry: Entry, ring: OwnRing, position: Position) -> bytes:
        keys = ring.keys_at(position.label, position.n)
        assert keys is not None
        bound = associated(self._origin.encode(), entry.entry_id, entry.memorandum)
        return open_slot(entry, position.slot, keys[1], bound)

    def _head(self, entry: Entry, ring: OwnRing, position: Position) -> Head:
        keys = ring.keys_at(position.label, position.n)
        assert keys is not None
        bound = associated(self._origin.encode(), entry.entry_id, entry.memorandum)
        said = read_header(entry, position.slot, keys[1], bound)
        return Head(
            said.kind,
            said.file,
            said.event_id,
            said.supersedes,
            said.correction_reason,
            said.occurred_on,
            said.recorded_at,
            said.seen,
        )

    def _reader(
        self, index: int, entry: Entry, ring: OwnRing, positions: tuple[Position, ...]
    ) -> Callable[[], Mapping[str, Any]]:
        def read() -> Mapping[str, Any]:
            return reread_event(
                self._book(entry.memorandum), self._origin, index, entry, ring, positions
            ).values

        return read

    def _granted(
        self, stored: SealedRecord, entry: Entry, ring: OwnRing, positions: tuple[Position, ...]
    ) -> Granted:
        book = self._book(entry.memorandum)
        grant = read_control(
            book, self._origin, stored.index, entry, self._plaintext(entry, ring, positions[0])
        )
        assert isinstance(grant, OpenedGrant)
        when = datetime.fromtimestamp(grant.recorded_at / 1e6, UTC)
        assert isinstance(stored.originator_id, UUID)
        return Granted(
            stored.originator_id,
            stored.originator_version,
            when,
            stored.index,
            entry.entry_id,
            grant.recorded_at,
            tuple(
                Held(
                    one.recipient,
                    book.memorandum.rule_of(one.rule),
                    one.history == "all",
                    [label for label, _ in one.chains],
                )
                for one in grant.shares
            ),
            positions,
        )
