"""The printed page: states told apart, long lists cut, nothing left out in silence."""

import copy

import pytest

from accord.demo import render

FIELDS = {
    "arrest": {"state": "readable", "value": "ab" * 16},
    "offenses": {"state": "readable", "value": ["battery", "threat"]},
    "number": {"state": "readable", "value": {"kind": "arrest", "issuer": "police", "value": "A1"}},
    "severity": {"state": "withheld"},
    "plea": {"state": "awaiting key", "since": "2025-01-01T00:00:00Z", "from": "court"},
    "race": {"state": "not stated"},
}
EVENT = {
    "occurred_on": "2025-01-01",
    "origin": "police",
    "kind": "ArrestMade",
    "status": "corrected",
    "fields": FIELDS,
}
READABLE = {name: field for name, field in FIELDS.items() if field["state"] == "readable"}
PLAIN = {**EVENT, "status": "in force", "fields": READABLE}
OWED = {"owner": "police", "rule": "report", "clause": "6.1", "why": "so that others can act"}
RESULT = {
    "example": "walkthrough",
    "home": "demo",
    "processes": 1,
    "cases": 1,
    "emitted": 1,
    "rejected": 3,
    "waiting": 2,
    "seconds": 1.0,
    "verified": True,
    "faults": [],
    "as_of": "2025-02-01T00:00:00Z",
    "agencies": {"police": {"entries": 4}},
    "roles": {"law_enforcement": {"agency": "police", "opened": 7, "withheld": 5, "digest": "cd" * 32}},
    "rejected_because": {"police: arrest_date: is not stated": 3},
    "waiting_for": {"court: charge": 2},
    "view": {
        "agency": "advocacy",
        "cases": 1,
        "files": 2,
        "timelines": [
            {
                "case": "ef" * 16,
                "files": 2,
                "events": [PLAIN, *[EVENT] * 19],
                "missing": [{**OWED, "due": "2025-01-03T00:00:00Z"}],
            }
        ],
        "overdue": [{**OWED, "overdue": 4, "oldest_due": "2025-01-03T00:00:00Z"}],
        "findings": {"charge-without-referral": 2},
        "silent_logs": ["court"],
    },
}


@pytest.mark.parametrize(
    "said",
    [
        "all in this one process",
        "every log verified",
        "[corrected]",
        "1 withheld, 1 awaiting key, 1 not stated",
        "arrest=ababab…",
        "offenses=battery+threat",
        "number=A1",
        "and 6 events more",
        "MISSING",
        "4  police",
        "charge-without-referral",
        "silent for a day",
        "7 opened",
        "5 withheld",
        "3  police: arrest_date: is not stated",
        "2  court: charge",
        f"accord case {'ef' * 16} --home demo/advocacy",
    ],
)
def test_the_page_says(said):
    assert said in render(RESULT)


def test_faults_are_shouted():
    result = copy.deepcopy(RESULT)
    result["verified"] = False
    result["faults"] = [
        {"home": "court", "log": "police", "index": 3, "file": "replica.db", "reason": "is missing"}
    ]
    page = render(result)
    assert "1 FAULTS" in page
    assert "court: police 3: replica.db: is missing" in page


def test_more_processes_are_named():
    assert "receiving in 2" in render({**RESULT, "processes": 2})


def test_nothing_rejected_leaves_no_empty_heading():
    page = render({**RESULT, "rejected": 0, "rejected_because": {}, "waiting": 0, "waiting_for": {}})
    assert "Rejected" not in page
    assert "\n\n\n" not in page
