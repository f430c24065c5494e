"""From nothing to a working exchange with commands alone: init, enrol, sign, adopt, emit, sync, read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from accord import catalog
from tests.exchange import EXAMPLE, SLUGS, Exchange, arrest
from tests.running import Run
from tests.unit.cli.test_emit import lines


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    for suffix in (".toml", ".md"):
        shutil.copy(EXAMPLE / f"memorandum{suffix}", tmp_path / f"draft{suffix}")
    return tmp_path / "draft.toml"


def init_all(run: Run, draft: Path) -> list[Path]:
    homes = [draft.parent / slug for slug in SLUGS]
    for slug, home in zip(SLUGS, homes, strict=True):
        assert run("init", home, "--memorandum", draft, "--agency", slug).code == 0
    return homes


def test_nobody_else_looks_into_a_home_that_is_made_where_a_folder_was(run: Run, draft: Path) -> None:
    home = draft.parent / "police"
    for folder in (home, home / "keys"):
        folder.mkdir()
        folder.chmod(0o755)
    assert run("init", home, "--memorandum", draft, "--agency", "police").code == 0
    assert {oct(folder.stat().st_mode & 0o777) for folder in (home, home / "keys")} == {"0o700"}


def test_an_exchange_is_founded_with_commands_alone(run: Run, draft: Path) -> None:
    homes = init_all(run, draft)
    cards = [home / "enrolment.json" for home in homes]
    assert run("memorandum", "check", draft).code == 0
    early = run("memorandum", "sign", draft, "--home", homes[0])
    assert (early.code, "cannot be signed yet" in early.err) == (2, True)
    enrolled = run("memorandum", "enrol", draft, *cards, "--json").json
    assert enrolled["enrolled"] == sorted(SLUGS)
    assert run("memorandum", "enrol", draft, *cards, "--json").json["enrolled"] == []
    refused = run("memorandum", "adopt", draft, "--home", homes[0])
    assert (refused.code, "have signed" in refused.err) == (2, True)
    for home in homes:
        assert run("memorandum", "sign", draft, "--home", home).code == 0
    signatures = (draft.with_suffix(".toml.sig")).read_bytes()
    assert run("memorandum", "sign", draft, "--home", homes[0]).code == 0
    assert draft.with_suffix(".toml.sig").read_bytes() == signatures
    report = run("memorandum", "check", draft, "--json").json
    assert (report["complete"], len(report["signed"])) == (True, 7)
    for home in homes:
        assert run("memorandum", "adopt", draft, "--home", home, "--json").json["adopted_now"] is True
        assert run("memorandum", "adopt", draft, "--home", home, "--json").json["adopted_now"] is False
    police, advocacy = homes[0], homes[5]
    assert run("emit", "--home", police, stdin=lines(arrest())).code == 0
    for home in (police, advocacy):
        assert run("sync", "--home", home).code == 0
    assert len(run("cases", "--json", "--home", advocacy).json["cases"]) == 1
    assert run("verify", "--home", advocacy).code == 0
    late = run("memorandum", "enrol", draft, cards[0])
    assert late.code == 0  # the same card again changes nothing, signed or not


def test_init_prints_the_hash_of_the_card_and_leaves_a_home_as_it_is(run: Run, draft: Path) -> None:
    home = draft.parent / "police"
    first = run("init", home, "--memorandum", draft, "--agency", "police", "--json").json
    before = {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    again = run("init", home, "--memorandum", draft, "--agency", "police", "--json").json
    assert (first["made"], again["made"], first["sha256"]) == (True, False, again["sha256"])
    assert {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    text = run("init", home, "--memorandum", draft, "--agency", "police").out
    groups = [line for line in text.splitlines() if line.startswith("  ") and "accord" not in line]
    assert groups[0].replace(" ", "") == first["sha256"]


def test_init_refuses_another_agencys_home_and_an_unknown_agency(run: Run, draft: Path) -> None:
    home = draft.parent / "police"
    run("init", home, "--memorandum", draft, "--agency", "police")
    assert run("init", home, "--memorandum", draft, "--agency", "court").code == 2
    assert run("init", draft.parent / "x", "--memorandum", draft, "--agency", "nobody").code == 2
    assert not (draft.parent / "x").exists()
    assert (
        run("init", draft.parent / "y", "--memorandum", draft.parent / "none.toml", "--agency", "court").code
        == 2
    )


def test_a_changed_card_is_an_evidence_fault(run: Run, draft: Path) -> None:
    init_all(run, draft)
    card = draft.parent / "police" / "enrolment.json"
    said: dict[str, Any] = json.loads(card.read_text())
    forged = draft.parent / "forged.json"
    forged.write_text(
        json.dumps({**said, "agency": "court", "role": "court"}, sort_keys=True, separators=(",", ":")) + "\n"
    )
    before = draft.read_bytes()
    assert run("memorandum", "enrol", draft, forged).code == 1
    assert draft.read_bytes() == before


def test_check_names_each_fault_with_its_line(run: Run, draft: Path) -> None:
    draft.write_text(draft.read_text().replace('role = "court"', 'role = "bailiff"', 1))
    said = run("memorandum", "check", draft)
    assert said.code == 2
    assert "fault: line " in said.out
    assert run("memorandum", "check", draft, "--json").json["faults"]


def test_show_and_matrix_and_diff(run: Run, draft: Path, small_exchange: Exchange) -> None:
    assert "Promises" in run("memorandum", "show", draft).out
    assert "published by" in run("memorandum", "show", draft, "--matrix").out
    assert run("memorandum", "show", draft, "--matrix", "--json").json["rights"]
    adopted = run("memorandum", "show", "--home", small_exchange.home("police"), "--json").json
    assert adopted["version"] == 1
    assert run("memorandum", "show", "--home", small_exchange.home("court")).code == 3
    newer = draft.with_name("newer.toml")
    newer.write_text(draft.read_text().replace('within = "24h"', 'within = "48h"', 1))
    found = run("memorandum", "diff", draft, newer, "--json").json
    assert (found["gains"], found["losses"]) == ([], [])
    assert any("24h" in one["old"] and "48h" in one["new"] for one in found["others"])


def test_a_draft_must_follow_on_what_the_home_has_adopted(
    run: Run, draft: Path, small_exchange: Exchange
) -> None:
    home = small_exchange.home("police")
    assert run("memorandum", "check", draft).code == 0
    said = run("memorandum", "check", draft, "--home", home)
    assert said.code == 2
    assert "version 2 comes next" in said.out


def test_a_draft_of_another_exchange_than_the_homes_is_refused(
    run: Run, draft: Path, small_exchange: Exchange
) -> None:
    text = draft.read_text()
    name = next(line for line in text.splitlines() if line.startswith("name = "))
    draft.write_text(text.replace(name, 'name = "neighbours"', 1))
    assert run("memorandum", "check", draft).code == 0
    said = run("memorandum", "check", draft, "--home", small_exchange.home("police"))
    assert said.code != 0
    assert "another exchange" in said.err


def test_schemas_are_checked(run: Run, tmp_path: Path) -> None:
    assert run("schemas", "check").code == 0
    assert run("schemas", "check", tmp_path / "none").code == 2
    shutil.copytree(catalog.schemas(), tmp_path / "schemas")
    assert run("schemas", "check", tmp_path / "schemas", "--json").json["faults"] == []
    arrest_made = tmp_path / "schemas" / "events" / "ArrestMade.avsc"
    arrest_made.write_text(arrest_made.read_text().replace('"name": "warrant"', '"name": "victim_name"'))
    said = run("schemas", "check", tmp_path / "schemas")
    assert said.code == 2
    assert "victim_name" in said.out
    assert run("schemas", "record", tmp_path / "schemas").code == 2


def test_record_without_a_change_records_nothing(run: Run, tmp_path: Path) -> None:
    shutil.copytree(catalog.schemas(), tmp_path / "schemas")
    assert run("schemas", "record", tmp_path / "schemas", "--json").json["recorded"] == []
