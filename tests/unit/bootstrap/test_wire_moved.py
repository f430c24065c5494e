"""An exchange moves to another wire, as the runbook says: everybody publishes there before anybody reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from accord.bootstrap import Settings, WireSettings, current_views, verify_home
from tests.exchange import Exchange, arrest, found, referral

SLUGS = ("police", "prosecutor", "advocacy")


@pytest.fixture
def moved(tmp_path: Path) -> Exchange:
    """Three agencies whose homes name another folder; something was not published yet, something else not read."""
    exchange = found(tmp_path, *SLUGS)
    exchange.emit("police", arrest())
    exchange.agency("police").sync()
    exchange.emit("police", referral())
    exchange.release()
    (tmp_path / "elsewhere").mkdir()
    for slug in SLUGS:
        settings = Settings.read(exchange.home(slug))
        replace(settings, wire=WireSettings.of_directory(tmp_path / "elsewhere")).write()
    return exchange


def alarms(exchange: Exchange, *slugs: str) -> list[str]:
    return [one["kind"] for slug in slugs for one in current_views(exchange.agency(slug)).alarms()]


def test_nothing_is_lost_and_nothing_alarms_where_all_publish_before_anybody_reads(moved: Exchange) -> None:
    for slug in SLUGS:
        moved.agency(slug).publish()
    moved.sync_all()
    assert alarms(moved, *SLUGS) == []
    for slug in SLUGS:
        assert list(verify_home(moved.agency(slug))) == []
        assert moved.agency(slug).replica.sizes()["police"] == moved.agency("police").log.size
    moved.release()


def test_who_reads_before_the_others_have_published_is_alarmed_for_nothing_and_goes_on(
    moved: Exchange,
) -> None:
    assert moved.agency("advocacy").sync().unreached.keys() == {"police", "prosecutor"}
    moved.sync_all()
    assert alarms(moved, "advocacy") == ["entries_lost", "entries_lost"]  # and they stay
    assert list(verify_home(moved.agency("advocacy"))) == []
    sizes = moved.agency("advocacy").replica.sizes()
    assert sizes["police"] == moved.agency("police").log.size
    moved.release()
