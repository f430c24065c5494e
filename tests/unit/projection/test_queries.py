"""Every named query of every role runs, and a few say what they should."""

from __future__ import annotations

import pytest

from accord import catalog
from accord.domain import ROLES
from accord.errors import UsageRefused
from accord.projection import load
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
