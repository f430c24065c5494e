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
from collections.abc import Callable, Iterator, Mapping, Sequence

from accord.errors import EntriesLost, EvidenceFault, LogForked, Malformed, Overtaken
from accord.keys import KEY_SIZE, HpkePrivateKey, hpke_open_any
from accord.ledger import Tree
from accord.ports import Bundle, Database, Transaction, Wire
from accord.replica.opener import Opener
from accord.replica.rings import RingStore
from accord.replica.verify import HeadReader, check_head, verify_bundle
from accord.replica.work import Feed, Item, Origin, Work, pos
from accord.seal import (
    Alarm,
    Book,
    Control,
    KeyBundle,
    Labels,
    LogHead,
    Opened,
    OpenedEvent,
    OpenedReadsHead,
    control_chain,
    open_key_bundle,
    origin_of,
    parse_entry,
)
from accord.sources import Clock
from accord.vault import Vault

_PAIR = b"pair key"
_LOOK_NOTED = 3_600 * 1_000_000  # microseconds
_TOLD_ALREADY = "SELECT 1 FROM feed WHERE what = 'alarm' AND origin = ? AND idx = ? AND detail = ?"
_SAID_ALREADY = "SELECT 1 FROM feed WHERE what = 'alarm' AND origin = ? AND detail = ?"


