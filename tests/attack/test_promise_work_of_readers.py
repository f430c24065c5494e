"""Promise: what a member publishes costs its readers work in proportion; counted in calls and queries, never in seconds."""

from __future__ import annotations

from collections.abc import Callable
from cProfile import Profile
from pathlib import Path
from types import CodeType

from accord.adapters.sqlite import SqliteDatabase
from tests.exchange import Exchange, acceptance, arrest, found, referral

FEW, MANY = 16, 64
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
