"""The lists of a role's SQL: what they hold, in the form in which a case shows it."""

from __future__ import annotations

from tests.projection_world import START, World, at, read_as


def test_a_hearing_that_was_set_is_listed_until_its_day_is_over() -> None:
    world = World()
    first = world.act(
        "court", "HearingHeld", "c", on=START, hearing_kind="pretrial", next_hearing_on=START + 10
    )
    world.act("court", "HearingHeld", "d", on=START, hearing_kind="review", next_hearing_on=None)
    views = read_as("court", world.acts)
    for day, expected in ((9, [first]), (10, [first]), (11, [])):
        rows = views.listing("hearings_next", at(START + day, 12))
        assert [row["event"] for row in rows] == [one.event_id.hex() for one in expected], day
    (row,) = views.listing("hearings_next", at(START + 1))
    assert (row["origin"], row["hearing_kind"], len(row["next_hearing_on"])) == ("court", "pretrial", 10)
