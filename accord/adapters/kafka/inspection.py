"""Reading every record of an exchange's topics that one agency may read: each is what it must be, or is told of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from accord.adapters.directory import Fault, Progress, Unreached
from accord.adapters.kafka.client import Servers
from accord.adapters.kafka.following import Follower, place
from accord.adapters.kafka.reading import Reader, Record
from accord.adapters.kafka.topics import heads_topic, keys_topic, log_topic
from accord.errors import AccordError, EntriesLost, EvidenceFault, LogForked, Malformed, ProofInvalid, Unready
from accord.ledger import KeyAt, Tree, leaf_hash, open_head
from accord.ports import Bundle
from accord.seal import open_key_bundle, parse_entry, record

Logs = Mapping[str, tuple[str, KeyAt]]
Found = Fault | Progress
_REMEMBERED = 4096


def inspect_topics(exchange: str, slug: str, servers: Servers, logs: Logs) -> Iterator[Found]:
    """Read every log topic, every heads topic and our own topic of key bundles; memory does not grow with them.

    `logs` gives, by slug, the name of each log and the public key that it has at a size. Of a log: every record is a
    bundle that the log has signed, from entry 0 on without a gap; every entry parses; all of them have the root under each
    head, and the log reaches as far as its heads topic says. Every key bundle for us is signed by its publisher. A fault
    names the log, the index, the topic and the offset. A broker that cannot be reached is told once.
    """
    reader = Reader(servers)
    try:
        reader.reach()
        for one, (origin, key_at) in logs.items():
            log = _Log(exchange, one, origin, key_at, reader)
            yield from _told(one, log_topic(exchange, one), log.inspect())
            yield from _told(one, heads_topic(exchange, one), log.inspect_heads())
        yield from _told("", keys_topic(exchange, slug), _inspect_keys(reader, exchange, slug, logs))
    except Unready as error:
        yield Unreached("", None, error.where or "", error.message)
    finally:
        reader.close()


def _told(slug: str, topic: str, found: Iterator[Found]) -> Iterator[Found]:
    """What is found, the last of which may be why nothing more can be."""
    try:
        yield from found
    except AccordError as error:
        yield Fault(slug, None, topic, error.message)


class _Log:
    """Inspects one log; the judge of its records, with nothing to go by but its key."""

    def __init__(self, exchange: str, slug: str, origin: str, key_at: KeyAt, reader: Reader) -> None:
        self._exchange = exchange
        self._slug = slug
        self._origin = origin
        self._key_at = key_at
        self._reader = reader
        self._topic = log_topic(exchange, slug)
        self._tree = Tree()
        self._trees: dict[int, Tree] = {0: Tree()}  # at the ends of the last bundles
        self._faults: list[Fault] = []
        self._told_lost = False

    # ---- As the judge of a follower ----

    def size(self, origin: str) -> int:
        """How far the log was read."""
        return self._tree.size

    def head(self, origin: str, note: str) -> int:
        """The size of a head that the log has signed."""
        return open_head(note, self._origin, self._key_at).size

    def extends(self, bundle: Bundle) -> None:
        """See `accord.replica.Judge.extends`; of what lies far behind, repetitions are not compared."""
        head = open_head(bundle.head, self._origin, self._key_at)
        there, before = self._trees.get(head.size), self._trees.get(bundle.first_index)
        if there is not None and there.root() != head.root:
            if self._key_at(head.size) != self._key_at(self._tree.size):
                raise ProofInvalid("a head by a key that was given up, of another log than this")
            raise LogForked(f"the log has signed another head of size {head.size} before")
        if before is not None:
            longer = Tree(before.size, before.frontier)
            longer.append_many([leaf_hash(entry) for entry in bundle.entries])
            if longer.root() != head.root:
                raise ProofInvalid("entries that are not those under their head")

    def passed_over(self, origin: str, where: str, reason: str) -> None:
        """A record that is not the log's."""
        self._faults.append(Fault(self._slug, self._tree.size, where, f"not a record of this log: {reason}"))

    # ---- Inspecting ----

    def inspect(self) -> Iterator[Found]:
        """Every fault of the log's topic."""
        end = self._reader.end(self._topic)
        follower = Follower(self._exchange, self._slug, self._topic, self, 0)
        try:
            for bundle in follower.follow(self._reader.read(self._topic, 0, end)):
                yield from self._entries(bundle)
                yield from self._taken()
        except EntriesLost as lost:
            self._told_lost = True
            yield Fault(self._slug, follower.at, lost.where or self._topic, lost.message)
        except EvidenceFault as fault:
            yield Fault(self._slug, follower.at, fault.where or self._topic, fault.message)
        yield from self._taken()
        yield Progress(self._slug, self._tree.size, self._tree.size)

    def _taken(self) -> Iterator[Fault]:
        yield from self._faults
        self._faults.clear()

    def _entries(self, bundle: Bundle) -> Iterator[Fault]:
        for index, entry in enumerate(bundle.entries, bundle.first_index):
            try:
                parse_entry(entry)
            except Malformed as fault:
                yield Fault(self._slug, index, self._topic, f"signed by the log, but {fault.message}")
        self._tree.append_many([leaf_hash(entry) for entry in bundle.entries])
        self._trees[self._tree.size] = Tree(self._tree.size, self._tree.frontier)
        if len(self._trees) > _REMEMBERED:
            del self._trees[next(iter(self._trees))]

    def inspect_heads(self) -> Iterator[Fault]:
        """Every fault of the log's heads topic, the last of which may be that the log does not reach so far."""
        topic = heads_topic(self._exchange, self._slug)
        furthest, last = 0, b""
        for one in self._reader.read(topic, 0, self._reader.end(topic)):
            if one.value == last:
                continue  # the same head again: a log at rest
            where, last = place(topic, one.offset), one.value
            try:
                head = open_head(one.value or b"", self._origin, self._key_at)
            except EvidenceFault as fault:
                yield Fault(self._slug, None, where, fault.message)
                continue
            furthest = max(furthest, head.size)
            known = self._trees.get(head.size)
            if known is not None and known.root() != head.root:
                yield Fault(self._slug, head.size - 1, where, "another head of this size than the log has")
        if furthest > self._tree.size and not self._told_lost:
            yield Fault(
                self._slug,
                self._tree.size,
                self._topic,
                f"the topic ends here, and the log has signed a head of {furthest}: what follows was lost (a retention or "
                "compaction accident, or the topic was made anew), or is not published yet",
            )


def _inspect_keys(reader: Reader, exchange: str, slug: str, logs: Logs) -> Iterator[Fault]:
    topic = keys_topic(exchange, slug)
    by_name = {name: (one, key_at) for one, (name, key_at) in logs.items()}
    for one in reader.read(topic, 0, reader.end(topic)):
        yield from _key_bundle(one, place(topic, one.offset), slug, by_name)


def _key_bundle(
    one: Record, where: str, slug: str, by_name: Mapping[str, tuple[str, KeyAt]]
) -> Iterator[Fault]:
    publisher = ""
    try:
        said = record("keys", marked=False).decode(one.value or b"")
        publisher, key_at = by_name.get(said["origin"], ("", lambda size: None))
        open_key_bundle(one.value, said["origin"], slug, said["covers"], key_at(said["covers"]))
    except EvidenceFault as fault:
        yield Fault(publisher, None, where, fault.message)
