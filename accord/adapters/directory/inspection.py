"""Reading a whole wire: every file is what it must be, or is told of."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from accord.adapters.directory.checking import LogCheck
from accord.adapters.directory.disk import read
from accord.adapters.directory.files import FolderFiles
from accord.adapters.directory.findings import Fault, Progress
from accord.adapters.directory.layout import CHECKPOINT, KEYS, covers_of, is_temporary, place_of
from accord.adapters.directory.publishing import MOST_ENTRIES
from accord.adapters.directory.reading import LogFiles
from accord.adapters.directory.wire import LARGEST_KEY_BUNDLE
from accord.errors import EvidenceFault, Malformed, SignatureInvalid
from accord.ledger import (
    EMPTY_ROOT,
    TILE_WIDTH,
    Checkpoint,
    KeyAt,
    Note,
    Tile,
    open_head,
    tile_width,
)
from accord.ledger import Bundle as BundleFile
from accord.seal import open_key_bundle

Logs = Mapping[str, tuple[str, KeyAt]]
Found = Fault | Progress
_UNEXPECTED = "no file of a wire has this name"


def inspect(root: Path, logs: Logs, *, unfinished_since: float | None = None) -> Iterator[Found]:
    """Read every file of a wire and tell of each that is not as it must be; memory does not grow with it.

    `logs` gives, by slug, the name of each log and the public key that it has at a size. A log goes like this:

    1. Its checkpoint is a strict note with one signature, the log's own.
    2. Every file has a name that its head needs or has superseded; nothing else is there: nothing hides.
    3. Every entry parses; entries, tiles and signed root lead to each other: nothing was altered or removed.
    4. Every superseded partial file is the beginning of what superseded it.

    Then every pending key bundle is strictly what its path says, signed by its publisher. Files that a
    publication under way can have made, and no head covers yet, are faults unless they were changed at
    `unfinished_since` (seconds since 1970) or later; so leave it out where nobody is publishing.
    """
    walk = _Walk(root, unfinished_since)
    for slug, (origin, key_at) in logs.items():
        yield from _readable(
            slug, inspect_log(LogFiles(FolderFiles(root / slug), slug), origin, key_at, walk)
        )
    yield from _readable(KEYS, _inspect_keys(walk, logs))
    yield from _readable("", _inspect_rest(walk, logs))


def _readable(name: str, found: Iterator[Found]) -> Iterator[Found]:
    """Pass on what is found; where the system refuses to go on, that is a fault too."""
    try:
        for one in found:
            yield one if isinstance(one, Progress) else replace(one, file=_printable(one.file))
    except OSError as error:
        yield Fault("" if name == KEYS else name, None, name, f"cannot be read ({error.strerror})")


def _inspect_rest(walk: _Walk, logs: Logs) -> Iterator[Fault]:
    for entry in _listed(walk.root):
        if entry.name not in logs and entry.name != KEYS:
            yield from walk.nobodys(entry.name)


def inspect_log(files: LogFiles, origin: str, key_at: KeyAt, walk: _Walk | None = None) -> Iterator[Found]:
    """Read every file of one log that its head needs; its folders too, where they can be walked."""
    note, root = None, None
    try:
        note = files.head()
        checkpoint = _head(walk, files, note, origin, key_at)
        size, root = checkpoint.size, checkpoint.root
    except EvidenceFault as fault:  # then the files are still compared with each other
        yield Fault(files.slug, None, files.where(CHECKPOINT), fault.message)
        size = _by_files(files)
    if walk is not None:
        yield from walk.log(files, size)
    yield from LogCheck(files, note, size, root).run()


def _head(walk: _Walk | None, files: LogFiles, note: str | None, origin: str, key_at: KeyAt) -> Checkpoint:
    """The log's verified head; that of no entries where nothing was published yet."""
    if note is None:
        if walk is not None and not walk.is_fresh_below(files.slug):
            raise Malformed("the file is missing")
        return Checkpoint(origin, 0, EMPTY_ROOT)
    checkpoint = open_head(note, origin, key_at)
    if len(Note.parse(note).signatures) != 1:
        raise SignatureInvalid("a signature line of a key that is not known here")
    return checkpoint


def _inspect_keys(walk: _Walk, logs: Logs) -> Iterator[Fault]:
    for path in walk.files(KEYS):
        if isinstance(path, Fault):
            yield path
            continue
        recipient, slug, name, *deeper = [*path.split("/")[1:], "", ""]
        known = recipient in logs and slug in logs and deeper == ["", ""]
        covers = covers_of(name) if known else None
        if covers is not None:
            read_one = partial(read, walk.root / path, path, LARGEST_KEY_BUNDLE)
            yield from inspect_key_bundle(read_one, path, logs[slug], recipient, covers)
        elif not (known and walk.is_unfinished(path, name)):
            yield Fault(slug if slug in logs else "", None, path, _UNEXPECTED)


