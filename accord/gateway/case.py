"""A file of ours as an aggregate: what was recorded in it, who holds which of its chains.

Its stored events are the sealed entries themselves; these classes are what the mapper makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from accord.seal import HEADER_MARK, Head, OwnRing, Position


@dataclass(slots=True)
class Recorded:
    """A case event was recorded in the file; `read` opens its values when they are asked for."""

    originator_id: UUID
    originator_version: int
    timestamp: datetime
    index: int
    entry_id: bytes
    head: Head
    positions: tuple[Position, ...]
    read: Callable[[], Mapping[str, Any]] = field(compare=False)


class Held(NamedTuple):
    """What one agency was given of the file: by which rule, with the history or not, which chains by their labels."""

    slug: str
    rule: int
    history: bool
    labels: Sequence[str]


@dataclass(slots=True)
class Granted:
    """Agencies were let into the file because of one event."""

    originator_id: UUID
    originator_version: int
    timestamp: datetime
    index: int
    entry_id: bytes
    recorded_at: int
    shares: tuple[Held, ...]
    positions: tuple[Position, ...]


@dataclass(slots=True, frozen=True)
class SealedAway:
    """An entry of the file that can no longer be opened here; the log still holds it."""

    originator_id: UUID
    originator_version: int
    timestamp: datetime
    index: int
    entry_id: bytes
    positions: tuple[Position, ...]


FileEvent = Recorded | Granted | SealedAway


class CaseFile:
    """One matter of this agency: its events in order, its ring of chains, its readers."""

    __slots__ = (
        "_cuts",
        "_version",
        "ended",
        "events",
        "holders",
        "id",
        "latest",
        "let_in",
        "ring",
        "rules",
        "settled",
        "since",
    )

    def __init__(self, file: UUID, ring: OwnRing, ended: Mapping[str, int | None] | None = None) -> None:
        """`ended` holds agencies whose part has ended: from which log index on they are out, None if not yet."""
        self.id = file
        self._version = 0
        self.ring = ring
        self.events: list[Recorded] = []
        self.latest: dict[str, int] = {}
        self.holders: dict[str, set[str]] = {}
        self.let_in: dict[str, bool] = {}
        self.rules: dict[str, int] = {}
        self.since: dict[str, int] = {}
        self.settled: dict[bytes, set[str]] = {}  # by memorandum, the chains that all who may hold them hold
        self.ended = {slug for slug, cut in (ended or {}).items() if cut is None}
        self._cuts = {slug: cut for slug, cut in (ended or {}).items() if cut is not None}

    @property
    def version(self) -> int:
        """How many entries the file has."""
        return self._version

    @version.setter
    def version(self, value: int) -> None:
        self._version = value

    def apply(self, event: FileEvent) -> None:
        """Take an entry that was read from the store into account; the ring counts its uses."""
        self.count(event.positions)
        self.take(event)

    def take(self, event: FileEvent) -> None:
        """Take an entry of the file into account whose uses the ring has counted."""
        self._version = event.originator_version
        if isinstance(event, Recorded):
            self.events.append(event)
            kind, at = event.head.kind, event.head.recorded_at
            self.latest[kind] = max(self.latest.get(kind, at), at)
        elif isinstance(event, Granted):
            for share in event.shares:
                if event.index >= self._cuts.get(share.slug, 0):
                    self._hold(share, event.recorded_at)

    def _hold(self, share: Held, recorded_at: int) -> None:
        self.holders.setdefault(share.slug, set()).update(share.labels)
        self.let_in[share.slug] = self.let_in.get(share.slug, False) or share.history
        self.rules[share.slug] = share.rule
        self.since[share.slug] = recorded_at

    def count(self, positions: Iterable[Position]) -> None:
        """Count uses of chains."""
        for position in positions:
            self.ring.n[position.label] = max(self.ring.n.get(position.label, 0), position.n + 1)

    def take_out(self, slug: str, index: int) -> None:
        """An agency is no reader of the file any more, from a log index on."""
        for table in (self.holders, self.let_in, self.rules, self.since):
            table.pop(slug, None)
        self.ended.discard(slug)
        self._cuts[slug] = index

    def entries_for(self, admits: Callable[[str], bool]) -> tuple[int, ...]:
        """Log indices of the events recorded so far whose header a reader may open."""
        return tuple(
            event.index for event in self.events if admits(event.positions[0].label.removeprefix(HEADER_MARK))
        )


def project(
    make: Callable[[UUID], CaseFile],
) -> Callable[[CaseFile | None, Iterable[FileEvent]], CaseFile | None]:
    """A projector for the library's Repository: rebuild a file from its entries."""

    def projector(file: CaseFile | None, events: Iterable[FileEvent]) -> CaseFile | None:
        for event in events:
            if file is None:
                file = make(event.originator_id)
            file.apply(event)
        return file

    return projector
