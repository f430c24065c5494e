"""Kafka's own authorizer, with the configuration and the permits that the project ships: who can do what."""

from __future__ import annotations

import gc
import json
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    AlterConfigOp,
    ConfigResource,
    ConfigResourceType,
    ResourcePattern,
    ResourceType,
)

from accord import catalog
from accord.adapters.authority import found_authority, issue
from accord.adapters.kafka import Finding, KafkaWire, Preparation, Servers, administered, read_settings
from accord.adapters.kafka.permits import every_acl
from accord.adapters.kafka.reading import Reader
from accord.adapters.kafka.sending import Sender
from accord.cli import main
from accord.errors import Unready
from tests.contract.worlds import KeyJudge
from tests.real.broker import Broker
from tests.real.kafka_world import GROUP, broker_or_skip
from tests.unit.adapters.wire_world import SLUGS, Log, key_bundle

pytestmark = GROUP


class Guarded:
    """A broker with TLS and ACLs, prepared for court and police; certificates for whom it knows, and for a stranger."""

    def __init__(self, root: Path, broker: Broker) -> None:
        self.root = root
        self.broker = broker

    def servers(self, name: str, folder: str = "tls") -> Servers:
        tls = self.root / folder
        return Servers((self.broker.server,), tls / "authority.pem", tls / f"{name}.pem", tls / f"{name}.key")

    def check(self, preparation: Preparation) -> list[Finding]:
        """What is found by who has the broker's file as well."""
        return list(preparation.check(dict([read_settings(self.broker.settings)])))

    def admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(**self.servers("broker").arguments())


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with tempfile.TemporaryDirectory() as folder:
        root, now = Path(folder), datetime.now(UTC)
        for tls in (root / "tls", root / "elsewhere"):
            found_authority(tls, now)
            for name in (*SLUGS, "broker", "stranger"):
                issue(tls, name, now, ["127.0.0.1", "localhost"])
        with broker_or_skip(root / "broker", root / "tls") as broker:
            made = Guarded(root, broker)
            with administered("cook", SLUGS, made.servers("broker")) as preparation:
                assert len(preparation.prepare().topics) == 6
            yield made


def send(servers: Servers, topic: str, value: bytes = b"x") -> None:
    sender = Sender(servers)
    try:
        sender.send(topic, value)
    finally:
        sender.close()


def read(servers: Servers, topic: str) -> list[bytes]:
    reader = Reader(servers)
    try:
        return [one.value for one in reader.read(topic, 0, reader.end(topic))]
    finally:
        reader.close()


def test_members_do_their_work(guarded: Guarded) -> None:
    court = KafkaWire("cook", guarded.servers("court"), KeyJudge())
    police = KafkaWire("cook", guarded.servers("police"), KeyJudge())
    log = Log("court")
    log.append(3)
    bundle = key_bundle("court", "police", 3)
    court.put_keys("police", "court", 3, bundle)
    court.publish(log.bundle(0, 3))
    court.heartbeat("court", log.heads[3])
    assert police.head("court") == log.heads[3]
    assert [list(one.entries) for one in police.bundles("court", 0)] == [log.entries]
    assert list(police.keys("police", "court")) == [(3, bundle)]
    police.acknowledge("police", "court", 3)
    court.close()
    police.close()
    again = KafkaWire("cook", guarded.servers("police"), KeyJudge())
    assert list(again.keys("police", "court")) == []
    again.close()


@pytest.mark.parametrize(
    "topic", ["cook.log.court", "cook.heads.court", "cook.keys.police", "cook.log.nobody"]
)
def test_no_agency_writes_where_another_speaks(guarded: Guarded, topic: str) -> None:
    with pytest.raises(Unready):
        send(guarded.servers("police"), topic)
    send(guarded.servers("police"), "cook.heads.police")  # its own certificate is good for what is its own


def test_key_bundles_are_read_by_their_recipient_alone(guarded: Guarded) -> None:
    send(guarded.servers("court"), "cook.keys.police")
    with pytest.raises(Unready):
        read(guarded.servers("court"), "cook.keys.police")
    assert read(guarded.servers("police"), "cook.keys.police")


def test_nobody_notes_what_another_has_read(guarded: Guarded) -> None:
    reader = Reader(guarded.servers("court"), "cook.keys.police")
    with pytest.raises(Unready):
        reader.note("cook.log.court", 0)
    reader.close()


TOPICS = [f"cook.{kind}.{slug}" for kind in ("log", "keys", "heads") for slug in SLUGS]


def test_a_certificate_of_nobody_reads_and_writes_nothing(guarded: Guarded) -> None:
    for topic in TOPICS:
        with pytest.raises(Unready):
            read(guarded.servers("stranger"), topic)
    with pytest.raises(Unready):
        send(guarded.servers("stranger"), TOPICS[0])


