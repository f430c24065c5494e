"""A wired agency: the only place that knows every part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from accord import catalog
from accord.bootstrap import home as homes
from accord.bootstrap.projecting import open_projection
from accord.bootstrap.readheads import say_reads_head
from accord.bootstrap.settings import Settings
from accord.bootstrap.stores import Stores, open_stores
from accord.bootstrap.wires import open_wire
from accord.errors import EntriesLost, EvidenceFault, NotAdopted, Unreachable, Unready
from accord.gateway import (
    Accepted,
    Again,
    Follower,
    Group,
    Outbox,
    Outcome,
    OwnReader,
    Publisher,
    Refusal,
    Writer,
)
from accord.keys import expand, hpke_seal, log_public
from accord.ledger import Log
from accord.memorandum import Memorandum, TrustedMemoranda
from accord.ports import Database
from accord.projection import Projection, ReadingLog
from accord.replica import Item, Judge, Receiver, Replica, RingStore, RuleEvent, pair_info
from accord.schema import Codec, Vocabulary
from accord.seal import Book, Labels, record
from accord.vault import Vault

_MOST_ROUNDS = 20
_PROJECTED_AT_ONCE = 4096
_ALIVE = 10_000_000  # microseconds: without a beat, so often at most
Told = Callable[[str], None]


@dataclass(slots=True)
class Synced:
    """What one sync did: entries published, received and appended because of others, events no longer waiting.

    `unreached` says by slug why another agency's part of the wire could not be read; what had come before stays.
    """

    published: int = 0
    received: int = 0
    granted: int = 0
    released: int = 0
    told: int = 0
    unreached: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether another round may find more."""
        return bool(self.published or self.received or self.granted or self.released or self.told)


class Books(dict[bytes, Book]):
    """Compiled memoranda by SHA-256."""


