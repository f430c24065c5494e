"""Reading a tree back from its tiles, and checking every file of a tile directory against the entries.

Nothing here touches a disk: `read` is handed in and returns the bytes of the file at a path below the log's
directory; what it raises goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from accord.errors import Malformed, ProofInvalid, UsageRefused
from accord.ledger.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Bundle,
    Tile,
    decode_bundle,
    decode_tile,
    encode_bundle,
    encode_tile,
    parse_path,
    tile_width,
    tiles_of,
)
from accord.ledger.tree import HASH_SIZE, Tree, leaf_hash, node_hash

Read = Callable[[str], bytes]  # path below the log's directory -> the file's bytes
_CACHED_TILES = 64  # half a megabyte: the tiles on the path of any proof, and room beside them


class TileNodes:
    """A `NodeGetter` over the tiles of a tree of `size` leaves.

    Its nodes are as good as the tiles are: verify against a signed root what is made of them. Raises
    UsageRefused for a node that is not complete in this tree, Malformed for a tile of the wrong length.
    """

    def __init__(self, size: int, read: Read) -> None:
        self._size = size
        self._read = read
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        if not 0 <= index < self._size >> level:
            raise UsageRefused(f"a tree of {self._size} leaves has no complete node ({level}, {index})")
        tile_level, inner = divmod(level, TILE_HEIGHT)
        number, start = divmod(index << inner, TILE_WIDTH)
        row = self._hashes(tile_level, number)[start : start + (1 << inner)]
        while len(row) > 1:
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
        return row[0]

    def _hashes(self, level: int, number: int) -> list[bytes]:
        known = self._tiles.get((level, number))
        if known is None:
            known = _read_tile(Tile(level, number, tile_width(level, number, self._size)), self._read)
            if len(self._tiles) >= _CACHED_TILES:
                self._tiles.pop(next(iter(self._tiles)))  # the oldest
            self._tiles[level, number] = known
        return known


def hash_tiles(rows: Iterable[list[bytes]], tree: Tree) -> Iterator[tuple[Tile, bytes]]:
    """Append rows of leaf hashes to an empty `tree` and yield every hash tile with its bytes.

    Full tiles come as soon as they are full, the partial ones last. Holds at most one tile of each level.
    """
    if tree.size:
        raise UsageRefused("tiles are made from the first leaf on")
    open_tiles: list[list[bytes]] = []
    for row in rows:
        for level, index, value in tree.append_many(row):
            if level % TILE_HEIGHT:  # a node between tile levels is not stored
                continue
            tile_level = level // TILE_HEIGHT
            if tile_level == len(open_tiles):
                open_tiles.append([])
            open_tiles[tile_level].append(value)
            if index % TILE_WIDTH == TILE_WIDTH - 1:
                yield Tile(tile_level, index // TILE_WIDTH), encode_tile(open_tiles[tile_level])
                open_tiles[tile_level] = []
    for tile_level, hashes in enumerate(open_tiles):
        if hashes:
            index = (tree.size >> TILE_HEIGHT * tile_level) // TILE_WIDTH
            yield Tile(tile_level, index, len(hashes)), encode_tile(hashes)


def root_from_tiles(size: int, read: Read) -> bytes:
    """Compute the root of `size` leaves from the level 0 tiles, checking every tile above against them.

    Reads each tile that the size needs once. Raises ProofInvalid, naming the tile, if one does not hold what
    the tiles below it hash to, and Malformed if one has the wrong length.
    """
    tree = Tree()
    places = (place for place in tiles_of(size) if isinstance(place, Tile) and place.level == 0)
    for tile, expected in hash_tiles((_read_tile(place, read) for place in places), tree):
        if tile.level and read(tile.path) != expected:
            raise ProofInvalid("the tile does not hold what the tiles below it hash to", where=tile.path)
    return tree.root()


def verify_directory(size: int, root: bytes, paths: Iterable[str], read: Read) -> list[str]:
    """Verify every file of a tile directory against the entries in it and a signed head.

    `size` and `root` are those of a verified checkpoint; `paths` are all files of the directory but the
    checkpoint. Reads each once, holds one bundle and one tile of each level at a time.

    1. Each path is one that the format knows, else Malformed: nothing hides among the files.
    2. Each file that the size needs is there, else ProofInvalid: nothing was taken away.
    3. Each bundle parses, and its entries hash to the leaves in the tile of level 0: nothing was altered.
    4. Each superseded partial file is the beginning of the file that superseded it: nothing was rewritten.
    5. Each tile above holds what the tiles below it hash to.
    6. The entries hash to the root, else ProofInvalid: they are the ones that the log signed for.

    Returns the paths of files that lie beyond `size`, unread: written before a head that is still to come,
    so that this head proves nothing of them. Errors name the file in `where`.
    """
    found, ahead = _sort_paths(size, paths)
    check = _Check(found, read)
    tree = Tree()
    for tile, expected in hash_tiles(check.leaf_rows(size), tree):
        if tile.level:
            check.tile(tile, expected, "the tile does not hold what the tiles below it hash to")
    if tree.root() != root:
        raise ProofInvalid(f"the {size} entries do not hash to the signed root")
    return ahead


_Place = tuple[int, int]  # level (_ENTRIES for bundles) and index
_ENTRIES = -1


class _Check:
    """The files of a directory, by place, and how to compare them with what they should hold."""

    def __init__(self, widths: dict[_Place, set[int]], read: Read) -> None:
        self._widths = widths
        self._read = read

    def leaf_rows(self, size: int) -> Iterator[list[bytes]]:
        """Yield the leaf hashes of each bundle in turn, having checked all files of its place."""
        for place in tiles_of(size):
            if isinstance(place, Bundle):
                yield self._bundle(place)

    def tile(self, tile: Tile, expected: bytes, complaint: str) -> None:
        """Check a hash tile and the narrower ones that it superseded."""
        if self._read(tile.path) != expected:
            raise ProofInvalid(complaint, where=tile.path)
        for width in self._narrower(tile.level, tile.index, tile.width):
            place = Tile(tile.level, tile.index, width)
            self._require_beginning(place, expected[: width * HASH_SIZE])

    def _bundle(self, bundle: Bundle) -> list[bytes]:
        entries = _located(bundle, lambda: decode_bundle(self._read(bundle.path), bundle.width))
        leaves = [leaf_hash(entry) for entry in entries]
        tile = Tile(0, bundle.index, bundle.width)
        stored = _read_tile(tile, self._read)
        for offset, (leaf, told) in enumerate(zip(leaves, stored, strict=True)):
            if leaf != told:
                index = bundle.index * TILE_WIDTH + offset
                raise ProofInvalid(
                    f"leaf {index} is not the hash of the entry in {bundle.path}", where=tile.path
                )
        for width in self._narrower(_ENTRIES, bundle.index, bundle.width):
            self._require_beginning(Bundle(bundle.index, width), encode_bundle(entries[:width]))
        for width in self._narrower(0, tile.index, tile.width):
            self._require_beginning(Tile(0, tile.index, width), encode_tile(leaves[:width]))
        return leaves

    def _narrower(self, level: int, index: int, width: int) -> list[int]:
        return sorted(self._widths[level, index] - {width})

    def _require_beginning(self, place: Tile | Bundle, expected: bytes) -> None:
        if self._read(place.path) != expected:
            raise ProofInvalid("the superseded file is not the beginning of its successor", where=place.path)


def _sort_paths(size: int, paths: Iterable[str]) -> tuple[dict[_Place, set[int]], list[str]]:
    """Sort paths into widths by place and those beyond the tree; refuse if one that it needs is missing."""
    found: dict[_Place, set[int]] = {}
    ahead = []
    for path in paths:
        place = _parse_located(path)
        level = place.level if isinstance(place, Tile) else _ENTRIES
        if place.width > tile_width(max(level, 0), place.index, size):
            ahead.append(path)
        else:
            found.setdefault((level, place.index), set()).add(place.width)
    for place in tiles_of(size):
        level = place.level if isinstance(place, Tile) else _ENTRIES
        if place.width not in found.get((level, place.index), ()):
            raise ProofInvalid(f"a file that a log of {size} entries needs is missing", where=place.path)
    return found, sorted(ahead)


def _parse_located(path: str) -> Tile | Bundle:
    try:
        return parse_path(path)
    except Malformed as fault:
        raise Malformed(fault.message, where=path) from fault


def _read_tile(tile: Tile, read: Read) -> list[bytes]:
    return _located(tile, lambda: decode_tile(read(tile.path), tile.width))


def _located(place: Tile | Bundle, decode: Callable[[], list[bytes]]) -> list[bytes]:
    """Run a decoder so that what it raises says which file it was."""
    try:
        return decode()
    except Malformed as fault:
        raise Malformed(fault.message, where=place.path) from fault
