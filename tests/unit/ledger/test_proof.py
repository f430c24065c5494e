"""The small world: every proof of every tree to 100 leaves, and every way to bend the small ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from accord.errors import ProofInvalid, UsageRefused
from accord.ledger import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from tests.unit.ledger.reference import WORLD

SMALL = 13  # every bit of every proof is flipped to this size


def flips(value: bytes) -> Iterator[bytes]:
    """Every value that differs from the given one in a single bit."""
    number = int.from_bytes(value, "big")
    for bit in range(8 * len(value)):
        yield (number ^ (1 << bit)).to_bytes(len(value), "big")


def bent(proof: list[bytes]) -> Iterator[list[bytes]]:
    """Every proof that differs in a single bit, and those with one hash more, fewer, twice, or cut."""
    for at, item in enumerate(proof):
        for other in flips(item):
            yield [*proof[:at], other, *proof[at + 1 :]]
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], item, *proof[at:]]
        yield [*proof[:at], item[:-1], *proof[at + 1 :]]
    yield [*proof, EMPTY_ROOT]
    yield [EMPTY_ROOT, *proof]


def refuses(verify: Callable[..., None], *arguments: object) -> None:
    with pytest.raises(ProofInvalid):
        verify(*arguments)


def refuses_all(verify: Callable[[Sequence[bytes]], None], proofs: Iterator[list[bytes]]) -> int:
    """Like `refuses` for many, without the cost of a context manager for each."""
    count = 0
    for proof in proofs:
        count += 1
        try:
            verify(proof)
        except ProofInvalid:
            continue
        pytest.fail(f"a bent proof verified: {[item.hex() for item in proof]}")
    return count


def test_every_inclusion_proof_to_100_leaves() -> None:
    for size in range(1, 101):
        root = WORLD.mth(0, size)
        for index in range(size):
            proof = inclusion_proof(index, size, WORLD.node)
            assert proof == WORLD.path(index, 0, size)
            verify_inclusion(WORLD.leaves[index], index, size, proof, root)


def test_every_consistency_proof_to_100_leaves() -> None:
    for new in range(1, 101):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, WORLD.node)
            assert proof == WORLD.subtree_proof(0, old, 0, new)
            verify_consistency(old, new, proof, WORLD.mth(0, old), WORLD.mth(0, new))


def test_every_bent_inclusion_proof_is_refused() -> None:
    count = 0
    for size in range(1, SMALL + 1):
        root = WORLD.mth(0, size)
        for index in range(size):
            leaf, proof = WORLD.leaves[index], inclusion_proof(index, size, WORLD.node)
            count += refuses_all(lambda p: verify_inclusion(leaf, index, size, p, root), bent(proof))  # noqa: B023
    assert count > 50_000


def test_every_bent_consistency_proof_is_refused() -> None:
    count = 0
    for new in range(1, SMALL + 1):
        for old in range(1, new + 1):
            roots = WORLD.mth(0, old), WORLD.mth(0, new)
            proof = consistency_proof(old, new, WORLD.node)
            count += refuses_all(lambda p: verify_consistency(old, new, p, *roots), bent(proof))  # noqa: B023
    assert count > 50_000


def test_every_other_leaf_place_and_root_is_refused() -> None:
    for size in range(1, 33):
        root = WORLD.mth(0, size)
        for index in range(size):
            leaf, proof = WORLD.leaves[index], inclusion_proof(index, size, WORLD.node)
            for other in {-1, *range(size + 1)} - {index}:
                refuses(verify_inclusion, leaf, other, size, proof, root)
            refuses(verify_inclusion, WORLD.leaves[index + 1], index, size, proof, root)
            refuses(verify_inclusion, leaf[:-1], index, size, proof, root)
            for other_size in {*range(1, 34)} - {size}:
                refuses(verify_inclusion, leaf, index, size, proof, WORLD.mth(0, other_size))


def test_every_flipped_root_and_leaf_is_refused() -> None:
    proof, root = inclusion_proof(3, 7, WORLD.node), WORLD.mth(0, 7)
    for other in flips(root):
        refuses(verify_inclusion, WORLD.leaves[3], 3, 7, proof, other)
    for other in flips(WORLD.leaves[3]):
        refuses(verify_inclusion, other, 3, 7, proof, root)
    proof, old_root = consistency_proof(6, 7, WORLD.node), WORLD.mth(0, 6)
    for other in flips(old_root):
        refuses(verify_consistency, 6, 7, proof, other, root)
    for other in flips(root):
        refuses(verify_consistency, 6, 7, proof, old_root, other)


def test_a_consistency_proof_is_of_these_two_trees_only() -> None:
    for new in range(2, 20):
        for old in range(1, new):
            proof, roots = consistency_proof(old, new, WORLD.node), (WORLD.mth(0, old), WORLD.mth(0, new))
            refuses(verify_consistency, new, old, proof, *roots)
            refuses(verify_consistency, old, new, proof, *reversed(roots))
            refuses(verify_consistency, old, new, proof, WORLD.mth(0, old + 1), roots[1])
            refuses(verify_consistency, old, new, proof, roots[0], WORLD.mth(0, new + 1))


def test_nothing_is_proved_from_an_empty_tree() -> None:
    for new in range(3):
        refuses(verify_consistency, 0, new, [], EMPTY_ROOT, WORLD.mth(0, new))
        with pytest.raises(UsageRefused):
            consistency_proof(0, new, WORLD.node)


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (1, 1), (2**64, 7)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(UsageRefused):
        inclusion_proof(index, size, WORLD.node)


def test_every_subtree_proof_to_40_leaves() -> None:
    for start in range(40):
        for end in range(start + 1, 41):
            if start % (1 << (end - start - 1).bit_length()):
                refuses(verify_subtree_consistency, start, end, 40, [], EMPTY_ROOT, EMPTY_ROOT)
                continue
            root = WORLD.mth(start, end)
            for index in range(start, end):
                proof = WORLD.path(index - start, start, end)
                verify_subtree_inclusion(WORLD.leaves[index], index, start, end, proof, root)
            for size in range(end, 41):
                proof = WORLD.subtree_proof(start, end, 0, size)
                verify_subtree_consistency(start, end, size, proof, root, WORLD.mth(0, size))
                longer = [*proof, EMPTY_ROOT]
                refuses(verify_subtree_consistency, start, end, size, longer, root, WORLD.mth(0, size))
                refuses(verify_subtree_consistency, start, end, size, proof, root, EMPTY_ROOT)


def test_each_fault_is_told_apart() -> None:
    root = WORLD.mth(0, 7)
    path, proof = inclusion_proof(2, 7, WORLD.node), consistency_proof(3, 7, WORLD.node)
    old_root, short = WORLD.mth(0, 3), [EMPTY_ROOT[:-1]]
    cases: list[tuple[str, Callable[[], None]]] = [
        ("too long", lambda: verify_inclusion(WORLD.leaves[2], 2, 7, [*path, root], root)),
        ("too short", lambda: verify_inclusion(WORLD.leaves[2], 2, 7, path[:-1], root)),
        ("not 32 bytes", lambda: verify_inclusion(WORLD.leaves[2], 2, 7, path[:-1] + short, root)),
        ("to the root", lambda: verify_inclusion(WORLD.leaves[2], 2, 7, path, old_root)),
        ("no leaf 7", lambda: verify_inclusion(WORLD.leaves[2], 7, 7, path, root)),
        ("is empty", lambda: verify_consistency(3, 7, [], old_root, root)),
        ("too long", lambda: verify_consistency(3, 7, [*proof, root], old_root, root)),
        ("too short", lambda: verify_consistency(3, 7, proof[:-1], old_root, root)),
        ("not 32 bytes", lambda: verify_consistency(3, 7, proof[:-1] + short, old_root, root)),
        ("to the old root", lambda: verify_consistency(3, 7, proof, root, root)),
        ("to the new root", lambda: verify_consistency(3, 7, proof, old_root, old_root)),
        ("from 8 to 7", lambda: verify_consistency(8, 7, proof, old_root, root)),
        ("ends at 8", lambda: verify_subtree_consistency(4, 8, 7, proof, old_root, root)),
        ("not a subtree", lambda: verify_subtree_inclusion(root, 1, 1, 3, path, root)),
        ("empty subtree", lambda: verify_subtree_consistency(2, 2, 7, [], root, root)),
    ]
    for message, attempt in cases:
        with pytest.raises(ProofInvalid, match=message):
            attempt()
