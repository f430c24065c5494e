"""What one agency does: it publishes, reads, and syncs. The only place that knows every part, with `parts`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from accord.bootstrap.newest import Newest
from accord.bootstrap.parts import Parts
from accord.bootstrap.projecting import open_projection
from accord.bootstrap.readheads import say_reads_head
from accord.bootstrap.settings import Settings
from accord.bootstrap.stores import open_stores
from accord.errors import EntriesLost, RenewalAwaited, Unreachable, Unready
from accord.gateway import (
    Accepted,
    Follower,
    Group,
    Outcome,
    Publisher,
    Refusal,
)
from accord.keys import expand
from accord.ports import Database
from accord.projection import Projection
from accord.replica import Item
from accord.schema import Vocabulary

_MOST_ROUNDS = 20
_PROJECTED_AT_ONCE = 4096
_ALIVE = 10_000_000  # microseconds: without a beat, so often at most
Told = Callable[[str], None]


@dataclass(slots=True)
class Synced:
    """What one sync did: entries published, received and appended because of others, events no longer waiting.

    `unreached` says by slug why another agency's part of the wire could not be read; what had come before stays.
    `waits` says why nothing can be appended to our log, if something should have been: it is done later.
    """

    published: int = 0
    received: int = 0
    granted: int = 0
    released: int = 0
    told: int = 0
    unreached: dict[str, str] = field(default_factory=dict)
    waits: str | None = None

    @contextmanager
    def unless_our_log_waits(self) -> Iterator[None]:
        """Append to our log, or note why it waits; nothing else has to."""
        try:
            yield
        except RenewalAwaited as waits:
            self.waits = waits.message

    @property
    def changed(self) -> bool:
        """Whether another round may find more."""
        return bool(self.published or self.received or self.granted or self.released or self.told)


class Agency(Parts):
    """One agency with its stores, keys and wire, opened from its home."""

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
        """Publish groups of submissions in order; see `Publisher.emit`.

        Raises StoreBehind where our store is older than the wire, Unreachable where that cannot be told.
        """
        self._require_newest()
        yield from self.publisher.emit(groups)
        self._newest.note(self.log)

    def _require_newest(self) -> None:
        """See that our store is the newest, before anything is signed: by the wire, or while that is away by `Newest`."""
        if self._wire_away:
            return  # asked a moment ago: a broker that is away lets whoever asks wait
        try:
            self._shown()
        except Unready as error:
            if type(error) not in (Unready, Unreachable):
                raise
            self._newest.require_held_by(self.log, error)
            self._wire_away = True

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
        self.no_longer_waiting = []
        self.carrier.begin_turn()
        total = Synced()
        self._say_reads_head(total)
        for _ in range(_MOST_ROUNDS):
            done = self._round(tell, total.unreached, stopping)
            total.published += done.published
            total.received += done.received
            total.granted += done.granted
            total.released += done.released
            total.told += done.told
            total.waits = done.waits or total.waits
            if not done.changed or stopping():
                break
        self._say_alive()
        return total

    def _round(self, tell: Told, unreached: dict[str, str], stopping: Callable[[], bool]) -> Synced:
        done = Synced(unreached=unreached)
        done.published = self._publish(self._shown())
        self._receive(tell, done, stopping, self._others())
        with done.unless_our_log_waits():
            done.released = self._retry()
        return done

    def publish(self) -> Synced:
        """The gateway's half of a sync: put on the wire what is in our log, and what waited and now need not."""
        self.no_longer_waiting = []
        done = Synced()
        done.published = self._publish(self._say_reads_head(done))
        with done.unless_our_log_waits():
            done.released = self._retry()
        if done.released:
            done.published += self._publish(self._shown())
        self._say_alive()
        return done

    def receive(
        self,
        tell: Told = lambda line: None,
        *,
        stopping: Callable[[], bool] = lambda: False,
        only: Container[str] | None = None,
    ) -> Synced:
        """The projector's half: receive, verify, project; grant what is due because of it, and tell of faults.

        With `only` no other agency's log than these is received; what other workers have received is projected. Once
        `stopping` says so it ends after the bundle in hand; the next time goes on behind it.
        """
        with self._or_nobody_reached():
            self._shown()
        self.carrier.begin_turn()
        done = Synced()
        self._receive(tell, done, stopping, [slug for slug in self._others() if only is None or slug in only])
        return done

    @property
    def unpublished(self) -> int:
        """How many entries of our log are not on the wire yet."""
        return self.log.size - self._outbox.published

    def _say_reads_head(self, done: Synced) -> int:
        shown = self._shown()
        with done.unless_our_log_waits():
            say_reads_head(self._writer, self.book, self.reads.log, self.signing, self._seen(), self._now())
        return shown

    def _publish(self, shown: int) -> int:
        done = self._outbox.publish(self._others(), shown)
        self._again.answer(self.wire, self.signing, self._outbox.published)
        return done

    def _say_alive(self) -> None:
        now = self.clock.now()
        if self.log.size and (self.memorandum.beat or now - self._said_alive >= _ALIVE):
            self.wire.heartbeat(self.slug, self.log.head(self.log.size))
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

    def _receive(self, tell: Told, done: Synced, stopping: Callable[[], bool], slugs: Sequence[str]) -> None:
        self._catch_up()  # a process may have died between receiving and projecting
        pending: list[Item] = []
        for items in self._received(tell, done, slugs):
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
        with done.unless_our_log_waits():
            follower = Follower(self._writer, self.book, self.replica, self._seen())
            done.granted = follower.follow()
            done.told = follower.tell() + self._again.ask(self._seen())

    def _received(self, tell: Told, done: Synced, slugs: Sequence[str]) -> Iterator[list[Item]]:
        """What is new of each of these logs, after each bundle; one that cannot be reached does not keep the others."""
        with self._or_nobody_reached():
            self.carrier.look(slugs)
        try:
            for slug in slugs:
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

    @contextmanager
    def _or_nobody_reached(self) -> Iterator[None]:
        """Where the wire itself is away, no log is reached."""
        try:
            yield
        except Unready as away:
            self.unreached = dict.fromkeys(self._others(), str(away))
            raise

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
def opened(
    home: Path,
    environment: Mapping[str, str],
    *,
    write: bool = True,
    vocabulary: Vocabulary | None = None,
    newest: Newest | None = None,
) -> Iterator[Agency]:
    """Open an agency from its home; for writing the home is locked. Raises UsageRefused, HomeLocked.

    A process that opens it again and again hands in the same `newest` each time.
    """
    with ExitStack() as stack:
        settings = Settings.read(home)
        stores = open_stores(settings)
        if write:
            stack.enter_context(stores.locked())
        agency = Agency(settings, environment, vocabulary, writing=write, stores=stores, newest=newest)
        stack.callback(agency.close)
        yield agency
