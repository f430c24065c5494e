"""Trees of any shape: how they were grown does not matter, and their proofs verify from tiles alone."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from accord.ledger import (
    TileNodes,
    Tree,
    consistency_proof,
    hash_tiles,
    inclusion_proof,
    root_from_tiles,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [sha256(number.to_bytes(4, "big")).digest() for number in range(3000)]


def grown(size: int) -> Tree:
    tree = Tree()
    tree.append_many(LEAVES[:size])
    return tree


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=4))
def test_steps_and_restarts_leave_no_trace(steps: list[int]) -> None:
    tree = Tree()
    for step in steps:
        tree = Tree(tree.size, tree.frontier)
        tree.append_many(LEAVES[tree.size : tree.size + step])
    whole = grown(tree.size)
    assert (tree.size, tree.frontier, tree.root()) == (whole.size, whole.frontier, whole.root())


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_proofs_from_tiles_verify(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)), "size")
    old = data.draw(st.integers(1, size), "old")
    index = data.draw(st.integers(0, size - 1), "index")
    tree = Tree()
    files = {tile.path: content for tile, content in hash_tiles([LEAVES[:size]], tree)}
    nodes = TileNodes(size, files.__getitem__)
    assert root_from_tiles(size, files.__getitem__) == tree.root()
    verify_inclusion(LEAVES[index], index, size, inclusion_proof(index, size, nodes), tree.root())
    proof = consistency_proof(old, size, nodes)
    verify_consistency(old, size, proof, grown(old).root(), tree.root())
