"""Homes over HTTPS and over Kafka: an agency that is dead is silent after a day, one that has nothing to say is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from accord.adapters.kafka import KafkaWire, Servers
from accord.bootstrap import WireSettings
from accord.gateway import Accepted
from accord.projection import Views
from tests.contract.worlds import aged
from tests.exchange import SLUGS, START, Exchange, arrest, found, microseconds, referral
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.served_exchange import by_nginx, ours, servers

DAY = timedelta(days=1)
TAKING_PART = ("police", "prosecutor", "advocacy")
READER = "advocacy"
After = Callable[[Exchange, float], AbstractContextManager[None]]


def over_https(root: Path, stack: ExitStack) -> tuple[dict[str, WireSettings], After]:
    """Our own servers; time goes by for what they serve."""
    running = stack.enter_context(servers(root, ours))
    return running.wires(), lambda _, seconds: aged(root.glob("*/wire/*/checkpoint"), seconds)


def behind_nginx(root: Path, stack: ExitStack) -> tuple[dict[str, WireSettings], After]:
    """The same behind nginx."""
    running = stack.enter_context(servers(root, by_nginx))
    return running.wires(), lambda _, seconds: aged(root.glob("*/wire/*/checkpoint"), seconds)


def over_kafka(root: Path, stack: ExitStack) -> tuple[dict[str, WireSettings], After]:
    """Records keep the times that the broker gave them: it is the reader's clock that goes on."""
    broker = Servers((shared_broker().server,))
    prepare_anew("walkthrough", SLUGS, broker)

    @contextmanager
    def later(exchange: Exchange, seconds: float) -> Iterator[None]:
        wire = exchange.agency(READER).wire
        assert isinstance(wire, KafkaWire)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wire, "_now", lambda: time.time() + seconds)
            yield

    return dict.fromkeys(SLUGS, WireSettings.of_kafka(broker.addresses)), later


@pytest.mark.parametrize(
    "carried", [over_https, behind_nginx, pytest.param(over_kafka, marks=GROUP)], ids=lambda one: one.__name__
)
def test_the_dead_are_silent_and_the_quiet_are_not(
    tmp_path: Path, carried: Callable[[Path, ExitStack], tuple[dict[str, WireSettings], After]]
) -> None:
    with ExitStack() as stack:
        wires, after = carried(tmp_path, stack)
        exchange = found(tmp_path, *TAKING_PART, wires=wires)
        stack.callback(exchange.release)
        told = exchange.emit("police", arrest(on="2024-12-30"), referral(on="2024-12-31"))
        assert all(isinstance(one, Accepted) for one in told), told
        exchange.sync_all()
        assert owed(exchange, 30, "police", "prosecutor", READER) == ({"overdue"}, False)
        for days in (32, 33):
            exchange.set_clocks(START + days * DAY)
            with after(exchange, (days - 30) * DAY.total_seconds()):
                for _ in range(2):
                    assert owed(exchange, days, READER) == ({"silent"}, True)
        assert owed(exchange, 34, "police", "prosecutor", READER) == ({"overdue"}, False)


def owed(exchange: Exchange, days: int, *syncing: str) -> tuple[set[str], bool]:
    """When these have had a turn: the states of what the prosecutor owes, and whether it is called silent."""
    moment = START + days * DAY
    if exchange.agency(READER).clock.now() < microseconds(moment):
        exchange.set_clocks(moment)
    for slug in syncing:
        assert not exchange.agency(slug).sync().unreached
    report = Views(exchange.agency(READER).projection).overdue(microseconds(moment))
    states = {one["state"] for one in report["obligations"] if one["owner"] == "prosecutor"}
    return states, "prosecutor" in report["silent_logs"]
