"""Promise: an exchange goes on under its next memorandum: everybody in a case reads on, whatever order the text has now; who
left reads nothing more, who came reads what it is let into, and every log stays whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from copy import copy
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from accord import catalog
from accord.bootstrap import current_views, verify_home
from accord.errors import NotAdopted
from accord.projection import digest, replay
from tests.attack.test_promise_handshake import SEVEN, Story
from tests.simulator import TODAY, Simulation, event, simulate
from tests.versions import Version, agencies_turned_round, joining, next_version, rules_turned_round, without

LEFT, CAME = "reeducation", "circle"
FOUR = ("police", "prosecutor", "court", "probation")
STAY = tuple(slug for slug in SEVEN if slug != LEFT)
NOW = (*STAY, CAME)


class World(NamedTuple):
    """An exchange under its second memorandum, with a case that was told under the first."""

    exchange: Simulation
    story: Story
    second: Version

    def say(self, when: str) -> dict[str, set[str]]:
        """Each publishes something about the case; who has opened it, by publisher."""
        for slug in FOUR:
            self.story.linked(slug, when)
        self.exchange.sync_all(*NOW)
        return self.readers(when)

    def readers(self, when: str) -> dict[str, set[str]]:
        opened = {slug: self.exchange.events(slug).keys() for slug in (*SEVEN, CAME)}
        said = {slug: self.story.ids[f"{when} {slug}"] for slug in FOUR}
        return {one: {slug for slug, ids in opened.items() if said[one] in ids} for one in FOUR}

    def adopt(self, *slugs: str) -> None:
        for slug in slugs:
            self.exchange[slug].adopt(self.second.text, self.second.clauses, self.second.signatures)


CLAUSES = (catalog.examples() / "model" / "memorandum.md").read_bytes()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> World:
    """All seven are in a case; then the programme leaves, another comes, and rules and agencies stand in another order."""
    root = tmp_path_factory.mktemp("told")
    exchange = simulate(root)
    story = Story(exchange)
    for step in (story.arrest, story.charge, story.hear, story.sentence, story.supervise, story.enrol):
        step()
        exchange.sync_all()
    for slug in FOUR:
        story.linked(slug, "last")
    exchange.sync_all()
    first = exchange.memorandum.text
    signed = (root / "police" / "memorandum" / "0001.toml.sig").read_bytes()
    changes = (without(LEFT), joining(CAME, LEFT), agencies_turned_round, rules_turned_round)
    made = World(exchange, story, next_version(root, first, CLAUSES, *changes))
    made.adopt(*STAY)
    exchange[CAME].adopt(first, CLAUSES, signed)
    made.adopt(CAME)
    exchange.sync_all(*NOW)
    exchange.restart()
    return made


@pytest.fixture
def world(told: World, tmp_path: Path) -> Iterator[World]:
    """A copy of it."""
    shutil.copytree(told.exchange.root, tmp_path, dirs_exist_ok=True)
    story = copy(told.story)
    story.world, story.ids = Simulation(tmp_path), dict(told.story.ids)
    yield World(story.world, story, told.second)
    story.world.restart()


def test_everybody_in_the_case_reads_on_but_who_left(world: World) -> None:
    before = world.readers("last")
    assert {publisher: LEFT in slugs for publisher, slugs in before.items()} == {
        "police": False, "prosecutor": False, "court": True, "probation": True,
    }  # fmt: skip
    assert world.say("after") == {publisher: slugs - {LEFT} for publisher, slugs in before.items()}
    world.exchange.restart()
    assert world.say("later") == world.readers("after")


def test_who_left_reads_nothing_more_though_it_knows_the_version(world: World) -> None:
    world.adopt(LEFT)
    world.say("after")
    left = world.exchange[LEFT]
    for slug in FOUR:
        list(left.replica.receive(slug))
    held = left.replica.sizes()
    assert {slug: held[slug] for slug in FOUR} == {slug: world.exchange[slug].log.size for slug in FOUR}
    assert not any(LEFT in slugs for slugs in world.readers("after").values())


def test_who_left_is_told_so_and_can_read_and_verify_what_it_holds(world: World) -> None:
    world.adopt(LEFT)
    for _ in range(2):
        left = world.exchange[LEFT]
        emit = partial(world.exchange.try_emit, LEFT, event("CaseLinked", "E1"))
        for use in (left.sync, left.publish, left.receive, emit):
            with pytest.raises(NotAdopted, match="does not have this agency"):
                use()
        current_views(left)
        seen = left.projection.db.query("SELECT event FROM event WHERE kind = 'CaseLinked'")
        assert world.story.ids["last court"] in {row[0] for row in seen}
        assert not list(verify_home(left))
        world.exchange.restart(LEFT)


def test_a_replay_shows_what_who_left_could_see(world: World) -> None:
    world.say("after")
    advocacy = world.exchange["advocacy"]
    court = next(
        one.file.hex() for one in world.exchange.events("advocacy").values() if one.origin == "court"
    )
    told = replay(current_views(advocacy), court, advocacy.clock.now(), LEFT)
    shown = {event["event"]: event["shown"] for event in told["events"]}
    assert (shown[world.story.ids["last court"]], shown[world.story.ids["after court"]]) == (True, False)


def test_who_came_reads_the_case_from_when_it_is_referred_to_it(world: World) -> None:
    world.say("after")
    world.story.say(
        "court",
        "second sentence",
        "SentenceImposed",
        docket_number=world.story.numbers["docket"],
        sentence_phase="after_revocation",
        charges=[world.story.ids["charge"]],
        sanctions=[],
        community_from=TODAY,
        supervision_kind="supervised_probation",
        supervised_by="probation",
        program_by=CAME,
    )
    world.exchange.sync_all(*NOW)
    assert world.story.ids["last court"] in world.exchange.events(CAME)
    assert CAME in world.say("later")["court"]


def test_all_logs_stay_whole_and_nobody_is_alarmed(world: World) -> None:
    world.say("after")
    for slug in NOW:
        assert not world.exchange.alarms(slug), slug
        assert not list(verify_home(world.exchange[slug])), slug


def test_a_projection_built_anew_is_the_same(world: World) -> None:
    world.say("after")
    before = {slug: digest(world.exchange[slug].projection) for slug in NOW}
    world.exchange.restart()
    assert {slug: digest(world.exchange[slug].projection) for slug in NOW} == before


def court_replaced(text: str) -> str:
    """Another court, under another name, has the place of the first in every rule."""
    for old, new in (("\ncourt = {", "\nbench = {"), ('agency = "court"', 'agency = "bench"')):
        text = text.replace(old, new)
    return joining("bench", "court")(without("court")(text))


def test_what_cites_an_act_of_who_left_is_taken(tmp_path: Path) -> None:
    """The court referred its case to probation, and left before probation had begun: nobody is there to be told of that."""
    exchange = simulate(tmp_path)
    story = Story(exchange)
    for step in (story.arrest, story.charge, story.hear, story.sentence):
        step()
        exchange.sync_all()
    version = next_version(tmp_path, exchange.memorandum.text, CLAUSES, court_replaced)
    stay = [slug for slug in SEVEN if slug != "court"]
    World(exchange, story, version).adopt(*stay)
    exchange.sync_all(*stay)
    story.supervise()
    exchange.sync_all(*stay)
    kinds = [one.kind for one in exchange.events("advocacy").values() if one.origin == "probation"]
    assert "SupervisionStarted" in kinds
    assert "ReferralAccepted" not in kinds
    for slug in stay:
        assert not exchange.alarms(slug), slug
    exchange.restart()
