"""The directory wire: files in folders, written by one agency each, read by all."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from accord.adapters.directory.disk import Disk, names, read, reading, unreadable, writing
from accord.adapters.directory.files import FolderFiles
from accord.adapters.directory.layout import CHECKPOINT, KEYS, covers_name, covers_of, is_temporary, slug_of
from accord.adapters.directory.publishing import Publisher, Writer
from accord.adapters.directory.reading import LogFiles
from accord.errors import Malformed
from accord.ports import Bundle, Publication, one_by_one

LARGEST_KEY_BUNDLE = 1 << 20
_LOOK_EVERY = 0.02  # seconds


class DirectoryWire:
    """`accord.ports.Wire` below one folder, which need not exist yet; docs/spec/wire.md draws it.

    A log has one writer at a time, which its agency's home sees to; readers need no lock. Every method
    raises UsageRefused for a name that no agency can have, and Unready where the system refuses to read or
    write: that may pass, and says nothing about whoever wrote the file. A `disk` of one's own can stop in between, as a
    crash does.
    """

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self.root = root
        self._disk = disk or Disk()
        self._publishers: dict[str, Publisher] = {}
        self._key_writer = Writer(self._disk)
        self._asked: dict[str, str | None] = {}  # the heads last given out

    def publish(self, bundle: Bundle) -> None:
        """Make a bundle readable, its head last; durable once it returns.

        At most 256 entries, under the head of their own end. What is there with equal bytes is passed over.
        With nothing written, raises LogForked where the bundle contradicts the wire or its own head;
        UsageRefused where it begins beyond the wire's end or its head is not of its end; Malformed where
        head or wire cannot be read; ProofInvalid where the wire's own files disagree. Raises Unready where
        the disk refuses.
        """
        slug = slug_of(bundle.origin)
        publisher = self._publishers.get(slug)
        if publisher is None:
            publisher = self._publishers.setdefault(
                slug, Publisher(self._log(slug), self.root / slug, self._disk)
            )
        with reading():
            publisher.publish(bundle)

    def publish_all(self, due: Iterable[Publication]) -> Iterator[int]:
        """One after another: the key bundles of each, then its bundle."""
        return one_by_one(self, due)

    def head(self, origin: str) -> str | None:
        """The newest checkpoint note, not verified; None where nothing was published. Raises Malformed."""
        with reading():
            self._asked[origin] = found = self._log(origin).head()
        return found

    def heartbeat(self, origin: str, head: str) -> None:
        """Give our checkpoint the time that it is now: it holds the head already. Raises Unready where the disk refuses."""
        with writing(origin):
            self._disk.renew(self.root / slug_of(origin) / CHECKPOINT)

    def silent_for(self, origin: str) -> int | None:
        """How old a log's checkpoint is, in microseconds; None if there is none."""
        return self._log(origin).files.silent_for()

    def wait(self, origins: Iterable[str], seconds: float) -> bool:
        """Wait until one of these logs has another head than was last given out, or so many seconds; whether it has."""
        logs, until = {one: self._log(one) for one in origins}, time.monotonic() + seconds
        with reading():
            while not any(log.head() != self._asked.get(one) for one, log in logs.items()):
                if time.monotonic() >= until:
                    return False
                time.sleep(_LOOK_EVERY)
        return True

    def bundles(self, origin: str, start: int) -> Iterator[Bundle]:
        """What a log holds from `start` to its newest head, a bundle file at a time; not verified.

        Each has the proof that its end is a beginning of the head's tree. None where the head is of `start`
        or smaller. Raises Malformed, naming the file, where one is missing or cannot be read.
        """
        log = self._log(origin)
        with reading():
            head = log.head()
            if head is not None:
                yield from log.bundles(head, start)

    def put_keys(self, recipient: str, origin: str, covers: int, data: bytes) -> None:
        """Leave a key bundle in place of one of the same `covers`. Durable when it returns."""
        folder = self._keys(recipient, origin)
        where = f"{KEYS}/{recipient}/{origin}"
        with reading(), writing(where):
            for name in names(folder, where):
                if is_temporary(name):
                    self._disk.remove(folder / name)
            writer, self._key_writer = self._key_writer, Writer(self._disk)  # a new one if this one fails
            writer.put(folder / covers_name(covers), data)
            writer.sync()
            self._key_writer = writer

    def keys(self, recipient: str, origin: str) -> Iterator[tuple[int, bytes | Malformed]]:
        """Key bundles left for a recipient by a publisher, by rising `covers`; in place of what is no such file, why.

        Raises Unreachable where their folder cannot be read.
        """
        folder = self._keys(recipient, origin)
        where = f"{KEYS}/{recipient}/{origin}"
        for name in _listed(folder, where):
            covers = covers_of(name)
            left = None if covers is None else _left(folder / name, f"{where}/{name}")
            if covers is not None and left is not None:  # else acknowledged in between
                yield covers, left

    def acknowledge(self, recipient: str, origin: str, covers: int) -> None:
        """The recipient has stored what a key bundle held, durably: remove it. Again does no harm."""
        folder = self._keys(recipient, origin)
        with writing(f"{KEYS}/{recipient}/{origin}"):
            if folder.is_dir():
                self._disk.remove(folder / covers_name(covers))
                self._disk.sync(folder)

    def _log(self, slug: str) -> LogFiles:
        return LogFiles(FolderFiles(self.root / slug_of(slug)), slug)

    def _keys(self, recipient: str, origin: str) -> Path:
        return self.root / KEYS / slug_of(recipient) / slug_of(origin)


def _listed(folder: Path, where: str) -> list[str]:
    """The names in a folder of key bundles; what is wrong with it says nothing about the log that they go with."""
    try:
        return names(folder, where)
    except Malformed as fault:
        raise unreadable(fault) from fault


def _left(path: Path, where: str) -> bytes | Malformed | None:
    """A key bundle, or what is wrong with the file in its place; None if there is none."""
    try:
        with reading():
            return read(path, where, LARGEST_KEY_BUNDLE)
    except Malformed as fault:
        return fault
