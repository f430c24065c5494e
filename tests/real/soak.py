"""Faults on a real Kafka and a real PostgreSQL together, each repeated and counted.

    python -m tests.real.soak [--rounds N] [--long] [WORD...]

Only the faults whose names hold one of the words, else all. After each: every receipt that was printed is in its log
(receipts), nothing is in a log twice (twice), every agency sees what it does over folders without any fault (digests),
and everybody has every log whole and without a fault (logs). `told` is a line of `accord verify`, or of the process
that was stopped, while the fault lasted; `after` is how many faults `accord verify` names at the end.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from accord.bootstrap import opened, verify_home
from accord.errors import AccordError
from tests.exchange import Exchange, Stores, arrest, vocabulary
from tests.real import test_kafka_faults as on_kafka
from tests.real import test_postgres as on_postgres
from tests.real.broker import Broker
from tests.real.killing import Driver, Key, Kill, Left, Operation, Plan, check_receipts, left, scratch
from tests.real.postgres import Server, server
from tests.real.test_kafka_faults import SLUGS, Twins
from tests.real.test_locks import full_disks, small_disk, three
from tests.real.test_sigkill import EMITTING, Storm


@dataclass
class Row:
    """What one fault came to."""

    times: int = 0
    receipts: str = ""
    twice: int = 0
    digests: str = ""
    logs: str = ""
    after: int = 0


@dataclass
class Stage:
    """The servers, the plan, what everybody holds at its end without any fault, and what was said of this one."""

    folder: Path
    driver: Driver
    broker: Broker
    postgres: Server
    rounds: int
    long: bool
    undisturbed: tuple[Plan, dict[str, Left]]
    games: int = 0
    made: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def store(self, slug: str) -> str:
        """A new database."""
        url = self.postgres.database()
        self.made.append(url.rpartition("/")[2])
        return url

    def root(self) -> Path:
        """A new folder."""
        self.games += 1
        return self.folder / f"game-{self.games}"

    def clear(self) -> None:
        """Let go of what the games so far have left."""
        self.postgres.drop(*self.made)
        self.made.clear()
        for game in self.folder.glob("game-*"):
            shutil.rmtree(game)

    def exchange(self) -> Exchange:
        """A new exchange on Kafka and PostgreSQL."""
        return on_kafka.on_kafka(self.root(), self.broker, self.store)

    @contextmanager
    def twins(self, stores: Stores = None) -> Iterator[Twins]:
        """The same exchange on Kafka and PostgreSQL, and over a folder with SQLite."""
        made = Twins(self.root(), self.broker, stores or self.store)
        try:
            yield made
        finally:
            made.kafka.release()
            made.folders.release()

    def verify(self, home: Path) -> None:
        """Keep what `accord verify` says just now."""
        try:
            with opened(home, {}, write=False, vocabulary=vocabulary()) as agency:
                self.said += [str(fault) for fault in verify_home(agency)]
        except AccordError as error:
            self.said.append(str(error))

    def judged(self, twins: Twins, times: int) -> Row:
        """What twins came to, once all have synced."""
        twins.kafka.sync_all()
        twins.folders.sync_all()
        twins.kafka.release()
        twins.folders.release()
        calm = {slug: left(twins.folders.home(slug)) for slug in SLUGS}
        self.said += twins.told
        return judged(twins.kafka, times, twins.receipts, len(twins.receipts), calm)


def judged(
    exchange: Exchange,
    times: int,
    receipts: Mapping[Key, dict[str, Any]],
    given: int,
    calm: Mapping[str, Left],
) -> Row:
    """What an exchange came to, measured at its end against one that had no fault."""
    held = {slug: left(exchange.home(slug)) for slug in SLUGS}
    kept = check_receipts(exchange.root, receipts)
    twice = sum(count - 1 for one in held.values() for count in one.log.values())
    equal = sum(one.digest == calm[slug].digest for slug, one in held.items())
    sizes = {slug: sum(one.log.values()) for slug, one in held.items()}
    whole = sum(size == sizes[log] for slug in SLUGS for log, size in _received(exchange.home(slug)).items())
    of = len(SLUGS) * (len(SLUGS) - 1)
    after = sum(len(one.faults) for one in held.values())
    row = Row(times, f"{kept}/{given}", twice, f"{equal}/{len(SLUGS)}", f"{whole}/{of}", after)
    assert (kept, twice, equal, whole) == (given, 0, len(SLUGS), of), row
    return row


def _received(home: Path) -> dict[str, int]:
    """How much an agency has of each other log that takes part and has no fault."""
    with opened(home, {}, write=False, vocabulary=vocabulary()) as agency:
        logs = agency.replica.logs()
        return {
            one.slug: one.size
            for one in logs
            if one.slug in SLUGS and one.slug != agency.slug and not one.fault
        }


# ---- Processes of agencies die ----


class Aimed(Storm):
    """Kills processes where they are about to do one of some things."""

    def __init__(self, driver: Driver, root: Path, chance: random.Random, aims: tuple[str, ...]) -> None:
        super().__init__(driver, root, chance)
        self._aims = aims

    def aims(self, operation: Operation) -> list[str]:
        """Those of them that an operation could come to."""
        return [one for one in self._aims if (one in EMITTING) == (operation["do"] == "emit")]

    def _draw(self, operation: Operation, opened: float, total: float) -> Kill:
        delay = self._chance.choice((0, 0.0005, 0.002, 0.005))
        return Kill(f"at {self._chance.choice(self.aims(operation))}", delay, self._chance.choice((1, 1, 2)))


PUBLISHER = ("sealing", "committing", "committed", "publishing", "keys", "bundle", "published")
RECEIVER = ("receiving", "storing", "acknowledging", "absorbing")
PROJECTOR = ("projecting", "following", "retrying")


def killed(stage: Stage, aims: tuple[str, ...]) -> Row:
    """SIGKILL of whoever is at one of these, until there were enough."""
    plan, calm = stage.undisturbed
    fell, row = Counter[str](), Row()
    while fell.total() < stage.rounds:
        exchange = stage.exchange()
        storm = Aimed(stage.driver, exchange.root, random.Random(stage.games), aims)
        for at, (operation, span) in enumerate(zip(plan.operations, plan.spans, strict=True)):
            due = stage.rounds - fell.total() - storm.fell.total()
            most = -(-3 * due // (len(plan.operations) - at)) if storm.aims(operation) else 0
            storm.play(operation, span, max(0, min(9, most)))
        assert storm.fell, "nobody was killed"
        fell += storm.fell
        on_kafka.as_undisturbed(exchange.root, storm, plan, calm)
        row = judged(exchange, fell.total(), storm.receipts, len(plan.receipts), calm)
    stage.said.append(f"died at: {', '.join(f'{name} {count}' for name, count in fell.most_common())}")
    return row


# ---- Servers die ----


Harm = Callable[[Exchange], None]


def _harmed(stage: Stage, harm: Harm, *aims: tuple[str, ...]) -> Row:
    times, row = 0, Row()
    plan, calm = stage.undisturbed
    while times < stage.rounds:
        exchange = stage.exchange()
        due = stage.rounds - times
        storm, said = on_kafka.harmed(
            stage.driver, exchange, stage.undisturbed, partial(harm, exchange), due, aims
        )
        assert storm.fell, "no harm was done"
        times += storm.fell.total()
        stage.said += said
        row = judged(exchange, times, storm.receipts, len(plan.receipts), calm)
    return row


def broker_killed(stage: Stage) -> Row:
    """SIGKILL of the broker while somebody publishes, and a start."""

    def harm(exchange: Exchange) -> None:
        stage.broker.kill()
        if not stage.said:
            stage.verify(exchange.home(SLUGS[-1]))
        stage.broker.start()

    return _harmed(stage, harm, ("keys", "bundle"))


def broker_silent(stage: Stage) -> Row:
    """SIGSTOP of the broker while somebody publishes."""

    def harm(exchange: Exchange) -> None:
        stage.broker.stop()
        until = time.monotonic() + (60 if stage.long else 3)
        if stage.long and not stage.said:
            stage.verify(exchange.home(SLUGS[-1]))
        time.sleep(max(0, until - time.monotonic()))
        stage.broker.go_on()

    return _harmed(stage, harm, ("keys", "bundle"))


def postgres_restarted(stage: Stage) -> Row:
    """PostgreSQL ends at once (SIGQUIT: a crash) in the middle of a transaction, and starts again."""

    def harm(exchange: Exchange) -> None:
        stage.postgres.stop(signal.SIGQUIT)
        if not stage.said:
            stage.verify(exchange.home(SLUGS[-1]))
        stage.postgres.start()

    return _harmed(stage, harm, ("committing",), ("bundle",), ("storing",), ("projecting",))


# ---- Disks are full ----


def postgres_full(stage: Stage) -> Row:
    """The disk of the police's PostgreSQL is full, several times."""
    place = stage.folder / "disk"
    with small_disk(place, "192m") as mounted:
        assert mounted, "may not mount a file system here"
        with server(place) as full:
            stores = {"police": lambda _: full.database()}
            with stage.twins(lambda slug: stores.get(slug, stage.store)(slug)) as twins:
                stopped, receipts = on_postgres.fill_up(full, twins.kafka)
                twins.receipts |= receipts
                twins.folders.emit("police", *(arrest(number) for number, _ in receipts))
                stage.said += stopped
                return stage.judged(twins, len(stopped))


