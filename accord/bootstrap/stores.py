"""Where a home keeps what it knows: SQLite files in the home, or an agency's database in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

from eventsourcing.persistence import ProcessRecorder

from accord.adapters.sqlite import SqliteDatabase, SqliteLogRecorder, SqliteProjections
from accord.bootstrap.home import asked_for, locked
from accord.bootstrap.settings import Settings
from accord.errors import UsageRefused
from accord.gateway import STORE_STEPS
from accord.ports import Database, Projections
from accord.projection import READS_STEPS
from accord.replica import REPLICA_STEPS

if TYPE_CHECKING:
    from accord.adapters.postgres import PostgresDatabase


PATIENCE = 2.0
"""For so many seconds whoever holds the stores is asked to let another in."""


class Stores(Protocol):
    """The databases of one home; each is made or brought up to date when it is opened."""

    def locked(self) -> AbstractContextManager[None]:
        """Hold the stores for writing; raises HomeLocked if another process does, and goes on doing so when asked."""
        ...

    def asked_for(self) -> bool:
        """Whether another process waits for the lock that we hold."""
        ...

    def store(self) -> tuple[Database, ProcessRecorder]:
        """Our events, log and outbox; the second appends to it."""
        ...

    def replica(self) -> Database:
        """Every other agency's log, verified."""
        ...

    def reads(self) -> Database:
        """Our own reading log."""
        ...

    def projections(self) -> Projections:
        """Where our role's projection lies."""
        ...

    def close(self) -> None:
        """Close what appends to our log; the databases are closed by whoever opened them."""
        ...


def open_stores(settings: Settings) -> Stores:
    """The stores that the settings name; raises UsageRefused where PostgreSQL is named and not installed."""
    if settings.store is None:
        return SqliteStores(settings)
    return PostgresStores(settings, settings.store)


class SqliteStores:
    """Files in the home: store.db, replica.db, reads.db, projection.db."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home
        self._recorder: SqliteLogRecorder | None = None

    def locked(self) -> AbstractContextManager[None]:
        return locked(self._home, PATIENCE)

    def asked_for(self) -> bool:
        return asked_for(self._home)

    def store(self) -> tuple[Database, ProcessRecorder]:
        path = self._home / "store.db"
        database = SqliteDatabase(path, STORE_STEPS)
        self._recorder = SqliteLogRecorder(path)
        return database, self._recorder

    def replica(self) -> Database:
        return SqliteDatabase(self._home / "replica.db", REPLICA_STEPS)

    def reads(self) -> Database:
        return SqliteDatabase(self._home / "reads.db", READS_STEPS)

    def projections(self) -> Projections:
        return SqliteProjections(self._home / "projection.db")

    def close(self) -> None:
        if self._recorder is not None:
            self._recorder.datastore.close()


class PostgresStores:
    """Schemas of the agency's database: store, replica, reads, projection.

    The home is locked as well, for what lies in it: keys, memoranda, the inbox.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        try:
            from accord.adapters import postgres
        except ImportError as error:
            raise UsageRefused(
                "PostgreSQL is named as the store, and its driver is not installed",
                where="[store]",
                advice="Install the wheel that Accord came in with it: pip install 'accord_exchange-...whl[postgres]'.",
            ) from error
        self._postgres = postgres
        self._home = settings.home
        self._url = url
        self._lock = postgres.WriterLock(url, f"{settings.exchange}/{settings.agency}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        with locked(self._home, PATIENCE):
            self._open("store", STORE_STEPS).close()  # the lock's own table is in it
            self._lock.take()
            try:
                yield
            finally:
                self._lock.release()

    def asked_for(self) -> bool:
        return asked_for(self._home) or self._lock.asked_for()

    def _open(self, name: str, steps: tuple[str, ...]) -> PostgresDatabase:
        return self._postgres.PostgresDatabase(self._url, name, steps, lock=self._lock)

    def store(self) -> tuple[Database, ProcessRecorder]:
        database = self._open("store", STORE_STEPS)
        return database, self._postgres.PostgresLogRecorder(database, self._lock)

    def replica(self) -> Database:
        return self._open("replica", REPLICA_STEPS)

    def reads(self) -> Database:
        return self._postgres.PostgresDatabase(self._url, "reads", READS_STEPS)  # each reader writes in it

    def projections(self) -> Projections:
        return self._postgres.PostgresProjections(self._url, self._lock)

    def close(self) -> None:
        """Nothing is open beside the databases."""


def prepare_stores(settings: Settings) -> None:
    """Make the stores, or bring them up to date, and do nothing else; raises Unready."""
    stores = open_stores(settings)
    for database in (stores.store()[0], stores.replica(), stores.reads(), stores.projections().open()):
        database.close()
    stores.close()
