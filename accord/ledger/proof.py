"""Inclusion and consistency proofs of RFC 9162, made from complete nodes and verified against roots.

A proof is a list of 32-byte hashes, nearest to the leaf first. Making one needs a `NodeGetter`; verifying one
needs nothing but the numbers and hashes given, and raises ProofInvalid.

Steps are those of RFC 9162, 2.1.3.2 and 2.1.4.2. The consistency of a subtree [start, end) with a tree
(draft-ietf-plants-merkle-tree-certs, "Subtree Consistency Proofs") is the same walk with one number more: fn
follows the subtree's first leaf, sn its last (the RFC's fn), tn the tree's last (the RFC's sn). With
start = 0 it is the RFC's.
"""

from __future__ import annotations

from collections.abc import Sequence

from accord.errors import ProofInvalid, UsageRefused
from accord.ledger.tree import EMPTY_ROOT, HASH_SIZE, NodeGetter, node_hash, subtree_hash


def inclusion_proof(index: int, size: int, node: NodeGetter) -> list[bytes]:
    """Prove that leaf `index` is in the tree of `size` leaves: PATH(m, D_n) (RFC 9162, 2.1.3.1).

    Raises UsageRefused if that tree has no such leaf, and whatever `node` raises.
    """
    if not 0 <= index < size:
        raise UsageRefused(f"a tree of {size} leaves has no leaf {index}")
    path, level, here = [], 0, index
    while (size - 1) >> level:
        sibling = here ^ 1
        if (sibling + 1) << level <= size:
            path.append(node(level, sibling))
        elif sibling << level < size:  # the right edge, not complete
            path.append(subtree_hash(sibling << level, size, node))
        level, here = level + 1, here >> 1
    return path


def consistency_proof(old: int, new: int, node: NodeGetter) -> list[bytes]:
    """Prove that the tree of `old` leaves is a prefix of that of `new`: PROOF(m, D_n) (RFC 9162, 2.1.4.1).

    Empty if both are equal. Raises UsageRefused unless 0 < old <= new (an empty tree is a prefix of every
    tree, so there is nothing to prove), and whatever `node` raises.
    """
    if not 0 < old <= new:
        raise UsageRefused(f"there is no consistency proof from {old} to {new} leaves")
    start, end, path = 0, new, []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree_hash(middle, end, node))
            end = middle
        else:
            path.append(subtree_hash(start, middle, node))
            start = middle
    if start:  # SUBPROOF's b is false: the verifier cannot know this subtree from the old root
        path.append(subtree_hash(start, end, node))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Verify that the tree of `size` leaves under `root` has the leaf hash `leaf` at `index`.

    Raises ProofInvalid (RFC 9162, 2.1.3.2).
    """
    if not 0 <= index < size:  # step 1: a leaf that the tree does not have
        raise ProofInvalid(f"a tree of {size} leaves has no leaf {index}")
    _require_hashes((leaf, *proof))  # else bytes could move between two neighbours and hash alike
    fn, sn, r = index, size - 1, leaf  # steps 2 and 3
    for p in proof:  # step 4
        if sn == 0:  # step 4.1: a proof that is too long
            raise ProofInvalid("the inclusion proof is too long")
        if fn & 1 or fn == sn:  # step 4.2
            r = node_hash(p, r)
            fn, sn = _shift_to_set_bit(fn, sn)
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1  # step 4.3
    if sn != 0:  # step 5: a proof that is too short
        raise ProofInvalid("the inclusion proof is too short")
    if r != root:  # step 5: another leaf, another place, or another tree
        raise ProofInvalid("the inclusion proof does not lead to the root")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Verify that the tree of `old` leaves under `old_root` is a prefix of that of `new` under `new_root`.

    Raises ProofInvalid (RFC 9162, 2.1.4.2). For equal sizes the roots must be equal and the proof empty. An
    empty old tree is refused: it proves nothing, and a caller who starts from nothing must say so.
    """
    if not 0 < old <= new:  # 2.1.4.2: 0 < first < second; equal trees are the trivial case
        raise ProofInvalid(f"there is no consistency proof from {old} to {new} leaves")
    verify_subtree_consistency(0, old, new, proof, old_root, new_root)


