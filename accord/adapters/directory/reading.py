"""One log of a wire made of files, as its readers find it: nothing here is verified."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from accord.adapters.directory.files import Files
from accord.adapters.directory.layout import CHECKPOINT, Place
from accord.errors import EvidenceFault, Malformed
from accord.ledger import (
    HASH_SIZE,
    MAX_ENTRY_BYTES,
    TILE_WIDTH,
    Checkpoint,
    Note,
    TileNodes,
    consistency_proof,
    decode_bundle,
    encode_bundle,
    parse_path,
    tile_width,
)
from accord.ledger import Bundle as BundleFile
from accord.ports import Bundle

LARGEST_CHECKPOINT = 1 << 16  # a few hundred bytes as Accord writes it; room for a hundred cosignatures
LARGEST_TILE = TILE_WIDTH * HASH_SIZE
LARGEST_BUNDLE = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)


class LogFiles:
    """The files of one log, wherever they are.

    Errors of `head` and `bundles` name a file as `<slug>/<path>`; those of the others, inside `placed`, too.
    """

    def __init__(self, files: Files, slug: str) -> None:
        self.files = files
        self.slug = slug

    def head(self) -> str | None:
        """The checkpoint's text; None if there is none. Raises Malformed if it is no UTF-8."""
        with self.placed():
            data = self.files.read(CHECKPOINT, LARGEST_CHECKPOINT)
            try:
                return None if data is None else data.decode()
            except UnicodeDecodeError as error:
                raise Malformed("a checkpoint is UTF-8", where=CHECKPOINT) from error

    def bundles(self, head: str, start: int) -> Iterator[Bundle]:
        """The entries from `start` to the head's size, a bundle file at a time, each with its proof.

        Holds one bundle of entries and a few tiles. Raises Malformed.
        """
        with self.placed():
            size = parse_head(head).size
        nodes = TileNodes(size, self.read)
        while start < size:
            index, there = divmod(start, TILE_WIDTH)
            with self.placed():
                entries = self.entries(BundleFile(index, tile_width(0, index, size)))[there:]
                end = start + len(entries)
                proof = consistency_proof(end, size, nodes)
            yield Bundle(self.slug, start, entries, head, proof)
            start = end

    def entries(self, place: BundleFile) -> list[bytes]:
        """The entries of one bundle file, or of the beginning of a wider one that has taken its place."""
        data = self.read_exactly(place.path)
        if data is not None:
            return _decoded(place, data)
        wider = self._wider(place)
        if not isinstance(wider, BundleFile):
            raise self.files.missing(place.path)
        return self.entries(wider)[: place.width]

    def read(self, path: str) -> bytes:
        """The bytes of a tile or bundle; of a partial one, from a wider one if that has taken its place."""
        data = self.read_exactly(path)
        if data is not None:
            return data
        place = parse_path(path)
        if isinstance(place, BundleFile):
            return encode_bundle(self.entries(place))
        wider = self._wider(place)
        if wider is None:
            raise self.files.missing(path)
        return self.read(wider.path)[: place.width * HASH_SIZE]

    def _wider(self, place: Place) -> Place | None:
        """The narrowest file of the same place that is wider than this one."""
        width = min((width for width in self.files.widths(place) if width > place.width), default=None)
        return None if width is None else replace(place, width=width)

    def read_exactly(self, path: str) -> bytes | None:
        """The bytes of one file; None if it is not there."""
        limit = LARGEST_BUNDLE if isinstance(parse_path(path), BundleFile) else LARGEST_TILE
        return self.files.read(path, limit)

    def where(self, path: str) -> str:
        """A file's path below the wire's root, for messages."""
        return f"{self.slug}/{path}"

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Say of which log a file in an error is."""
        try:
            yield
        except EvidenceFault as fault:
            fault.where = self.where(fault.where or CHECKPOINT)
            raise


def parse_head(head: str) -> Checkpoint:
    """What a checkpoint note says, its signature not verified. Raises Malformed."""
    return Checkpoint.parse(Note.parse(head).text)


def _decoded(place: BundleFile, data: bytes) -> list[bytes]:
    try:
        return decode_bundle(data, place.width)
    except Malformed as fault:
        raise Malformed(fault.message, where=place.path) from fault
