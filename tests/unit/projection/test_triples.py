"""Every role x event x field of the model memorandum, from the opened event through the tables to what is
shown.
"""

from __future__ import annotations

import pytest

from accord.domain import ROLES
from accord.projection import Views, counted, visible
from accord.schema import plain_to_json
from accord.seal import OpenedEvent
from tests.projection_world import (
    World,
    agency_of,
    feed,
    memorandum,
    opened_for,
    projection,
    read_as,
    sample,
    vocabulary,
)


def one_of_each(agency: str) -> list[OpenedEvent]:
    """One event of every kind, every field filled; agencies that an event names are this one."""
    world = World()
    for kind, spec in vocabulary().events.items():
        publisher = agency_of(
            sorted(spec.publishers - {memorandum().agencies[agency].role} or spec.publishers)[0]
        )
        values = {one.spec.name: sample(one.spec) for one in spec.fields}
        values |= {one.spec.name: agency for one in spec.fields if one.spec.type == "agency"}
        world.act(publisher, kind, kind, **values)
    return world.acts


@pytest.mark.parametrize("role", ROLES)
def test_a_reader_with_every_key_sees_its_fields_exactly_and_no_other(role: str) -> None:
    agency = agency_of(role)
    acts = one_of_each(agency)
    views = read_as(role, acts)
    seen = 0
    for item in acts:
        (event,) = views.case(item.file.hex())["events"]
        own = item.origin == agency
        shown = (
            visible(role, item.kind, memorandum(), vocabulary())
            if own
            else memorandum().shown(role, item.kind)
        )
        expected = plain_to_json(item.kind, item.values)
        for name, field in event["fields"].items():
            triple = (role, item.kind, name)
            if name in shown:
                assert field == {"state": "readable", "value": expected[name]}, triple
                seen += 1
            elif not own and name in counted(role, item.kind, memorandum(), vocabulary()):
                assert field == {"state": "counted"}, triple
            else:
                assert field == {"state": "withheld"}, triple
    assert seen == sum(
        len(
            vocabulary().events[one.kind].names
            if one.origin == agency
            else memorandum().shown(role, one.kind)
        )
        for one in acts
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_named_field_is_withheld_from_every_agency_but_the_one_named(role: str) -> None:
    agency = agency_of(role)
    other = next(slug for slug in memorandum().agencies if slug not in (agency, "advocacy", "auditor"))
    for item in one_of_each(other):
        opened = opened_for(agency, item)
        views = Views(feed(projection(role), [opened]))
        fields = views.case(item.file.hex())["events"][0]["fields"]
        for audience in memorandum().audiences(item.kind):
            reads = memorandum().readers(audience, item.values).admits(memorandum().agencies[agency])
            for name in audience.fields:
                if not reads and item.origin != agency:
                    assert fields[name] == {"state": "withheld"}, (role, item.kind, name)


@pytest.mark.parametrize("role", ROLES)
def test_no_key_yet_is_told_apart_from_no_right(role: str) -> None:
    agency = agency_of(role)
    for item in one_of_each(agency):
        if item.origin == agency:
            continue
        views = Views(feed(projection(role), [opened_for(agency, item, keys=0)]))
        fields = views.case(item.file.hex())["events"][0]["fields"]
        for name, field in fields.items():
            entitled = name in memorandum().entitled(role, item.kind)
            assert field["state"] == ("awaiting key" if entitled else "withheld"), (role, item.kind, name)
            if entitled:
                assert field["from"] == item.origin
                assert field["since"].endswith("Z")


@pytest.mark.parametrize("role", ROLES)
def test_what_a_publisher_left_out_is_not_stated(role: str) -> None:
    agency = agency_of(role)
    world = World()
    for kind, spec in vocabulary().events.items():
        publisher = agency_of(sorted(spec.publishers)[0])
        named = {one.spec.name: agency for one in spec.fields if one.spec.type == "agency"}
        world.act(publisher, kind, kind, **named)
    views = read_as(role, world.acts)
    for item in world.acts:
        fields = views.case(item.file.hex())["events"][0]["fields"]
        for name in memorandum().shown(role, item.kind):
            expected = "readable" if item.values[name] else "not stated"
            assert fields[name]["state"] == expected, (role, item.kind, name)
