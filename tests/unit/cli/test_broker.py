"""`accord broker`: certificates, and what is said before a broker is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord import catalog
from tests.running import Run

MEMORANDUM = catalog.examples() / "model" / "memorandum.toml"


def test_a_certificate_for_each_agency_and_one_for_the_broker(run: Run, tmp_path: Path) -> None:
    words = ["broker", "certificates", tmp_path / "tls", "--memorandum", MEMORANDUM, "--json"]
    hosts = ["--broker", "broker.example", "--host", "court=court.example"]
    first = run(*words, *hosts)
    assert first.code == 0, first.err
    made = first.json["certificates"]
    names = [one["name"] for one in made]
    assert names[0] == "authority"
    assert {"court", "broker"} < set(names)
    assert all(one["made"] and Path(one["key"]).exists() for one in made)
    again = run(*words, *hosts).json["certificates"]
    assert [{**one, "made": True} for one in again] == made
    assert not any(one["made"] for one in again)


def test_text_says_until_when(run: Run, tmp_path: Path) -> None:
    said = run("broker", "certificates", tmp_path / "tls", "--memorandum", MEMORANDUM)
    assert said.code == 0
    assert "until" in said.out.splitlines()[0]
    assert "PRIVATE" not in said.out


def test_a_host_of_nobody_is_refused(run: Run, tmp_path: Path) -> None:
    for said in ("court", "nobody=example"):
        done = run(
            "broker", "certificates", tmp_path / "tls", "--memorandum", MEMORANDUM, "--host", said, "--json"
        )
        assert done.code == 2
        assert done.error["where"] == "--host"
    assert not (tmp_path / "tls").exists()


@pytest.mark.parametrize("word", ["check", "prepare"])
def test_a_folder_or_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path, word: str) -> None:
    tls = tmp_path / "tls"
    words = ["broker", word, "127.0.0.1:1", "--memorandum", MEMORANDUM, "--tls", tls]
    nowhere = run(*words, "--json")
    assert nowhere.code == 2
    assert nowhere.error["where"] == str(tls)
    assert "no such folder" in nowhere.err
    assert run("broker", "certificates", tls, "--memorandum", MEMORANDUM).code == 0
    (tls / "broker.key").unlink()
    lacking = run(*words)
    assert lacking.code == 2
    assert str(tls) in lacking.err
    assert "broker.key" in lacking.err
    assert "authority.pem" not in lacking.err
