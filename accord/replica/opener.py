"""Opening the entries of one log in order: control entries, events, grants; what is faulty is refused alone.

An entry that is refused stays in the copy of the log, and its publisher is told.
"""

from __future__ import annotations

from collections.abc import Mapping

from accord.errors import EvidenceFault, GrantFaulty, Malformed, OverDisclosed
from accord.ports import Database
from accord.replica import relations
from accord.replica.rings import HeldRing, RingStore
from accord.replica.work import Feed, Origin, Work, index_of, pos
from accord.seal import (
    HEADER_MARK,
    KEYS_ASKED,
    VOIDED,
    Book,
    Control,
    Entry,
    Labels,
    OpenedEvent,
    OpenedGrant,
    OpenedNotice,
    OpenedReadsHead,
    Position,
    Reading,
    Ring,
    Share,
    Unopened,
    associated,
    control_chain,
    match_header,
    open_key_message,
    open_slot,
    origin_of,
    parse_entry,
    read_control,
    read_event,
)

_UNOPENED = (
    "SELECT pos, data FROM entry WHERE pos >= ? AND pos < ?"
    " AND NOT EXISTS (SELECT 1 FROM opened WHERE opened.pos = entry.pos) ORDER BY pos"
)
_INDEX_OF = "SELECT idx FROM foreign_event WHERE event_id = ? AND origin = ?"
_DAY = 86_400 * 1_000_000  # microseconds
_FAULTS: dict[type[EvidenceFault], str] = {OverDisclosed: "over_disclosed", GrantFaulty: "grant_faulty"}


