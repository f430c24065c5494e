"""Files joined into cases by what both publishers say, as of a time; corrections shown beside what they
correct.
"""

from __future__ import annotations

from typing import Any

import pytest

from accord.errors import UsageRefused
from accord.projection import Views
from accord.seal import OpenedEvent
from tests.projection_world import DAY, START, World, at, ident, read_as

LATER = at(START + 30)


def handshake(world: World, to: str = "prosecutor", **answer: Any) -> tuple[OpenedEvent, OpenedEvent]:
    """A referral from police, file "a", and its acceptance in the referee's file "b"."""
    arrest = world.act("police", "ArrestMade", "a")
    referral = world.act(
        "police", "CaseReferred", "a", to_agency=to, purpose="charging_decision", arrest=arrest
    )
    given = {"referral": referral, "from_agency": "police"} | answer
    return referral, world.act(to, "ReferralAccepted", "b", on=START + 1, **given)


def joined(views: Views, item: OpenedEvent, as_of: int = LATER) -> list[str]:
    """The files of an event's case, by both ways of asking."""
    file = item.file.hex()
    near = [one[1] for one in views.files_of(file, as_of, item.origin)]
    listed = next(
        case for case in views.cases(as_of) if {"origin": item.origin, "file": file} in case["files"]
    )
    assert sorted(one["file"] for one in listed["files"]) == near
    assert listed["case"] == near[0]
    return near


@pytest.mark.parametrize(
    "role", ["coordinator", "auditor", "court", "prosecution", "law_enforcement", "reeducation"]
)
def test_a_referral_and_its_acceptance_join_two_files_from_the_acceptance_on(role: str) -> None:
    world = World()
    referral, accepted = handshake(world)
    views = read_as(role, world.acts)
    assert joined(views, referral) == sorted([referral.file.hex(), accepted.file.hex()])
    assert joined(views, referral, accepted.recorded_at - 1) == [referral.file.hex()]


@pytest.mark.parametrize(
    "answer",
    [
        {"from_agency": "court"},
        {"referral": ident("another")},
        {"referral": None},
    ],
)
def test_an_acceptance_that_does_not_match_joins_nothing(answer: dict[str, Any]) -> None:
    world = World()
    referral, _ = handshake(world, **answer)
    assert len(joined(read_as("coordinator", world.acts), referral)) == 1


def test_an_acceptance_by_another_agency_than_the_one_referred_to_joins_nothing() -> None:
    world = World()
    referral, _ = handshake(world)
    world.acts.pop()
    world.act("court", "ReferralAccepted", "c", referral=referral, from_agency="police")
    assert len(joined(read_as("coordinator", world.acts), referral)) == 1


def test_either_parting_parts_and_a_lone_link_does_not_join_again() -> None:
    for first, second in (("a", "b"), ("b", "a")):
        world = World()
        referral, accepted = handshake(world)
        ends = {"a": referral, "b": accepted}
        one, other = ends[first], ends[second]
        world.act(one.origin, "CaseUnlinked", first, on=START + 2, other_event=other)
        views = read_as("coordinator", world.acts)
        assert len(joined(views, referral)) == 1
        assert len(joined(views, referral, at(START + 2) - 1)) == 2
        world.act(other.origin, "CaseLinked", second, on=START + 3, other_event=one)
        assert len(joined(read_as("coordinator", world.acts), referral)) == 1
        world.act(one.origin, "CaseLinked", first, on=START + 4, other_event=other)
        assert len(joined(read_as("coordinator", world.acts), referral)) == 2


def test_two_links_join_and_one_proposes() -> None:
    world = World()
    one = world.act("police", "ArrestMade", "a")
    other = world.act("probation", "SupervisionStarted", "p")
    world.act("police", "CaseLinked", "a", other_event=other)
    assert len(joined(read_as("coordinator", world.acts), one)) == 1
    world.act("probation", "CaseLinked", "p", other_event=one)
    assert len(joined(read_as("coordinator", world.acts), one)) == 2


