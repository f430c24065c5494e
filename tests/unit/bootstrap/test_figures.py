"""What is there to watch says so while the wire is away, and of a log that never came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from pathlib import Path

import pytest

from accord.bootstrap import publishing_figures, reading_figures
from accord.errors import Unreachable
from accord.web import Figure
from tests.exchange import Exchange, arrest, found


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police", "advocacy")
    yield made
    made.release()


def by_log(figures: Iterable[Figure], name: str) -> dict[str, float]:
    return {one.labels["log"]: one.value for one in figures if one.name == name}


def test_a_log_of_which_nothing_ever_came_lags_without_end(exchange: Exchange) -> None:
    lag = by_log(reading_figures(exchange.agency("advocacy")), "accord_log_lag_seconds")
    assert lag.pop("police") < 3600
    assert set(lag) == {"prosecutor", "court", "probation", "reeducation", "auditor"}
    assert set(lag.values()) == {inf}


def test_a_log_that_was_never_asked_for_is_told_as_well(exchange: Exchange) -> None:
    advocacy = exchange.agency("advocacy")
    advocacy.replica.database.query("DELETE FROM origin WHERE slug = 'court'")
    assert by_log(reading_figures(advocacy), "accord_log_lag_seconds")["court"] == inf
    assert by_log(reading_figures(advocacy), "accord_log_entries")["court"] == 0


def test_while_the_wire_is_away_no_log_is_reached_and_all_of_them_lag(exchange: Exchange) -> None:
    advocacy = exchange.agency("advocacy")
    before = reading_figures(advocacy)
    assert set(by_log(before, "accord_log_unreached").values()) == {0}
    there = exchange.wire.rename(exchange.root / "away")
    with pytest.raises(Unreachable):
        advocacy.receive()
    away = reading_figures(advocacy)
    assert set(by_log(away, "accord_log_unreached").values()) == {1}
    name = "accord_log_lag_seconds"
    assert by_log(away, name)["police"] > by_log(before, name)["police"]
    there.rename(exchange.wire)
    advocacy.receive()
    assert set(by_log(reading_figures(advocacy), "accord_log_unreached").values()) == {0}


def test_while_the_wire_is_away_the_outbox_grows(exchange: Exchange) -> None:
    police = exchange.agency("police")
    exchange.wire.rename(exchange.root / "away")
    exchange.emit("police", arrest())
    (entries,) = (one.value for one in publishing_figures(police) if one.name == "accord_outbox_entries")
    assert entries == police.unpublished > 0
