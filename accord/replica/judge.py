"""What this home knows of each log, for a wire on which strangers can write: whose record is whose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from accord.errors import LogForked, ProofInvalid
from accord.ledger import Checkpoint, Tree, leaf_hash
from accord.memorandum import Memorandum
from accord.ports import Bundle, Database
from accord.replica.verify import GIVEN_UP, HeadReader
from accord.replica.work import SHIFT
from accord.seal import origin_of

Leaves = Callable[[int, int], list[bytes]]
_STATE = "SELECT no, size, frontier FROM origin WHERE slug = ?"
_LEAVES = "SELECT leaf FROM entry WHERE pos >= ? AND pos < ? ORDER BY pos"


@dataclass(slots=True, frozen=True)
class _Held:
    """A log as it is held here: how much of it, the right edge of its tree, and its leaf hashes."""

    size: int
    frontier: list[bytes]
    leaves: Leaves


class Judge:
    """Judges bundles by the keys of the memorandum and by what was verified before; of our own log, by our store.

    `own` gives the leaf hashes of our own log from one index to another.
    """

    def __init__(
        self, slug: str, database: Callable[[], Database], memorandum: Callable[[], Memorandum], own: Leaves
    ) -> None:
        self._slug = slug
        self._database = database
        self._memorandum = memorandum
        self._own = own
        self._heads: dict[tuple[str, bytes], HeadReader] = {}
        self._strange: dict[str, dict[str, str]] = {}

    def size(self, origin: str) -> int:
        """How far another's log was verified here; 0 for our own, whose measure is not the wire."""
        return 0 if origin == self._slug else self._held(origin).size

    def head(self, origin: str, note: str) -> int:
        """The size of a head that this log has signed; raises SignatureInvalid or Malformed."""
        return self._open(origin, note).size

    def extends(self, bundle: Bundle) -> None:
        """Compare a bundle with what was verified, and its end with its head; one that lies ahead cannot be judged yet.

        Raises ProofInvalid where its entries are not what its head was signed over, whoever put them there; LogForked
        where the log has signed something else than was verified here.
        """
        held = self._held(bundle.origin)
        if bundle.first_index > held.size:
            return
        head = self._open(bundle.origin, bundle.head)
        leaves = [leaf_hash(entry) for entry in bundle.entries]
        if bundle.first_index == held.size:
            tree = Tree(held.size, held.frontier)
        elif (
            held.leaves(bundle.first_index, min(held.size, head.size))
            != leaves[: held.size - bundle.first_index]
        ):
            self._contradicted(bundle, held, head, leaves)
            return
        elif head.size <= held.size:
            return  # a repetition
        else:
            tree, leaves = Tree(held.size, held.frontier), leaves[held.size - bundle.first_index :]
        tree.append_many(leaves)
        if tree.root() != head.root:
            raise ProofInvalid("entries that are not those under their head")

    def _contradicted(self, bundle: Bundle, held: _Held, head: Checkpoint, leaves: list[bytes]) -> None:
        """Tell what a stranger has put together from a log that speaks against itself."""
        if self._reader(bundle.origin).given_up(head.size, held.size):
            raise ProofInvalid(GIVEN_UP)
        before = Tree()
        before.append_many(held.leaves(0, bundle.first_index))
        before.append_many(leaves)
        ours = Tree()
        ours.append_many(held.leaves(0, min(head.size, held.size)))
        if before.root() == head.root or (head.size <= held.size and ours.root() != head.root):
            raise LogForked("the log has signed other entries than were verified before")
        raise ProofInvalid("entries that are not those under their head")

    def passed_over(self, origin: str, where: str, reason: str) -> None:
        """Remember a record that is not the publisher's, by its place."""
        self._strange.setdefault(origin, {})[where] = reason

    def strange(self, origin: str) -> Iterator[tuple[str, str]]:
        """Take the records passed over since the last time: where each is, and why."""
        yield from self._strange.pop(origin, {}).items()

    def _open(self, origin: str, note: str) -> Checkpoint:
        return self._reader(origin).open(note)

    def _reader(self, origin: str) -> HeadReader:
        memorandum = self._memorandum()
        place = (origin, memorandum.sha256)
        reader = self._heads.get(place)
        if reader is None:
            name = origin_of(memorandum, origin)
            reader = self._heads.setdefault(place, HeadReader(name, memorandum.agencies[origin]))
        return reader

    def _held(self, origin: str) -> _Held:
        if origin == self._slug:
            return _Held(1 << SHIFT, [], self._own)
        rows = self._database().query(_STATE, (origin,))
        number, size, edge = rows[0] if rows else (0, 0, b"")
        first = number << SHIFT

        def leaves(start: int, stop: int) -> list[bytes]:
            found = self._database().query(_LEAVES, (first + start, first + stop))
            return [bytes(row[0]) for row in found]

        return _Held(size, [bytes(edge[at : at + 32]) for at in range(0, len(edge), 32)], leaves)
