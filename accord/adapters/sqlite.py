"""SQLite: the default store. WAL, synchronous=FULL, one writer, write-first transactions, secure delete."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.persistence import PersistenceError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteProcessRecorder,
)

from accord.adapters.records import INSERT, NEWEST_FIRST, OLDEST_FIRST, record_of, row_of
from accord.adapters.sql import statements
from accord.errors import AccordError, Damaged, HomeLocked, Unready
from accord.ports import Parameters, Row

PAGE_SIZE = 8192  # three entries of 2.6 KB to a page
BUSY_SECONDS = 30

# An integer that no column can hold; a damaged file, in whose own words SQLite told so.
_REFUSES = (sqlite3.DatabaseError, OverflowError, UnicodeDecodeError)
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DISK = "See to the disk."
_PERMISSIONS = "See to its permissions. Even who only reads writes to a home: from a medium that takes no writing, copy it."
_REFUSED = {
    sqlite3.SQLITE_FULL: ("the disk is full", _DISK),
    sqlite3.SQLITE_IOERR: ("the disk refuses to read or write", _DISK),
    sqlite3.SQLITE_READONLY: ("the file may only be read", _PERMISSIONS),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", _PERMISSIONS),
    sqlite3.SQLITE_PERM: ("the file may not be opened", _PERMISSIONS),
    sqlite3.SQLITE_AUTH: ("the file may not be opened", _PERMISSIONS),
    sqlite3.SQLITE_NOMEM: ("there is no memory left", "Give it more."),
    sqlite3.SQLITE_TOOBIG: ("a value is too large", "Hand in less at once."),
}


def refusal(path: Path, error: Exception) -> AccordError:
    """What SQLite refused, as an error of ours that names the file and never a value.

    Damage is Unready as well, not an EvidenceFault: it is ours, and must not be laid at another agency's door.
    """
    cause = error.__cause__ if isinstance(error, PersistenceError) else error
    if isinstance(cause, sqlite3.ProgrammingError):
        raise error  # a fault of this program, not of the file
    code = getattr(cause, "sqlite_errorcode", None)
    kind = None if code is None else code & 0xFF
    if kind in _LOCKED:
        advice = "Wait until it has ended."
        return HomeLocked("another process is writing to this database", where=path.name, advice=advice)
    if kind in _REFUSED and code != sqlite3.SQLITE_IOERR_SHORT_READ:
        message, advice = _REFUSED[kind]
        return Unready(message, where=path.name, advice=advice)
    if isinstance(cause, OverflowError):
        message = "a value does not fit into its column; nothing was changed"
        return Damaged(message, where=path.name, advice="Run: accord verify.")
    if kind == sqlite3.SQLITE_CONSTRAINT:
        message = "what was to be written contradicts what is there; nothing was changed"
        return Damaged(message, where=path.name, advice="Run: accord verify.")
    return Damaged("the database is damaged", where=path.name, advice=_RESTORE)


_NEWER = "this home was written by a newer version of Accord"
_RESTORE = "Keep the file as it is, run: accord verify, and bring back a copy that is whole."


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (*_REFUSES, PersistenceError) as error:
        raise refusal(path, error) from error


_DURABLE = (
    f"page_size = {PAGE_SIZE}",
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "foreign_keys = ON",
    "cache_size = -49152",
)
_DISPOSABLE = (  # what a power failure takes comes again from the replica's feed
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "cache_size = -32768",
    "wal_autocheckpoint = 16384",
)


def _connect(path: Path, pragmas: Sequence[str] = _DURABLE) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False, cached_statements=512
    )
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    return connection


class SqliteTransaction:
    """Statements on the database's one writing connection."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        try:
            return self._connection.execute(statement, parameters).rowcount
        except _REFUSES as error:
            raise refusal(self._path, error) from error

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> None:
        try:
            self._connection.executemany(statement, rows)
        except _REFUSES as error:
            raise refusal(self._path, error) from error

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except _REFUSES as error:
            raise refusal(self._path, error) from error


