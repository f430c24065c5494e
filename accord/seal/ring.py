"""The chains of one file that this home holds, and how far each has been used.

A label names a chain within its file: the label of its reader set, with "#" in front for a header chain. A
reader holds a chain in segments, each handed out from some use on; the publisher makes any chain of its own
file from the file's secret. Positions (slot, label, use) say where in an entry each chain was used, so that
any entry can be opened again at any time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from accord.seal.chain import Chain, first_key


class Position(NamedTuple):
    """Slot `slot` of an entry is use `n` of the chain `label` of its file."""

    slot: int
    label: str
    n: int


class Ring:
    """What a reader holds of one file: segments of chains as granted."""

    __slots__ = ("_cursors", "_reached", "_segments", "n")

    def __init__(self) -> None:
        self._segments: dict[str, list[tuple[int, bytes]]] = {}
        self._cursors: dict[str, Chain] = {}
        self._reached: dict[tuple[str, int], tuple[int, bytes]] = {}  # by segment: the last use read, k there
        self.n: dict[str, int] = {}

    def hold(self, label: str, first: int, key: bytes, n: int | None = None) -> None:
        """Hold a chain from use `first` on; `n` is the next use expected, `first` unless said."""
        next_use = first if n is None else n
        segments = self._segments.get(label)
        if segments is None:
            self._segments[label] = [(first, key)]
            self.n[label] = next_use
            return
        segments[:] = sorted({**dict(segments), first: key}.items())
        self.n[label] = max(self.n.get(label, next_use), next_use)
        self._cursors.pop(label, None)
        self._reached.pop((label, first), None)

    @property
    def labels(self) -> Iterable[str]:
        """The labels of the chains held."""
        return self._segments.keys()

    @property
    def segments(self) -> Iterable[tuple[str, int, bytes]]:
        """Every segment held: label, first use, key at that use."""
        return ((label, first, key) for label, held in self._segments.items() for first, key in held)

    def _segment(self, label: str, n: int) -> tuple[int, bytes] | None:
        segments = self._segments.get(label)
        if segments is None:
            return None
        if len(segments) == 1:
            return segments[0] if n >= segments[0][0] else None
        place = bisect_right(segments, n, key=lambda segment: segment[0])
        return segments[place - 1] if place else None

    def cursor(self, label: str) -> Chain | None:
        """The chain of a label, standing at its next use; None if it is not held."""
        cursor = self._cursors.get(label)
        if cursor is None:
            segment = self._segment(label, self.n.get(label, 0))
            if segment is None:
                return None
            cursor = self._cursors[label] = Chain(*segment, n=self.n[label])
        return cursor

    def locator(self, label: str) -> bytes | None:
        """The locator of the next use of a chain; None if it is not held."""
        cursor = self.cursor(label)
        return None if cursor is None else cursor.locator

    def keys(self, label: str) -> tuple[bytes, bytes] | None:
        """Locator and key of the next use of a chain; None if it is not held."""
        cursor = self._cursors.get(label) or self.cursor(label)
        return None if cursor is None else cursor.keys

    def spend(self, label: str) -> tuple[int, tuple[bytes, bytes]]:
        """Count one use of a chain that is held; returns which use it was, its locator and key."""
        keys = self.keys(label)
        assert keys is not None
        return self.use(label), keys

    def use(self, label: str) -> int:
        """Count one use of a chain that is held; returns which use it was."""
        n = self.n[label]
        cursor = self._cursors.get(label) or self.cursor(label)
        assert cursor is not None
        cursor.advance()
        self.n[label] = n + 1
        segments = self._segments[label]
        if len(segments) > 1 and self._segment(label, n + 1) != (cursor.first, cursor.first_key):
            del self._cursors[label]  # handed out anew from here on
        return n

    def pass_over(self, locators: Container[bytes]) -> None:
        """Count every use that stands in an entry and was not counted, so that the chains go on behind it."""
        for label in tuple(self._segments):
            while self.locator(label) in locators:
                self.use(label)

    def _at(self, label: str, n: int) -> Chain | None:
        """A chain at any use that is held: reading on goes on from the last use read, not from the first of the segment."""
        segment = self._segment(label, n)
        if segment is None:
            return None
        place = label, segment[0]
        reached = self._reached.get(place, segment)
        chain = Chain(*(reached if reached[0] <= n else segment), n=n)
        self._reached[place] = n, chain.key
        return chain

    def keys_at(self, label: str, n: int) -> tuple[bytes, bytes] | None:
        """Locator and key of any use from the first that is held on; None before it."""
        chain = self._at(label, n)
        return None if chain is None else chain.keys

    def chain_key(self, label: str, n: int) -> bytes | None:
        """k[n], which opens from use n on; None before the first use that is held."""
        chain = self._at(label, n)
        return None if chain is None else chain.key

    def event_key(self, label: str, n: int) -> bytes | None:
        """e[n], to be disclosed for one slot alone; None before the first use that is held."""
        chain = self._at(label, n)
        return None if chain is None else chain.event_key


class OwnRing(Ring):
    """The publisher's ring: every chain of the file follows from the file's secret."""

    __slots__ = ("_anew", "_secret")

    def __init__(self, secret: bytes, used: Iterable[Position] = ()) -> None:
        super().__init__()
        self._secret = secret
        self._anew: dict[tuple[str, int], int] = {}
        for position in used:
            self.n[position.label] = max(self.n.get(position.label, 0), position.n + 1)

    def _segment(self, label: str, n: int) -> tuple[int, bytes] | None:
        if label not in self._segments:
            self._segments[label] = [(0, first_key(self._secret, label))]
            self.n.setdefault(label, 0)
        return super()._segment(label, n)

    def begin_anew(self, label: str, n: int) -> int:
        """From use n on, a chain goes on from a new key that does not follow from those before.

        Returns how often it has begun anew at that use: each time from another key, since who was handed the
        last one may be the next to go.
        """
        self._segment(label, 0)
        times = self._anew[label, n] = self._anew.get((label, n), 0) + 1
        name = f"{label}~{n}" if times == 1 else f"{label}~{n}~{times}"
        self.hold(label, n, first_key(self._secret, name), self.n[label])
        return times

    def hand_out(self, label: str, *, history: bool) -> list[tuple[int, bytes]]:
        """What a new reader of a chain is given: uses and k at them; see `hand_out_all`."""
        return [(n, key) for _, n, key in self.hand_out_all((label,), history=history)]

    def hand_out_from(self, labels: Iterable[str], used: Mapping[str, int]) -> list[tuple[str, int, bytes]]:
        """What a new reader of these chains is given who opens them from a use on (0 where none is said)."""
        made: list[tuple[str, int, bytes]] = []
        for label in labels:
            n = used.get(label, 0)
            key = self.chain_key(label, n)
            assert key is not None  # a publisher holds every use of its chains
            made.append((label, n, key))
            made += [(label, first, key) for first, key in self._segments[label] if first > n]
        return made

    def hand_out_all(self, labels: Iterable[str], *, history: bool) -> list[tuple[str, int, bytes]]:
        """What a new reader of these chains is given: label, use, and k at that use.

        That is the next use; with the history the first, and every use from which the chain began anew.
        """
        held = self._segments
        made: list[tuple[str, int, bytes]] = []
        for label in labels:
            if label not in held:
                self._segment(label, 0)
            segments = held[label]
            if history:
                made += [(label, first, key) for first, key in segments]
            elif segments[-1][0] == self.n[label]:  # not used since it began: nothing to derive
                made.append((label, *segments[-1]))
            else:
                cursor = self.cursor(label)
                assert cursor is not None
                made.append((label, cursor.n, cursor.key))
        return made
