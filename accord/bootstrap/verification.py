"""Verify everything that one home can see: the wire, its own log, its copies of the others', its reading log.

Needs no network, no clock and no private key: public keys come from the adopted memorandum. A fault names
the log, the index where one can be named, and what is wrong; whoever asks decides what to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType

from accord.adapters.directory import Fault, Progress, Unreached
from accord.bootstrap import readheads
from accord.bootstrap.agency import Agency
from accord.errors import (
    AccordError,
    EntriesLost,
    EvidenceFault,
    Malformed,
    ProofInvalid,
    SignatureInvalid,
    Unreachable,
    Unready,
)
from accord.ledger import Checkpoint, KeyAt, Tree, leaf_hash, node_place, open_checkpoint, open_head
from accord.memorandum import Agency as Member
from accord.ports import Database, typed
from accord.seal import origin_of, parse_entry

Opens = Callable[[str], Checkpoint]
_NO_BYTES = "an entry or its hash is of another type than its column"
_SETTLE_SECONDS = 2.0  # in which a publication under way has put its files in order


def verify_home(agency: Agency, tell: Callable[[str], None] = lambda line: None) -> Iterator[Fault]:
    """Every fault of the wire, of our store, of our replica and of our reading log."""
    known = _known(agency)
    try:
        agency.carrier.require()
    except Unreachable as away:
        yield Unreached("", None, away.where or "", away.message)
    else:
        yield from _verify_wire(agency, known, tell)
        yield from _told(agency.slug, agency.replica_database.name, _verify_progress(agency, known))
    yield from verify_stores(agency)


def verify_stores(agency: Agency, names: Collection[str] | None = None) -> Iterator[Fault]:
    """Every fault of the databases so named, or of all; one that cannot be read is a fault, and the rest are read."""
    known, slug = _known(agency), agency.slug
    origin, key_at = known[slug]
    store, reads, replica = agency.store, agency.reads_database, agency.replica_database
    if names is None or store.name in names:
        yield from _told(slug, store.name, _verify_store(agency, origin, key_at))
        yield from _told(slug, store.name, _verify_engine(slug, store))
    if names is None or reads.name in names:
        opens = _by_any_key(f"{origin}/reads", agency.trusted.members[slug])
        said = verify_log(reads, slug, opens, reads.name, entries=False)
        yield from _told(slug, reads.name, said)
        yield from _told(slug, reads.name, _verify_engine(slug, reads))
        yield from _told(slug, reads.name, _verify_reads_heads(agency))
    if names is None or replica.name in names:
        for other in known:
            if other != slug:
                member = agency.trusted.members[other]
                yield from _told(other, replica.name, _verify_replica(agency, member, known[other][0]))
        yield from _told(slug, replica.name, _verify_engine(slug, replica))
        yield from _told(slug, replica.name, _verify_kept(agency))


def _known(agency: Agency) -> dict[str, tuple[str, KeyAt]]:
    """Name of each log, and the public key that it has at a size, by slug."""
    memorandum = agency.memorandum
    return {
        slug: (origin_of(memorandum, slug), member.log_key_at)
        for slug, member in agency.trusted.members.items()
        if member.keys
    }


def _by_any_key(origin: str, member: Member) -> Opens:
    """Heads of a reading log, which is not told when the agency renewed its keys: by any of them."""

    def opens(note: str) -> Checkpoint:
        for row in member.keys[:-1]:
            with suppress(SignatureInvalid):
                return open_checkpoint(note, origin, row.log)
        return open_checkpoint(note, origin, member.keys[-1].log)

    return opens


def _told(slug: str, where: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Faults, the last of which may be that nothing more can be read."""
    try:
        yield from faults
    except AccordError as error:
        yield Fault(slug, None, where, error.message)


def _verify_store(agency: Agency, origin: str, key_at: KeyAt) -> Iterator[Fault]:
    opens = partial(open_head, origin=origin, key_at=key_at)
    stated = agency.trusted.members[agency.slug].stated_roots
    yield from verify_log(agency.store, agency.slug, opens, agency.store.name, stated=stated)
    try:
        shown = agency.wire.head(agency.slug)
    except EntriesLost:
        raise
    except Unready:
        return  # told where the wire is verified
    agency.log.check_against(shown, key_at)