class Agency:
    """One agency with its stores, keys and wire, opened from its home."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        vocabulary: Vocabulary | None = None,
        *,
        writing: bool = True,
        stores: Stores | None = None,
    ) -> None:
        """Open the stores; `writing` says that this process holds their lock."""
        home = settings.home
        self._writing = writing
        self.stores = stores or open_stores(settings)
        self.settings = settings
        self.slug = settings.agency
        self.clock, self._entropy = settings.sources()
        self.vocabulary = vocabulary or Vocabulary.load(catalog.schemas())
        self._codec = Codec(self.vocabulary)
        self._keys = homes.read_keys(home, homes.read_passphrase(home, environment))
        self._vault = Vault(self._keys.storage, self._entropy)
        self.trusted = TrustedMemoranda(self.vocabulary, settings.exchange)
        self.books = Books()
        for path in homes.adopted_files(home):
            self._trust(*homes.read_draft(path), None)
        self._judge = Judge(
            self.slug, lambda: self.replica_database, lambda: self.memorandum, self._own_leaves
        )
        self.carrier = open_wire(settings, self._judge)
        self.wire = self.carrier.wire
        with ExitStack() as opening:
            self._open_stores(opening)
            self._closing = opening.pop_all()
        self.refused_waiting: list[
            Refusal
        ] = []  # what waited, can be resolved by now, and was refused at the last sync
        self._foreign = _Foreign(self)
        self.unreached: Mapping[str, str] = {}  # by slug, why the last sync could not read a log
        self.no_longer_waiting: list[Accepted] = []  # what waited, and is in our log since the last sync
        self._said_alive = 0
        self._publisher: Publisher | None = None
        self._projection: Projection | None = None

    def _trust(self, text: bytes, clauses: bytes, signatures: bytes, now: datetime | None) -> Memorandum:
        version = self.trusted.update(text, signatures, clauses, now)
        if version.sha256 not in self.books:
            self.books[version.sha256] = Book(version, self.vocabulary, self._codec)
        return version

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now() / 1e6, UTC)

    def _open_stores(self, opening: ExitStack) -> None:
        self.store, self._recorder = self.stores.store()
        opening.callback(self.stores.close)
        opening.callback(self.store.close)
        with _whole(self.store):
            self._open_store()
        self.replica_database = self.stores.replica()
        opening.callback(self.replica_database.close)
        with _whole(self.replica_database):
            self._open_replica()
        self.reads_database = self.stores.reads()
        opening.callback(self.reads_database.close)
        with _whole(self.reads_database):
            self._open_reads()

    def _open_store(self) -> None:
        origin = f"{self.settings.exchange}/{self.slug}"
        self.log = Log(self.store, origin, self._keys.log)
        self._writer = Writer(
            self.slug,
            self.store,
            self._recorder,
            self.log,
            self._vault,
            self.clock,
            self._entropy,
            self.books,
        )
        self._outbox = Outbox(self.slug, self.store, self.log, self.wire, self._keys.log, self._entropy)

    def _own_leaves(self, start: int, stop: int) -> list[bytes]:
        rows = self.store.query(
            "SELECT leaf FROM stored_events WHERE idx >= ? AND idx < ? ORDER BY idx", (start, stop)
        )
        return [bytes(row[0]) for row in rows]

    def _open_reads(self) -> None:
        self.reads = ReadingLog(self.reads_database, self.log.origin, self._keys.log, self._vault, self.clock)

    def _open_replica(self) -> None:
        database = self.replica_database
        labels = Labels(database)
        rings = RingStore(database, self._vault, labels)
        receiver = Receiver(
            self.slug,
            database,
            self.wire,
            self._vault,
            self.clock,
            self._keys.hpke,
            self.books,
            lambda: self.book,
            labels,
            rings,
        )
        own = OwnReader(self.slug, self.store, self.log, self._writer.mapper)
        self.replica = Replica(self.slug, database, receiver, rings, labels, self.books, own, self.clock)

    # ---- The agreement ----

    @property
    def memorandum(self) -> Memorandum:
        """The memorandum that this agency follows; raises NotAdopted."""
        newest = self.trusted.newest
        if newest is None:
            raise NotAdopted("no memorandum is adopted", advice="Run: accord memorandum adopt FILE.")
        return newest

    @property
    def book(self) -> Book:
        """The memorandum that this agency follows, compiled."""
        return self.books[self.memorandum.sha256]

    @property
    def _again(self) -> Again:
        return Again(self._writer, self.replica, self.book)

    @property
    def role(self) -> str:
        """This agency's role."""
        return self.memorandum.agencies[self.slug].role

    def adopt(self, text: bytes, clauses: bytes, signatures: bytes) -> bool:
        """Adopt a version by an entry in our log; False if it was adopted before. Raises MemorandumRefused.

        A version from before we joined is kept, for what follows on it and what was written under it, and nothing is said.
        """
        version = self._trust(text, clauses, signatures, self._now())
        if self.slug not in version.agencies:
            homes.keep_memorandum(self.settings.home, version.version, text, clauses, signatures)
            return False
        self._check_own_key(version)
        self._shown()
        homes.keep_memorandum(self.settings.home, version.version, text, clauses, signatures)
        others = [slug for slug in version.agencies if slug != self.slug]
        self._writer.share_pair_keys(self._seal_to, others)
        known = self.store.query("SELECT 1 FROM adoption WHERE sha256 = ?", (version.sha256,))
        if not known:
            self._say_adopted(version, others)
        self._publisher = None
        return not known

    def _check_own_key(self, version: Memorandum) -> None:
        if version.agencies[self.slug].log_key != log_public(self._keys.log):
            raise NotAdopted(
                "the memorandum holds another key for this agency than this home does",
                where=self.slug,
                advice="Enrol the card of this home: HOME/enrolment.json.",
            )

    def _say_adopted(self, version: Memorandum, others: list[str]) -> None:
        batch = self._writer.batch(self._seen())
        said = {"adopted": version.sha256, "version": version.version, "recorded_at": batch.recorded_at}
        for start in range(0, len(others), 7):
            readers = others[start : start + 7]
            index = self._writer.say(
                batch, self.books[version.sha256], record("memorandum_adopted").encode(said), readers
            )
            batch.add("adoption", version.sha256, index)
        self._writer.commit(batch)

    def _seal_to(self, slug: str, key: bytes) -> bytes:
        public = self.memorandum.agencies[slug].hpke_key
        if public is None:
            raise NotAdopted("the memorandum has no key of an agency", where=slug)
        return hpke_seal(public, pair_info(self.log.origin, slug, 0), key)

    # ---- Publishing ----

    @property
    def publisher(self) -> Publisher:
        """The publishing side under the memorandum in force; raises NotAdopted, also once it has lapsed."""
        self.trusted.in_force(self._now())
        self._foreign.forget()
        if self._publisher is None:
            self._publisher = Publisher(self._writer, self.book, self._foreign, self._vault, self.clock)
        return self._publisher

    def emit(self, groups: Iterable[Group | Refusal]) -> Iterator[Outcome]:
        """Publish groups of submissions in order; see `Publisher.emit`."""
        self._shown()
        yield from self.publisher.emit(groups)

    def _seen(self) -> tuple[int, ...]:
        sizes = self.replica.sizes()
        return tuple(sizes.get(slug, 0) for slug in self.memorandum.agencies if slug != self.slug)

    # ---- Reading ----

    @property
    def projection(self) -> Projection:
        """Our role's projection, made on first use; built anew where the memorandum or its SQL has changed."""
        if self._projection is None:
            lock = nullcontext() if self._writing else self.stores.locked()
            places = self.stores.projections()
            self._projection = open_projection(places, self._open_projection, self.replica.feed, lock)
        return self._projection

    def _open_projection(self, database: Database) -> Projection:
        return Projection(
            database,
            self.role,
            self.slug,
            self.memorandum,
            self.vocabulary,
            expand(self._keys.storage, b"accord/1 tally"),
            earlier={version.sha256: version for version in self.trusted.versions},
        )

    def project(self, items: list[Item]) -> None:
        """Apply items just received; what the projection missed before them is opened again first."""
        if not items:
            return
        projection = self.projection
        if items[0][0] == projection.position + 1:
            projection.apply(items)
            return
        self._catch_up()

    def _catch_up(self) -> None:
        """Project what was received and not projected: a process died in between, or the projection is new."""
        for batch in self.replica.feed(self.projection.position):
            self.projection.apply(batch)

    # ---- Sync ----

    def sync(self, tell: Told = lambda line: None, *, stopping: Callable[[], bool] = lambda: False) -> Synced:
        """Publish what is waiting, receive, verify, project, grant what is due; until nothing changes, or `stopping`."""
        self._shown()
        self.no_longer_waiting = []
        self._say_reads_head()
        total = Synced()
        for _ in range(_MOST_ROUNDS):
            done = self._round(tell, total.unreached, stopping)
            total.published += done.published
            total.received += done.received
            total.granted += done.granted
            total.released += done.released
            total.told += done.told
            if not done.changed or stopping():
                break
        self._say_alive()
        return total

    def _round(self, tell: Told, unreached: dict[str, str], stopping: Callable[[], bool]) -> Synced:
        done = Synced(unreached=unreached)
        done.published = self._publish(self._shown())
        self._receive(tell, done, stopping)
        done.released = self._retry()
        return done

    def publish(self) -> Synced:
        """The gateway's half of a sync: put on the wire what is in our log, and what waited and now need not."""
        self.no_longer_waiting = []
        published = self._publish(self._say_reads_head())
        released = self._retry()
        if released:
            published += self._publish(self._shown())
        self._say_alive()
        return Synced(released=released, published=published)

    def receive(
        self, tell: Told = lambda line: None, *, stopping: Callable[[], bool] = lambda: False
    ) -> Synced:
        """The projector's half: receive, verify, project; grant what is due because of it, and tell of faults.

        Once `stopping` says so it ends after the bundle in hand; the next time goes on behind it.
        """
        self._shown()
        done = Synced()
        self._receive(tell, done, stopping)
        return done

    @property
    def unpublished(self) -> int:
        """How many entries of our log are not on the wire yet."""
        return self.log.size - self._outbox.published

    def _others(self) -> list[str]:
        return [slug for slug in self.memorandum.agencies if slug != self.slug]

    def _shown(self) -> int:
        """The size that the wire shows of our log; raises StoreBehind where that is not the log we hold."""
        return self.log.check_against(self.wire.head(self.slug), log_public(self._keys.log))

    def _say_reads_head(self) -> int:
        shown = self._shown()
        say_reads_head(self._writer, self.book, self.reads.log, self._seen(), self._now())
        return shown

    def _publish(self, shown: int) -> int:
        done = self._outbox.publish(self._others(), shown)
        self._again.answer(self.wire, self._keys.log, self._outbox.published)
        return done

    def _say_alive(self) -> None:
        now = self.clock.now()
        if self.log.size and (self.memorandum.beat or now - self._said_alive >= _ALIVE):
            self.carrier.heartbeat(self.log.head(self.log.size))
            self._said_alive = now

    def await_news(self, seconds: float) -> bool:
        """Wait for so many seconds, and less where another log has something new; whether it has. Raises Unready."""
        return self.carrier.wait(self._others(), seconds)

    def _retry(self) -> int:
        outcomes = list(self.publisher.retry())
        self.refused_waiting = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
        released = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
        self.no_longer_waiting += released
        return len(released)

    def _receive(self, tell: Told, done: Synced, stopping: Callable[[], bool] = lambda: False) -> None:
        self._catch_up()  # a process may have died between receiving and projecting
        pending: list[Item] = []
        for items in self._received(tell, done):
            pending += items
            if len(pending) >= _PROJECTED_AT_ONCE or stopping():
                self.project(pending)
                pending = []
            if stopping():
                return
        self.project(pending)
        for items in self.replica.absorb_own():
            self.project(items)
        self.project(self.replica.receiver.tell_dark(self.replica.dark()))
        follower = Follower(self._writer, self.book, self.replica, self._seen())
        done.granted = follower.follow()
        done.told = follower.tell() + self._again.ask(self._seen())

    def _received(self, tell: Told, done: Synced) -> Iterator[list[Item]]:
        """What is new of each other log, after each bundle; an agency that cannot be reached does not keep the others."""
        self.carrier.look(self._others())
        try:
            for slug in self._others():
                try:
                    for items in () if slug in done.unreached else self._receive_log(slug):
                        done.received += len(items)
                        tell(f"{slug}: {self.replica.sizes()[slug]} entries verified")
                        yield items
                except Unreachable as error:
                    done.unreached[slug] = str(error)
        finally:
            self.carrier.look(())  # what was not used is old by the next time
        self.unreached = done.unreached

    def _receive_log(self, slug: str) -> Iterator[list[Item]]:
        """Receive one log; what its wire has lost, or what strangers left there, is told as an alarm and stops no log."""
        try:
            yield from self.replica.receive(slug)
        except EntriesLost as lost:
            yield from self.replica.receiver.alarm(slug, "entries_lost", lost.message)
            raise
        finally:
            for about in (slug, self.slug):
                for where, reason in self._judge.strange(about):
                    yield from self.replica.receiver.alarm(about, "strange_record", f"{where}: {reason}")

    def close(self) -> None:
        """Close every store, and the wire."""
        self.carrier.close()
        if self._projection is not None:
            self._projection.db.close()
        self._closing.close()


