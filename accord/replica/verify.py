"""Does a bundle extend a log? Bytes in, the longer tree out; nothing is stored here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accord.errors import LogForked, LogRolledBack, ProofInvalid
from accord.ledger import Checkpoint, Tree, leaf_hash, open_head, verify_consistency
from accord.memorandum import Agency
from accord.ports import Bundle

GIVEN_UP = "a head by a key that was given up, of another log than the one that the memorandum states"


@dataclass(slots=True, frozen=True)
class Verified:
    """A log's tree after a bundle that was verified, and its leaf hashes."""

    tree: Tree
    leaves: list[bytes]
    checkpoint: Checkpoint


class HeadReader:
    """Opens the heads of one log; the same note is verified once."""

    def __init__(self, origin: str, agency: Agency) -> None:
        self._origin = origin
        self._agency = agency
        self.stated_roots = agency.stated_roots
        self._known: tuple[str, Checkpoint] | None = None

    def open(self, note: str) -> Checkpoint:
        """Verify a head under the key that is in force at its size; raises SignatureInvalid or Malformed."""
        if self._known is not None and self._known[0] == note:
            return self._known[1]
        checkpoint = open_head(note, self._origin, self._agency.log_key_at)
        self._known = (note, checkpoint)
        return checkpoint

    def given_up(self, size: int, held: int) -> bool:
        """Whether the key of this size says nothing more of a log of which `held` entries are here."""
        return self._agency.given_up(size, held)


def verify_bundle(tree: Tree, bundle: Bundle, heads: HeadReader) -> Verified:
    """Check that a bundle goes on where `tree` ends, and that the log's signed head covers it.

    1. It begins at the end of what was verified (a gap hides entries, an overlap is read elsewhere).
    2. The head is signed by the log's key (nobody else speaks for the log).
    3. The tree with the new leaves is the head's, or is consistent with it by the proof (RFC 9162,
       2.1.4.2): no entry was changed, left out or put in between.
    4. Where the memorandum states the root at which the log changed its key, the tree had that root there: who has
       the key that was given up can rewrite nothing from before.

    Raises SignatureInvalid, Malformed, ProofInvalid or LogForked; `tree` is unchanged.
    """
    if bundle.first_index != tree.size:  # step 1
        raise ProofInvalid("a bundle does not begin where the log was verified to", where=str(tree.size))
    checkpoint = heads.open(bundle.head)  # step 2
    leaves = [leaf_hash(entry) for entry in bundle.entries]
    longer = Tree(tree.size, tree.frontier)
    longer.append_many(leaves)
    if checkpoint.size == longer.size:  # step 3
        if checkpoint.root != longer.root():
            raise ProofInvalid("the entries do not have the root that the log signed", where=str(tree.size))
    else:
        verify_consistency(longer.size, checkpoint.size, bundle.proof, longer.root(), checkpoint.root)
    for size, root in heads.stated_roots.items():  # step 4
        if tree.size <= size <= longer.size:
            check_stated(tree, leaves, size, root)
    return Verified(longer, leaves, checkpoint)


def check_stated(tree: Tree, leaves: Sequence[bytes], size: int, root: bytes) -> None:
    """Refuse a history that had another root at `size` than the memorandum states; `leaves` follow on `tree`.

    Raises ProofInvalid.
    """
    there = Tree(tree.size, tree.frontier)
    there.append_many(leaves[: size - tree.size])
    if there.root() != root:
        raise ProofInvalid(
            "the log is another than the one that the memorandum states where its key was changed",
            where=str(size),
        )


def check_head(tree: Tree, checkpoint: Checkpoint, heads: HeadReader) -> None:
    """Refuse a head that takes back what was verified: LogRolledBack for a smaller one, which a carrier can show by itself;
    LogForked for another root at the same size, which only the log's key can have signed. ProofInvalid where that key was
    given up since: whoever has it must not be able to silence the log.
    """
    if checkpoint.size < tree.size:
        raise LogRolledBack(
            "the wire shows an older head than was verified before", where=str(checkpoint.size)
        )
    if checkpoint.size == tree.size and checkpoint.root != tree.root():
        if heads.given_up(checkpoint.size, tree.size):
            raise ProofInvalid(GIVEN_UP, where=str(checkpoint.size))
        raise LogForked("the log has signed two different heads of one size", where=str(checkpoint.size))
