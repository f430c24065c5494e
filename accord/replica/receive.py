"""Receiving one log: verify a bundle, store it, open what our keys open; all in one transaction per bundle.

1. Key bundles that go with it are read; they leave the wire only after the transaction.
2. The bundle is verified against the log's tree and signed head. A log that fails is stopped there, its
   bytes and both heads kept as evidence; every other log goes on.
3. Entries are parsed and opened in order. An entry that is faulty is refused alone, and told to its
   publisher.
4. Entries, rings, tree, feed: one transaction. Dying before its commit: nothing was received. After: the
   next sync goes on behind it, and finds the key bundles still on the wire, which it has no more use for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from accord.errors import EvidenceFault, GrantFaulty, Malformed, OverDisclosed
from accord.keys import HpkePrivateKey, hpke_open
from accord.ledger import Tree
from accord.ports import Bundle, Database, Parameters, Transaction, Wire
from accord.replica import relations
from accord.replica.rings import HeldRing, RingStore
from accord.replica.verify import HeadReader, check_head, verify_bundle
from accord.seal import (
    Alarm,
    Book,
    Chain,
    Entry,
    KeyBundle,
    Labels,
    LogHead,
    Opened,
    OpenedAdoption,
    OpenedEvent,
    OpenedGrant,
    OpenedNotice,
    Position,
    Reading,
    Ring,
    Unopened,
    associated,
    control_chain,
    match_header,
    open_key_bundle,
    open_key_message,
    open_slot,
    origin_of,
    parse_entry,
    read_control,
    read_event,
)
from accord.sources import Clock
from accord.vault import Vault

_PAIR = b"pair key"
SHIFT = 40
Item = tuple[int, Opened]


@dataclass(slots=True)
class Origin:
    """How far a log has been received, and the control chain on which its publisher speaks to us."""

    no: int
    slug: str
    tree: Tree
    head: str | None
    control: Chain | None
    pair_key: bytes | None
    fault: str | None
    awaiting: dict[bytes, int] = field(default_factory=dict)


@dataclass(slots=True)
class Work:
    """What a bundle changes, until it is written."""

    origin: Origin
    rows: dict[str, list[Parameters]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    messages: dict[bytes, bytes] = field(default_factory=dict)
    fresh: dict[int, bytes] = field(default_factory=dict)
    seen: dict[bytes, int] = field(default_factory=dict)
    now: int = 0

    def add(self, table: str, *row: object) -> None:
        self.rows.setdefault(table, []).append(row)


_INSERTS = {
    **relations.INSERTS,
    "entry": "INSERT INTO entry (pos, leaf, data) VALUES (?, ?, ?)",
    "opened": (
        "INSERT INTO opened (pos, ring, positions, control) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (pos) DO UPDATE SET ring = excluded.ring, positions = excluded.positions"
    ),
    "lit": "DELETE FROM dark WHERE pos = ?",
    "dark": "INSERT INTO dark (pos, told) VALUES (?, 0)",
    "awaiting": "INSERT INTO awaiting (digest, pos, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    "arrived": "DELETE FROM awaiting WHERE digest = ?",
    "feed": "INSERT INTO feed (seq, what, origin, idx, detail, at) VALUES (?, ?, ?, ?, ?, ?)",
    "notice_due": "INSERT INTO notice_due (origin, idx, fault, entry_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
}
_FAULTS: dict[type[EvidenceFault], str] = {OverDisclosed: "over_disclosed", GrantFaulty: "grant_faulty"}


class Receiver:
    """The reading side's hand: the only one that writes the replica."""

    def __init__(
        self,
        slug: str,
        database: Database,
        wire: Wire,
        vault: Vault,
        clock: Clock,
        hpke_key: HpkePrivateKey,
        books: Mapping[bytes, Book],
        book: Callable[[], Book],
        labels: Labels,
        rings: RingStore,
    ) -> None:
        self._slug = slug
        self._database = database
        self._wire = wire
        self._vault = vault
        self._clock = clock
        self._hpke_key = hpke_key
        self._books = books
        self._book = book
        self._labels = labels
        self._rings = rings
        self._origins: dict[str, Origin] = {}
        self._seq = int(database.query("SELECT COALESCE(MAX(seq), 0) FROM feed")[0][0])

    # ---- One log ----

    def receive(self, slug: str) -> Iterator[list[Item]]:
        """Receive what is new of one log; after each bundle, what was opened of it, in order."""
        origin = self._origin(slug)
        if origin.fault is not None:
            return
        heads = HeadReader(origin_of(self._book().memorandum, slug), self._book().memorandum.agencies[slug])
        try:
            head = self._wire.head(slug)
            if head is None:
                return
            check_head(origin.tree, heads.open(head))
            yield from self._bundles(origin, heads)
        except EvidenceFault as fault:
            yield self._stop(origin, fault)

    def _bundles(self, origin: Origin, heads: HeadReader) -> Iterator[list[Item]]:
        waiting = self._key_bundles(origin)
        messages: dict[bytes, bytes] = {}
        used: list[int] = []
        pending = next(waiting, None)
        for bundle in self._wire.bundles(origin.slug, origin.tree.size):
            end = bundle.first_index + len(bundle.entries)
            while pending is not None and (not used or used[-1] < end):
                self._take_keys(origin, pending, messages)
                used.append(pending.covers)
                pending = next(waiting, None)
            yield self._take(origin, bundle, heads, messages)
            while used and used[0] <= end:
                self._wire.acknowledge(self._slug, origin.slug, used.pop(0))
            if not used:
                messages.clear()
        yield from self._late(origin, waiting, pending, messages, used)

    def _late(
        self,
        origin: Origin,
        waiting: Iterator[KeyBundle],
        pending: KeyBundle | None,
        messages: dict[bytes, bytes],
        used: list[int],
    ) -> Iterator[list[Item]]:
        """Key bundles that came after what they go with."""
        while pending is not None and pending.covers <= origin.tree.size:
            self._take_keys(origin, pending, messages)
            used.append(pending.covers)
            pending = next(waiting, None)
        claimed = [digest for digest in origin.awaiting if digest in messages]
        if claimed:
            yield self._catch_up(origin, {digest: messages[digest] for digest in claimed})
        for covers in used:
            if covers <= origin.tree.size:
                self._wire.acknowledge(self._slug, origin.slug, covers)

    def _key_bundles(self, origin: Origin) -> Iterator[KeyBundle]:
        memorandum = self._book().memorandum
        name = origin_of(memorandum, origin.slug)
        for covers, data in self._wire.keys(self._slug, origin.slug):
            row = memorandum.agencies[origin.slug].keys_at(covers)
            yield open_key_bundle(data, name, self._slug, covers, row.log if row else bytes(32))

    def _take_keys(self, origin: Origin, bundle: KeyBundle, messages: dict[bytes, bytes]) -> None:
        for message in bundle.messages:
            messages[hashlib.sha256(message).digest()] = message
        for generation, sealed in bundle.pair_keys:
            if origin.pair_key is None:
                info = pair_info(bundle.origin, self._slug, generation)
                origin.pair_key = hpke_open(self._hpke_key, info, sealed)
                origin.control = control_chain(origin.pair_key)

    # ---- One bundle ----

    def _take(
        self, origin: Origin, bundle: Bundle, heads: HeadReader, messages: dict[bytes, bytes]
    ) -> list[Item]:
        verified = verify_bundle(origin.tree, bundle, heads)
        work = Work(origin, messages=messages, now=self._clock.now())
        first_seq, control_n = self._seq, origin.control.n if origin.control else 0
        work.fresh = dict(enumerate(bundle.entries, bundle.first_index))
        entries = [self._parse(work, bundle.first_index + i, data) for i, data in enumerate(bundle.entries)]
        self._rings.fetch(origin.no, [entry for entry in entries if entry is not None])
        for offset, entry in enumerate(entries):
            index = bundle.first_index + offset
            work.add("entry", _pos(origin, index), verified.leaves[offset], bundle.entries[offset])
            if entry is not None:
                self._open(work, index, entry)
        self._tell(work, LogHead(origin.slug, verified.tree.size, work.now), "head", verified.tree.size)
        try:
            with self._database.transaction() as transaction:
                self._write(transaction, work, verified.tree, bundle.head)
        except BaseException:
            self._recover(origin, first_seq, control_n)
            raise
        origin.tree, origin.head = verified.tree, bundle.head
        return work.items

    def _parse(self, work: Work, index: int, data: bytes) -> Entry | None:
        try:
            return parse_entry(data)
        except Malformed as fault:
            self._refuse(work, index, bytes(16), fault)
            return None

    def _open(self, work: Work, index: int, entry: Entry) -> None:
        book = self._books.get(entry.memorandum)
        if book is None:
            self._tell(work, Unopened(work.origin.slug, index, entry.entry_id, False), "unopened", index)
            return
        try:
            if self._open_control(work, index, entry, book) or self._open_event(work, index, entry, book):
                return
        except EvidenceFault as fault:
            self._refuse(work, index, entry.entry_id, fault)
            return
        if book.memorandum.agencies[self._slug].role == "coordinator":
            work.add("dark", _pos(work.origin, index))

    def _open_control(self, work: Work, index: int, entry: Entry, book: Book) -> bool:
        control = work.origin.control
        if control is None or control.locator not in entry.locators:
            return False
        name = origin_of(book.memorandum, work.origin.slug)
        locator, key = control.keys
        n = control.n
        control.advance()
        bound = associated(name.encode(), entry.entry_id, entry.memorandum)
        said = read_control(
            book, name, index, entry, open_slot(entry, entry.locators.index(locator), key, bound)
        )
        work.add("opened", _pos(work.origin, index), None, None, n)
        self._tell(work, said, "control", index)
        if isinstance(said, OpenedGrant) and said.recipient == self._slug:
            self._take_grant(work, said, book)
        return True

    def _open_event(self, work: Work, index: int, entry: Entry, book: Book) -> bool:
        found = self._rings.find(entry)
        if found is None:
            return False
        held, slot, label = found
        name = origin_of(book.memorandum, work.origin.slug)
        try:
            reading = read_event(book, name, index, entry, held.ring, (slot, label))
        finally:
            self._rings.used(held, entry.locators[slot])
        if reading.event.file != held.file:
            raise Malformed("an event that names another file than its chain belongs to")
        self._refuse_replay(work, reading.event)
        self._note(work, index, held, reading.event, reading.positions, book)
        return True

    def _refuse_replay(self, work: Work, event: OpenedEvent) -> None:
        """An event id names one entry of one log, for good."""
        before = work.seen.setdefault(event.event_id, event.index)
        rows = self._database.query(
            "SELECT origin, idx FROM foreign_event WHERE event_id = ?", (event.event_id,)
        )
        if before != event.index or (rows and tuple(rows[0]) != (work.origin.slug, event.index)):
            raise Malformed("an event id that another entry has already")

    def _note(
        self,
        work: Work,
        index: int,
        held: HeldRing,
        event: OpenedEvent,
        positions: list[Position],
        book: Book,
    ) -> None:
        if work.origin.awaiting:
            event.awaiting = self._awaited(work.origin, event, book)
        seq = self._tell(work, event, "event", index, str(event.awaiting) if event.awaiting else None)
        work.add("opened", _pos(work.origin, index), held.id, self._labels.pack(positions), None)
        fields = agency_fields(book, event.kind)
        for table, rows in relations.rows_of(event, seq, self._slug, book.memorandum, fields).items():
            work.rows.setdefault(table, []).extend(rows)

    # ---- Our own log, and what is dark ----

    def absorb(self, slug: str, said: list[Opened], size: int) -> list[Item]:
        """Put entries of our own into the feed, up to `size`."""
        origin = self._origin(slug)
        work, first_seq = Work(origin, now=self._clock.now()), self._seq
        for one in said:
            assert not isinstance(one, LogHead)
            what = "event" if isinstance(one, OpenedEvent) else "control"
            seq = self._tell(work, one, what, one.index)
            if isinstance(one, OpenedEvent):
                book = self._books[one.memorandum]
                fields = agency_fields(book, one.kind)
                for table, rows in relations.rows_of(one, seq, slug, book.memorandum, fields).items():
                    work.rows.setdefault(table, []).extend(rows)
        self._tell(work, LogHead(slug, size, work.now), "head", size)
        try:
            with self._database.transaction() as transaction:
                for table, rows in work.rows.items():
                    transaction.executemany(_INSERTS[table], rows)
                transaction.execute(
                    "UPDATE origin SET size = ?, verified_at = ? WHERE no = ?", (size, work.now, origin.no)
                )
        except BaseException:
            self._recover(origin, first_seq, 0)
            raise
        return work.items

    def tell_dark(self, alarms: list[Alarm]) -> list[Item]:
        """Raise an alarm for each dark entry, once."""
        items: list[Item] = []
        for alarm in alarms:
            origin = self._origin(alarm.origin)
            work = Work(origin, now=self._clock.now())
            self._tell(work, alarm, "alarm", alarm.index, f"{alarm.kind}: {alarm.detail}")
            data = self._database.query("SELECT data FROM entry WHERE pos = ?", (_pos(origin, alarm.index),))[
                0
            ][0]
            work.add("notice_due", alarm.origin, alarm.index, alarm.kind, parse_entry(bytes(data)).entry_id)
            with self._database.transaction() as transaction:
                for table, rows in work.rows.items():
                    transaction.executemany(_INSERTS[table], rows)
                transaction.execute("UPDATE dark SET told = 1 WHERE pos = ?", (_pos(origin, alarm.index),))
            items += work.items
        return items

    # ---- Grants ----

    def _take_grant(self, work: Work, grant: OpenedGrant, book: Book) -> None:
        message = work.messages.get(grant.key_message)
        if message is None:
            work.origin.awaiting[grant.key_message] = _pos(work.origin, grant.index)
            work.add("awaiting", grant.key_message, _pos(work.origin, grant.index), work.now)
            return
        fresh = self._open_grant(work.origin, grant, message, book)
        self._hold(work, grant, fresh)

    def _open_grant(self, origin: Origin, grant: OpenedGrant, message: bytes, book: Book) -> Ring:
        """The chains of a grant as a ring of their own, standing at their first uses."""
        assert origin.pair_key is not None
        if any(not book.admits(label, self._slug) for label, _ in grant.chains):
            raise OverDisclosed("a grant hands over a chain that this agency is no reader of")
        keys = open_key_message(
            origin_of(book.memorandum, origin.slug).encode(),
            self._slug,
            grant.entry_id,
            origin.pair_key,
            message,
            len(grant.chains),
            grant.chain_keys,
        )
        fresh = Ring()
        for (label, first), key in zip(grant.chains, keys, strict=True):
            fresh.hold(label, first, key, fresh.n.get(label, first))
        return fresh

    def _hold(self, work: Work, grant: OpenedGrant, fresh: Ring) -> None:
        """Keep what a grant handed over; open the earlier entries that it names."""
        origin = work.origin
        readings = [self._read_earlier(work, grant, index, fresh) for index in grant.entries]  # all, or none
        held = self._rings.of_file(origin.no, grant.file) or self._rings.new(origin.no, grant.file)
        for index, reading, earlier in readings:
            work.add("lit", _pos(origin, index))
            self._note(work, index, held, reading.event, reading.positions, earlier)
        for label, first, key in fresh.segments:
            held.ring.hold(label, first, key, fresh.n[label])
        self._rings.granted(held)

    def _read_earlier(
        self, work: Work, grant: OpenedGrant, index: int, fresh: Ring
    ) -> tuple[int, Reading, Book]:
        if not 0 <= index < grant.index:
            raise GrantFaulty("a grant names an earlier entry that is not earlier")
        data = work.fresh.get(index)
        if data is None:
            rows = self._database.query("SELECT data FROM entry WHERE pos = ?", (_pos(work.origin, index),))
            data = bytes(rows[0][0])
        entry = parse_entry(data)
        at = match_header(entry, fresh, [label for label in fresh.labels if label.startswith("#")])
        earlier = self._books.get(entry.memorandum)
        if at is None or earlier is None:
            raise GrantFaulty("a grant names an earlier entry that it does not open")
        name = origin_of(earlier.memorandum, work.origin.slug)
        reading = read_event(earlier, name, index, entry, fresh, at)
        if reading.event.file != grant.file:
            raise GrantFaulty("a grant names an earlier entry of another file")
        return index, reading, earlier

    def _catch_up(self, origin: Origin, messages: dict[bytes, bytes]) -> list[Item]:
        """Key messages that came late: their grants, and the entries since then that they open, one pass over the log."""
        work = Work(origin, messages=messages, now=self._clock.now())
        first_seq = self._seq
        starts = []
        for digest in messages:
            pos = origin.awaiting.pop(digest)
            starts.append(self._take_late(work, digest, pos))
        self._open_since(work, min(starts))
        try:
            with self._database.transaction() as transaction:
                self._write(transaction, work, origin.tree, origin.head)
        except BaseException:
            self._recover(origin, first_seq, origin.control.n if origin.control else 0)
            raise
        return work.items

    def _take_late(self, work: Work, digest: bytes, pos: int) -> int:
        work.add("arrived", digest)
        index = pos & ((1 << SHIFT) - 1)
        entry = parse_entry(bytes(self._database.query("SELECT data FROM entry WHERE pos = ?", (pos,))[0][0]))
        book = self._books[entry.memorandum]
        grant = self.reopen_control(work.origin.slug, index)
        assert isinstance(grant, OpenedGrant)
        try:
            self._hold(work, grant, self._open_grant(work.origin, grant, work.messages[digest], book))
        except EvidenceFault as fault:
            self._refuse(work, index, entry.entry_id, fault)
        return index

    def _open_since(self, work: Work, start: int) -> None:
        origin = work.origin
        last = _pos(origin, origin.tree.size)
        rows = self._database.stream(
            "SELECT pos, data FROM entry WHERE pos >= ? AND pos < ?", (_pos(origin, start), last)
        )
        for pos, data in rows:
            try:
                entry = parse_entry(bytes(data))
            except Malformed:
                continue  # refused and told when it came
            book = self._books.get(entry.memorandum)
            if book is not None and self._rings.find(entry) is not None:
                try:
                    work.add("lit", pos)
                    self._open_event(work, pos & ((1 << SHIFT) - 1), entry, book)
                except EvidenceFault as fault:
                    self._refuse(work, pos & ((1 << SHIFT) - 1), entry.entry_id, fault)

    def _awaited(self, origin: Origin, event: OpenedEvent, book: Book) -> int:
        mine = 0
        for part in book.plan(event.kind).parts:
            bit = 1 << part.audience.index
            if not event.opened & bit and any(book.admits(label, self._slug) for label in part.labels):
                mine |= bit
        return mine

    # ---- Telling and writing ----

    def _tell(self, work: Work, item: Opened, what: str, index: int, detail: str | None = None) -> int:
        self._seq += 1
        work.items.append((self._seq, item))
        work.add("feed", self._seq, what, work.origin.slug, index, detail, work.now)
        return self._seq

    def _refuse(self, work: Work, index: int, entry_id: bytes, fault: EvidenceFault) -> None:
        kind = _FAULTS.get(type(fault), "entry_refused")
        detail = f"{kind}: {fault.message}"
        self._tell(work, Alarm(work.origin.slug, index, kind, fault.message), "alarm", index, detail)
        work.add("notice_due", work.origin.slug, index, kind, entry_id)

    def _stop(self, origin: Origin, fault: EvidenceFault) -> list[Item]:
        """Stop a log for good, with both heads as evidence; only a person lets it go on."""
        work = Work(origin, now=self._clock.now())
        index = origin.tree.size
        seen = self._wire.head(origin.slug)
        detail = f"log_stopped: {fault.message}"
        self._tell(work, Alarm(origin.slug, index, "log_stopped", fault.message), "alarm", index, detail)
        origin.fault = fault.message
        with self._database.transaction() as transaction:
            for table, rows in work.rows.items():
                transaction.executemany(_INSERTS[table], rows)
            transaction.execute(
                "UPDATE origin SET fault = ?, evidence = ? WHERE no = ?", (fault.message, seen, origin.no)
            )
        return work.items

    def _write(self, transaction: Transaction, work: Work, tree: Tree, head: str | None) -> None:
        origin = work.origin
        self._rings.write(transaction)
        for statement, rows in self._labels.unwritten():
            transaction.executemany(statement, rows)
        for table, rows in work.rows.items():
            transaction.executemany(_INSERTS[table], rows)
        closed = self._vault.close(origin.pair_key, _PAIR, origin.slug.encode()) if origin.pair_key else None
        transaction.execute(
            "UPDATE origin SET size = ?, frontier = ?, head = ?, verified_at = ?, pair_key = ?, control_n = ? WHERE no = ?",
            (
                tree.size,
                b"".join(tree.frontier),
                head,
                work.now,
                closed,
                origin.control.n if origin.control else 0,
                origin.no,
            ),
        )

    def _recover(self, origin: Origin, seq: int, control_n: int) -> None:
        self._seq = seq
        self._rings.forget()
        self._labels.reload()
        self._origins.pop(origin.slug, None)

    def _origin(self, slug: str) -> Origin:
        known = self._origins.get(slug)
        if known is None:
            with self._database.transaction() as transaction:
                transaction.execute(_NEW_ORIGIN, (slug,))
            row = self._database.query(
                "SELECT no, size, frontier, head, pair_key, control_n, fault FROM origin WHERE slug = ?",
                (slug,),
            )[0]
            frontier = [bytes(row[2][i : i + 32]) for i in range(0, len(row[2]), 32)]
            pair_key = self._vault.open(bytes(row[4]), _PAIR) if row[4] else None
            control = control_chain(pair_key, row[5]) if pair_key else None
            tree = Tree() if slug == self._slug else Tree(row[1], frontier)  # our own tree is our log's
            known = Origin(row[0], slug, tree, row[3], control, pair_key, row[6])
            awaiting = self._database.query(
                "SELECT digest, pos FROM awaiting WHERE pos >> 40 = ?", (known.no,)
            )
            known.awaiting = {bytes(digest): pos for digest, pos in awaiting}
            self._origins[slug] = known
        return known

    # ---- Opening again ----

    def reopen_control(self, slug: str, index: int) -> OpenedGrant | OpenedAdoption | OpenedNotice:
        """A control entry that was opened before."""
        origin = self._origin(slug)
        pos = _pos(origin, index)
        data, n = self._database.query(
            "SELECT data, control FROM entry JOIN opened ON opened.pos = entry.pos WHERE entry.pos = ?",
            (pos,),
        )[0]
        assert origin.pair_key is not None
        entry = parse_entry(bytes(data))
        locator, key = control_chain(origin.pair_key, n).keys
        book = self._books[entry.memorandum]
        name = origin_of(book.memorandum, slug)
        bound = associated(name.encode(), entry.entry_id, entry.memorandum)
        return read_control(
            book, name, index, entry, open_slot(entry, entry.locators.index(locator), key, bound)
        )


_NEW_ORIGIN = (
    "INSERT INTO origin (slug, size, frontier, head, verified_at, pair_key, generation, control_n, fault, evidence)"
    " VALUES (?, 0, x'', NULL, 0, NULL, 0, 0, NULL, NULL) ON CONFLICT (slug) DO NOTHING"
)


def pair_info(origin: str, recipient: str, generation: int) -> bytes:
    """What a pair key is bound to (HPKE info): publisher, recipient, generation."""
    return b"accord/1 pair\n" + f"{origin}\n{recipient}\n{generation}".encode()


def agency_fields(book: Book, kind: str) -> frozenset[str]:
    """The fields of a kind that hold an agency."""
    return frozenset(
        one.spec.name for one in book.vocabulary.events[kind].fields if one.spec.type == "agency"
    )


def _pos(origin: Origin, index: int) -> int:
    return origin.no << SHIFT | index
