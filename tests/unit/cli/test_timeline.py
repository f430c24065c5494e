"""A case as text: every state has words of its own."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from accord.cli import timeline

ZONE = ZoneInfo("America/Denver")


def event(**changes: Any) -> dict[str, Any]:
    return {
        "event": "ab" * 16,
        "kind": "ArrestMade",
        "origin": "police",
        "index": 4,
        "file": "cd" * 16,
        "class": "case",
        "occurred_on": "2024-06-03",
        "occurred_at": None,
        "recorded_at": "2024-06-04T12:00:00Z",
        "supersedes": None,
        "correction_reason": None,
        "status": "in force",
        "superseded_by": None,
        "understood": True,
        "fields": {},
        **changes,
    }


def text(*events: dict[str, Any], **more: Any) -> str:
    files = [{"origin": "police", "file": "cd" * 16}]
    return timeline.case(
        {"case": "cd" * 16, "files": files, "events": events, "as_of": "2024-07-01T00:00:00Z", **more}, ZONE
    )


def test_every_state_is_said_in_its_own_way() -> None:
    fields = {
        "a": {"state": "readable", "value": "x"},
        "b": {"state": "not stated"},
        "c": {"state": "withheld"},
        "d": {"state": "awaiting key", "since": "2024-06-05T00:00:00Z", "from": "police"},
        "e": {"state": "counted"},
        "f": {"state": "sealed"},
        "g": {"state": "expunged"},
        "h": {"state": "not understood"},
        "i": {"state": "readable", "here": "withheld"},
    }
    lines = [line.strip() for line in text(event(fields=fields)).splitlines()]
    said = [line for line in lines if line[:2] in ("= ", "- ", "x ", "? ", "# ", "s ", "e ", "! ", "~ ")]
    assert said == [
        "= a                     x",
        "- not stated: b",
        "x withheld: c",
        "? awaiting key from police since 2024-06-04 18:00: d",
        "# may only be counted: e",
        "s sealed: f",
        "e expunged: g",
        "! not understood: h",
        "~ readable there; here withheld: i",
    ]


def test_values_are_readable() -> None:
    number = {"kind": "arrest", "issuer": "police", "value": "A1"}
    values: dict[str, Any] = {
        "when": "2024-06-04T03:15:00Z",
        "yes": True,
        "number": number,
        "several": [number, number],
        "none": [],
        "count": 3,
        "arrest": "ab" * 16,
    }
    said = text(event(fields={name: {"state": "readable", "value": value} for name, value in values.items()}))
    for part in (
        "2024-06-03 21:15",
        "= yes                   yes",
        "A1 (arrest number of police), A1",
        "none",
        "ArrestMade of 2024-06-03, event abababababab",
    ):
        assert part in said


def test_corrections_and_what_is_not_understood_are_marked() -> None:
    said = text(
        event(status="corrected", superseded_by="ef" * 16),
        event(supersedes="12" * 16, correction_reason="typing"),
        event(understood=False),
        event(shown=False, fields={"a": {"state": "withheld"}}),
        event(shown=True, granted_under="3.3"),
    )
    for part in (
        "[corrected by efefefefefef]",
        "corrects 121212121212: typing",
        "[not understood",
        "not shown to them",
        "granted under clause 3.3",
    ):
        assert part in said
