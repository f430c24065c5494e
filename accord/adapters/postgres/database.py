"""PostgreSQL: for an agency that has outgrown files. A schema for each store, one transaction at a time in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg import RawCursor
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from accord.adapters.postgres.connection import Connection, connect, refusal, told
from accord.adapters.postgres.dialect import translate
from accord.adapters.postgres.lock import KEYS, WriterLock
from accord.adapters.postgres.migration import prepare
from accord.adapters.sql import statements, tokens
from accord.errors import HomeLocked, ProjectionRefused, Unready
from accord.ports import Parameters, Row

T = TypeVar("T")
_FETCH = "FETCH FORWARD 512 FROM accord"  # as many rows a stream holds


def _cursor(connection: psycopg.Connection[Any]) -> RawCursor[tuple[Any, ...]]:
    return RawCursor(connection, row_factory=tuple_row)


class PostgresTransaction:
    """Statements on the database's one writing connection."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        translated = translate(statement)
        with told(self._name):
            found = _cursor(self._connection).execute(translated.sql, translated.arguments(parameters))
            return found.rowcount

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> None:
        translated = translate(statement)
        with told(self._name):
            _cursor(self._connection).executemany(translated.sql, [translated.arguments(row) for row in rows])

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        with told(self._name):
            return list(run(self._connection, statement, parameters).fetchall())


def run(
    connection: psycopg.Connection[Any], statement: str, parameters: Parameters
) -> RawCursor[tuple[Any, ...]]:
    """Run a statement of the common dialect; its rows come in binary."""
    translated = translate(statement)
    return _cursor(connection).execute(translated.sql, translated.arguments(parameters), binary=True)


