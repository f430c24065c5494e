"""A wire that is not there: what is taken in meanwhile, and that no store which may be an old one signs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.bootstrap import verify_home
from accord.errors import Unreachable
from tests.exchange import Exchange, arrest, found


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
    for attempt in (
        police.sync,
        police.publish,
        police.receive,
        lambda: exchange.emit("police", arrest("2")),
    ):
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


def test_a_folder_made_anew_is_an_empty_wire(exchange: Exchange) -> None:
    exchange.wire.rename(exchange.root / "lost")
    exchange.wire.mkdir()
    exchange.release()
    police = exchange.agency("police")
    assert police.publish().published == police.log.size
