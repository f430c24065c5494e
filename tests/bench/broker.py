"""Rounds over a real broker, beside raw kafka-python; see docs/performance.md."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.measure import Figures
from tests.bench.rounds import Results, Target, one, ratios, spread, whole
from tests.real.broker import Broker

TITLES = {
    "kafka.publish": "Accord, outbox to broker",
    "kafka.raw_publish": "kafka-python, a record each",
    "kafka.receive": "Accord, broker to projection",
    "kafka.raw_each": "kafka-python, a commit each",
    "kafka.raw_insert": "kafka-python, insert by 500",
    "kafka.raw_read": "kafka-python, only read",
}
TARGETS = (
    Target("backlog publish / raw", "kafka.publish", "kafka.raw_publish", 1.0),
    Target("receive-to-projection / raw, a commit each", "kafka.receive", "kafka.raw_each", 1.0),
    Target("receive-to-projection / raw, insert by 500", "kafka.receive", "kafka.raw_insert", 1.0),
)
BESIDE = (Target("receive-to-projection / raw, only read", "kafka.receive", "kafka.raw_read", 0.0),)
TIMES = 2  # a backlog of 10,000 events is sent in half a second, of which the first requests are a tenth
_SENDING = ("kafka.publish", "kafka.raw_publish")
_RECEIVING = ("kafka.receive", "kafka.raw_each", "kafka.raw_insert", "kafka.raw_read")


def run(rounds: int, events: int, tell: Callable[[str], None]) -> Results:
    """All contenders, `rounds` times, over one broker; raises Absent where none can be had."""
    results: Results = {}
    with (
        tempfile.TemporaryDirectory(prefix="accord-bench-") as folder,
        Broker(Path(folder, "broker")) as broker,
    ):
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}, over Kafka")
            for name, figures in _round(Path(folder), broker.server, whole(TIMES * events), number):
                results.setdefault(name, []).append(figures)
    return results


def _round(folder: Path, server: str, events: int, number: int) -> Iterator[tuple[str, Figures]]:
    root = folder / "kafka"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    (root / "broker").write_text(server)
    one("kafka.found", folder, events, keep=True)
    for names in (_SENDING, _RECEIVING):
        for name in names[:: 1 if number % 2 == 0 else -1]:
            yield name, one(name, folder, events, keep=True)


def as_text(results: Results) -> Iterator[str]:
    """The figures and their ratios."""
    yield f"{'':30}{'events/s':>9} {'range':>15} {'cpu us/event':>13} {'peak MB':>8}"
    for name, title in TITLES.items():
        of = results[name]
        rate, least, most = spread([each.events / each.seconds for each in of])
        cpu = spread([each.processor / each.events * 1e6 for each in of])[0]
        peak = max(each.peak for each in of) / 1e6
        yield f"{title:30}{rate:9.0f} {f'{least:.0f}-{most:.0f}':>15} {cpu:13.0f} {peak:8.0f}"
    yield ""
    yield f"{'ratio, in the same round':46}{'reach':>6} {'median':>7} {'range':>11} {'':8} {'of cpu':>7}"
    for target in (*TARGETS, *BESIDE):
        middle, least, most = spread(ratios(target, results))
        cpu = spread(ratios(target, results, "processor"))[0]
        met = "" if target in BESIDE else "met" if middle >= target.reach else "NOT MET"
        reach = f"{target.reach:6.2f}" if target.reach else f"{'-':>6}"
        yield f"{target.name:46}{reach} {middle:7.2f} {f'{least:.2f}-{most:.2f}':>11} {met:8} {cpu:7.2f}"
