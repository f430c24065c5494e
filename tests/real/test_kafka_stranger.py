"""A stranger's client: Kafka's console consumer and Apache Avro's Java tools read a log topic by the files in schemas/."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from accord import catalog
from accord.adapters.kafka import KafkaWire, Servers
from tests.contract.worlds import KeyJudge
from tests.real.java import KAFKA_TOOLS, avro_tools, command, java
from tests.real.kafka_world import GROUP, or_skip, prepare_anew, shared_broker
from tests.unit.adapters.wire_world import LOGS, SLUGS, Log, key_bundle

pytestmark = GROUP
BETWEEN = b"\n-- the next record --\n"
WIRE = catalog.schemas() / "wire"


@pytest.fixture(scope="module")
def published() -> tuple[Servers, Log, bytes]:
    """Three bundles of the court's log on its topic, and a key bundle."""
    servers = Servers((shared_broker().server,))
    prepare_anew("cook", SLUGS, servers)
    wire, log = KafkaWire("cook", servers, KeyJudge()), Log("court")
    log.publish(wire, 1, 5, 261)
    keys = key_bundle("court", "police", 261)
    wire.put_keys("police", "court", 261, keys)
    wire.close()
    return servers, log, keys


def consumed(servers: Servers, topic: str, count: int) -> list[bytes]:
    """What Kafka's console consumer prints of a topic."""
    program = "org.apache.kafka.tools.consumer.ConsoleConsumer"
    words = ["--bootstrap-server", servers.addresses[0], "--topic", topic, "--from-beginning"]
    words += ["--max-messages", str(count), "--property", f"line.separator={BETWEEN.decode()}"]
    done = subprocess.run(
        or_skip(lambda: command(KAFKA_TOOLS, program, *words, heap="128m")), capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.split(BETWEEN)[:count]


def decoded(record: bytes, schema: Path) -> Any:
    """What Avro's tools make of a record."""
    words = ["-Xmx128m", "-jar", str(or_skip(avro_tools)), "fragtojson", schema.read_text(), "-"]
    done = subprocess.run([str(java()), *words], input=record, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def raw(text: str) -> bytes:
    """Avro's JSON says bytes as the characters of ISO 8859-1."""
    return text.encode("latin-1")


def test_a_log_topic_is_read_by_its_schema(published: tuple[Servers, Log, bytes]) -> None:
    servers, log, _ = published
    records = consumed(servers, "cook.log.court", 3)
    bundles = [decoded(one, WIRE / "bundle.avsc") for one in records]
    assert [one["first_index"] for one in bundles] == [0, 1, 5]
    assert {one["origin"] for one in bundles} == {LOGS["court"][0]}
    assert [one["head"] for one in bundles] == [log.heads[size] for size in (1, 5, 261)]
    entries = [raw(entry) for one in bundles for entry in one["entries"]]
    assert entries == log.entries
    fields = decoded(entries[-1], WIRE / "entry.avsc")
    locators = [raw(slot["locator"]) for slot in fields["slots"]]
    assert locators == sorted(locators)
    assert len(locators) == 8


def test_a_key_bundle_is_read_by_its_schema(published: tuple[Servers, Log, bytes]) -> None:
    servers, _, keys = published
    (record,) = consumed(servers, "cook.keys.police", 1)
    assert hashlib.sha256(record).digest() == hashlib.sha256(keys).digest()
    said = decoded(record, WIRE / "keys.avsc")
    assert (said["origin"], said["recipient"], said["covers"]) == ("cook/court", "police", 261)
