"""SQLite: the default store. WAL, synchronous=FULL, one writer, write-first transactions, secure delete."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteProcessRecorder,
)

from accord.errors import Unready
from accord.gateway import SealedRecord
from accord.ports import Parameters, Row

PAGE_SIZE = 8192  # three entries of 2.6 KB to a page
BUSY_SECONDS = 30


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False, cached_statements=512
    )
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -32768")
    return connection


class SqliteTransaction:
    """Statements on the database's one writing connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        return self._connection.execute(statement, parameters).rowcount

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> None:
        self._connection.executemany(statement, rows)

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        return self._connection.execute(statement, parameters).fetchall()


class SqliteDatabase:
    """One database file; created, with `schema`, if it is not there."""

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._connection = _connect(path)
        self._connection.executescript(schema)

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        return self._connection.execute(statement, parameters).fetchall()

    def stream(self, statement: str, parameters: Parameters = ()) -> Iterator[Row]:
        yield from self._connection.cursor().execute(statement, parameters)

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield SqliteTransaction(self._connection)
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.execute("COMMIT")

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
        SqliteDatabase(path, schema).close()
        datastore = SQLiteDatastore(str(path), lock_timeout=BUSY_SECONDS)
        datastore.pool.close()
        datastore.pool = _Pool(db_name=str(path), lock_timeout=BUSY_SECONDS, pool_size=1, max_overflow=0)
        super().__init__(datastore)
        self.insert_events_statement = "INSERT INTO stored_events VALUES (?,?,?,?,?,?,?)"
        self.create_table()

    def construct_create_table_statements(self) -> list[str]:
        ours = (
            "CREATE TABLE IF NOT EXISTS stored_events (originator_id TEXT NOT NULL, "
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
            originator_id.hex,
            gt or 0,
            lte if lte is not None else 1 << 62,
            -1 if limit is None else limit,
        )
        with self.datastore.get_connection(commit=False) as connection:
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
        event.originator_id.hex,
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
        connection = sqlite3.connect(path)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        finally:
            connection.close()
        if version > 1:
            raise Unready(
                "this home was written by a newer version of Accord", advice="Install that version."
            )
