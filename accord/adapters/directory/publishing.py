"""Writing one log of a directory wire so that a reader, or a crash, at any moment finds a whole log.

A publication goes from the head S, which follows the head R, to the head T:

    1. mend        what an earlier process left unfinished, as (a) and (b) below say
    2. compare     what is there already, and T's root; nothing is written before T is known to extend S
    3. files       every bundle and tile that T needs and S lacks: temp, fsync, rename
    4. mark        link the checkpoint S as .superseded.tmp; then fsync of every folder touched
    5. checkpoint  T: temp, fsync, rename, fsync of the folder. This is the act
    6. clear       partial files that neither S nor T needs, which are R's; then the mark

If the process dies in
    1, 2           the next publication mends again.
    3, 4           (a) readers see S and all its files. Left are files beyond S, temp files and a mark of S
                   itself: mending removes them, since no head ever spoke of them.
    5, 6           (b) readers see S or T, with the files of both. The mark says S, so mending does the rest
                   of 6.
    after 6        nothing is left to do.

So a reader who took the checkpoint S still finds all its files when T is there, until T's successor is. The
cost of a publication is flat: mending and clearing look at two or three places of each level, whatever the
size.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from accord.adapters.directory.disk import Disk, names, read, writing
from accord.adapters.directory.growth import Edge, Written, read_edge
from accord.adapters.directory.layout import CHECKPOINT, SUPERSEDED, Place, edges, is_temporary, temporary
from accord.adapters.directory.reading import LARGEST_CHECKPOINT, LogFiles, parse_head
from accord.errors import LogForked, Malformed, UsageRefused
from accord.ledger import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Checkpoint,
    Tile,
    TileNodes,
    root_hash,
    tile_width,
)
from accord.ledger import Bundle as BundleFile
from accord.ports import Bundle

MOST_ENTRIES = 256
"""Entries of one publication at most: those of one bundle, and how far mending and clearing have to look."""


class Writer:
    """Puts files into folders, so that a name is durable once `sync` has returned."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._durable: set[Path] = set()  # folders whose own names are
        self._touched: set[Path] = set()

    def put(self, path: Path, data: bytes) -> None:
        """Write a file under its name at once; readers see all of it or none."""
        self.make_folder(path.parent)
        beside = path.with_name(temporary(path.name))
        self._disk.write(beside, data)
        self._disk.rename(beside, path)
        self._touched.add(path.parent)

    def link(self, path: Path, name: Path) -> None:
        """Give a file a second name."""
        self._disk.link(path, name)
        self._touched.add(name.parent)

    def sync(self) -> None:
        """Make every name put since the last time durable."""
        for folder in sorted(self._touched):
            self._disk.sync(folder)
        self._touched.clear()

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, durable under their names; each looked at once."""
        if folder in self._durable:
            return
        if not folder.parent.is_dir():
            self.make_folder(folder.parent)
        self._disk.make_folder(folder)
        self._disk.sync(folder.parent)
        self._durable.add(folder)

    def remove_folder(self, folder: Path) -> None:
        """Remove a folder if it is empty."""
        self._disk.remove_folder(folder)
        self._durable.discard(folder)


class Publisher:
    """Writes one log; the only process that does. Keeps the log's edge between publications."""

    def __init__(self, files: LogFiles, folder: Path, disk: Disk) -> None:
        self._files = files
        self._folder = folder
        self._disk = disk
        self._writer = Writer(disk)
        self._note: str | None = None
        self._head: Checkpoint | None = None
        self._edge: Edge | None = None  # None: the disk is to be looked at, and mended, first

    def publish(self, bundle: Bundle) -> None:
        """Make the log readable up to the end of this bundle; see `DirectoryWire.publish`."""
        head = _head_of(bundle)
        with writing(self._files.slug):
            edge = self._edge if self._edge is not None and self._files.head() == self._note else self._open()
            self._edge = None  # until all is done: whatever stops us, the next publication mends
            with self._files.placed():
                new = self._compare(bundle, head, edge)
            grown, written = edge.grown(new)
            if head.size == grown.size:
                if grown.tree.root() != head.root:
                    raise LogForked("the head is not of these entries", where=self._files.slug)
                self._advance(bundle.head, head, written)
            self._edge = grown

    # ---- 1: mend ----

    def _open(self) -> Edge:
        self._writer = Writer(self._disk)
        self._note = self._files.head()
        with self._files.placed():
            self._head = None if self._note is None else parse_head(self._note)
            self._remove_unfinished(self._head.size if self._head else 0)
            self._finish_clearing()
            return Edge.empty() if self._head is None else read_edge(self._head, self._files.read)

    def _remove_unfinished(self, size: int) -> None:
        """Remove temp files and what lies beyond the head, of which no head ever spoke."""
        for name in names(self._folder, ""):
            if is_temporary(name) and name != SUPERSEDED:
                self._disk.remove(self._folder / name)
        for level, index in _places(size, size + MOST_ENTRIES):
            width = tile_width(max(level, 0), index, size)
            full = self._folder / _place(level, index).path
            beyond = [full.with_name(temporary(full.name))] + ([full] if width < TILE_WIDTH else [])
            for path in beyond:
                if os.path.lexists(path):
                    self._disk.remove(path)
            self._thin(level, index, range(1, width + 1))

    def _finish_clearing(self) -> None:
        """Do what step 6 of a publication that was stopped would have done."""
        mark = self._folder / SUPERSEDED
        if not os.path.lexists(mark):
            return
        before = _marked_size(mark)
        if before is not None and self._head is not None and before < self._head.size:
            self._clear(before, self._head.size)
        self._disk.remove(mark)

    # ---- 2: compare ----

    def _compare(self, bundle: Bundle, head: Checkpoint, edge: Edge) -> Sequence[bytes]:
        """The entries that are not there yet; raises LogForked where the bundle contradicts what is."""
        if bundle.first_index > edge.size:
            raise UsageRefused(
                f"the wire ends at {edge.size}, and this bundle begins at {bundle.first_index}",
                where=self._files.slug,
                advice=f"Publish from {edge.size} on.",
            )
        if self._head is not None and head.origin != self._head.origin:
            raise LogForked("the head is of another log than the one here", where=CHECKPOINT)
        overlap = min(edge.size - bundle.first_index, len(bundle.entries))
        self._compare_entries(bundle, overlap, edge.size)
        if head.size <= edge.size and head.root != root_hash(
            head.size, TileNodes(edge.size, self._files.read)
        ):
            raise LogForked(f"the wire leads to another head of size {head.size}", where=CHECKPOINT)
        return bundle.entries[overlap:]

    def _compare_entries(self, bundle: Bundle, count: int, size: int) -> None:
        at = 0
        while at < count:
            index, there = divmod(bundle.first_index + at, TILE_WIDTH)
            place = BundleFile(index, tile_width(0, index, size))
            for entry in self._files.entries(place)[there : there + count - at]:
                if entry != bundle.entries[at]:
                    raise LogForked(
                        f"entry {bundle.first_index + at} is here with other bytes", where=place.path
                    )
                at += 1

    # ---- 3 to 6 ----

    def _advance(self, note: str, head: Checkpoint, written: Iterable[Written]) -> None:
        if note == self._note:
            return
        for place, data in written:
            self._writer.put(self._folder / place.path, data)
        before = self._head
        if before is not None and before.size < head.size:
            self._writer.link(self._folder / CHECKPOINT, self._folder / SUPERSEDED)
        self._writer.sync()
        self._writer.put(self._folder / CHECKPOINT, note.encode())
        self._writer.sync()
        self._note, self._head = note, head
        if before is not None and before.size < head.size:
            self._clear(before.size, head.size)
            self._disk.remove(self._folder / SUPERSEDED)

    def _clear(self, before: int, size: int) -> None:
        """Remove the partial files that neither size needs, of places up to one bundle back."""
        needed = {*edges(before), *edges(size)}
        for level, index in _places(max(0, before - MOST_ENTRIES), size):
            kept = [place.width for place in needed if place == _place(level, index, place.width)]
            self._thin(level, index, kept)

    def _thin(self, level: int, index: int, kept: Sequence[int]) -> None:
        """Leave of the partial files of one place those of these widths."""
        path = f"{_place(level, index).path}.p"
        folder = self._folder / path
        keep = {str(width) for width in kept if width < TILE_WIDTH}
        found = names(folder, path)
        for name in found:
            if name not in keep:
                self._disk.remove(folder / name)
        if folder.is_dir() and not keep.intersection(found):
            self._writer.remove_folder(folder)


