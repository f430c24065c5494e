"""Several workers of one agency share the logs: each log has one of them, and those of the dead go to the living."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from accord.adapters.kafka import KafkaWire, Servers, Share
from accord.bootstrap import Agency, Settings
from accord.errors import Overtaken
from tests.contract.worlds import KeyJudge
from tests.exchange import arrest, found, vocabulary
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.unit.adapters.wire_world import Log

pytestmark = GROUP
OTHERS = ("police", "prosecutor", "probation", "reeducation", "auditor", "advocacy")
SESSION = 6000  # the least that Kafka takes


@pytest.fixture
def servers() -> Servers:
    made = Servers((shared_broker().server,))
    prepare_anew("shared", ("court", *OTHERS), made)
    return made


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def join(stack: ExitStack, servers: Servers) -> Share:
    share = Share("shared", "court", OTHERS, servers, session=SESSION)
    stack.callback(share.close)
    return share


def settled(workers: list[Share], good: Callable[[list[frozenset[str]]], bool]) -> list[frozenset[str]]:
    """What each has once it is as it should be."""
    deadline = time.monotonic() + 30
    while True:
        mine = [worker.mine() for worker in workers]
        if good(mine):
            return mine
        assert time.monotonic() < deadline, mine


def shared_out(mine: list[frozenset[str]]) -> bool:
    """Every log has one worker, and every worker as many as the others, or one more."""
    counts = [len(one) for one in mine]
    return sorted(slug for one in mine for slug in one) == sorted(OTHERS) and max(counts) - min(counts) <= 1


def test_workers_share_the_logs_and_take_those_of_who_leaves(servers: Servers, stack: ExitStack) -> None:
    workers = [join(stack, servers)]
    settled(workers, shared_out)
    workers += [join(stack, servers), join(stack, servers)]
    before = settled(workers, shared_out)
    workers.pop().close()
    after = settled(workers, shared_out)
    assert all(kept <= now for kept, now in zip(before[:2], after, strict=True))  # those who stay keep theirs


def work(servers: Servers, pipe: Any) -> None:
    """A worker of its own process."""
    share = Share("shared", "court", OTHERS, servers, session=SESSION)
    while True:
        pipe.send(share.mine())


def test_the_logs_of_a_worker_that_was_killed_go_to_the_others(servers: Servers, stack: ExitStack) -> None:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(servers, there))
    process.start()
    pid = process.pid
    assert pid is not None
    stack.callback(process.join)
    try:
        alive = join(stack, servers)
        settled([alive], lambda mine: len(mine[0]) == 3)
        assert here.recv() is not None
    finally:
        os.kill(pid, signal.SIGKILL)
    begun = time.monotonic()
    settled([alive], shared_out)
    print(f"the logs of a killed worker moved after {time.monotonic() - begun:.1f} s")


def test_each_log_is_read_once_whoever_reads_it(servers: Servers, stack: ExitStack) -> None:
    wire = KafkaWire("cook", servers, KeyJudge())
    stack.callback(wire.close)
    prepare_anew("cook", ("court", "police"), servers)
    log = Log("court")
    log.publish(wire, 2, 7)
    readers = [KafkaWire("cook", servers, KeyJudge()) for _ in range(2)]
    for reader in readers:
        stack.callback(reader.close)
    store: list[bytes] = []
    for size in (7, 9, 12):
        log.append(size - len(log.entries))
        if size > 7:
            wire.publish(log.bundle(len(store), size))
        for reader in readers:  # the second finds that the first has been there: positions are the store's
            store += [entry for bundle in reader.bundles("court", len(store)) for entry in bundle.entries]
    assert store == log.entries


def test_a_worker_that_was_overtaken_writes_nothing(tmp_path: Path) -> None:
    exchange = found(tmp_path, "police", "advocacy")
    exchange.emit("police", arrest())
    exchange.agency("police").sync()
    zombie = exchange.agency("advocacy")
    reading = zombie.replica.receive("police")
    other = Agency(Settings.read(exchange.home("advocacy")), {}, vocabulary(), writing=False)
    zombie.replica.receiver._origin("police")  # it has looked where the log stands, and stops for a while
    size = zombie.replica.sizes()["police"]
    received = list(other.replica.receive("police"))
    assert received
    assert other.replica.sizes()["police"] > size
    feed = other.replica.last
    with pytest.raises(Overtaken):
        list(reading)
    assert zombie.replica.last == feed
    assert list(zombie.replica.receive("police")) == []
    other.close()
    exchange.release()
