"""Several workers of one agency share the logs: each log has one of them, and those of the dead go to the living."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from accord.adapters.kafka import KafkaWire, Servers, Share
from accord.bootstrap import Agency, Settings, WireSettings, verify_home
from accord.errors import Overtaken
from accord.gateway import Accepted
from tests.contract.worlds import KeyJudge
from tests.exchange import Exchange, acceptance, arrest, charge, found, referral, vocabulary
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.real.postgres import Server
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


class Projector:
    """A projector as a process, and what it says."""

    def __init__(self, home: Path) -> None:
        self.said = home / "said"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.projector", "--home", str(home), "--share"],
                cwd=Path(__file__).parents[2],
                stdout=said,
                stderr=said,
            )

    def mine(self) -> frozenset[str]:
        """The logs that it said it has, the last time."""
        text = self.said.read_text()
        assert self.process.poll() is None, text
        told = re.findall(r"has the logs of ([a-z, ]+)", text)
        return frozenset(told[-1].split(", ")) if told else frozenset()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def count(url: str, table: str) -> int:
    """How many rows are in a table of PostgreSQL."""
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SELECT COUNT(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def wait_for(happened: Callable[[], bool], told: Callable[[], str]) -> None:
    until = time.monotonic() + 240
    while not happened():
        assert time.monotonic() < until, told()
        time.sleep(0.1)


def test_projectors_on_two_machines_share_the_logs_and_one_outlives_the_other(
    tmp_path: Path, postgres: Server, stack: ExitStack
) -> None:
    """Two homes of one agency, one database: each receives its logs; after a SIGKILL the other receives all of them."""
    servers = Servers((shared_broker().server,))
    prepare_anew("walkthrough", ("court", *OTHERS), servers)
    slugs = ("police", "prosecutor", "advocacy")
    urls = {slug: postgres.database(f"workers_{slug}") for slug in (*OTHERS, "court")}
    wires = dict.fromkeys(slugs, WireSettings.of_kafka(servers.addresses))
    exchange = found(tmp_path / "one", *slugs, stores=urls.__getitem__, wires=wires, beat="0s")
    exchange.release()
    first = exchange.home("advocacy")
    second = Path(shutil.copytree(first, tmp_path / "two"))
    workers = [Projector(home) for home in (first, second)]
    for worker in workers:
        stack.callback(worker.kill)
    logs = frozenset({"court", *OTHERS} - {"advocacy"})

    def shared() -> bool:
        mine = [worker.mine() for worker in workers]
        return all(mine) and mine[0] | mine[1] == logs and not mine[0] & mine[1]

    def counts() -> tuple[int, int]:
        told = sum(count(urls[slug], "store.event") for slug in ("police", "prosecutor"))
        return told, count(urls["advocacy"], "projection.event")

    def all_seen() -> bool:
        told, seen = counts()
        return told == seen

    def said() -> str:
        return "\n".join([str(counts()), *(worker.said.read_text()[-1000:] for worker in workers)])

    wait_for(shared, said)
    tell(exchange, "A2400001", "P24-0001", "CR-2024-001")
    wait_for(all_seen, said)
    workers[0].kill()
    begun = time.monotonic()
    wait_for(lambda: workers[1].mine() == logs, said)
    print(f"the logs of a killed projector moved after {time.monotonic() - begun:.1f} s")
    tell(exchange, "A2400002", "P24-0002", "CR-2024-002")
    wait_for(all_seen, said)
    workers[1].kill()
    assert list(verify_home(exchange.agency("advocacy"))) == []
    exchange.release()


def tell(exchange: Exchange, number: str, case: str, docket: str) -> None:
    """Police and prosecutor tell of a case on the wire."""
    told = exchange.emit("police", arrest(number), referral(number))
    for slug in ("police", "prosecutor"):
        exchange.agency(slug).sync()
    about = [replace(one, subject=case) for one in (acceptance(number, case), charge(docket))]
    about[1].data["referral"] = about[1].data["arrest"] = {"number": number}
    told += exchange.emit("prosecutor", *about)
    exchange.agency("prosecutor").sync()
    exchange.release()
    assert all(isinstance(one, Accepted) for one in told), told


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
