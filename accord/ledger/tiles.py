"""C2SP tlog-tiles: a log as static files.

    checkpoint                              the signed head
    tile/<L>/<N>          hash tile         256 hashes: nodes (8·L, 256·N + i)             8,192 bytes
    tile/<L>/<N>.p/<W>    partial tile      its first W hashes, 1 to 255                   32·W bytes
    tile/entries/<N>      entry bundle      256 times: length (uint16, big-endian), entry
    tile/entries/<N>.p/<W>                  the first W entries of that bundle

    <N> in groups of three digits, all but the last after an x:   1234067 -> x001/x234/067

A partial file is a prefix of every wider file of the same place, so a file once written never changes.
Hash tiles hold complete nodes only; a node between tile levels is computed from the tile below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accord.errors import Malformed, UsageRefused
from accord.ledger.tree import HASH_SIZE, NodeGetter

TILE_WIDTH = 256
TILE_HEIGHT = 8
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 0xFFFF
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The place of one hash tile: its level (0 holds leaf hashes), index, and width in hashes (256: full)."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The file's path below the log's directory, with forward slashes."""
        return f"tile/{self.level}/{_encode_index(self.index)}{_encode_width(self.width)}"


@dataclass(frozen=True, slots=True, order=True)
class Bundle:
    """The place of one entry bundle: its index, and its width in entries (256: full)."""

    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The file's path below the log's directory, with forward slashes."""
        return f"tile/entries/{_encode_index(self.index)}{_encode_width(self.width)}"


def parse_path(path: str) -> Tile | Bundle:
    """Parse a path strictly: `parse_path(path).path` is `path`. Raises Malformed (C2SP tlog-tiles)."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise Malformed("not the path of a tile or an entry bundle")
    kind, digits, width = match.groups()
    index = int(digits.replace("/", "").replace("x", ""))
    wide = TILE_WIDTH if width is None else int(width)
    place = Bundle(index, wide) if kind == "entries" else Tile(int(kind), index, wide)
    if (
        place.path != path
        or not 0 < wide <= TILE_WIDTH
        or (isinstance(place, Tile) and place.level > MAX_LEVEL)
    ):
        raise Malformed("not the one path that this tile or entry bundle has")
    return place


def tile_width(level: int, index: int, size: int) -> int:
    """Return how many hashes a tile has in a tree of `size` leaves: 0 (no such tile) to 256 (full)."""
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - index * TILE_WIDTH))


def tiles_between(old_size: int, new_size: int) -> Iterator[Tile | Bundle]:
    """List what a log writes when it grows: the files of `new_size` that `old_size` does not have.

    Bundles first, then hash tiles by level, each by index; then the checkpoint may be written. The number
    of files grows with `new_size - old_size`, not with the log. Files of sizes between the two, for which no
    checkpoint is published, are left out. Raises UsageRefused if the log shrinks.
    """
    if not 0 <= old_size <= new_size:
        raise UsageRefused(f"a log does not go from {old_size} to {new_size} entries")
    for index, width in _grown(old_size, new_size):
        yield Bundle(index, width)
    level = 0
    while new_size >> TILE_HEIGHT * level:
        for index, width in _grown(old_size >> TILE_HEIGHT * level, new_size >> TILE_HEIGHT * level):
            yield Tile(level, index, width)
        level += 1


def tiles_of(size: int) -> Iterator[Tile | Bundle]:
    """List every file that a tree of `size` leaves needs, without superseded partial ones."""
    return tiles_between(0, size)


def build_tile(tile: Tile, node: NodeGetter) -> bytes:
    """Build a hash tile's bytes from complete nodes: `tile.width` of them, all of level 8 * `tile.level`."""
    first = tile.index * TILE_WIDTH
    return encode_tile([node(TILE_HEIGHT * tile.level, first + i) for i in range(tile.width)])


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """Join 1 to 256 hashes of 32 bytes into a tile's bytes; else UsageRefused."""
    if not 0 < len(hashes) <= TILE_WIDTH or any(len(item) != HASH_SIZE for item in hashes):
        raise UsageRefused("a tile is 1 to 256 hashes of 32 bytes")
    return b"".join(hashes)


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """Split a tile's bytes into its `width` hashes; raises Malformed unless it is just as long as that."""
    if len(data) != width * HASH_SIZE:
        raise Malformed(f"a tile of {width} hashes is {width * HASH_SIZE} bytes, not {len(data)}")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Join 1 to 256 entries of at most 65,535 bytes into a bundle's bytes; else UsageRefused."""
    if not 0 < len(entries) <= TILE_WIDTH or any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise UsageRefused("an entry bundle is 1 to 256 entries of at most 65,535 bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Split a bundle into its `width` entries; raises Malformed if one is cut short or bytes are left."""
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data):
            raise Malformed(f"an entry bundle of {width} ends within entry {len(entries)}")
        entries.append(data[start:at])
    if at != len(data):
        raise Malformed(f"an entry bundle of {width} has {len(data) - at} bytes after its last entry")
    return entries


def _grown(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Yield index and width of each row of 256 that differs between `old` and `new` items."""
    if old == new:
        return
    for index in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
        yield index, min(TILE_WIDTH, new - index * TILE_WIDTH)


def _encode_index(index: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])


def _encode_width(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"
