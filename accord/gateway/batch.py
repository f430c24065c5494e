"""Entries sealed and not yet committed, and the rows of the store that go with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from accord.gateway.case import CaseFile
from accord.gateway.mapper import SealedRecord
from accord.ports import Parameters

INSERTS = {
    "file": "INSERT INTO file (file, class, secret) VALUES (?, ?, ?)",
    "matter": "INSERT INTO matter (class, subject, file) VALUES (?, ?, ?)",
    "event": "INSERT INTO event (event_id, content, idx, kind, file, supersedes) VALUES (?, ?, ?, ?, ?, ?)",
    "number": (
        "INSERT INTO number (value, kind, issuer, event_id, event_kind, count, occurred_on, file)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    ),
    "adoption": "INSERT INTO adoption (sha256, idx) VALUES (?, ?)",
    "handshake": "INSERT INTO handshake (file, what) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "outbox_key": "INSERT INTO outbox_key (place, recipient, message) VALUES (?, ?, ?)",
    "waiting": (
        "INSERT INTO waiting (event_id, content, since, position, field, held) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (event_id) DO UPDATE SET field = excluded.field"
    ),
    "settled": "DELETE FROM waiting WHERE event_id = ?",
    "ended": (
        "INSERT INTO ended (file, slug, cut, due) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (file, slug) DO UPDATE SET cut = COALESCE(excluded.cut, ended.cut), due = excluded.due"
    ),
    "chain_break": "INSERT INTO chain_break (file, label, n, times, idx) VALUES (?, ?, ?, ?, ?)",
    "reads_head": (
        "INSERT INTO progress (name, value) VALUES ('reads_head', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    ),
    "control_n": "UPDATE pair_key SET control_n = ? WHERE reader = ?",
}


@dataclass(slots=True)
class Batch:
    """A batch being filled. `first` is the log index of its first entry, `recorded_at` in microseconds UTC, `seen` the
    sizes verified of the other logs.
    """

    first: int
    recorded_at: int
    seen: tuple[int, ...]
    stored: list[SealedRecord] = field(default_factory=list)
    rows: dict[str, list[Parameters]] = field(default_factory=dict)
    spoken_to: set[str] = field(default_factory=set)
    files: dict[bytes, CaseFile] = field(default_factory=dict)

    @property
    def next_index(self) -> int:
        """The log index of the next entry."""
        return self.first + len(self.stored)

    def add(self, table: str, *row: Any) -> None:
        """A row to be written with the entries."""
        self.rows.setdefault(table, []).append(row)

    @property
    def beside(self) -> list[tuple[str, list[Parameters]]]:
        """The rows to be written, in the order of INSERTS: what waited and was said in one batch waits no longer."""
        return [(statement, self.rows[table]) for table, statement in INSERTS.items() if table in self.rows]
