"""The rows of the event store that is the log, the same on every engine."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from accord.gateway import SealedRecord
from accord.ports import Row

INSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state, idx, leaf, positions) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
OLDEST_FIRST = (
    "SELECT originator_version, topic, state, idx, leaf, positions FROM stored_events "
    "WHERE originator_id = ? AND originator_version > ? AND originator_version <= ? "
    "ORDER BY originator_version LIMIT ?"
)
NEWEST_FIRST = OLDEST_FIRST.replace("originator_version LIMIT", "originator_version DESC LIMIT")


def row_of(event: StoredEvent) -> tuple[Any, ...]:
    """What INSERT takes."""
    assert isinstance(event, SealedRecord)
    assert isinstance(event.originator_id, UUID)
    return (
        event.originator_id.bytes,
        event.originator_version,
        event.topic,
        event.state,
        event.index,
        event.leaf,
        event.positions,
    )


def record_of(originator_id: UUID, row: Row) -> SealedRecord:
    """What the two questions give."""
    return SealedRecord(originator_id, row[0], row[1], row[2], row[3], row[4], row[5])
