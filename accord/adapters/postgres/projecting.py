"""Where a role's projection lies in PostgreSQL: a schema, and one beside it while it is built anew."""

from __future__ import annotations

from accord.adapters.postgres.connection import connect, told
from accord.adapters.postgres.database import PostgresDatabase
from accord.adapters.postgres.lock import KEYS, WriterLock

_NAME, _BESIDE, _OLD = "projection", "projection_new", "projection_old"


class PostgresProjections:
    """The schemas of the projection. What a crash of the server takes from it comes again from the replica's feed."""

    def __init__(self, url: str, lock: WriterLock) -> None:
        self._url = url
        self._lock = lock

    def open(self) -> PostgresDatabase:
        """The projection's database, empty if there was none."""
        return PostgresDatabase(self._url, _NAME, lock=self._lock, durable=False)

    def beside(self) -> PostgresDatabase:
        """An empty one beside it; what a process that died left there is thrown away."""
        self._run(f"DROP SCHEMA IF EXISTS {_BESIDE} CASCADE")
        return PostgresDatabase(self._url, _BESIDE, lock=self._lock, durable=False)

    def swap(self) -> None:
        """The one beside takes the place, in one transaction; whoever asks meanwhile has the old or the new."""
        self._run(
            f"DROP SCHEMA IF EXISTS {_OLD} CASCADE",
            f"ALTER SCHEMA {_NAME} RENAME TO {_OLD}",
            f"ALTER SCHEMA {_BESIDE} RENAME TO {_NAME}",
            f"DROP SCHEMA {_OLD} CASCADE",
        )

    def _run(self, *statements: str) -> None:
        connection = connect(self._url, _NAME)
        try:
            with told(_NAME), connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (KEYS[_NAME],))
                for statement in statements:
                    connection.execute(statement)
        finally:
            connection.close()
