"""Local days, on those when clocks change too."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from accord.projection.calendar import FIRST, LAST, Days, starts_at
from tests.projection_world import DAY, HOUR, World, at, read_as

DENVER = ZoneInfo("America/Denver")
EPOCH = date(1970, 1, 1).toordinal()
SPRING = date(2025, 3, 9).toordinal() - EPOCH
AUTUMN = date(2025, 11, 2).toordinal() - EPOCH


def span(day: int, zone: ZoneInfo) -> tuple[int, int]:
    days = Days(zone)
    starts, ends = days.starts(day), days.ends(day)
    assert starts is not None
    assert ends is not None
    return starts, ends


def test_days_join_without_gap_and_have_23_or_25_hours_when_clocks_change() -> None:
    found = {day: span(day, DENVER) for day in range(SPRING - 400, SPRING + 401)}
    lengths = {day: ends - starts + 1 for day, (starts, ends) in found.items()}
    assert all(one[1] + 1 == after[0] for one, after in pairwise(found.values()))
    assert lengths[SPRING] == 23 * HOUR
    assert lengths[AUTUMN] == 25 * HOUR
    assert {length for day, length in lengths.items() if 2 < abs(day - SPRING) < 100} == {DAY}


def test_a_day_that_has_no_midnight_begins_when_its_date_does() -> None:
    cairo, day = ZoneInfo("Africa/Cairo"), date(2024, 4, 26).toordinal() - EPOCH
    starts, ends = span(day, cairo)
    assert (ends - starts + 1) == 23 * HOUR
    assert starts == starts_at(day, ZoneInfo("UTC")) - 2 * HOUR


def test_the_calendar_has_three_centuries_and_nothing_outside() -> None:
    days = Days(DENVER)
    assert [days.starts(FIRST - 1), days.ends(FIRST - 1), days.starts(LAST + 1), days.ends(LAST + 1)] == [
        None
    ] * 4
    assert span(FIRST, DENVER)[0] < span(LAST, DENVER)[1]


def test_a_deadline_in_days_ends_with_the_local_day_in_summer_time() -> None:
    world = World()
    world.act("court", "ProtectionOrderIssued", "o", on=SPRING - 1)
    views = read_as("coordinator", world.acts)
    ends = at(SPRING + 2, 0) - HOUR - 1  # an hour earlier in UTC than in winter
    found = {as_of: [row["state"] for row in views.obligations(as_of)] for as_of in (ends, ends + 1)}
    assert found == {ends: ["due"], ends + 1: ["silent"]}


def test_a_date_outside_the_calendar_has_no_deadline() -> None:
    world = World()
    world.act("court", "ProtectionOrderIssued", "o", on=LAST + 5, recorded=at(SPRING))
    assert [row["state"] for row in read_as("coordinator", world.acts).obligations(at(SPRING))] == [
        "cannot be computed"
    ]
