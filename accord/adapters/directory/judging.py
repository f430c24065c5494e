"""Which of two files that disagree is the wrong one.

Every hash is told twice: once by what lies below it, and once by the tile that holds it. Where the two
differ, the row of hashes that leads to the hash above is the right one, and above the last tile stands the
signed root:

    the signed root    <- the last rows of all levels together
    tile/1             <- a row of 256 hashes of tile/0 leads to one hash here
    tile/0             <- the leaf hashes of 256 entries
    tile/entries

So one wrong file is always told apart from the right ones around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from accord.ledger import EMPTY_ROOT, TILE_WIDTH, node_hash

Row = Sequence[bytes | None]
Whole = Sequence[bytes]


@dataclass(slots=True)
class Told:
    """One tile's row, as computed from below and as stored; `best` is the right one, once that is known.

    A computed hash is None where what is below could not be read; `stored` where the tile could not, for
    `reason`.
    """

    level: int
    index: int
    computed: Row
    stored: Whole | None
    reason: str = ""
    best: Whole | None = None

    def candidates(self) -> list[Whole]:
        """The rows that could be right: one where both agree or only one is whole; else two, or none."""
        whole = [hash_ for hash_ in self.computed if hash_ is not None]
        found: list[Whole] = [whole] if len(whole) == len(self.computed) else []
        if self.stored is not None and list(self.stored) not in found:
            found.append(list(self.stored))
        return found

    def judge(self, above: Callable[[], bytes | None]) -> None:
        """Find the right row of a full tile by the hash that stands for it above, if it takes that."""
        found = self.candidates()
        if len(found) == 2:
            told = above()
            found = [row for row in found if row_root(row) == told]
        self.best = found[0] if found else None


def judge_edges(edges: Sequence[Told], root: bytes | None) -> bool:
    """Find the right rows of the last tiles, the lowest level first, by the signed root.

    Returns False if no choice of them leads there. Without a root, only what both sides agree on is right.
    """
    options = [told.candidates() for told in edges]
    for choice in product(*options):
        if root is not None and rows_root(choice) == root:
            for told, row in zip(edges, choice, strict=True):
                told.best = row
            return True
    for told, found in zip(edges, options, strict=True):
        told.best = found[0] if len(found) == 1 else None
    return root is None


def row_root(row: Whole) -> bytes:
    """The hash that a full tile's row leads to."""
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def rows_root(rows: Sequence[Whole]) -> bytes:
    """The root of a tree from its unfinished rows, the lowest level first (RFC 9162, 2.1.1)."""
    root: bytes | None = None
    for row in rows:
        end = len(row)
        assert end < TILE_WIDTH
        while end:  # the complete subtrees of this row, the smallest and rightmost first
            start = end & (end - 1)
            part = row_root(row[start:end])
            root = part if root is None else node_hash(part, root)
            end = start
    return EMPTY_ROOT if root is None else root
