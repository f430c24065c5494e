"""Every named query of every role runs, and a few say what they should."""

from __future__ import annotations

import pytest

from accord import catalog
from accord.domain import ROLES
from accord.errors import UsageRefused
from accord.projection import EVER, load, replay
from accord.projection.calendar import starts_at
from tests.projection_world import START, World, at, memorandum, read_as, vocabulary

LATER = at(START + 30)


@pytest.mark.parametrize("role", ROLES)
def test_every_query_runs(role: str) -> None:
    views = read_as(role, [])
    for name in load(catalog.projections(), role, memorandum(), vocabulary()).queries:
        assert views.query(name, as_of=LATER, agency="police", file="", origin="") == []
    with pytest.raises(UsageRefused, match="no query"):
        views.query("nothing")


def test_an_order_is_in_force_until_it_ends() -> None:
    world = World()
    order = world.act("court", "ProtectionOrderIssued", "o", order_kind="final")
    world.act("police", "ProtectionOrderServed", "s", on=START + 1, order=order)
    ended = world.act("court", "ProtectionOrderEnded", "o", on=START + 5, order=order, order_end="expired")
    views = read_as("law_enforcement", world.acts)
    (row,) = views.query("orders_in_force", as_of=ended.recorded_at - 1)
    assert (row["event"], row["order_kind"], row["served"]) == (order.event_id.hex(), "final", 1)
    assert views.query("orders_in_force", as_of=ended.recorded_at) == []


def test_the_latest_outcome_of_a_count_holds() -> None:
    world = World()
    charge = world.act("prosecutor", "ChargeFiled", "p", count=1)
    world.act("court", "ChargeDisposed", "c", charge=charge, disposition="deferred")
    world.act("court", "ChargeDisposed", "c", on=START + 2, charge=charge, disposition="dismissed")
    (row,) = read_as("coordinator", world.acts).query("outcomes", as_of=LATER)
    assert (row["disposition"], row["counts"]) == ("dismissed", 1)


def test_an_order_is_in_force_to_the_end_of_its_last_day_and_no_longer() -> None:
    world, last = World(), START + 500  # beyond what any deadline reaches
    order = world.act("court", "ProtectionOrderIssued", "o", order_kind="final", expires_on=last)
    lasting = world.act("court", "ProtectionOrderIssued", "p", order_kind="final")
    views = read_as("law_enforcement", world.acts)

    def in_force(moment: int) -> set[str]:
        return {row["event"] for row in views.query("orders_in_force", as_of=moment)}

    both = {order.event_id.hex(), lasting.event_id.hex()}
    midnight = starts_at(last + 1, memorandum().timezone)
    assert in_force(midnight - 1) == both
    assert in_force(midnight) == {lasting.event_id.hex()}
    assert in_force(EVER) == both  # no time was said


def test_a_case_says_that_an_order_has_expired_and_a_replay_says_it_to_those_who_read_the_date() -> None:
    world = World()
    order = world.act("court", "ProtectionOrderIssued", "o", expires_on=START + 5, supervised_by="probation")
    grants = [world.grant(slug, order, "all") for slug in ("police", "advocacy")]
    court = read_as("court", [order, *grants])
    for moment, status in ((at(START + 6, 0) - 1, "in force"), (at(START + 6, 0), "expired")):
        (event,) = court.case(order.file.hex(), moment)["events"]
        assert event["status"] == status
    police = read_as("law_enforcement", [order, *grants])
    (event,) = replay(police, order.file.hex(), at(START + 6, 0), "police")["events"]
    assert event["status"] == "expired"
    (event,) = read_as("coordinator", [order, *grants]).case(order.file.hex(), at(START + 6, 0))["events"]
    assert event["status"] == "in force"  # the coordinating agency is not shown the date


def test_what_was_corrected_is_never_called_expired() -> None:
    world = World()
    order = world.act("court", "ProtectionOrderIssued", "o", expires_on=START + 5)
    world.act("court", "ProtectionOrderIssued", "o", supersedes=order, expires_on=START + 50)
    events = read_as("court", world.acts).case(order.file.hex(), at(START + 6, 0))["events"]
    assert [one["status"] for one in events] == ["corrected", "in force"]
