"""An agency opened from its home: its stores, its keys, its wire, and the agreement that it follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import lru_cache

from accord import catalog
from accord.bootstrap import home as homes
from accord.bootstrap import keyring, renewal
from accord.bootstrap.newest import Newest
from accord.bootstrap.settings import Settings
from accord.bootstrap.stores import Stores, open_stores
from accord.bootstrap.wires import open_wire
from accord.errors import Damaged, EvidenceFault, NotAdopted
from accord.gateway import (
    Accepted,
    Again,
    Outbox,
    OwnReader,
    Publisher,
    Refusal,
    Writer,
)
from accord.keys import LogKeys, hpke_seal
from accord.ledger import Log
from accord.memorandum import Agency as Member
from accord.memorandum import KeysRow, Memorandum, TrustedMemoranda
from accord.ports import Database
from accord.projection import Projection, ReadingLog
from accord.replica import Judge, Receiver, Replica, RingStore, RuleEvent, pair_info
from accord.schema import Codec, Vocabulary
from accord.seal import SLOTS, Book, Labels, record
from accord.vault import Vault


class Books(dict[bytes, Book]):
    """Compiled memoranda by SHA-256."""


class Parts:
    """The parts of one agency, wired together. What it does with them is `Agency`, which this is the ground of."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        vocabulary: Vocabulary | None = None,
        *,
        writing: bool = True,
        stores: Stores | None = None,
        newest: Newest | None = None,
    ) -> None:
        """Open the stores; `writing` says that this process holds their lock, `newest` what it knows of our log already."""
        home = settings.home
        self._writing = writing
        self.stores = stores or open_stores(settings)
        self.settings = settings
        self.slug = settings.agency
        self.clock, self._entropy = settings.sources()
        self.vocabulary = vocabulary or Vocabulary.load(catalog.schemas())
        self._codec = Codec(self.vocabulary)
        self._passphrase = keyring.read_passphrase(home, environment)
        self._keys = keyring.read_keys(home, self._passphrase)
        self.signing = LogKeys([(0, self._keys.pairs[0].log)])
        self._opening = [pair.hpke for pair in reversed(self._keys.pairs)]
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
        self._foreign = Foreign(self)
        self.unreached: Mapping[str, str] = {}  # by slug, why the last sync could not read a log
        self.no_longer_waiting: list[Accepted] = []  # what waited, and is in our log since the last sync
        self._said_alive = 0
        self._newest = newest or Newest()
        self._wire_away = False  # and our log was seen to be the newest all the same
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
        self._follow_keys()
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
        self.log = Log(self.store, origin, self.signing.at)
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
        self._outbox = Outbox(self.slug, self.store, self.log, self.wire, self.signing, self._entropy)

    def _own_leaves(self, start: int, stop: int) -> list[bytes]:
        rows = self.store.query(
            "SELECT leaf FROM stored_events WHERE idx >= ? AND idx < ? ORDER BY idx", (start, stop)
        )
        return [bytes(row[0]) for row in rows]

    def _open_reads(self) -> None:
        self.reads = ReadingLog(
            self.reads_database,
            self.log.origin,
            lambda _: self.signing.at(self.log.size),  # a reading log has sizes of its own
            self._vault,
            self.clock,
        )

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
            self._opening,
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
        """This agency's role; that of one which has left is the last it had. Raises NotAdopted."""
        self.memorandum  # noqa: B018 - raises where nothing is adopted
        member = self.trusted.members.get(self.slug)
        if member is None:
            raise _no_member(self.slug)
        return member.role

    def adopt(self, text: bytes, clauses: bytes, signatures: bytes) -> bool:
        """Adopt a version by an entry in our log; False if it was adopted before. Raises MemorandumRefused.

        A version from before we joined is kept, for what follows on it and what was written under it, and nothing is said.
        """
        version = self._trust(text, clauses, signatures, self._now())
        if self.slug not in version.agencies:
            homes.keep_memorandum(self.settings.home, version.version, text, clauses, signatures)
            return False
        renewal.check_own(version, self.slug, self._keys, self.log, self.own_rows, self.signing.stop)
        self.carrier.forget()  # what was put there with a key that this version gives up counts no more
        self._shown()
        homes.keep_memorandum(self.settings.home, version.version, text, clauses, signatures)
        self._forget_the_version_before()
        others = [slug for slug in version.agencies if slug != self.slug]
        self._writer.share_pair_keys(self._seal_to, others, self._with_another_hpke_key(others))
        known = self.store.query("SELECT 1 FROM adoption WHERE sha256 = ?", (version.sha256,))
        if not known:
            self._say_adopted(version, others)
        return not known

    def _with_another_hpke_key(self, slugs: list[str]) -> list[str]:
        """Who has another HPKE key by the version that we follow than by the last one before that has it."""
        versions, now = self.trusted.versions, self.memorandum.agencies
        before = {slug: one for version in versions[:-1] for slug, one in version.agencies.items()}
        return [slug for slug in slugs if slug in before and before[slug].hpke_key != now[slug].hpke_key]

    def _forget_the_version_before(self) -> None:
        """Whatever was made by the version followed so far is made anew when it is needed."""
        self._publisher = None
        if self._projection is not None:
            self._projection.db.close()
            self._projection = None
        self._follow_keys()

    @property
    def own_rows(self) -> tuple[KeysRow, ...]:
        """Our keys by the memorandum that we follow, the oldest first; none before one is adopted."""
        return self._rows

    @property
    def _member(self) -> Member | None:
        """What the memorandum that we follow says of us; None before one is adopted that does."""
        newest = self.trusted.newest
        return newest.agencies.get(self.slug) if newest else None

    def _follow_keys(self) -> None:
        self._rows = self._member.keys if self._member else ()
        renewal.follow(self.signing, self.settings.home, self._keys, self._rows, self.store)

    def renew_keys(self, after: int | None) -> bytes:
        """Make our next keys and the card that the board enrols, for when our log has grown by `after` entries.

        Returns the card's bytes; see `renewal.renew`. Raises NotAdopted, StoreBehind.
        """
        self.memorandum  # noqa: B018 - raises where nothing is adopted: then there is nothing to renew
        self._shown()
        card = renewal.renew(
            self.settings, self._passphrase, self._keys, self.own_rows, self.log, self.store, after
        )
        self._keys = keyring.read_keys(self.settings.home, self._passphrase)
        self._opening[:] = [pair.hpke for pair in reversed(self._keys.pairs)]
        self._follow_keys()
        return card

    def _say_adopted(self, version: Memorandum, others: list[str]) -> None:
        batch = self._writer.batch(self._seen())
        said = {"adopted": version.sha256, "version": version.version, "recorded_at": batch.recorded_at}
        for readers in _parted(version, others):
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

    def _seen(self) -> tuple[int, ...]:
        sizes = self.replica.sizes()
        return tuple(sizes.get(slug, 0) for slug in self.memorandum.agencies if slug != self.slug)

    def _others(self) -> list[str]:
        return [slug for slug in self.memorandum.agencies if slug != self.slug]

    def _shown(self) -> int:
        """The size that the wire shows of our log; raises StoreBehind where that is not the log we hold, and NotAdopted for
        who is not in the memorandum that is followed.
        """
        if self.trusted.newest is not None and self._member is None:
            raise _no_member(self.slug)
        self.carrier.require()
        key_at = self._member.log_key_at if self._member else self.signing.public_at
        shown = self.log.check_against(self.wire.head(self.slug), key_at)
        self._newest.note(self.log)
        self._wire_away = False
        return shown


