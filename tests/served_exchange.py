"""Exchanges over HTTPS on this machine: a server for each agency's folder, which can be stopped and started again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from accord.adapters.https import Identity
from accord.bootstrap import TlsSettings, WireSettings
from tests.contract.worlds import certified, served
from tests.exchange import SLUGS
from tests.nginx import served_by_nginx
from tests.ports import free_port


class Serve(Protocol):
    """Serves a folder at a port of 127.0.0.1 for as long as its context lasts."""

    def __call__(self, root: Path, identity: Identity, port: int) -> AbstractContextManager[object]: ...


@contextmanager
def ours(root: Path, identity: Identity, port: int) -> Iterator[None]:
    """Our own server."""
    with served(root, identity, port=port):
        yield


@contextmanager
def by_nginx(root: Path, identity: Identity, port: int) -> Iterator[None]:
    """nginx."""
    with served_by_nginx(root, identity, port):
        yield


class Servers:
    """A server for each agency, all below `root`, stopped until `start`."""

    def __init__(self, root: Path, serve: Serve = ours, slugs: tuple[str, ...] = SLUGS) -> None:
        self.tls = root / "tls"
        self._root, self._serve = root, serve
        self.identities = certified(self.tls, *slugs)
        self.ports = {slug: free_port() for slug in slugs}
        self._running: dict[str, ExitStack] = {}

    def wires(self) -> dict[str, WireSettings]:
        """The wire of each agency's home."""
        urls = {slug: f"https://127.0.0.1:{port}" for slug, port in self.ports.items()}
        return {
            slug: WireSettings("https", self.folder(slug), TlsSettings.of_folder(self.tls, slug), urls)
            for slug in self.ports
        }

    def folder(self, slug: str) -> Path:
        """What an agency serves."""
        return self._root / slug / "wire"

    def start(self, *slugs: str) -> None:
        """Start serving the folders of these agencies, or of all."""
        for slug in slugs or self.ports:
            self.folder(slug).mkdir(parents=True, exist_ok=True)
            stack = self._running[slug] = ExitStack()
            stack.enter_context(self._serve(self.folder(slug), self.identities[slug], self.ports[slug]))

    def stop(self, *slugs: str) -> None:
        """Stop serving the folders of these agencies, or of all."""
        for slug in slugs or list(self._running):
            self._running.pop(slug).close()


@contextmanager
def servers(root: Path, serve: Serve = ours, slugs: tuple[str, ...] = SLUGS) -> Iterator[Servers]:
    """Servers that run."""
    made = Servers(root, serve, slugs)
    made.start()
    try:
        yield made
    finally:
        made.stop()
