"""The files of this agency: their secrets, their rings, and the aggregates rebuilt from the log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from uuid import UUID

from eventsourcing.application import Repository
from eventsourcing.persistence import EventStore, ProcessRecorder

from accord.gateway.batch import Batch
from accord.gateway.case import CaseFile, project
from accord.gateway.mapper import SealedMapper
from accord.ports import Database
from accord.seal import Book, Labels, OwnRing
from accord.sources import Entropy
from accord.vault import Vault

_SECRET = b"file secret"
_CACHED = 4096


class Files:
    """Files by id; what a batch has touched is kept with the batch until it is committed."""

    def __init__(
        self,
        origin: str,
        database: Database,
        recorder: ProcessRecorder,
        vault: Vault,
        entropy: Entropy,
        books: Mapping[bytes, Book],
        labels: Labels,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._vault = vault
        self._entropy = entropy
        self._rings: OrderedDict[UUID, OwnRing] = OrderedDict()  # the last ones read
        self.mapper = SealedMapper(origin, books.__getitem__, self._ring, labels)
        self._project = project(self._empty)
        self._repository = self._fresh()

    def get(self, batch: Batch, file: bytes) -> CaseFile:
        """A file of ours, as the batch leaves it."""
        known = batch.files.get(file)
        if known is None:
            known = batch.files[file] = self._repository.get(UUID(bytes=file), projector_func=self._project)
        return known

    def file_class(self, file: bytes) -> str:
        """The class of a file of ours that is committed."""
        return str(self._database.query("SELECT class FROM file WHERE file = ?", (file,))[0][0])

    def exists(self, file: bytes) -> bool:
        """Whether a file is in the store."""
        return bool(self._database.query("SELECT 1 FROM file WHERE file = ?", (file,)))

    def open(self, batch: Batch, file: bytes, file_class: str) -> CaseFile:
        """Open a new file; its secret is drawn at random."""
        secret = self._entropy.draw(32, b"file secret", file)
        batch.add("file", file, file_class, self._vault.close(secret, _SECRET))
        opened = batch.files[file] = CaseFile(UUID(bytes=file), OwnRing(secret))
        return opened

    def bare(self, file: UUID) -> CaseFile:
        """A file without its entries."""
        return CaseFile(file, self._ring(file))

    def keep(self, batch: Batch) -> None:
        """A batch was committed: its files are what the store says now."""
        cache = self._repository.cache
        assert cache is not None
        for file in batch.files.values():
            cache.put(file.id, file)
            self._remember(file.id, file.ring)

    def forget(self) -> None:
        """Drop everything that is in memory: read it from the store again."""
        self._rings.clear()
        self._repository = self._fresh()

    def _fresh(self) -> Repository[UUID]:
        store: EventStore[UUID] = EventStore(self.mapper, self._recorder)
        return Repository(store, cache_maxsize=_CACHED, fastforward=False, deepcopy_from_cache=False)

    def _empty(self, file: UUID) -> CaseFile:
        rows = self._database.query("SELECT slug, cut, due FROM ended WHERE file = ?", (file.bytes,))
        begun = self._database.query(
            "SELECT label, MAX(idx) FROM chain_break WHERE file = ? GROUP BY label", (file.bytes,)
        )
        ended = [(slug, cut, bool(due)) for slug, cut, due in rows]
        return CaseFile(file, self._ring(file), ended, {row[0]: row[1] for row in begun})

    def _ring(self, file: UUID) -> OwnRing:
        ring = self._rings.get(file)
        if ring is None:
            closed = self._database.query("SELECT secret FROM file WHERE file = ?", (file.bytes,))[0][0]
            breaks = self._database.query(
                "SELECT label, n FROM chain_break WHERE file = ? ORDER BY label, n, times", (file.bytes,)
            )
            ring = OwnRing(self._vault.open(closed, _SECRET))
            for label, n in breaks:
                ring.begin_anew(label, n)
            self._remember(file, ring)
        return ring

    def _remember(self, file: UUID, ring: OwnRing) -> None:
        """Keep a ring for reading; a file that was written is read with the ring it was written with."""
        self._rings[file] = ring
        self._rings.move_to_end(file)
        if len(self._rings) > _CACHED:
            self._rings.popitem(last=False)
