"""Every file of one log against its head, each read once, one bundle and one tile of each level at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from accord.adapters.directory.findings import Fault, Progress
from accord.adapters.directory.judging import Row, Told, Whole, judge_edges, row_root
from accord.adapters.directory.layout import CHECKPOINT, Place
from accord.adapters.directory.reading import LogFiles
from accord.errors import Malformed
from accord.ledger import TILE_HEIGHT, TILE_WIDTH, Tile, decode_tile, leaf_hash, tile_width
from accord.ledger import Bundle as BundleFile
from accord.seal import parse_entry

_STEP = 64 * TILE_WIDTH
_MISSING = "the file is missing"
_MOST_MISSING = 1000  # entry bundles in a row, after which a log is not what its head says it is


@dataclass(slots=True)
class Entries:
    """The entries of one bundle file as far as it parses, their hashes, and why it does not."""

    place: BundleFile
    entries: list[bytes]
    leaves: list[bytes]
    reason: str

    @property
    def row(self) -> Row:
        """The leaf hashes; None for what could not be read."""
        return [*self.leaves, *[None] * (self.place.width - len(self.leaves))]


class LogCheck:
    """Checks a log of `size` entries against its signed root; without one (None), against itself alone.

    `note` is what the checkpoint said. Where it says something else by now, a partial file that has gone since is
    read from its successor.
    """

    def __init__(self, files: LogFiles, note: str | None, size: int, root: bytes | None) -> None:
        self._files = files
        self._note = note
        self._size = size
        self._root = root
        self._rows: list[list[bytes | None]] = []  # by level: the last row, as computed from below

    def run(self) -> Iterator[Fault | Progress]:
        """Every fault, as it is found, and how far the reading has come."""
        last: Entries | None = None
        gone = 0
        for start in range(0, self._size, TILE_WIDTH):
            index = start // TILE_WIDTH
            bundle = self._entries(BundleFile(index, tile_width(0, index, self._size)))
            gone = gone + 1 if bundle.reason == _MISSING else 0
            if gone > _MOST_MISSING:
                yield self._fault(
                    start, bundle.place.path, "nor is any of the files before it; not read further"
                )
                return
            if bundle.place.width < TILE_WIDTH:
                last = bundle
            else:
                yield from self._full(bundle)
            if start % _STEP == 0:
                yield Progress(self._files.slug, start, self._size)
        yield from self._edges(last)
        yield Progress(self._files.slug, self._size, self._size)

    # ---- Full tiles, each judged by the one above ----

    def _full(self, bundle: Entries) -> Iterator[Fault]:
        told = self._told(0, bundle.place.index, bundle.row)
        told.judge(lambda: self._above(told))
        yield from self._blame(told, bundle)
        yield from self._climb(told)

    def _climb(self, told: Told) -> Iterator[Fault]:
        """Take a full tile's hash into the row above, and that row, once full, into the next."""
        level = told.level + 1
        if level > len(self._rows):
            self._rows.append([])
        row = self._rows[level - 1]
        row.append(None if told.best is None else row_root(told.best))
        if len(row) == TILE_WIDTH:
            self._rows[level - 1] = []
            above = self._told(level, told.index // TILE_WIDTH, row)
            above.judge(lambda: self._above(above))
            yield from self._blame(above, None)
            yield from self._climb(above)

    # ---- The last tiles of all levels, judged together by the root ----

    def _edges(self, last: Entries | None) -> Iterator[Fault]:
        rows: list[Row] = [last.row if last else [], *self._rows]
        edges = [
            self._told(level, (self._size >> TILE_HEIGHT * level) // TILE_WIDTH, row)
            for level, row in enumerate(rows)
            if row
        ]
        settled = judge_edges(edges, self._root)
        for told in edges:
            yield from self._blame(told, last if told.level == 0 else None)
        if not settled and all(told.best is not None for told in edges):
            yield self._fault(
                None, CHECKPOINT, "the entries and tiles agree, and do not hash to the signed root"
            )

    # ---- Who is to blame ----

    def _blame(self, told: Told, bundle: Entries | None) -> Iterator[Fault]:
        yield from self._blame_tile(told)
        if bundle is not None:
            yield from self._blame_bundle(told, bundle)
        elif told.best is not None:
            yield from self._blame_below(told, told.best)
        yield from self._narrower(told)

    def _blame_tile(self, told: Told) -> Iterator[Fault]:
        path = Tile(told.level, told.index, len(told.computed)).path
        if told.stored is None:
            yield self._fault(None, path, told.reason)
        elif told.best is None or list(told.stored) != list(told.best):
            at = _first_difference(told.computed if told.best is None else told.best, told.stored)
            first = told.index * TILE_WIDTH + (at or 0)
            hashes = "the entry" if told.level == 0 else "the tile below"
            yield self._fault(first if told.level == 0 else None, path, f"not the hash of {hashes}")

    def _blame_bundle(self, told: Told, bundle: Entries) -> Iterator[Fault]:
        right = told.best or told.stored
        wrong = _differences(bundle.row, right) if right is not None else []
        first = bundle.place.index * TILE_WIDTH
        path = bundle.place.path
        if bundle.reason:
            at = wrong[0] if wrong else None if right is not None else len(bundle.leaves)
            yield self._fault(None if at is None else first + at, path, bundle.reason)
        elif wrong:
            yield self._fault(first + wrong[0], path, f"{_entries(len(wrong))} not as the log has signed")
        for at, entry in enumerate(bundle.entries):
            if at not in wrong:
                yield from self._parse(first + at, path, entry)

    def _parse(self, index: int, path: str, entry: bytes) -> Iterator[Fault]:
        try:
            parse_entry(entry)
        except Malformed as fault:
            yield self._fault(index, path, f"signed by the log, but {fault.message}")

    def _blame_below(self, told: Told, best: Whole) -> Iterator[Fault]:
        """Where a tile and what is below it agree with each other, and not with what the log has signed."""
        for at in _differences(told.computed, best):
            if told.computed[at] is None:
                continue  # told already
            below = told.index * TILE_WIDTH + at
            place: Place = BundleFile(below) if told.level == 1 else Tile(told.level - 1, below)
            first = below << TILE_HEIGHT * told.level
            yield self._fault(
                first, place.path, "with the tiles below it rewritten; not as the log has signed"
            )

    # ---- Superseded partial files ----

    def _narrower(self, told: Told) -> Iterator[Fault]:
        """Check the narrower files of this place against the row that is right."""
        right = told.best or told.stored
        full: list[Place] = [Tile(told.level, told.index)]
        if told.level == 0:
            full.insert(0, BundleFile(told.index))
        for place in full:
            for width in self._widths(place):
                if width < len(told.computed):
                    yield from self._beginning(replace(place, width=width), right)

    def _beginning(self, partial: Place, right: Whole | None) -> Iterator[Fault]:
        if isinstance(partial, BundleFile):
            found = self._entries(partial)
            row, reason = found.row, found.reason
        else:
            stored, reason = self._stored(partial)
            row = [] if stored is None else stored
        if reason == _MISSING:
            return  # removed by its publisher since we looked
        at = _first_difference(row, (right or ())[: partial.width]) if row and right is not None else None
        if at is not None or reason:
            level = partial.level if isinstance(partial, Tile) else 0
            index = None if at is None or level else partial.index * TILE_WIDTH + at
            reason = reason or "the superseded file is not the beginning of its successor"
            yield self._fault(index, partial.path, reason)

    # ---- Reading ----

    def _entries(self, place: BundleFile) -> Entries:
        data, reason = self._bytes(place)
        entries, fault = _split(data, place.width) if data is not None else ([], reason)
        return Entries(place, entries, [leaf_hash(entry) for entry in entries], fault)

    def _told(self, level: int, index: int, computed: Row) -> Told:
        stored, reason = self._stored(Tile(level, index, len(computed)))
        return Told(level, index, computed, stored, reason)

    def _above(self, told: Told) -> bytes | None:
        """The hash that stands for a full tile in the tile above, as stored."""
        level, (index, at) = told.level + 1, divmod(told.index, TILE_WIDTH)
        row, _ = self._stored(Tile(level, index, tile_width(level, index, self._size)))
        return None if row is None else row[at]

    def _stored(self, tile: Tile) -> tuple[Whole | None, str]:
        data, reason = self._bytes(tile)
        if data is None:
            return None, reason
        try:
            return decode_tile(data, tile.width), ""
        except Malformed as fault:
            return None, fault.message

    def _widths(self, place: Place) -> list[int]:
        try:
            return self._files.files.widths(place)
        except Malformed:
            return []  # told of where the folders are walked

    def _has_moved(self) -> bool:
        try:
            return self._files.head() not in (self._note, None)
        except Malformed:
            return False  # that is the checkpoint's fault, and told as such

    def _bytes(self, place: Place) -> tuple[bytes | None, str]:
        try:
            data = self._files.read_exactly(place.path)
            if data is None and place.width < TILE_WIDTH and self._has_moved():
                data = self._files.read(place.path)
        except Malformed as fault:
            return None, fault.message
        return data, _MISSING if data is None else ""

    def _fault(self, index: int | None, path: str, reason: str) -> Fault:
        return Fault(self._files.slug, index, self._files.where(path), reason)


def _split(data: bytes, width: int) -> tuple[list[bytes], str]:
    """The entries of a bundle as far as they parse, and why no further."""
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            return entries, f"the entry bundle ends within one of its {width} entries"
        entries.append(data[start:at])
    return entries, "" if at == len(data) else "there are bytes after the last entry of the bundle"


def _differences(row: Sequence[bytes | None], other: Sequence[bytes | None]) -> list[int]:
    return [at for at, (one, two) in enumerate(zip(row, other, strict=True)) if one != two]


def _first_difference(row: Sequence[bytes | None], other: Sequence[bytes | None]) -> int | None:
    found = _differences(row, other)
    return found[0] if found else None


def _entries(count: int) -> str:
    return "the entry is" if count == 1 else f"{count} entries from here on are"