def sqlite_full(stage: Stage) -> Row:
    """The disk of homes with SQLite and of a wire of folders is full, several times."""
    stopped = full_disks(three(stage.root()), stage.driver, stage.folder)
    assert stopped, "may not mount a file system here"
    stage.said.append(f"stopped, each time with an error of ours and advice: {stopped}")
    return Row(sum(stopped.values()), "all", 0, "no fault", "all")


# ---- Agencies are away, or there twice ----


def away(stage: Stage) -> Row:
    """The coordinator is away while many events pass."""
    count = 50_000 if stage.long else 600
    with stage.twins() as twins:
        on_kafka.away(twins, count)
        stage.said.append(f"{count} events passed meanwhile")
        return stage.judged(twins, 1)


def second_process(stage: Stage) -> Row:
    """A second process of the same agency, elsewhere: refused by the lock; and who lost the lock is fenced."""
    row = Row()
    for turn in range(stage.rounds):
        with stage.twins() as twins:
            twins.kafka.release()
            on_postgres.test_a_second_process_is_refused_wherever_its_home_lies(twins.kafka, twins.kafka.root)
            shutil.rmtree(twins.kafka.home("police-elsewhere"))
            on_postgres.test_a_process_that_lost_its_lock_is_fenced_by_its_successor(
                twins.kafka, stage.postgres
            )
            for start, count in ((2, 2), (5, 1)):  # what those who were not refused have emitted
                twins.emit("police", start, count)
            row = stage.judged(twins, 2 * turn + 2)
    stage.said.append("refused: another process of this agency; fenced: another has taken over")
    return row


