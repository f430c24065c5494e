"""Offsets without a record: where a transaction ended on a topic, whoever began it, a reader goes on at once."""

from __future__ import annotations

import time

import pytest
from kafka import KafkaProducer

from accord.adapters.kafka import KafkaWire, Servers
from accord.adapters.kafka.reading import Reader
from tests.contract.worlds import KeyJudge
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.unit.adapters.wire_world import SLUGS, Log

pytestmark = GROUP
AT_ONCE = 5.0  # seconds: a third of what a broker that says nothing is waited for


def transaction(topic: str, *, commit: bool) -> None:
    """Three strange records, and the marker that ends their transaction."""
    producer = KafkaProducer(bootstrap_servers=[shared_broker().server], transactional_id=f"{topic} {commit}")
    producer.init_transactions()
    producer.begin_transaction()
    for number in range(3):
        producer.send(topic, b"strange %d" % number).get(10)
    if commit:
        producer.commit_transaction()
    else:
        producer.abort_transaction()
    producer.close()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "aborted"])
def test_the_end_of_a_transaction_holds_no_reader_up(commit: bool) -> None:
    servers = Servers((shared_broker().server,))
    prepare_anew("cook", SLUGS, servers)
    log, writing = Log("court"), KafkaWire("cook", servers, KeyJudge())
    log.publish(writing, 1, 5)
    reader = Reader(servers)
    before = reader.end("cook.log.court")
    transaction("cook.log.court", commit=commit)
    end = before + 4  # a record each, and the marker
    while reader.end("cook.log.court") < end:
        time.sleep(0.02)  # the broker writes the marker behind its answer
    started = time.monotonic()
    assert [one.offset for one in reader.read("cook.log.court", before, end)] == [*range(before, end - 1)]
    assert list(reader.read("cook.log.court", end - 1, end)) == []
    wire = KafkaWire("cook", servers, KeyJudge())
    assert wire.head("court") is not None
    assert [one.end for one in wire.bundles("court", 0)] == [1, 5]
    took = time.monotonic() - started
    for one in (reader, wire, writing):
        one.close()
    print(f"{took:.1f} s")
    assert took < AT_ONCE
