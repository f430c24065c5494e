"""Emitting: the same input twice, other content under one id, groups, waiting, corrections; no trace of a refusal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accord.gateway import Accepted, Group, Outcome, Refusal, Submission, Waiting
from accord.projection import digest
from tests.simulator import TODAY, Simulation, event, simulate

ARREST: dict[str, Any] = {
    "arrest_number": "A2400001",
    "occurred_at": f"{TODAY}T21:15:00-06:00",
    "arrest_kind": "on_view",
    "offenses": ["assault"],
}
CHARGE: dict[str, Any] = {
    "arrest": {"number": "A2400001"},
    "docket_number": {"kind": "docket", "issuer": "court", "value": "CR-2024-001"},
    "count": 1,
    "statute": "CO-3.01",
    "offense": "assault",
    "severity": "misdemeanor",
    "jurisdiction": "tribal",
    "dv_designated": True,
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Simulation]:
    made = simulate(tmp_path)
    yield made
    made.restart()


def arrest(number: int = 1, **changes: Any) -> Submission:
    data = {**ARREST, "arrest_number": f"A24{number:05}", **changes}
    return event("ArrestMade", f"M{number}", f"arrest {number}", **data)


def referral(number: int = 1) -> Submission:
    data = {
        "to_agency": "prosecutor",
        "purpose": "charging_decision",
        "case_numbers": [{"kind": "arrest", "issuer": "police", "value": f"A24{number:05}"}],
        "arrest": {"id": f"arrest {number}"},
    }
    return event("CaseReferred", f"M{number}", f"referral {number}", **data)


def tables(world: Simulation, slug: str = "police") -> dict[str, list[Any]]:
    """Everything in the publishing store."""
    database = sqlite3.connect(world.root / slug / "store.db")
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: sorted(database.execute(f"SELECT * FROM {name}"), key=repr) for name in names}
    database.close()
    return found


def only(outcomes: list[Outcome], kind: type[Any]) -> Any:
    (outcome,) = outcomes
    assert isinstance(outcome, kind), outcome
    return outcome


# ---- Twice ----


def test_the_same_input_twice_gives_equal_receipts_and_changes_nothing(world: Simulation) -> None:
    first = world.try_emit("police", arrest(), referral())
    before = tables(world)
    second = world.try_emit("police", arrest(), referral())
    assert [one.receipts for one in first if isinstance(one, Accepted)] == [
        one.receipts for one in second if isinstance(one, Accepted)
    ]
    assert [one.repeated for one in second if isinstance(one, Accepted)] == [True, True]
    assert tables(world) == before


def test_the_same_input_after_everything_was_sent_and_received_changes_no_log_at_all(
    world: Simulation,
) -> None:
    world.emit("police", arrest(), referral())
    world.sync_all("police", "prosecutor", "advocacy", "court")
    logs = {slug: tables(world, slug)["stored_events"] for slug in ("police", "prosecutor", "court")}
    before = digest(world["advocacy"].projection)
    world.restart()
    world.emit("police", arrest(), referral())
    world.sync_all("police", "prosecutor", "advocacy", "court")
    assert {slug: tables(world, slug)["stored_events"] for slug in logs} == logs
    assert digest(world["advocacy"].projection) == before


def test_a_receipt_given_again_after_more_was_logged_still_proves_the_same_leaf(world: Simulation) -> None:
    first = only(world.try_emit("police", arrest()), Accepted).receipts[0]
    world.emit("police", arrest(2))
    again = only(world.try_emit("police", arrest()), Accepted).receipts[0]
    key = world.memorandum.agencies["police"].log_key_at
    assert (again.event_id, again.index, again.leaf) == (first.event_id, first.index, first.leaf)
    assert again.verify(key).size >= first.verify(key).size


def test_the_same_input_twice_in_one_batch_is_one_event(world: Simulation) -> None:
    outcomes = world.try_emit("police", arrest(), arrest())
    assert [isinstance(one, Accepted) and one.repeated for one in outcomes] == [False, True]
    assert len(tables(world)["event"]) == 1


@pytest.mark.parametrize(
    "changed",
    [
        arrest(arrest_kind="citation"),
        arrest(occurred_on="2025-05-19"),
        Submission("/test", "arrest 1", "ArrestMade", "M2", arrest().data),
        Submission("/test", "arrest 1", "CaseLinked", "M1", {"occurred_on": TODAY, "other_event": "ab" * 16}),
    ],
    ids=["field", "day", "subject", "kind"],
)
@pytest.mark.parametrize("together", [True, False], ids=["same batch", "later"])
def test_the_same_id_with_other_content_is_refused(
    world: Simulation, changed: Submission, together: bool
) -> None:
    if together:
        outcome = world.try_emit("police", arrest(), changed)[1]
    else:
        world.emit("police", arrest())
        before = tables(world)
        (outcome,) = world.try_emit("police", changed)
        assert tables(world) == before
    assert isinstance(outcome, Refusal)
    assert outcome.where == "id"
    assert len(tables(world)["event"]) == 1


def test_the_same_id_of_another_source_is_another_event(world: Simulation) -> None:
    other = arrest(2)
    other.id, other.source = "arrest 1", "/elsewhere"
    ids = world.emit("police", arrest(), other)
    assert len(set(ids)) == 2


# ---- Groups ----


def test_a_group_is_taken_whole_or_not_at_all(world: Simulation) -> None:
    world.emit("police", arrest(9))
    before = tables(world)
    bad = arrest(2, arrest_kind="nonsense")
    outcomes = list(world["police"].emit([Group((arrest(), bad)), Group((bad, arrest()))]))
    assert [type(one) for one in outcomes] == [Refusal, Refusal]
    assert tables(world) == before


def test_a_refused_group_leaves_the_groups_beside_it_alone(world: Simulation) -> None:
    groups = [Group((arrest(1),)), Group((arrest(2), arrest(3, offenses="no list"))), Group((arrest(4),))]
    outcomes = list(world["police"].emit(groups))
    assert [type(one) for one in outcomes] == [Accepted, Refusal, Accepted]
    assert len(tables(world)["event"]) == 2


def test_the_events_of_a_group_can_cite_each_other(world: Simulation) -> None:
    (outcome,) = world["police"].emit([Group((arrest(), referral()))])
    assert isinstance(outcome, Accepted)
    assert len(outcome.receipts) == 2
    world.sync("police", "advocacy")
    referred = world.events("advocacy")[outcome.receipts[1].event_id]
    assert referred.values["arrest"].hex() == outcome.receipts[0].event_id


def test_a_group_of_which_a_part_was_emitted_before_adds_the_rest(world: Simulation) -> None:
    world.emit("police", arrest())
    (outcome,) = world["police"].emit([Group((arrest(), referral()))])
    assert isinstance(outcome, Accepted)
    assert not outcome.repeated
    assert len(tables(world)["event"]) == 2


def test_a_group_that_waits_for_one_of_its_events_waits_whole(world: Simulation) -> None:
    (outcome,) = world["prosecutor"].emit([Group((charge(), linked()))])
    assert isinstance(outcome, Waiting)
    assert tables(world, "prosecutor")["event"] == []


# ---- Waiting ----


def charge(**changes: Any) -> Submission:
    return event("ChargeFiled", "P24-0001", "charge", **{**CHARGE, **changes})


def linked() -> Submission:
    return event("CaseLinked", "P24-0001", "linked", other_event="ab" * 16)


def test_what_cites_a_number_that_is_not_known_yet_waits_without_a_receipt(world: Simulation) -> None:
    outcome = only(world.try_emit("prosecutor", charge()), Waiting)
    assert outcome.field == "arrest"
    assert [one[0] for one in world["prosecutor"].publisher.waiting()] == ["arrest"]
    assert tables(world, "prosecutor")["event"] == []


@pytest.mark.parametrize("citing_first", [True, False])
def test_a_citation_is_resolved_whichever_comes_first(world: Simulation, citing_first: bool) -> None:
    if citing_first:
        only(world.try_emit("prosecutor", charge()), Waiting)
    (made, _) = world.emit("police", arrest(), referral())
    world.sync_all("police", "prosecutor", "advocacy")
    if not citing_first:
        world.emit("prosecutor", charge())
        world.sync_all("police", "prosecutor", "advocacy")
    (filed,) = [one for one in world.events("advocacy").values() if one.kind == "ChargeFiled"]
    assert filed.values["arrest"].hex() == made
    assert world["prosecutor"].publisher.waiting() == []
    only(world.try_emit("prosecutor", charge()), Accepted)
    assert len([one for one in world.events("prosecutor").values() if one.kind == "ChargeFiled"]) == 1


def test_what_waits_survives_a_restart_and_is_not_doubled(world: Simulation) -> None:
    world.try_emit("prosecutor", charge())
    world.restart()
    world.try_emit("prosecutor", charge())
    assert len(world["prosecutor"].publisher.waiting()) == 1
    world.emit("police", arrest(), referral())
    world.sync_all("police", "prosecutor")
    assert world["prosecutor"].publisher.waiting() == []


def test_other_content_under_an_id_that_waits_is_refused(world: Simulation) -> None:
    world.try_emit("prosecutor", charge())
    before = tables(world, "prosecutor")
    outcome = only(world.try_emit("prosecutor", charge(count=2)), Refusal)
    assert outcome.where == "id"
    assert tables(world, "prosecutor") == before


def test_what_waits_is_kept_under_the_homes_key(world: Simulation) -> None:
    world.try_emit("prosecutor", charge(arrest={"number": "A7312345"}))
    for path in (world.root / "prosecutor").glob("store.db*"):
        assert b"A7312345" not in path.read_bytes()
        assert b"CR-2024-001" not in path.read_bytes()


def test_what_is_faulty_in_another_field_is_refused_at_once_and_does_not_wait(world: Simulation) -> None:
    only(world.try_emit("prosecutor", charge(severity="nonsense")), Refusal)
    assert world["prosecutor"].publisher.waiting() == []


def test_two_who_wait_for_each_other_wait(world: Simulation) -> None:
    for mine, other in (("one", "two"), ("two", "one")):
        data = {"other_event": {"id": other}}
        only(world.try_emit("police", event("CaseLinked", mine, mine, **data)), Waiting)
    world.sync("police")
    assert len(world["police"].publisher.waiting()) == 2


def test_a_number_in_events_of_two_files_is_refused_not_guessed(world: Simulation) -> None:
    twin = arrest(2, arrest_number="A2400001")
    world.emit("police", arrest(), twin)
    data = {"arrest": {"number": "A2400001"}, "report_number": "24-00001", "report_kind": "initial"}
    made = event("ReportAvailable", "M1", report_commitment="ab" * 32, **data)
    outcome = only(world.try_emit("police", made), Refusal)
    assert outcome.where in ("arrest", "ReportAvailable")


# ---- What a reference may point to ----


def report(cited: Any) -> Submission:
    return event(
        "ReportAvailable",
        "M1",
        "report",
        arrest=cited,
        report_number={"kind": "report", "issuer": "police", "value": "24-00001"},
        report_kind="initial",
        report_commitment="ab" * 32,
    )


def test_a_reference_is_to_an_event_of_its_fields_kind(world: Simulation) -> None:
    first, other = world.emit("police", arrest(), referral())
    before = tables(world)
    for cited in ({"id": "referral 1"}, other):
        refused = only(world.try_emit("police", report(cited)), Refusal)
        assert (refused.where, refused.reason) == ("arrest", "refers to an event of the kind CaseReferred")
    assert tables(world) == before
    world.emit("police", report(first))


def test_the_kind_of_another_agencys_event_is_asked_where_it_is_known(world: Simulation) -> None:
    _, referral_ = world.emit("police", arrest(), referral())
    said = event("ChargeFiled", "P24-0001", "charge", **{**CHARGE, "arrest": referral_})
    world.sync_all("police", "prosecutor")
    assert referral_ in world.events("prosecutor")
    refused = only(world.try_emit("prosecutor", said), Refusal)
    assert (refused.where, refused.reason) == ("arrest", "refers to an event of the kind CaseReferred")


def test_the_kind_is_asked_of_events_of_the_same_group_and_of_sets_too(world: Simulation) -> None:
    (outcome,) = world["police"].emit([Group((arrest(), referral(), report({"id": "referral 1"})))])
    assert isinstance(outcome, Refusal)
    assert tables(world)["event"] == []
    (plea,) = world.emit("court", event("CaseLinked", "C1", other_event="ab" * 16))
    hearing = event(
        "HearingHeld",
        "C1",
        hearing_kind="trial",
        appearance="present",
        hearing_outcome="completed",
        charges=[plea],
    )
    assert only(world.try_emit("court", hearing), Refusal).where == "charges"


def test_an_event_of_which_nothing_is_known_here_may_be_of_any_kind(world: Simulation) -> None:
    world.emit("police", report("ab" * 16))


@pytest.mark.parametrize("cited", [{"id": "link"}, {"id": "link", "source": "/test"}])
def test_an_event_that_refers_to_itself_does_not_wait_for_ever(world: Simulation, cited: Any) -> None:
    link = event("CaseLinked", "M1", "link", other_event=cited)
    refused = only(world.try_emit("police", link), Refusal)
    assert (refused.where, refused.reason) == ("other_event", "an event cannot refer to itself")
    again = event("CaseLinked", "M1", "link", other_event="ab" * 16)
    again.data |= {"supersedes": cited, "correction_reason": "typing"}
    assert only(world.try_emit("police", again), Refusal).where == "supersedes"
    assert tables(world)["waiting"] == []


# ---- The day of an act and its moment ----

DENVER = "America/Denver"  # the model memorandum's; clocks went forward on 2025-03-09, back on 2024-11-03


@pytest.mark.parametrize(
    ("on", "at"),
    [
        ("2025-02-01", "2025-02-05T10:00:00-07:00"),
        ("2025-02-01", "2025-02-02T00:00:00-07:00"),
        ("2025-02-01", "2025-01-31T23:59:59-07:00"),
        ("2025-02-02", "2025-02-02T03:00:00Z"),  # the day before, here
        ("2025-02-01", "2025-02-01T23:30:00-08:00"),  # the day after, here
        ("2025-03-09", "2025-03-10T06:00:00Z"),  # midnight in summer time
        ("2024-11-03", "2024-11-04T07:00:00Z"),  # midnight in winter time
    ],
)
def test_a_moment_of_another_day_than_the_date_is_refused(world: Simulation, on: str, at: str) -> None:
    said = event("ArrestMade", "M1", on=on, **{**ARREST, "occurred_at": at})
    refused = only(world.try_emit("police", said), Refusal)
    assert refused.where == "occurred_on"
    assert "occurred_at" in refused.reason
    assert DENVER in refused.reason
    assert tables(world)["event"] == []


@pytest.mark.parametrize(
    ("on", "at"),
    [
        ("2025-02-01", "2025-02-01T00:00:00-07:00"),
        ("2025-02-01", "2025-02-01T23:59:59.999999-07:00"),
        ("2025-02-01", "2025-02-02T03:00:00Z"),
        ("2025-03-09", "2025-03-10T05:59:59Z"),
        ("2024-11-03", "2024-11-04T06:59:59Z"),
    ],
)
def test_a_moment_of_the_same_day_here_is_taken(world: Simulation, on: str, at: str) -> None:
    world.emit("police", event("ArrestMade", "M1", on=on, **{**ARREST, "occurred_at": at}))


# ---- Who may be asked to act ----


def referred(to_agency: str, purpose: str = "enforcement") -> Submission:
    number = {"kind": "arrest", "issuer": "police", "value": "A2400001"}
    return event(
        "CaseReferred",
        "M1",
        f"to {to_agency} {purpose}",
        to_agency=to_agency,
        purpose=purpose,
        case_numbers=[number],
    )


def violation(**changes: Any) -> Submission:
    said = {"violated": "protection_order", "violation_kind": "contact", "answer_from": "court"} | changes
    return event("ViolationReported", "M1", f"violation {sorted(said.items())}", **said)


UNANSWERABLE: dict[str, tuple[str, Submission]] = {
    "to itself": ("to_agency", referred("police")),
    "to the auditor": ("to_agency", referred("auditor")),
    "to the coordinator": ("to_agency", referred("advocacy")),
    "a charge asked of a court": ("to_agency", referred("court", "charging_decision")),
    "a violation to the auditor": ("answer_from", violation(answer_from="auditor")),
    "a violation to the coordinator": ("answer_from", violation(answer_from="advocacy")),
    "a violation to the programme": ("answer_from", violation(answer_from="reeducation")),
    "a violation that must wait": (
        "answer_from",
        violation(answer_from="auditor", instrument={"number": "PO-2024-1"}),
    ),
}


@pytest.mark.parametrize("why", UNANSWERABLE)
def test_nobody_is_asked_who_cannot_answer(world: Simulation, why: str) -> None:
    where, asked = UNANSWERABLE[why]
    before = tables(world)
    assert only(world.try_emit("police", asked), Refusal).where == where
    assert tables(world) == before


def test_whoever_can_answer_may_be_asked(world: Simulation) -> None:
    asked = [
        referred("prosecutor", "charging_decision"),
        referred("court"),
        referred("reeducation", "program_intake"),
        referred("probation", "program_intake"),  # a violation can be its answer
        violation(),
        violation(answer_from="police"),
        violation(answer_from="probation"),
    ]
    world.emit("police", *asked)


def test_the_referral_that_a_record_calls_for_is_asked_the_same(world: Simulation) -> None:
    release = {
        "charges": [],
        "order_number": {"kind": "order", "issuer": "court", "value": "RC-2024-1"},
        "release_decision": "supervised",
        "contact_conditions": ["no_contact"],
        "conditions": [],
    }
    before = tables(world, "court")
    said = event("ReleaseConditionsSet", "CR-2024-1", "release", supervised_by="auditor", **release)
    assert only(world.try_emit("court", said), Refusal).where == "to_agency"
    assert tables(world, "court") == before
    said.data["supervised_by"] = "probation"
    world.emit("court", said)


# ---- Corrections ----


def correction(supersedes: Any, kind: str = "ArrestMade", **changes: Any) -> Submission:
    data = {**ARREST, "arrest_kind": "citation"} if kind == "ArrestMade" else {}
    return event(
        kind,
        "M1",
        f"correction {kind} {supersedes}",
        supersedes=supersedes,
        correction_reason="typing",
        **{**data, **changes},
    )


def test_a_correction_names_an_own_event_of_the_same_kind_and_stands_in_its_file(world: Simulation) -> None:
    (first,) = world.emit("police", arrest())
    (second,) = world.emit("police", correction({"id": "arrest 1"}))
    world.sync("police", "advocacy")
    events = world.events("advocacy")
    assert events[second].supersedes == bytes.fromhex(first)
    assert events[second].file == events[first].file


def test_only_own_events_are_superseded_or_voided(world: Simulation) -> None:
    (theirs,) = world.emit("police", arrest())
    world.emit("police", referral())
    world.sync_all("police", "prosecutor")
    assert theirs in world.events("prosecutor")
    before = tables(world, "prosecutor")
    void = event("EventVoided", "P24-0001", supersedes=theirs, correction_reason="duplicate")
    charge_ = event("ChargeFiled", "P24-0001", supersedes=theirs, correction_reason="typing", **CHARGE)
    unknown = event("EventVoided", "P24-0001", "unknown", supersedes="ab" * 16, correction_reason="duplicate")
    for one in (void, charge_, unknown):
        assert only(world.try_emit("prosecutor", one), Refusal).where == "supersedes"
    assert tables(world, "prosecutor") == before


def test_a_correction_of_another_kind_is_refused(world: Simulation) -> None:
    (first,) = world.emit("police", arrest())
    refused = only(world.try_emit("police", correction(first, "CaseLinked", other_event="ab" * 16)), Refusal)
    assert refused.where == "supersedes"


def test_a_correction_has_a_reason_and_a_reason_a_correction(world: Simulation) -> None:
    world.emit("police", arrest())
    alone = arrest(2)
    alone.data["correction_reason"] = "typing"
    unsaid = arrest(3)
    unsaid.data["supersedes"] = {"id": "arrest 1"}
    for one in (alone, unsaid):
        only(world.try_emit("police", one), Refusal)


def test_a_voided_event_is_shown_as_voided(world: Simulation) -> None:
    (first,) = world.emit("police", arrest())
    world.emit("police", correction(first, "EventVoided"))
    world.sync("police", "advocacy")
    views = world.views("advocacy")
    file = world.events("advocacy")[first].file.hex()
    shown = {one["event"]: one["status"] for one in views.case(file)["events"]}
    assert shown[first] == "voided"


def test_a_void_must_say_what_it_voids(world: Simulation) -> None:
    world.emit("police", arrest())
    only(world.try_emit("police", event("EventVoided", "M1")), Refusal)


# ---- No trace ----


REFUSED: dict[str, Submission] = {
    "an unknown kind": event("ThingDone", "M1"),
    "a kind of another role": event("PleaEntered", "M1", charge="ab" * 16, plea="guilty"),
    "no subject": event("CaseLinked", "", other_event="ab" * 16),
    "a long subject": event("CaseLinked", "x" * 201, other_event="ab" * 16),
    "a missing field": event("CaseLinked", "M1"),
    "an unknown field": event("CaseLinked", "M1", other_event="ab" * 16, notes="she said"),
    "no date": Submission("/test", "x", "CaseLinked", "M1", {"other_event": "ab" * 16}),
    "a date ahead": event("CaseLinked", "M1", on="2031-01-01", other_event="ab" * 16),
    "a number that is not one": arrest(arrest_number="12"),
    "a reference that is not one": event("CaseLinked", "M1", other_event="A2400001"),
    "a citation with more": event("CaseLinked", "M1", other_event={"number": "A1", "name": "x"}),
    "a list for one": event("CaseLinked", "M1", other_event=["ab" * 16]),
    "the coordinator asked": event(
        "CaseReferred", "M1", to_agency="advocacy", purpose="charging_decision", case_numbers=[]
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused_leaves_no_trace(world: Simulation, why: str) -> None:
    before = tables(world)
    log = world["police"].log.size
    outcome = only(world.try_emit("police", REFUSED[why]), Refusal)
    assert tables(world) == before
    assert world["police"].log.size == log
    assert "she said" not in outcome.reason
    assert outcome.reason
    world.emit("police", arrest(5))  # and the next is taken as if nothing had been


def test_a_refusal_names_the_fields_that_are_at_fault(world: Simulation) -> None:
    one = only(world.try_emit("police", arrest(arrest_kind="nonsense")), Refusal)
    assert (one.where, one.reason.startswith("expected a code of the list arrest_kind")) == (
        "arrest_kind",
        True,
    )
    several = only(world.try_emit("police", arrest(arrest_kind="nonsense", offenses="no list")), Refusal)
    assert several.where == "arrest_kind, offenses"
    assert several.reason.startswith("arrest_kind: expected")
    ahead = only(
        world.try_emit("police", event("CaseLinked", "M1", on="2031-01-01", other_event="ab" * 16)), Refusal
    )
    assert (ahead.where, ahead.reason) == ("occurred_on", "is more than a day ahead")
    unknown = only(world.try_emit("police", arrest(**{"Jane Doe": 1, "notes": 2})), Refusal)
    assert unknown.where == "a key, notes"


def test_a_refusal_never_tells_the_value(world: Simulation) -> None:
    secret = "7312-SECRET-7312"
    for name in ("arrest_number", "arrest_kind", "occurred_at", "offenses", "warrant", "notes"):
        outcome = only(world.try_emit("police", arrest(**{name: secret})), Refusal)
        assert secret not in f"{outcome.where} {outcome.reason} {outcome.advice}"
