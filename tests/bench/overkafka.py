"""Accord over Kafka, and raw kafka-python with the same bytes, one record for each event.

FOLDER/broker says where the broker is. The raw client is the library that Accord uses, in the same version, set as somebody
who knows it sets it: acknowledged by all, without repetitions, batches of 256 KiB with 10 ms of patience, five in flight,
checksums by crc32c. It is handed its records ready in memory. It encrypts, signs and proves nothing, and has no keys to hand
out; what it sends are the bytes of Accord's own entries, an entry of grants in one record with the event that follows it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from accord.adapters.kafka import Servers, administered
from accord.adapters.kafka.topics import keys_topic, log_topic
from accord.bootstrap import Settings, WireSettings
from accord.gateway import Accepted
from tests.bench import ours
from tests.bench.measure import Figures, Stopwatch
from tests.bench.workload import events

RAW = "raw"
_EVENT = "CREATE TABLE event (seq INTEGER PRIMARY KEY, record BLOB NOT NULL)"
_BATCH = 500
_PATIENCE = 30.0  # seconds


def broker_of(root: Path) -> Servers:
    """The broker that a round uses."""
    return Servers(((root / "broker").read_text(),))


def found(root: Path, count: int) -> Figures:
    """Topics, homes, and a log of that many events in the publisher's store; nothing of it on the broker."""
    servers = broker_of(root)
    wire, watch = WireSettings.of_kafka(servers.addresses), Stopwatch()
    ours.found(root, wire, adopting=())
    settings = Settings.read(root / ours.PUBLISHER)
    slugs = [path.parent.name for path in root.glob("*/agency.toml")]
    _delete_topics(servers)
    with administered(settings.exchange, slugs, servers) as preparation:
        preparation.prepare()
    ours.adopt(root, (ours.PUBLISHER, ours.READER))
    with closing(ours.open_agency(root, ours.PUBLISHER)) as agency:
        groups = list(ours.groups_of(events(count)))
        with watch:
            done = sum(isinstance(one, Accepted) for one in agency.publisher.emit(groups))
        assert done == count, "an event was refused"
    return watch.figures(count)


def _delete_topics(servers: Servers) -> None:
    with closing(KafkaAdminClient(**servers.arguments())) as admin:
        old = [name for name in admin.list_topics() if not name.startswith("__")]
        if old:
            admin.delete_topics(old)
        while set(admin.list_topics()) & set(old):
            pass
        admin.create_topics({RAW: {"num_partitions": 1, "configs": {"max.message.bytes": "1100000"}}})


# ---- Accord ----


def publish(root: Path, count: int) -> Figures:
    """From the store's outbox to the broker: bundles, and key bundles for six recipients with each of them."""
    with closing(ours.open_agency(root, ours.PUBLISHER)) as agency:
        _connect(agency.wire, agency.memorandum.agencies)
        watch = Stopwatch()
        with watch:
            ours.publish_all(agency)
        assert agency.unpublished == 0
    return watch.figures(count)


def _connect(wire: Any, slugs: Iterable[str]) -> None:
    """What a process has that is at work, and the raw client too: connections, and the topics known."""
    wire.head(ours.PUBLISHER)
    topics = [keys_topic(wire._exchange, one) for one in slugs]
    for sender, some in (
        (wire._sender, [log_topic(wire._exchange, ours.PUBLISHER)]),
        (wire._keys_sender, topics),
    ):
        producer = sender._producer = sender._connect()
        for topic in some:
            producer.partitions_for(topic)


def receive(root: Path, count: int) -> Figures:
    """From the broker to the projection of a role that opens every slot."""
    with closing(ours.open_agency(root, ours.READER)) as agency:
        assert agency.projection.position == 0
        agency.wire.head(ours.READER)
        watch = Stopwatch()
        with watch:
            for items in agency.replica.receive(ours.PUBLISHER):
                agency.project(items)
        return watch.figures(ours.opened_in_full(agency, count))


# ---- Raw ----


def raw_publish(root: Path, count: int) -> Figures:
    """The same bytes, one record for each event."""
    records, watch = _records(root), Stopwatch()
    assert len(records) == count
    producer = KafkaProducer(
        bootstrap_servers=list(broker_of(root).addresses),
        acks="all",
        enable_idempotence=True,
        linger_ms=10,
        batch_size=256 * 1024,
        max_request_size=1_100_000,
        metrics_enabled=False,
    )
    producer.partitions_for(RAW)
    with watch:
        sent = [producer.send(RAW, one, partition=0) for one in records]
        producer.flush(_PATIENCE)
    assert all(one.succeeded() for one in sent)
    producer.close()
    return watch.figures(count)


def _records(root: Path) -> list[bytes]:
    """Every entry of the publisher's log; what is no event goes with the event that follows it."""
    with closing(sqlite3.connect(root / ours.PUBLISHER / "store.db")) as store:
        rows = store.execute("SELECT topic, state FROM stored_events ORDER BY idx").fetchall()
    records, before = [], b""
    for topic, state in rows:
        if topic == "event":
            records.append(before + state)
            before = b""
        else:
            before += state
    assert not before
    return records


def raw_read(root: Path, count: int) -> Figures:
    """Every record read, and nothing done with it."""
    return _raw_receive(root, count, lambda database, records: None)


def raw_insert(root: Path, count: int) -> Figures:
    """Every record into a table of SQLite, a durable transaction for every 500; none of them understood."""
    pending: list[Any] = []

    def insert(database: sqlite3.Connection, records: list[Any]) -> None:
        pending.extend(records)
        while len(pending) >= _BATCH or (pending and not records):
            _insert(database, pending[:_BATCH])
            del pending[:_BATCH]

    return _raw_receive(root, count, insert)


def raw_each(root: Path, count: int) -> Figures:
    """Every record into a table of SQLite, durable before the next is looked at."""

    def insert(database: sqlite3.Connection, records: list[Any]) -> None:
        for one in records:
            _insert(database, [one])

    return _raw_receive(root, count, insert)


def _insert(database: sqlite3.Connection, records: list[Any]) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.executemany("INSERT INTO event VALUES (?, ?)", [(one.offset, one.value) for one in records])
    database.execute("COMMIT")


def _raw_receive(root: Path, count: int, take: Callable[[sqlite3.Connection, list[Any]], None]) -> Figures:
    path, watch, seen = root / "raw.db", Stopwatch(), 0
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _EVENT):
            database.execute(statement)
        with closing(_consumer(root)) as consumer, watch:
            for records in _polled(consumer, count):
                seen += len(records)
                take(database, records)
            take(database, [])
    assert seen == count
    return watch.figures(count)


def _consumer(root: Path) -> Any:
    place = TopicPartition(RAW, 0)
    consumer = KafkaConsumer(
        bootstrap_servers=list(broker_of(root).addresses),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 << 20,
        max_poll_records=5000,
        metrics_enabled=False,
    )
    consumer.assign([place])
    assert consumer.end_offsets([place])[place] > 0
    return consumer


def _polled(consumer: Any, count: int) -> Iterator[list[Any]]:
    seen = 0
    while seen < count:
        for records in consumer.poll(1000).values():
            seen += len(records)
            yield records
