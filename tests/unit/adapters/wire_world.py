"""A small exchange of two agencies on a directory wire: real entries, real keys, and a disk that can die."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from accord.adapters.directory import Disk, Fault, Progress, inspect
from accord.keys import generate_log_key, log_public
from accord.ledger import Checkpoint, KeyAt, Tree, leaf_hash, sign_checkpoint
from accord.ports import Bundle, Wire
from accord.seal.keybundle import make_key_bundle
from accord.seal.sealing import seal
from accord.sources import SeededEntropy

ENTROPY = SeededEntropy(b"wire tests")
SLUGS = ("court", "police")
KEYS = {slug: generate_log_key(slug.encode().ljust(32)) for slug in SLUGS}
LOGS = {slug: (f"cook/{slug}", log_public(key)) for slug, key in KEYS.items()}


def always(public: bytes) -> KeyAt:
    """The key of a log that never changes it."""
    return lambda size: public


KNOWN = {slug: (origin, always(public)) for slug, (origin, public) in LOGS.items()}


def entry(slug: str, number: int) -> bytes:
    """An entry in the shape of every entry, with three slots that somebody could open and five decoys."""
    about = (slug.encode(), number.to_bytes(4, "big"))
    keys = [
        (ENTROPY.draw(32, b"locator", *about, bytes([at])), ENTROPY.draw(32, b"key", *about, bytes([at])))
        for at in range(3)
    ]
    memorandum = ENTROPY.draw(32, b"memorandum")
    return seal(
        f"cook/{slug}".encode(),
        ENTROPY.draw(16, b"entry", *about),
        memorandum,
        keys,
        lambda _: [b"header", b"", b"x" * 100],
        ENTROPY,
    )


class Log:
    """An agency's own log, from which it publishes."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.entries: list[bytes] = []
        self.heads = {0: sign_checkpoint(Checkpoint(f"cook/{slug}", 0, Tree().root()), KEYS[slug])}
        self._tree = Tree()

    def append(self, count: int) -> None:
        """Append entries, with a head for each size."""
        for _ in range(count):
            self.entries.append(entry(self.slug, len(self.entries)))
            self._tree.append(leaf_hash(self.entries[-1]))
            head = Checkpoint(f"cook/{self.slug}", self._tree.size, self._tree.root())
            self.heads[self._tree.size] = sign_checkpoint(head, KEYS[self.slug])

    def bundle(self, start: int, end: int) -> Bundle:
        """The bundle of entries from `start` to `end`."""
        return Bundle(self.slug, start, tuple(self.entries[start:end]), self.heads[end])

    def publish(self, wire: Wire, *sizes: int) -> None:
        """Publish head after head, each with the entries since the last."""
        start = 0
        for size in sizes:
            self.append(size - len(self.entries))
            wire.publish(self.bundle(start, size))
            start = size


def key_bundle(publisher: str, recipient: str, covers: int, messages: int = 3) -> bytes:
    """A signed key bundle with one pair key and this many key messages."""
    made = [ENTROPY.draw(272, b"message", number.to_bytes(2)) for number in range(messages)]
    sealed = ENTROPY.draw(119, b"pair")
    origin = f"cook/{publisher}"
    return make_key_bundle(origin, recipient, covers, [(0, sealed)], made, KEYS[publisher], ENTROPY)


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(root)}


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file() or path.is_symlink())


def faults(root: Path, since: float | None = None) -> list[Fault]:
    """What an inspection says, but for how far it has come."""
    return [
        found for found in inspect(root, KNOWN, unfinished_since=since) if not isinstance(found, Progress)
    ]


def copied(root: Path, target: Path) -> Path:
    """A copy of a wire to do harm to."""
    shutil.copytree(root, target)
    return target


class Stopped(Exception):
    """The process died here."""


class QuickDisk(Disk):
    """A disk that does not wait: nothing here pulls the plug of the machine."""

    def flush(self, file: int) -> None:
        pass


class DyingDisk(QuickDisk):
    """A disk whose process dies at the k-th change: before it, or in the middle of writing a file."""

    def __init__(self, alive: int | None) -> None:
        self.left = alive

    def _step(self) -> None:
        if self.left is not None:
            if self.left <= 0:
                raise Stopped
            self.left -= 1

    def write(self, path: Path, data: bytes) -> None:
        try:
            self._step()
        except Stopped:
            super().write(path, data[: len(data) // 2])
            raise
        super().write(path, data)

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)

    def link(self, old: Path, new: Path) -> None:
        self._step()
        super().link(old, new)

    def renew(self, path: Path) -> None:
        self._step()
        super().renew(path)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)

    def make_folder(self, path: Path) -> None:
        self._step()
        super().make_folder(path)

    def remove_folder(self, path: Path) -> None:
        self._step()
        super().remove_folder(path)

    def sync(self, folder: Path) -> None:
        self._step()
        super().sync(folder)
