"""An agency that is dead is silent after a day, and nothing of its is called overdue; one that has nothing to say is not."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.bootstrap import reading_figures
from accord.gateway import Accepted
from accord.projection import Views
from tests.exchange import START, Exchange, acceptance, arrest, found, microseconds, referral
from tests.simulator import TODAY, Simulation, simulate

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAG = "accord_log_lag_seconds"


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    """The police have referred an arrest to the prosecutor; a month later, which owes an answer, has said nothing."""
    made = found(tmp_path, "police", "prosecutor", "advocacy")
    told = made.emit("police", arrest(on="2024-12-30"), referral(on="2024-12-31"))
    assert all(isinstance(one, Accepted) for one in told), told
    made.sync_all()
    made.set_clocks(START + 30 * DAY)
    made.sync_all()
    return made


def left(exchange: Exchange, slug: str, ago: timedelta) -> None:
    """An agency's head, and every sign of life of it, is so old."""
    then = time.time() - ago.total_seconds()
    os.utime(exchange.wire / slug / "checkpoint", (then, then))


def seen(exchange: Exchange, reader: str, moment: datetime, ago: timedelta) -> dict[str, Any]:
    """What a reader whose clock shows this time finds owed, the prosecutor's head being so old by then."""
    exchange.set_clocks(moment)
    left(exchange, "prosecutor", ago)
    agency = exchange.agency(reader)
    agency.sync()
    return Views(agency.projection).overdue(microseconds(moment))


def states(report: dict[str, Any]) -> set[str]:
    return {one["state"] for one in report["obligations"] if one["owner"] == "prosecutor"}


def heads(exchange: Exchange, reader: str) -> int:
    """How many times the prosecutor's head was noted."""
    rows = exchange.agency(reader).replica_database.query(
        "SELECT COUNT(*) FROM feed WHERE what = 'head' AND origin = 'prosecutor'"
    )
    return int(rows[0][0])


@pytest.mark.parametrize("reader", ["police", "advocacy"])
def test_a_dead_agency_is_silent_after_a_day_however_often_its_head_is_looked_at(
    exchange: Exchange, reader: str
) -> None:
    died = START + 30 * DAY
    report = seen(exchange, reader, died + 23 * HOUR, 23 * HOUR)
    assert states(report) == {"overdue"}
    assert "prosecutor" not in report["silent_logs"]
    noted = heads(exchange, reader)
    for hours in (25, 26, 27, 24 * 30):
        report = seen(exchange, reader, died + hours * HOUR, hours * HOUR)
        assert states(report) == {"silent"}
        assert "prosecutor" in report["silent_logs"]
        agency = exchange.agency(reader)
        lag = {one.labels["log"]: one.value for one in reading_figures(agency) if one.name == LAG}
        assert lag["prosecutor"] == pytest.approx(hours * 3600, abs=3600)
    assert heads(exchange, reader) == noted


@pytest.mark.parametrize("reader", ["police", "advocacy"])
def test_a_quiet_agency_is_heard_by_its_heartbeat_and_its_promises_are_overdue(
    exchange: Exchange, reader: str
) -> None:
    for days in (31, 33, 60):
        moment = START + days * DAY
        exchange.set_clocks(moment)
        left(exchange, "prosecutor", 2 * DAY)
        size = exchange.agency("prosecutor").log.size
        assert not exchange.agency("prosecutor").sync().published
        agency = exchange.agency(reader)
        agency.sync()
        report = Views(agency.projection).overdue(microseconds(moment))
        assert states(report) == {"overdue"}
        assert "prosecutor" not in report["silent_logs"]
        assert agency.replica.sizes()["prosecutor"] == size


def test_it_is_heard_again_once_it_is_back(exchange: Exchange) -> None:
    moment = START + 40 * DAY
    assert states(seen(exchange, "police", moment, 10 * DAY)) == {"silent"}
    exchange.agency("prosecutor").sync()
    agency = exchange.agency("police")
    agency.sync()
    assert states(Views(agency.projection).overdue(microseconds(moment))) == {"overdue"}


def test_while_it_is_heard_that_is_noted_once_an_hour(exchange: Exchange) -> None:
    noted = heads(exchange, "police")
    for minutes in (20, 40, 59, 61, 80, 100, 119, 123):
        seen(exchange, "police", START + 30 * DAY + timedelta(minutes=minutes), timedelta(seconds=1))
    assert heads(exchange, "police") == noted + 2


