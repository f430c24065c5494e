"""What goes wrong around a broker: processes killed, the broker killed or silent, strangers' records, lost records.

After each: every receipt is present once, every agency holds and sees what it does without any fault over folders, the
other logs went on, and `accord verify` says in a line what is wrong where something still is.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from accord.adapters.kafka import Servers
from accord.adapters.kafka.reading import Reader
from accord.adapters.kafka.records import decode_bundle, encode_bundle
from accord.bootstrap import WireSettings, current_views, verify_home
from accord.gateway import Accepted, Submission
from accord.ports import Bundle
from accord.projection import digest
from tests.exchange import Exchange, Stores, arrest, found
from tests.real.broker import Broker
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.real.killing import NOW, Driver, Key, Left, Plan, check_receipts, left, play_county
from tests.real.test_sigkill import EMITTING, Storm

pytestmark = GROUP
SLUGS = ("police", "prosecutor", "advocacy")
EXCHANGE = "walkthrough"
KILLS = int(os.environ.get("ACCORD_TEST_KAFKA_KILLS", "12"))
BROKER_KILLS = int(os.environ.get("ACCORD_TEST_BROKER_KILLS", "2"))
SILENCE = float(os.environ.get("ACCORD_TEST_BROKER_SILENCE", "2"))  # seconds; try 60
OFFLINE = int(os.environ.get("ACCORD_TEST_OFFLINE_EVENTS", "600"))  # try 50000


# ---- A plan, played undisturbed over folders, and again over Kafka with faults ----


@pytest.fixture(scope="module")
def undisturbed(folder: Path, driver: Driver) -> tuple[Plan, dict[str, Left]]:
    return calm(folder, driver)


def calm(folder: Path, driver: Driver) -> tuple[Plan, dict[str, Left]]:
    """The plan, and what everybody holds at its end over folders, with SQLite."""
    exchange = found(folder / "undisturbed", *SLUGS)
    exchange.set_clocks(NOW)
    plan = play_county(driver, exchange, cases=2, seed=7, stretch=16)
    return plan, {slug: left(exchange.home(slug)) for slug in SLUGS}


@pytest.fixture
def broker() -> Broker:
    return shared_broker()


def on_kafka(root: Path, broker: Broker, stores: Stores = None) -> Exchange:
    """A new exchange whose wire is the broker, on topics with nothing on them."""
    servers = Servers((broker.server,))
    prepare_anew(
        EXCHANGE,
        ("police", "prosecutor", "court", "probation", "reeducation", "advocacy", "auditor"),
        servers,
    )
    wires = dict.fromkeys(SLUGS, WireSettings.of_kafka(servers.addresses))
    exchange = found(root, *SLUGS, wires=wires, stores=stores)
    exchange.set_clocks(NOW)
    return exchange


def as_undisturbed(root: Path, storm: Storm, plan: Plan, expected: dict[str, Left]) -> None:
    """Nothing that was acknowledged is lost, nothing is there twice, and everybody sees the same."""
    event_ids = {key: receipt["event_id"] for key, receipt in plan.receipts.items()}
    assert {key: receipt["event_id"] for key, receipt in storm.receipts.items()} == event_ids
    assert check_receipts(root, storm.receipts) == len(plan.receipts)
    for slug, other in expected.items():
        held = left(root / slug)
        assert held.faults == []
        assert not held.waiting + held.awaiting + held.unprojected
        assert max(held.log.values()) == 1
        assert (held.log, held.digest, held.rows) == (other.log, other.digest, other.rows)


def test_publishers_and_receivers_killed_at_random(
    driver: Driver, folder: Path, undisturbed: tuple[Plan, dict[str, Left]], broker: Broker
) -> None:
    plan, expected = undisturbed
    exchange = on_kafka(folder / "killed", broker)
    storm = Storm(driver, exchange.root, random.Random(1))
    for at, (operation, span) in enumerate(zip(plan.operations, plan.spans, strict=True)):
        due = (KILLS - storm.fell.total()) / (len(plan.operations) - at)
        storm.play(operation, span, min(9, max(0, -int(-3 * due // 1))))
    print(f"{storm.fell.total()} kills of agencies' processes: {dict(storm.fell)}")
    assert storm.fell.total() >= KILLS // 2
    as_undisturbed(exchange.root, storm, plan, expected)


def test_the_broker_killed_in_the_middle_of_a_publication(
    driver: Driver, folder: Path, undisturbed: tuple[Plan, dict[str, Left]], broker: Broker
) -> None:
    def harm() -> None:
        broker.kill()
        broker.start()

    exchange = on_kafka(folder / "broker killed", broker)
    fell = harmed(driver, exchange, undisturbed, harm, BROKER_KILLS)[0].fell
    assert fell.total() == BROKER_KILLS
    print(f"{fell.total()} kills of the broker: {dict(fell)}")


def test_the_broker_silent_for_a_while(
    driver: Driver, folder: Path, undisturbed: tuple[Plan, dict[str, Left]], broker: Broker
) -> None:
    def harm() -> None:
        broker.stop()
        time.sleep(SILENCE)
        broker.go_on()

    exchange = on_kafka(folder / "broker silent", broker)
    fell = harmed(driver, exchange, undisturbed, harm, 2)[0].fell
    assert fell.total() == 2
    print(f"the broker was silent for {SILENCE} s, {fell.total()} times: {dict(fell)}")


def harmed(
    driver: Driver,
    exchange: Exchange,
    undisturbed: tuple[Plan, dict[str, Left]],
    harm: Callable[[], None],
    times: int,
    aims: tuple[tuple[str, ...], ...] = (("keys", "bundle"),),
) -> tuple[Storm, list[str]]:
    """Play the plan, and do harm, up to so many times, where an operation is about to do what is aimed at in turn.

    An operation that fails is repeated.
    Returns where the harm fell, the receipts that were printed, and what the processes said was wrong.
    """
    plan, expected = undisturbed
    storm, said = Storm(driver, exchange.root, random.Random(2)), []
    for operation in plan.operations:
        driver.forget_phase()
        driver.begin(exchange.root, {**operation, "tell": True})
        aim = aims[storm.fell.total() % len(aims)]
        if (
            storm.fell.total() < times
            and (aim[0] in EMITTING) == (operation["do"] == "emit")
            and reached(driver, aim)
        ):
            storm.fell[driver.phase()] += 1
            harm()
        attempt = driver.end()
        storm.receipts.update(attempt.receipts())
        said += [one["message"] for one in attempt.lines if "error" in one]
        if "done" not in attempt.lines[-1]:
            assert storm._try(operation, None).finished
    as_undisturbed(exchange.root, storm, plan, expected)
    return storm, said


def reached(driver: Driver, phases: tuple[str, ...]) -> bool:
    """Wait until the process is about to do one of these; False once it is beyond."""
    while (phase := driver.phase()) not in phases:
        if phase == "done":
            return False
        time.sleep(0.0005)
    return True


# ---- In one process: who is away, who meddles, what is lost ----


def referred(number: str) -> Submission:
    """The prosecutor refers a case of its own to the court."""
    case = {"kind": "prosecution", "issuer": "prosecutor", "value": f"P24-{number[-4:]}"}
    data = {
        "occurred_on": "2024-06-04",
        "to_agency": "court",
        "purpose": "charges_filed",
        "case_numbers": [case],
    }
    return Submission("/test/prosecutor", f"referral-{number}", "CaseReferred", number, data)


class Twins:
    """The same exchange on Kafka and over a folder; what is done to the broker is done to the first alone."""

    def __init__(self, root: Path, broker: Broker, stores: Stores = None) -> None:
        self.broker = broker
        self.servers = Servers((broker.server,))
        self.receipts: dict[Key, dict[str, Any]] = {}
        self.told: list[str] = []
        self.kafka = on_kafka(root / "kafka", broker, stores)
        self.folders = found(root / "folders", *SLUGS)
        self.folders.set_clocks(NOW)

    def emit(self, slug: str, start: int, count: int) -> None:
        """The same in both: arrests by the police, referrals to the court by the prosecutor; each has its receipt."""
        made = arrest if slug == "police" else referred
        events = [made(f"A24{number:05}") for number in range(start, start + count)]
        for exchange in (self.kafka, self.folders):
            for one, outcome in zip(events, exchange.emit(slug, *events), strict=True):
                assert isinstance(outcome, Accepted)
                if exchange is self.kafka:
                    self.receipts[one.source, one.id] = outcome.receipts[0].as_json()

    def alike(self) -> None:
        """Everybody sees the same in both, and nothing is awaited."""
        self.folders.sync_all()
        for slug in SLUGS:
            seen = []
            for exchange in (self.kafka, self.folders):
                agency = exchange.agency(slug)
                current_views(agency)
                seen.append((digest(agency.projection), agency.replica.sizes()))
                assert not any(log.awaiting or log.fault for log in agency.replica.logs())
            assert seen[0] == seen[1]

    def alarms(self, slug: str) -> list[str]:
        """What an agency was told of its wire, on Kafka."""
        rows = self.kafka.agency(slug).replica_database.query(
            "SELECT detail FROM feed WHERE what = 'alarm' ORDER BY seq"
        )
        return [str(row[0]) for row in rows]

    def faults(self, slug: str) -> list[str]:
        """What `accord verify` says, on Kafka."""
        found_ = [str(fault) for fault in verify_home(self.kafka.agency(slug))]
        self.told += found_
        return found_

    def records(self, topic: str) -> list[bytes]:
        """What lies on a topic."""
        reader = Reader(self.servers)
        found_ = [one.value for one in reader.read(topic, 0, reader.end(topic))]
        reader.close()
        return found_

    def put(self, topic: str, *values: bytes | None) -> None:
        """What an outsider puts on a topic."""
        producer = KafkaProducer(bootstrap_servers=[self.broker.server], max_request_size=1_100_000)
        for value in values:
            producer.send(topic, value, key=b"nobody", partition=0).get(10)
        producer.close()


@pytest.fixture
def twins(tmp_path: Path, broker: Broker) -> Iterator[Twins]:
    made = Twins(tmp_path, broker)
    yield made
    made.kafka.release()
    made.folders.release()


LOG = f"{EXCHANGE}.log.police"


def test_an_agency_away_while_many_events_pass(twins: Twins) -> None:
    away(twins, OFFLINE)


def away(twins: Twins, events: int) -> None:
    """The coordinator is away while so many events pass."""
    begun = time.monotonic()
    twins.emit("police", 0, events)
    for slug in ("police", "prosecutor", "police"):
        twins.kafka.agency(slug).sync()
    published = time.monotonic()
    twins.kafka.agency("advocacy").sync()
    print(
        f"{events} events passed in {published - begun:.1f} s; caught up in {time.monotonic() - published:.1f} s"
    )
    twins.kafka.sync_all()
    twins.alike()
    assert twins.faults("advocacy") == []


def strange(twins: Twins) -> list[bytes | None]:
    """Records that no publisher made, out of what anybody can read."""
    real = twins.records(LOG)
    bundle = decode_bundle(EXCHANGE, "police", real[-1])
    other = decode_bundle(EXCHANGE, "prosecutor", twins.records(f"{EXCHANGE}.log.prosecutor")[0])
    swapped = Bundle("police", bundle.first_index, [other.entries[0]] * len(bundle.entries), bundle.head)
    moved = Bundle("police", bundle.first_index + 9, bundle.entries, bundle.head.replace("\n", "\n9", 1))
    return [
        b"",
        None,
        b"garbage",
        os.urandom(1_000_000),
        real[0][:-1],
        encode_bundle(EXCHANGE, other),
        encode_bundle(EXCHANGE, swapped),
        encode_bundle(
            EXCHANGE, replace(moved, head=bundle.head.replace("walkthrough/police", "walkthrough/court"))
        ),
    ]


def test_records_of_an_outsider_are_passed_over_and_told(twins: Twins) -> None:
    twins.emit("police", 0, 3)
    twins.kafka.agency("police").sync()
    bad = strange(twins)
    first = len(twins.records(LOG))
    twins.put(LOG, *bad)
    twins.emit("police", 3, 3)
    twins.kafka.sync_all()
    twins.put(LOG, *bad, twins.records(LOG)[0])  # the last is an old one, once more
    twins.put(f"{EXCHANGE}.keys.advocacy", b"garbage", None)
    twins.kafka.release()  # a later process, which has to find its place
    twins.emit("police", 6, 3)
    twins.emit("prosecutor", 100, 2)
    twins.kafka.sync_all()
    twins.alike()
    told = [one for one in twins.alarms("advocacy") if one.startswith("strange_record")]
    assert sum(".keys.advocacy" in one for one in told) == 2
    assert all(any(f"{LOG}, offset {first + at}:" in one for one in told) for at in range(len(bad)))
    faults = twins.faults("advocacy")
    assert len([one for one in faults if one.startswith("police")]) == 2 * len(bad)
    assert all(LOG in one or ".keys.advocacy" in one for one in faults)


def test_records_taken_from_a_log_are_missed_and_the_log_goes_on_when_they_are_back(twins: Twins) -> None:
    twins.emit("police", 0, 2)
    twins.kafka.agency("police").sync()
    twins.emit("police", 2, 2)
    twins.kafka.agency("police").sync()
    admin = KafkaAdminClient(bootstrap_servers=[twins.broker.server])
    admin.delete_records({TopicPartition(LOG, 0): len(twins.records(LOG)) - 1})
    twins.emit("prosecutor", 100, 2)
    twins.kafka.agency("prosecutor").sync()
    size = twins.kafka.agency("prosecutor").log.size
    synced = twins.kafka.agency("advocacy").sync()
    assert "no longer on the topic" in synced.unreached["police"]
    assert twins.kafka.agency("advocacy").replica.sizes()["prosecutor"] == size  # the other log went on
    assert any(one.startswith("entries_lost") for one in twins.alarms("advocacy"))
    told = [one for one in twins.faults("advocacy") if "retention or compaction accident" in one]
    assert [one.startswith(f"police, entry 0: {LOG}") for one in told] == [True]
    made_anew(admin)  # what the advice says: a new topic, and its agency publishes all of it
    admin.close()
    twins.kafka.release()
    twins.kafka.sync_all()
    twins.alike()
    assert twins.faults("advocacy") == []


def made_anew(admin: Any) -> None:
    """Delete the log's topic and make it again, with nothing on it."""
    admin.delete_topics([LOG])
    while LOG in admin.list_topics():
        time.sleep(0.02)
    prepared = {"retention.ms": "-1", "retention.bytes": "-1", "max.message.bytes": "1100000"}
    admin.create_topics({LOG: {"num_partitions": 1, "configs": prepared}}, wait_for_metadata=True)


