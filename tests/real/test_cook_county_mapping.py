"""The Cook County tables through their mappings: every row accounted for, every event a valid one."""

import csv
import datetime as dt
import hashlib
import io
import json
import re
import tomllib
from functools import cache
from typing import Any

import pytest

from accord.gateway.mapping import Mapping, Nothing, Report
from accord.gateway.mapping.columns import carried
from accord.gateway.submission import Group, Submission
from accord.gateway.tables import Refusal, Selection, rejects_file
from accord.schema import Intake, Vocabulary
from tests.shared_data import REPOSITORY, shared

EXAMPLE = REPOSITORY / "examples" / "cook-county"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DIGITS = re.compile("[0-9]{12,14}")
NUMBERS = {
    agency: {kind: re.compile(pattern) for kind, pattern in kinds.items()}
    for agency, kinds in tomllib.loads((EXAMPLE / "memorandum.toml").read_text())["numbers"].items()
}
STEPS = [
    (step["agency"], step["table"], name)
    for step in tomllib.loads((EXAMPLE / "emission.toml").read_text())["step"]
    for name in step["mappings"]
]

# rows, taken, nothing, refused, and events of each kind
EXPECTED = {
    "police.toml": (27_195, 27_114, 0, 81, {"ArrestMade": 23_905, "CaseReferred": 27_114}),
    "prosecutor-intake.toml": (27_195, 3_844, 23_087, 264, {"ChargeDeclined": 3_844}),
    "prosecutor-initiation.toml": (54_530, 49_286, 0, 5_244, {"ChargeFiled": 49_286}),
    "prosecutor-dispositions.toml": (14_979, 1_022, 13_957, 0, {"ChargeAmended": 1_022}),
    "court-preliminary.toml": (54_530, 34_650, 19_518, 362, {"HearingHeld": 13_420}),
    "court-arraignment.toml": (54_530, 43_225, 10_293, 1_012, {"HearingHeld": 12_547}),
    "court-dispositions.toml": (14_979, 14_908, 71, 0, {"ChargeDisposed": 14_908, "PleaEntered": 3_123}),
    "court-warrants.toml": (14_979, 69, 14_909, 1, {"WarrantIssued": 20}),
    "court-sentences.toml": (3_225, 3_220, 2, 3, {"SentenceImposed": 3_077}),
}

REFUSED = {
    "police.toml": {
        "arrest_date: has a date and no time of day": 76,
        "arrest_date: is a local time that the clocks showed twice": 5,
    },
    "prosecutor-intake.toml": {"felony_review_date: is not stated, and is required": 264},
    "prosecutor-initiation.toml": {
        "event_date: is not stated, and is required": 4_880,
        "event_date: is more than a day ahead": 364,
    },
    "prosecutor-dispositions.toml": {},
    "court-preliminary.toml": {"event_date: is more than a day ahead": 362},
    "court-arraignment.toml": {"arraignment_date: is more than a day ahead": 1_012},
    "court-dispositions.toml": {},
    "court-warrants.toml": {"disposition_date: is more than a day ahead": 1},
    "court-sentences.toml": {"sentence_date: is more than a day ahead": 3},
}

FLAGGED = {
    "police.toml": {
        "the age is not one that people reach": 8,
        "the arrest is more than ten years from the day the matter was received": 4,
    },
    "court-dispositions.toml": {"disposed before the arrest": 12},
    "court-sentences.toml": {"sentenced before the disposition": 253, "sentenced without a conviction": 1},
}


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.load(REPOSITORY / "schemas")


@cache
def load(name: str) -> Mapping:
    return Mapping.load(EXAMPLE / name, vocabulary())


@cache
def gate(agency: str) -> Intake:
    agencies = ("police", "prosecutor", "court", "advocacy", "auditor")
    return Intake(vocabulary(), local_codes={}, numbers=NUMBERS, agencies=agencies, own=agency)