class Receiver:
    """The reading side's hand: the only one that writes the replica."""

    def __init__(
        self,
        slug: str,
        database: Database,
        wire: Wire,
        vault: Vault,
        clock: Clock,
        hpke_keys: Sequence[HpkePrivateKey],
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
        self._hpke_keys = hpke_keys
        self._book = book
        self._labels = labels
        self._rings = rings
        self._origins: dict[str, Origin] = {}
        self._feed = Feed(int(database.query("SELECT COALESCE(MAX(seq), 0) FROM feed")[0][0]))
        self._opener = Opener(slug, database, books, labels, rings, self._feed)

    # ---- One log ----

    def receive(self, slug: str) -> Iterator[list[Item]]:
        """Receive what is new of one log; after each bundle, what was opened of it, in order."""
        origin = self._origin(slug)
        if origin.forked:
            return
        heads = HeadReader(origin_of(self._book().memorandum, slug), self._book().memorandum.agencies[slug])
        try:
            head = self._wire.head(slug)
            if head is None:
                self._require_nothing_lost(origin)
                return
            checkpoint = heads.open(head)
            check_head(origin.tree, checkpoint, heads)
            if checkpoint.size > origin.tree.size:
                now = self._clock.now()
                origin.heard = self._heard(origin, now, untold=now)
            yield from self._bundles(origin, heads)
            yield from self._looked_at(origin, origin.tree.size)
            self._go_on(origin)
        except EvidenceFault as fault:
            if fault.message != origin.fault:
                yield self._stop(origin, fault)

    def _require_nothing_lost(self, origin: Origin) -> None:
        if origin.tree.size:
            raise EntriesLost(
                f"the wire holds nothing of this log, of which {origin.tree.size} entries were verified here",
                where=origin.slug,
                advice="Bring the wire's copy back, or let its agency publish its whole log again.",
            )

    def _bundles(self, origin: Origin, heads: HeadReader) -> Iterator[list[Item]]:
        if origin.pair_key is None and origin.tree.size:
            yield from self._first_keys(origin)
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
        yield from self._tell_refused(origin)

    def _tell_refused(self, origin: Origin) -> Iterator[list[Item]]:
        """Raise an alarm for each key bundle that was refused, once; it stays on the wire, and its grants wait."""
        refused, origin.refused = origin.refused, {}
        for covers, fault in refused.items():
            if not self._database.query(
                _TOLD_ALREADY, (origin.slug, covers, f"key_bundle_refused: {fault.message}")
            ):
                yield self._alarm(origin, covers, "key_bundle_refused", fault.message)

    def alarm(self, slug: str, kind: str, detail: str) -> Iterator[list[Item]]:
        """Raise an alarm about the wire of a log, once; `detail` says where on the wire, and never holds a value."""
        if not self._database.query(_SAID_ALREADY, (slug, f"{kind}: {detail}")):
            origin = self._origin(slug)
            yield self._alarm(origin, origin.tree.size, kind, detail)

    def _alarm(self, origin: Origin, index: int, kind: str, detail: str) -> list[Item]:
        work = Work(origin, now=self._clock.now())
        self._feed.alarm(work, index, kind, detail)
        with self._database.transaction() as transaction:
            work.write(transaction)
        return work.items

    def _looked_at(self, origin: Origin, size: int) -> Iterator[list[Item]]:
        """Note from time to time that an agency without new entries was heard: so its silence can be told apart."""
        noted = self._database.query("SELECT verified_at FROM origin WHERE no = ?", (origin.no,))[0][0]
        work = Work(origin, now=self._clock.now())
        if work.now - noted < _LOOK_NOTED:
            return
        work.heard = self._heard(origin, work.now, untold=noted)
        if work.heard - noted >= _LOOK_NOTED:
            self._tell_heard(work, size)
            with self._database.transaction() as transaction:
                work.write(transaction)
                transaction.execute("UPDATE origin SET verified_at = ? WHERE no = ?", (work.heard, origin.no))
            yield work.items

    def _heard(self, origin: Origin, now: int, untold: int) -> int:
        """When an agency last left a head, new or again, by our clock; `untold` where its carrier does not tell."""
        if origin.slug == self._slug:
            return now
        silent = self._wire.silent_for(origin.slug)
        return untold if silent is None else max(0, now - silent)

    def _tell_heard(self, work: Work, size: int) -> None:
        """Put the head of a log into the feed, with the time at which its agency was heard."""
        head = LogHead(work.origin.slug, size, work.heard)
        self._feed.tell(work, head, "head", size, str(work.heard))

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
        for covers, left in self._wire.keys(self._slug, origin.slug):
            if isinstance(left, Malformed):
                origin.refused[covers] = left
                continue
            key = memorandum.agencies[origin.slug].log_key_at(covers)
            try:
                yield open_key_bundle(left, name, self._slug, covers, key)
            except (
                EvidenceFault
            ) as fault:  # whoever carries the wire could put it there: the log goes on without
                origin.refused[covers] = fault

    def _take_keys(self, origin: Origin, bundle: KeyBundle, messages: dict[bytes, bytes]) -> None:
        for message in bundle.messages:
            messages[hashlib.sha256(message).digest()] = message
        for generation, sealed in bundle.pair_keys:
            if origin.pair_key is None:
                info = pair_info(bundle.origin, self._slug, generation)
                key = hpke_open_any(self._hpke_keys, info, sealed)
                if len(key) != KEY_SIZE:
                    raise Malformed("a pair key of another size than 32 bytes")
                origin.pair_key, origin.control = key, control_chain(key)

    # ---- One bundle ----

    def _take(
        self, origin: Origin, bundle: Bundle, heads: HeadReader, messages: dict[bytes, bytes]
    ) -> list[Item]:
        verified = verify_bundle(origin.tree, bundle, heads)
        work = Work(origin, messages=messages, now=self._clock.now())
        work.heard = origin.heard
        first_seq = self._feed.seq
        work.fresh = dict(enumerate(bundle.entries, bundle.first_index))
        entries = [
            self._opener.parse(work, bundle.first_index + i, data) for i, data in enumerate(bundle.entries)
        ]
        self._rings.fetch(origin.no, [entry for entry in entries if entry is not None])
        for offset, entry in enumerate(entries):
            index = bundle.first_index + offset
            work.add("entry", pos(origin, index), verified.leaves[offset], bundle.entries[offset])
            if entry is not None:
                self._opener.open(work, index, entry)
        self._tell_heard(work, verified.tree.size)
        self._commit(work, first_seq, lambda now: self._write(now, work, verified.tree, bundle.head))
        origin.tree, origin.head = verified.tree, bundle.head
        return work.items

    # ---- Our own log, and what is dark ----

    def absorb(self, slug: str, said: list[Opened], size: int) -> list[Item]:
        """Put entries of our own into the feed, up to `size`."""
        origin = self._origin(slug)
        work, first_seq = Work(origin, now=self._clock.now()), self._feed.seq
        for one in said:
            assert not isinstance(one, LogHead)
            what = "event" if isinstance(one, OpenedEvent) else "control"
            note = one.note if isinstance(one, OpenedReadsHead) else None
            seq = self._feed.tell(work, one, what, one.index, note)
            if isinstance(one, OpenedEvent):
                self._opener.relate(work, seq, one)
        work.heard = work.now
        self._tell_heard(work, size)
        self._commit(work, first_seq, lambda now: self._write_own(now, work, size))
        return work.items

    def looked_at_own(self, size: int) -> Iterator[list[Item]]:
        """Our own log, of this size, was looked at."""
        return self._looked_at(self._origin(self._slug), size)

    def tell_dark(self, alarms: list[Alarm]) -> list[Item]:
        """Raise an alarm for each dark entry, once."""
        items: list[Item] = []
        for alarm in alarms:
            origin = self._origin(alarm.origin)
            work = Work(origin, now=self._clock.now())
            self._feed.tell(work, alarm, "alarm", alarm.index, f"{alarm.kind}: {alarm.detail}")
            data = self._database.query("SELECT data FROM entry WHERE pos = ?", (pos(origin, alarm.index),))[
                0
            ][0]
            work.add("notice_due", alarm.origin, alarm.index, alarm.kind, parse_entry(bytes(data)).entry_id)
            with self._database.transaction() as transaction:
                work.write(transaction)
                transaction.execute("UPDATE dark SET told = 1 WHERE pos = ?", (pos(origin, alarm.index),))
            items += work.items
        return items

    def _catch_up(self, origin: Origin, messages: dict[bytes, bytes]) -> list[Item]:
        """Key messages that came late: their grants, and the entries since then that they open, one pass over the log."""
        work = Work(origin, messages=messages, now=self._clock.now())
        first_seq = self._feed.seq
        starts = []
        for digest in messages:
            starts.append(self._opener.take_late(work, digest, origin.awaiting.pop(digest)))
        self._opener.open_since(work, min(starts))
        self._commit(work, first_seq, lambda now: self._write(now, work, origin.tree, origin.head))
        return work.items

    def _first_keys(self, origin: Origin) -> Iterator[list[Item]]:
        """Key bundles for a log of which entries are here and no pair key: if it is among them, open what was received."""
        messages: dict[bytes, bytes] = {}
        covered = []
        for bundle in self._key_bundles(origin):
            self._take_keys(origin, bundle, messages)
            covered.append(bundle.covers)
        if origin.pair_key is not None:
            yield self._open_again(origin, messages)
            for covers in covered:
                if covers <= origin.tree.size:
                    self._wire.acknowledge(self._slug, origin.slug, covers)

    def _open_again(self, origin: Origin, messages: dict[bytes, bytes]) -> list[Item]:
        """The pair key came after entries: open them now, in their order, one pass over the log."""
        work = Work(origin, messages=messages, now=self._clock.now())
        first_seq = self._feed.seq
        self._opener.open_again(work)
        self._commit(work, first_seq, lambda now: self._write(now, work, origin.tree, origin.head))
        return work.items

    def _stop(self, origin: Origin, fault: EvidenceFault) -> list[Item]:
        """Stop a log where it is, both heads kept as evidence.

        A fork, which only the log's own key can have signed, stops it for good; only a person lets it go on. Anything else
        may have been done by who carries it: it is tried again at the next sync, and stays where it is until what comes
        is what the log signed.
        """
        work = Work(origin, now=self._clock.now())
        index = origin.tree.size
        seen = self._shown(origin)
        self._feed.alarm(work, index, "log_stopped", fault.message)
        origin.fault, origin.forked = fault.message, isinstance(fault, LogForked)
        with self._database.transaction() as transaction:
            work.write(transaction)
            transaction.execute(
                "UPDATE origin SET fault = ?, evidence = ?, forked = ? WHERE no = ?",
                (fault.message, seen, int(origin.forked), origin.no),
            )
        return work.items

    def _shown(self, origin: Origin) -> str | None:
        """The head on the wire; None where what lies there is not even a text."""
        try:
            return self._wire.head(origin.slug)
        except EvidenceFault:
            return None

    def _go_on(self, origin: Origin) -> None:
        """What came is again what the log signed."""
        if origin.fault is not None:
            origin.fault = None
            with self._database.transaction() as transaction:
                transaction.execute(
                    "UPDATE origin SET fault = NULL, evidence = NULL WHERE no = ?", (origin.no,)
                )

    def _commit(self, work: Work, first_seq: int, write: Callable[[Transaction], None]) -> None:
        """Write in one transaction; if it fails, what is remembered is again what is stored."""
        try:
            with self._database.transaction() as transaction:
                write(transaction)
        except BaseException:
            self._recover(work.origin, first_seq)
            raise

    def _write_own(self, transaction: Transaction, work: Work, size: int) -> None:
        work.write(transaction)
        transaction.execute(
            "UPDATE origin SET size = ?, verified_at = ? WHERE no = ?", (size, work.heard, work.origin.no)
        )

    def _write(self, transaction: Transaction, work: Work, tree: Tree, head: str | None) -> None:
        origin = work.origin
        closed = self._vault.close(origin.pair_key, _PAIR, origin.slug.encode()) if origin.pair_key else None
        moved = transaction.execute(
            "UPDATE origin SET size = ?, frontier = ?, head = ?,"
            " verified_at = CASE WHEN verified_at < ? THEN ? ELSE verified_at END, pair_key = ?, control_n = ?, version = ?,"
            " recorded_at = ? WHERE no = ? AND size = ?",
            (
                tree.size,
                b"".join(tree.frontier),
                head,
                work.heard,
                work.heard,
                closed,
                origin.control.n if origin.control else 0,
                origin.version,
                origin.recorded_at,
                origin.no,
                origin.tree.size,
            ),
        )
        if not moved:
            raise Overtaken(
                "another worker has received more of this log meanwhile",
                where=origin.slug,
                advice="Nothing was written; the next turn goes on behind it.",
            )
        self._rings.write(transaction)
        for statement, rows in self._labels.unwritten():
            transaction.executemany(statement, rows)
        work.write(transaction)

    def _recover(self, origin: Origin, seq: int) -> None:
        self._feed.seq = seq
        self._rings.forget()
        self._labels.reload()
        self._origins.pop(origin.slug, None)

    def _origin(self, slug: str) -> Origin:
        known = self._origins.get(slug)
        if known is None:
            with self._database.transaction() as transaction:
                transaction.execute(_NEW_ORIGIN, (slug, slug))
            row = self._database.query(
                "SELECT no, size, frontier, head, pair_key, control_n, fault, forked, version, recorded_at FROM origin"
                " WHERE slug = ?",
                (slug,),
            )[0]
            frontier = [bytes(row[2][i : i + 32]) for i in range(0, len(row[2]), 32)]
            pair_key = self._vault.open(bytes(row[4]), _PAIR) if row[4] else None
            control = control_chain(pair_key, row[5]) if pair_key else None
            tree = Tree() if slug == self._slug else Tree(row[1], frontier)  # our own tree is our log's
            known = Origin(
                row[0], slug, tree, row[3], control, pair_key, row[6], bool(row[7]), row[8], row[9]
            )
            awaiting = self._database.query(
                "SELECT digest, pos FROM awaiting WHERE pos >> 40 = ?", (known.no,)
            )
            known.awaiting = {bytes(digest): place for digest, place in awaiting}
            self._origins[slug] = known
        return known

    def reopen_control(self, slug: str, index: int) -> Control:
        """A control entry that was opened before."""
        return self._opener.control(self._origin(slug), index)


_NEW_ORIGIN = (
    "INSERT INTO origin (no, slug, size, frontier, head, verified_at, pair_key, generation, control_n, fault, evidence,"
    " forked) SELECT (SELECT COALESCE(MAX(no), 0) + 1 FROM origin), ?, 0, x'', NULL, 0, NULL, 0, 0, NULL, NULL, 0"
    " WHERE NOT EXISTS (SELECT 1 FROM origin WHERE slug = ?)"
)


def pair_info(origin: str, recipient: str, generation: int) -> bytes:
    """What a pair key is bound to (HPKE info): publisher, recipient, generation."""
    return b"accord/1 pair\n" + f"{origin}\n{recipient}\n{generation}".encode()
