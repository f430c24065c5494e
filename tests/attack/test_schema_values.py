"""Values that a records system should not have sent: refused by field, never repeated in the message."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from accord.errors import IntakeRefused
from accord.schema import Intake, days, own_vocabulary, plain_from_json
from accord.schema.intake import Numbers

NOW = 1_750_000_000_000_000  # 2025-06-15T15:06:40Z
SECRET = "Jane Doe, 12 Elm Street"
ID = "0123456789abcdef" * 2
NUMBERS: Numbers = {
    "court": {"docket": re.compile("[A-Z]{2}-[0-9]{4}-[0-9]{1,5}"), "violation": re.compile("V[0-9]+")},
    "police": {"arrest": re.compile("[A-Z]?[0-9]{6,10}"), "violation": re.compile("V[0-9]+")},
}
AGENCIES = frozenset({"court", "police"})
CHARGE: dict[str, Any] = {
    "occurred_at": "2025-06-14T09:00:00-06:00",
    "docket_number": {"kind": "docket", "issuer": "court", "value": "CR-2025-17"},
    "count": 1,
    "statute": "TC-4.12.030",
    "offense": "assault",
    "severity": "misdemeanor",
    "jurisdiction": "tribal",
    "dv_designated": True,
}


def gate(**local: Any) -> Intake:
    return Intake(own_vocabulary(), local_codes=local, numbers=NUMBERS, agencies=AGENCIES, own="police")


def refusal(kind: str, data: dict[str, Any], **local: Any) -> str:
    with pytest.raises(IntakeRefused) as caught:
        gate(**local).plain(kind, data, now=NOW)
    return str(caught.value)


def test_the_charge_itself_is_taken() -> None:
    taken = plain_from_json(
        "ChargeFiled", CHARGE, local_codes={}, numbers=NUMBERS, agencies=AGENCIES, now=NOW
    )
    assert taken["arrest"] is None
    assert taken["occurred_at"] == 1_749_913_200_000_000


BAD = [
    ("statute", "see report for what he did", "citation"),
    ("statute", "", "citation"),
    ("statute", "tc-4", "citation"),
    ("statute", "1" + "-1" * 60, "citation"),
    ("offense", "beat her", "code of the list offense"),
    ("severity", "Misdemeanor", "code of the list severity"),
    ("severity", "misdemeanor ", "code of the list severity"),
    ("count", 0, "from 1"),
    ("count", True, "from 1"),
    ("count", "1", "from 1"),
    ("count", 1.0, "from 1"),
    ("count", 2**31, "from 1"),
    ("dv_designated", 1, "true or false"),
    ("dv_designated", "true", "true or false"),
    ("occurred_at", "2025-06-14T09:00:00", "offset"),
    ("occurred_at", "2025-06-14", "offset"),
    ("occurred_at", 1_749_913_200, "offset"),
    ("occurred_at", "2109-01-01T00:00:00Z", "more than a day ahead"),
    ("occurred_at", "2025-06-16T15:06:41Z", "more than a day ahead"),
    ("occurred_at", "1899-12-31T00:00:00Z", "before the year 1900"),
    ("occurred_at", "2025-06-31T00:00:00Z", "ISO 8601"),
    ("occurred_at", "0001-01-01T00:00:00+14:00", "ISO 8601"),
    ("arrest", ID.upper(), "32 hex digits"),
    ("arrest", ID[:-1], "32 hex digits"),
    ("arrest", ID * 2, "32 hex digits"),
    ("arrest", {"number": "A1"}, "32 hex digits"),
    ("docket_number", {"kind": "docket", "issuer": "court", "value": "cr-2025-17"}, "official docket number"),
    (
        "docket_number",
        {"kind": "docket", "issuer": "court", "value": "CR-2025-17 "},
        "official docket number",
    ),
    ("docket_number", {"kind": "docket", "issuer": "court", "value": "XX"}, "official docket number"),
    (
        "docket_number",
        {"kind": "docket", "issuer": "police", "value": "CR-2025-17"},
        "official docket number",
    ),
    ("docket_number", {"kind": "arrest", "issuer": "police", "value": "A123456"}, "official docket number"),
    (
        "docket_number",
        {"kind": "docket", "issuer": "clinic", "value": "CR-2025-17"},
        "official docket number",
    ),
    (
        "docket_number",
        {"kind": "docket", "issuer": "court", "value": "CR-2025-17", "x": 1},
        "official docket number",
    ),
    ("docket_number", {"kind": ["docket"], "issuer": {}, "value": 5}, "official docket number"),
    ("docket_number", ["CR-2025-17"], "official docket number"),
]


@pytest.mark.parametrize(("field", "value", "expected"), BAD, ids=lambda value: str(value)[:24])
def test_a_bad_value_is_refused_by_field(field: str, value: Any, expected: str) -> None:
    said = refusal("ChargeFiled", {**CHARGE, field: value})
    assert f"{field}: " in said
    assert expected in said


def test_every_faulty_field_is_named_and_no_value_repeated() -> None:
    spoilt = dict.fromkeys(CHARGE, SECRET) | {SECRET: SECRET, "victim": SECRET}
    said = refusal("ChargeFiled", spoilt)
    assert all(f"{field}: " in said for field in CHARGE)
    assert "victim: is not a field" in said
    assert not any(word in said for word in ("Jane", "Doe", "Elm", "12"))


@pytest.mark.parametrize(
    "field", ["docket_number", "count", "statute", "offense", "severity", "dv_designated"]
)
def test_a_required_field_left_out_or_null(field: str) -> None:
    assert f"{field}: is required" in refusal("ChargeFiled", {k: v for k, v in CHARGE.items() if k != field})
    assert f"{field}: is required" in refusal("ChargeFiled", {**CHARGE, field: None})


def test_a_dismissal_needs_its_reason() -> None:
    charge = {
        "charge": ID,
        "disposition": "dismissed",
        "disposition_method": "court_motion",
        "offense": "assault",
        "severity": "petty",
    }
    assert "dismissal_reason: is required here because of disposition" in refusal("ChargeDisposed", charge)
    gate().plain("ChargeDisposed", {**charge, "dismissal_reason": "unspecified"}, now=NOW)
    gate().plain("ChargeDisposed", {**charge, "disposition": "acquitted"}, now=NOW)


@pytest.mark.parametrize("covers", [[ID, ID], [ID, "x"], [[ID]], ID, {"a": ID}, None, [None]])
def test_a_set_with_duplicates_or_strangers(covers: Any) -> None:
    assert "covers: " in refusal("RecordsSealed", {"covers": covers})


def test_a_set_is_sorted() -> None:
    made = gate().plain("RecordsSealed", {"covers": ["ff" * 16, "00" * 16]}, now=NOW)
    assert made["covers"] == [b"\x00" * 16, b"\xff" * 16]


def test_local_codes_belong_to_their_list_alone() -> None:
    local = {"offense": {"canoe_theft"}, "severity": {"dreadful"}}
    taken = gate(**local).plain("ChargeFiled", {**CHARGE, "offense": "canoe_theft"}, now=NOW)
    assert taken["offense"] == "canoe_theft"
    assert "severity: " in refusal("ChargeFiled", {**CHARGE, "severity": "dreadful"}, **local)


def test_a_filled_list_of_statutes_admits_no_other() -> None:
    listed = {"statute": {"TC-4.12.031"}}
    assert "statute: " in refusal("ChargeFiled", CHARGE, **listed)
    for statute in ("TC-4.12.031", "unspecified"):
        assert (
            gate(**listed).plain("ChargeFiled", {**CHARGE, "statute": statute}, now=NOW)["statute"] == statute
        )


def test_an_obligation_is_one_of_the_memorandum() -> None:
    asked = {"obligation": "arrest-report", "trigger": ID, "to_agency": "police", "inquiry_reason": "overdue"}
    assert "obligation: " in refusal("InquiryRaised", asked)
    assert gate(obligation={"arrest-report"}).plain("InquiryRaised", asked, now=NOW)["to_agency"] == "police"


def test_an_agency_outside_the_memorandum() -> None:
    linked = {
        "referral": ID,
        "from_agency": "clinic",
        "case_number": {"kind": "docket", "issuer": "court", "value": "CR-2025-1"},
    }
    assert "from_agency: expected the slug" in refusal("ReferralAccepted", linked)


def test_a_number_without_its_issuer() -> None:
    """The agency's own, else the only one that numbers that kind; never a guess between two."""
    assert gate().plain("ArrestMade", arrest("A123456"), now=NOW)["arrest_number"]["issuer"] == "police"
    assert gate().plain("ChargeFiled", {**CHARGE, "docket_number": "CR-2025-17"}, now=NOW)[
        "docket_number"
    ] == {
        "kind": "docket",
        "issuer": "court",
        "value": "CR-2025-17",
    }
    stranger = Intake(own_vocabulary(), local_codes={}, numbers=NUMBERS, agencies=AGENCIES, own="clinic")
    breach = {
        "violated": "sentence",
        "violation_kind": "curfew",
        "answer_from": "court",
        "violation_number": "V1",
    }
    with pytest.raises(IntakeRefused, match="violation_number"):
        stranger.plain("ViolationReported", breach, now=NOW)


