"""Lifecycle out of order is recorded and flagged, never refused: the flag goes when what is expected arrives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accord.gateway import Accepted, Submission
from accord.projection import Views
from tests.exchange import Exchange, arrest, found

NUMBER = "A2400001"


def report() -> Submission:
    data: dict[str, Any] = {
        "occurred_on": "2024-06-04",
        "arrest": "ab" * 16,
        "report_number": "24-0001",
        "report_commitment": "cd" * 32,
        "report_kind": "initial",
    }
    return Submission("/test/police", "report", "ReportAvailable", NUMBER, data)


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police", "advocacy")
    yield made
    made.release()


def flags(exchange: Exchange, slug: str) -> dict[str, bool]:
    exchange.sync_all()
    views = Views(exchange.agency(slug).projection)
    (case,) = views.cases()
    return {event["kind"]: event["unexpected"] for event in views.case(case["files"][0]["file"])["events"]}


@pytest.mark.parametrize("slug", ["police", "advocacy"])
def test_a_report_before_its_arrest_is_taken_and_flagged(exchange: Exchange, slug: str) -> None:
    (outcome,) = exchange.emit("police", report())
    assert isinstance(outcome, Accepted)
    assert flags(exchange, slug) == {"ReportAvailable": True}


@pytest.mark.parametrize("slug", ["police", "advocacy"])
def test_the_flag_goes_when_the_arrest_arrives(exchange: Exchange, slug: str) -> None:
    exchange.emit("police", report())
    assert flags(exchange, slug)["ReportAvailable"]
    exchange.emit("police", arrest(NUMBER))
    assert flags(exchange, slug) == {"ReportAvailable": False, "ArrestMade": False}


def test_a_voided_arrest_is_no_arrest(exchange: Exchange) -> None:
    exchange.emit("police", arrest(NUMBER), report())
    void = Submission(
        "/test/police",
        "void",
        "EventVoided",
        NUMBER,
        {
            "occurred_on": "2024-06-05",
            "supersedes": {"id": f"arrest-{NUMBER}"},
            "correction_reason": "did_not_happen",
        },
    )
    exchange.emit("police", void)
    assert flags(exchange, "advocacy")["ReportAvailable"]
