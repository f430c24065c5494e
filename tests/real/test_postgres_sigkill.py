"""SIGKILL at any moment of emit or sync, with the stores in PostgreSQL: nothing lost, nothing done twice."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.errors import ObjectInUse

from accord.bootstrap import Settings
from tests.exchange import Exchange
from tests.real.killing import (
    Driver,
    Left,
    Plan,
    check_receipts,
    founded,
    left,
    play_county,
    wire_names,
)
from tests.real.postgres import Server
from tests.real.test_sigkill import Storm

KILLS = int(os.environ.get("ACCORD_TEST_KILLS", "20"))
SEED = os.environ.get("ACCORD_TEST_SEED", "1")


@pytest.fixture(scope="module")
def stencil(folder: Path, postgres: Server) -> Iterator[Exchange]:
    """All seven agencies, who have adopted and have not emitted anything."""
    exchange = founded(folder / "stencil", stores=lambda slug: postgres.database(f"stencil_{slug}"))
    yield exchange
    postgres.drop(*(f"stencil_{slug}" for slug in exchange.slugs))


def copied(stencil: Exchange, root: Path, postgres: Server) -> Exchange:
    """The same homes with databases of their own."""
    shutil.copytree(stencil.root, root)
    for slug in stencil.slugs:
        settings = Settings.read(root / slug)
        url = _copy_of(postgres, f"stencil_{slug}", f"{root.name.replace('-', '_')}_{slug}")
        replace(settings, store=url).write()
    return Exchange(root, stencil.slugs, b"", b"", b"")


def _copy_of(postgres: Server, name: str, copy: str) -> str:
    """A copy of a database, as soon as the last session in it is gone."""
    for _ in range(100):
        try:
            return postgres.database(copy, like=name)
        except ObjectInUse:
            time.sleep(0.05)
    raise AssertionError("somebody does not let go of the database")


def dropped(exchange: Exchange, postgres: Server) -> None:
    names = [(Settings.read(exchange.home(slug)).store or "").rpartition("/")[2] for slug in exchange.slugs]
    postgres.drop(*names)
    shutil.rmtree(exchange.root)


@pytest.fixture(scope="module")
def undisturbed(
    folder: Path, stencil: Exchange, driver: Driver, postgres: Server
) -> tuple[Plan, dict[str, Left], set[str]]:
    """A county told without a kill: the plan, what each agency holds at the end, and the files of the wire."""
    exchange = copied(stencil, folder / "undisturbed", postgres)
    plan = play_county(driver, exchange, cases=2, seed=7, stretch=24)
    held = {slug: left(exchange.home(slug)) for slug in stencil.slugs}
    names = wire_names(exchange.root)
    dropped(exchange, postgres)
    return plan, held, names


def test_killed_at_random_nothing_is_lost_and_nothing_is_there_twice(
    driver: Driver,
    folder: Path,
    stencil: Exchange,
    undisturbed: tuple[Plan, dict[str, Left], set[str]],
    postgres: Server,
) -> None:
    plan, expected, names = undisturbed
    fell: Counter[str] = Counter()
    game = 0
    while fell.total() < KILLS:
        game += 1
        exchange = copied(stencil, folder / f"storm-{game}", postgres)
        storm = Storm(driver, exchange.root, random.Random(f"{SEED}/{game}"))
        for at, (operation, span) in enumerate(zip(plan.operations, plan.spans, strict=True)):
            due = max(0, KILLS - fell.total() - storm.fell.total())
            storm.play(operation, span, min(6, -(-3 * due // (len(plan.operations) - at))))
        fell += storm.fell
        _nothing_lost_nothing_twice(exchange, plan, storm, expected, names)
        dropped(exchange, postgres)
    print(f"{fell.total()} kills in {game} games: {dict(fell)}")
    assert len(fell) >= 5


def _nothing_lost_nothing_twice(
    exchange: Exchange, plan: Plan, storm: Storm, expected: dict[str, Left], names: set[str]
) -> None:
    event_ids = {key: receipt["event_id"] for key, receipt in plan.receipts.items()}
    assert {key: receipt["event_id"] for key, receipt in storm.receipts.items()} == event_ids
    assert check_receipts(exchange.root, storm.receipts) == len(plan.receipts)
    for slug, before in expected.items():
        found = left(exchange.home(slug))
        assert not found.faults
        assert not found.waiting + found.awaiting + found.unprojected
        assert max(found.log.values()) == 1, "something is in the log twice"
        assert (found.log, found.digest, found.rows) == (before.log, before.digest, before.rows)
    assert wire_names(exchange.root) == names