class SqliteDatabase:
    """One database file; made, by its numbered `steps`, where it is not there or of an older version.

    Whatever SQLite refuses is raised as Unready (HomeLocked, if another process is writing), naming the file; so is a
    file that a newer version has written.
    """

    def __init__(self, path: Path, steps: Sequence[str] = (), *, durable: bool = True) -> None:
        self.path = path
        with _told(path):
            self._connection = _connect(path, _DURABLE if durable else _DISPOSABLE)
        try:
            self._prepare(steps)
        except BaseException:
            self.close()
            raise

    def _prepare(self, steps: Sequence[str]) -> None:
        with _told(self.path):
            version = self._version()
        if version > len(steps) > 0:
            raise Unready(_NEWER, where=self.name, advice="Install that version.")
        if version < len(steps):  # else a reader would wait for a writer here
            self._bring_up(steps)

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _bring_up(self, steps: Sequence[str]) -> None:
        with self.transaction() as transaction:
            for step in steps[self._version() :]:  # another process may have done it meanwhile
                for statement in statements(step):
                    transaction.execute(statement)
            transaction.execute(f"PRAGMA user_version = {len(steps)}")

    @property
    def name(self) -> str:
        return self.path.name

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except _REFUSES as error:
            raise refusal(self.path, error) from error

    def table(self, statement: str, parameters: Parameters = ()) -> tuple[list[str], list[Row]]:
        with _told(self.path):
            found = self._connection.execute(statement, parameters)
            return [column[0] for column in found.description or ()], found.fetchall()

    def check(self, statement: str) -> None:
        """Statements are written for SQLite, and were checked on it when they were loaded."""

    def has(self, table: str) -> bool:
        return bool(self.query("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)))

    def stream(self, statement: str, parameters: Parameters = ()) -> Iterator[Row]:
        with _told(self.path):
            yield from self._connection.cursor().execute(statement, parameters)

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        with _told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield SqliteTransaction(self._connection, self.path)
            with _told(self.path):
                self._connection.execute("COMMIT")
        except BaseException:
            self._connection.rollback()  # a refused COMMIT leaves the transaction open
            raise

    def faults(self) -> Iterator[str]:
        """What SQLite itself finds wrong with the file; reads all of it."""
        for (said,) in self.query("PRAGMA integrity_check(20)"):
            if said != "ok":
                yield str(said)

    def close(self) -> None:
        self._connection.close()


class SqliteProjections:
    """The file of the projection, and the one beside it while it is built anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_name("projection.new.db")

    def open(self) -> SqliteDatabase:
        """The projection's database, empty if there was none."""
        return SqliteDatabase(self._path, durable=False)

    def beside(self) -> SqliteDatabase:
        """An empty one beside it; what a process that died left there is thrown away."""
        _remove(self._beside)
        return SqliteDatabase(self._beside, durable=False)

    def swap(self) -> None:
        """The one beside takes the place: nothing of it stays in files beside, then it is renamed."""
        made = SqliteDatabase(self._beside, durable=False)
        made.query("PRAGMA journal_mode = DELETE")
        made.close()
        _remove(self._path)
        self._beside.rename(self._path)


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


class _Pool(SQLiteConnectionPool):
    """The library's pool, with our pragmas on its connections."""

    def _create_connection(self) -> SQLiteConnection:
        connection = _connect(Path(self.db_name))
        connection.row_factory = sqlite3.Row
        return SQLiteConnection(sqlite_conn=connection, max_age=None)


class SqliteLogRecorder(SQLiteProcessRecorder):
    """The event store that is the log: events, leaves, tree, head and outbox in one transaction.

    A stored event carries its place in the log, its leaf hash and the positions of its chains. What else
    belongs to the append comes as `beside`: (statement, rows) pairs, executed first, so that a conflict
    stops the transaction before anything is written. The steps of the store make its tables.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        datastore = SQLiteDatastore(str(path), lock_timeout=BUSY_SECONDS)
        datastore.pool.close()
        datastore.pool = _Pool(db_name=str(path), lock_timeout=BUSY_SECONDS, pool_size=1, max_overflow=0)
        super().__init__(datastore)
        self.insert_events_statement = INSERT

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        with _told(self._path):
            try:
                return super().insert_events(stored_events, **kwargs)
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        """A refused COMMIT leaves the library's transaction open."""
        with self.datastore.get_connection(commit=True) as connection:
            connection.rollback()

    def max_tracking_id(self, application_name: str) -> int | None:
        with _told(self._path):
            return super().max_tracking_id(application_name)

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        beside: Sequence[tuple[str, Sequence[Parameters]]] = (),
        **kwargs: Any,
    ) -> Sequence[int] | None:
        for statement, rows in beside:
            c.executemany(statement, rows)
        c.executemany(self.insert_events_statement, [row_of(event) for event in stored_events])
        tracking = kwargs.get("tracking")
        if tracking is not None:
            self._insert_tracking(c, tracking)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        assert isinstance(originator_id, UUID)
        statement = NEWEST_FIRST if desc else OLDEST_FIRST
        bounds = (
            originator_id.bytes,
            gt or 0,
            lte if lte is not None else 1 << 62,
            -1 if limit is None else limit,
        )
        with _told(self._path), self.datastore.get_connection(commit=False) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, bounds)
            return [record_of(originator_id, row) for row in cursor.fetchall()]
