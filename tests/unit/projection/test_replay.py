"""A case as another role could see it then: audience, grant and time, for every role and event."""

from __future__ import annotations

import pytest

from accord.domain import ROLES
from accord.errors import UsageRefused
from accord.projection import Views, replay
from accord.seal import OpenedEvent
from tests.projection_world import START, World, agency_of, at, memorandum, read_as, sample, vocabulary

LATER = at(START + 30)


def filled(world: World, kind: str, on: int, origin: str) -> OpenedEvent:
    values = {one.spec.name: sample(one.spec) for one in vocabulary().events[kind].fields}
    return world.act(origin, kind, "a", on=on, **values)


def three(history: str, role: str) -> tuple[Views, list[OpenedEvent]]:
    """An event before a grant to the role's agency, the one that caused it, and one after."""
    world = World()
    acts = [filled(world, "ArrestMade", START + day, "police") for day in range(3)]
    items = [*acts[:2], world.grant(agency_of(role), acts[1], history), acts[2]]
    return read_as("auditor", items), acts


def shown(views: Views, file: str, as_of: int, who: str) -> list[bool]:
    return [event["shown"] for event in replay(views, file, as_of, who)["events"]]


@pytest.mark.parametrize("role", ["court", "prosecution", "coordinator"])
def test_a_grant_opens_from_its_cause_on_or_everything(role: str) -> None:
    views, acts = three("none", role)
    file = acts[0].file.hex()
    assert shown(views, file, LATER, role) == [False, True, True]
    assert shown(views, file, at(START + 1) - 1, role) == [False]
    views, acts = three("all", role)
    assert shown(views, file, LATER, role) == [True, True, True]


def test_entries_listed_by_a_grant_are_opened_too() -> None:
    world = World()
    acts = [filled(world, "ArrestMade", START + day, "police") for day in range(3)]
    views = read_as("auditor", [*acts, world.grant("court", acts[2], "none", entries=(acts[0].index,))])
    assert shown(views, acts[0].file.hex(), LATER, "court") == [True, False, True]


def test_a_cause_in_another_file_opens_from_the_grants_own_place_on() -> None:
    world = World()
    first = filled(world, "ArrestMade", START, "police")
    grant = world.grant("court", first)
    grant.because_origin, grant.because_event = "prosecutor", b"x" * 16
    after = filled(world, "ArrestMade", START + 1, "police")
    views = read_as("auditor", [first, grant, after])
    assert shown(views, first.file.hex(), LATER, "court") == [False, True]


@pytest.mark.parametrize("role", ROLES)
def test_every_field_of_every_kind_is_readable_as_the_memorandum_says(role: str) -> None:
    for kind, spec in vocabulary().events.items():
        origin = agency_of(sorted(spec.publishers - {role} or spec.publishers)[0])
        agency = agency_of(role)
        world = World()
        values = {one.spec.name: sample(one.spec) for one in spec.fields}
        values |= {one.spec.name: agency for one in spec.fields if one.spec.type == "agency"}
        act = world.act(origin, kind, "a", **values)
        views = read_as("coordinator", [act, world.grant(agency, act)])
        (event,) = replay(views, act.file.hex(), LATER, role)["events"]
        for name, field in event["fields"].items():
            reads = name in memorandum().shown(role, kind) or origin == agency
            here = views.case(act.file.hex())["events"][0]["fields"][name]
            triple = (role, kind, name)
            assert (field["state"] == "readable") == reads or _unknowable(role, kind, name, here), triple
            if "value" in field:
                assert here["state"] == "readable", triple
            assert (field["state"] == "counted") == (
                origin != agency
                and name in memorandum().entitled(role, kind) - memorandum().shown(role, kind)
            ), triple


def _unknowable(role: str, kind: str, name: str, here: dict[str, object]) -> bool:
    """A field given only to the agency that another field names, where that field is not read here."""
    rights = memorandum().entitlements(role, kind, name)
    return here["state"] != "readable" and all(one.named for one in rights)


def test_a_publisher_saw_all_of_its_own_file_without_a_grant() -> None:
    views, acts = three("none", "court")
    events = replay(views, acts[0].file.hex(), LATER, "police")["events"]
    assert all(event["shown"] for event in events)
    states = {field["state"] for event in events for field in event["fields"].values()}
    assert states == {"readable"}
    assert all("value" not in field for event in events for field in event["fields"].values())


def test_who_may_replay_whom() -> None:
    world = World()
    act = filled(world, "ArrestMade", START, "police")
    file = act.file.hex()
    court = read_as("court", [act, world.grant("court", act)])
    assert replay(court, file, LATER, "court")["events"][0]["shown"]
    with pytest.raises(UsageRefused, match="only the coordinator"):
        replay(court, file, LATER, "probation")
    for who in ("nobody", "sheriff"):
        with pytest.raises(UsageRefused, match="no agency"):
            replay(read_as("auditor", [act]), file, LATER, who)
