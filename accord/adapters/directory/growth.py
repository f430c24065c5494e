"""The right edge of a log's files: all that writing the next ones takes, so that the cost is flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accord.adapters.directory.layout import Place, edges
from accord.errors import ProofInvalid, UsageRefused
from accord.ledger import (
    MAX_ENTRY_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    Bundle,
    Checkpoint,
    Read,
    Tile,
    TileNodes,
    Tree,
    decode_tile,
    encode_bundle,
    encode_tile,
    leaf_hash,
)

Written = tuple[Place, bytes]


@dataclass(slots=True, frozen=True)
class Edge:
    """A tree with its unfinished files.

    `rows[level]` are the hashes of the last hash tile, if that is not full; `tail` the bytes of the last
    entry bundle, likewise.
    """

    tree: Tree
    rows: tuple[tuple[bytes, ...], ...] = ()
    tail: bytes = b""

    @classmethod
    def empty(cls) -> Edge:
        """The edge of a log without entries."""
        return cls(Tree())

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.tree.size

    def grown(self, entries: Sequence[bytes]) -> tuple[Edge, list[Written]]:
        """The edge after these entries, and every file to write for them.

        Bundles come first, then hash tiles as they fill, then partial ones. Leaves this edge as it is.
        Raises UsageRefused for an entry that no bundle can hold.
        """
        if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
            raise UsageRefused(f"an entry has at most {MAX_ENTRY_BYTES:,} bytes")
        tail, bundles = self._bundles(entries)
        tree = Tree(self.size, self.tree.frontier)
        rows = [list(row) for row in self.rows]
        full: list[Written] = []
        for height, index, value in tree.append_many([leaf_hash(entry) for entry in entries]):
            level, between = divmod(height, TILE_HEIGHT)
            if between:  # a node between tile levels is not stored
                continue
            if level == len(rows):
                rows.append([])
            rows[level].append(value)
            if len(rows[level]) == TILE_WIDTH:
                full.append((Tile(level, index // TILE_WIDTH), encode_tile(rows[level])))
                rows[level] = []
        edge = Edge(tree, tuple(map(tuple, rows)), tail)
        return edge, bundles + full + list(edge._partial(self.size))

    def _bundles(self, entries: Sequence[bytes]) -> tuple[bytes, list[Written]]:
        made: list[Written] = []
        tail, at = self.tail, 0
        while at < len(entries):
            index, there = divmod(self.size + at, TILE_WIDTH)
            some = entries[at : at + TILE_WIDTH - there]
            at += len(some)
            tail += encode_bundle(some)
            made.append((Bundle(index, there + len(some)), tail))
            if there + len(some) == TILE_WIDTH:
                tail = b""
        return tail, made

    def _partial(self, before: int) -> Iterator[Written]:
        """The partial hash tiles that are not those of the size before."""
        known = set(edges(before))
        for place in edges(self.size):
            if isinstance(place, Tile) and place not in known:
                yield place, encode_tile(self.rows[place.level])


def read_edge(checkpoint: Checkpoint, read: Read) -> Edge:
    """Read the edge of a log back: a tile of each level and one bundle, whatever its size.

    Raises what `read` raises, and ProofInvalid where the tiles do not lead to the checkpoint.
    """
    size = checkpoint.size
    nodes = TileNodes(size, read)
    tree = Tree(
        size,
        [nodes(level, (size >> level) - 1) for level in range(size.bit_length())[::-1] if size >> level & 1],
    )
    if tree.root() != checkpoint.root:
        raise ProofInvalid("the tiles do not lead to the checkpoint that stands beside them")
    rows: list[tuple[bytes, ...]] = [()] * -(-size.bit_length() // TILE_HEIGHT)
    tail = b""
    for place in edges(size):
        if isinstance(place, Bundle):
            tail = read(place.path)
        else:
            rows[place.level] = tuple(decode_tile(read(place.path), place.width))
    return Edge(tree, tuple(rows), tail)
