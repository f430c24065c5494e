"""What the agencies of a demonstration see at its end, as plain data."""

from __future__ import annotations

from collections import Counter
from typing import Any

from accord.bootstrap import Agency
from accord.demo.founding import Exchange
from accord.projection import Views
from accord.projection.values import instant

READER = "demonstration"  # who reads, and why, in the coordinating agency's own reading log
TIMELINES = 3
LONGEST = 12


def see(exchange: Exchange, agencies: dict[str, Any], as_of: int) -> dict[str, Any]:
    """What each role opened and was denied, and what the coordinating agency sees as of a time (microseconds UTC).

    `agencies` is what `look` answered for each.
    """
    return {
        "as_of": instant(as_of),
        "exchange": exchange.memorandum.exchange,
        "home": str(exchange.home),
        "roles": _by_role(agencies),
        "agencies": agencies,
        "view": _view(exchange.coordinator, as_of),
    }


def _by_role(agencies: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Per role what it opened, what was withheld, and its digest; a role of several agencies has one row for each."""
    roles: dict[str, dict[str, Any]] = {}
    for slug, seen in agencies.items():
        name = seen["role"] if seen["role"] not in roles else f"{seen['role']} ({slug})"
        roles[name] = {"agency": slug, **{key: seen[key] for key in ("opened", "withheld", "digest")}}
    return roles


def _view(agency: Agency, as_of: int) -> dict[str, Any]:
    views = Views(agency.projection)
    for what in ("cases", "overdue"):
        agency.reads.record(READER, what, why=READER)
    listed = views.cases(as_of)
    overdue = views.overdue(as_of)
    shown = sorted(listed, key=_telling)[:TIMELINES]
    for case in shown:
        agency.reads.record(READER, "case", case["case"], why=READER)
    return {
        "agency": agency.slug,
        "role": agency.role,
        "cases": sum(1 for case in listed if case["class"] == "case"),
        "files": sum(len(case["files"]) for case in listed),
        "timelines": [
            _timeline(views.case(case["case"], as_of, case["files"][0]["origin"])) for case in shown
        ],
        "overdue": _overdue(overdue),
        "findings": _findings(overdue["findings"]),
        "silent_logs": overdue["silent_logs"],
        "states": overdue["states"],
    }


def _telling(case: dict[str, Any]) -> tuple[int, int, str]:
    """Cases of many publishers first, then those whose length fits a screen, then in a fixed order."""
    publishers = {file["origin"] for file in case["files"]}
    return -len(publishers), abs(case["events"] - LONGEST), case["case"]


def _timeline(case: dict[str, Any]) -> dict[str, Any]:
    return {
        "case": case["case"],
        "files": len(case["files"]),
        "events": [
            {
                "occurred_on": event["occurred_on"],
                "origin": event["origin"],
                "kind": event["kind"],
                "status": event["status"],
                "fields": event["fields"],
            }
            for event in case["events"]
        ],
        "missing": [
            {key: row[key] for key in ("rule", "owner", "due", "clause", "why")} for row in case["missing"]
        ],
    }


def _overdue(overdue: dict[str, Any]) -> list[dict[str, Any]]:
    """What is overdue, per agency and promise: how many, since when, why it was promised."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in overdue["obligations"]:
        if row["state"] != "overdue":
            continue
        said = {"owner": row["owner"], "rule": row["rule"], "clause": row["clause"], "why": row["why"]}
        one = found.setdefault(
            (row["owner"] or "", row["rule"]), {**said, "overdue": 0, "oldest_due": row["due"]}
        )
        one["overdue"] += 1
        one["oldest_due"] = min(one["oldest_due"], row["due"])
    return sorted(found.values(), key=lambda one: (-one["overdue"], one["owner"] or "", one["rule"]))


def _findings(findings: list[dict[str, Any]]) -> dict[str, int]:
    counts = Counter(str(row.get("finding") or row.get("name")) for row in findings)
    return dict(sorted(counts.items()))