def _head_of(bundle: Bundle) -> Checkpoint:
    """What a bundle's head says, if it can be published. Raises Malformed, UsageRefused."""
    head = parse_head(bundle.head)
    if bundle.proof or bundle.first_index < 0 or head.size != bundle.first_index + len(bundle.entries):
        raise UsageRefused("a bundle is published with the head of its own end", where=bundle.origin)
    if len(bundle.entries) > MOST_ENTRIES:
        raise UsageRefused(f"a bundle has at most {MOST_ENTRIES} entries", where=bundle.origin)
    return head


def _marked_size(mark: Path) -> int | None:
    try:
        note = read(mark, SUPERSEDED, LARGEST_CHECKPOINT)
        return None if note is None else parse_head(note.decode()).size
    except (Malformed, UnicodeDecodeError):
        return None  # not ours; it goes, and what it would have cleared stays, which harms nobody


def _place(level: int, index: int, width: int = TILE_WIDTH) -> Place:
    return BundleFile(index, width) if level < 0 else Tile(level, index, width)


def _places(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Level (-1: entry bundles) and index of every file that entries `start` to `end` can have touched."""
    level = 0
    while end >> TILE_HEIGHT * level:
        first, last = (size >> TILE_HEIGHT * (level + 1) for size in (start, end))
        for index in range(first, last + 1):
            if level == 0:
                yield -1, index
            yield level, index
        level += 1
