"""[wire] of HOME/agency.toml: what is written is read back, and what has no meaning is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.bootstrap import Settings, TlsSettings, WireSettings
from accord.errors import UsageRefused

ROWS = 'exchange = "cook"\nagency = "police"\n'
TLS = 'authority = "tls/authority.pem"\ncertificate = "tls/police.pem"\nkey = "tls/police.key"\n'


@pytest.mark.parametrize(("seed", "clock"), [(None, None), (b"seed", 17)])
def test_what_is_written_is_read_back(tmp_path: Path, seed: bytes | None, clock: int | None) -> None:
    tls = TlsSettings.of_folder(tmp_path / 'a "quoted" folder', "police")
    agencies = {"court": "https://court.example:8443", "re-education": "https://x/y"}
    for wire in (
        WireSettings.of_directory(tmp_path / "wire"),
        WireSettings("https", (tmp_path / "police" / "wire").resolve(), tls, agencies),
        WireSettings("https", (tmp_path / "police" / "wire").resolve(), tls, {}),
        WireSettings.of_kafka(["one.example:9093", "127.0.0.1:9094"], tls),
        WireSettings.of_kafka(["127.0.0.1:9092"]),
    ):
        made = Settings(tmp_path, "cook", "police", wire, seed, clock)
        made.write()
        assert Settings.read(tmp_path) == made


def test_the_text_of_the_documentation_is_read(tmp_path: Path) -> None:
    text = f'{ROWS}[wire]\nkind = "https"\ndirectory = "wire"\n{TLS}[wire.agencies]\ncourt = "https://c:1"\n'
    (tmp_path / "agency.toml").write_text(text)
    wire = Settings.read(tmp_path).wire
    assert wire.directory == (tmp_path / "wire").resolve()
    assert wire.tls is not None
    assert wire.tls.key == (tmp_path / "tls" / "police.key").resolve()
    assert dict(wire.agencies) == {"court": "https://c:1"}


@pytest.mark.parametrize(
    "wire",
    [
        "",
        "wire = 3\n",
        '[wire]\nkind = "pigeon"\ndirectory = "wire"\n',
        '[wire]\ndirectory = "wire"\n',
        '[wire]\nkind = "https"\ndirectory = "wire"\n',
        f'[wire]\nkind = "https"\n{TLS}',
        f'[wire]\nkind = "https"\ndirectory = "wire"\n{TLS}agencies = 3\n',
    ],
)
def test_what_has_no_meaning_is_refused(tmp_path: Path, wire: str) -> None:
    (tmp_path / "agency.toml").write_text(ROWS + wire)
    with pytest.raises(UsageRefused, match="settings"):
        Settings.read(tmp_path)


@pytest.mark.parametrize("servers", ['"broker:9092"', "[]", '["broker"]', '["a:1 b"]', '["a:1,b:2"]', "[1]"])
def test_brokers_that_cannot_be_reached_by_name_and_port_are_refused(tmp_path: Path, servers: str) -> None:
    (tmp_path / "agency.toml").write_text(f'{ROWS}[wire]\nkind = "kafka"\nservers = {servers}\n')
    with pytest.raises(UsageRefused):
        Settings.read(tmp_path)


def test_certificates_for_a_broker_are_all_there_or_none(tmp_path: Path) -> None:
    rows = f'{ROWS}[wire]\nkind = "kafka"\nservers = ["a:1"]\n'
    (tmp_path / "agency.toml").write_text(rows + 'authority = "a.pem"\n')
    with pytest.raises(UsageRefused):
        Settings.read(tmp_path)
    (tmp_path / "agency.toml").write_text(rows)
    assert Settings.read(tmp_path).wire.tls is None
