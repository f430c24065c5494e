"""What a reader gets from an entry once it has opened the slots it holds keys for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class OpenedEvent:
    """A case event, as far as this home can open it.

    `occurred_on` is in days since 1970-01-01, `recorded_at` in microseconds UTC. `values` holds the plain
    values of the fields opened here (None: not stated). Bit i of `opened` and `awaiting` stands for audience
    i of the kind: opened here, or granted to us while its key is not here yet; the rest is withheld.
    """

    origin: str
    index: int
    entry_id: bytes
    memorandum: bytes
    file: bytes
    file_class: str
    event_id: bytes
    kind: str
    occurred_on: int
    recorded_at: int
    supersedes: bytes | None
    correction_reason: str | None
    seen: tuple[int, ...]
    values: dict[str, Any]
    opened: int
    awaiting: int


@dataclass(slots=True)
class Share:
    """What one agency is given by a grant.

    `chains` holds (label of the reader set, first use handed out); `history` is "all" or "none"; `entries`
    the log indices of the file's earlier entries that it opens; `rule` the place of the involvement rule in
    the memorandum; `key_message` the SHA-256 of what carries the keys.
    """

    recipient: str
    history: str
    chains: tuple[tuple[str, int], ...]
    clause: str
    entries: tuple[int, ...]
    key_message: bytes
    rule: int = 0


@dataclass(slots=True)
class OpenedGrant:
    """Agencies let into a file because of one event: all of them for who watches, for the others their own share."""

    origin: str
    index: int
    entry_id: bytes
    memorandum: bytes
    file: bytes
    file_class: str
    because_origin: str
    because_event: bytes
    recorded_at: int
    shares: tuple[Share, ...]


@dataclass(slots=True)
class OpenedAdoption:
    """A log adopted a version of the memorandum at this index."""

    origin: str
    index: int
    entry_id: bytes
    memorandum: bytes
    adopted: bytes
    version: int
    recorded_at: int


@dataclass(slots=True)
class OpenedNotice:
    """A reader told a publisher of a fault in one of its entries."""

    origin: str
    index: int
    entry_id: bytes
    memorandum: bytes
    fault: str
    about_origin: str
    about_index: int
    about_entry: bytes
    recorded_at: int


@dataclass(slots=True)
class OpenedReadsHead:
    """An agency said how far its own reading log has come: a checkpoint note, and nothing of what was read."""

    origin: str
    index: int
    entry_id: bytes
    memorandum: bytes
    note: str
    recorded_at: int


@dataclass(slots=True)
class Unopened:
    """An entry of which this home can open nothing, or whose type it does not understand."""

    origin: str
    index: int
    entry_id: bytes
    understood: bool


@dataclass(slots=True)
class LogHead:
    """The last verified head of a log: its size, and when its agency had last left it, new or again (microseconds UTC)."""

    origin: str
    size: int
    verified_at: int


@dataclass(slots=True)
class Alarm:
    """A fault of a log or of one entry, as noticed here; `detail` never holds a value."""

    origin: str
    index: int
    kind: str
    detail: str


Control = OpenedGrant | OpenedAdoption | OpenedNotice | OpenedReadsHead
Opened = OpenedEvent | Control | Unopened | LogHead | Alarm