def _verify_reads_heads(agency: Agency) -> Iterator[Fault]:
    """What was said of every reading log that we can hold to it, our own included."""
    said = agency.replica.reads_heads()
    for slug, index, reason in readheads.faults(agency.memorandum, said, agency.slug, agency.reads.log):
        where = agency.reads_database if slug == agency.slug else agency.replica_database
        yield Fault(slug, index, where.name, reason)


def _verify_engine(slug: str, database: Database) -> Iterator[Fault]:
    for reason in database.faults():
        yield Fault(slug, None, database.name, reason)


def _verify_wire(
    agency: Agency, known: Mapping[str, tuple[str, KeyAt]], tell: Callable[[str], None]
) -> list[Fault]:
    """The faults of the wire: those that are still there after a moment, since others may be publishing just now."""

    def look() -> list[Fault]:
        faults = []
        for found in agency.carrier.inspect(known):
            if isinstance(found, Progress):
                tell(f"{found.log}: {found.done} entries of the wire verified")
            else:
                faults.append(found)
        return faults

    faults = look()
    if not all(isinstance(one, Unreached) for one in faults):
        time.sleep(_SETTLE_SECONDS)
        again = set(look())
        faults = [fault for fault in faults if fault in again]
    return faults


def _verify_progress(agency: Agency, known: Mapping[str, tuple[str, KeyAt]]) -> Iterator[Fault]:
    """The faults of a wire that shows less of a log than we have verified, or another log: one that was rolled back."""
    database = agency.replica_database
    rows = database.query("SELECT slug, size, head FROM origin ORDER BY slug")
    for slug, size, note in typed(rows, database.name, str, int, str | bytes | None):
        if slug == agency.slug or slug not in known or not size:
            continue
        origin, key_at = known[slug]
        try:
            shown = agency.wire.head(slug)
            seen = open_head(shown, origin, key_at) if shown is not None else Checkpoint(origin, 0, b"")
            held = open_head(note, origin, key_at)
        except EntriesLost as lost:
            yield Fault(slug, None, lost.where or slug, lost.message)
            continue
        except (EvidenceFault, Unreachable):
            continue  # told where the wire and the replica are verified
        except Unready:
            return  # a wire that nobody reaches; the same
        if seen.size < size:
            reason = f"the wire shows {seen.size} entries of this log where {size} were verified here: it was rolled back"
            yield Fault(slug, seen.size, "checkpoint", reason)
        elif seen.size == held.size and seen.root != held.root:
            yield Fault(
                slug, size - 1, "checkpoint", "the wire shows another log than the one verified here: a fork"
            )


def verify_log(
    database: Database,
    slug: str,
    opens: Opens,
    where: str,
    *,
    entries: bool = True,
    stated: Mapping[int, bytes] = MappingProxyType({}),
) -> Iterator[Fault]:
    """A log of our own: entries against leaves, leaves and nodes against every head that was signed, and every root that
    the memorandum states.
    """
    tree = Tree()
    heads = typed(database.query("SELECT size, note FROM log_head ORDER BY size"), where, int, str | bytes)
    head = next(heads, None)
    rows = database.stream("SELECT idx, leaf, state FROM stored_events ORDER BY idx")
    for expected, (index, leaf, state) in enumerate(rows):
        if index != expected:
            yield Fault(slug, expected, where, "an entry is missing")
            return
        if not _is_whole(leaf, state):
            yield Fault(slug, index, where, _NO_BYTES)
            return
        if leaf_hash(state) != leaf:
            yield Fault(slug, index, where, "the entry is not the one whose hash the log holds")
        elif entries:
            yield from _parsed(state, slug, index, where)
        for level, place, node in tree.append(bytes(leaf)):
            if level:
                yield from _node(database, slug, index, where, level, place, node)
        while head is not None and head[0] <= tree.size:
            yield from _head(head[1], head[0], tree, opens, slug, where)
            head = next(heads, None)
        yield from _root(tree, stated.get(tree.size), slug, where)
    if head is not None:
        yield Fault(slug, tree.size, where, "a signed head covers more entries than the log holds")


def _is_whole(leaf: object, entry: object) -> bool:
    return isinstance(leaf, bytes) and isinstance(entry, bytes)


