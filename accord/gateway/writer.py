"""Appending to our own log: seal under the lock, then one transaction; the commit is the act.

A batch seals entries in the order of the log: the grants that an event makes due go before it, so that a
reader who follows the log holds the keys when the event comes. Dying before the commit leaves nothing;
after it, everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import Repository
from eventsourcing.persistence import EventStore, ProcessRecorder, Tracking

from accord.errors import NotAdopted
from accord.gateway.case import CaseFile, Granted, Recorded, project
from accord.gateway.involve import LetIn, due, handings
from accord.gateway.mapper import CONTROL, EVENT, GRANT, SealedMapper, SealedRecord
from accord.ledger import Log, leaf_hash
from accord.ports import Database, Parameters
from accord.seal import (
    Book,
    Chain,
    GrantTerms,
    Handing,
    Head,
    Labels,
    OwnRing,
    Position,
    control_chain,
    grant_record,
    seal_control,
    seal_event,
)
from accord.sources import Clock, Entropy
from accord.vault import Vault

_SECRET = b"file secret"
_PAIR = b"pair key"
_CACHED_FILES = 4096
BATCH_ENTRIES = 256

_INSERTS = {
    "file": "INSERT INTO file (file, class, secret) VALUES (?, ?, ?)",
    "matter": "INSERT INTO matter (class, subject, file) VALUES (?, ?, ?)",
    "emission": "INSERT INTO emission (emitted, content, event_id, idx) VALUES (?, ?, ?, ?)",
    "event": "INSERT INTO event (event_id, idx, kind, file, supersedes) VALUES (?, ?, ?, ?, ?)",
    "number": (
        "INSERT INTO number (value, kind, issuer, event_id, event_kind, count, occurred_on, file)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    ),
    "adoption": "INSERT INTO adoption (sha256, idx) VALUES (?, ?)",
    "handshake": "INSERT INTO handshake (file, what) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "outbox_key": "INSERT INTO outbox_key (idx, recipient, message) VALUES (?, ?, ?)",
    "settled": "DELETE FROM waiting WHERE emitted = ?",
    "waiting": (
        "INSERT INTO waiting (emitted, content, since, position, field, held) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (emitted) DO UPDATE SET field = excluded.field"
    ),
}


@dataclass(slots=True)
class Pair:
    """The key shared with one reader, and the control chain on it."""

    key: bytes
    generation: int
    control: Chain


@dataclass(slots=True)
class Batch:
    """Entries sealed and not yet committed, and the rows that go with them."""

    first: int
    recorded_at: int
    seen: tuple[int, ...]
    stored: list[SealedRecord] = field(default_factory=list)
    rows: dict[str, list[Parameters]] = field(default_factory=dict)
    spoken_to: set[str] = field(default_factory=set)
    files: dict[bytes, CaseFile] = field(default_factory=dict)

    @property
    def next_index(self) -> int:
        """The log index of the next entry."""
        return self.first + len(self.stored)

    def add(self, table: str, *row: Any) -> None:
        """A row to be written with the entries."""
        self.rows.setdefault(table, []).append(row)


class Writer:
    """The one hand that appends to this agency's log."""

    def __init__(
        self,
        slug: str,
        database: Database,
        recorder: ProcessRecorder,
        log: Log,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
        books: Mapping[bytes, Book],
    ) -> None:
        self.slug = slug
        self.database = database
        self.log = log
        self.entropy = entropy
        self._recorder = recorder
        self._vault = vault
        self._clock = clock
        self._books = books
        self._origin = log.origin.encode()
        self._labels = Labels(database)
        self._rings: dict[UUID, OwnRing] = {}
        self.mapper = SealedMapper(log.origin, books.__getitem__, self._ring, self._labels)
        self._control_file = UUID(bytes=hashlib.sha256(b"accord/1 control " + self._origin).digest()[:16])
        self._project = project(lambda file: CaseFile(file, self._ring(file)))
        self._repository = self._fresh_repository()
        self._pairs = self._load_pairs()
        self._last = self._last_recorded()

    # ---- What is known of a file ----

    def file(self, batch: Batch, file: bytes) -> CaseFile:
        """A file of ours, as the batch leaves it."""
        known = batch.files.get(file)
        if known is None:
            known = batch.files[file] = self._repository.get(UUID(bytes=file), projector_func=self._project)
        return known

    def file_class(self, file: bytes) -> str:
        """The class of a file of ours that is committed."""
        return str(self.database.query("SELECT class FROM file WHERE file = ?", (file,))[0][0])

    def open_file(self, batch: Batch, file: bytes, file_class: str, subject: str) -> None:
        """Open a new file for a matter; its secret is drawn at random."""
        self._new_secret(batch, file, file_class)
        batch.add("matter", file_class, subject, file)
        batch.files[file] = CaseFile(UUID(bytes=file), self._rings[UUID(bytes=file)])

    def _new_secret(self, batch: Batch, file: bytes, file_class: str) -> None:
        secret = self.entropy.draw(32, b"file secret", file)
        batch.add("file", file, file_class, self._vault.close(secret, _SECRET))
        self._rings[UUID(bytes=file)] = OwnRing(secret)

    def _ring(self, file: UUID) -> OwnRing:
        ring = self._rings.get(file)
        if ring is None:
            closed = self.database.query("SELECT secret FROM file WHERE file = ?", (file.bytes,))[0][0]
            ring = OwnRing(self._vault.open(closed, _SECRET))
            if len(self._rings) >= 2 * _CACHED_FILES:
                self._rings.clear()
                self._repository = self._fresh_repository()
            self._rings[file] = ring
        return ring

    def _fresh_repository(self) -> Repository[UUID]:
        store: EventStore[UUID] = EventStore(self.mapper, self._recorder)
        return Repository(store, cache_maxsize=_CACHED_FILES, fastforward=False, deepcopy_from_cache=False)

    # ---- Appending ----

    def batch(self, seen: tuple[int, ...]) -> Batch:
        """Begin a batch; `seen` are the sizes verified of the other logs."""
        self._last = max(self._last, self._clock.now())
        return Batch(self.log.size, self._last, seen)

    def record(
        self,
        batch: Batch,
        book: Book,
        file_class: str,
        head: Head,
        values: Mapping[str, Any],
        let_in: Sequence[LetIn],
    ) -> int:
        """Seal an event into its file, the grants it makes due before it; returns its log index."""
        file = self.file(batch, head.file)
        labels = book.event_labels(head.kind, values)
        self._let_in(batch, book, file, file_class, due(file, let_in), labels, head.event_id)
        entry_id = self.entropy.draw(16, b"entry", head.event_id)
        data, positions = seal_event(book, self._origin, entry_id, head, values, file.ring, self.entropy)
        index = self._append(batch, file.id, file.version + 1, EVENT, data, positions)
        when = datetime.fromtimestamp(head.recorded_at / 1e6, UTC)
        file.apply(
            Recorded(file.id, file.version + 1, when, index, entry_id, head, tuple(positions), lambda: values)
        )
        return index

    def let_in(self, batch: Batch, book: Book, file: bytes, file_class: str, let_in: Iterable[LetIn]) -> None:
        """Grant a file to agencies that another agency's event lets in."""
        known = self.file(batch, file)
        self._let_in(batch, book, known, file_class, due(known, let_in), (), b"")

    def _let_in(
        self,
        batch: Batch,
        book: Book,
        file: CaseFile,
        file_class: str,
        newcomers: Iterable[LetIn],
        used: Sequence[str],
        cause: bytes,
    ) -> None:
        special = [label for label in used if "@" in label]
        for one in newcomers:
            labels = [
                *book.labels_for(self.slug, file_class, one.slug),
                *self._held_named(book, file, one.slug),
            ]
            labels += [label for label in special if book.admits(label, one.slug) and label not in labels]
            self._grant(batch, book, file, file_class, one, labels)
        for slug in list(file.let_in) if special else ():
            missing = [
                label
                for label in special
                if book.admits(label, slug) and label not in file.holders.get(slug, ())
            ]
            if missing:
                because = LetIn(slug, False, file.rules[slug], self.slug, cause)
                self._grant(batch, book, file, file_class, because, missing)

    def _held_named(self, book: Book, file: CaseFile, slug: str) -> list[str]:
        """Chains with a named agency that the file has used already and that a newcomer may hold."""
        return [label for label in file.ring.n if "@" in label and book.admits(label, slug)]

    def _grant(
        self, batch: Batch, book: Book, file: CaseFile, file_class: str, one: LetIn, labels: Sequence[str]
    ) -> None:
        handed = handings(file, labels, history=one.history)
        entry_id = self.entropy.draw(
            16, b"grant", file.id.bytes, one.slug.encode(), one.event_id, _text(labels)
        )
        earlier = file.entries_for(lambda label: book.admits(label, one.slug)) if one.history else ()
        terms = GrantTerms(
            one.slug,
            file.id.bytes,
            file_class,
            one.history,
            one.rule,
            one.origin,
            one.event_id,
            batch.recorded_at,
            earlier,
        )
        pair = self._pair(one.slug)
        plaintext, message = grant_record(book, self._origin, entry_id, pair.key, terms, handed)
        readers = self._grant_readers(book, one.slug, file_class)
        index = self._control(
            batch, book, file.ring, file.id, file.version + 1, GRANT, entry_id, plaintext, readers
        )
        batch.add("outbox_key", index, one.slug, message)
        self._applied(file, index, entry_id, terms, handed, batch.recorded_at)

    def _applied(
        self,
        file: CaseFile,
        index: int,
        entry_id: bytes,
        terms: GrantTerms,
        handed: Sequence[Handing],
        at: int,
    ) -> None:
        chains = tuple((one.label, one.start) for one in handed)
        when = datetime.fromtimestamp(at / 1e6, UTC)
        file.apply(Granted(file.id, file.version + 1, when, index, entry_id, terms, chains, ()))

    def _grant_readers(self, book: Book, recipient: str, file_class: str) -> list[str]:
        roles = ("coordinator",) if file_class == "incident" else ("coordinator", "auditor")
        watching = (slug for role in roles for slug in book.memorandum.roles.get(role, ()))
        return list(dict.fromkeys(slug for slug in (recipient, *watching) if slug != self.slug))

    def say(self, batch: Batch, book: Book, plaintext: bytes, readers: Sequence[str]) -> int:
        """Seal a control entry that belongs to no file (an adoption, a notice)."""
        file = self._control_stream(batch)
        entry_id = self.entropy.draw(16, b"control", plaintext, ",".join(readers).encode())
        index = self._control(
            batch, book, file.ring, file.id, file.version + 1, CONTROL, entry_id, plaintext, readers
        )
        file.version += 1
        return index

    def _control_stream(self, batch: Batch) -> CaseFile:
        known = batch.files.get(self._control_file.bytes)
        if known is not None:
            return known
        if not self.database.query("SELECT 1 FROM file WHERE file = ?", (self._control_file.bytes,)):
            self._new_secret(batch, self._control_file.bytes, "control")
        file = CaseFile(self._control_file, self._ring(self._control_file))
        rows = self.database.query(
            "SELECT originator_version, positions FROM stored_events WHERE originator_id = ?",
            (self._control_file.hex,),
        )
        file.version = len(rows)
        for row in rows:
            for position in self._labels.unpack(row[1]):
                file.ring.n[position.label] = max(file.ring.n.get(position.label, 0), position.n + 1)
        batch.files[self._control_file.bytes] = file
        return file

    def _control(
        self,
        batch: Batch,
        book: Book,
        ring: OwnRing,
        stream: UUID,
        version: int,
        topic: str,
        entry_id: bytes,
        plaintext: bytes,
        readers: Sequence[str],
    ) -> int:
        chains = [self._pair(slug).control for slug in readers]
        data, positions = seal_control(
            self._origin, entry_id, book.memorandum, plaintext, chains, ring, self.entropy
        )
        batch.spoken_to.update(readers)
        return self._append(batch, stream, version, topic, data, positions)

    def _append(
        self, batch: Batch, stream: UUID, version: int, topic: str, data: bytes, positions: list[Position]
    ) -> int:
        index = batch.next_index
        packed = self._labels.pack(positions)
        batch.stored.append(SealedRecord(stream, version, topic, data, index, leaf_hash(data), packed))
        return index

    # ---- The act ----

    def commit(self, batch: Batch, tracking: Tracking | None = None) -> None:
        """Make a batch durable; once it returns its receipts hold.

        1. Leaves into a copy of the tree, the new head signed.
        2. One transaction: rows beside (a conflict stops it here), entries, nodes, head. Dying before its
           commit: nothing happened, the emitter repeats with the same id.
        3. The tree moves. Dying before this: the store has it, the next start reads it.
        """
        beside = [(_INSERTS[table], rows) for table, rows in batch.rows.items()]
        beside += self._labels.unwritten()
        try:
            extension = None
            if batch.stored:
                extension = self.log.extend([one.leaf for one in batch.stored])
                beside += extension.statements
                beside.append((_RECORDED_AT, [(batch.recorded_at,)]))
                beside.append(
                    (_CONTROL_N, [(self._pairs[slug].control.n, slug) for slug in sorted(batch.spoken_to)])
                )
            if batch.stored or beside or tracking:
                self._recorder.insert_events(batch.stored, beside=beside, tracking=tracking)
        except BaseException:
            self.forget()
            raise
        if extension is not None:
            self.log.confirm(extension)
        for file in batch.files.values():
            if self._repository.cache is not None:
                self._repository.cache.put(file.id, file)

    def forget(self) -> None:
        """Drop everything that was sealed and not committed: read it from the store again."""
        self._rings.clear()
        self._labels.reload()
        self._repository = self._fresh_repository()
        self._pairs = self._load_pairs()
        self.log.reload()

    def tracked(self, name: str) -> int:
        """How far foreign events have been followed."""
        return self._recorder.max_tracking_id(name) or 0

    # ---- Pair keys ----

    def share_pair_keys(self, seal_to: Callable[[str, bytes], bytes], slugs: Iterable[str]) -> None:
        """Draw a pair key for each reader that has none and keep it, sealed for its way to the reader."""
        with self.database.transaction() as transaction:
            for slug in slugs:
                if slug in self._pairs:
                    continue
                key = self.entropy.draw(32, b"pair", self._origin, slug.encode())
                transaction.execute(
                    "INSERT INTO pair_key (reader, generation, secret, sealed, control_n) VALUES (?, 0, ?, ?, 0)",
                    (slug, self._vault.close(key, _PAIR), seal_to(slug, key)),
                )
        self._pairs = self._load_pairs()

    def _load_pairs(self) -> dict[str, Pair]:
        rows = self.database.query(
            "SELECT reader, generation, secret, control_n FROM pair_key ORDER BY generation"
        )
        pairs = {}
        for reader, generation, secret, n in rows:
            key = self._vault.open(secret, _PAIR)
            pairs[reader] = Pair(key, generation, control_chain(key, n))
        return pairs

    def _pair(self, slug: str) -> Pair:
        try:
            return self._pairs[slug]
        except KeyError:
            raise NotAdopted(
                "no key is shared with an agency", where=slug, advice="Adopt a memorandum that has its keys."
            ) from None

    def _last_recorded(self) -> int:
        rows = self.database.query("SELECT value FROM progress WHERE name = 'recorded_at'")
        return int(rows[0][0]) if rows else 0


_RECORDED_AT = (
    "INSERT INTO progress (name, value) VALUES ('recorded_at', ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_CONTROL_N = "UPDATE pair_key SET control_n = ? WHERE reader = ?"


def _text(labels: Sequence[str]) -> bytes:
    return hashlib.sha256("\n".join(labels).encode()).digest()[:8]
