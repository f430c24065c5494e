"""Who writes: one process of an agency, and no other, though the server restarts or a process comes back from the dead.

1. The lock: an advisory lock of a session, for as long as the process works. A second process is told.
2. The epoch: a number in `store.writer` that every taker of the lock raises, and every transaction compares. A process that
   lost its session (a restart, a network that came back) and comes late has the number of before: it writes nothing.
3. The transactions: one after the other in each schema, by an advisory lock of the transaction. Who raises the epoch takes
   all of them, so that nobody commits under the old one after that.
"""

from __future__ import annotations

from contextlib import suppress

import psycopg

from accord.adapters.postgres.connection import BUSY_SECONDS, Connection, connect, told
from accord.errors import HomeLocked, UsageRefused

_DYING_SECONDS = 2  # until the server has noticed that the process of a session is dead
_FIRST = 0x6163636F72640000  # "accord", and two bytes to count
KEYS = {
    "home": _FIRST,
    "store": _FIRST + 1,
    "replica": _FIRST + 2,
    "projection": _FIRST + 3,
    "reads": _FIRST + 4,
}
FENCED = ("store", "replica", "projection")
WRITER = "CREATE TABLE IF NOT EXISTS writer (epoch BIGINT NOT NULL, agency TEXT)"
_RAISE = "UPDATE writer SET epoch = epoch + 1, agency = COALESCE(agency, %s) RETURNING epoch, agency"
_WAITING = (
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid::bigint = %s AND objid::bigint = %s"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class WriterLock:
    """The right to write the stores of one agency; `epoch` is None while it is not held."""

    def __init__(self, url: str, agency: str) -> None:
        self._url = url
        self._agency = agency
        self._connection: Connection | None = None
        self.epoch: int | None = None

    def take(self) -> None:
        """Take the lock and raise the epoch.

        Raises HomeLocked where another process has it, or where this login only reads; UsageRefused where the
        database is another agency's; Unready.
        """
        self._hold()
        try:
            self._refuse_reader()
            self.epoch = self._raise_epoch()
        except BaseException:
            self.release()
            raise

    def renew(self) -> None:
        """See that the lock is still held, and take it again where the session was lost; raises HomeLocked, Unready.

        The epoch stays: where another process has raised it meanwhile, no transaction of ours will pass.
        """
        if self.epoch is None or self._alive():
            return
        self._drop()
        self._hold()

    def asked_for(self) -> bool:
        """Whether another process waits for the lock, on this machine or another."""
        if self._connection is None:
            return False
        with told("store"):
            return (
                self._connection.execute(_WAITING, (KEYS["home"] >> 32, KEYS["home"] & 0xFFFFFFFF)).fetchone()
                is not None
            )

    def release(self) -> None:
        """Let go of it."""
        self.epoch = None
        self._drop()

    def _hold(self) -> None:
        self._connection = connect(self._url, "store")
        try:
            with told("store"):
                self._connection.execute(f"SET lock_timeout = '{_DYING_SECONDS}s'")
                self._connection.execute("SELECT pg_advisory_lock(%s)", (KEYS["home"],))
                self._connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        except BaseException as error:
            self._drop()
            if isinstance(error, HomeLocked):
                raise HomeLocked(
                    "another process of this agency is at work with this database",
                    where="store",
                    advice="Wait until it has ended.",
                ) from None
            raise

    def _refuse_reader(self) -> None:
        assert self._connection is not None
        with told("store"):
            row = self._connection.execute(
                "SELECT has_table_privilege('writer', 'UPDATE') AS writes"
            ).fetchone()
        if row is None or not row["writes"]:
            raise HomeLocked(
                "this login only reads",
                where="store",
                advice="Do it with the publisher's or the projector's login; see deploy/postgres.",
            )

    def _raise_epoch(self) -> int:
        assert self._connection is not None
        with told("store"), self._connection.transaction():
            for schema in FENCED:
                self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (KEYS[schema],))
            row = self._connection.execute(_RAISE, (self._agency,)).fetchone()
            assert row is not None
            if row["agency"] != self._agency:
                raise UsageRefused(
                    "this database holds another agency's stores",
                    where="[store] url",
                    advice="Give each agency a database of its own.",
                )
        return int(row["epoch"])

    def _alive(self) -> bool:
        if self._connection is None or self._connection.closed:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None