def test_correcting_a_referral_does_not_undo_a_parting() -> None:
    world = World()
    referral, accepted = handshake(world)
    world.act("police", "CaseUnlinked", "a", on=START + 2, other_event=accepted)
    world.act(
        "police",
        "CaseReferred",
        "a",
        on=START + 3,
        supersedes=referral,
        to_agency="prosecutor",
        purpose="enforcement",
    )
    assert len(joined(read_as("coordinator", world.acts), referral)) == 1


def test_a_corrected_referral_still_joins_and_a_voided_one_does_not() -> None:
    world = World()
    referral, _ = handshake(world)
    corrected = world.act(
        "police",
        "CaseReferred",
        "a",
        on=START + 3,
        supersedes=referral,
        to_agency="prosecutor",
        purpose="enforcement",
    )
    assert len(joined(read_as("coordinator", world.acts), referral)) == 2
    world.act("police", "EventVoided", "a", on=START + 4, supersedes=corrected)
    views = read_as("coordinator", world.acts)
    assert len(joined(views, referral)) == 1
    assert len(joined(views, referral, at(START + 4) - 1)) == 2


def test_incident_order_and_notice_files_are_never_joined() -> None:
    world = World()
    case = world.act("court", "HearingHeld", "c")
    order = world.act("court", "ProtectionOrderIssued", "o")
    world.act("court", "CaseLinked", "c", other_event=order)
    world.act("court", "CaseLinked", "o", other_event=case)
    world.acts[-1].file_class = "order"
    views = read_as("coordinator", world.acts)
    assert len(joined(views, case)) == 1
    assert len(joined(views, order)) == 1


def test_another_publisher_that_uses_a_file_id_is_not_let_into_the_case() -> None:
    world = World()
    referral, accepted = handshake(world)
    world.act("court", "HearingHeld", "c")
    world.acts[-1].file = referral.file
    views = read_as("coordinator", world.acts)
    case = views.case(accepted.file.hex(), LATER)
    assert {event["origin"] for event in case["events"]} == {"police", "prosecutor"}
    with pytest.raises(UsageRefused, match="two publishers"):
        views.case(referral.file.hex(), LATER)


def test_three_files_join_through_the_middle_one_and_a_cycle_ends() -> None:
    world = World()
    referral, accepted = handshake(world)
    onward = world.act("prosecutor", "CaseReferred", "b", to_agency="court", purpose="charges_filed")
    taken = world.act("court", "ReferralAccepted", "c", referral=onward, from_agency="prosecutor")
    back = world.act("court", "CaseReferred", "c", to_agency="police", purpose="enforcement")
    world.act("police", "ReferralAccepted", "a", referral=back, from_agency="court")
    views = read_as("coordinator", world.acts)
    expected = sorted(one.file.hex() for one in (referral, accepted, taken))
    assert [joined(views, one) for one in (referral, accepted, taken)] == [expected] * 3


def test_no_such_file() -> None:
    world = World()
    referral, _ = handshake(world)
    views = read_as("coordinator", world.acts)
    for file, as_of in ((ident("nothing").hex(), LATER), (referral.file.hex(), at(START) - DAY)):
        with pytest.raises(UsageRefused, match="no such file"):
            views.case(file, as_of)


def statuses(views: Views, item: OpenedEvent, as_of: int = LATER) -> dict[str, tuple[str, str | None]]:
    events = views.case(item.file.hex(), as_of)["events"]
    return {event["event"]: (event["status"], event["superseded_by"]) for event in events}


def test_the_old_stays_readable_and_is_shown_as_corrected() -> None:
    world = World()
    old = world.act("police", "ArrestMade", "a", arrest_kind="on_view")
    new = world.act("police", "ArrestMade", "a", on=START + 1, supersedes=old, arrest_kind="warrant")
    newest = world.act("police", "ArrestMade", "a", on=START + 2, supersedes=new, arrest_kind="citation")
    views = read_as("coordinator", world.acts)
    by = newest.event_id.hex()
    assert statuses(views, old) == {
        old.event_id.hex(): ("corrected", by),
        new.event_id.hex(): ("corrected", by),
        by: ("in force", None),
    }
    assert statuses(views, old, at(START + 1) - 1) == {old.event_id.hex(): ("in force", None)}
    events = views.case(old.file.hex(), LATER)["events"]
    assert [event["fields"]["arrest_kind"]["value"] for event in events] == ["on_view", "warrant", "citation"]


