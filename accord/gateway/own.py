"""Our own log as the reading side sees it: every entry opened with our own rings."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from accord.errors import EvidenceFault
from accord.gateway.mapper import EVENT, SealedMapper, SealedRecord
from accord.ledger import Log
from accord.ports import Database
from accord.seal import Opened, Unopened, parse_entry


class OwnReader:
    """Reads our own entries in the order of the log."""

    def __init__(self, slug: str, database: Database, log: Log, mapper: SealedMapper) -> None:
        self._slug = slug
        self._database = database
        self._log = log
        self._mapper = mapper

    @property
    def size(self) -> int:
        """How many entries our log has."""
        return self._log.size

    def read(self, start: int, stop: int) -> Iterator[Opened]:
        """What our entries say; one whose keys are gone is Unopened."""
        rows = self._database.stream(
            "SELECT originator_id, originator_version, topic, state, idx, leaf, positions FROM stored_events "
            "WHERE idx >= ? AND idx < ? ORDER BY idx",
            (start, stop),
        )
        for stream, version, topic, state, index, leaf, positions in rows:
            stored = SealedRecord(UUID(bytes=bytes(stream)), version, topic, state, index, leaf, positions)
            try:
                yield self._mapper.event(stored) if topic == EVENT else self._mapper.control(stored)
            except EvidenceFault:
                yield Unopened(self._slug, index, parse_entry(state).entry_id, understood=True)
