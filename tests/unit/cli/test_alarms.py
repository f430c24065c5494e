"""`accord alarms`: what was noticed is not said once and forgotten, at whoever noticed it and at whoever caused it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.seal import OwnRing
from tests.attack.test_seal_entries import ARREST, arrest
from tests.running import Run
from tests.simulator import Liar, Simulation, event, simulate


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Simulation]:
    """The police have published to nobody; advocacy has noticed, and the police were told."""
    made = simulate(tmp_path)
    made.emit("police", event("ArrestMade", "M1", **ARREST))
    made.sync_all("police", "advocacy")
    liar = Liar(made, "police")
    liar.append(arrest(liar, OwnRing(bytes(32)), b"dark")[0])
    liar.show("advocacy")
    made.sync("advocacy", "advocacy", "police")
    liar.close()
    made.restart()
    yield made
    made.restart()


def test_every_alarm_stands_until_its_log_is_gone(world: Simulation, run: Run) -> None:
    for _ in range(2):
        said = run("alarms", "--json", "--home", world.root / "advocacy")
        assert said.code == 0
        (alarm,) = said.json["alarms"]
        assert (alarm["origin"], alarm["kind"]) == ("police", "dark_entry")
    assert "dark_entry" in run("alarms", "--home", world.root / "advocacy").out


def test_a_publisher_finds_what_others_told_of_its_entries(world: Simulation, run: Run) -> None:
    (told,) = run("alarms", "--json", "--home", world.root / "police").json["alarms"]
    assert (told["origin"], told["kind"], told["detail"]) == ("police", "dark_entry", "told by advocacy")


def test_where_nothing_was_noticed_it_says_so(world: Simulation, run: Run) -> None:
    said = run("alarms", "--home", world.root / "court")
    assert (said.code, said.out.strip()) == (0, "nothing was noticed")
