"""What a process knows of its own log since its start, so that it may go on signing while the wire is away.

A store that was brought back from an old backup must sign nothing: what it would sign is a fork. The wire tells whether a
store is the newest; once it has told, a process remembers how far the log went, in memory alone, where no backup brings
anything back. While the wire is away a store that holds all of that may sign.
"""

from __future__ import annotations

from accord.errors import Unreachable, Unready
from accord.ledger import Log


class Newest:
    """The largest log of our own that this process has compared with the wire, or that grew from one in its hands."""

    def __init__(self) -> None:
        self._size: int | None = None
        self._root = b""

    def note(self, log: Log) -> None:
        """This log is the newest there is."""
        self._size, self._root = log.size, log.root(log.size)

    def require_held_by(self, log: Log, away: Unready) -> None:
        """See that a log goes on from there. Raises Unreachable where that cannot be told, since the wire is `away`."""
        if self._size is None or self._size > log.size or log.root(self._size) != self._root:
            raise Unreachable(
                f"{away.message}; until our log has been compared with the wire, nothing is taken in",
                where=away.where,
                advice="Try again when the wire is there. What lies in the inbox of a gateway that has reached it since its "
                "start is taken in meanwhile.",
            ) from away
