"""Making a schema, and bringing it from version to version: numbered steps, each in one transaction with its number."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.errors import InsufficientPrivilege

from accord.adapters.postgres.connection import Connection
from accord.adapters.postgres.dialect import translate
from accord.adapters.postgres.lock import KEYS, WRITER
from accord.adapters.sql import statements
from accord.errors import Unready

_VERSIONS = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"
_OLDER = "Run once with the owner's login: accord store prepare --store URL."


def prepare(connection: Connection, schema: str, steps: Sequence[str]) -> None:
    """Bring a schema to the version of the last step, an empty database from nothing; raises Unready.

    Raises Unready where a newer Accord has written it, or where this login may not make what is missing.
    """
    there = _version(connection, schema)
    if there is not None and there > len(steps) > 0:
        raise Unready(
            "this home was written by a newer version of Accord", where=schema, advice="Install that version."
        )
    if there == len(steps):
        return
    try:
        with connection.transaction():
            _bring_up(connection, schema, steps)
    except InsufficientPrivilege:
        message = "the store is not made yet, or is of an older version, and this login may not change that"
        raise Unready(message, where=schema, advice=_OLDER) from None


def _version(connection: Connection, schema: str) -> int | None:
    """The schema's version, 0 for one without steps; None where it is not there."""
    found = connection.execute(
        "SELECT to_regnamespace(%s) AS name, to_regclass('schema_version') AS versions", (schema,)
    )
    row = found.fetchone()
    assert row is not None
    if row["name"] is None:
        return None
    if row["versions"] is None:
        return 0
    said = connection.execute("SELECT version FROM schema_version").fetchone()
    return int(said["version"]) if said else 0


def _bring_up(connection: Connection, schema: str, steps: Sequence[str]) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (KEYS[schema.removesuffix("_new")],))
    _refuse_other_encodings(connection, schema)
    there = _version(connection, schema)  # another process may have done it meanwhile
    if there is None:
        connection.execute(f"CREATE SCHEMA {schema}")
    if not steps:
        return
    if not there:
        connection.execute(_VERSIONS)
        connection.execute("INSERT INTO schema_version VALUES (0)")
        if schema == "store":
            connection.execute(WRITER)
            connection.execute("INSERT INTO writer (epoch) VALUES (0)")
    for step in steps[there or 0 :]:
        for statement in statements(step):
            connection.execute(translate(statement).sql)
    connection.execute("UPDATE schema_version SET version = %s", (len(steps),))


def _refuse_other_encodings(connection: Connection, schema: str) -> None:
    row = connection.execute("SELECT current_setting('server_encoding') AS encoding").fetchone()
    if row is None or row["encoding"] != "UTF8":
        raise Unready(
            "the database does not keep UTF-8", where=schema, advice="Make it with ENCODING 'UTF8'."
        )
