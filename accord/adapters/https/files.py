"""The files of one log behind an agency's server: there are no folders to look into, only a head that says what is there."""

from __future__ import annotations

from accord.adapters.directory import CHECKPOINT, LARGEST_CHECKPOINT, Place, parse_head
from accord.adapters.https.peer import Known, Peer
from accord.errors import AccordError, Malformed
from accord.ledger import Tile, tile_width


class ServedFiles:
    """`accord.adapters.directory.Files` over HTTPS; remembers the newest checkpoint, and asks whether it has changed."""

    def __init__(self, peer: Peer, slug: str) -> None:
        self._peer = peer
        self._slug = slug
        self._checkpoint: Known | None = None

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes of one file; None if it is not there. Raises Malformed, Unreachable."""
        known = self._checkpoint if path == CHECKPOINT else None
        try:
            found = self._peer.get(f"{self._slug}/{path}", limit, known)
        except Malformed as fault:
            fault.where = path
            raise
        if path == CHECKPOINT:
            self._checkpoint = found
        return None if found is None else found.data

    def widths(self, place: Place) -> list[int]:
        """The one width that this place has under the newest head. Raises Malformed, Unreachable."""
        note = self.read(CHECKPOINT, LARGEST_CHECKPOINT)
        if note is None:
            return []
        try:
            size = parse_head(note.decode()).size
        except UnicodeDecodeError as error:
            raise Malformed("a checkpoint is UTF-8", where=CHECKPOINT) from error
        width = tile_width(place.level if isinstance(place, Tile) else 0, place.index, size)
        return [width] if width else []

    def silent_for(self) -> int | None:
        """How old the checkpoint was when it was last asked for, in microseconds; None where its server did not tell."""
        return None if self._checkpoint is None else self._checkpoint.age

    def missing(self, path: str) -> AccordError:
        """Not a fault: what stands between may be behind, or does not serve all of the folder."""
        return self._peer.unreachable(
            "does not serve a file that its head needs",
            f"{self._slug}/{path}",
            "It is tried again on the next beat.",
        )
