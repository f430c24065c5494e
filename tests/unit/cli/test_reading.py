"""`accord cases`, `case`, `overdue`, `replay`, `digest`: what is answered, and that every read is recorded."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accord.bootstrap import opened, parse_as_of, record_read
from accord.gateway import Submission
from tests.exchange import START, Exchange, charge
from tests.running import Run


def home(exchange: Exchange, slug: str) -> list[Any]:
    return ["--home", exchange.home(slug)]


def reads(exchange: Exchange, slug: str) -> list[dict[str, Any]]:
    with opened(exchange.home(slug), {}, write=False) as agency:
        return list(agency.reads.reads())


@pytest.mark.parametrize(
    ("slug", "names"), [("police", ["A2400001", "P24-0001"]), ("prosecutor", ["A2400001", "P24-0001"])]
)
def test_cases_are_listed_with_the_names_they_go_by(
    small_exchange: Exchange, run: Run, slug: str, names: list[str]
) -> None:
    said = run("cases", "--json", *home(small_exchange, slug))
    (case,) = said.json["cases"]
    assert (said.code, case["names"], case["class"]) == (0, names, "case")
    text = run("cases", *home(small_exchange, slug)).out
    assert "police" in text
    assert "A2400001" in text


def test_the_environment_names_the_home(small_exchange: Exchange, run: Run) -> None:
    assert run("cases", environment={"ACCORD_HOME": str(small_exchange.home("police"))}).code == 0


@pytest.mark.parametrize("ref", ["A2400001", "P24-0001"])
def test_a_case_goes_by_any_number_that_was_read(small_exchange: Exchange, run: Run, ref: str) -> None:
    found = run("case", ref, "--json", *home(small_exchange, "police")).json
    assert [one["kind"] for one in found["events"]].count("ArrestMade") == 1


def test_a_case_goes_by_its_file_id_or_six_digits_of_it(small_exchange: Exchange, run: Run) -> None:
    (case,) = run("cases", "--json", *home(small_exchange, "advocacy")).json["cases"]
    for one in case["files"]:
        for ref in (one["file"], one["file"][:6], one["file"][:7].upper()):
            said = run("case", ref, "--json", *home(small_exchange, "advocacy"))
            assert said.json["case"] == case["case"]
        assert run("case", one["file"][:5], *home(small_exchange, "advocacy")).code == 2


def test_an_unknown_name_is_refused_without_repeating_it(small_exchange: Exchange, run: Run) -> None:
    said = run("case", "JaneDoe", *home(small_exchange, "advocacy"))
    assert said.code == 2
    assert "JaneDoe" not in said.out + said.err
    assert "accord cases" in said.err


def test_a_name_of_two_kinds_of_file_means_the_case(exchange: Exchange, run: Run) -> None:
    data = {"occurred_on": "2024-06-03", "dispatch_minutes": 7, "suspect_present": True}
    exchange.emit("police", Submission("/test/police", "call", "IncidentReported", "A2400001", data))
    exchange.agency("police").sync()
    exchange.release()
    found = run("case", "A2400001", "--json", *home(exchange, "police")).json
    assert {one["class"] for one in found["events"]} == {"case"}


def test_a_name_of_two_cases_is_not_guessed(exchange: Exchange, run: Run) -> None:
    other = replace(charge(), id="another", subject="P24-0002")
    other.data = {name: value for name, value in other.data.items() if name not in ("arrest", "referral")}
    exchange.emit("prosecutor", other)
    exchange.agency("prosecutor").sync()
    exchange.release()
    said = run("case", "CR-2024-001", *home(exchange, "prosecutor"))
    assert said.code == 2
    assert "several cases" in said.err
    files = said.err.split("more of it: ")[1].strip().rstrip(".").split(", ")
    assert all(run("case", file, *home(exchange, "prosecutor")).code == 0 for file in files)


def test_what_the_agency_may_not_see_has_no_name_here(small_exchange: Exchange, run: Run) -> None:
    assert run("case", "A2400001", *home(small_exchange, "advocacy")).code == 2


def test_states_are_told_apart_in_text(small_exchange: Exchange, run: Run) -> None:
    text = run("case", "P24-0001", *home(small_exchange, "police")).out
    assert "= arrest_number         A2400001 (arrest number of police)" in text
    assert "- not stated: warrant" in text
    assert "x withheld: " in text
    assert "MISSING: arrest-report by police" in text
    assert "LOG SILENT: " in text


def test_a_day_means_its_end_and_before_anything_was_recorded_there_is_no_case(
    small_exchange: Exchange, run: Run
) -> None:
    police = home(small_exchange, "police")
    local_day = (START - timedelta(hours=7)).date()
    assert run("case", "A2400001", "--as-of", local_day, *police).code == 0
    said = run("case", "A2400001", "--as-of", local_day - timedelta(days=1), *police)
    assert said.code == 2


def test_overdue_is_grouped_by_the_agency_that_owes_it(small_exchange: Exchange, run: Run) -> None:
    text = run("overdue", *home(small_exchange, "advocacy")).out
    police = text.split("\npolice\n")[1].split("\n\n")[0]
    assert "OVERDUE since 2024-06-04 21:15" in police
    assert "(clause 6.1)" in police
    assert "Logs silent for more than a day: auditor, court" in text
    found = run("overdue", "--json", *home(small_exchange, "advocacy")).json
    assert {one["state"] for one in found["obligations"]} == {"overdue", "silent"}


def test_the_coordinator_replays_any_role_and_others_their_own(small_exchange: Exchange, run: Run) -> None:
    (case,) = run("cases", "--json", *home(small_exchange, "advocacy")).json["cases"]
    when = (START + timedelta(hours=2)).isoformat()
    said = run(
        "replay",
        case["case"],
        "--as-of",
        when,
        "--as",
        "prosecution",
        "--json",
        *home(small_exchange, "advocacy"),
    )
    (arrest,) = [one for one in said.json["events"] if one["kind"] == "ArrestMade"]
    assert arrest["fields"]["arrest_kind"] == {"state": "readable", "value": "on_view"}
    assert arrest["fields"]["arrest_number"] == {"state": "readable", "here": "withheld"}
    text = run(
        "replay", case["case"], "--as-of", when, "--as", "prosecutor", *home(small_exchange, "advocacy")
    ).out
    assert "as prosecutor (prosecution) could see it" in text
    assert "~ readable there; here withheld: arrest_number" in text
    assert (
        run("replay", "A2400001", "--as-of", when, "--as", "police", *home(small_exchange, "police")).code
        == 0
    )
    assert (
        run(
            "replay", "A2400001", "--as-of", when, "--as", "prosecution", *home(small_exchange, "police")
        ).code
        == 2
    )
    assert (
        run("replay", "A2400001", "--as-of", when, "--as", "nobody", *home(small_exchange, "police")).code
        == 2
    )


def test_replay_needs_a_time_and_a_role(small_exchange: Exchange, run: Run) -> None:
    assert run("replay", "A2400001", "--as", "police", *home(small_exchange, "police")).code == 2
    assert run("replay", "A2400001", "--as-of", "2025-01-01", *home(small_exchange, "police")).code == 2


def test_every_read_is_recorded_before_it_is_shown(exchange: Exchange, run: Run) -> None:
    police, before = home(exchange, "police"), len(reads(exchange, "police"))
    run("cases", *police)
    run("case", "A2400001", *police)
    run("overdue", *police)
    run("replay", "A2400001", "--as-of", "2025-01-01", "--as", "police", *police)
    run("digest", *police)
    run("case", "nothing", *police)
    found = reads(exchange, "police")[before:]
    assert [one["what"] for one in found] == ["cases", "case", "overdue", "replay as police"]
    assert [one["case"] is None for one in found] == [True, False, True, False]
    assert run("verify", *police).code == 0


def test_two_readers_at_once_are_both_recorded(exchange: Exchange) -> None:
    before = len(reads(exchange, "police"))

    def read() -> None:
        with opened(exchange.home("police"), {}, write=False) as agency:
            for _ in range(5):
                record_read(agency, "somebody", "case")

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads(exchange, "police")) == before + 15


def test_reading_needs_no_lock(exchange: Exchange, run: Run) -> None:
    with opened(exchange.home("police"), {}):
        assert run("cases", *home(exchange, "police")).code == 0
        said = run("sync", *home(exchange, "police"))
        assert said.code == 3
        assert "another process" in said.err


def test_a_projection_that_was_lost_is_made_again(exchange: Exchange, run: Run) -> None:
    before = run("digest", "--json", *home(exchange, "advocacy")).json
    for name in ("projection.db", "projection.db-wal", "projection.db-shm"):
        (exchange.home("advocacy") / name).unlink(missing_ok=True)
    assert run("digest", "--json", *home(exchange, "advocacy")).json == before
    assert len(run("cases", "--json", *home(exchange, "advocacy")).json["cases"]) == 1


def test_a_home_without_memorandum_says_what_to_do(small_exchange: Exchange, run: Run) -> None:
    for words in (["cases"], ["overdue"], ["sync"], ["digest"], ["verify"], ["case", "A1"], ["emit"]):
        said = run(*words, *home(small_exchange, "court"))
        assert (said.code, "accord memorandum adopt" in said.err) == (3, True), words


def test_a_folder_that_is_no_home(run: Run, tmp_path: Path) -> None:
    said = run("cases", "--home", tmp_path)
    assert said.code == 2
    assert "accord init" in said.err
    assert run("cases").code == 2


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2025-01-31", "2025-02-01T06:59:59.999999+00:00"),  # the end of the day in Denver
        ("2025-03-09", "2025-03-10T05:59:59.999999+00:00"),  # a day of 23 hours
        ("2025-01-31T09:05", "2025-01-31T16:05:00+00:00"),
        ("2025-01-31 09:05:01", "2025-01-31T16:05:01+00:00"),
        ("2025-01-31T09:05:00.25Z", "2025-01-31T09:05:00.250000+00:00"),
        ("2025-01-31T09:05:00+01:00", "2025-01-31T08:05:00+00:00"),
    ],
)
def test_times_are_iso_8601(said: str, moment: str) -> None:
    found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        microseconds=parse_as_of(said, ZoneInfo("America/Denver"))
    )
    assert found == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "yesterday",
        "2025-02-30",
        "20250131",
        "2025-W05-1",
        "2025-01-31T25:00",
        "2025-1-1",
        "9999-12-31",
        "9999-12-31T23:59-12:00",
        "0001-01-01T00:00+14:00",
        "\u0662\u0660\u0662\u0665-\u0660\u0661-\u0660\u0661",
    ],
)
def test_other_times_are_refused(small_exchange: Exchange, run: Run, said: str) -> None:
    found = run("overdue", "--as-of", said, *home(small_exchange, "police"))
    assert found.code == 2
    assert "--as-of" in found.err
