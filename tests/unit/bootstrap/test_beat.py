"""What a turn raises: what passes is tried again on the next beat, and what does not pass ends the service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accord.bootstrap import Agency, Beat, Settings
from accord.errors import AccordError, Damaged
from tests.exchange import Exchange, arrest, found, vocabulary


class Watcher:
    """Keeps what it is told; ends the beat after the first turn that went well."""

    def __init__(self) -> None:
        self.failures: list[tuple[str, bool]] = []
        self.beat: Beat | None = None

    def said(self, line: str) -> None: ...

    def went_well(self, agency: Agency) -> None:
        assert self.beat is not None
        self.beat.stop.set()

    def failed(self, error: AccordError, *, again: bool) -> None:
        self.failures.append((type(error).__name__, again))


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    """The police have published an arrest, which advocacy has not received."""
    made = found(tmp_path, "police", "advocacy", beat="0s")
    made.emit("police", arrest())
    made.agency("police").sync()
    made.release()
    return made


def run(exchange: Exchange, turn: Callable[[Agency], None]) -> Watcher:
    """Take turns as advocacy until one went well."""

    def one(agency: Agency, stopping: Callable[[], bool]) -> None:
        turn(agency)

    watcher = Watcher()
    watcher.beat = Beat(exchange.home("advocacy"), {}, one, watcher, lambda agency, seconds: False)
    watcher.beat.run()
    return watcher


def test_who_was_overtaken_goes_on_behind_the_other_in_the_next_turn(exchange: Exchange) -> None:
    sizes: list[int] = []

    def turn(agency: Agency) -> None:
        sizes.append(agency.replica.sizes()["police"])
        if len(sizes) == 1:  # another worker of ours comes between looking where the log stands and receiving
            agency.replica.receiver._origin("police")
            other = Agency(Settings.read(exchange.home("advocacy")), {}, vocabulary(), writing=False)
            assert list(other.replica.receive("police"))
            other.close()
            agency.project([item for found in agency.replica.receive("police") for item in found])
        agency.receive()

    assert run(exchange, turn).failures == [("Overtaken", False)]
    assert sizes[1] > sizes[0]
    exchange.sync_all()
    said = exchange.agency("advocacy").projection.db.query("SELECT kind FROM event WHERE origin = 'police'")
    assert said == [("ArrestMade",)]
    exchange.release()


def test_who_was_overtaken_in_projecting_goes_on_as_well(exchange: Exchange) -> None:
    turns: list[int] = []

    def turn(agency: Agency) -> None:
        turns.append(agency.projection.position)
        if len(turns) == 1:
            other = Agency(Settings.read(exchange.home("advocacy")), {}, vocabulary(), writing=False)
            items = [item for found in other.replica.receive("police") for item in found]
            other.projection.apply(items)
            other.close()
            agency.project(items)
        agency.receive()

    assert run(exchange, turn).failures == [("Overtaken", False)]
    assert turns[1] > turns[0]


def test_what_contradicts_the_store_is_not_tried_for_ever(exchange: Exchange) -> None:
    def turn(agency: Agency) -> None:
        with agency.store.transaction() as transaction:
            transaction.execute("INSERT INTO log_head (size, note, at) SELECT size, note, at FROM log_head")

    with pytest.raises(Damaged, match="contradicts"):
        run(exchange, turn)
