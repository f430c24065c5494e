"""A projection is disposable: where its SQL or the memorandum has changed it is built anew beside the old, and swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from accord.errors import UsageRefused
from accord.ports import Database, Projections
from accord.projection import Projection
from accord.replica import Item


def open_projection(
    places: Projections,
    make: Callable[[Database], Projection],
    feed: Callable[[int], Iterable[list[Item]]],
    lock: AbstractContextManager[None],
) -> Projection:
    """The projection that is there, or one built from the feed where that no longer fits.

    `lock` is held while building, so that one process at a time does it; raises HomeLocked if another has it.
    """
    database = places.open()
    try:
        return make(database)
    except UsageRefused:
        database.close()
    except BaseException:
        database.close()
        raise
    with lock:
        return _rebuilt(places, make, feed)


def _rebuilt(
    places: Projections, make: Callable[[Database], Projection], feed: Callable[[int], Iterable[list[Item]]]
) -> Projection:
    beside = places.beside()
    try:
        made = make(beside)
        for batch in feed(0):
            made.apply(batch)
    finally:
        beside.close()
    places.swap()
    return make(places.open())
