"""Where the files of one log are read: in a folder here; over a network, other adapters bring their own."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

from accord.adapters.directory.disk import names, read
from accord.adapters.directory.layout import CHECKPOINT, Place, place_of, wide
from accord.errors import AccordError, Malformed
from accord.ledger import TILE_WIDTH


class Files(Protocol):
    """The files of one log, by their paths below its folder; nothing here is verified."""

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes of one file; None if it is not there.

        Raises Malformed, naming the path, for what is no such file, or is longer than `limit` bytes; Unready where it
        cannot be told now.
        """
        ...

    def widths(self, place: Place) -> list[int]:
        """The widths, rising, in which files of this place are there, as far as that can be told."""
        ...

    def silent_for(self) -> int | None:
        """How long ago the checkpoint was written or given a new time, in microseconds by the clock of where it lies.

        None where there is none, or nothing tells its time.
        """
        ...

    def missing(self, path: str) -> AccordError:
        """What it means that a file is not there which the head needs."""
        ...


class FolderFiles:
    """The files of one log below a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes of a regular file; None if it is not there. Raises Malformed."""
        return read(self.folder / path, path, limit)

    def widths(self, place: Place) -> list[int]:
        """The widths in which files of this place are there. Raises Malformed."""
        full = wide(place).path
        partial = [place_of(f"{full}.p/{name}") for name in names(self.folder / f"{full}.p", f"{full}.p")]
        found = sorted(one.width for one in partial if one is not None)
        return [*found, TILE_WIDTH] if os.path.lexists(self.folder / full) else found

    def silent_for(self) -> int | None:
        """The age of the checkpoint, in microseconds; None if there is none."""
        try:
            changed = os.stat(self.folder / CHECKPOINT, follow_symlinks=False).st_mtime_ns
        except OSError:
            return None
        return max(0, time.time_ns() - changed) // 1000

    def missing(self, path: str) -> AccordError:
        """A fault: whoever writes a head writes what it needs before it."""
        return Malformed("the file is missing", where=path)
