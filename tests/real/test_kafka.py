"""The walkthrough over a real Kafka: the same as over folders, and everything verifies."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.adapters.kafka import Servers
from accord.bootstrap import Agency, WireSettings, current_views, verify_home
from accord.projection import digest
from tests.exchange import SLUGS, Exchange, county
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker

pytestmark = GROUP
CASES = int(os.environ.get("ACCORD_TEST_CASES", "1"))
EXCHANGE = "walkthrough"


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Exchange, Exchange]]:
    """The same county twice: over Kafka, and over a directory."""
    servers = Servers((shared_broker().server,))
    prepare_anew(EXCHANGE, SLUGS, servers)
    wires = dict.fromkeys(SLUGS, WireSettings.of_kafka(servers.addresses))
    with tempfile.TemporaryDirectory() as folder:
        yield county(Path(folder, "kafka"), CASES, wires=wires), county(Path(folder, "folders"), CASES)


def digest_of(agency: Agency) -> str:
    """What an agency's projection says, in one hash."""
    current_views(agency)
    return digest(agency.projection)


def test_every_role_sees_what_it_sees_over_folders(told: tuple[Exchange, Exchange]) -> None:
    kafka, folders = told
    for slug in SLUGS:
        ours, theirs = kafka.agency(slug), folders.agency(slug)
        assert digest_of(ours) == digest_of(theirs), slug
        assert ours.replica.sizes() == theirs.replica.sizes()
        assert [log.awaiting for log in ours.replica.logs()] == [0] * len(SLUGS)
    kafka.release()
    folders.release()


def test_everything_on_the_topics_verifies(told: tuple[Exchange, Exchange]) -> None:
    kafka, _ = told
    for slug in SLUGS:
        assert [str(fault) for fault in verify_home(kafka.agency(slug))] == []
    kafka.release()
