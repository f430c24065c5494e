"""A member says in its own log that it let somebody into another's file: it has no keys of it, and lets nobody in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accord.projection import EVER, Views, replay
from accord.projection.values import instant
from accord.seal import LogHead, OpenedEvent, OpenedGrant
from tests.projection_world import (
    HOUR,
    START,
    World,
    at,
    feed,
    field_of,
    memorandum,
    opened_for,
    projection,
    read_as,
)

LATER = at(START + 30)


def forged(world: World, item: OpenedEvent, recipient: str, by: str) -> OpenedGrant:
    """The grant that the file's publisher never made, told by somebody else."""
    own = world.act(by, "EventVoided", "own")
    said = world.grant(recipient, own, "all", recorded_at=item.recorded_at - HOUR)
    return replace(said, file=item.file, file_class=item.file_class)


@pytest.mark.parametrize("role", ["coordinator", "auditor"])
def test_a_grant_in_anothers_log_shows_nothing_in_a_replay(role: str) -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a", hour=9)
    views = read_as(role, [arrest, forged(world, arrest, "court", by="prosecutor")])
    (event,) = replay(views, arrest.file.hex(), EVER, "court", "police")["events"]
    assert (event["shown"], event["granted_under"]) == (False, None)


@pytest.mark.parametrize("role", ["coordinator", "auditor"])
def test_a_grant_in_anothers_log_keeps_no_promise_of_the_publisher(role: str) -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    heads = [LogHead(slug, 99, LATER) for slug in memorandum().agencies]
    untold = _owed(read_as(role, [arrest, *heads]))
    assert ("police", "court", arrest.event_id.hex(), "overdue") in untold
    assert _owed(read_as(role, [arrest, forged(world, arrest, "court", by="prosecutor"), *heads])) == untold


def test_a_key_is_awaited_since_the_publishers_own_grant() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    granted = world.grant("court", arrest, recorded_at=arrest.recorded_at + HOUR)
    early = forged(world, arrest, "court", by="prosecutor")
    views = Views(feed(projection("court"), [opened_for("court", arrest, keys=0), granted, early]))
    awaited = field_of(views, arrest, "arrest_kind")
    assert (awaited["state"], awaited["since"]) == ("awaiting key", instant(granted.recorded_at))


def _owed(views: Views) -> list[tuple[str, str, str, str]]:
    rows = views.involvements(LATER)
    return [(row["owner"], row["recipient"], row["event"], row["state"]) for row in rows]
