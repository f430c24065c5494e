"""`accord init` with a server or a broker for its wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord import catalog
from accord.bootstrap import Settings
from tests.running import Run

MEMORANDUM = catalog.examples() / "model" / "memorandum.toml"


def test_a_home_whose_wire_is_a_broker(run: Run, tmp_path: Path) -> None:
    home, tls = tmp_path / "court", tmp_path / "tls"
    words = ["init", home, "--memorandum", MEMORANDUM, "--agency", "court"]
    made = run(*words, "--wire", "kafka://one.example:9093,127.0.0.1:9094", "--tls", tls)
    assert made.code == 0, made.err
    wire = Settings.read(home).wire
    assert (wire.kind, wire.servers) == ("kafka", ("one.example:9093", "127.0.0.1:9094"))
    assert wire.tls is not None
    assert wire.tls.certificate == (tls / "court.pem").resolve()


def test_what_serves_a_wire_over_https_may_be_started_before_anything_lies_on_it(
    run: Run, tmp_path: Path
) -> None:
    words = ["init", tmp_path / "court", "--memorandum", MEMORANDUM, "--agency", "court", "--wire", "https"]
    made = run(*words, "--tls", tmp_path / "tls", "--at", "police=https://police.example:8443")
    assert made.code == 0, made.err
    assert list((tmp_path / "court" / "wire").iterdir()) == []


@pytest.mark.parametrize("wire", ["kafka://", "kafka://one.example", "kafka://one.example:9093,"])
def test_an_address_that_is_none_is_refused(run: Run, tmp_path: Path, wire: str) -> None:
    words = ["init", tmp_path / "court", "--memorandum", MEMORANDUM, "--agency", "court", "--wire", wire]
    assert run(*words).code == 2
    assert not (tmp_path / "court" / "agency.toml").exists()


def test_the_passphrase_may_be_in_a_file(run: Run, tmp_path: Path) -> None:
    named = tmp_path / "passphrase"
    named.write_text("of the agency's safe\n")
    home, environment = tmp_path / "home", {"ACCORD_PASSPHRASE_FILE": str(named)}
    words = ("init", home, "--memorandum", MEMORANDUM, "--agency", "court")
    assert run(*words, environment=environment).code == 0
    assert not (home / "keys" / "passphrase").exists()
    signed = ("memorandum", "adopt", MEMORANDUM, "--home", home)
    assert (
        "cannot be adopted" in run(*signed, environment=environment).err
    )  # its keys were opened, and it is a draft
    assert "passphrase" in run(*signed, environment={"ACCORD_PASSPHRASE": "another"}).err
    named.unlink()
    missing = run(*signed, environment=environment)
    assert (missing.code, "no passphrase for the keys (No such file" in missing.err) == (2, True)
