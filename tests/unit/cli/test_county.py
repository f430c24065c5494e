"""Commands in the homes of a whole county: seven roles, violations, warrants, a programme."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accord.bootstrap import opened
from tests.exchange import SLUGS, Exchange
from tests.running import Run


def home(exchange: Exchange, slug: str) -> list[Any]:
    return ["--home", exchange.home(slug)]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_case_that_an_agency_lists_it_may_open(county_exchange: Exchange, run: Run, slug: str) -> None:
    listed = run("cases", "--json", *home(county_exchange, slug)).json["cases"]
    assert listed
    for case in listed[:6]:
        file = case["files"][0]["file"]
        found = run("case", file, "--json", *home(county_exchange, slug)).json
        assert len(found["events"]) == case["events"]
        text = run("case", file, *home(county_exchange, slug))
        assert text.code == 0
        assert all(one["kind"] in text.out for one in found["events"])


@pytest.mark.parametrize("slug", SLUGS)
def test_an_agencys_own_names_find_its_cases(county_exchange: Exchange, run: Run, slug: str) -> None:
    with opened(county_exchange.home(slug), {}, write=False) as agency:
        subjects = [row[0] for row in agency.store.query("SELECT subject FROM matter ORDER BY subject")]
    for subject in subjects[:5]:
        assert run("case", subject, "--json", *home(county_exchange, slug)).code == 0


def test_the_auditor_replays_every_role(county_exchange: Exchange, run: Run) -> None:
    auditor = home(county_exchange, "auditor")
    listed = run("cases", "--json", *auditor).json["cases"]
    case = max(listed, key=lambda one: one["events"])
    shown: dict[str, int] = {}
    for slug in SLUGS:
        said = run(
            "replay", case["files"][0]["file"], "--as-of", "2025-04-01", "--as", slug, "--json", *auditor
        )
        assert said.code == 0
        shown[slug] = sum(one["shown"] for one in said.json["events"])
    assert shown["court"] > 0
    assert run("replay", case["case"], "--as-of", "2024-12-31T16:00", "--as", "court", *auditor).code == 2


def test_nothing_is_wrong_in_a_healthy_county(county_exchange: Exchange, run: Run) -> None:
    for slug in ("advocacy", "auditor", "police"):
        assert run("verify", "--json", *home(county_exchange, slug)).json["verified"] is True


def test_a_sync_with_nothing_new_changes_nothing(county_exchange: Exchange, run: Run, tmp_path: Any) -> None:
    copy = county_exchange.copy(tmp_path / "county")
    before = run("digest", "--json", *home(copy, "court")).json
    run("sync", *home(copy, "court"))  # the day's head of the reading log may be due
    said = run("sync", "--json", *home(copy, "court"))
    assert said.code == 0, said.out + said.err
    assert (said.json["published"], said.json["received"], said.json["alarms"]) == (0, 0, [])
    assert run("digest", "--json", *home(copy, "court")).json == before


def test_overdue_text_names_every_agency_that_owes_something(county_exchange: Exchange, run: Run) -> None:
    advocacy = home(county_exchange, "advocacy")
    found = run("overdue", "--json", *advocacy).json
    text = run("overdue", *advocacy).out
    owners = {one["owner"] for one in found["obligations"]}
    assert owners
    for owner in owners:
        assert f"\n{owner}\n" in text
    everything = run("overdue", "--all", *advocacy).out
    for one in found["obligations"]:
        assert re.search(rf"^  {re.escape(one['clause'])} +{one['rule']} ", text, re.MULTILINE)
        assert f"{one['rule']} (clause {one['clause']})" in everything
