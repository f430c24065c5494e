"""A log as far as it was received, and what a bundle of it changes until that is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from accord.errors import EvidenceFault
from accord.ledger import Tree
from accord.ports import Parameters, Transaction
from accord.replica import relations
from accord.seal import Alarm, Chain, Opened

SHIFT = 40  # an entry's place in the store: number of its log, then its index in 40 bits
Item = tuple[int, Opened]


@dataclass(slots=True)
class Origin:
    """How far a log has been received, and the control chain on which its publisher speaks to us.

    `version` is the newest of the memorandum that an entry of it was sealed under, `recorded_at` the time of the last
    entry that was opened here: neither goes back. `heard` is when its agency had left the newest of what is being received.
    """

    no: int
    slug: str
    tree: Tree
    head: str | None
    control: Chain | None
    pair_key: bytes | None
    fault: str | None
    forked: bool = False
    version: int = 0
    recorded_at: int = 0
    heard: int = 0
    awaiting: dict[bytes, int] = field(default_factory=dict)
    refused: dict[int, EvidenceFault] = field(default_factory=dict)


@dataclass(slots=True)
class Work:
    """What a bundle changes, until it is written.

    `heard` is when the log's agency was last heard, by our clock; 0 where that is not what is noted.
    """

    origin: Origin
    rows: dict[str, list[Parameters]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    messages: dict[bytes, bytes] = field(default_factory=dict)
    fresh: dict[int, bytes] = field(default_factory=dict)
    seen: dict[bytes, int] = field(default_factory=dict)
    opened: dict[int, bytes] = field(default_factory=dict)
    now: int = 0
    heard: int = 0

    def add(self, table: str, *row: object) -> None:
        self.rows.setdefault(table, []).append(row)

    def write(self, transaction: Transaction) -> None:
        """Store the rows."""
        for table, rows in self.rows.items():
            transaction.executemany(INSERTS[table], rows)


INSERTS = {
    **relations.INSERTS,
    "entry": "INSERT INTO entry (pos, leaf, data) VALUES (?, ?, ?)",
    "opened": (
        "INSERT INTO opened (pos, ring, positions, control) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (pos) DO UPDATE SET ring = excluded.ring, positions = excluded.positions"
    ),
    "lit": "DELETE FROM dark WHERE pos = ?",
    "dark": "INSERT INTO dark (pos, told) VALUES (?, 0)",
    "awaiting": "INSERT INTO awaiting (digest, pos, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    "arrived": "DELETE FROM awaiting WHERE digest = ?",
    "feed": "INSERT INTO feed (seq, what, origin, idx, detail, at) VALUES (?, ?, ?, ?, ?, ?)",
    "keys_due": "INSERT INTO keys_due (asker, since) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "notice_due": "INSERT INTO notice_due (origin, idx, fault, entry_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
}


def pos(origin: Origin, index: int) -> int:
    """An entry's place in the store."""
    return origin.no << SHIFT | index


def index_of(place: int) -> int:
    """The log index of an entry, from its place in the store."""
    return place & ((1 << SHIFT) - 1)


class Feed:
    """Numbers what was opened here, in order; the projection follows it."""

    def __init__(self, seq: int) -> None:
        self.seq = seq

    def tell(self, work: Work, item: Opened, what: str, index: int, detail: str | None = None) -> int:
        """Put an item into the feed; returns its number."""
        self.seq += 1
        work.items.append((self.seq, item))
        work.add("feed", self.seq, what, work.origin.slug, index, detail, work.now)
        return self.seq

    def alarm(self, work: Work, index: int, kind: str, detail: str) -> None:
        """Put an alarm about a log or one of its entries into the feed; `detail` never holds a value."""
        self.tell(work, Alarm(work.origin.slug, index, kind, detail), "alarm", index, f"{kind}: {detail}")
