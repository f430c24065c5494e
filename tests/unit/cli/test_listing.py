"""`accord list`: every list that a role's SQL names can be asked for, and each asking is recorded."""

from __future__ import annotations

from accord.bootstrap import opened
from tests.exchange import Exchange
from tests.running import Run


def test_every_role_can_ask_for_every_list_of_its_own(county_exchange: Exchange, run: Run) -> None:
    asked = 0
    for slug in ("police", "prosecutor", "court", "probation", "reeducation", "advocacy", "auditor"):
        home = ["--home", county_exchange.home(slug)]
        lists = run("list", "--json", *home).json["lists"]
        assert lists
        for name, about in lists.items():
            assert about.endswith(".")
            said = run("list", name, "--json", *home)
            text = run("list", name, *home)
            assert (said.code, text.code) == (0, 0), (slug, name)
            assert text.out.count("\n") == max(len(said.json["rows"]) + 2, 2)
            asked += len(said.json["rows"])
    assert asked > 0


def test_what_is_answered_is_as_a_case_shows_it(county_exchange: Exchange, run: Run) -> None:
    home = ["--home", county_exchange.home("court")]
    (first, *_) = run("list", "charges_open", "--as-of", "2024-12-31", "--json", *home).json["rows"]
    case = run("case", first["file"], "--as-of", "2024-12-31", "--json", *home).json
    (event,) = [one for one in case["events"] if one["event"] == first["event"]]
    assert event["occurred_on"] == first["occurred_on"]
    assert event["fields"]["docket_number"]["value"] == first["docket_number"]


def test_a_list_that_the_role_does_not_have_is_refused(exchange: Exchange, run: Run) -> None:
    said = run("list", "nobody", "--home", exchange.home("police"))
    assert said.code == 2
    assert "warrants_open" in said.err


def test_asking_is_recorded(exchange: Exchange, run: Run) -> None:
    run("list", "warrants_open", "--home", exchange.home("police"))
    run("list", "--home", exchange.home("police"))  # tells what there is to ask, and nothing of any case
    with opened(exchange.home("police"), {}, write=False) as agency:
        assert [one["what"] for one in agency.reads.reads()] == ["list warrants_open"]