def test_a_void_ends_the_chain() -> None:
    world = World()
    old = world.act("police", "ArrestMade", "a")
    void = world.act("police", "EventVoided", "a", on=START + 1, supersedes=old)
    found = statuses(read_as("coordinator", world.acts), old)
    assert found == {
        old.event_id.hex(): ("voided", void.event_id.hex()),
        void.event_id.hex(): ("in force", None),
    }


@pytest.mark.parametrize("how", ["another log", "another file", "another kind", "itself", "an event to come"])
def test_a_false_claim_to_supersede_is_ignored_and_shown(how: str) -> None:
    world = World()
    old = world.act("police", "ArrestMade", "a")
    origin = "court" if how == "another log" else "police"
    kind = "ReportAvailable" if how == "another kind" else "EventVoided"
    false = world.act(origin, kind, "b" if how == "another file" else "a", supersedes=old)
    if how == "another log":
        false.file = old.file
    if how == "itself":
        false.supersedes = false.event_id
    if how == "an event to come":
        false.supersedes = world.act("police", "ArrestMade", "a", on=START + 1).event_id
    views = read_as("coordinator", world.acts)
    events = [
        event for one in world.acts for event in views.case(one.file.hex(), LATER, one.origin)["events"]
    ]
    assert {event["status"] for event in events} == {"in force"}
    assert [alarm["kind"] for alarm in views.alarms()] == ["false correction"]


def test_a_case_of_many_files_says_what_each_of_its_files_says() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    first = world.act("police", "CaseReferred", "a", to_agency="prosecutor", purpose="charging_decision")
    taken = [
        world.act("prosecutor", "ReferralAccepted", place, referral=first, from_agency="police")
        for place in range(12)
    ]
    parted = world.act("prosecutor", "CaseUnlinked", 11, on=START + 1, other_event=arrest)
    views = read_as("coordinator", world.acts)
    before, after = parted.recorded_at - 1, parted.recorded_at
    for as_of, joined in ((before, taken), (after, taken[:11])):
        files = sorted({(one.file.hex(), one.origin) for one in (arrest, *joined)})
        for one in (arrest, *joined):
            assert [
                (file, origin) for origin, file in views.files_of(one.file.hex(), as_of, one.origin)
            ] == files
        case = views.case(arrest.file.hex(), as_of, "police")
        owed = [row for row in views.obligations(as_of) if (row["file"], row["origin"]) in files]
        assert owed
        assert sorted(case["obligations"], key=str) == sorted(owed, key=str)
        assert len(case["events"]) == 2 + len(joined)
    assert len(views.files_of(parted.file.hex(), after, "prosecutor")) == 1


def test_nobody_shakes_hands_with_himself() -> None:
    world = World()
    referral = world.act("prosecutor", "CaseReferred", "a", to_agency="prosecutor")
    taken = world.act("prosecutor", "ReferralAccepted", "b", referral=referral, from_agency="prosecutor")
    views = read_as("coordinator", world.acts)
    assert joined(views, referral) == [referral.file.hex()]
    assert joined(views, taken) == [taken.file.hex()]


def test_a_copied_event_id_in_a_chain_joins_nothing() -> None:
    world = World()
    mine = world.act("police", "CaseReferred", "a", to_agency="prosecutor")
    other = world.act("police", "CaseReferred", "b", to_agency="prosecutor")
    taken = world.act("prosecutor", "ReferralAccepted", "p", referral=mine, from_agency="police")
    copies = [world.act("court", "CaseReferred", "c", to_agency="prosecutor")]
    copies.append(world.act("court", "CaseReferred", "c", to_agency="prosecutor", supersedes=mine))
    for copy, one in zip(copies, (mine, other), strict=True):
        copy.event_id = one.event_id
    views = read_as("coordinator", world.acts)
    assert set(joined(views, taken)) == {taken.file.hex(), mine.file.hex()}
    assert joined(views, other) == [other.file.hex()]
