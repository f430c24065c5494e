"""Replay says of every agency exactly what it could see: the auditor's word against each agency's own home, event by event.

Attack: somebody whose part in a case has ended says that he saw what came after, or that he did not see what came before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from accord.errors import UsageRefused
from accord.projection import EVER, Views, replay
from tests.attack.test_promise_involvement_ends import SINCE, end_supervision, event_id, exchange, hearing
from tests.exchange import SLUGS, Exchange, county, microseconds

__all__ = ["exchange"]  # the fixture: a case from arrest to supervision


def seen_there(made: Exchange, slug: str, as_of: int = EVER) -> dict[str, dict[str, str]]:
    """What an agency's own projection holds of others' case files: event to field to state."""
    views = Views(made.agency(slug).projection)
    found: dict[str, dict[str, str]] = {}
    for row in views.query("files", as_of=as_of):
        for header, event in views.events_of((row["origin"], row["file"]), as_of):
            if header.origin != slug:
                found[event["event"]] = {name: said["state"] for name, said in event["fields"].items()}
    return found


def said_of_them(made: Exchange, watcher: str, slug: str, as_of: int = EVER) -> dict[str, dict[str, str]]:
    """The same by replay in the watcher's home."""
    views = Views(made.agency(watcher).projection)
    found: dict[str, dict[str, str]] = {}
    for row in views.query("files", as_of=as_of):
        case = replay(views, row["file"], as_of, slug, row["origin"])
        found |= {
            event["event"]: {name: said["state"] for name, said in event["fields"].items()}
            for event in case["events"]
            if event["shown"] and event["origin"] != slug
        }
    return found


def same(here: dict[str, dict[str, str]], there: dict[str, dict[str, str]]) -> None:
    assert set(here) == set(there)
    for event, fields in here.items():
        for name, state in fields.items():
            read = there[event][name]
            if state == "readable":  # here "not stated" shows only where this home reads the field itself
                assert read in ("readable", "not stated"), (event, name)
            else:
                assert state == read, (event, name)


@pytest.mark.parametrize("watcher", ["auditor", "advocacy"])
def test_who_was_taken_out_saw_what_came_before_and_nothing_after(exchange: Exchange, watcher: str) -> None:
    exchange.emit("court", hearing("hearing-0", "2024-06-24"))
    exchange.sync_all()
    before = exchange.agency("court").clock.now()
    end_supervision(exchange)
    exchange.emit("court", hearing("hearing-2", SINCE), hearing("hearing-3", SINCE))
    exchange.sync_all()
    for slug in ("prosecutor", "probation"):
        said = said_of_them(exchange, watcher, slug)
        same(said, seen_there(exchange, slug))
        assert event_id(exchange, "hearing-0") in said
        assert not {event_id(exchange, "hearing-2"), event_id(exchange, "hearing-3")} & set(said)
        same(said_of_them(exchange, watcher, slug, before), seen_there(exchange, slug, before))
    for slug in ("advocacy", "auditor", "police"):
        same(said_of_them(exchange, watcher, slug), seen_there(exchange, slug))


def test_who_is_let_in_again_sees_from_then_on(exchange: Exchange) -> None:
    end_supervision(exchange)
    exchange.emit("court", hearing("hearing-2", SINCE))
    exchange.sync_all()
    again = hearing("hearing-3", SINCE)
    refer: dict[str, Any] = {
        "occurred_on": SINCE, "to_agency": "probation", "purpose": "supervision",
        "case_numbers": [{"kind": "docket", "issuer": "court", "value": "CR-2024-001"}],
    }  # fmt: skip
    again.type, again.data, again.id = "CaseReferred", refer, "again"
    (outcome,) = exchange.emit("court", again)
    exchange.sync_all()
    assert hasattr(outcome, "receipts"), outcome
    exchange.emit("court", hearing("hearing-4", SINCE))
    exchange.sync_all()
    for slug in ("prosecutor", "probation"):
        same(said_of_them(exchange, "auditor", slug), seen_there(exchange, slug))
    assert event_id(exchange, "hearing-4") in said_of_them(exchange, "auditor", "probation")
    assert event_id(exchange, "hearing-4") not in said_of_them(exchange, "auditor", "prosecutor")


def test_a_lapsed_part_is_replayed_as_it_was(exchange: Exchange) -> None:
    exchange.set_clocks(datetime(2030, 6, 1, tzinfo=UTC))
    exchange.emit("court", hearing("late", "2029-12-30"))
    exchange.sync_all()
    for slug in SLUGS[:5]:
        if slug != "court":
            same(said_of_them(exchange, "auditor", slug), seen_there(exchange, slug))
    assert event_id(exchange, "late") not in said_of_them(exchange, "auditor", "prosecutor")
    assert microseconds(datetime(2030, 1, 1, tzinfo=UTC)) < exchange.agency("court").clock.now()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    made = county(tmp_path_factory.mktemp("county"), cases=3)
    yield made
    made.release()


@pytest.mark.parametrize("slug", SLUGS[:5])
def test_in_a_whole_county_the_coordinator_replays_every_agency_as_it_saw_it(
    whole: Exchange, slug: str
) -> None:
    same(said_of_them(whole, "advocacy", slug), seen_there(whole, slug))


def test_nobody_else_replays_another(exchange: Exchange) -> None:
    views = Views(exchange.agency("police").projection)
    (row, *_) = views.query("files", as_of=EVER)
    with pytest.raises(UsageRefused):
        replay(views, row["file"], EVER, "court", row["origin"])


def test_in_a_whole_county_no_grant_is_owed(whole: Exchange) -> None:
    for slug in ("advocacy", "auditor"):
        views = Views(whole.agency(slug).projection)
        assert views.involvements(whole.agency(slug).clock.now()) == []