class Opener:
    """Opens entries with the keys of one home and notes in the work what was opened."""

    def __init__(
        self,
        slug: str,
        database: Database,
        books: Mapping[bytes, Book],
        labels: Labels,
        rings: RingStore,
        feed: Feed,
    ) -> None:
        self._slug = slug
        self._database = database
        self._books = books
        self._labels = labels
        self._rings = rings
        self._feed = feed
        self._matters: dict[bytes, frozenset[str]] = {}

    def parse(self, work: Work, index: int, data: bytes) -> Entry | None:
        """The entry in these bytes; one that is malformed is refused alone."""
        try:
            return parse_entry(data)
        except Malformed as fault:
            self._refuse(work, index, bytes(16), fault)
            return None

    def open(self, work: Work, index: int, entry: Entry) -> None:
        """Open what our keys open of an entry, in the order of its log."""
        book = self._books.get(entry.memorandum)
        if book is None:
            self._feed.tell(work, Unopened(work.origin.slug, index, entry.entry_id, False), "unopened", index)
            return
        try:
            if self._open_control(work, index, entry, book) or self._open_event(work, index, entry, book):
                return
        except EvidenceFault as fault:
            self._refuse(work, index, entry.entry_id, fault)
            return
        finally:
            work.origin.version = max(work.origin.version, book.memorandum.version)
        if self._role_under(book) == "coordinator":
            work.add("dark", pos(work.origin, index))

    def _refuse_going_back(self, work: Work, index: int, book: Book, recorded_at: int) -> None:
        """A log's own time and the version that it follows never go back; of what came late that was asked when it came."""
        origin = work.origin
        if index not in work.fresh:
            return
        if book.memorandum.version < origin.version:
            raise Malformed("an entry under a version of the memorandum that its log has left")
        if recorded_at < origin.recorded_at:
            raise Malformed("an entry that was recorded before what its log had said already")
        origin.recorded_at = recorded_at
        if recorded_at > work.now + _DAY:
            self._feed.alarm(work, index, "clock_ahead", "recorded more than a day ahead of our clock")

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
        self._refuse_going_back(work, index, book, said.recorded_at)
        if isinstance(said, OpenedGrant):
            self._refuse_others(said, book)
        work.add("opened", pos(work.origin, index), None, None, n)
        note = said.note if isinstance(said, OpenedReadsHead) else None
        self._feed.tell(work, said, "control", index, note)
        if isinstance(said, OpenedGrant):
            self._take_grant(work, said, book)
        elif isinstance(said, OpenedNotice) and (said.fault, said.about_origin) == (KEYS_ASKED, self._slug):
            work.add("keys_due", work.origin.slug, max(0, said.about_index))
        return True

    def _open_event(self, work: Work, index: int, entry: Entry, book: Book) -> bool:
        found = self._rings.find(work.origin.no, entry)
        if found is None:
            return False
        held, slot, label = found
        name = origin_of(book.memorandum, work.origin.slug)
        try:
            reading = read_event(book, name, index, entry, held.ring, (slot, label))
        except EvidenceFault:  # what it used is used: the file goes on behind it
            held.ring.pass_over(entry.locators)
            raise
        finally:
            self._rings.used(held, entry.locators[slot], label)
        event = reading.event
        if event.file != held.file:
            raise Malformed("an event that names another file than its chain belongs to")
        if event.kind != VOIDED and held.file_class not in ("", event.file_class):
            raise Malformed("an event of a kind that its file's class does not have")
        self._refuse_going_back(work, index, book, event.recorded_at)
        self._refuse_replay(work, event)
        event.awaiting = self._lacking(work, index, event, book)
        self._note(work, index, held, event, reading.positions, book)
        return True

    def _lacking(self, work: Work, index: int, event: OpenedEvent, book: Book) -> int:
        """What this agency is entitled to of an event whose header it has opened, and cannot open."""
        if work.origin.awaiting:
            return self._awaited(event, book)
        lacking = book.entitled_slots(event.kind, self._slug) & ~event.opened
        if lacking:
            self._feed.alarm(
                work, index, "slots_lacking", "no grant has opened what this agency is entitled to"
            )
        return lacking

    def _refuse_replay(self, work: Work, event: OpenedEvent) -> None:
        """An event id names one entry of a log, for good. Whether another log has it too, no order of arrival may decide."""
        before = work.seen.setdefault(event.event_id, event.index)
        rows = self._database.query(_INDEX_OF, (event.event_id, work.origin.slug))
        if before != event.index or (rows and rows[0][0] != event.index):
            raise Malformed("an event id that another entry of this log has already")

    def _note(
        self,
        work: Work,
        index: int,
        held: HeldRing,
        event: OpenedEvent,
        positions: list[Position],
        book: Book,
    ) -> None:
        seq = self._feed.tell(work, event, "event", index, str(event.awaiting) if event.awaiting else None)
        work.add("opened", pos(work.origin, index), held.id, self._labels.pack(positions), None)
        self.relate(work, seq, event)

    def relate(self, work: Work, seq: int, event: OpenedEvent) -> None:
        """Note what an event says about others; one of our own too."""
        book = self._books[event.memorandum]
        matters = self._matters.get(event.memorandum)
        if matters is None:
            adopted = [one.memorandum for one in self._books.values()]
            matters = self._matters[event.memorandum] = relations.matters(book.memorandum, adopted)
        fields = book.plan(event.kind).agency_fields
        for table, rows in relations.rows_of(event, seq, self._slug, matters, fields).items():
            work.rows.setdefault(table, []).extend(rows)

    # ---- Grants ----

    def _role_under(self, book: Book) -> str | None:
        """Our role in the version that an entry names; None where that is from before we joined."""
        own = book.memorandum.agencies.get(self._slug)
        return own.role if own else None

    def _refuse_others(self, grant: OpenedGrant, book: Book) -> None:
        """Only who watches is told of other agencies' shares."""
        if self._slug in book.memorandum.watching(grant.file_class):
            return
        if any(share.recipient != self._slug for share in grant.shares):
            raise OverDisclosed("a grant tells an agency what other agencies were given")

    def _take_grant(self, work: Work, grant: OpenedGrant, book: Book) -> None:
        """Take our share of a grant, or wait for its keys."""
        share = self._own_share(grant)
        if share is None:
            return
        if any(not book.admits(label, self._slug) for label, _ in share.chains):
            raise OverDisclosed("a grant hands over a chain that this agency is no reader of")
        message = work.messages.get(share.key_message)
        if message is None:
            work.origin.awaiting[share.key_message] = pos(work.origin, grant.index)
            work.add("awaiting", share.key_message, pos(work.origin, grant.index), work.now)
            return
        self._hold(work, grant, share, self._open_share(work.origin, grant, share, message, book))

    def _own_share(self, grant: OpenedGrant) -> Share | None:
        return next((one for one in grant.shares if one.recipient == self._slug), None)

    def _open_share(
        self, origin: Origin, grant: OpenedGrant, share: Share, message: bytes, book: Book
    ) -> Ring:
        """The chains of a share as a ring of their own, standing at their first uses."""
        assert origin.pair_key is not None
        name = origin_of(book.memorandum, origin.slug).encode()
        count = len(share.chains)
        keys = open_key_message(name, self._slug, grant.entry_id, origin.pair_key, message, count)
        fresh = Ring()
        for (label, first), key in zip(share.chains, keys, strict=True):
            fresh.hold(label, first, key, fresh.n.get(label, first))
        return fresh

    def _hold(self, work: Work, grant: OpenedGrant, share: Share, fresh: Ring) -> None:
        """Keep what a share handed over; open the earlier entries that it names."""
        origin = work.origin
        readings = [self._read_earlier(work, grant, index, fresh) for index in share.entries]  # all, or none
        held = self._rings.of_file(origin.no, grant.file)
        held = held or self._rings.new(origin.no, grant.file, grant.file_class)
        if held.file_class not in ("", grant.file_class):
            raise GrantFaulty("a grant that calls a file of another class than the grants before it")
        held.file_class = grant.file_class
        for index, reading, earlier in readings:
            work.add("lit", pos(origin, index))
            self._note_earlier(work, index, held, reading, earlier)
        for label, first, key in fresh.segments:
            held.ring.hold(label, first, key, fresh.n[label])
        self._rings.granted(held)

    def _note_earlier(self, work: Work, index: int, held: HeldRing, reading: Reading, book: Book) -> None:
        """Note what a grant opens of an earlier entry beyond what was open already."""
        place = pos(work.origin, index)
        rows = self._database.query("SELECT positions FROM opened WHERE pos = ?", (place,))
        known = work.opened.get(place, bytes(rows[0][0]) if rows and rows[0][0] is not None else b"")
        before = self._labels.unpack(known)
        more = [one for one in reading.positions if one not in before]
        if more:
            positions = [*before, *more]
            work.opened[place] = self._labels.pack(positions)
            self._note(work, index, held, reading.event, positions, book)

    def _read_earlier(
        self, work: Work, grant: OpenedGrant, index: int, fresh: Ring
    ) -> tuple[int, Reading, Book]:
        if not 0 <= index < grant.index:
            raise GrantFaulty("a grant names an earlier entry that is not earlier")
        data = work.fresh.get(index)
        if data is None:
            rows = self._database.query("SELECT data FROM entry WHERE pos = ?", (pos(work.origin, index),))
            data = bytes(rows[0][0])
        entry = parse_entry(data)
        at = match_header(entry, fresh, [label for label in fresh.labels if label.startswith(HEADER_MARK)])
        earlier = self._books.get(entry.memorandum)
        if at is None or earlier is None:
            raise GrantFaulty("a grant names an earlier entry that it does not open")
        name = origin_of(earlier.memorandum, work.origin.slug)
        reading = read_event(earlier, name, index, entry, fresh, at)
        if reading.event.file != grant.file:
            raise GrantFaulty("a grant names an earlier entry of another file")
        if reading.event.kind != VOIDED and reading.event.file_class != grant.file_class:
            raise GrantFaulty("a grant names an earlier entry of another class than its file's")
        return index, reading, earlier

    def take_late(self, work: Work, digest: bytes, place: int) -> int:
        """Take a grant whose key message came late; returns its log index."""
        work.add("arrived", digest)
        index = index_of(place)
        entry = parse_entry(
            bytes(self._database.query("SELECT data FROM entry WHERE pos = ?", (place,))[0][0])
        )
        book = self._books[entry.memorandum]
        grant = self.control(work.origin, index)
        assert isinstance(grant, OpenedGrant)
        share = self._own_share(grant)
        assert share is not None
        try:
            fresh = self._open_share(work.origin, grant, share, work.messages[digest], book)
            self._hold(work, grant, share, fresh)
        except EvidenceFault as fault:
            self._refuse(work, index, entry.entry_id, fault)
        return index

    def open_since(self, work: Work, start: int) -> None:
        """Open what late grants open of the entries from `start` on: one pass over the log."""
        origin = work.origin
        last = pos(origin, origin.tree.size)
        rows = self._database.stream(
            "SELECT pos, data FROM entry WHERE pos >= ? AND pos < ?", (pos(origin, start), last)
        )
        for place, data in rows:
            try:
                entry = parse_entry(bytes(data))
            except Malformed:
                continue  # refused and told when it came
            book = self._books.get(entry.memorandum)
            if book is not None and self._rings.find(origin.no, entry) is not None:
                try:
                    work.add("lit", place)
                    self._open_event(work, index_of(place), entry, book)
                except EvidenceFault as fault:
                    self._refuse(work, index_of(place), entry.entry_id, fault)

    def open_again(self, work: Work) -> None:
        """Open what can be opened of a log that was received before its pair key was here, in its order."""
        origin = work.origin
        span = (pos(origin, 0), pos(origin, origin.tree.size))
        for place, data in self._database.stream(_UNOPENED, span):
            index = index_of(place)
            try:
                entry = parse_entry(bytes(data))
            except Malformed:
                continue  # refused and told when it came
            book = self._books.get(entry.memorandum)
            try:
                if book is not None and (
                    self._open_control(work, index, entry, book) or self._open_event(work, index, entry, book)
                ):
                    work.add("lit", place)
            except EvidenceFault as fault:
                self._refuse(work, index, entry.entry_id, fault)

    def _awaited(self, event: OpenedEvent, book: Book) -> int:
        mine = 0
        for part in book.plan(event.kind).parts:
            bit = 1 << part.audience.index
            if not event.opened & bit and any(book.admits(label, self._slug) for label in part.labels):
                mine |= bit
        return mine

    def _refuse(self, work: Work, index: int, entry_id: bytes, fault: EvidenceFault) -> None:
        kind = _FAULTS.get(type(fault), "entry_refused")
        self._feed.alarm(work, index, kind, fault.message)
        work.add("notice_due", work.origin.slug, index, kind, entry_id)

    def control(self, origin: Origin, index: int) -> Control:
        """A control entry that was opened before."""
        data, n = self._database.query(
            "SELECT data, control FROM entry JOIN opened ON opened.pos = entry.pos WHERE entry.pos = ?",
            (pos(origin, index),),
        )[0]
        assert origin.pair_key is not None
        entry = parse_entry(bytes(data))
        locator, key = control_chain(origin.pair_key, n).keys
        book = self._books[entry.memorandum]
        name = origin_of(book.memorandum, origin.slug)
        bound = associated(name.encode(), entry.entry_id, entry.memorandum)
        return read_control(
            book, name, index, entry, open_slot(entry, entry.locators.index(locator), key, bound)
        )
