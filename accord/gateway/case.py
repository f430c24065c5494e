"""A file of ours as an aggregate: what was recorded in it, who holds which of its chains.

Its stored events are the sealed entries themselves; these classes are what the mapper makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from accord.memorandum import Involvement
from accord.seal import Head, OwnRing, Position


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
    """What one agency was given of the file: by which rule, with the history or not, which chains by their labels.

    No rule is named where an agency was given more of the file under a version that does not have the rule that let it in.
    """

    slug: str
    rule: Involvement | None
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
        "_begun",
        "_cuts",
        "_version",
        "ended",
        "events",
        "followed",
        "holders",
        "id",
        "latest",
        "let_in",
        "ring",
        "rules",
        "settled",
        "since",
    )

    def __init__(
        self,
        file: UUID,
        ring: OwnRing,
        ended: Iterable[tuple[str, int | None, bool]] = (),
        begun: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """`ended` holds agencies whose part ended: from which log index on they were out, if they were, and whether it is
        due that they are taken out now; `begun` from which log index on a chain that began anew is another.
        """
        self.id = file
        self._version = 0
        self.ring = ring
        self.events: list[Recorded] = []
        self.latest: dict[str, int] = {}
        self.holders: dict[str, set[str]] = {}
        self.let_in: dict[str, bool] = {}
        self.rules: dict[str, Involvement] = {}  # as they were when they let somebody in
        self.since: dict[str, int] = {}
        self.settled: dict[bytes, set[str]] = {}  # by memorandum, the chains that all who may hold them hold
        self.followed = b""  # the memorandum by which all who hold chains were last found to be their readers
        noted = tuple(ended)
        self.ended = {slug for slug, _, due in noted if due}
        self._cuts = {slug: cut for slug, cut, _ in noted if cut is not None}
        self._begun = dict(begun)

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
                    self._hold(share, event)

    def _hold(self, share: Held, event: Granted) -> None:
        """Who is in the file, and is given chains without the history, goes on by the rule that let them in."""
        labels = (label for label in share.labels if event.index >= self._begun.get(label, 0))
        self.holders.setdefault(share.slug, set()).update(labels)
        if share.slug in self.let_in and not share.history:
            return
        self.let_in[share.slug] = share.history
        self.since[share.slug] = event.recorded_at
        if share.rule is not None:
            self.rules[share.slug] = share.rule

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

    def begin_anew(self, label: str, index: int) -> tuple[int, int]:
        """From a log index on a chain is another, which nobody holds yet; from which use on, and how often at that use."""
        n = self.ring.n.get(label, 0)
        for table in (self.holders, self.settled):
            for labels in table.values():
                labels.discard(label)
        self._begun[label] = index
        return n, self.ring.begin_anew(label, n)

    def used_until(self, index: int) -> dict[str, int]:
        """How often each chain had been used once the entry at this log index was there."""
        used: dict[str, int] = {}
        for event in self.events:
            if event.index <= index:
                used.update((position.label, position.n + 1) for position in event.positions)
        return used

    def entries_for(self, labels: Container[str]) -> tuple[int, ...]:
        """Log indices of the events recorded so far whose header stands on one of these chains."""
        return tuple(event.index for event in self.events if event.positions[0].label in labels)


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
