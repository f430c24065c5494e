"""What a board and a person at the command line read: reports, the matrix, the difference."""

# ruff: noqa: E501  - a table of edits is read a line each

from __future__ import annotations

import json

import pytest

from accord.memorandum import (
    Memorandum,
    check,
    difference,
    matrix,
    matrix_text,
    report_json,
    report_text,
    summary,
    summary_text,
)
from tests.unit.memorandum.good import (
    CLAUSES,
    GOOD,
    NOW,
    SLUGS,
    edited,
    enrolled,
    model,
    signed,
    successor,
    vocabulary,
)


def changed(*edits: tuple[str, str], data: bytes = GOOD) -> Memorandum:
    return Memorandum.parse(edited(*edits, data=data), vocabulary())


# ---- The report ----


def test_a_fault_says_what_where_why_and_what_to_do() -> None:
    report = check(edited(("minimum = 10 ", "minimum = 9 ")), vocabulary(), clauses=CLAUSES)
    text = report_text(report)
    assert "fault: line 69 suppression.minimum: minimum is below 10" in text
    assert "why: small cells point at people" in text
    assert "do:  Use the minimums" in text
    assert text.endswith("1 fault(s): this memorandum cannot be enforced.\n")
    (fault,) = report.faults
    assert str(fault).startswith("line 69 (suppression.minimum): minimum is below 10: small cells")


def test_positions_are_counted_from_one() -> None:
    report = check(edited(('agency = "prosecutor"', 'agency = "sheriff"')), vocabulary())
    (fault,) = report.faults
    assert fault.path.startswith("involvement[")
    assert GOOD.decode().splitlines()[(fault.line or 0) - 1] == 'agency = "prosecutor"'


def test_a_draft_passes_and_says_what_is_missing() -> None:
    text = report_text(check(GOOD, vocabulary(), clauses=CLAUSES, signatures=b"", now=NOW))
    assert "police is not enrolled" in text
    assert "0 of 5 have signed" in text
    assert "Signed by nobody yet" in text
    assert "alarm: line" in text
    assert "A draft: " in text


def test_nothing_missing() -> None:
    report = check(
        enrolled(), vocabulary(), clauses=CLAUSES, signatures=signed(enrolled(), *SLUGS[:6]), now=NOW
    )
    assert report.complete
    said = json.loads(json.dumps(report_json(report)))
    assert said["complete"]
    assert said["signed"] == sorted(SLUGS[:6])
    assert said["faults"] == said["missing"] == []
    assert report_text(report).endswith(
        "No fault, nothing missing. Signed by advocacy, court, police, probation, prosecutor, reeducation.\n"
    )


def test_a_report_of_what_is_no_toml() -> None:
    report = check(b"x", vocabulary())
    assert "this is not TOML" in report_text(report)
    assert report_json(report)["sha256"] is None


def test_the_summary_is_plain_data_and_text() -> None:
    said = json.loads(json.dumps(summary(Memorandum.parse(enrolled(), vocabulary()))))
    assert said["exchange"] == "model"
    assert all(one["enrolled"] for one in said["agencies"])
    assert len(said["obligations"]) == len(model().obligations)
    assert "no keys yet" in summary_text(model())
    assert "charge, or say why not" in summary_text(model())


# ---- The matrix ----


def test_the_matrix_has_every_right_once() -> None:
    rows = matrix(model())
    said = {
        (one["role"], one["event"], one["field"], one["clause"], one["purpose"], one["named"]) for one in rows
    }
    assert len(said) == len(rows)
    fields = {(one["role"], one["event"], one["field"]) for one in rows if one["field"] != "(header)"}
    entitled = {
        (role, kind, field)
        for kind, spec in vocabulary().events.items()
        for role in vocabulary().roles
        for field in spec.names
        if field in model().entitled(role, kind)
    }
    assert fields == entitled
    json.dumps(rows)


def cells(kind: str, field: str) -> list[str]:
    lines = matrix_text(model()).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{kind}:"))
    row = next(line for line in lines[start:] if line.split()[:1] == [field])
    return row.split()[1:]


def test_what_a_cell_says() -> None:
    assert cells("ArrestMade", "dual_arrest") == ["own", ".", ".", ".", ".", "4.7#", "."]
    assert cells("ArrestMade", "arrest_number") == ["own", "5.2", "5.3", ".", ".", ".", "."]
    assert cells("CaseReferred", "case_numbers")[:5] == ["own,3.3@"] * 4 + ["3.3@"]
    assert cells("CaseReferred", "to_agency") == ["own,3.5"] * 4 + ["3.5"] * 3
    assert cells("InquiryRaised", "(header)") == ["3.3@"] * 5 + ["own", "5.7"]
    assert cells("ProtectionOrderIssued", "(header)")[5:] == ["4.7", "4.7"]