def arrest(number: object) -> dict[str, object]:
    return {
        "occurred_at": "2025-06-14T09:00:00Z",
        "arrest_number": number,
        "arrest_kind": "on_view",
        "offenses": [],
    }


@pytest.mark.parametrize(
    "value", ["ABCDE123456", "12345678901234567890123456", "A 123456", "\uff21123456", "JANEDOE"]
)
def test_a_number_outside_the_grammar_whatever_the_pattern(value: str) -> None:
    lax = Intake(
        own_vocabulary(), local_codes={}, numbers={"police": {"arrest": re.compile(".*")}}, agencies=AGENCIES
    )
    with pytest.raises(IntakeRefused, match="arrest_number"):
        lax.plain("ArrestMade", arrest({"kind": "arrest", "issuer": "police", "value": value}), now=NOW)


def test_a_planned_date_may_lie_ahead_but_not_by_centuries() -> None:
    started = {"supervision_number": {"kind": "docket"}, "ends_on": "2125-01-01"}
    assert "ends_on" not in refusal("SupervisionStarted", started)
    assert "ends_on: is more than a hundred years ahead" in refusal(
        "SupervisionStarted", {"ends_on": "2125-07-01"}
    )


def test_the_header() -> None:
    header = gate().header({"occurred_on": "2025-06-16", "count": 1}, now=NOW)
    assert header == {"occurred_on": days(date(2025, 6, 16)), "supersedes": None, "correction_reason": None}
    for spoilt, said in [
        ({}, "occurred_on: is required"),
        ({"occurred_on": "2025-06-17"}, "more than a day ahead"),
        ({"occurred_on": "2025-06-14T00:00:00Z"}, "ISO 8601"),
        ({"occurred_on": "2025-06-14", "supersedes": ID}, "goes with supersedes"),
        ({"occurred_on": "2025-06-14", "correction_reason": "typing"}, "goes with supersedes"),
        (
            {"occurred_on": "2025-06-14", "supersedes": ID, "correction_reason": "whim"},
            "correction_reason: expected",
        ),
    ]:
        with pytest.raises(IntakeRefused, match=re.escape(said)):
            gate().header(spoilt, now=NOW)


def test_an_unknown_kind_of_event() -> None:
    assert "no such kind" in refusal("VictimContacted", {})
    assert SECRET not in refusal(SECRET, {})