def test_a_topic_made_anew_under_running_agencies(twins: Twins) -> None:
    twins.emit("police", 0, 3)
    twins.kafka.sync_all()
    admin = KafkaAdminClient(bootstrap_servers=[twins.broker.server])
    made_anew(admin)
    admin.close()
    synced = twins.kafka.agency("advocacy").sync()
    assert "made anew" in synced.unreached["police"]
    assert any("made anew" in one for one in twins.faults("advocacy"))
    twins.emit("police", 3, 2)
    twins.kafka.sync_all()
    twins.alike()
    assert twins.faults("advocacy") == []


def test_a_compacted_log_is_missed(twins: Twins) -> None:
    twins.emit("police", 0, 2)
    twins.kafka.agency("police").sync()
    before = len(twins.records(LOG))
    admin = KafkaAdminClient(bootstrap_servers=[twins.broker.server])
    hasty = {
        "cleanup.policy": "compact",
        "segment.ms": "100",
        "min.cleanable.dirty.ratio": "0.001",
        "max.compaction.lag.ms": "100",
    }
    keyed = KafkaProducer(bootstrap_servers=[twins.broker.server])
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, LOG, hasty)])
    deadline = time.monotonic() + 120
    while len(twins.records(LOG)) >= before and time.monotonic() < deadline:
        keyed.send(LOG, b"x", key=b"k", partition=0).get(10)
        time.sleep(0.3)
    keyed.close()
    assert "no longer on the topic" in twins.kafka.agency("advocacy").sync().unreached["police"]
    assert any("compaction accident" in one for one in twins.faults("advocacy"))
    made_anew(admin)
    admin.close()
    twins.kafka.release()
    twins.kafka.sync_all()
    twins.alike()
    assert twins.faults("advocacy") == []


def test_key_bundles_whose_week_has_passed_are_asked_for_again(twins: Twins) -> None:
    twins.emit("police", 0, 2)
    twins.kafka.agency("police").sync()
    admin = KafkaAdminClient(bootstrap_servers=[twins.broker.server])
    keys = f"{EXCHANGE}.keys.advocacy"
    admin.delete_records({TopicPartition(keys, 0): len(twins.records(keys))})
    admin.close()
    twins.kafka.sync_all()
    assert sum(log.awaiting for log in twins.kafka.agency("advocacy").replica.logs()) > 0
    for exchange in (twins.kafka, twins.folders):
        exchange.set_clocks(NOW + timedelta(minutes=20))
        exchange.sync_all()
    for slug in SLUGS:
        seen = []
        for exchange in (twins.kafka, twins.folders):
            agency = exchange.agency(slug)
            current_views(agency)
            seen.append(digest(agency.projection))
            assert not any(log.awaiting or log.fault for log in agency.replica.logs())
        assert seen[0] == seen[1]
    assert twins.faults("advocacy") == []