def _no_member(slug: str) -> NotAdopted:
    return NotAdopted(
        "the memorandum that this home follows does not have this agency",
        where=slug,
        advice="Adopt a version that has it, to publish and to receive; what this home holds can be read and verified.",
    )


@contextmanager
def _whole(database: Database) -> Iterator[None]:
    """Say of which database it is that what it holds does not prove what it claims."""
    try:
        yield
    except EvidenceFault as fault:
        raise Damaged(
            f"the database is damaged: {fault.message}",
            where=database.name,
            advice="Keep it as it is, and bring back a copy that is whole.",
        ) from fault


def _parted(version: Memorandum, others: Sequence[str]) -> Iterator[list[str]]:
    """The readers of each entry of an adoption: coordinating agencies read every one of them, as they read every header."""
    every = [slug for slug in others if version.agencies[slug].role == "coordinator"]
    rest = [slug for slug in others if slug not in every]
    room = SLOTS - 1 - len(every)
    for start in range(0, max(len(rest), 1), room):
        yield [*every, *rest[start : start + room]]


class Foreign:
    """What the publishing side asks of the replica."""

    def __init__(self, agency: Parts) -> None:
        self._agency = agency
        self.numbered = agency.replica.numbered
        self.kind_of = lru_cache(maxsize=1024)(agency.replica.kind_of)
        self.file_of = lru_cache(maxsize=1024)(agency.replica.file_of)
        self.referrals = agency.replica.referrals
        self.forget()

    def forget(self) -> None:
        """Something may have been received since: what was not known may be."""
        self.file_of.cache_clear()
        self.kind_of.cache_clear()
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
