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

from accord.errors import AccordError, HomeLocked, Unready
from accord.gateway import SealedRecord
from accord.ports import Parameters, Row

PAGE_SIZE = 8192  # three entries of 2.6 KB to a page
BUSY_SECONDS = 30
SCHEMA_VERSION = 1

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_REFUSED = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk refuses to read or write",
    sqlite3.SQLITE_READONLY: "the file may only be read",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_PERM: "the file may not be opened",
    sqlite3.SQLITE_AUTH: "the file may not be opened",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_TOOBIG: "a value is too large",
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
    if kind in _REFUSED:
        return Unready(_REFUSED[kind], where=path.name, advice="See to the disk and its permissions.")
    if kind == sqlite3.SQLITE_CONSTRAINT:
        message = "what was to be written contradicts what is there; nothing was changed"
        return Unready(message, where=path.name, advice="Run: accord verify.")
    return Unready("the database is damaged", where=path.name, advice=_RESTORE)


_RESTORE = "Keep the file as it is, run: accord verify, and bring back a copy that is whole."


class Connection(sqlite3.Connection):
    """A connection whose statements raise errors of ours."""

    path: Path

    def execute(self, *args: Any) -> sqlite3.Cursor:
        try:
            return self.cursor(Cursor).execute(*args)
        except sqlite3.DatabaseError as error:
            raise refusal(self.path, error) from error

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        try:
            return super().executemany(*args)
        except sqlite3.DatabaseError as error:
            raise refusal(self.path, error) from error


class Cursor(sqlite3.Cursor):
    """A cursor whose rows raise errors of ours."""

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.DatabaseError as error:
            raise self._refusal(error) from error

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.DatabaseError as error:
            raise self._refusal(error) from error

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.DatabaseError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: sqlite3.Error) -> AccordError:
        assert isinstance(self.connection, Connection)
        return refusal(self.connection.path, error)


def connect(path: Path) -> Connection:
    """The projection's own connection. What a power failure takes from it comes again from the replica's feed."""
    with _told(path):
        connection = sqlite3.connect(path, check_same_thread=False, timeout=BUSY_SECONDS, factory=Connection)
    connection.path = path
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "cache_size = -32768",
        "wal_autocheckpoint = 16384",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, PersistenceError) as error:
        raise refusal(path, error) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False, cached_statements=512
    )
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -49152")
    return connection


class SqliteTransaction:
    """Statements on the database's one writing connection."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        try:
            return self._connection.execute(statement, parameters).rowcount
        except sqlite3.DatabaseError as error:
            raise refusal(self._path, error) from error

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> None:
        try:
            self._connection.executemany(statement, rows)
        except sqlite3.DatabaseError as error:
            raise refusal(self._path, error) from error

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            raise refusal(self._path, error) from error


class SqliteDatabase:
    """One database file; created, with `schema`, if it is not there.

    Whatever SQLite refuses is raised as Unready (HomeLocked, if another process is writing), naming the file.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        with _told(path):
            self._connection = _connect(path)
            if not self._connection.execute("PRAGMA user_version").fetchone()[0]:
                self._connection.executescript(schema)  # else a reader would wait for a writer here

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            raise refusal(self.path, error) from error

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
    stops the transaction before anything is written.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        SqliteDatabase(path, schema).close()
        datastore = SQLiteDatastore(str(path), lock_timeout=BUSY_SECONDS)
        datastore.pool.close()
        datastore.pool = _Pool(db_name=str(path), lock_timeout=BUSY_SECONDS, pool_size=1, max_overflow=0)
        super().__init__(datastore)
        self.insert_events_statement = "INSERT INTO stored_events VALUES (?,?,?,?,?,?,?)"
        self._made = False
        with _told(path):
            self.create_table()
        self._made = True

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
        if not self._made:  # the library asks whether its table is there, and waits for its own error
            return super().max_tracking_id(application_name)
        with _told(self._path):
            return super().max_tracking_id(application_name)

    def construct_create_table_statements(self) -> list[str]:
        ours = (
            "CREATE TABLE IF NOT EXISTS stored_events (originator_id BLOB NOT NULL, "
            "originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, idx INTEGER PRIMARY KEY, "
            "leaf BLOB NOT NULL, positions BLOB NOT NULL, UNIQUE (originator_id, originator_version))"
        )
        return [ours, *super().construct_create_table_statements()[1:]]

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
        c.executemany(self.insert_events_statement, [_row(event) for event in stored_events])
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
        statement = _NEWEST_FIRST if desc else _OLDEST_FIRST
        bounds = (
            originator_id.bytes,
            gt or 0,
            lte if lte is not None else 1 << 62,
            -1 if limit is None else limit,
        )
        with _told(self._path), self.datastore.get_connection(commit=False) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, bounds)
            return [
                SealedRecord(originator_id, row[0], row[1], row[2], row[3], row[4], row[5])
                for row in cursor.fetchall()
            ]


_OLDEST_FIRST = (
    "SELECT originator_version, topic, state, idx, leaf, positions FROM stored_events "
    "WHERE originator_id = ? AND originator_version > ? AND originator_version <= ? "
    "ORDER BY originator_version LIMIT ?"
)
_NEWEST_FIRST = _OLDEST_FIRST.replace("originator_version LIMIT", "originator_version DESC LIMIT")


def _row(event: StoredEvent) -> tuple[Any, ...]:
    assert isinstance(event, SealedRecord)
    assert isinstance(event.originator_id, UUID)
    return (
        event.originator_id.bytes,
        event.originator_version,
        event.topic,
        event.state,
        event.index,
        event.leaf,
        event.positions,
    )


def refuse_newer(path: Path) -> None:
    """Refuse a database that a newer version of Accord has made."""
    if path.exists():
        with _told(path):
            connection = sqlite3.connect(path)
            try:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
            finally:
                connection.close()
        if version > SCHEMA_VERSION:
            raise Unready(
                "this home was written by a newer version of Accord",
                where=path.name,
                advice="Install that version.",
            )