def test_the_matrix_fits_a_page() -> None:
    text = matrix_text(model())
    rows = [
        line for line in text.splitlines() if line.startswith("  ") and not line.startswith("  published")
    ]
    assert max(len(line) for line in rows) <= 96
    assert text.startswith("LE law enforcement")


# ---- The difference ----


def test_no_difference() -> None:
    found = difference(model(), model())
    assert (found.gains, found.losses, found.others) == ((), (), ())
    assert found.text().count("nothing") == 3


def test_who_loses_a_field() -> None:
    shorter = changed(('"enrollment", "session", "session_result"', '"enrollment", "session_result"'))
    found = difference(model(), shorter)
    assert [str(one) for one in found.losses] == [
        f"{role}: ProgramAttendance.session" for role in ("coordinator", "court", "probation")
    ]
    assert found.gains == ()
    assert difference(shorter, model()).gains == found.losses


def test_a_role_that_reads_a_new_kind_gains_its_header() -> None:
    row = 'PleaEntered = ["charge", "plea", "negotiated", "concessions"]\n'
    after = 'ChargeDisposed = ["charge", "disposition", "disposition_method", "dismissal_reason", "offense"'
    bare = changed((row + after, "PleaEntered = []\n" + after))
    gone = changed((row + after, after))
    assert [str(one) for one in difference(gone, bare).gains] == ["coordinator: PleaEntered.(header)"]
    losses = [one.field for one in difference(model(), gone).losses]
    assert losses == ["(header)", "charge", "concessions", "negotiated", "plea"]


def test_named_and_counted_rights_are_told_apart() -> None:
    shown = changed(('clause = "4.7"\npurpose = "see how often both are arrested"\nonly = "count"', 'clause = "4.7"\npurpose = "see how often both are arrested"'))  # fmt: skip
    found = difference(model(), shown)
    assert [str(one) for one in found.gains] == ["coordinator: ArrestMade.dual_arrest"]
    assert [str(one) for one in found.losses] == ["coordinator: ArrestMade.dual_arrest, to count only"]
    always = changed(('named = "from_agency"\n', ""))
    losses = [str(one) for one in difference(model(), always).losses]
    assert "court: ReferralAccepted.case_number, when named by from_agency" in losses


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (('within = "7d"\nclause = "8.2"', 'within = "8d"\nclause = "8.2"'), "changed: obligation expungement-asked within: was 7d; is 8d"),
        (('lapses = "1825d"\nclause = "3.2"', 'lapses = "1826d"\nclause = "3.2"'), "changed: involvement on ArrestMade by law_enforcement of court lapses: was 1825d; is 1826d"),
        (("'E[0-9]{3,8}'", "'E[0-9]{3,9}'"), "changed: numbers of reeducation enrollment: was E[0-9]{3,8}; is E[0-9]{3,9}"),
        (('beat = "10s"', 'beat = "20s"'), "changed: exchange beat: was 10s; is 20s"),
        (('slug = "auditor"\nrole = "auditor"', 'slug = "auditor"\nrole = "auditor"\n[[agency]]\nslug = "audit-two"\nrole = "auditor"'), "new: agency audit-two: role = auditor"),
        (('"WarrantEnded", "CaseReferred", "ViolationAnswered"]\nprosecution', '"WarrantEnded", "CaseReferred"]\nprosecution'), "changed: publishes law_enforcement ViolationAnswered: was yes; is nothing"),
        (("# canoe_family", "canoe_family"), "new: code rehabilitation canoe_family: meaning = work with the canoe family, under its elders, counts_as = cultural_reeducation"),
        (('[[finding]]\nid = "charge-without-referral"\nevent = "ChargeFiled"\nlacks = ["referral", "arrest"]\nclause = "6.12"\n', ""), "gone: finding charge-without-referral: id = charge-without-referral, event = ChargeFiled, lacks = [referral, arrest], clause = 6.12"),
    ],
)  # fmt: skip
def test_what_else_changes(edit: tuple[str, str], line: str) -> None:
    found = difference(model(), changed(edit))
    assert line in [str(one) for one in found.others]
    assert json.loads(json.dumps(found.as_json()))["others"]


def test_keys_and_versions_show() -> None:
    one = Memorandum.parse(enrolled(), vocabulary())
    two = Memorandum.parse(successor(enrolled()), vocabulary())
    assert [other.what for other in difference(one, two).others] == ["exchange version", "exchange previous"]
    news = [other.what for other in difference(model(), one).others]
    assert "key 1 of court" in news


def test_a_promise_that_no_log_can_answer_yet_is_said_and_refuses_nothing() -> None:
    report = check(GOOD, vocabulary())
    said = [one for one in report.alarms if one.kind == "not-computed-yet"]
    assert report.memorandum is not None
    assert [one.message.split(":")[0] for one in said] == ["seal-attested", "keys-destroyed"]
