"""A connection to PostgreSQL as Accord wants it, and what PostgreSQL refuses as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.adapt import Dumper
from psycopg.rows import DictRow, dict_row
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import BytesBinaryDumper

from accord.errors import AccordError, Damaged, HomeLocked, Unready

BUSY_SECONDS = 30
CONNECT_SECONDS = 10
PREPARED = 1024  # statements that a connection remembers

Connection = psycopg.Connection[DictRow]

_AGAIN = "See that the server runs and can be reached; the same command goes on from where this ended."
_ROOM = "See to the server's disk and memory."
_RIGHTS = "Log in as the role that the agency has for this work; see deploy/postgres."

_UNSEEN = (  # what the server says of a schema that this login may not look into
    "this login sees no such table: it may not, or the database is damaged",
    f"{_RIGHTS} If it is that role, run: accord verify.",
)
_CODES = {
    "53100": ("the server's disk is full", _ROOM),
    "53200": ("the server has no memory left", _ROOM),
    "42501": ("this login may not do that", _RIGHTS),
    "42P01": _UNSEEN,
    "3F000": _UNSEEN,
    "25006": ("the server may only be read", "Connect to the primary server."),
}
_CLASSES = {
    "08": ("the connection to the database was lost", _AGAIN),
    "57": ("the server ended the connection", _AGAIN),
    "53": ("the server is out of something that it needs", _ROOM),
    "40": ("another transaction was in the way; nothing was changed", "Do it again."),
}
_DAMAGED = {  # it would be the same again, however often it is tried
    "22": ("a value does not fit into its column; nothing was changed", "Run: accord verify."),
    "23": ("what was to be written contradicts what is there; nothing was changed", "Run: accord verify."),
}
_WHOLE = "Keep it as it is, run: accord verify, and bring back a copy that is whole."


def refusal(where: str, error: psycopg.Error) -> AccordError:
    """What PostgreSQL refused, as an error of ours that names the store and never a value."""
    code = error.sqlstate or ""
    if code == "55P03":
        advice = "Wait until it has ended."
        return HomeLocked("another process is writing to this database", where=where, advice=advice)
    if code[:2] == "42" and code not in ("42501", "42P01", "42703"):
        raise error  # a fault of this program, not of the database
    if not code:
        return Unready("the connection to the database was lost", where=where, advice=_AGAIN)
    passing = _CODES.get(code) or _CLASSES.get(code[:2])
    if passing is not None:
        return Unready(passing[0], where=where, advice=passing[1])
    message, advice = _DAMAGED.get(code[:2], ("the database is damaged", _WHOLE))
    return Damaged(message, where=where, advice=advice)


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what PostgreSQL refuses into errors of ours; what it said itself may hold values and is not passed on."""
    try:
        yield
    except psycopg.Error as error:
        raise refusal(where, error) from None


class _Int(Int8Dumper):
    """An integer without a type of its own: the server takes it for what its place needs."""

    oid = 0


def connect(url: str, schema: str, *, durable: bool = True) -> Connection:
    """A connection whose names are those of one schema and nothing else; it commits each statement unless told.

    Texts and integers go without a type, so that a statement is prepared once, whichever of its values are absent.
    Raises Unready.
    """
    connection = _connected(url, schema)
    with told(schema):
        try:
            _adapt(connection, schema, durable)
        except BaseException:
            connection.close()
            raise
    return connection


def _connected(url: str, schema: str) -> Connection:
    try:
        return psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=CONNECT_SECONDS,
            application_name=f"accord {schema}",
        )
    except psycopg.Error:  # why, is not told by a code, and the words may name a login or a file
        raise Unready(
            "the database cannot be reached, or it refuses this login",
            where=schema,
            advice="See that the server runs, that [store] url is right, and that the login may connect.",
        ) from None


def _adapt(connection: Connection, schema: str, durable: bool) -> None:
    dumpers: list[tuple[type, type[Dumper]]] = [(int, _Int), (bytes, BytesBinaryDumper)]
    for kind, dumper in dumpers:
        connection.adapters.register_dumper(kind, dumper)
    connection.prepare_threshold = 2
    connection.prepared_max = PREPARED
    settings = {
        "search_path": schema,  # and nothing behind it: what cannot be made there is not made elsewhere
        "lock_timeout": f"{BUSY_SECONDS}s",
        "client_min_messages": "warning",
        "synchronous_commit": "on" if durable else "off",
    }
    said = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())
    connection.execute(f"SELECT {said}")