# ---- Topics are meddled with ----


def meddled(stage: Stage, test: Callable[[Twins], None]) -> Row:
    """What a test does to the topics, on twins of its own each time."""
    row = Row()
    for turn in range(stage.rounds):
        with stage.twins() as twins:
            test(twins)
            row = stage.judged(twins, turn + 1)
    return row


FAULTS: dict[str, Callable[[Stage], Row]] = {
    "publisher SIGKILL": partial(killed, aims=PUBLISHER),
    "receiver SIGKILL": partial(killed, aims=RECEIVER),
    "projector SIGKILL": partial(killed, aims=PROJECTOR),
    "broker SIGKILL, restart": broker_killed,
    "broker SIGSTOP": broker_silent,
    "PostgreSQL crash, restart": postgres_restarted,
    "disk full, PostgreSQL": postgres_full,
    "disk full, SQLite": sqlite_full,
    "agency away": away,
    "second process": second_process,
    "outsider's records": partial(
        meddled, test=on_kafka.test_records_of_an_outsider_are_passed_over_and_told
    ),
    "retention accident": partial(
        meddled,
        test=on_kafka.test_records_taken_from_a_log_are_missed_and_the_log_goes_on_when_they_are_back,
    ),
    "compaction accident": partial(meddled, test=on_kafka.test_a_compacted_log_is_missed),
    "topic made anew": partial(meddled, test=on_kafka.test_a_topic_made_anew_under_running_agencies),
    "key bundles lost": partial(
        meddled, test=on_kafka.test_key_bundles_whose_week_has_passed_are_asked_for_again
    ),
}


@contextmanager
def staged(broker: Broker, postgres: Server, rounds: int, long: bool = False) -> Iterator[Stage]:
    """The plan, and who plays it, on these servers."""
    with scratch() as folder, ExitStack() as stack:
        folder.chmod(0o711)  # PostgreSQL on the small disk is another user's
        driver = Driver(folder)
        stack.callback(driver.close)
        yield Stage(folder, driver, broker, postgres, rounds, long, on_kafka.calm(folder, driver))


def tried(stage: Stage, name: str) -> bool:
    """Do a fault, and print what it came to."""
    stage.said.clear()
    began = time.monotonic()
    try:
        row, good = FAULTS[name](stage), True
    except (AssertionError, AccordError) as error:
        traceback.print_exc()
        stage.said.append(f"FAILED: {error}")
        row, good = Row(), False
    stage.clear()
    cells = (row.times, row.receipts, row.twice, row.digests, row.logs, row.after)
    print(f"{name:<27}" + "".join(f"{cell!s:>11}" for cell in cells), f"{time.monotonic() - began:8.0f} s")
    for line in list(dict.fromkeys(stage.said))[: 3 if good else None]:
        print(f"    {line}")
    sys.stdout.flush()
    return good


def main() -> int:
    """Print a table; 1 if anything was not as it must be."""
    parser = argparse.ArgumentParser(description="Faults on Kafka and PostgreSQL, each repeated and counted.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only faults whose names hold one of these")
    parser.add_argument("--rounds", type=int, default=2, help="how often each (default: %(default)s)")
    parser.add_argument("--long", action="store_true", help="a minute of silence, 50,000 events")
    said = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that the servers end too
    names = [one for one in FAULTS if not said.words or any(word in one for word in said.words)]
    with (
        tempfile.TemporaryDirectory(prefix="accord-soak-") as folder,
        Broker(Path(folder)) as broker,
        server() as postgres,
        staged(broker, postgres, said.rounds, said.long) as stage,
    ):
        head = ("times", "receipts", "twice", "digests", "logs", "after")
        print(f"{'fault':<27}" + "".join(f"{cell:>11}" for cell in head), flush=True)
        failed = [name for name in names if not tried(stage, name)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
