"""Promise: who reads a file because of other agencies' acts does not depend on who read which of them first; and whose part
has ended, or has lapsed, is not let in again by what let it in before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from accord.gateway import Accepted, Submission
from accord.sources import SteppedClock
from tests.attack.test_promise_handshake import Story
from tests.attack.test_promise_involvement_ends import (
    SINCE,
    court,
    end_supervision,
    sentence,
    supervised_case,
)
from tests.exchange import Exchange
from tests.simulator import Simulation, simulate
from tests.versions import next_version

MATTERS = ("silent", "speaking")
DAY = 86_400 * 1_000_000
ACTIVE = ("court", "probation", "police")
READ = ((), ("court",), ("probation",), ("court", "probation"))
"""Which logs reach the police at that time."""


@pytest.fixture(scope="module")
def supervised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people's matters from arrest to supervision; in one of them the police will record something after each sync."""
    world = simulate(tmp_path_factory.mktemp("supervised"))
    stories = [Story(world, number) for number, _ in enumerate(MATTERS, 1)]
    for step in range(5):
        for story in stories:
            story.steps[step]()
        world.sync_all()
    world.restart()
    (world.root / "ids").write_text("\n".join(f"{s.ids['supervision']}" for s in stories))
    return world.root


class World:
    """A copy of that exchange, whose clocks all show the same day."""

    def __init__(self, template: Path, root: Path) -> None:
        shutil.copytree(template, root, dirs_exist_ok=True)
        self.world = Simulation(root)
        self.stories = {name: Story(self.world, number) for number, name in enumerate(MATTERS, 1)}
        for story, supervision in zip(self.stories.values(), (root / "ids").read_text().split(), strict=True):
            story.ids["supervision"] = supervision

    def day(self) -> None:
        """A day goes by."""
        then = max(self.world[slug].clock.now() for slug in ACTIVE) + DAY
        for slug in ACTIVE:
            clock = self.world[slug].clock
            assert isinstance(clock, SteppedClock)
            clock.move_to(then)

    def end(self) -> None:
        self.day()
        for story in self.stories.values():
            story.say(
                "probation",
                "end",
                "SupervisionEnded",
                supervision=story.ids["supervision"],
                supervision_end="completed",
            )
        self.world.sync("probation")

    def refer_anew(self) -> None:
        self.day()
        for story in self.stories.values():
            number = {"kind": "docket", "issuer": "court", "value": story.numbers["docket"]}
            story.say(
                "court",
                "again",
                "CaseReferred",
                to_agency="probation",
                purpose="supervision",
                case_numbers=[number],
            )
        self.world.sync("court")

    def read(self, when: str, logs: tuple[str, ...]) -> None:
        """The police read these logs, and record something in the one matter."""
        for log in ("court", "probation"):
            if log not in logs:
                self.world.hands.hold_log("police", log)
        self.world.sync("police")
        self.world.hands.free()
        self.stories["speaking"].linked("police", when)

    def last(self) -> dict[str, tuple[bool, bool]]:
        """Whether probation reads what police and court say last, in each matter."""
        self.world.sync("court", "probation", "police")
        for story in self.stories.values():
            for agency in ("police", "court"):
                story.linked(agency, "last")
        self.world.sync("police", "court", "probation")
        known = self.world.events("probation")
        return {
            name: (story.ids["last police"] in known, story.ids["last court"] in known)
            for name, story in self.stories.items()
        }


@pytest.mark.parametrize(("ended", "again"), list(product(READ, READ)))
def test_referred_ended_and_referred_anew_probation_is_in_the_case_whatever_was_read_first(
    supervised: Path, tmp_path: Path, ended: tuple[str, ...], again: tuple[str, ...]
) -> None:
    made = World(supervised, tmp_path)
    made.end()
    made.read("ended", ended)
    if ended == again:  # some courts have heard of the end when they refer anew, some have not
        made.world.sync("court")
    made.refer_anew()
    made.read("again", again)
    assert set(made.last().values()) == {(True, True)}
    made.world.restart()


@pytest.mark.parametrize("ended", READ)
def test_referred_and_ended_probation_is_out_of_it(
    supervised: Path, tmp_path: Path, ended: tuple[str, ...]
) -> None:
    made = World(supervised, tmp_path)
    made.end()
    made.read("ended", ended)
    assert set(made.last().values()) == {(False, False)}
    made.world.restart()


# ---- Whose part has ended is not let in again by what let it in before ----


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = supervised_case(tmp_path)
    yield made
    made.release()


def linked(exchange: Exchange, serial: str) -> bool:
    """The police record something; whether probation reads it."""
    data = {"occurred_on": "2024-06-24", "other_event": "ab" * 16}
    exchange.emit("police", Submission("/test/police", serial, "CaseLinked", "A2400001", data))
    exchange.sync_all()
    rows = exchange.agency("probation").projection.db.query(
        "SELECT 1 FROM event WHERE event = ?", (exchange.receipts["/test/police", serial],)
    )
    return bool(rows)


def refer(exchange: Exchange, serial: str, to_agency: str, purpose: str) -> None:
    """The court refers the matter: an act that may let agencies into joined files."""
    number = {"kind": "docket", "issuer": "court", "value": "CR-2024-001"}
    fields = {"to_agency": to_agency, "purpose": purpose, "case_numbers": [number]}
    assert isinstance(exchange.emit("court", court("CaseReferred", serial, SINCE, **fields))[0], Accepted)
    exchange.sync_all()


def test_a_part_that_lapsed_is_given_again_by_a_new_act_alone(exchange: Exchange) -> None:
    assert linked(exchange, "while it lasts")
    exchange.set_clocks(datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=1826))
    assert not linked(exchange, "lapsed")
    modified = replace(sentence(), id="modified", data=sentence().data | {"sentence_phase": "modified"})
    exchange.emit("court", modified)  # lets the police into the court's file again
    exchange.sync_all()
    refer(exchange, "another", "reeducation", "program_intake")
    assert not linked(exchange, "after another act")
    refer(exchange, "anew", "probation", "supervision")
    assert linked(exchange, "after a new act")


def test_a_part_that_ended_by_earlier_terms_is_not_given_again_by_later_ones(exchange: Exchange) -> None:
    assert linked(exchange, "while it lasts")
    end_supervision(exchange)
    assert not linked(exchange, "ended")
    exchange.release()
    version = next_version(
        exchange.root,
        exchange.text,
        exchange.clauses,
        lambda text: text.replace('until = ["SupervisionEnded"]\n', ""),
    )
    exchange.adopt(*version)
    exchange.sync_all()
    refer(exchange, "another", "reeducation", "program_intake")
    assert not linked(exchange, "under the later version")
    refer(exchange, "anew", "probation", "supervision")
    assert linked(exchange, "after a new act")