def test_entries_that_come_long_after_their_agency_died_are_no_sign_of_life(exchange: Exchange) -> None:
    """A reader that was away for a month, and its log's last head is three weeks old."""
    exchange.emit("police", arrest("A2400002", on="2024-12-30"), referral("A2400002", on="2024-12-31"))
    exchange.agency("police").sync()
    exchange.agency("prosecutor").sync()
    (accepted,) = exchange.emit("prosecutor", acceptance("A2400002", on="2024-12-31"))
    assert isinstance(accepted, Accepted), accepted
    exchange.agency("prosecutor").sync()  # and it dies
    size = exchange.agency("prosecutor").log.size
    assert exchange.agency("advocacy").replica.sizes()["prosecutor"] < size
    moment = START + 52 * DAY
    report = seen(exchange, "advocacy", moment, 21 * DAY)
    assert exchange.agency("advocacy").replica.sizes()["prosecutor"] == size
    assert states(report) == {"silent"}
    (log,) = [one for one in exchange.agency("advocacy").replica.logs() if one.slug == "prosecutor"]
    assert log.verified_at == pytest.approx(microseconds(moment - 21 * DAY), abs=300e6)


def test_what_was_noted_is_the_same_when_a_projection_is_built_anew(exchange: Exchange) -> None:
    seen(exchange, "police", START + 40 * DAY, 5 * DAY)
    agency = exchange.agency("police")

    def noted() -> list[Any]:
        return [tuple(row) for row in agency.projection.db.query("SELECT * FROM log ORDER BY origin")]

    before = noted()
    exchange.release()
    for path in exchange.home("police").glob("projection.db*"):
        path.unlink()
    agency = exchange.agency("police")
    agency.sync()
    assert noted() == before


def test_our_own_log_is_never_silent_to_us(exchange: Exchange) -> None:
    left(exchange, "police", 20 * DAY)
    exchange.set_clocks(START + 50 * DAY)
    agency = exchange.agency("police")
    agency.receive()
    assert "police" not in Views(agency.projection).overdue(microseconds(START + 50 * DAY))["silent_logs"]


def test_where_the_carrier_cannot_tell_only_new_entries_are_a_sign_of_life(tmp_path: Path) -> None:
    world = simulate(tmp_path)
    world.hands.silences["advocacy", "police"] = lambda told: None
    noted = verified_at(world, "police")
    world.later("advocacy", days=2)
    world.sync("police", "advocacy")
    assert verified_at(world, "police") == noted
    world.emit("police", arrest(on=TODAY))
    world.sync("police", "advocacy")
    assert verified_at(world, "police") - noted >= 2 * microseconds_of(DAY)


def test_a_time_of_nonsense_stops_nothing_and_takes_nothing_back(tmp_path: Path) -> None:
    world = simulate(tmp_path)
    noted = verified_at(world, "police")
    for number, silence in enumerate((10**17, microseconds_of(400 * DAY), 0)):
        world.hands.silences["advocacy", "police"] = lambda told, silence=silence: silence
        world.later("advocacy", days=2)
        world.emit("police", arrest(f"A240000{number}", on=TODAY))
        world.sync("police", "advocacy")
        assert (verified_at(world, "police") == noted) == bool(silence)
        assert world["advocacy"].replica.sizes()["police"] == world["police"].log.size


def test_keys_that_come_late_are_no_sign_of_life(tmp_path: Path) -> None:
    world = simulate(tmp_path)
    world.hands.hold_keys("advocacy", "police")
    world.emit("police", arrest(on=TODAY))
    world.sync("police", "advocacy")
    noted, before = verified_at(world, "police"), len(world.events("advocacy"))
    world.hands.free()
    world.later("advocacy", days=2)
    world.hands.silences["advocacy", "police"] = lambda told: microseconds_of(2 * DAY)
    world.sync("advocacy")
    assert len(world.events("advocacy")) > before
    assert verified_at(world, "police") == noted


def verified_at(world: Simulation, slug: str) -> int:
    """When the coordinating agency last heard another one."""
    (log,) = [one for one in world["advocacy"].replica.logs() if one.slug == slug]
    return log.verified_at


def microseconds_of(length: timedelta) -> int:
    return length // timedelta(microseconds=1)
