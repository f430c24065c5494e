"""Does a bundle extend a log? The verdict by itself, without a store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accord.errors import EvidenceFault, LogForked, LogRolledBack, ProofInvalid, SignatureInvalid
from accord.keys import generate_log_key, log_public
from accord.ledger import Checkpoint, Tree, consistency_proof, leaf_hash, sign_checkpoint
from accord.memorandum import Agency
from accord.memorandum.model import KeysRow
from accord.ports import Bundle
from accord.replica import HeadReader, check_head, verify_bundle

KEY = generate_log_key(bytes(32))
ENTRIES = [bytes([n]) * 100 for n in range(9)]
ORIGIN = "x/police"


def row(public: bytes) -> KeysRow:
    return KeysRow.model_construct(log=public, hpke=b"", from_size=0)


HEADS = HeadReader(ORIGIN, Agency("police", "law_enforcement", (row(log_public(KEY)),)))


def tree(size: int, entries: list[bytes] = ENTRIES) -> Tree:
    made = Tree()
    made.append_many([leaf_hash(one) for one in entries[:size]])
    return made


def head(size: int, entries: list[bytes] = ENTRIES) -> str:
    return sign_checkpoint(Checkpoint(ORIGIN, size, tree(size, entries).root()), KEY)


def node(level: int, index: int) -> bytes:
    made = Tree()
    made.append_many([leaf_hash(one) for one in ENTRIES[index << level : index + 1 << level]])
    return made.root()


def bundle(start: int, end: int, size: int | None = None) -> Bundle:
    size = end if size is None else size
    proof = consistency_proof(end, size, node) if end < size else []
    return Bundle("police", start, ENTRIES[start:end], head(size), proof)


@pytest.mark.parametrize(("start", "end", "size"), [(0, 9, 9), (0, 3, 9), (3, 4, 9), (4, 8, 8), (8, 9, 9)])
def test_a_bundle_that_goes_on_is_taken(start: int, end: int, size: int) -> None:
    before = tree(start)
    verified = verify_bundle(before, bundle(start, end, size), HEADS)
    assert verified.tree.root() == tree(end).root()
    assert verified.leaves == [leaf_hash(one) for one in ENTRIES[start:end]]
    assert before.size == start


@pytest.mark.parametrize("start", [0, 2, 4])
def test_a_gap_or_an_overlap_is_refused(start: int) -> None:
    with pytest.raises(ProofInvalid):
        verify_bundle(tree(3), bundle(start, 9), HEADS)


def test_other_entries_than_the_head_covers_are_refused() -> None:
    good = bundle(3, 9)
    for wrong in (
        replace(good, entries=good.entries[:-1]),
        replace(good, entries=[*good.entries, b"more"]),
        replace(good, entries=[*reversed(good.entries)]),
        replace(good, entries=[]),
    ):
        with pytest.raises(ProofInvalid):
            verify_bundle(tree(3), wrong, HEADS)


def test_a_proof_that_does_not_lead_to_the_head_is_refused() -> None:
    good = bundle(0, 3, 9)
    for proof in ([], list(good.proof)[:-1], [*good.proof, bytes(32)], [bytes(32)] * len(good.proof)):
        with pytest.raises(ProofInvalid):
            verify_bundle(Tree(), replace(good, proof=proof), HEADS)


def test_a_head_of_another_key_log_or_form_is_refused() -> None:
    stranger = sign_checkpoint(Checkpoint(ORIGIN, 9, tree(9).root()), generate_log_key(bytes([1]) * 32))
    other = sign_checkpoint(Checkpoint("x/court", 9, tree(9).root()), KEY)
    for wrong in (stranger, other, "", "noise", head(9)[:-2], head(9).replace("\n9\n", "\n8\n")):
        with pytest.raises(EvidenceFault):
            verify_bundle(Tree(), replace(bundle(0, 9), head=wrong), HEADS)


def test_the_key_in_force_is_the_one_of_the_heads_size() -> None:
    """From size 5 on the log has another key: the old one signs no longer head."""
    later = generate_log_key(bytes([2]) * 32)
    rows = (
        row(log_public(KEY)),
        KeysRow.model_construct(log=log_public(later), hpke=b"", from_size=5),
    )
    heads = HeadReader(ORIGIN, Agency("police", "law_enforcement", rows))
    assert heads.open(head(4)).size == 4
    with pytest.raises(SignatureInvalid):
        heads.open(head(5))
    assert heads.open(sign_checkpoint(Checkpoint(ORIGIN, 5, tree(5).root()), later)).size == 5


def test_an_older_head_is_a_wire_rolled_back_and_another_of_the_same_size_a_fork() -> None:
    check_head(tree(5), HEADS.open(head(5)), HEADS)
    check_head(tree(5), HEADS.open(head(9)), HEADS)
    with pytest.raises(LogRolledBack):
        check_head(tree(5), HEADS.open(head(4)), HEADS)
    with pytest.raises(LogForked):
        check_head(tree(5), HEADS.open(head(5, [bytes([9])] * 9)), HEADS)
