"""A backlog on its way to a broker that dies or falls silent: no gap, nothing lost, no bundle before its key bundles."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from accord.adapters.kafka import KafkaWire, Servers
from accord.adapters.kafka.reading import Reader, Record
from accord.adapters.kafka.records import decode_bundle
from accord.errors import Unready
from accord.ports import Publication
from accord.seal import record
from tests.contract.worlds import KeyJudge
from tests.real.broker import Broker
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.unit.adapters.wire_world import SLUGS, Log, key_bundle

pytestmark = GROUP
HARMS = int(os.environ.get("ACCORD_TEST_BACKLOG_HARMS", "3"))
SIZES = range(0, 1201, 20)


def killed(broker: Broker) -> None:
    broker.kill()
    broker.start()


def silent(broker: Broker) -> None:
    broker.stop()
    threading.Timer(3.0, broker.go_on).start()


class Backlog:
    """The court's log, published from where it was acknowledged; harm is done once at each of some publications."""

    def __init__(self, log: Log, places: list[int], harm: Callable[[], None]) -> None:
        self.log = log
        self.done = self.failed = 0
        self.places = places
        self._harm = harm

    def publish(self, wire: KafkaWire) -> None:
        """Publish all, again and again where the broker is away."""
        until = time.monotonic() + 120
        while self.done < SIZES[-1]:
            try:
                for done in wire.publish_all(self._due(self.done)):
                    self.done = done
            except Unready:
                self.failed += 1
                assert time.monotonic() < until
                time.sleep(0.2)

    def _due(self, start: int) -> Iterator[Publication]:
        for first, end in pairwise(range(start, SIZES[-1] + 1, SIZES.step)):
            if first in self.places:
                self.places.remove(first)
                self._harm()
            yield Publication(
                self.log.bundle(first, end), [("police", end, key_bundle("court", "police", end))]
            )


@pytest.mark.parametrize(("harm", "patience"), [(killed, 15_000), (killed, 400), (silent, 400)])
def test_a_topic_has_no_gap_whatever_becomes_of_the_broker(
    harm: Callable[[Broker], None], patience: int
) -> None:
    broker, log = shared_broker(), Log("court")
    servers = Servers((broker.server,), patience=patience)
    prepare_anew("cook", SLUGS, Servers((broker.server,)))
    log.append(SIZES[-1])
    places = random.Random(patience).sample(SIZES[:-1], HARMS)
    backlog = Backlog(log, places, lambda: harm(broker))
    wire = KafkaWire("cook", servers, KeyJudge())
    backlog.publish(wire)
    wire.close()
    assert backlog.places == []
    print(f"{harm.__name__} {HARMS} times, {backlog.failed} attempts failed")
    bundles, keys = records(broker, "cook.log.court"), records(broker, "cook.keys.police")
    left = {record("keys", marked=False).decode(one.value)["covers"]: one.timestamp for one in reversed(keys)}
    at = 0
    for one in bundles:
        bundle = decode_bundle("cook", "court", one.value)
        assert bundle.first_index <= at
        assert list(bundle.entries) == log.entries[bundle.first_index : bundle.end]
        assert left[bundle.end] <= one.timestamp
        at = max(at, bundle.end)
    assert at == SIZES[-1]
    print(f"{len(bundles) - len(SIZES) + 1} bundles are there twice")


def records(broker: Broker, topic: str) -> list[Record]:
    """What lies on a topic, in its order."""
    reader = Reader(Servers((broker.server,)))
    found = list(reader.read(topic, 0, reader.end(topic)))
    reader.close()
    return found