@pytest.mark.parametrize("kind", ["no certificate", "another authority's", "plain text"])
def test_without_a_certificate_of_the_authority_nobody_is_heard(guarded: Guarded, kind: str) -> None:
    ours, theirs = guarded.servers("police"), guarded.servers("police", "elsewhere")
    servers = {
        "no certificate": Servers(ours.addresses, ours.authority),
        "another authority's": Servers(ours.addresses, ours.authority, theirs.certificate, theirs.key),
        "plain text": Servers(ours.addresses),
    }[kind]
    with pytest.raises(Unready):
        read(replace(servers, patience=2000), TOPICS[0])
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the library leaves the sockets of failed handshakes to the collector
        gc.collect()


def test_an_agency_changes_nothing_on_the_broker(guarded: Guarded) -> None:
    with pytest.raises(Unready), administered("cook", [*SLUGS, "third"], guarded.servers("police")) as mine:
        mine.prepare()


def test_the_check_says_what_is_missing_wrong_and_open(guarded: Guarded) -> None:
    admin = guarded.admin()
    with administered("cook", SLUGS, guarded.servers("broker")) as preparation:
        assert guarded.check(preparation) == []
        opened = [
            ACL(
                who,
                "*",
                operation,
                ACLPermissionType.ALLOW,
                ResourcePattern(ResourceType.TOPIC, name, pattern),
            )
            for who, operation, name, pattern in (
                ("User:*", ACLOperation.READ, "cook.keys.court", ACLResourcePatternType.LITERAL),
                ("User:police", ACLOperation.WRITE, "cook.log.", ACLResourcePatternType.PREFIXED),
                ("User:police", ACLOperation.ALTER, "*", ACLResourcePatternType.LITERAL),
            )
        ]
        admin.create_acls(opened)
        wrong = {"retention.ms": "1000", "cleanup.policy": "compact"}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "cook.log.court", wrong)])
        admin.delete_topics(["cook.heads.court"])
        found = in_force(guarded, preparation, ["missing", *["open"] * 3, *["wrong"] * 2])
        assert any("* may read topic cook.keys.court" in one for one in found)
        assert any("police may write topic cook.log.*" in one for one in found)
        done = preparation.prepare()
        assert done.topics == ("cook.heads.court",)
        assert len(done.settings) == 2
        assert {one.kind for one in guarded.check(preparation)} == {"open"}  # nothing is ever taken away
        admin.delete_acls(opened)
        in_force(guarded, preparation, [])
    admin.close()


LITERAL, PREFIXED = ACLResourcePatternType.LITERAL, ACLResourcePatternType.PREFIXED
DENIED = [
    ("User:court", ACLOperation.WRITE, "cook.log.court", LITERAL, "*"),
    ("User:court", ACLOperation.WRITE, "cook.log.", PREFIXED, "*"),
    ("User:court", ACLOperation.ALL, "*", LITERAL, "127.0.0.1"),
    ("User:*", ACLOperation.DESCRIBE, "cook.log.court", LITERAL, "*"),
]


@pytest.mark.parametrize("denied", DENIED, ids=["by name", "by prefix", "from one place", "to everybody"])
def test_what_a_member_needs_and_is_denied_is_told(
    guarded: Guarded, denied: tuple[str, ACLOperation, str, ACLResourcePatternType, str]
) -> None:
    who, operation, name, pattern, host = denied
    admin = guarded.admin()
    acl = ACL(
        who, host, operation, ACLPermissionType.DENY, ResourcePattern(ResourceType.TOPIC, name, pattern)
    )
    admin.create_acls([acl])
    with administered("cook", SLUGS, guarded.servers("broker")) as preparation:
        (found,) = in_force(guarded, preparation, ["denied"])
        assert f"{who.removeprefix('User:')} may not {operation.name.lower()} topic {name}" in found
        assert "court" in found.partition("needed by ")[2]
        with pytest.raises(Unready):
            send(guarded.servers("court"), "cook.log.court")  # the permit is there, and does not help
        assert preparation.prepare().permits == ()
        admin.delete_acls([acl])
        in_force(guarded, preparation, [])
    send(guarded.servers("court"), "cook.log.court")
    admin.close()


def test_what_is_denied_to_others_is_nobody_s_fault(guarded: Guarded) -> None:
    admin = guarded.admin()
    topic = ResourcePattern(ResourceType.TOPIC, "cook.keys.court", LITERAL)
    acls = [
        ACL("User:police", "*", ACLOperation.READ, ACLPermissionType.DENY, topic),
        ACL("User:stranger", "*", ACLOperation.ALL, ACLPermissionType.DENY, topic),
    ]
    admin.create_acls(acls)
    with administered("cook", SLUGS, guarded.servers("broker")) as preparation:
        wait_for(admin, lambda there: set(acls) <= there)
        assert guarded.check(preparation) == []
    admin.delete_acls(acls)
    wait_for(admin, lambda there: not set(acls) & there)
    admin.close()


