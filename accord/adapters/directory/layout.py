"""Where things lie in a directory wire.

    <agency>/checkpoint                      the newest head
    <agency>/tile/...                        C2SP tlog-tiles: hash tiles, entry bundles, partial ones of both
    keys/<recipient>/<publisher>/<covers>    pending key bundles; `covers` as 16 digits
    .<name>.tmp                              beside any of them: a file being written
    <agency>/.superseded.tmp                 the head before the newest, while older files are removed

An agency is its slug; none is called `keys`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from accord.errors import Malformed, UsageRefused
from accord.ledger import TILE_HEIGHT, TILE_WIDTH, Bundle, Tile, parse_path, tile_width

CHECKPOINT = "checkpoint"
SUPERSEDED = ".superseded.tmp"
KEYS = "keys"
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST_SLUG = 32
_COVERS = re.compile(r"[0-9]{16}")

Place = Tile | Bundle


def slug_of(name: str) -> str:
    """Return the name if an agency can have it, else raise UsageRefused: none leads elsewhere on a disk."""
    if not _SLUG.fullmatch(name) or len(name) > _LONGEST_SLUG or name == KEYS:
        raise UsageRefused(
            "not the slug of an agency", advice='Lower-case letters, digits and "-"; not "keys".'
        )
    return name


def temporary(name: str) -> str:
    """The name of a file while it is written, beside where it will be."""
    return f".{name}.tmp"


def is_temporary(name: str) -> bool:
    """Whether a name can only be that of a file being written."""
    return name.startswith(".") and name.endswith(".tmp")


def covers_name(covers: int) -> str:
    """The file name of a key bundle; raises UsageRefused for what sixteen digits cannot say."""
    name = f"{covers:016d}"
    if not _COVERS.fullmatch(name):
        raise UsageRefused("a key bundle covers from 0 to 9,999,999,999,999,999 entries")
    return name


def covers_of(name: str) -> int | None:
    """Read a key bundle's file name; None if it is not one."""
    return int(name) if name.isascii() and _COVERS.fullmatch(name) else None


def place_of(path: str) -> Place | None:
    """The place of a tile or entry bundle by its path below the log's folder; None if it is not one."""
    try:
        return parse_path(path)
    except Malformed:
        return None


def edges(size: int) -> Iterator[Place]:
    """The last entry bundle of a log of `size` entries, then its last hash tile of each level; none full."""
    level = 0
    while size >> TILE_HEIGHT * level:
        count = size >> TILE_HEIGHT * level
        if count % TILE_WIDTH:
            index = count // TILE_WIDTH
            if level == 0:
                yield Bundle(index, tile_width(0, index, size))
            yield Tile(level, index, tile_width(level, index, size))
        level += 1


def wide(place: Place) -> Place:
    """The full file of the same place."""
    return Bundle(place.index) if isinstance(place, Bundle) else Tile(place.level, place.index)