def inspect_key_bundle(
    read_one: Callable[[], bytes | None], path: str, log: tuple[str, KeyAt], recipient: str, covers: int
) -> Iterator[Fault]:
    """One pending key bundle: strictly what its path says, signed by its publisher."""
    try:
        data = read_one()
        if data is not None:  # else acknowledged since we looked
            open_key_bundle(data, log[0], recipient, covers, log[1](covers))
    except EvidenceFault as fault:
        yield Fault(path.split("/")[2], None, path, fault.message)


class _Walk:
    """Goes through folders and says of every name in them what is wrong with it; never through a link."""

    def __init__(self, root: Path, unfinished_since: float | None) -> None:
        self.root = root
        self._since = unfinished_since

    def log(self, files: LogFiles, size: int) -> Iterator[Fault]:
        """Names below a log's folder that no log of this size has."""
        for path in self.files(files.slug):
            if isinstance(path, Fault):
                yield path
                continue
            name = path.removeprefix(f"{files.slug}/")
            reason = _reason(name, size)
            if reason and not (_is_next(name, size) and self.is_fresh(path)):
                yield Fault(files.slug, None, path, reason)

    def nobodys(self, name: str) -> Iterator[Fault]:
        """What lies beside the logs: all of it is at fault, but for empty folders."""
        for path in self.files(name):
            if isinstance(path, Fault):
                yield Fault("", None, path.file, path.reason)
            else:
                yield Fault("", None, path, _UNEXPECTED)

    def files(self, name: str) -> Iterator[str | Fault]:
        """Paths of the regular files at or below a name, folder by folder; faults for all else."""
        yield from self._files(self.root / name, name)
        if not (self.root / name).is_dir() or (self.root / name).is_symlink():
            return
        pending = [name]
        while pending:
            folder = pending.pop()
            try:
                entries = _listed(self.root / folder)
            except OSError as error:
                yield Fault(_log_of(folder), None, folder, f"the folder cannot be read ({error.strerror})")
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path)
                else:
                    yield from self._files(self.root / path, path)

    def is_unfinished(self, path: str, name: str) -> bool:
        """Whether this is a file being written just now."""
        return is_temporary(name.rpartition("/")[2]) and self.is_fresh(path)

    def _files(self, path: Path, name: str) -> Iterator[str | Fault]:
        try:
            mode = path.lstat().st_mode
        except OSError:
            return  # gone since we looked
        if stat.S_ISREG(mode):
            yield name
        elif not stat.S_ISDIR(mode):
            kind = "a link" if stat.S_ISLNK(mode) else "no regular file"
            yield Fault(_log_of(name), None, name, f"{kind}; a wire has none")

    def is_fresh_below(self, name: str) -> bool:
        """Whether all files below a name can have been made by a publication that is under way."""
        return all(isinstance(path, str) and self.is_fresh(path) for path in self.files(name))

    def is_fresh(self, path: str) -> bool:
        """Whether a publication that is under way can have made this file."""
        try:
            return self._since is not None and (self.root / path).lstat().st_mtime >= self._since
        except OSError:
            return True  # gone since we looked


def _reason(name: str, size: int) -> str:
    """Why no log of this size has a file of this name; empty if it has."""
    if name == CHECKPOINT:
        return ""
    if is_temporary(name.rpartition("/")[2]):
        return "left by a publication that did not end"
    place = place_of(name)
    if place is None:
        return _UNEXPECTED
    level = place.level if isinstance(place, Tile) else 0
    if place.width > tile_width(level, place.index, size):
        return f"beyond the end of the log, which has {size} entries"
    return ""


def _is_next(name: str, size: int) -> bool:
    """Whether one publication, at this size, can have made a file of this name."""
    return is_temporary(name.rpartition("/")[2]) or not _reason(name, size + MOST_ENTRIES)


def _by_files(files: LogFiles) -> int:
    """The size of a log by its entry bundles from the first on, for want of a head."""
    index = 0
    try:
        while TILE_WIDTH in (widths := files.files.widths(BundleFile(index))):
            index += 1
    except Malformed:
        return index * TILE_WIDTH  # told of where the folders are walked
    return index * TILE_WIDTH + max(widths, default=0)


def _printable(path: str) -> str:
    """A path as it can be shown: names made up by others may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as found:
        return sorted(found, key=lambda entry: entry.name)


def _log_of(path: str) -> str:
    """The publisher that a path speaks of."""
    first, *rest = path.split("/")
    return first if first != KEYS else rest[1] if len(rest) > 1 else ""
