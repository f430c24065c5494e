"""An agency cannot take back that somebody read: the head of its reading log leaves once a day, and answers for it.

Attack: the reading log is replaced by an older copy, or rewritten, by whoever can write the home's files.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.adapters.directory import Fault
from accord.bootstrap import verify_home
from accord.bootstrap.readheads import last_hour
from accord.memorandum import Memorandum
from tests.exchange import EXAMPLE, Exchange, found, vocabulary

DAY = datetime(2025, 1, 10, 18, tzinfo=UTC)  # late morning in Denver


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police", "advocacy", "auditor")
    made.sync_all()
    yield made
    made.release()


def a_day_later(made: Exchange, number: int, *readers: str) -> None:
    """The next day: these agencies read once each; then everybody syncs, and again an hour later."""
    made.set_clocks(DAY + timedelta(days=number))
    for slug in readers:
        made.agency(slug).reads.record("officer", "cases", f"{number}")
    made.sync_all()


def heads(made: Exchange, watcher: str) -> list[str]:
    """Of whose reading logs this agency has seen a head, by how many times."""
    return [slug for slug, _, _ in made.agency(watcher).replica.reads_heads()]


def faults(made: Exchange, slug: str) -> list[Fault]:
    return list(verify_home(made.agency(slug)))


def test_a_head_leaves_once_a_day_and_only_to_who_holds_the_agency_to_it(exchange: Exchange) -> None:
    a_day_later(exchange, 0)
    assert heads(exchange, "auditor") == []  # nobody has read yet
    a_day_later(exchange, 1, "police", "advocacy", "auditor")
    exchange.sync_all()
    assert heads(exchange, "auditor") == ["advocacy", "auditor", "police"]
    assert heads(exchange, "advocacy") == ["advocacy", "auditor"]
    assert heads(exchange, "police") == ["police"]
    a_day_later(exchange, 2)
    assert heads(exchange, "auditor").count("police") == 2  # though nobody has read: silence would say so
    for slug in exchange.slugs:
        assert faults(exchange, slug) == []


def test_the_hour_does_not_follow_the_read(exchange: Exchange) -> None:
    a_day_later(exchange, 1, "police")
    size = exchange.agency("police").log.size
    exchange.set_clocks(DAY + timedelta(days=1, hours=12))
    exchange.agency("police").reads.record("officer", "case", "4711")
    exchange.sync_all()
    assert exchange.agency("police").log.size == size  # until four o'clock the next morning
    exchange.set_clocks(DAY + timedelta(days=1, hours=17, minutes=1))
    exchange.sync_all()
    assert exchange.agency("police").log.size == size + 1


def test_nothing_of_what_was_read_leaves(exchange: Exchange) -> None:
    a_day_later(exchange, 1, "police")
    note = next(
        note for slug, _, note in exchange.agency("auditor").replica.reads_heads() if slug == "police"
    )
    name, size, *_ = note.splitlines()
    assert (name, size) == (f"{exchange.agency('police').log.origin}/reads", "1")
    assert "officer" not in note


def replaced(made: Exchange, old: Path) -> None:
    """Put an older reading log in the place of the police's."""
    made.release()
    for path in made.home("police").glob("reads.db*"):
        path.unlink()
    shutil.copy(old, made.home("police") / "reads.db")


def older(made: Exchange, tmp_path: Path) -> Path:
    made.release()
    return Path(shutil.copy(made.home("police") / "reads.db", tmp_path / "old.db"))


def test_a_reading_log_that_was_rolled_back_is_told_of_at_home_and_by_the_auditor(
    exchange: Exchange, tmp_path: Path
) -> None:
    a_day_later(exchange, 1, "police")
    old = older(exchange, tmp_path)
    a_day_later(exchange, 2, "police")
    replaced(exchange, old)
    (fault,) = faults(exchange, "police")
    assert (fault.log, fault.file) == ("police", "reads.db")
    assert "rolled back" in fault.reason
    assert faults(exchange, "auditor") == []  # it cannot know yet
    a_day_later(exchange, 3)
    (told,) = faults(exchange, "auditor")
    assert (told.log, told.file) == ("police", "replica.db")
    assert "fewer reads" in told.reason


def test_a_reading_log_that_was_rewritten_is_told_of_too(exchange: Exchange, tmp_path: Path) -> None:
    a_day_later(exchange, 1, "police")
    old = older(exchange, tmp_path)
    a_day_later(exchange, 2, "police")
    replaced(exchange, old)
    exchange.agency("police").reads.record("officer", "cases", "another")
    assert "rewritten" in faults(exchange, "police")[0].reason
    a_day_later(exchange, 3)
    assert ["other reads" in one.reason for one in faults(exchange, "auditor")] == [True]


def test_what_the_day_has_left_to_say_is_said_once_whatever_dies(exchange: Exchange) -> None:
    a_day_later(exchange, 1, "police")
    size = exchange.agency("police").log.size
    for _ in range(3):
        exchange.release()
        exchange.agency("police").sync()
    assert exchange.agency("police").log.size == size


@given(st.datetimes(datetime(2019, 1, 1), datetime(2035, 1, 1)).map(lambda one: one.replace(tzinfo=UTC)))
def test_the_hour_is_a_local_one_and_the_last_that_has_passed(now: datetime) -> None:
    memorandum = Memorandum.parse((EXAMPLE / "memorandum.toml").read_bytes(), vocabulary())
    hour = last_hour(memorandum, now)
    assert timedelta(0) <= now - hour.astimezone(UTC) < timedelta(hours=25)
    assert hour.time() == memorandum.private_heads_at