class Run:
    """One pass over all tables, as the agencies would emit them."""

    def __init__(self, cases: int | None = None) -> None:
        data = shared("data", "cook-county-2019")
        selection = Selection.first(data / "intake.csv.xz", "case_id", cases) if cases else None
        self.reports: dict[str, Report] = {}
        self.counts: dict[str, tuple[int, int, int]] = {}
        self.events: dict[tuple[str, str], Submission] = {}
        self.faults: list[str] = []
        for agency, table, name in STEPS:
            reading = load(name).read(data / table, now=NOW, selection=selection, own=self.own)
            taken = nothing = refused = 0
            for outcome in reading:
                taken += len(outcome.rows) if isinstance(outcome, Group) else 0
                nothing += isinstance(outcome, Nothing)
                refused += isinstance(outcome, Refusal)
                for one in outcome.submissions if isinstance(outcome, Group) else ():
                    self.take(agency, one)
            self.reports[name], self.counts[name] = reading.report, (taken, nothing, refused)

    def own(self, source: str, key: str) -> dict[str, Any] | None:
        found = self.events.get((source, key))
        return None if found is None else found.data

    def take(self, agency: str, one: Submission) -> None:
        if (one.source, one.id) in self.events:
            self.faults.append(f"{one.type}: an idempotency key is used twice")
        self.events[one.source, one.id] = one
        try:
            gate(agency).plain(one.type, resolved(one.data), now=NOW)
            gate(agency).header(one.data, now=NOW)
        except Exception as fault:  # noqa: BLE001 -- every kind of fault is counted
            self.faults.append(f"{one.type}: {fault}")


def resolved(data: dict[str, Any]) -> dict[str, Any]:
    """The references of an event as the gateway would have resolved them."""

    def event(cited: Any) -> str:
        return hashlib.sha256(json.dumps(cited, sort_keys=True).encode()).hexdigest()[:32]

    made = {name: value for name, value in data.items() if name != "occurred_on"}
    for name in ("arrest", "charge", "referral"):
        if name in made:
            made[name] = event(made[name])
    if "charges" in made:
        made["charges"] = [event(one) for one in made["charges"]]
    return made


@cache
def whole() -> Run:
    return Run()


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_is_taken_or_nothing_or_refused(name):
    rows, taken, nothing, refused, events = EXPECTED[name]
    report = whole().reports[name]
    assert whole().counts[name] == (taken, nothing, refused)
    assert taken + nothing + refused == rows == report.rows
    assert dict(report.events) == events


@pytest.mark.parametrize("name", REFUSED)
def test_every_refused_row_has_its_reason(name):
    assert dict(whole().reports[name].refused) == REFUSED[name]


@pytest.mark.parametrize("name", FLAGGED)
def test_rows_that_contradict_themselves_are_flagged(name):
    assert dict(whole().reports[name].flags) == FLAGGED[name]


def test_every_event_passes_the_gate():
    assert whole().faults == []


def test_three_codes_alone_have_no_row():
    unknown = {name: report.as_json()["unspecified"] for name, report in whole().reports.items()}
    assert {name: found for name, found in unknown.items() if found} == {
        "prosecutor-initiation.toml": {"offense": {"720-215/4:5": 1}, "severity": {"Z": 2, "O": 1}},
        "prosecutor-dispositions.toml": {"severity": {"Z": 1}},
        "court-dispositions.toml": {"severity": {"Z": 1}},
    }


def test_every_matter_is_one_participant_and_its_number_stands_for_all():
    for one in whole().events.values():
        assert DIGITS.fullmatch(one.subject)
        for name in ("arrest_number", "docket_number"):
            assert one.data.get(name, one.subject) == one.subject


def test_charges_are_numbered_alike_by_prosecutor_and_court():
    filed = {(one.subject, one.data["count"]) for one in whole().events.values() if one.type == "ChargeFiled"}
    cited = [
        (charge["number"]["value"], charge["count"])
        for one in whole().events.values()
        if one.type in {"PleaEntered", "ChargeDisposed"}
        for charge in [one.data["charge"]]
    ]
    held = sum(key in filed for key in cited)
    assert (len(cited), held) == (18_031, 16_038)


def test_no_reason_of_a_dismissal_is_left_to_a_complaining_witness():
    reasons = whole().reports["court-dispositions.toml"].as_json()["translated"]["reason"]
    assert set(reasons) <= set(vocabulary().lists["dismissal_reason"].codes)
    assert reasons["unspecified"] > 139  # among them the 139 rows that name a complaining witness


