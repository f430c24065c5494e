"""Every obligation of the model memorandum: kept, late, open, due, overdue, silent, corrected, voided, and
not computable here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from accord.projection import Views
from accord.projection.calendar import starts_at
from accord.seal import LogHead, OpenedEvent
from tests.projection_world import DAY, HOUR, START, World, at, memorandum, read_as

LATER = 700  # days: after every deadline


@dataclass
class Promise:
    """How to start one obligation and how to answer it; `by` is its field that cites the trigger, `via`
    what both cite.
    """

    trigger: str
    origin: str
    owner: str
    response: str
    answerer: str
    by: str
    given: dict[str, Any] = field(default_factory=dict)
    answered_with: dict[str, Any] = field(default_factory=dict)
    via: str = ""


SENTENCE = {
    "sentence_phase": "original",
    "supervision_kind": "supervised_probation",
    "rehabilitation": ["cultural_reeducation"],
    "community_from": START,
}
REFERRED = {"to_agency": "prosecutor", "purpose": "charging_decision"}

PROMISES = {
    "incident-decided": Promise("IncidentReported", "police", "police", "ArrestNotMade", "police", "file"),
    "non-arrest-documented": Promise(
        "IncidentClosed",
        "police",
        "police",
        "ArrestNotMade",
        "police",
        "file",
        {"incident_outcome": "non_arrest"},
    ),
    "absent-suspect-followed": Promise(
        "ArrestNotMade",
        "police",
        "police",
        "IncidentClosed",
        "police",
        "file",
        {"mandatory_arrest": True, "suspect_present": False},
        {"incident_outcome": "referred"},
    ),
    "arrest-report": Promise("ArrestMade", "police", "police", "ReportAvailable", "police", "arrest"),
    "arrest-referred": Promise(
        "ArrestMade",
        "police",
        "police",
        "CaseReferred",
        "police",
        "arrest",
        {},
        {"purpose": "charging_decision"},
    ),
    "referral-taken": Promise(
        "CaseReferred", "police", "prosecutor", "ReferralAccepted", "prosecutor", "referral", REFERRED
    ),
    "charging-decision": Promise(
        "CaseReferred", "police", "prosecutor", "ChargeFiled", "prosecutor", "referral", REFERRED
    ),
    "expungement-asked": Promise(
        "ChargeDeclined",
        "prosecutor",
        "prosecutor",
        "CaseReferred",
        "prosecutor",
        "arrest",
        {"decline_reason": "not_primary_aggressor"},
        {"purpose": "expungement_review"},
        via="arrest",
    ),
    "expungement-decided": Promise(
        "CaseReferred",
        "prosecutor",
        "court",
        "HearingHeld",
        "court",
        "referral",
        {"to_agency": "court", "purpose": "expungement_review"},
        {"hearing_kind": "expungement_review"},
    ),
    "release-conditions": Promise(
        "ChargeFiled", "prosecutor", "court", "ReleaseConditionsSet", "court", "charges"
    ),
    "first-hearing": Promise("ChargeFiled", "prosecutor", "court", "HearingHeld", "court", "charges"),
    "charge-disposed": Promise("ChargeFiled", "prosecutor", "court", "ChargeDisposed", "court", "charge"),
    "sentenced": Promise(
        "ChargeDisposed",
        "court",
        "court",
        "SentenceImposed",
        "court",
        "charges",
        {"disposition": "convicted"},
        via="charge",
    ),
    "order-served": Promise(
        "ProtectionOrderIssued", "court", "police", "ProtectionOrderServed", "police", "order"
    ),
    "failure-to-appear": Promise(
        "HearingHeld",
        "court",
        "court",
        "WarrantIssued",
        "court",
        "hearing",
        {"appearance": "failed_to_appear"},
    ),
    "warrant-ended": Promise(
        "WarrantIssued", "court", "police", "WarrantEnded", "police", "warrant", {"execute_by": "police"}
    ),
    "supervision-started": Promise(
        "SentenceImposed", "court", "probation", "SupervisionStarted", "probation", "ordered_by", SENTENCE
    ),
    "missed-contact": Promise(
        "SupervisionContact",
        "probation",
        "probation",
        "ViolationReported",
        "probation",
        "breach",
        {"contact_result": "missed_unexcused"},
    ),
    "program-enrolled": Promise(
        "SentenceImposed", "court", "reeducation", "ProgramEnrolled", "reeducation", "ordered_by", SENTENCE
    ),
    "intake-answered": Promise(
        "CaseReferred",
        "probation",
        "reeducation",
        "ProgramEnded",
        "reeducation",
        "referral",
        {"to_agency": "reeducation", "purpose": "program_intake"},
    ),
    "missed-session": Promise(
        "ProgramAttendance",
        "reeducation",
        "reeducation",
        "ViolationReported",
        "probation",
        "breach",
        {"session_result": "sent_away"},
    ),
    "program-dropped": Promise(
        "ProgramEnded",
        "reeducation",
        "reeducation",
        "ViolationReported",
        "reeducation",
        "breach",
        {"program_end": "terminated_fees"},
    ),
    "compliance-review": Promise(
        "SentenceImposed",
        "court",
        "court",
        "HearingHeld",
        "court",
        "ordered_by",
        SENTENCE,
        {"hearing_kind": "compliance_review"},
    ),
    "violation-answered": Promise(
        "ViolationReported",
        "probation",
        "court",
        "ViolationAnswered",
        "court",
        "violation",
        {"answer_from": "court"},
    ),
    "inquiry-answered": Promise(
        "InquiryRaised", "advocacy", "court", "InquiryAnswered", "court", "inquiry", {"to_agency": "court"}
    ),
    "challenge-answered": Promise(
        "EntryChallenged",
        "court",
        "police",
        "ChallengeAnswered",
        "police",
        "challenge",
        {"answer_from": "police"},
    ),
}


def start(world: World, promise: Promise, **more: Any) -> OpenedEvent:
    given = promise.given | more
    if promise.via:
        target = b"\7" * 16
        given[promise.via] = target
    return world.act(promise.origin, promise.trigger, "one", hour=8, **given)


def answer(world: World, promise: Promise, trigger: OpenedEvent, on: int) -> OpenedEvent:
    target = b"\7" * 16 if promise.via else trigger.event_id
    cites: dict[str, Any] = {} if promise.by == "file" else {promise.by: target}
    if promise.by == "charges":
        cites = {"charges": [target]}
    given = promise.answered_with | cites
    return world.act(promise.answerer, promise.response, "one", on=on, hour=9, **given)


def due(rule: str, trigger: OpenedEvent) -> int:
    one = next(one for one in memorandum().obligations if one.id == rule)
    day = trigger.values[one.clock] if one.clock else trigger.occurred_on
    if one.within.unit == "d":
        return starts_at(day + one.within.count + 1, memorandum().timezone) - 1
    moment = trigger.values.get("occurred_at") if not one.clock else None
    return (moment if moment is not None else at(day + 1, 0) - 1) + one.within.count * HOUR


def of(views: Views, rule: str, as_of: int) -> list[dict[str, Any]]:
    return [row for row in views.obligations(as_of) if row["rule"] == rule]


def state(views: Views, rule: str, as_of: int) -> str:
    (row,) = of(views, rule, as_of)
    return str(row["state"])


def heads(at_time: int) -> list[LogHead]:
    return [LogHead(slug, 99, at_time) for slug in memorandum().agencies]


def test_the_table_below_has_every_obligation_about_events() -> None:
    assert set(PROMISES) == {one.id for one in memorandum().obligations if one.owner != "every"}


@pytest.mark.parametrize("rule", PROMISES)
def test_unanswered_it_is_open_then_due_then_overdue_and_silent_without_a_fresh_head(rule: str) -> None:
    promise, world = PROMISES[rule], World()
    trigger = start(world, promise)
    deadline = due(rule, trigger)
    views = read_as("coordinator", [*world.acts, *heads(deadline + HOUR)])
    (row,) = of(views, rule, deadline)
    assert (row["owner"], row["event"], row["response"]) == (promise.owner, trigger.event_id.hex(), None)
    assert state(views, rule, deadline - DAY - 1) == "open" if deadline - DAY > trigger.recorded_at else True
    assert state(views, rule, deadline) == "due"
    assert state(views, rule, deadline + 1) == "overdue"
    assert state(views, rule, deadline + DAY + HOUR) == "overdue"
    assert state(views, rule, deadline + DAY + HOUR + 1) == "silent"
    assert state(read_as("coordinator", world.acts), rule, deadline + 1) == "silent"


@pytest.mark.parametrize("rule", PROMISES)
def test_answered_in_time_it_is_kept_and_afterwards_late(rule: str) -> None:
    for offset, expected in ((0, "kept"), (LATER, "late")):
        promise, world = PROMISES[rule], World()
        trigger = start(world, promise)
        response = answer(world, promise, trigger, START + offset)
        views = read_as("coordinator", [*world.acts, *heads(at(START + 2 * LATER))])
        (row,) = of(views, rule, at(START + 2 * LATER))
        assert row["state"] == expected
        assert (row["response"], row["matched_on"]) == (response.event_id.hex(), promise.by)


@pytest.mark.parametrize("rule", PROMISES)
def test_before_the_answer_was_recorded_it_is_not_known(rule: str) -> None:
    promise, world = PROMISES[rule], World()
    trigger = start(world, promise)
    response = answer(world, promise, trigger, START)
    response.recorded_at = at(START + LATER)
    views = read_as("coordinator", [*world.acts, *heads(at(START + LATER))])
    assert state(views, rule, at(START + LATER) - 1) == "overdue"
    assert state(views, rule, at(START + LATER)) == "kept"


@pytest.mark.parametrize("rule", PROMISES)
def test_a_corrected_trigger_counts_once_and_its_answer_still_counts(rule: str) -> None:
    promise, world = PROMISES[rule], World()
    trigger = start(world, promise)
    answer(world, promise, trigger, START)
    corrected = start(world, promise)
    corrected.supersedes = trigger.event_id
    views = read_as("coordinator", world.acts)
    (row,) = of(views, rule, at(START + LATER))
    assert (row["event"], row["state"]) == (corrected.event_id.hex(), "kept")


@pytest.mark.parametrize("rule", PROMISES)
def test_a_voided_trigger_starts_nothing_and_a_voided_answer_answers_nothing(rule: str) -> None:
    promise, world = PROMISES[rule], World()
    trigger = start(world, promise)
    response = answer(world, promise, trigger, START)
    before = world.clock
    world.act(promise.answerer, "EventVoided", "one", on=START + 1, supersedes=response)
    world.acts[-1].file = response.file
    views = read_as("coordinator", [*world.acts, *heads(at(START + LATER))])
    assert state(views, rule, max(before, response.recorded_at)) in ("kept", "overdue")
    assert state(views, rule, at(START + LATER)) == "overdue"
    world.act(promise.origin, "EventVoided", "one", on=START + 1, supersedes=trigger)
    assert of(read_as("coordinator", world.acts), rule, at(START + LATER)) == []


@pytest.mark.parametrize("rule", [name for name, one in PROMISES.items() if one.given])
def test_a_trigger_whose_condition_fails_starts_nothing(rule: str) -> None:
    promise, world = PROMISES[rule], World()
    obligation = next(one for one in memorandum().obligations if one.id == rule)
    for condition in obligation.when:
        start(world, promise, **{condition.field: None})
    if obligation.when:
        assert of(read_as("coordinator", world.acts), rule, at(START + LATER)) == []


def test_a_sentence_with_an_empty_set_of_programmes_needs_no_review() -> None:
    world = World()
    start(world, PROMISES["compliance-review"], rehabilitation=[])
    assert of(read_as("coordinator", world.acts), "compliance-review", at(START + LATER)) == []


def test_conditions_set_at_arrest_answer_a_later_charge() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a", on=START - 1, hour=1)
    world.act("court", "ReleaseConditionsSet", "c", on=START - 1, hour=9, arrest=arrest, charges=[])
    world.act("prosecutor", "ChargeFiled", "p", hour=8, arrest=arrest, count=1)
    views = read_as("coordinator", world.acts)
    (row,) = of(views, "release-conditions", at(START + LATER))
    assert (row["state"], row["matched_on"]) == ("kept", "arrest")


def test_a_response_before_the_trigger_does_not_count_unless_the_rule_says_early() -> None:
    world = World()
    filed = world.act("prosecutor", "ChargeFiled", "p", hour=8, count=1)
    world.act("court", "ChargeDisposed", "c", on=START - 2, charge=filed)
    views = read_as("coordinator", [*world.acts, *heads(at(START + LATER))])
    assert state(views, "charge-disposed", at(START + LATER)) == "overdue"
    assert state(views, "release-conditions", at(START + LATER)) == "overdue"


def test_an_answer_that_fails_its_own_condition_does_not_count() -> None:
    promise, world = PROMISES["arrest-referred"], World()
    trigger = start(world, promise)
    world.act(
        "police", "CaseReferred", "one", hour=9, arrest=trigger, purpose="enforcement", to_agency="court"
    )
    views = read_as("coordinator", [*world.acts, *heads(at(START + LATER))])
    assert state(views, "arrest-referred", at(START + LATER)) == "overdue"


def test_a_role_that_cannot_read_what_a_rule_needs_says_so() -> None:
    world = World()
    start(world, PROMISES["sentenced"])
    start(world, PROMISES["missed-session"])
    assert state(read_as("prosecution", world.acts), "sentenced", at(START + LATER)) == "silent"
    assert (
        state(read_as("law_enforcement", world.acts), "sentenced", at(START + LATER)) == "cannot be computed"
    )
    found = read_as("court", world.acts)
    assert state(found, "missed-session", at(START + LATER)) == "silent"


def test_an_agency_computes_its_own_promises_from_its_own_answers() -> None:
    world = World()
    start(world, PROMISES["missed-session"])
    views = read_as("reeducation", [*world.acts, *heads(at(START + LATER))])
    assert state(views, "missed-session", at(START + LATER)) == "overdue"


def test_findings_are_what_should_have_come_before() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    alone = world.act("prosecutor", "ChargeFiled", "p", count=1)
    world.act("prosecutor", "ChargeFiled", "p", count=2, arrest=arrest)
    adrift = world.act("reeducation", "ProgramEnrolled", "r")
    views = read_as("coordinator", world.acts)
    found = {(row["finding"], row["event"]) for row in views.overdue(at(START + 1))["findings"]}
    assert found == {
        ("charge-without-referral", alone.event_id.hex()),
        ("enrolment-without-order", adrift.event_id.hex()),
    }


def test_overdue_names_what_it_does_not_compute() -> None:
    report = read_as("coordinator", []).overdue(at(START))
    assert set(report["not_computable"]) == {"involvement-granted", "seal-attested", "keys-destroyed"}
    assert report["silent_logs"] == sorted(memorandum().agencies)
