"""A log of our own in a database: leaves into the tree, a signed head with each append, proofs.

Its tables are `stored_events (idx, leaf, ...)`, `log_node (place, hash)` for the complete nodes above the leaves, in the
order in which leaves completed them, and `log_head (size, note, at)`; what is logged is the caller's business. All three
grow at their end only, so an append touches one page of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accord.errors import ProofInvalid, StoreBehind
from accord.keys import LogPrivateKey
from accord.ledger.checkpoint import Checkpoint, KeyAt, open_head, sign_checkpoint
from accord.ledger.note import Signer
from accord.ledger.proof import inclusion_proof
from accord.ledger.tree import Node, Tree, node_place, root_hash
from accord.ports import Database, Parameters, typed

_RECENT_NODES = 1 << 15  # kept in memory for the receipts of the last appends


@dataclass(slots=True, frozen=True)
class Extension:
    """An append that is not committed yet: the statements that store it, and the tree after it."""

    statements: list[tuple[str, list[Parameters]]]
    tree: Tree
    note: str
    at: int
    nodes: list[Node]


@dataclass(slots=True)
class Included:
    """Where a leaf stands: its hash, its path to the root of a signed head, that head's note."""

    index: int
    leaf: bytes
    proof: list[bytes]
    head: str


class Log:
    """The tree over our stored leaves. Only `confirm` moves it, after the transaction has committed."""

    def __init__(self, database: Database, origin: str, key_at: Callable[[int], LogPrivateKey]) -> None:
        """`key_at` gives the key that signs a head of a size; what it raises, `extend` raises."""
        self.origin = origin
        self._database = database
        self._key_at = key_at
        self._signers: dict[LogPrivateKey, Signer] = {}
        self._tree = Tree()
        self._newest: tuple[int, int, str] | None = (
            None  # sizes before and after the last append, and its head
        )
        self.signed_at = 0
        self._recent: dict[tuple[int, int], bytes] = {}
        self.reload()

    def reload(self) -> None:
        """Read the tree's right edge from the store."""
        heads = self._database.query("SELECT size, at FROM log_head ORDER BY size DESC LIMIT 1")
        size, self.signed_at = next(typed(heads, self._database.name, int, int), (0, 0))
        self._newest = None
        self._recent.clear()
        levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
        self._tree = Tree(size, [self.node(level, (size >> level) - 1) for level in levels])

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self._tree.size

    def node(self, level: int, index: int) -> bytes:
        """A complete node of the tree (RFC 9162, 2.1.1)."""
        known = self._recent.get((level, index))
        if known is not None:
            return known
        if level == 0:
            rows = self._database.query("SELECT leaf FROM stored_events WHERE idx = ?", (index,))
        else:
            rows = self._database.query(
                "SELECT hash FROM log_node WHERE place = ?", (node_place(level, index),)
            )
        if not rows:
            raise ProofInvalid("a node of the tree is missing from the store", where=self.origin)
        (found,) = typed(rows, self._database.name, bytes)
        return bytes(found[0])

    def extend(self, leaves: Sequence[bytes], at: int) -> Extension:
        """Append leaves and sign the new head at this time (microseconds UTC); nothing is stored yet."""
        tree = Tree(self._tree.size, self._tree.frontier)
        made = tree.append_many(leaves)
        nodes = sorted((node_place(level, index), node) for level, index, node in made if level)
        note = self._signed(tree.size, tree.root())
        statements: list[tuple[str, list[Parameters]]] = [
            ("INSERT INTO log_head (size, note, at) VALUES (?, ?, ?)", [(tree.size, note, at)])
        ]
        if nodes:
            statements.append(("INSERT INTO log_node (place, hash) VALUES (?, ?)", list(nodes)))
        return Extension(statements, tree, note, at, made)

    def confirm(self, extension: Extension) -> None:
        """The append has been committed."""
        self._newest = (self._tree.size, extension.tree.size, extension.note)
        self._tree = extension.tree
        self.signed_at = extension.at
        if len(self._recent) > _RECENT_NODES:
            self._recent.clear()
        self._recent.update(((level, index), node) for level, index, node in extension.nodes)

    def head(self, size: int) -> str:
        """The signed head at a size that the log has: the one of its append, or one made now for a bundle's end."""
        rows = self._database.query("SELECT note FROM log_head WHERE size = ?", (size,))
        if rows:
            return str(rows[0][0])
        return self._signed(size, self.root(size))

    def first_head(self, size: int) -> str | None:
        """The first head that was signed of this size or a larger one, with an append; None if there is none yet."""
        rows = self._database.query(
            "SELECT note FROM log_head WHERE size >= ? ORDER BY size LIMIT 1", (size,)
        )
        return str(rows[0][0]) if rows else None

    def root(self, size: int) -> bytes:
        """The root that the log had at a size (32 bytes; RFC 9162, 2.1.1)."""
        return root_hash(size, self.node)

    def head_under(self, size: int, key: LogPrivateKey) -> str:
        """A head at a size that the log has, signed now by this key."""
        return sign_checkpoint(Checkpoint(self.origin, size, self.root(size)), key)

    def _signed(self, size: int, root: bytes) -> str:
        key = self._key_at(size)
        signer = self._signers.get(key) or self._signers.setdefault(key, Signer(self.origin, key))
        return sign_checkpoint(Checkpoint(self.origin, size, root), signer)

    def included(self, index: int) -> Included:
        """The place of a leaf: the same each time, under the head that was signed when it was appended."""
        if self._newest is not None and self._newest[0] <= index:
            _, size, note = self._newest
        else:
            size, note = self._database.query(
                "SELECT size, note FROM log_head WHERE size > ? ORDER BY size LIMIT 1", (index,)
            )[0]
        return Included(index, self.node(0, index), inclusion_proof(index, size, self.node), note)

    def check_against(self, published: str | None, key_at: KeyAt) -> int:
        """The size that the wire shows of our log, 0 where it shows none.

        Raises StoreBehind where the wire holds more of it than the store, or another log (a restored backup): then
        nothing may be signed.
        """
        if published is None:
            return 0
        checkpoint = open_head(published, self.origin, key_at)
        if checkpoint.size > self.size:
            raise StoreBehind(
                "the wire holds more of our log than our store does",
                where=self.origin,
                advice="The store was restored from an old backup: bring back the newer one before anything is signed.",
            )
        if self.root(checkpoint.size) != checkpoint.root:
            raise StoreBehind(
                "the wire holds another log under our name than our store does",
                where=self.origin,
                advice="Stop, keep both, and tell the coordinating agency: one of them is a fork.",
            )
        return checkpoint.size
