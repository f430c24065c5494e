"""How long an agency is silent, on Kafka: what counts is what its log has signed, when the broker took it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from accord.adapters.kafka import KafkaWire, Servers
from accord.ledger import Checkpoint, sign_checkpoint
from tests.contract.worlds import KeyJudge
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.unit.adapters.wire_world import KEYS, SLUGS, Log

pytestmark = GROUP
DAY = 86_400.0  # seconds
HEADS = "cook.heads.court"


class Held(KeyJudge):
    """Of the court's log so much was verified."""

    def size(self, origin: str) -> int:
        return 3


class Kafka:
    """The court has published three entries; `silence` is what the police find a day later, in seconds."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.court = KafkaWire("cook", servers, KeyJudge())
        self.log = Log("court")
        self.later = DAY

    def reader(self) -> KafkaWire:
        return KafkaWire("cook", self.servers, Held(), lambda: time.time() + self.later)

    def silence(self, reader: KafkaWire | None = None) -> float | None:
        wire = reader or self.reader()
        assert wire.head("court") == self.log.heads[3]
        found = wire.silent_for("court")
        if reader is None:
            wire.close()
        return None if found is None else found / 1e6 - self.later

    def put(self, topic: str, *values: bytes | None) -> None:
        """What somebody puts on a topic."""
        producer = KafkaProducer(bootstrap_servers=list(self.servers.addresses), max_request_size=1_100_000)
        for value in values:
            producer.send(topic, value, key=b"court", partition=0).get(10)
        producer.close()


@pytest.fixture
def kafka() -> Iterator[Kafka]:
    servers = Servers((shared_broker().server,))
    prepare_anew("cook", SLUGS, servers)
    made = Kafka(servers)
    made.log.publish(made.court, 3)
    yield made
    made.court.close()


def test_what_others_put_on_its_heads_topic_keeps_no_dead_agency_alive(kafka: Kafka) -> None:
    died = time.time()
    time.sleep(1.5)
    head, other = kafka.log.heads[3], Checkpoint("cook/court", 9, bytes(32))
    foreign = sign_checkpoint(Checkpoint("cook/police", 9, bytes(32)), KEYS["police"])
    forged = sign_checkpoint(other, KEYS["police"])
    records = [b"", None, b"\xff", head.encode()[:-1], foreign.encode(), forged.encode(), bytes(1_000_000)]
    kafka.put(HEADS, *records, kafka.log.heads[2].encode())
    kafka.put("cook.log.court", b"nothing")
    silence = kafka.silence()
    assert silence is not None
    assert silence >= time.time() - died - 1
    assert silence >= 1


def test_what_others_put_there_hides_no_heartbeat(kafka: Kafka) -> None:
    time.sleep(1.5)
    kafka.court.heartbeat("court", kafka.log.heads[3])
    beat = time.time()
    kafka.put(HEADS, *[b"nothing"] * 10)
    silence = kafka.silence()
    assert silence is not None
    assert silence <= time.time() - beat + 0.5


def test_its_heads_topic_is_asked_once_a_minute(kafka: Kafka) -> None:
    reader = kafka.reader()
    first = kafka.silence(reader)
    time.sleep(1.5)
    kafka.court.heartbeat("court", kafka.log.heads[3])
    second = kafka.silence(reader)
    kafka.later += 61
    third = kafka.silence(reader)
    reader.close()
    assert first is not None
    assert second is not None
    assert third is not None
    assert second >= first + 1.5
    assert third <= second - 1


def test_it_is_not_asked_while_entries_come(kafka: Kafka) -> None:
    """Where there is none that can be read, too, the log is read."""
    admin = KafkaAdminClient(**kafka.servers.arguments())
    admin.delete_topics([HEADS])
    admin.close()
    kafka.later = 0.0
    silence = kafka.silence()
    assert silence is not None
    assert silence < 60
    kafka.later = DAY
    silence = kafka.silence()
    assert silence is not None
    assert silence < 60


def test_a_time_that_is_its_sender_s_tells_nothing(kafka: Kafka) -> None:
    """A topic as nobody prepares it: `accord broker check` says so, and only new entries are a sign of life."""
    admin = KafkaAdminClient(**kafka.servers.arguments())
    setting = {"message.timestamp.type": "CreateTime"}
    admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, one, configs=setting) for one in (HEADS, "cook.log.court")]
    )
    admin.close()
    until, reader = time.monotonic() + 20, kafka.reader()
    while reader.silent_for("court") is not None or len(kafka.log.entries) == 3:
        assert time.monotonic() < until  # the broker takes a moment to do as it is told
        size = len(kafka.log.entries)
        kafka.log.append(1)
        kafka.court.publish(kafka.log.bundle(size, size + 1))
        kafka.court.heartbeat("court", kafka.log.heads[size + 1])
        kafka.later += 61
        assert reader.head("court") == kafka.log.heads[size + 1]
    reader.close()