def _parsed(state: bytes, slug: str, index: int, where: str) -> Iterator[Fault]:
    try:
        parse_entry(bytes(state))
    except Malformed as fault:
        yield Fault(slug, index, where, fault.message)


def _node(
    database: Database, slug: str, index: int, where: str, level: int, place: int, node: bytes
) -> Iterator[Fault]:
    rows = database.query("SELECT hash FROM log_node WHERE place = ?", (node_place(level, place),))
    if not rows or rows[0][0] != node:
        yield Fault(slug, index, where, f"node {place} of level {level} does not follow from its leaves")


def _root(tree: Tree, stated: bytes | None, slug: str, where: str) -> Iterator[Fault]:
    """Where the memorandum states the root of this size, whether it is that of the entries."""
    if stated is not None and stated != tree.root():
        reason = f"the log is another than the one that the memorandum states at {tree.size} entries, where its key changed"
        yield Fault(slug, tree.size - 1, where, reason)


def _head(note: str, size: int, tree: Tree, opens: Opens, slug: str, where: str) -> Iterator[Fault]:
    try:
        checkpoint = opens(note)
        if checkpoint.size != size or size != tree.size:
            raise ProofInvalid("the head is not of the size it is kept under")
        if checkpoint.root != tree.root():
            raise ProofInvalid("the head does not have the root of the entries")
    except EvidenceFault as fault:
        yield Fault(slug, size - 1, where, fault.message)


def _verify_replica(agency: Agency, member: Member, origin: str) -> Iterator[Fault]:
    database, where = agency.replica.database, agency.replica.database.name
    rows = database.query("SELECT no, size, frontier, head, fault FROM origin WHERE slug = ?", (member.slug,))
    if not rows:
        return
    kinds = (int, int, bytes, str | bytes | None, str | None)
    ((number, size, frontier, note, stopped),) = typed(rows, where, *kinds)
    if stopped is not None:
        yield Fault(member.slug, size, where, f"this log was stopped: {stopped}")
    tree, stated = Tree(), member.stated_roots
    statement = "SELECT pos - ?, leaf, data FROM entry WHERE pos >= ? AND pos < ? ORDER BY pos"
    first = number << 40
    for index, leaf, data in database.stream(statement, (first, first, first + (1 << 40))):
        if index != tree.size:
            yield Fault(member.slug, tree.size, where, "an entry is missing")
            return
        if not _is_whole(leaf, data):
            yield Fault(member.slug, index, where, _NO_BYTES)
            return
        if leaf_hash(data) != leaf:
            yield Fault(member.slug, index, where, "the entry is not the one whose hash was verified")
        tree.append(bytes(leaf))
        yield from _root(tree, stated.get(tree.size), member.slug, where)
    if tree.size != size or b"".join(tree.frontier) != frontier:
        yield Fault(
            member.slug, min(tree.size, size), where, "the entries do not make the tree that was verified"
        )
    elif note is not None:
        yield from _covered(agency, member, origin, tree, note, where)


def _verify_kept(agency: Agency) -> Iterator[Fault]:
    """Whether the copies are there of all that was projected: an empty replica finds nothing wrong with itself."""
    try:
        projected = agency.stores.projections().open()
    except Unready:
        return  # not for this login
    try:
        rows = projected.query("SELECT origin, size FROM log ORDER BY origin") if projected.has("log") else []
        seen = [(slug, size) for slug, size in typed(rows, projected.name, str, int)]
    finally:
        projected.close()
    held = agency.replica.sizes()
    for slug, size in seen:
        if slug != agency.slug and held.get(slug, 0) < size:
            reason = f"this home has read {size} entries of this log and holds {held.get(slug, 0)}: its copy was lost"
            yield Fault(slug, held.get(slug, 0), agency.replica.database.name, reason)


def _covered(
    agency: Agency, member: Member, origin: str, tree: Tree, note: str, where: str
) -> Iterator[Fault]:
    try:
        checkpoint = open_head(note, origin, member.log_key_at)
        if checkpoint.size == tree.size and checkpoint.root != tree.root():
            raise ProofInvalid("the entries do not have the root that the log signed")
        if checkpoint.size < tree.size:
            raise ProofInvalid("more entries than the last verified head covers")
    except EvidenceFault as fault:
        yield Fault(member.slug, tree.size - 1, where, fault.message)
