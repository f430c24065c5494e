"""The few things done to a file system, each of them a point at which a process can die."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from accord.errors import Malformed, Unreachable, Unready

_READ = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class Disk:
    """Changes to a file system, one system call or a few each. None follows a link in the last place.

    `write` and `link` are not durable under their name before `sync` of the folder; neither are the others.
    """

    def write(self, path: Path, data: bytes) -> None:
        """Write a new file, or over an old one, and make its bytes durable."""
        file = os.open(path, _WRITE, 0o644)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(file, view) :]
            self.flush(file)
        finally:
            os.close(file)

    def rename(self, old: Path, new: Path) -> None:
        """Put a file in the place of another, or of none, at once."""
        os.replace(old, new)

    def link(self, old: Path, new: Path) -> None:
        """Give a file a second name."""
        os.link(old, new, follow_symlinks=False)

    def renew(self, path: Path) -> None:
        """Give a file the time that it is now; well if it is not there."""
        with suppress(FileNotFoundError, NotADirectoryError):
            os.utime(path, follow_symlinks=os.utime not in os.supports_follow_symlinks)

    def remove(self, path: Path) -> None:
        """Remove a file; well if it is not there."""
        path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        """Make one folder; well if it is there."""
        path.mkdir(exist_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder if it is empty."""
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()

    def sync(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        if os.name != "posix":  # Windows has no such call, and flushes names by itself
            return
        file = os.open(folder, os.O_RDONLY)
        try:
            self.flush(file)
        finally:
            os.close(file)

    def flush(self, file: int) -> None:
        """Make what was written to an open file, or the names in an open folder, durable."""
        os.fsync(file)


@contextmanager
def writing(where: str) -> Iterator[None]:
    """Turn what the system refuses while we write into an error of ours."""
    try:
        yield
    except OSError as error:
        raise Unready(
            f"the wire cannot be written ({error.strerror})",
            where=where,
            advice="See to the disk and its permissions.",
        ) from error


@contextmanager
def reading() -> Iterator[None]:
    """Tell what the system refuses to read, which may pass, from what is not as it must be, which stops a log for good."""
    try:
        yield
    except Malformed as fault:
        cause = fault.__cause__
        if not isinstance(cause, OSError) or cause.errno in _NO_FILE:
            raise
        raise unreadable(fault) from cause


def unreadable(fault: Malformed) -> Unreachable:
    """The same as something that may pass, and that says nothing about whoever wrote the file."""
    return Unreachable(fault.message, where=fault.where, advice="See to the wire's disk and its permissions.")


_NO_FILE = {errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG}  # a link, a pipe: somebody put it there


def read(path: Path, where: str, limit: int) -> bytes | None:
    """Read a regular file of at most `limit` bytes; None if there is none.

    Raises Malformed, naming `where`, for anything else: a link, a pipe, a folder, or what is longer or
    unreadable.
    """
    try:
        file = os.open(path, _READ)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Malformed("not a regular file", where=where)
            data = _read_some(file, limit + 1)
        finally:
            os.close(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Malformed(f"the file cannot be read ({error.strerror})", where=where) from error
    if len(data) > limit:
        raise Malformed(f"the file is longer than {limit:,} bytes", where=where)
    return data


def names(folder: Path, where: str) -> list[str]:
    """The names in a folder, sorted; none if it is not there. Raises Malformed, naming `where`."""
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Malformed(f"the folder cannot be read ({error.strerror})", where=where) from error


def _read_some(file: int, most: int) -> bytes:
    parts = []
    while most > 0 and (part := os.read(file, min(most, 1 << 20))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)
