"""A wire that is not there: what is taken in meanwhile, and that no store which may be an old one signs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.bootstrap import Newest, opened, verify_home
from accord.errors import Unreachable
from accord.gateway import Accepted, Group
from tests.exchange import Exchange, arrest, found, vocabulary


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police", "prosecutor")
    yield made
    made.release()


def test_a_shared_folder_that_is_not_mounted_is_no_empty_wire(exchange: Exchange) -> None:
    police, away = exchange.agency("police"), exchange.root / "away"
    exchange.emit("police", arrest("A2400001"))
    police.sync()
    size = police.log.size
    exchange.wire.rename(away)
    for attempt in (police.sync, police.publish, police.receive):
        with pytest.raises(Unreachable, match="not there") as told:
            attempt()
        assert told.value.where == str(exchange.wire)
    assert [fault.reason for fault in verify_home(police)] == ["the folder of the wire is not there"]
    assert (exchange.wire.exists(), police.log.size) == (False, size)
    away.rename(exchange.wire)
    exchange.emit("police", arrest("A2400002"))
    exchange.sync_all()
    assert police.log.size > size
    assert exchange.agency("prosecutor").replica.sizes()["police"] == police.log.size


def test_a_store_that_was_lost_signs_nothing_while_the_folder_is_not_mounted(exchange: Exchange) -> None:
    exchange.release()
    exchange.wire.rename(exchange.root / "away")
    for path in exchange.home("police").glob("store.db*"):
        path.unlink()
    with pytest.raises(Unreachable, match="not there"):
        exchange.emit("police", arrest())
    assert exchange.agency("police").log.size == 0


def test_a_folder_made_anew_is_an_empty_wire(exchange: Exchange) -> None:
    exchange.wire.rename(exchange.root / "lost")
    exchange.wire.mkdir()
    exchange.release()
    police = exchange.agency("police")
    assert police.publish().published == police.log.size


# ---- What one process may sign while the wire is away ----


def away(exchange: Exchange) -> Path:
    """Take the wire away; where it is now."""
    return exchange.wire.rename(exchange.root / "away")


def turn(exchange: Exchange, newest: Newest, *numbers: str) -> int:
    """The police open their home once more, and emit an arrest for each number; returns the size of the log."""
    with opened(exchange.home("police"), {}, vocabulary=vocabulary(), newest=newest) as agency:
        said = list(agency.emit([Group((arrest(one),)) for one in numbers]))
        assert all(isinstance(one, Accepted) for one in said)
        return agency.log.size


def put_back(home: Path, backup: Path) -> None:
    shutil.rmtree(home)
    shutil.copytree(backup, home)


def test_a_process_that_has_reached_the_wire_goes_on_signing_while_it_is_away(exchange: Exchange) -> None:
    exchange.release()
    newest = Newest()
    size = turn(exchange, newest, "A2400001")
    there = away(exchange)
    for number in ("A2400002", "A2400003"):
        before, size = size, turn(exchange, newest, number)
        assert size > before
    there.rename(exchange.wire)
    exchange.sync_all()
    assert (
        exchange.agency("prosecutor").replica.sizes()["police"] == exchange.agency("police").log.size >= size
    )


def test_a_process_that_has_not_reached_the_wire_signs_nothing(exchange: Exchange) -> None:
    size, there = exchange.agency("police").log.size, away(exchange)
    exchange.release()
    newest = Newest()
    for _ in range(2):
        with pytest.raises(Unreachable, match="nothing is taken in") as told:
            turn(exchange, newest, "A2400001")
        assert told.value.advice is not None
        assert "inbox" in told.value.advice
    assert exchange.agency("police").log.size == size
    exchange.release()
    there.rename(exchange.wire)
    assert turn(exchange, newest, "A2400001") > size


def test_a_backup_that_is_brought_back_while_the_wire_is_away_signs_nothing(exchange: Exchange) -> None:
    exchange.release()
    newest, home = Newest(), exchange.home("police")
    turn(exchange, newest, "A2400001")
    compared = shutil.copytree(home, exchange.root / "compared")
    there = away(exchange)
    turn(exchange, newest, "A2400002")
    size = turn(exchange, newest, "A2400003")
    newer = shutil.copytree(home, exchange.root / "newer")
    put_back(home, compared)  # what was signed since then, and has receipts, is not in it
    with pytest.raises(Unreachable):
        turn(exchange, newest, "A2400004")
    put_back(home, newer)
    before, size = size, turn(exchange, newest, "A2400004")
    assert size > before
    put_back(home, compared)
    there.rename(exchange.wire)
    other = turn(exchange, Newest(), "A2400005", "A2400006", "A2400007", "A2400008")
    assert other >= size  # another history, as long as the one that the process knows
    away(exchange)
    with pytest.raises(Unreachable):
        turn(exchange, newest, "A2400009")
