"""What somebody puts among one log's key bundles is told of, and stops nothing: it is no part of what the log signed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from accord.bootstrap import Agency
from tests.exchange import Exchange, arrest, found

SLUGS = ("police", "prosecutor", "advocacy")


def _garbled(path: Path) -> None:
    path.write_bytes(b"x" * 100)


def _huge(path: Path) -> None:
    path.write_bytes(bytes(2 << 20))


def _linked(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _piped(path: Path) -> None:
    os.mkfifo(path)


def _in_a_folder(path: Path) -> None:
    path.mkdir()


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    """The police have published an arrest; nobody has received it yet."""
    made = found(tmp_path, *SLUGS)
    made.emit("police", arrest("A2400001"))
    made.agency("police").sync()
    return made


def _alarms(agency: Agency) -> list[tuple[str, int, str]]:
    found = agency.replica_database.query("SELECT origin, idx, detail FROM feed WHERE what = 'alarm'")
    return [(origin, index, detail.partition(":")[0]) for origin, index, detail in found]


def _received(agency: Agency) -> None:
    """All that the police have published is here, verified, and the newest of it opened."""
    size = agency.replica.sizes()["police"]
    assert size > 1
    assert not [log for log in agency.replica.logs() if log.fault]
    found = agency.projection.db.query("SELECT kind, opened FROM event WHERE origin = 'police'")
    assert [(kind, opened > 0) for kind, opened in found] == [("ArrestMade", True)]


@pytest.mark.parametrize("damage", [_garbled, _huge, _linked, _piped, _in_a_folder])
@pytest.mark.parametrize("covers", [0, 99])
def test_the_log_goes_on_and_the_one_file_is_told_of_once(
    exchange: Exchange, damage: Callable[[Path], None], covers: int
) -> None:
    reader = exchange.agency("advocacy")
    damage(exchange.wire / f"keys/advocacy/police/{covers:016}")
    for _ in range(3):
        reader.sync()
    _received(reader)
    assert _alarms(reader) == [("police", covers, "key_bundle_refused")]
    exchange.release()


def test_a_folder_of_key_bundles_that_leads_to_itself_is_no_fault_of_the_log(exchange: Exchange) -> None:
    reader, folder = exchange.agency("advocacy"), exchange.wire / "keys/advocacy/police"
    folder.rename(folder.with_name("kept"))
    folder.symlink_to("police")
    reader.sync()
    assert set(reader.unreached) == {"police"}
    assert _alarms(reader) == []
    folder.unlink()
    folder.with_name("kept").rename(folder)
    reader.sync()
    _received(reader)
    exchange.release()
