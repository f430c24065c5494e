"""What one member publishes costs others no more per event when there is more of it: counted in the engine's own steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accord.adapters.sqlite import SqliteDatabase
from accord.projection import Views
from accord.seal import LogHead, Opened, OpenedEvent
from tests.projection_world import START, World, at, feed, memorandum, opened_for, projection

LATER = at(START + 30)
FEW = 16
TIMES = 4
FLAT = 1.5 * TIMES  # sorting and looking up grow a little faster than what is sorted
QUESTIONS: dict[str, Callable[[Views, OpenedEvent], object]] = {
    "cases": lambda views, one: views.cases(LATER),
    "case": lambda views, one: views.case(one.file.hex(), LATER, one.origin),
    "obligations": lambda views, one: views.obligations(LATER),
    "grants that are owed": lambda views, one: views.involvements(LATER),
    "alarms": lambda views, one: views.alarms(),
}


class Counted:
    """A coordinator's projection whose engine counts its steps, ten at a time."""

    def __init__(self, acts: list[OpenedEvent], batch: int) -> None:
        database = SqliteDatabase(Path(":memory:"), durable=False)
        self._connection, self.steps = database._connection, 0
        target = projection("coordinator", database)
        heads: list[Opened] = [LogHead(slug, 999, LATER) for slug in memorandum().agencies]
        items = [*(opened_for("advocacy", one) for one in acts), *heads]
        self.projecting = self.count(lambda: feed(target, items, batch))
        self.views = Views(target)

    def owed(self) -> list[dict[str, object]]:
        """The grants that are owed."""
        return self.views.involvements(LATER)

    def count(self, work: Callable[[], object]) -> int:
        """How many steps this took."""
        self.steps = 0
        self._connection.set_progress_handler(self._step, 10)
        work()
        self._connection.set_progress_handler(None, 0)
        return self.steps

    def _step(self) -> int:
        self.steps += 1
        return 0


def corrected(number: int) -> list[OpenedEvent]:
    """One arrest, corrected again and again, and cited by as many events of another agency."""
    world = World()
    first = last = world.act("police", "ArrestMade", "a", dual_arrest=True)
    for _ in range(number):
        last = world.act("police", "ArrestMade", "a", supersedes=last, dual_arrest=True)
        world.act("prosecutor", "ChargeFiled", "p", arrest=first)
    return world.acts


def branched(number: int) -> list[OpenedEvent]:
    """One arrest, each of whose corrections says to take the place of the first."""
    world = World()
    first = world.act("police", "ArrestMade", "a", dual_arrest=True)
    for _ in range(number):
        world.act("police", "ArrestMade", "a", supersedes=first, dual_arrest=True)
    return world.acts


def accepted_again(number: int) -> list[OpenedEvent]:
    """One referral, corrected again and again, and as many acceptances of it."""
    world = World()
    last = world.act("police", "CaseReferred", "a", to_agency="prosecutor")
    for place in range(number):
        last = world.act("police", "CaseReferred", "a", to_agency="prosecutor", supersedes=last)
        world.act("prosecutor", "ReferralAccepted", place, referral=last, from_agency="police")
    return world.acts


def dense(number: int) -> list[OpenedEvent]:
    """Referrals of many files, every one accepted in every one of many files: `number` acceptances."""
    world = World()
    several = [
        world.act("police", "CaseReferred", place, to_agency="prosecutor")
        for place in range(round(number**0.5))
    ]
    for place in range(len(several)):
        for one in several:
            world.act("prosecutor", "ReferralAccepted", place, referral=one, from_agency="police")
        world.act("prosecutor", "CaseReferred", place, to_agency="court", purpose="charges_filed")
    return world.acts


def handed_to_and_fro(number: int) -> list[OpenedEvent]:
    """Files of two agencies in one long row, each joined to the next by a referral."""
    world = World()
    agencies = ("police", "prosecutor")
    last = world.act("police", "CaseReferred", 0, to_agency="prosecutor")
    for place in range(1, number):
        here, there = agencies[place % 2], agencies[1 - place % 2]
        world.act(here, "ReferralAccepted", place, referral=last, from_agency=there)
        last = world.act(here, "CaseReferred", place, to_agency=there)
    return world.acts


def linked(number: int) -> list[OpenedEvent]:
    """Files of one agency in one long row, each linked to the next."""
    world = World()
    last = world.act("police", "ArrestMade", 0)
    for place in range(1, number):
        here = world.act("police", "ArrestMade", place)
        world.act("police", "CaseLinked", place, other_event=last)
        world.act("police", "CaseLinked", place - 1, other_event=here)
        last = here
    return world.acts


STORIES = [corrected, branched, accepted_again, dense, handed_to_and_fro, linked]
Told = tuple[Counted, Counted, list[OpenedEvent]]


@pytest.fixture(scope="module", params=STORIES, ids=lambda one: one.__name__)
def told(request: pytest.FixtureRequest) -> Told:
    """A story, and the same story four times as long."""
    story = request.param
    return Counted(story(FEW), 7), Counted(story(FEW * TIMES), 7), story(FEW)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_costs_no_more_per_event_where_there_are_more(told: Told, question: str) -> None:
    few, many, acts = told
    ask, flat = QUESTIONS[question], FLAT
    if (
        question == "grants that are owed"
    ):  # each act of a case lets into every file of it: so much is promised, and listed
        flat = max(flat, FLAT / TIMES * len(many.owed()) / len(few.owed()))
    once, again = (one.count(lambda one=one: ask(one.views, acts[0])) for one in (few, many))  # type: ignore[misc]
    assert again < flat * once, (once, again)


def test_projecting_costs_no_more_per_event_where_there_are_more(told: Told) -> None:
    few, many, _ = told
    assert many.projecting < FLAT * few.projecting, (few.projecting, many.projecting)


@pytest.mark.parametrize("story", [corrected, branched])
@pytest.mark.parametrize("backwards", [False, True])
def test_corrections_that_come_one_by_one_cost_the_same_each(
    story: Callable[[int], list[OpenedEvent]], backwards: bool
) -> None:
    few, many = (
        Counted(acts[::-1] if backwards else acts, 1).projecting for acts in (story(FEW), story(FEW * TIMES))
    )
    assert many < FLAT * few, (few, many)
