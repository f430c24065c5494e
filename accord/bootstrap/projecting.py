"""A projection is disposable: where its SQL or the memorandum has changed it is built anew beside the old, and swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from accord.errors import UsageRefused
from accord.projection import Projection
from accord.replica import Item


def open_projection(
    path: Path,
    make: Callable[[Path], Projection],
    feed: Callable[[int], Iterable[list[Item]]],
    lock: AbstractContextManager[None],
) -> Projection:
    """The projection at `path`, or one built from the feed where that no longer fits.

    `lock` is held while building, so that one process at a time does it; raises HomeLocked if another has it.
    """
    try:
        return make(path)
    except UsageRefused:
        with lock:
            return _rebuilt(path, make, feed)


def _rebuilt(
    path: Path, make: Callable[[Path], Projection], feed: Callable[[int], Iterable[list[Item]]]
) -> Projection:
    beside = path.with_name("projection.new.db")
    _remove(beside)
    made = make(beside)
    for batch in feed(0):
        made.apply(batch)
    made.db.execute("PRAGMA journal_mode = DELETE")  # nothing of it stays in files beside
    made.db.close()
    _remove(path)
    beside.rename(path)
    return make(path)


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