class PostgresDatabase:
    """One schema of an agency's database; made, by its numbered `steps`, where it is not there.

    Whatever PostgreSQL refuses is raised as Unready (HomeLocked, where another process is writing). A connection that was
    lost is told as Unready where something had been begun on it, else there is a new one. With a `lock` that is held, only
    its holder writes.
    """

    def __init__(
        self,
        url: str,
        name: str,
        steps: Sequence[str] = (),
        *,
        lock: WriterLock | None = None,
        durable: bool = True,
    ) -> None:
        self.name = name
        self._url = url
        self._lock = lock
        self._durable = durable
        self._steps = steps
        self._spare: list[Connection] = []
        self._connection = self._connect()
        try:
            with told(name):
                prepare(self._connection, name, steps)
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Connection:
        return connect(self._url, self.name, durable=self._durable)

    def ready(self) -> Connection:
        """The writing connection: a new one where the last was lost, by the holder of the lock alone."""
        if self._connection.closed:
            if self._lock is not None:
                self._lock.renew()
            self._connection = self._connect()
        return self._connection

    def _again(self, ask: Callable[[Connection], T]) -> T:
        """Ask; once more on a new connection where the old was found lost and nothing had been begun on it."""
        connection = self.ready()
        begun = connection.info.transaction_status != TransactionStatus.IDLE
        with told(self.name):
            try:
                return ask(connection)
            except psycopg.OperationalError:
                if begun or not connection.closed:
                    raise
        connection = self.ready()
        with told(self.name):
            return ask(connection)

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        return self._again(lambda connection: list(run(connection, statement, parameters).fetchall()))

    def table(self, statement: str, parameters: Parameters = ()) -> tuple[list[str], list[Row]]:
        found = self._again(lambda connection: run(connection, statement, parameters))
        return [column.name for column in found.description or ()], list(found.fetchall())

    def stream(self, statement: str, parameters: Parameters = ()) -> Iterator[Row]:
        translated = translate(statement)
        with self._reading() as connection:
            with told(self.name):
                declared = f"DECLARE accord NO SCROLL CURSOR FOR {translated.sql}"
                _cursor(connection).execute(declared, translated.arguments(parameters))
            while rows := self._fetch(connection):
                yield from rows

    def _fetch(self, connection: Connection) -> list[tuple[Any, ...]]:
        with told(self.name):
            return _cursor(connection).execute(_FETCH, binary=True).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection of its own, that sees one moment of the database while rows are taken from it."""
        connection = self._begun()
        try:
            yield connection
        finally:
            self._put_back(connection)

    def _begun(self) -> Connection:
        while self._spare:
            connection = self._spare.pop()
            with suppress(psycopg.Error):  # lost while nobody used it
                connection.execute(_MOMENT)
                return connection
        connection = self._connect()
        with told(self.name):
            connection.execute(_MOMENT)
        return connection

    def _put_back(self, connection: Connection) -> None:
        with suppress(psycopg.Error):
            if not connection.closed:
                connection.execute("ROLLBACK")
                self._spare.append(connection)

    def check(self, statement: str) -> None:
        try:
            translated = translate(statement)
            connection = self.ready()
            _cursor(connection).execute(f"PREPARE accord_check AS {translated.sql}", prepare=False)
            connection.execute("DEALLOCATE accord_check")
        except (ValueError, psycopg.ProgrammingError) as error:
            raise ProjectionRefused(
                f"PostgreSQL does not take this statement: {error}",
                advice="Write it so that both engines do.",
            ) from None
        except psycopg.Error as error:
            raise refusal(self.name, error) from None

    def has(self, table: str) -> bool:
        return bool(self._ask("SELECT 1 WHERE to_regclass($1) IS NOT NULL", table))

    def _ask(self, question: str, *arguments: object) -> list[Row]:
        """What is asked of PostgreSQL alone, in its own words."""
        return self._again(
            lambda connection: list(_cursor(connection).execute(question, arguments).fetchall())
        )

    @contextmanager
    def transaction(self) -> Iterator[PostgresTransaction]:
        try:
            connection = self._again(self._begin)
            yield PostgresTransaction(connection, self.name)
            self._commit(connection)
        except BaseException:
            with suppress(psycopg.Error):
                self._connection.rollback()
            raise

    def _begin(self, connection: Connection) -> Connection:
        """One question: begin, wait for our turn, see under which epoch we write."""
        fenced = self._lock is not None and self._lock.epoch is not None
        said = _BEGIN.format(KEYS[self.name.removesuffix("_new")]) + (_EPOCH if fenced else "")
        cursor = connection.execute(said)
        while cursor.nextset():
            pass
        if fenced:
            assert self._lock is not None
            check_epoch(cursor.fetchall(), self._lock, self.name)
        return connection

    def _commit(self, connection: Connection) -> None:
        with told(self.name):
            if connection.info.transaction_status != TransactionStatus.INTRANS:
                raise Unready("nothing was changed: a statement before had failed", where=self.name)
            connection.execute("COMMIT")

    def faults(self) -> Iterator[str]:
        """What PostgreSQL finds wrong when every row is read that this login may read, and which tables are not there."""
        missing = [one for one in self._tables() if not self.has(one)]
        yield from (f"the table {one} is missing" for one in missing)
        for quoted, table in self._ask(_TABLES, self.name):
            try:
                self._ask(f"SELECT SUM(LENGTH(t.*::text)) FROM {quoted} AS t")  # noqa: S608 - quoted by the server
            except Unready as error:
                yield f"the table {table} cannot be read: {error.message}"

    def _tables(self) -> list[str]:
        """The tables that there are after all steps."""
        made: dict[str, None] = {}
        for one in self._statements():
            match [token.text for token in tokens(one) if token.kind != "space"]:
                case ["CREATE", "TABLE", *words]:
                    made[words[words.index("(") - 1]] = None
                case ["DROP", "TABLE", name]:
                    del made[name]
                case ["ALTER", "TABLE", name, "RENAME", "TO", other]:
                    del made[name]
                    made[other] = None
        return list(made)

    def _statements(self) -> Iterator[str]:
        for step in self._steps:
            yield from statements(step)

    def close(self) -> None:
        for connection in (self._connection, *self._spare):
            with suppress(psycopg.Error):
                connection.close()
        self._spare.clear()


_MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEGIN = "BEGIN; SELECT pg_advisory_xact_lock({})"
_EPOCH = "; SELECT epoch FROM store.writer"
_TABLES = (
    "SELECT quote_ident(c.relname), c.relname FROM pg_catalog.pg_class AS c "
    "WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' "
    "AND has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname"
)


def check_epoch(found: Sequence[Any], lock: WriterLock, name: str) -> None:
    """Refuse to write where another process has taken over; raises HomeLocked."""
    if [row["epoch"] for row in found] != [lock.epoch]:
        raise HomeLocked(
            "another process of this agency has taken over this database",
            where=name,
            advice="End this one: what it had not committed was not done.",
        )
