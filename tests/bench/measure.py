"""One measurement: a clock that is started and stopped, and what was left on disk."""

from __future__ import annotations

import resource
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Figures:
    """What one contender did in one round; seconds of wall and processor time, bytes, peak resident bytes."""

    events: int
    seconds: float
    processor: float
    peak: int
    store: int = 0
    wire: int = 0


class Stopwatch:
    """Adds up the stretches between `with` and its end."""

    def __init__(self) -> None:
        self.seconds = self.processor = 0.0

    def __enter__(self) -> None:
        self._at, self._cpu = time.perf_counter(), time.process_time()

    def __exit__(self, *ignored: object) -> None:
        self.seconds += time.perf_counter() - self._at
        self.processor += time.process_time() - self._cpu

    def figures(self, events: int) -> Figures:
        """The figures until now."""
        return Figures(events, self.seconds, self.processor, peak())


def peak() -> int:
    """Peak resident memory of this process, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def stored(*databases: Path) -> int:
    """Bytes of SQLite databases, their write-ahead logs emptied first."""
    for path in databases:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    return sum(path.stat().st_size for path in databases)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
