"""Logs and keys may arrive in any order: what a reader has in the end is the same, to the digest."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.projection import digest
from tests.attack.test_promise_handshake import FIVE, Story
from tests.simulator import Simulation, simulate

arrivals = st.lists(
    st.tuples(st.sampled_from(FIVE), st.booleans(), st.integers(1, 12)), min_size=2, max_size=10
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole matter on the wire, published step by step, that the coordinator has not looked at yet."""
    world = simulate(tmp_path_factory.mktemp("arrival"))
    story = Story(world)
    for step in story.steps:
        step()
        world.sync_all(*FIVE)
    world.restart()
    return world.root


def received(root: Path, arriving: list[tuple[str, bool, int]]) -> tuple[str, set[str], list[str]]:
    """What the coordinator has when logs come in this order, some with their keys late and some in small bundles."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "exchange"
        shutil.copytree(root, copy)
        world = Simulation(copy)
        for publisher, with_keys, size in arriving:
            world.hands.free()
            for other in FIVE:
                if other != publisher:
                    world.hands.hold_log("advocacy", other)
            if not with_keys:
                world.hands.hold_keys("advocacy", publisher)
            world.hands.heads.pop(("advocacy", publisher), None)
            world.sync("advocacy")
            if size == 1:
                world.restart("advocacy")
        world.hands.free()
        world.sync("advocacy")
        logs = [one.slug for one in world["advocacy"].replica.logs() if one.fault or one.awaiting]
        made = digest(world["advocacy"].projection), set(world.events("advocacy")), logs
        assert world.alarms("advocacy") == []
        world.restart()
        return made


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(arriving=arrivals)
def test_any_order_of_arrival_ends_the_same(told: Path, arriving: list[tuple[str, bool, int]]) -> None:
    expected = received(told, [])
    assert expected[2] == []
    assert len(expected[1]) > 15
    assert received(told, arriving) == expected
