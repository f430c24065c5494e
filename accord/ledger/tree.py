"""The Merkle tree of RFC 9162, kept as its right edge.

    level 2            N                 a node (level, index) covers the leaves
                     /   \\               [index << level, (index + 1) << level)
    level 1        N       N
                  / \\     / \\            complete: all of those leaves are there;
    level 0      0   1   2   3   4       only complete nodes are ever stored or asked for
                 `----- , -----'   |
                 frontier[0]       frontier[1]

The ledger does not know what it logs: integers and hashes in, integers and hashes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import count, repeat

from accord.errors import Malformed, UsageRefused

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()  # RFC 9162, 2.1.1: MTH({}) = HASH()

Node = tuple[int, int, bytes]  # level, index, hash
NodeGetter = Callable[[int, int], bytes]  # (level, index) of a complete node -> its hash


def leaf_hash(data: bytes) -> bytes:
    """Hash one entry as a leaf: SHA-256(0x00 ‖ entry), 32 bytes (RFC 9162, 2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children as their parent: SHA-256(0x01 ‖ left ‖ right), 32 bytes (RFC 9162, 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def subtree_hash(start: int, end: int, node: NodeGetter) -> bytes:
    """Compute MTH(D[start:end]) from complete nodes (RFC 9162, 2.1.1).

    `start` is a multiple of the smallest power of two that is not below `end - start`, as it is for every
    subtree that a proof speaks of; else UsageRefused. Asks for at most one node of each level.
    """
    if not (0 <= start <= end) or start & ((1 << max(end - start - 1, 0).bit_length()) - 1):
        raise UsageRefused(f"[{start}, {end}) is not a subtree of any tree")
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1  # the largest complete subtree that starts here
        parts.append(node(level, start >> level))
        start += 1 << level
    return _fold(parts)


def root_hash(size: int, node: NodeGetter) -> bytes:
    """Compute the root of the first `size` leaves from complete nodes (RFC 9162, 2.1.1)."""
    return subtree_hash(0, size, node)


def node_place(level: int, index: int) -> int:
    """The place of a complete node above the leaves in the order in which leaves complete them, from 0.

    Before leaf n stand as many as n leaves complete: n less the bits set in n.
    """
    last = ((index + 1) << level) - 1
    return last - last.bit_count() + level - 1


class Tree:
    """An append-only tree of which only the right edge is held: at most one hash for each level.

    `size` is the number of leaves; `frontier` the roots of the complete subtrees that make up the tree, the
    largest (leftmost) first, one for each bit set in `size`. Both together restore the tree; Malformed if
    they do not belong together.
    """

    __slots__ = ("_edge", "_size")

    def __init__(self, size: int = 0, frontier: Sequence[bytes] = ()) -> None:
        if size < 0 or size.bit_count() != len(frontier) or any(len(part) != HASH_SIZE for part in frontier):
            raise Malformed(f"a tree of {size} leaves does not have this frontier")
        self._size = size
        self._edge = [b""] * size.bit_length()  # by level; b"" where that bit of the size is not set
        levels = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
        for level, part in zip(levels, frontier, strict=True):
            self._edge[level] = part

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    @property
    def frontier(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, the largest first: with `size`, the whole state."""
        return tuple(part for part in reversed(self._edge) if part)

    def root(self) -> bytes:
        """Compute the root of the tree as it is now (RFC 9162, 2.1.1): 32 bytes."""
        return _fold(self.frontier)

    def append(self, leaf: bytes) -> list[Node]:
        """Append one leaf hash and return every complete node that it made, the leaf first.

        Raises UsageRefused, with the tree unchanged, unless the leaf is 32 bytes.
        """
        return self.append_many((leaf,))

    def append_many(self, leaves: Iterable[bytes]) -> list[Node]:
        """Append leaf hashes and return every complete node that they made, level by level.

        The leaves come first, in order, then the nodes of level 1, and so on: what `append` would return for
        each, in another order. Raises UsageRefused, with the tree unchanged, unless every leaf is 32 bytes.
        """
        row = list(leaves)
        if any(len(leaf) != HASH_SIZE for leaf in row):
            raise UsageRefused("a leaf hash is 32 bytes")
        made: list[Node] = []
        level, first = 0, self._size
        self._size += len(row)
        while row:
            made.extend(zip(repeat(level), count(first), row, strict=False))  # both counters are endless
            row = self._climb(level, first, row)
            level, first = level + 1, first >> 1
        return made

    def _climb(self, level: int, first: int, row: list[bytes]) -> list[bytes]:
        """Take the new nodes of one level into the edge and return the parents that they complete."""
        if level == len(self._edge):
            self._edge.append(b"")
        if first & 1:  # the first of them is a right child; its left sibling is on the edge
            row = [self._edge[level], *row]
        self._edge[level] = row[-1] if len(row) & 1 else b""
        hash_, prefix = sha256, b"\x01"  # node_hash written out: this line is where appending spends its time
        return [
            hash_(prefix + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)
        ]


def _fold(parts: Sequence[bytes]) -> bytes:
    """Join complete subtrees, the largest first, into one root (RFC 9162, 2.1.1: k splits off the left)."""
    if not parts:
        return EMPTY_ROOT
    root = parts[-1]
    for part in reversed(parts[:-1]):
        root = node_hash(part, root)
    return root
