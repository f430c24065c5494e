"""What the rooms need of the outside: a database, and a wire. Adapters provide them.

SQL here is the common part of SQLite and PostgreSQL, with `?` for a parameter; a transaction is durable
once its block has ended, and leaves nothing behind if the block raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from struct import Struct
from types import UnionType
from typing import Any, Protocol

from accord.errors import Damaged, Malformed

Row = Sequence[Any]
Parameters = Sequence[Any] | Mapping[str, Any]


class Transaction(Protocol):
    """Statements that happen together or not at all."""

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one statement; returns how many rows it changed."""
        ...

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> None: ...

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]: ...


class Database(Protocol):
    """One database, written by one process."""

    @property
    def name(self) -> str:
        """What it is called where something is wrong with it."""
        ...

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """Read what is committed."""
        ...

    def stream(self, statement: str, parameters: Parameters = ()) -> Iterator[Row]:
        """Read row by row, in bounded memory."""
        ...

    def table(self, statement: str, parameters: Parameters = ()) -> tuple[list[str], list[Row]]:
        """Read what is committed: the names of the columns, and the rows."""
        ...

    def check(self, statement: str) -> None:
        """See that this engine takes a statement, and do not run it; raises ProjectionRefused."""
        ...

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def faults(self) -> Iterator[str]:
        """What the engine itself finds wrong with it; reads all of it."""
        ...

    def close(self) -> None: ...


def typed(rows: Iterable[Row], where: str, *kinds: type | UnionType) -> Iterator[Row]:
    """Rows whose values are of these types; raises Damaged, naming the database, at one that is not.

    SQLite gives a type to each value and not to a column: what was damaged in its file may come as any.
    """
    for row in rows:
        if not all(map(isinstance, row, kinds)):
            raise Damaged(
                "a value is of another type than its column",
                where=where,
                advice="Bring back a copy that is whole.",
            )
        yield row


def unpacked(data: bytes, row: Struct, where: str) -> Iterator[tuple[Any, ...]]:
    """Rows that a column holds packed; raises Damaged, naming the database, where they are not whole."""
    if len(data) % row.size:
        raise Damaged(
            "a value is of another length than it was written with",
            where=where,
            advice="Bring back a copy that is whole.",
        )
    return row.iter_unpack(data)


class Projections(Protocol):
    """Where a projection's database lies; it is disposable, and is built anew beside the old."""

    def open(self) -> Database:
        """The projection's database, empty if there was none."""
        ...

    def beside(self) -> Database:
        """An empty one beside it."""
        ...

    def swap(self) -> None:
        """The one beside, closed, takes the place, whole or not at all."""
        ...


@dataclass(slots=True, frozen=True)
class Bundle:
    """Entries of one log in order, under a signed head that covers them.

    `origin` is the agency's slug, `head` a C2SP checkpoint note, `proof` the consistency proof (RFC 9162,
    2.1.4) from the size at the end of this bundle to the head's size; empty where they are the same.
    """

    origin: str
    first_index: int
    entries: Sequence[bytes]
    head: str
    proof: Sequence[bytes] = ()

    @property
    def end(self) -> int:
        """The log index behind its last entry."""
        return self.first_index + len(self.entries)


@dataclass(slots=True, frozen=True)
class Publication:
    """A bundle of our own log, and the key bundles that go with it: (recipient, covers, data) each."""

    bundle: Bundle
    keys: Sequence[tuple[str, int, bytes]] = ()


class Wire(Protocol):
    """Carries bundles one way per origin, key bundles per recipient, and heads; it holds no key and is not trusted."""

    def publish(self, bundle: Bundle) -> None:
        """Make a bundle of our own log readable, its head last; idempotent. Durable once it returns."""
        ...

    def publish_all(self, due: Iterable[Publication]) -> Iterator[int]:
        """Publish a row of bundles, one behind the other; says now and then, and at the end, how far the log is durable.

        A bundle is on its way no sooner than its key bundles, and the bundle before it, are durable. Publications may be
        asked for ahead of that. Where one fails, those before it are published.
        """
        ...

    def head(self, origin: str) -> str | None:
        """The newest checkpoint note of a log, not verified; None where nothing was published."""
        ...

    def heartbeat(self, origin: str, head: str) -> None:
        """Say that the publisher of our log is there, with its newest head; what is read of the log stays as it is."""
        ...

    def silent_for(self, origin: str) -> int | None:
        """How long ago, in microseconds by the carrier's own clock, a log's publisher last left a head, new or again.

        Of a log whose `head` was just asked for. None where the carrier cannot tell.
        """
        ...

    def bundles(self, origin: str, start: int) -> Iterator[Bundle]:
        """What a log holds from index `start` on, as far as its newest head goes; not verified."""
        ...

    def put_keys(self, recipient: str, origin: str, covers: int, data: bytes) -> None:
        """Leave a key bundle for a recipient. Durable once it returns."""
        ...

    def keys(self, recipient: str, origin: str) -> Iterator[tuple[int, bytes | Malformed]]:
        """Key bundles left for a recipient by a publisher, by rising `covers`; in place of one that cannot be read, why.

        Raises no EvidenceFault: what lies here is not the log's own, and must not stop it.
        """
        ...

    def acknowledge(self, recipient: str, origin: str, covers: int) -> None:
        """The recipient has stored what a key bundle held, durably; it may go."""
        ...


def one_by_one(wire: Wire, due: Iterable[Publication]) -> Iterator[int]:
    """`Wire.publish_all` for a wire that does one thing at a time: the key bundles of each, then its bundle."""
    for one in due:
        for recipient, covers, data in one.keys:
            wire.put_keys(recipient, one.bundle.origin, covers, data)
        wire.publish(one.bundle)
        yield one.bundle.end
