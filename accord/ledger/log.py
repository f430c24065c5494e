"""A log of our own in a database: leaves into the tree, a signed head with each append, proofs.

Its tables are `stored_events (idx, leaf, ...)`, `log_node (level, idx, hash)` for the complete nodes above
the leaves and `log_head (size, note)`; what is logged is the caller's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accord.errors import ProofInvalid, StoreBehind
from accord.keys import LogPrivateKey
from accord.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from accord.ledger.proof import inclusion_proof
from accord.ledger.tree import Node, Tree, root_hash
from accord.ports import Database, Parameters

_RECENT_NODES = 1 << 15  # kept in memory for the receipts of the last appends


@dataclass(slots=True, frozen=True)
class Extension:
    """An append that is not committed yet: the statements that store it, and the tree after it."""

    statements: list[tuple[str, list[Parameters]]]
    tree: Tree
    note: str
    nodes: list[Node]


@dataclass(slots=True, frozen=True)
class Included:
    """Where a leaf stands: its hash, its path to the root of a signed head, that head's note."""

    index: int
    leaf: bytes
    proof: list[bytes]
    head: str


class Log:
    """The tree over our stored leaves. Only `confirm` moves it, after the transaction has committed."""

    def __init__(self, database: Database, origin: str, key: LogPrivateKey) -> None:
        self.origin = origin
        self._database = database
        self._key = key
        self._tree = Tree()
        self._recent: dict[tuple[int, int], bytes] = {}
        self.reload()

    def reload(self) -> None:
        """Read the tree's right edge from the store."""
        size = self._database.query("SELECT COALESCE(MAX(size), 0) FROM log_head")[0][0]
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
                "SELECT hash FROM log_node WHERE level = ? AND idx = ?", (level, index)
            )
        if not rows:
            raise ProofInvalid("a node of the tree is missing from the store", where=self.origin)
        return bytes(rows[0][0])

    def extend(self, leaves: Sequence[bytes]) -> Extension:
        """Append leaves and sign the new head; nothing is stored yet."""
        tree = Tree(self._tree.size, self._tree.frontier)
        made = tree.append_many(leaves)
        nodes = [node for node in made if node[0]]
        note = sign_checkpoint(Checkpoint(self.origin, tree.size, tree.root()), self._key)
        statements: list[tuple[str, list[Parameters]]] = [
            ("INSERT INTO log_head (size, note) VALUES (?, ?)", [(tree.size, note)])
        ]
        if nodes:
            statements.append(("INSERT INTO log_node (level, idx, hash) VALUES (?, ?, ?)", list(nodes)))
        return Extension(statements, tree, note, made)

    def confirm(self, extension: Extension) -> None:
        """The append has been committed."""
        self._tree = extension.tree
        if len(self._recent) > _RECENT_NODES:
            self._recent.clear()
        self._recent.update(((level, index), node) for level, index, node in extension.nodes)

    def head(self, size: int) -> str:
        """The signed head at a size that the log has: the one of its append, or one made now for a bundle's end."""
        rows = self._database.query("SELECT note FROM log_head WHERE size = ?", (size,))
        if rows:
            return str(rows[0][0])
        return sign_checkpoint(Checkpoint(self.origin, size, root_hash(size, self.node)), self._key)

    def included(self, index: int) -> Included:
        """The place of a leaf: the same each time, under the head that was signed when it was appended."""
        size, note = self._database.query(
            "SELECT size, note FROM log_head WHERE size > ? ORDER BY size LIMIT 1", (index,)
        )[0]
        return Included(index, self.node(0, index), inclusion_proof(index, size, self.node), note)

    def check_against(self, published: str | None, public_key: bytes) -> int:
        """The size that the wire shows of our log, 0 where it shows none.

        Raises StoreBehind where the wire holds more of it than the store, or another log (a restored backup): then
        nothing may be signed.
        """
        if published is None:
            return 0
        checkpoint = open_checkpoint(published, self.origin, public_key)
        if checkpoint.size > self.size:
            raise StoreBehind(
                "the wire holds more of our log than our store does",
                where=self.origin,
                advice="The store was restored from an old backup: bring back the newer one before anything is signed.",
            )
        if root_hash(checkpoint.size, self.node) != checkpoint.root:
            raise StoreBehind(
                "the wire holds another log under our name than our store does",
                where=self.origin,
                advice="Stop, keep both, and tell the coordinating agency: one of them is a fork.",
            )
        return checkpoint.size
