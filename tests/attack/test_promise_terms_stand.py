"""Promise: who was let into a case is in it by the terms of that time, whatever place its rule has in a later version; and
who has left the agreement is in no case any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.bootstrap import current_views
from accord.gateway import Accepted, Submission
from accord.memorandum import OF_ANOTHER_VERSION
from accord.projection import replay
from accord.seal import Alarm, OpenedEvent, OpenedGrant, Share
from tests.exchange import START, Exchange, arrest, found, referral
from tests.versions import Change, in_place_of, next_version

SHORT = """[[involvement]]
event = "ArrestMade"
by = "law_enforcement"
agency = "probation"
opens = "file"
history = "none"
lapses = "1d"
clause = "3.8"
"""
"""A rule that lets probation in for a day."""
FIRST = "[[involvement]]                     # first appearance"
PROSECUTORS = """role = "prosecution"
opens = "file"
history = "all"
granted_by = ["publisher", "court"]
lapses = "1825d"
"""
SLUGS = ("police", "court", "prosecutor", "probation", "advocacy")


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    """The police, and the court, which an arrest lets in for 1825 days."""
    made = found(tmp_path, *SLUGS)
    tell(made, arrest())
    yield made
    made.release()


def tell(exchange: Exchange, *submissions: Submission) -> None:
    told = exchange.emit("police", *submissions)
    assert all(isinstance(one, Accepted) for one in told), told
    exchange.sync_all()


def released(serial: str = "released") -> Submission:
    data = {
        "occurred_on": "2024-06-05",
        "arrest": {"id": "arrest-A2400001"},
        "release_basis": "bond",
        "conditions_given": True,
    }
    return Submission("/test/police", serial, "ReleasedFromCustody", "A2400001", data)


def adopt(exchange: Exchange, *changes: Change) -> None:
    """Everybody who is in it adopts the next version with these changes."""
    version = next_version(exchange.root, exchange.text, exchange.clauses, *changes)
    exchange.text = version.text
    exchange.slugs = tuple(slug for slug in exchange.slugs if slug in version.memorandum.agencies)
    exchange.adopt(*version)
    exchange.sync_all()


def feed(exchange: Exchange, slug: str) -> list[Any]:
    return [item for batch in exchange.agency(slug).replica.feed(0) for _, item in batch]


def kinds(exchange: Exchange, slug: str) -> list[str]:
    return [
        item.kind
        for item in feed(exchange, slug)
        if isinstance(item, OpenedEvent) and item.origin == "police"
    ]


def shares(exchange: Exchange, slug: str) -> list[Share]:
    """What an agency was given of the police's file."""
    grants = [
        item
        for item in feed(exchange, "advocacy")
        if isinstance(item, OpenedGrant) and item.origin == "police"
    ]
    return [one for grant in grants for one in grant.shares if one.recipient == slug]


# ---- Terms ----


def test_another_agency_s_short_lapse_takes_nobody_out_who_got_its_number(exchange: Exchange) -> None:
    adopt(exchange, in_place_of(FIRST, SHORT + FIRST))
    exchange.set_clocks(START + timedelta(days=3))
    tell(exchange, released())
    assert kinds(exchange, "court") == ["ArrestMade", "ReleasedFromCustody"]


def test_a_rule_that_lapses_later_in_a_later_version_gives_nobody_longer(exchange: Exchange) -> None:
    adopt(exchange, in_place_of('lapses = "1825d"\nclause = "3.2"', 'lapses = "3650d"\nclause = "3.2"'))
    exchange.set_clocks(START + timedelta(days=1826))
    tell(exchange, released())
    assert kinds(exchange, "court") == ["ArrestMade"]


def outlast_the_court(exchange: Exchange) -> None:
    """Court and prosecutor are in; the court's part lapses, the prosecutor's began again and goes on."""
    exchange.set_clocks(START + timedelta(days=400))
    again = referral()
    again.id = "referral-again"
    tell(exchange, again)
    exchange.set_clocks(START + timedelta(days=1900))
    tell(exchange, released())
    assert kinds(exchange, "court")[-1] == "CaseReferred"
    assert kinds(exchange, "prosecutor")[-1] == "ReleasedFromCustody"


def test_what_is_granted_again_cites_the_rule_by_its_place_in_the_version_in_force(
    exchange: Exchange,
) -> None:
    tell(exchange, referral())
    adopt(exchange, in_place_of(FIRST, SHORT + FIRST))
    outlast_the_court(exchange)
    first, again = shares(exchange, "prosecutor")
    assert (first.clause, again.clause) == ("3.3", "3.3")
    assert again.rule == first.rule + 1


def test_where_the_version_in_force_has_no_such_rule_a_grant_made_again_cites_none_of_it(
    exchange: Exchange,
) -> None:
    tell(exchange, referral())
    adopt(exchange, in_place_of(PROSECUTORS, PROSECUTORS.replace("1825d", "3650d")))
    outlast_the_court(exchange)
    _, again = shares(exchange, "prosecutor")
    assert (again.rule, again.clause) == (OF_ANOTHER_VERSION, "")
    assert not [item for slug in exchange.slugs for item in feed(exchange, slug) if isinstance(item, Alarm)]
    exchange.release()
    exchange.set_clocks(START + timedelta(days=400 + 1826))
    tell(exchange, released("later"))
    assert kinds(exchange, "prosecutor")[-1] == "ReleasedFromCustody"
    assert len(shares(exchange, "prosecutor")) == 2


def test_a_replay_names_the_clause_by_which_an_agency_was_let_in(exchange: Exchange) -> None:
    tell(exchange, referral())
    adopt(exchange, in_place_of(PROSECUTORS, PROSECUTORS.replace("1825d", "3650d")))
    outlast_the_court(exchange)
    agency = exchange.agency("advocacy")
    (file,) = {item.file.hex() for item in feed(exchange, "advocacy") if isinstance(item, OpenedEvent)}
    told = replay(current_views(agency), file, agency.clock.now(), "prosecutor")
    assert {event["granted_under"] for event in told["events"] if event["shown"]} == {"3.3"}


# ---- Who left ----


def court_leaves(text: str) -> str:
    """Another court is in its place, under another name."""
    for old, new in (
        ('slug = "court"', 'slug = "tribunal"'),
        ("\ncourt = {", "\ntribunal = {"),
        ('agency = "court"', 'agency = "tribunal"'),
    ):
        text = text.replace(old, new)
    return text


def test_publishing_goes_on_in_a_file_that_an_agency_held_which_has_left(exchange: Exchange) -> None:
    adopt(exchange, court_leaves)
    again = arrest(supersedes={"id": "arrest-A2400001"}, correction_reason="typing")
    again.id = "again"
    tell(exchange, again, released(), referral())
    assert kinds(exchange, "advocacy") == ["ArrestMade", "ArrestMade", "ReleasedFromCustody", "CaseReferred"]
    assert kinds(exchange, "prosecutor")[-1] == "CaseReferred"


def test_who_left_is_taken_out_with_the_next_event(exchange: Exchange) -> None:
    """Its home holds every chain that it was given, and the wire is there for all to read."""
    adopt(exchange, court_leaves)
    tell(exchange, released())
    agency = exchange.agency("police")
    store = agency.store.query("SELECT slug, cut, due FROM ended")
    assert [(slug, due) for slug, _, due in store] == [("court", 0)]
