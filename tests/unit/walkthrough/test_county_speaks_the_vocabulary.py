"""Every hand-in of the county fits the vocabulary and the county's memorandum."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from typing import Any

import pytest

from accord.schema import Intake, own_vocabulary
from accord.walkthrough import Step
from tests.walkthrough_county import agreement, county, told

ROLES = {agency["slug"]: agency["role"] for agency in agreement()["agency"]}
OPERATIONAL = ("law_enforcement", "prosecution", "court", "probation", "reeducation")

# What the county cannot or need not say itself, each with its reason.
UNSAID = {
    "purpose": {
        "charges_filed",  # the gateway sends it with a charge
        "other_prosecutor",  # another sovereign's prosecutor is no member of the county's exchange
    },
}


def intake() -> Intake:
    memorandum = agreement()
    codes: dict[str, set[str]] = {name: set(rows) for name, rows in memorandum["codes"].items()}
    codes["obligation"] = {row["id"] for row in memorandum["obligation"]}
    numbers = {
        slug: {kind: re.compile(pattern) for kind, pattern in kinds.items()}
        for slug, kinds in memorandum["numbers"].items()
    }
    return Intake(own_vocabulary(), local_codes=codes, numbers=numbers, agencies=frozenset(ROLES))


def test_every_hand_in_passes_the_gate() -> None:
    gate = intake()
    for step in told():
        fields = {}
        for name, value in step.submission.data.items():
            reference = any(cite.field == name for cite in step.cites)
            fields[name] = fake_ids(step, name, value) if reference else value
        gate.plain(step.submission.type, fields, now=step.at)
        gate.header(fields, now=step.at)


def fake_ids(step: Step, name: str, value: Any) -> Any:
    ids = [f"{n:032x}" for n, cite in enumerate(step.cites) if cite.field == name]
    return ids if isinstance(value, list) else ids[0]


def test_every_kind_of_event_occurs_in_a_county_of_the_default_size() -> None:
    kinds = {step.submission.type for step in told(60)}
    assert kinds == set(own_vocabulary().events)


def test_every_code_of_every_list_occurs() -> None:
    vocabulary, used = own_vocabulary(), defaultdict(set)
    for step in told():
        specs = [field.spec for field in vocabulary.events[step.submission.type].fields]
        for spec in [*specs, *vocabulary.header.values()]:
            value = step.submission.data.get(spec.name)
            if spec.list and value is not None:
                used[spec.list].update(value if isinstance(value, list) else [value])
    missing = {
        name: left
        for name, codes in vocabulary.lists.items()
        if name in used
        and (left := set(codes.codes) - used[name] - UNSAID.get(name, set()) - {"unspecified"})
    }
    assert missing == {}
    assert set(vocabulary.lists) - set(used) <= {"role", "number_kind"}


def test_an_agency_publishes_only_what_the_memorandum_gives_its_role() -> None:
    publishes = agreement()["publishes"]
    for step in told():
        role = ROLES[step.agency]
        allowed = {*publishes[role], *(publishes["operational"] if role in OPERATIONAL else ())}
        assert step.submission.type in allowed


def test_no_agency_is_asked_what_the_coordinator_must_not_be_asked() -> None:
    for step in told():
        for name in ("to_agency", "answer_from", "serve_by", "execute_by"):
            assert ROLES.get(step.submission.data.get(name, "police")) in OPERATIONAL


def test_inquiries_leave_on_the_fixed_weekday() -> None:
    zone = county().timezone
    days = {step.at.astimezone(zone).weekday() for step in told() if step.submission.type == "InquiryRaised"}
    assert days == {county().inquiry_weekday}


def test_life_ways_are_programmes_of_full_standing() -> None:
    programs = {step.submission.data.get("program") for step in told()}
    assert {"elder_mentorship", "mens_circle", "teaching_and_ceremony", "canoe_family"} <= programs


@pytest.mark.parametrize(
    "kind", ["ReportAvailable", "ViolationAnswered", "WarrantEnded", "ProtectionOrderServed"]
)
def test_some_hand_offs_never_happen(kind: str) -> None:
    trigger = {
        "ReportAvailable": ("ArrestMade", "arrest"),
        "ViolationAnswered": ("ViolationReported", "violation"),
        "WarrantEnded": ("WarrantIssued", "warrant"),
        "ProtectionOrderServed": ("ProtectionOrderIssued", "order"),
    }[kind]
    started = {(s.submission.source, s.submission.id) for s in told() if s.submission.type == trigger[0]}
    kept = {
        (cite.source, cite.id)
        for s in told()
        if s.submission.type == kind
        for cite in s.cites
        if cite.field == trigger[1]
    }
    assert 0 < len(kept) < len(started)


def test_an_act_is_never_recorded_before_it_happened() -> None:
    for step in told():
        day = dt.date.fromisoformat(step.submission.data["occurred_on"])
        assert day <= step.at.astimezone(county().timezone).date()
        if "occurred_at" in step.submission.data:
            moment = dt.datetime.fromisoformat(step.submission.data["occurred_at"])
            assert moment <= step.at
            assert moment.astimezone(county().timezone).date() == day
