"""Promise: what a member publishes costs its readers work in proportion; counted in calls and queries, never in seconds."""

from __future__ import annotations

from collections.abc import Callable
from cProfile import Profile
from pathlib import Path
from types import CodeType

import pytest

from accord.adapters.sqlite import SqliteDatabase
from accord.gateway import Submission
from accord.keys import mac, mac_two
from accord.seal import Opened, OpenedEvent
from tests.exchange import Exchange, acceptance, arrest, found, referral

FEW, MANY = 16, 64
DERIVED = (mac.__code__, mac_two.__code__)
QUERIES = (SqliteDatabase.query.__code__, SqliteDatabase.stream.__code__)


class Work:
    """How often functions were called while something was done; the engine's own steps are not seen."""

    def __init__(self, act: Callable[[], object]) -> None:
        profile = Profile()
        profile.runcall(act)
        self._counts = [(one.code, one.callcount) for one in profile.getstats()]

    @property
    def calls(self) -> int:
        """All calls."""
        return sum(count for _, count in self._counts)

    def of(self, *functions: CodeType) -> int:
        """Calls of these functions."""
        return sum(count for code, count in self._counts if code in functions)


def hub(root: Path, cases: int) -> Exchange:
    """The police refer so many cases, which the prosecutor takes into one file; the police have still to hear of it."""
    exchange = found(root, "police", "prosecutor", "advocacy")
    numbers = [f"A24{number:05}" for number in range(cases)]
    exchange.emit("police", *(make(number) for number in numbers for make in (arrest, referral)))
    exchange.sync_all()
    exchange.emit("prosecutor", *(acceptance(number, "P24-0001") for number in numbers))
    exchange.agency("prosecutor").sync()
    return exchange


def test_cases_taken_into_one_file_cost_their_publisher_in_proportion(tmp_path: Path) -> None:
    few, many = (Work(hub(tmp_path / str(cases), cases).agency("police").sync) for cases in (FEW, MANY))
    assert many.of(*QUERIES) < 5 * few.of(*QUERIES)
    assert many.calls < 5 * few.calls


def test_one_more_event_in_joined_cases_costs_their_publisher_in_proportion(tmp_path: Path) -> None:
    few, many = (one_more(hub(tmp_path / str(cases), cases)) for cases in (FEW, MANY))
    assert many.of(*QUERIES) < 5 * few.of(*QUERIES)
    assert many.calls < 5 * few.calls


def one_more(exchange: Exchange) -> Work:
    exchange.sync_all()
    exchange.emit("police", arrest("A2499999"), referral("A2499999"))
    exchange.sync_all()
    exchange.emit("prosecutor", acceptance("A2499999", "P24-0001"))
    exchange.agency("prosecutor").sync()
    return Work(exchange.agency("police").sync)


def long_file(root: Path, events: int) -> Exchange:
    """One file of the police with so many events and some more, read by the prosecutor and the advocates."""
    exchange = found(root, "police", "prosecutor", "advocacy")
    links = [{"occurred_on": "2024-06-05", "other_event": f"{number:032x}"} for number in range(events)]
    linked = (
        Submission("/test/police", f"link-{number}", "CaseLinked", "A2400001", link)
        for number, link in enumerate(links)
    )
    exchange.emit("police", arrest(), referral(), *linked)
    exchange.sync_all()
    exchange.release()
    return exchange


@pytest.mark.parametrize("slug", ["police", "prosecutor", "advocacy"])
def test_reading_a_file_again_derives_each_of_its_keys_once(tmp_path: Path, slug: str) -> None:
    """As a projection that is built anew does."""
    few, many = (read_again(long_file(tmp_path / str(events), events), slug) for events in (FEW, MANY))
    assert many.of(*DERIVED) < 5 * few.of(*DERIVED)


def read_again(exchange: Exchange, slug: str) -> Work:
    items: list[Opened] = []
    feed = exchange.agency(slug).replica.feed(0)
    work = Work(lambda: items.extend(item for several in feed for _, item in several))
    assert sum(isinstance(item, OpenedEvent) for item in items) >= FEW
    return work
