"""The event store that is the log, on eventsourcing's recorder for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg import Cursor, RawCursor
from psycopg.rows import DictRow, tuple_row

from accord.adapters.postgres.connection import Connection, told
from accord.adapters.postgres.database import PostgresDatabase, check_epoch
from accord.adapters.postgres.dialect import translate
from accord.adapters.postgres.lock import KEYS, WriterLock
from accord.adapters.records import INSERT, NEWEST_FIRST, OLDEST_FIRST, record_of, row_of
from accord.errors import Overtaken
from accord.ports import Parameters

_SIZE = "SELECT COALESCE(MAX(size), 0) AS size FROM log_head"


class _Datastore(PostgresDatastore):
    """The library's datastore on the one connection of our database, with its errors ours."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        super().__init__(dbname="", host="", port="", user="", password="", schema=database.name)

    @contextmanager
    def get_connection(self) -> Iterator[Connection]:
        with told(self._database.name):
            yield self._database.ready()

    def register_type_adapters(self) -> None:
        """Events go as rows, not as values of a composite type."""

    def close(self) -> None:
        """The connection belongs to the database."""


class PostgresLogRecorder(PostgresProcessRecorder):
    """Events, leaves, tree, head and outbox in one transaction, as in SqliteLogRecorder; see there.

    The order in it: our turn, our epoch, the size of the log as we know it, rows beside, events, tracking. An answer that
    was lost with the connection is told as Unready and not tried again blindly: whether it was committed is seen when the
    store is read again.
    """

    def __init__(self, database: PostgresDatabase, lock: WriterLock) -> None:
        self._store = database
        self._lock = lock
        super().__init__(_Datastore(database), tracking_table_name="tracking")

    def _insert_events(
        self,
        curs: Cursor[DictRow],
        stored_events: Sequence[StoredEvent],
        *,
        beside: Sequence[tuple[str, Sequence[Parameters]]] = (),
        **kwargs: Any,
    ) -> None:
        self._fence(curs, stored_events)
        for statement, rows in beside:
            _many(curs, statement, rows)
        if stored_events:
            _many(curs, INSERT, [row_of(event) for event in stored_events])
        super()._insert_events(curs, stored_events, **kwargs)

    def _fence(self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent]) -> None:
        """Only the process that has the log as it is may go on with it."""
        curs.execute("SELECT pg_advisory_xact_lock(%s)", (KEYS["store"],))
        if self._lock.epoch is not None:
            check_epoch(curs.execute("SELECT epoch FROM writer").fetchall(), self._lock, self._store.name)
        found = curs.execute(_SIZE).fetchone()
        first = row_of(stored_events[0])[4] if stored_events else None
        if first is not None and (found is None or found["size"] != first):
            raise Overtaken(
                "another process of this agency has gone on with this log",
                where=self._store.name,
                advice="Do it again: what was not committed was not done.",
            )

    def _insert_stored_events(self, *_: Any, **__: Any) -> None:
        """They are in already: rows of ours, in the transaction's own order."""

    def _fetch_ids_after_insert_events(self, *_: Any, **__: Any) -> Sequence[int] | None:
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
        bounds = (originator_id.bytes, gt or 0, lte if lte is not None else 1 << 62, limit)
        found = self._store.query(NEWEST_FIRST if desc else OLDEST_FIRST, bounds)
        return [record_of(originator_id, row) for row in found]


def _many(curs: Cursor[DictRow], statement: str, rows: Sequence[Parameters]) -> None:
    translated = translate(statement)
    cursor = RawCursor(curs.connection, row_factory=tuple_row)
    cursor.executemany(translated.sql, [translated.arguments(row) for row in rows])
