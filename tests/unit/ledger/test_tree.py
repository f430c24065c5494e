"""The tree against the definition, for every size to 100."""

from __future__ import annotations

import pytest

from accord.errors import Malformed, UsageRefused
from accord.ledger import EMPTY_ROOT, Tree, leaf_hash, node_hash, root_hash, subtree_hash
from tests.unit.ledger.reference import WORLD


def test_leaf_and_node_are_told_apart_by_their_prefix() -> None:
    # The two constants are those of RFC 6962's reference implementation.
    empty_leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"").hex() == empty_leaf
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    left, right = leaf_hash(b"l"), leaf_hash(b"r")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_every_root_to_100_leaves() -> None:
    tree = Tree()
    assert tree.root() == EMPTY_ROOT
    for size, leaf in enumerate(WORLD.leaves, start=1):
        tree.append(leaf)
        assert tree.size == size
        assert tree.root() == WORLD.mth(0, size)
        assert tree.root() == root_hash(size, WORLD.node)


def test_append_returns_every_complete_node_leaf_first() -> None:
    tree, seen = Tree(), {}
    for number, leaf in enumerate(WORLD.leaves):
        made = tree.append(leaf)
        assert made[0] == (0, number, leaf)
        assert [level for level, _, _ in made] == list(range(len(made)))
        seen.update({(level, index): value for level, index, value in made})
    complete = {(level, index) for level in range(7) for index in range(100 >> level)}
    assert set(seen) == complete
    assert all(value == WORLD.node(*place) for place, value in seen.items())


def test_append_many_is_append_for_every_start_and_count() -> None:
    for start in range(40):
        for count in range(40):
            one, many = Tree(), Tree()
            one.append_many(WORLD.leaves[:start])
            many.append_many(WORLD.leaves[:start])
            singly = [node for leaf in WORLD.leaves[start : start + count] for node in one.append(leaf)]
            at_once = many.append_many(iter(WORLD.leaves[start : start + count]))
            assert sorted(singly) == at_once
            assert (one.size, one.frontier) == (many.size, many.frontier)


def test_size_and_frontier_restore_every_tree() -> None:
    tree = Tree()
    for size, leaf in enumerate(WORLD.leaves):
        restored = Tree(tree.size, tree.frontier)
        assert restored.root() == tree.root()
        assert restored.append(leaf) == tree.append(leaf)
        assert len(tree.frontier) == (size + 1).bit_count()


@pytest.mark.parametrize(
    ("size", "frontier"),
    [(-1, ()), (0, (EMPTY_ROOT,)), (1, ()), (3, (EMPTY_ROOT,)), (4, (EMPTY_ROOT,) * 2), (1, (b"short",))],
)
def test_a_frontier_that_does_not_fit_the_size_is_malformed(size: int, frontier: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        Tree(size, frontier)


def test_a_refused_leaf_leaves_the_tree_as_it_was() -> None:
    tree = Tree()
    tree.append_many(WORLD.leaves[:5])
    before = tree.size, tree.frontier
    with pytest.raises(UsageRefused):
        tree.append_many([WORLD.leaves[5], b"not a hash"])
    assert (tree.size, tree.frontier) == before


def test_every_subtree_to_64_leaves() -> None:
    for start in range(64):
        for end in range(start, 65):
            size = end - start
            width = 1 if size < 2 else 1 << (size - 1).bit_length()
            if start % width:
                with pytest.raises(UsageRefused):
                    subtree_hash(start, end, WORLD.node)
            else:
                assert subtree_hash(start, end, WORLD.node) == WORLD.mth(start, end)