def test_one_case_selects_its_rows_in_every_table():
    run = Run(cases=200)
    cases = {name: report.rows - report.not_selected for name, report in run.reports.items()}
    assert cases["police.toml"] >= 200
    assert all(0 < rows < EXPECTED[name][0] for name, rows in cases.items())
    whole_events = whole().events
    assert all(whole_events[key].data == one.data for key, one in run.events.items())


def test_the_same_translations_stand_in_every_mapping_of_charges():
    names = ("prosecutor-initiation.toml", "prosecutor-dispositions.toml", "court-dispositions.toml")
    files = [load(name).file.translate for name in names]
    for table in ("offense", "severity"):
        first, *others = (one[table] for one in files)
        for other in others:
            assert (other.patterns, other.rows, other.rewrite) == (first.patterns, first.rows, first.rewrite)


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_about_a_person_is_carried(name):
    left_out = load(name).file.left_out
    for column in ("age_at_incident", "gender", "race", "incident_city", "unit", "law_enforcement_agency"):
        assert column in left_out
    read = set(carried(load(name).file))
    assert not read & {"judge", "sentence_judge", "court_name", "court_facility", "case_id", "charge_id"}


@pytest.mark.parametrize(
    ("chapter", "act", "section", "citation", "offense"),
    [
        ("720", "5", "8-4(a)(720-5/9-1(a)(1))", "720-5/8-4:A:720-5/9-1:A:1", "homicide"),
        ("720", "5", "8-4(570/402(c))", "720-5/8-4:570/402:C", "alcohol_drugs"),
        ("720", "5", "8-4( 11-1.60(d) )", "720-5/8-4:11-1.60:D", "sexual_assault"),
        ("720", "5", "8-4(625 ILCS 5/4-104(a)(1))", "720-5/8-4:625-5/4-104:A:1", "theft"),
        ("720", "5", "8-4(730 ILCS 5/5-8A-4.1(a))", "720-5/8-4:730-5/5-8A-4.1:A", "release_violation"),
        ("720", "5", "31-1(a-7)", "720-5/31-1:A-7", "obstruction"),
        ("720", "5", "12-3.05(a)(5)", "720-5/12-3.05:A:5", "strangulation"),
        ("720", "5", "12-3.05(a)(1)", "720-5/12-3.05:A:1", "aggravated_assault"),
        ("720", "5", "12-3.2(a)(1)", "720-5/12-3.2:A:1", "assault"),
        ("720", "5", "12-3.4(a)(1)", "720-5/12-3.4:A:1", "order_violation"),
        ("625", "5", "11-501(d)(1)(A)", "625-5/11-501:D:1:A", "traffic"),
        ("999", "5", "1", "999-5/1", "unspecified"),
    ],
)
def test_a_statute_becomes_a_citation_and_a_class(chapter, act, section, citation, offense):
    cells = dict.fromkeys(load("prosecutor-initiation.toml").file.left_out, "")
    cells |= {"case_id": "1", "case_participant_id": "123456789012", "charge_count": "1", "arrest_date": ""}
    cells |= {"chapter": chapter, "act": act, "section": section, "class": "4", "charge_offense_title": ""}
    cells |= {"event_date": "2019-02-01"}
    stream = io.StringIO()
    csv.writer(stream).writerows([cells.keys(), cells.values()])
    (group,) = load("prosecutor-initiation.toml").read(io.BytesIO(stream.getvalue().encode()), now=NOW)
    data = group.submissions[0].data
    assert (data["statute"], data["offense"]) == (citation, offense)


def test_rejects_sent_again_unmended_are_refused_again(tmp_path):
    table, name = "intake.csv.xz", "police.toml"
    reading = load(name).read(shared("data", "cook-county-2019", table), now=NOW)
    with rejects_file(tmp_path / "rejects.csv", reading.columns) as rejects:
        for outcome in reading:
            if isinstance(outcome, Refusal):
                rejects.write(outcome)
    again = load(name).read(tmp_path / "rejects.csv", now=NOW)
    assert all(isinstance(outcome, Refusal) for outcome in again)
    assert again.report.refused == reading.report.refused