def verify_subtree_inclusion(
    leaf: bytes, index: int, start: int, end: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Verify that the subtree [start, end) under `root` has the leaf hash `leaf` at `index` of its tree.

    Raises ProofInvalid (draft-ietf-plants-merkle-tree-certs, "Subtree Inclusion Proofs").
    """
    _require_subtree(start, end)
    verify_inclusion(leaf, index - start, end - start, proof, root)


def verify_subtree_consistency(
    start: int, end: int, size: int, proof: Sequence[bytes], subtree_root: bytes, root: bytes
) -> None:
    """Verify that the subtree [start, end) under `subtree_root` is part of the tree of `size` under `root`.

    Raises ProofInvalid (draft-ietf-plants-merkle-tree-certs; with start = 0, RFC 9162, 2.1.4.2). An empty
    subtree has the root SHA-256("") and an empty proof, whatever the tree.
    """
    _require_subtree(start, end)
    if end > size:
        raise ProofInvalid(f"a tree of {size} leaves has no subtree that ends at {end}")
    _require_hashes(proof)
    if start == end:
        _require_empty_subtree(proof, subtree_root)
        return
    fr, sr, numbers, rest = _first_hash(start, end, size, proof, subtree_root)
    for c in rest:  # step 6
        fr, sr, numbers = _absorb(c, fr, sr, numbers)
    if numbers[2] != 0:  # step 7: a proof that is too short
        raise ProofInvalid("the consistency proof is too short")
    if fr != subtree_root:  # step 7: the proof is of another old tree
        raise ProofInvalid("the consistency proof does not lead to the old root")
    if sr != root:  # step 7: the new tree is not an extension of the old one
        raise ProofInvalid("the consistency proof does not lead to the new root")


_Numbers = tuple[int, int, int]  # the subtree's first leaf, its last leaf, the tree's last leaf


def _first_hash(
    start: int, end: int, size: int, proof: Sequence[bytes], subtree_root: bytes
) -> tuple[bytes, bytes, _Numbers, Sequence[bytes]]:
    """Find the hash to start from: the old root if it is a node of the new tree, else the first given."""
    fn, sn, tn = start, end - 1, size - 1  # step 3
    while fn != sn and (sn & 1 or sn == tn):  # step 4; where sn = tn the subtree ends with the tree
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    if fn == sn:  # step 2: the old root need not be repeated in the proof
        return subtree_root, subtree_root, (fn, sn, tn), proof
    if not proof:  # step 1
        raise ProofInvalid("the consistency proof is empty")
    return proof[0], proof[0], (fn, sn, tn), proof[1:]  # step 5


def _absorb(c: bytes, fr: bytes, sr: bytes, numbers: _Numbers) -> tuple[bytes, bytes, _Numbers]:
    """Take one hash of the proof into the old root `fr` and the new root `sr`."""
    fn, sn, tn = numbers
    if tn == 0:  # step 6.1: a proof that is too long
        raise ProofInvalid("the consistency proof is too long")
    if sn & 1 or sn == tn:  # step 6.2: c is to the left
        if fn < sn:  # and inside the subtree, always so where start = 0
            fr = node_hash(c, fr)
        sr = node_hash(c, sr)
        while not sn & 1:
            fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    else:  # c is to the right, where the old tree had nothing
        sr = node_hash(sr, c)
    return fr, sr, (fn >> 1, sn >> 1, tn >> 1)  # step 6.3


def _shift_to_set_bit(fn: int, sn: int) -> tuple[int, int]:
    """Climb the ragged right edge, where a node has no sibling (RFC 9162, 2.1.3.2, step 4.2, second part)."""
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _split(size: int) -> int:
    """Return k, the largest power of two smaller than `size` (RFC 9162, 2.1.1)."""
    return 1 << ((size - 1).bit_length() - 1)


def _require_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(item) != HASH_SIZE for item in hashes):
        raise ProofInvalid("a hash of the proof is not 32 bytes")


def _require_subtree(start: int, end: int) -> None:
    aligned = start & ((1 << max(end - start - 1, 0).bit_length()) - 1) == 0
    if not (0 <= start <= end and aligned):
        raise ProofInvalid(f"[{start}, {end}) is not a subtree of any tree")


def _require_empty_subtree(proof: Sequence[bytes], subtree_root: bytes) -> None:
    if proof or subtree_root != EMPTY_ROOT:
        raise ProofInvalid("an empty subtree has an empty proof and the root of nothing")
