"""Both demonstrations, whole: the walkthrough small, Cook County with 300 cases of the real tables."""

import csv
import shutil
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from accord.adapters.directory import DirectoryWire
from accord.bootstrap import opened, verify_home
from accord.demo import render, run
from accord.projection import digest
from tests.rebuilding import interleave, rebuild, receive_again
from tests.shared_data import shared

CASES = 300


@cache
def cook_county():
    """One run of Cook County, and where it is."""
    home = Path(mkdtemp(prefix="accord-demo-")) / "demo"
    return run("cook-county", shared("data", "cook-county-2019"), CASES, home), home


@pytest.fixture(scope="module", autouse=True)
def _tidy():
    yield
    if cook_county.cache_info().currsize:
        shutil.rmtree(cook_county()[1].parent)


def digests(result):
    return {role: seen["digest"] for role, seen in result["roles"].items()}


def test_cook_county_emits_verifies_and_says_why_it_refuses():
    result, home = cook_county()
    assert result["cases"] == CASES
    assert result["verified"] is True
    assert result["faults"] == []
    assert result["emitted"] == sum(result["kinds"].values())
    assert result["emitted"] + result["waiting"] == sum(
        sum(one["events"].values()) for one in result["tables"]
    )
    assert result["rejected"] == sum(result["rejected_because"].values()) > 0
    assert all(seen["alarms"] == [] for seen in result["agencies"].values())
    assert all(seen["keys_awaited"] == 0 for seen in result["agencies"].values())
    assert sorted(entry.name for entry in home.iterdir()) == sorted([*result["agencies"], "wire"])


def test_every_row_of_cook_county_is_accounted_for():
    result, home = cook_county()
    for table in result["tables"]:
        nothing, refused = sum(table["nothing"].values()), sum(table["refused"].values())
        assert table["rows"] - table["not_selected"] == table["taken"] + nothing + refused
    rejects = Counter()
    for path in home.glob("*/rejects-*.csv"):
        with path.open(newline="") as stream:
            for row in csv.DictReader(stream):
                assert row["reject_reason"]
                rejects[f"{path.parent.name}: {row['reject_column']}: {row['reject_reason']}"] += 1
    assert dict(rejects) == result["rejected_because"]


def test_cook_county_waits_only_for_charges_that_nobody_published():
    result, _ = cook_county()
    assert set(result["waiting_for"]) <= {
        "court: charge",
        "court: charges",
        "prosecutor: arrest",
        "prosecutor: referral",
    }


def test_a_seeded_run_gives_the_same_digests_in_more_processes_too(tmp_path, monkeypatch):
    monkeypatch.setattr("accord.demo.founding.WORTH_A_PROCESS", 1500)
    again = run("cook-county", shared("data", "cook-county-2019"), CASES, tmp_path / "demo", hands=2)
    assert again["processes"] == 2
    assert digests(again) == digests(cook_county()[0])


@pytest.mark.parametrize("slug", ["police", "prosecutor", "court", "advocacy", "auditor"])
def test_other_interleavings_give_the_same_digest(slug, tmp_path):
    result, home = cook_county()
    order = list(result["agencies"])
    expected = result["agencies"][slug]["digest"]
    assert rebuild(home / slug, order[::-1], tmp_path / "a") == expected
    assert interleave(home / slug, order[2:] + order[:2], tmp_path / "b") == expected


def test_logs_received_again_in_other_orders_give_the_same_digests(tmp_path, monkeypatch):
    monkeypatch.setattr(DirectoryWire, "acknowledge", lambda *_: None)  # a wire that lets no key message go
    home = tmp_path / "demo"
    result = run("walkthrough", None, 6, home)
    order = list(result["agencies"])
    for slug, seen in result["agencies"].items():
        for turn in (order, order[::-1], order[3:] + order[:3]):
            assert receive_again(home / slug, turn, tmp_path / "again") == seen["digest"], (slug, turn)


def test_the_walkthrough_has_every_kind_of_event_and_leaves_homes_that_can_be_opened(tmp_path):
    home = tmp_path / "demo"
    result = run("walkthrough", None, 40, home)
    assert (result["rejected"], result["waiting"], result["verified"]) == (0, 0, True)
    assert len(result["kinds"]) == 40
    assert all(seen["alarms"] == [] and seen["keys_awaited"] == 0 for seen in result["agencies"].values())
    assert "all in this one process" in render(result)
    with opened(home / "court", {}) as court:
        assert court.clock.now() > 1_700_000_000_000_000
        assert list(verify_home(court)) == []
        assert digest(court.projection) == result["roles"]["court"]["digest"]