def test_a_permit_for_one_place_is_no_permit(guarded: Guarded) -> None:
    admin = guarded.admin()
    topic = ResourcePattern(ResourceType.TOPIC, "cook.log.court", LITERAL)
    right, narrow = (
        ACL("User:court", host, ACLOperation.WRITE, ACLPermissionType.ALLOW, topic)
        for host in ("*", "192.0.2.1")
    )
    admin.create_acls([narrow])
    admin.delete_acls([right])
    with administered("cook", SLUGS, guarded.servers("broker")) as preparation:
        (found,) = in_force(guarded, preparation, ["missing"])
        assert found == "missing: cook.log.court: no permit: court may write topic cook.log.court"
        with pytest.raises(Unready):
            send(guarded.servers("court"), "cook.log.court")
        assert preparation.prepare().permits == ("court may write topic cook.log.court",)
        in_force(guarded, preparation, [])
    send(guarded.servers("court"), "cook.log.court")
    admin.delete_acls([narrow])
    admin.close()


def wait_for(admin: KafkaAdminClient, is_so: Callable[[set[ACL]], bool]) -> None:
    """Until the broker's permits are so."""
    for _ in range(100):
        if is_so(set(admin.describe_acls(every_acl())[0])):
            return
        time.sleep(0.1)
    raise AssertionError("the permits did not change")


def in_force(guarded: Guarded, preparation: Preparation, kinds: list[str]) -> list[str]:
    """What the check finds, once the broker has put in force what it was told: a moment after it has taken it."""
    for _ in range(100):
        found = [str(one) for one in guarded.check(preparation)]
        if sorted(one.split(":")[0] for one in found) == kinds:
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def test_the_commands_prepare_and_check(guarded: Guarded, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(catalog.examples() / "model" / "memorandum.toml")
    where = [guarded.broker.server, "--memorandum", model, "--tls", str(guarded.root / "tls"), "--json"]
    settings = ["--settings", str(guarded.broker.settings)]
    said = []
    for word, code in (("check", 1), ("prepare", 0), ("prepare", 0)):
        assert main(["broker", word, *where]) == code
        said.append(json.loads(capsys.readouterr().out))
    missing, made, again = said
    assert not missing["ready"]
    assert len(made["topics"]) == sum("no such topic" in one["reason"] for one in missing["findings"])
    assert not again["topics"] + again["settings"] + again["permits"]
    assert main(["broker", "check", *where, *settings]) == 0
    assert json.loads(capsys.readouterr().out) == {"ready": True, "findings": []}
    assert main(["broker", "check", *where]) == 0
    said_without = json.loads(capsys.readouterr().out)
    unseen = said_without["findings"]
    assert said_without["ready"]
    assert {(one["kind"], one["reason"].partition(":")[0]) for one in unseen} == {
        ("unseen", "allow.everyone.if.no.acl.found"),
        ("unseen", "super.users"),
    }


OPEN = {
    "super.users": "User:broker;User:police",
    "allow.everyone.if.no.acl.found": "true",
    "listener.name.clients.ssl.client.auth": "requested",
}


def test_a_broker_that_is_open_to_everybody_is_told(
    guarded: Guarded, capsys: pytest.CaptureFixture[str]
) -> None:
    with broker_or_skip(guarded.root / "open", guarded.root / "tls", OPEN) as broker:
        model = catalog.examples() / "model" / "memorandum.toml"
        where = [broker.server, "--memorandum", str(model), "--tls", str(guarded.root / "tls")]
        assert main(["broker", "prepare", *where, "--json"]) == 0
        log = next(one for one in json.loads(capsys.readouterr().out)["topics"] if one.endswith(".log.court"))
        send(replace(guarded.servers("police"), addresses=(broker.server,)), log)  # no permit allows that
        assert main(["broker", "check", *where]) == 1
        without = capsys.readouterr().out.splitlines()
        assert main(["broker", "check", *where, "--settings", str(broker.settings)]) == 1
        with_file = capsys.readouterr().out.splitlines()
    listener = "open: broker 1: listener CLIENTS: listener.name.clients.ssl.client.auth is not required"
    assert [one.split(":")[0] for one in without] == ["unseen", "unseen", "open"]
    assert without[2].startswith(listener)
    assert [one.split(":")[0] for one in with_file] == ["open"] * 3
    assert with_file[0].startswith("open: broker 1: allow.everyone.if.no.acl.found is not false")
    assert with_file[1].startswith("open: broker 1: super.users names police")
    assert with_file[2].startswith(listener)


@pytest.mark.parametrize("key", ["ssl.client.auth", "listener.name.clients.ssl.client.auth"])
def test_what_was_opened_while_the_broker_runs_is_told(guarded: Guarded, key: str) -> None:
    admin = guarded.admin()

    def alter(said: object) -> None:
        one = ConfigResource(ConfigResourceType.BROKER, "1", {key: said})
        admin.alter_configs([one], raise_on_unknown=False)

    with administered("cook", SLUGS, guarded.servers("broker")) as preparation:
        alter("requested")
        (found,) = in_force(guarded, preparation, ["open"])
        assert f"listener CLIENTS: {key} is not required" in found
        alter((AlterConfigOp.DELETE, None))
        in_force(guarded, preparation, [])
    admin.close()
