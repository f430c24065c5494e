"""Wires of every kind between the same two agencies, court and police, for one set of tests.

To add a kind: a class with the methods of `World`, and its name in `WORLDS`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from accord.adapters.authority import found_authority, issue
from accord.adapters.directory import CHECKPOINT, KEYS, LARGEST_KEY_BUNDLE, DirectoryWire, covers_name
from accord.adapters.https import (
    HttpsWire,
    Identity,
    Limits,
    Patience,
    Peer,
    Seen,
    WireServer,
    client_context,
    server_context,
)
from accord.adapters.kafka import KafkaWire, Servers
from accord.errors import ProofInvalid
from accord.ledger import Tree, leaf_hash, open_checkpoint
from accord.ports import Bundle, Wire
from tests.nginx import served_by_nginx
from tests.real.kafka_world import prepare_anew, shared_broker
from tests.unit.adapters.wire_world import LOGS, SLUGS, QuickDisk

QUICK = Patience(connect=2.0, answer=2.0, between=(0.01, 0.02))


class World(Protocol):
    """A wire between two agencies, as each of them uses it; `verifies` says that it passes over what no log has signed."""

    verifies: bool

    def wire(self, slug: str) -> Wire:
        """The wire as this agency's process has it; the same one each time."""
        ...

    def again(self, slug: str) -> Wire:
        """The wire as another process of this agency, started later, has it."""
        ...

    def after(self, seconds: float) -> AbstractContextManager[None]:
        """Inside, so much more time has gone by since everything that lies there was left."""
        ...

    def spoil_keys(self, recipient: str, origin: str, covers: int) -> None:
        """Put what is no key bundle among those that `origin` has left, as whoever carries the wire could."""
        ...


class DirectoryWorld:
    """One folder for all."""

    verifies = False

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self._root = root
        self._made: dict[str, Wire] = {}

    def wire(self, slug: str) -> Wire:
        return self._made.setdefault(slug, self.again(slug))

    def again(self, slug: str) -> Wire:
        return DirectoryWire(self._root, QuickDisk())

    def after(self, seconds: float) -> AbstractContextManager[None]:
        return aged(self._root.glob(f"*/{CHECKPOINT}"), seconds)

    def spoil_keys(self, recipient: str, origin: str, covers: int) -> None:
        spoil_folder(self._root, recipient, origin, covers)


@contextmanager
def aged(paths: Iterable[Path], seconds: float) -> Iterator[None]:
    """Inside, these files are older."""
    times = {path: path.stat().st_mtime for path in paths}
    for path, then in times.items():
        os.utime(path, (then - seconds, then - seconds))
    yield
    for path, then in times.items():
        os.utime(path, (then, then))


def spoil_folder(root: Path, recipient: str, origin: str, covers: int) -> None:
    """Leave a file that is longer than a key bundle can be."""
    (root / KEYS / recipient / origin / covers_name(covers)).write_bytes(bytes(2 * LARGEST_KEY_BUNDLE))


def certified(folder: Path, *names: str) -> dict[str, Identity]:
    """Certificates for these names, all served at 127.0.0.1."""
    now = datetime.now(UTC)
    authority = found_authority(folder, now)
    issued = {name: issue(folder, name, now, ["127.0.0.1"]) for name in names}
    return {name: Identity(authority.certificate, one.certificate, one.key) for name, one in issued.items()}


@contextmanager
def served(
    root: Path, identity: Identity, limits: Limits | None = None, *, port: int = 0
) -> Iterator[tuple[str, list[Seen]]]:
    """Our own server of a folder, in a thread: its address, and what it tells."""
    seen: list[Seen] = []
    with WireServer(("127.0.0.1", port), root, server_context(identity), seen.append, limits) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.port}", seen
        finally:
            server.shutdown()
            thread.join()


class HttpsWorld:
    """A folder and a server of its own for each agency."""

    verifies = False

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self._root, self._stack = root, stack
        self.identities = certified(root / "tls", *SLUGS)
        self.urls = {slug: self._serve(slug) for slug in SLUGS}
        self._made: dict[str, HttpsWire] = {}

    def folder(self, slug: str) -> Path:
        folder = self._root / slug
        folder.mkdir(exist_ok=True)
        return folder

    def _serve(self, slug: str) -> str:
        return self._stack.enter_context(served(self.folder(slug), self.identities[slug]))[0]

    def wire(self, slug: str) -> HttpsWire:
        if slug not in self._made:
            self._made[slug] = self.again(slug)
        return self._made[slug]

    def again(self, slug: str) -> HttpsWire:
        context = partial(client_context, self.identities[slug])
        peers = {other: Peer(other, url, context, QUICK) for other, url in self.urls.items() if other != slug}
        made = HttpsWire(slug, DirectoryWire(self.folder(slug), QuickDisk()), peers)
        self._stack.callback(made.close)
        return made

    def after(self, seconds: float) -> AbstractContextManager[None]:
        return aged(self._root.glob(f"*/*/{CHECKPOINT}"), seconds)

    def spoil_keys(self, recipient: str, origin: str, covers: int) -> None:
        spoil_folder(self.folder(origin), recipient, origin, covers)


class NginxWorld(HttpsWorld):
    """The same, served by nginx with the configuration that the project ships."""

    def _serve(self, slug: str) -> str:
        return self._stack.enter_context(served_by_nginx(self.folder(slug), self.identities[slug]))


class KeyJudge:
    """A judge that knows the logs' keys, and of their entries what a bundle from the first one on says itself."""

    def __init__(self) -> None:
        self.strange: list[tuple[str, str]] = []

    def size(self, origin: str) -> int:
        return 0

    def head(self, origin: str, note: str) -> int:
        return open_checkpoint(note, *LOGS[origin]).size

    def extends(self, bundle: Bundle) -> None:
        tree = Tree()
        tree.append_many([leaf_hash(one) for one in bundle.entries])
        if bundle.first_index == 0 and open_checkpoint(bundle.head, *LOGS[bundle.origin]).root != tree.root():
            raise ProofInvalid("entries that are not those under their head")

    def passed_over(self, origin: str, where: str, reason: str) -> None:
        self.strange.append((where, reason))


class KafkaWorld:
    """Topics of a broker, prepared anew."""

    verifies = True

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self._stack = stack
        self.servers = Servers((shared_broker().server,))
        prepare_anew("cook", SLUGS, self.servers)
        self._made: dict[str, KafkaWire] = {}
        self._passed = 0.0  # seconds

    def wire(self, slug: str) -> KafkaWire:
        if slug not in self._made:
            self._made[slug] = self.again(slug)
        return self._made[slug]

    def again(self, slug: str) -> KafkaWire:
        made = KafkaWire("cook", self.servers, KeyJudge(), lambda: time.time() + self._passed)
        self._stack.callback(made.close)
        return made

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Records keep the times that the broker gave them: it is the readers' clocks that have gone on."""
        self._passed += seconds
        yield
        self._passed -= seconds

    def spoil_keys(self, recipient: str, origin: str, covers: int) -> None:
        self.wire(origin).put_keys(recipient, origin, covers, b"no key bundle")


WORLDS = {"directory": DirectoryWorld, "https": HttpsWorld, "nginx": NginxWorld, "kafka": KafkaWorld}
