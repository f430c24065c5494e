"""Appending to our own log: seal under the lock, then one transaction; the commit is the act.

A batch seals entries in the order of the log: the grants that an event makes due go before it, so that a
reader who follows the log holds the keys when the event comes. Dying before the commit leaves nothing;
after it, everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import ProcessRecorder, Tracking

from accord.gateway.batch import Batch
from accord.gateway.case import CaseFile, Recorded
from accord.gateway.files import Files
from accord.gateway.granting import Granting
from accord.gateway.involve import LetIn, due
from accord.gateway.mapper import CONTROL, EVENT, GRANT, SealedRecord
from accord.gateway.pairs import Pairs
from accord.ledger import Log, leaf_hash
from accord.ports import Database
from accord.seal import Book, Head, Labels, Position, seal_control, seal_event
from accord.sources import Clock, Entropy
from accord.vault import Vault

BATCH_ENTRIES = 256
CONTROL_CLASS = "control"


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
        self._clock = clock
        self._origin = log.origin.encode()
        self._labels = Labels(database)
        self.files = Files(log.origin, database, recorder, vault, entropy, books, self._labels)
        self.mapper = self.files.mapper
        self._pairs = Pairs(database, vault, entropy, self._origin)
        self._granting = Granting(slug, self._origin, self._pairs, entropy, self._say_grant)
        self._control_file = UUID(bytes=hashlib.sha256(b"accord/1 control " + self._origin).digest()[:16])
        self._last = log.signed_at

    # ---- Filling a batch ----

    def batch(self, seen: tuple[int, ...]) -> Batch:
        """Begin a batch; `seen` are the sizes verified of the other logs. Time never goes back in a log."""
        self._last = max(self._last, self._clock.now())
        return Batch(self.log.size, self._last, seen)

    def open_file(self, batch: Batch, file: bytes, file_class: str, subject: str) -> None:
        """Open a new file for a matter."""
        self.files.open(batch, file, file_class)
        batch.add("matter", file_class, subject, file)

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
        file = self.files.get(batch, head.file)
        self._granting.take_out(batch, book, file, file_class, head.event_id)
        labels = book.event_labels(head.kind, values)
        self._granting.let_in(batch, book, file, file_class, due(file, let_in), labels, head.event_id)
        entry_id = self.entropy.draw(16, b"entry", head.event_id)
        data, positions = seal_event(
            book, self._origin, entry_id, head, values, file.ring, self.entropy, labels
        )
        index = self._append(batch, file, EVENT, data, positions)
        when = datetime.fromtimestamp(head.recorded_at / 1e6, UTC)
        places = tuple(positions)
        file.take(Recorded(file.id, file.version + 1, when, index, entry_id, head, places, lambda: values))
        self._granting.note_ends(batch, file, head.kind)
        return index

    def let_in(self, batch: Batch, book: Book, file: bytes, file_class: str, let_in: Iterable[LetIn]) -> None:
        """Grant a file to agencies that another agency's event lets in."""
        known = self.files.get(batch, file)
        self._granting.let_in(batch, book, known, file_class, due(known, let_in))

    def note_end(self, batch: Batch, file: bytes, kind: str) -> None:
        """Another agency's act is known that may end somebody's part in the case."""
        self._granting.note_ends(batch, self.files.get(batch, file), kind)

    def say(self, batch: Batch, book: Book, plaintext: bytes, readers: Sequence[str]) -> int:
        """Seal a control entry that belongs to no file (an adoption, a notice)."""
        file = self._control_stream(batch)
        entry_id = self.entropy.draw(16, b"control", plaintext, ",".join(readers).encode())
        told = [(slug, plaintext) for slug in readers]
        index = self._control(batch, book, file, CONTROL, entry_id, plaintext, told)
        file.version += 1
        return index

    def _say_grant(
        self,
        batch: Batch,
        book: Book,
        file: CaseFile,
        entry_id: bytes,
        plaintext: bytes,
        readers: Sequence[tuple[str, bytes]],
    ) -> int:
        return self._control(batch, book, file, GRANT, entry_id, plaintext, readers)

    def _control(
        self,
        batch: Batch,
        book: Book,
        file: CaseFile,
        topic: str,
        entry_id: bytes,
        plaintext: bytes,
        readers: Sequence[tuple[str, bytes]],
    ) -> int:
        chains = [(self._pairs[slug].control, text) for slug, text in readers]
        data, positions = seal_control(
            self._origin, entry_id, book.memorandum, plaintext, chains, file.ring, self.entropy
        )
        batch.spoken_to.update(slug for slug, _ in readers)
        return self._append(batch, file, topic, data, positions)

    def _control_stream(self, batch: Batch) -> CaseFile:
        """The stream of entries that belong to no file, as far as its version and uses go."""
        file = self._control_file.bytes
        known = batch.files.get(file)
        if known is not None:
            return known
        if not self.files.exists(file):
            return self.files.open(batch, file, CONTROL_CLASS)
        stream = batch.files[file] = self.files.bare(self._control_file)
        rows = self.database.query(
            "SELECT positions FROM stored_events WHERE originator_id = ?", (self._control_file.bytes,)
        )
        stream.version = len(rows)
        for (packed,) in rows:
            stream.count(self._labels.unpack(packed))
        return stream

    def _append(
        self, batch: Batch, file: CaseFile, topic: str, data: bytes, positions: list[Position]
    ) -> int:
        index, packed = batch.next_index, self._labels.pack(positions)
        batch.stored.append(
            SealedRecord(file.id, file.version + 1, topic, data, index, leaf_hash(data), packed)
        )
        return index

    # ---- The act ----

    def commit(self, batch: Batch, tracking: Tracking | None = None) -> None:
        """Make a batch durable; once it returns its receipts hold.

        1. Leaves into a copy of the tree, the new head signed.
        2. One transaction: rows beside (a conflict stops it here), entries, nodes, head. Dying before its
           commit: nothing happened, the emitter repeats with the same id.
        3. The tree moves. Dying before this: the store has it, the next start reads it.
        """
        extension = None
        try:
            if batch.stored:
                extension = self.log.extend([one.leaf for one in batch.stored], batch.recorded_at)
                for slug in sorted(batch.spoken_to):
                    batch.add("control_n", self._pairs[slug].control.n, slug)
            beside = batch.beside
            beside += self._labels.unwritten()
            beside += extension.statements if extension is not None else []
            if beside or tracking:
                self._recorder.insert_events(batch.stored, beside=beside, tracking=tracking)
        except BaseException:
            self.forget()
            raise
        if extension is not None:
            self.log.confirm(extension)
        self.files.keep(batch)

    def forget(self) -> None:
        """Drop everything that was sealed and not committed: read it from the store again."""
        self.files.forget()
        self._labels.reload()
        self._pairs.reload()
        self.log.reload()

    def shaken(self, file: bytes, what: str) -> bool:
        """Whether this was said once and for all; see the table `handshake`."""
        return bool(self.database.query("SELECT 1 FROM handshake WHERE file = ? AND what = ?", (file, what)))

    def tracked(self, name: str) -> int:
        """How far foreign events have been followed."""
        return self._recorder.max_tracking_id(name) or 0

    def pair_key(self, slug: str) -> bytes:
        """The key that is shared with a reader; raises NotAdopted."""
        return self._pairs[slug].key

    def keys_of(self, file: bytes, chains: Iterable[tuple[str, int]]) -> list[bytes] | None:
        """The keys at these uses of our file's chains, as it makes them today; None if it does not."""
        ring = self.files.bare(UUID(bytes=file)).ring
        keys = [ring.chain_key(label, start) for label, start in chains]
        known = [key for key in keys if key is not None]
        return known if len(known) == len(keys) else None

    def share_pair_keys(
        self, seal_to: Callable[[str, bytes], bytes], slugs: Iterable[str], anew: Iterable[str] = ()
    ) -> None:
        """Draw a pair key for each reader that has none; see `Pairs.share`."""
        self._pairs.share(seal_to, slugs, anew)
