"""Keys that are renewed, over a real Kafka: records under either key count, and those of a thief of the old one do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer

from accord.adapters.kafka import Servers
from accord.adapters.kafka.records import encode_bundle
from accord.adapters.kafka.topics import log_topic
from accord.bootstrap import WireSettings, read_keys, read_passphrase, verify_home
from accord.gateway import Accepted
from accord.keys import LogPrivateKey
from accord.ledger import Checkpoint, Tree, leaf_hash, sign_checkpoint
from accord.ports import Bundle
from tests.exchange import SLUGS, Exchange, arrest, found
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.renewing import next_version

pytestmark = GROUP
EXCHANGE = "walkthrough"
THREE = ("police", "prosecutor", "advocacy")


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    servers = Servers((shared_broker().server,))
    prepare_anew(EXCHANGE, SLUGS, servers)
    made = found(tmp_path, *THREE, wires=dict.fromkeys(SLUGS, WireSettings.of_kafka(servers.addresses)))
    accepted(made, 1)
    made.sync_all()
    yield made
    made.release()


def accepted(exchange: Exchange, *numbers: int) -> None:
    outcomes = exchange.emit("police", *(arrest(f"A24{number:05}") for number in numbers))
    assert all(isinstance(one, Accepted) for one in outcomes), outcomes


def old_key(exchange: Exchange) -> LogPrivateKey:
    home = exchange.home("police")
    return read_keys(home, read_passphrase(home, {})).pairs[0].log


def entries(exchange: Exchange) -> list[bytes]:
    rows = exchange.agency("police").store.query("SELECT state FROM stored_events ORDER BY idx")
    return [bytes(row[0]) for row in rows]


def put(exchange: Exchange, said: list[bytes], first: int, key: LogPrivateKey) -> None:
    """A thief puts a record on the police's topic: these entries from `first` on, behind them a head by this key."""
    tree = Tree()
    tree.append_many([leaf_hash(one) for one in said])
    note = sign_checkpoint(Checkpoint(f"{EXCHANGE}/police", tree.size, tree.root()), key)
    producer = KafkaProducer(bootstrap_servers=shared_broker().server)
    record = encode_bundle(EXCHANGE, Bundle("police", first, said[first:], note))
    producer.send(log_topic(EXCHANGE, "police"), record).get(10)
    producer.close()


def sizes(exchange: Exchange, slug: str) -> tuple[int, int]:
    """How much of the police's log an agency has, and how long that is."""
    return exchange.agency(slug).replica.sizes()["police"], exchange.agency("police").log.size


def strange(exchange: Exchange, slug: str) -> list[str]:
    rows = exchange.agency(slug).replica_database.query("SELECT detail FROM feed WHERE what = 'alarm'")
    return [row[0] for row in rows if row[0].startswith("strange_record")]


def test_who_adopts_later_goes_on_where_it_was(exchange: Exchange) -> None:
    version = next_version(exchange, exchange.agency("police").renew_keys(0))
    for slug in ("police", "prosecutor"):
        exchange.agency(slug).adopt(*version)
    accepted(exchange, 2, 3)
    for slug in (*THREE, *THREE):
        exchange.agency(slug).sync()
    assert sizes(exchange, "prosecutor")[0] == sizes(exchange, "prosecutor")[1]
    held, whole = sizes(exchange, "advocacy")
    assert held < whole
    assert any("newer version of the memorandum" in one for one in strange(exchange, "advocacy"))
    assert {log.fault for log in exchange.agency("advocacy").replica.logs()} == {None}
    exchange.agency("advocacy").adopt(*version)  # in the process that has passed over those records
    exchange.sync_all()
    assert sizes(exchange, "advocacy") == (whole, whole)
    for slug in THREE:
        assert [str(fault) for fault in verify_home(exchange.agency(slug))] == []


def test_the_old_key_adds_nothing_and_silences_nobody(exchange: Exchange) -> None:
    key, before = old_key(exchange), entries(exchange)
    version = next_version(exchange, exchange.agency("police").renew_keys(0))
    for slug in THREE:
        exchange.agency(slug).adopt(*version)
    accepted(exchange, 2)
    exchange.sync_all()
    put(exchange, [*entries(exchange), before[0]], len(entries(exchange)), key)  # an entry more
    put(exchange, before[::-1], 0, key)  # another history, up to where the key was given up
    accepted(exchange, 3)
    exchange.sync_all()
    for slug in ("prosecutor", "advocacy"):
        held, whole = sizes(exchange, slug)
        assert held == whole
        assert len(strange(exchange, slug)) == 2
        told = [fault for fault in verify_home(exchange.agency(slug)) if fault.log == "police"]
        assert len(told) == 2, told  # both are still there, and the whole log was read all the same
        assert all("not a record of this log" in fault.reason for fault in told), told
        assert {log.fault for log in exchange.agency(slug).replica.logs()} == {None}
