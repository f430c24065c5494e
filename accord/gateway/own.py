"""Our own log as the reading side sees it: every entry opened with our own rings."""

from __future__ import annotations

from collections.abc import Iterator

from accord.errors import EvidenceFault
from accord.gateway.mapper import EVENT, RECORDS, SealedMapper, SealedRecord
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
        for row in self._database.stream(RECORDS + " ORDER BY idx", (start, stop)):
            stored = SealedRecord.of(row)
            try:
                yield self._mapper.event(stored) if stored.topic == EVENT else self._mapper.control(stored)
            except EvidenceFault:
                yield Unopened(self._slug, stored.index, parse_entry(stored.state).entry_id, understood=True)