@contextmanager
def _whole(database: Database) -> Iterator[None]:
    """Say of which database it is that what it holds cannot be understood."""
    try:
        yield
    except (EvidenceFault, LookupError, TypeError, ValueError, OverflowError) as error:
        raise Unready(
            "the database is damaged",
            where=database.name,
            advice="Keep it as it is, and bring back a copy that is whole.",
        ) from error


class _Foreign:
    """What the publishing side asks of the replica."""

    def __init__(self, agency: Agency) -> None:
        self._agency = agency
        self.numbered = agency.replica.numbered
        self.file_of = lru_cache(maxsize=1024)(agency.replica.file_of)
        self.referrals = agency.replica.referrals
        self.forget()

    def forget(self) -> None:
        """Something may have been received since: what was not known may be."""
        self.file_of.cache_clear()
        self._seen: tuple[int, ...] | None = None

    def seen(self) -> tuple[int, ...]:
        if self._seen is None:
            self._seen = self._agency._seen()
        return self._seen

    def joined_events(self, event_id: bytes) -> list[RuleEvent]:
        replica = self._agency.replica
        found = replica.file_of(event_id)
        files = replica.joined(*found) if found else set()
        return [event for one in sorted(files) for event in replica.rule_events(*one)]


@contextmanager
def opened(
    home: Path, environment: Mapping[str, str], *, write: bool = True, vocabulary: Vocabulary | None = None
) -> Iterator[Agency]:
    """Open an agency from its home; for writing the home is locked. Raises UsageRefused, HomeLocked."""
    with ExitStack() as stack:
        settings = Settings.read(home)
        stores = open_stores(settings)
        if write:
            stack.enter_context(stores.locked())
        agency = Agency(settings, environment, vocabulary, writing=write, stores=stores)
        stack.callback(agency.close)
        yield agency
