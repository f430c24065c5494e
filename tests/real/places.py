"""Where an example's agencies exchange and keep what they say: folders and files, HTTPS, or Kafka and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from accord import catalog
from accord.adapters.kafka import Servers
from accord.bootstrap import WireSettings, parse_draft
from accord.demo import Places
from tests.exchange import vocabulary
from tests.real.kafka_world import prepare_anew
from tests.real.postgres import Server
from tests.served_exchange import servers


def who(example: str) -> tuple[str, tuple[str, ...]]:
    """The name of an example's exchange, and its agencies."""
    draft = parse_draft(catalog.examples() / example / "memorandum.toml", vocabulary())
    return draft.exchange, tuple(draft.agencies)


@contextmanager
def over_https(root: Path, example: str) -> Iterator[Places]:
    """A server of our own for each agency, its folder below `root`."""
    with servers(root, slugs=who(example)[1]) as running:
        yield Places(wires=running.wires())


@contextmanager
def on_servers(broker: str, postgres: Server, example: str) -> Iterator[Places]:
    """Topics of a broker (host:port) with nothing on them, and a new database for each agency, dropped at the end."""
    exchange, slugs = who(example)
    prepare_anew(exchange, slugs, Servers((broker,)))
    stores = {slug: postgres.database() for slug in slugs}
    try:
        yield Places(dict.fromkeys(slugs, WireSettings.of_kafka((broker,))), stores)
    finally:
        postgres.drop(*(url.rpartition("/")[2] for url in stores.values()))
