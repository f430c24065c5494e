"""SIGKILL at any point of emit or sync loses nothing that was acknowledged and does nothing twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accord.bootstrap import opened
from accord.gateway import SealedRecord, Submission
from accord.ledger import leaf_hash
from tests.exchange import Exchange, arrest, charge, referral, vocabulary
from tests.real.kill_driver import PHASES
from tests.real.killing import (
    REPOSITORY,
    Attempt,
    Driver,
    Key,
    Kill,
    Left,
    Operation,
    Plan,
    check_receipts,
    founded,
    left,
    play_county,
    wire_names,
)

KILLS = int(os.environ.get("ACCORD_TEST_KILLS", "300"))
SEED = os.environ.get("ACCORD_TEST_SEED", "1")


# ---- At random ----


@pytest.fixture(scope="module")
def stencil(folder: Path) -> Exchange:
    """All seven agencies, who have adopted and have not emitted anything."""
    return founded(folder / "stencil")


@pytest.fixture(scope="module")
def undisturbed(folder: Path, stencil: Exchange, driver: Driver) -> tuple[Plan, dict[str, Left], set[str]]:
    """A county told without a kill: the plan, what each agency holds at the end, and the files of the wire."""
    root = Path(shutil.copytree(stencil.root, folder / "undisturbed"))
    exchange = Exchange(root, stencil.slugs, b"", b"", b"")
    plan = play_county(driver, exchange, cases=4, seed=7, stretch=24)
    return plan, {slug: left(root / slug) for slug in stencil.slugs}, wire_names(root)


_PARTS = (
    ("starting", "opened"),
    ("sealing", "committing", "committed", "receipt"),
    ("publishing", "keys", "bundle", "published"),
    ("receiving", "storing", "acknowledging", "absorbing"),
    ("projecting",),
    ("following", "retrying"),
)
EMITTING = ("sealing", "committing", "committed")
_SYNCING = (
    "publishing",
    "keys",
    "bundle",
    "published",
    "receiving",
    "storing",
    "acknowledging",
    "absorbing",
    "projecting",
    "projecting",
    "following",
    "retrying",
)


class Storm:
    """Plays a plan with kills, and counts where they fell."""

    def __init__(self, driver: Driver, root: Path, chance: random.Random) -> None:
        self._driver = driver
        self._root = root
        self._chance = chance
        self.fell: Counter[str] = Counter()
        self.receipts: dict[Key, dict[str, object]] = {}

    def play(self, operation: Operation, span: tuple[float, float], kills: int) -> None:
        """Carry out an operation, killing it up to so many times before it is left in peace."""
        for _ in range(kills):
            if self._try(operation, self._draw(operation, *span)).finished:
                return
        assert self._try(operation, None).finished

    def _try(self, operation: Operation, kill: Kill | None) -> Attempt:
        attempt = self._driver.run(self._root, {**operation, "tell": True}, kill)
        assert attempt.status in (0, -9), attempt.lines
        assert not any("error" in line for line in attempt.lines), attempt.lines
        if not attempt.finished:
            self.fell[self._driver.phase()] += 1
        for key, receipt in attempt.receipts():
            assert self.receipts.setdefault(key, receipt) == receipt, "a receipt changed"
        return attempt

    def _draw(self, operation: Operation, opened: float, total: float) -> Kill:
        """In the opening, just after a receipt or the beginning of a part of the work, or anywhere in it."""
        draw, emit = self._chance.random(), operation["do"] == "emit"
        if draw < 0.1:
            return Kill("pid", self._chance.uniform(0, opened))
        if draw < 0.3 and emit:
            count = self._chance.randint(1, len(operation["submissions"]))
            return Kill("receipt", self._chance.choice((0, 0.0005, 0.003)), count)
        if draw < 0.7:
            phase = self._chance.choice(EMITTING if emit else _SYNCING)
            return Kill(
                f"at {phase}",
                self._chance.choice((0, 0.0005, 0.001, 0.002, 0.005)),
                self._chance.choice((1, 1, 2)),
            )
        return Kill("opened", (total - opened) * self._chance.random() ** 1.5)


def test_killed_at_random_nothing_is_lost_and_nothing_is_there_twice(
    driver: Driver,
    folder: Path,
    stencil: Exchange,
    undisturbed: tuple[Plan, dict[str, Left], set[str]],
    record_property: pytest.RecordProperty,
) -> None:
    plan, expected, names = undisturbed
    assert not plan.others["refused"]
    fell: Counter[str] = Counter()
    begun, game = time.monotonic(), 0
    while fell.total() < KILLS:
        game += 1
        root = Path(shutil.copytree(stencil.root, folder / f"storm-{game}"))
        storm = Storm(driver, root, random.Random(f"{SEED}/{game}"))
        _play_with_kills(storm, plan, KILLS - fell.total())
        fell += storm.fell
        _nothing_lost_nothing_twice(root, plan, storm, expected, names)
        shutil.rmtree(root)
    said = {phase: fell[phase] for phase in PHASES}
    print(f"{fell.total()} kills in {game} games, {time.monotonic() - begun:.0f} s: {said}")
    record_property("kills", said)
    for part in _PARTS:
        assert sum(fell[phase] for phase in part) >= min(KILLS, 300) // 50, f"too few kills fell in {part}"


def _play_with_kills(storm: Storm, plan: Plan, due: int) -> None:
    for at, (operation, span) in enumerate(zip(plan.operations, plan.spans, strict=True)):
        remaining = len(plan.operations) - at
        kills = max(0, due - storm.fell.total())
        storm.play(operation, span, min(9, -(-3 * kills // remaining)))


def _nothing_lost_nothing_twice(
    root: Path, plan: Plan, storm: Storm, expected: dict[str, Left], names: set[str]
) -> None:
    event_ids = {key: receipt["event_id"] for key, receipt in plan.receipts.items()}
    assert {key: receipt["event_id"] for key, receipt in storm.receipts.items()} == event_ids
    assert check_receipts(root, storm.receipts) == len(plan.receipts)
    for slug, undisturbed in expected.items():
        found = left(root / slug)
        assert not found.faults
        assert not found.waiting + found.awaiting + found.unprojected
        assert max(found.log.values()) == 1, "something is in the log twice"
        assert found.log == undisturbed.log
        assert found.digest == undisturbed.digest
        assert found.rows == undisturbed.rows
    assert wire_names(root) == names


# ---- Whole interpreters ----


def test_killed_from_the_first_instruction_of_an_interpreter_on(
    driver: Driver,
    folder: Path,
    stencil: Exchange,
    undisturbed: tuple[Plan, dict[str, Left], set[str]],
) -> None:
    """As above, with a process started anew each time, as the command line and a service are."""
    plan = undisturbed[0]
    root = Path(shutil.copytree(stencil.root, folder / "fresh"))
    chance, operation = random.Random(SEED), {**plan.operations[0], "root": str(root)}
    command = [sys.executable, "-m", "tests.real.kill_driver", str(folder / "fresh-phase"), "--once"]
    killed, printed = 0, {}
    for attempt in range(12):
        process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(operation).encode() + b"\n")
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.05, 1.5) if attempt < 11 else 60)
        process.kill()
        lines = [json.loads(line) for line in process.stdout.read().splitlines()]
        process.stdout.close()
        killed += process.wait() == -9
        printed.update(Attempt(lines=lines).receipts())
    assert killed > 3
    assert printed == {key: plan.receipts[key] for key in printed}
    assert check_receipts(root, printed) == len(operation["submissions"])
    shutil.rmtree(root)


# ---- At every point ----


def test_killed_at_every_point_of_a_small_exchange(driver: Driver, folder: Path) -> None:
    """Each change of the disk and each commit of a small exchange in turn: dead before it, in the middle, after it."""
    exchange = founded(folder / "small", "police", "prosecutor", "advocacy")
    died: Counter[str] = Counter()
    for number, operation in enumerate(_small_plan(exchange)):
        every = 1 if KILLS > 300 or number in _WHOLE else 4
        before = folder / "before"
        shutil.copytree(exchange.root, before)
        counted = driver.run(exchange.root, {**operation, "count": True})
        assert counted.finished
        slug = operation["agency"]
        verify = number < _FORGED
        expected, names = left(exchange.home(slug), verify=verify), wire_names(exchange.root)
        assert not expected.faults
        for point in range(number % every, counted.points, every):
            root = Path(shutil.copytree(before, folder / "again"))
            first = driver.run(root, {**operation, "die": point})
            assert first.status == -9, first.lines
            second = driver.run(root, operation)
            assert "done" in second.lines[-1], second.lines
            receipts = dict(second.receipts())
            assert dict(first.receipts()).items() <= receipts.items()
            assert _places(receipts) == _places(dict(counted.receipts()))
            assert left(root / slug, verify=verify) == expected, (operation, point)
            assert wire_names(root) == names, (operation, point)
            shutil.rmtree(root)
            died[operation["do"]] += 1
        shutil.rmtree(before)
    print(f"died at {died.total()} points, one by one: {dict(died)}")
    assert died["emit"] >= 6  # around each of its three commits; opening a home commits nothing
    assert died["sync"] >= 100


def _places(receipts: dict[Key, dict[str, Any]]) -> dict[Key, tuple[str, int]]:
    """Ids and places; the bytes of an entry hold the time at which it was sealed."""
    return {key: (receipt["event_id"], receipt["index"]) for key, receipt in receipts.items()}


_WHOLE = (0, 2, 3, 7)  # the operations of which every point comes up in a short run, of the others a quarter
_FORGED = 7


def _small_plan(exchange: Exchange) -> Iterator[Operation]:
    """A case between two agencies, read by the coordinator: every kind of transaction and of file comes up."""
    yield _emit("police", arrest(), referral())
    yield {"do": "sync", "agency": "police"}
    yield {"do": "sync", "agency": "prosecutor"}
    yield _emit("prosecutor", charge(), lone=False)
    yield {"do": "sync", "agency": "prosecutor"}
    yield {"do": "sync", "agency": "police"}
    yield {"do": "sync", "agency": "advocacy"}
    _publish_nonsense(exchange)  # which the police tell the prosecutor of, once
    yield {"do": "sync", "agency": "police"}


def _publish_nonsense(exchange: Exchange) -> None:
    """The prosecutor's log goes on with bytes that are no entry."""
    with opened(exchange.home("prosecutor"), {}, vocabulary=vocabulary()) as agency:
        data, index = b"no entry", agency.log.size
        extension = agency.log.extend([leaf_hash(data)], agency.clock.now())
        record = SealedRecord(UUID(int=7), 1, "event", data, index, leaf_hash(data), b"")
        agency._recorder.insert_events([record], beside=extension.statements)
        agency.log.confirm(extension)
        agency._publish(agency._shown())


def _emit(slug: str, *submissions: Submission, lone: bool = True) -> Operation:
    said = [[one.source, one.id, one.type, one.subject, one.data] for one in submissions]
    return {"do": "emit", "agency": slug, "submissions": said, "lone": lone}
