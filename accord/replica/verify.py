"""Does a bundle extend a log? Bytes in, the longer tree out; nothing is stored here."""

from __future__ import annotations

from dataclasses import dataclass

from accord.errors import LogForked, LogRolledBack, ProofInvalid
from accord.ledger import Checkpoint, Tree, leaf_hash, open_checkpoint, verify_consistency
from accord.memorandum import Agency
from accord.ports import Bundle


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
        self._known: tuple[str, Checkpoint] | None = None

    def open(self, note: str) -> Checkpoint:
        """Verify a head under the key that is in force at its size; raises SignatureInvalid or Malformed."""
        if self._known is not None and self._known[0] == note:
            return self._known[1]
        size = (
            int(note.split("\n", 2)[1]) if note.count("\n") > 1 and note.split("\n", 2)[1].isdecimal() else 0
        )
        row = self._agency.keys_at(size)
        checkpoint = open_checkpoint(note, self._origin, row.log if row else bytes(32))
        self._known = (note, checkpoint)
        return checkpoint


def verify_bundle(tree: Tree, bundle: Bundle, heads: HeadReader) -> Verified:
    """Check that a bundle goes on where `tree` ends, and that the log's signed head covers it.

    1. It begins at the end of what was verified (a gap hides entries, an overlap is read elsewhere).
    2. The head is signed by the log's key (nobody else speaks for the log).
    3. The tree with the new leaves is the head's, or is consistent with it by the proof (RFC 9162,
       2.1.4.2): no entry was changed, left out or put in between.

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
    return Verified(longer, leaves, checkpoint)


def check_head(tree: Tree, checkpoint: Checkpoint) -> None:
    """Refuse a head that takes back what was verified: LogRolledBack for a smaller one, which a carrier can show by itself;
    LogForked for another root at the same size, which only the log's key can have signed.
    """
    if checkpoint.size < tree.size:
        raise LogRolledBack(
            "the wire shows an older head than was verified before", where=str(checkpoint.size)
        )
    if checkpoint.size == tree.size and checkpoint.root != tree.root():
        raise LogForked("the log has signed two different heads of one size", where=str(checkpoint.size))
