"""How long a live event takes: from the publisher's receipt to the coordinator's projection, over a real broker.

Publisher and coordinator are processes of their own, started as an agency starts them (services/gateway.py and
services/projector.py), under a memorandum whose beat is 0, the broker beside them. Events are left in the publisher's inbox
one by one at a steady pace. This process watches the coordinator's projection as any other reader could, a thousand
times a second, and notes when it first sees each event.

    receipt -> visible    from `recorded_at`, which the publisher sets before it seals: the receipt comes a little later
    inbox -> visible      from the file's being left
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from accord.adapters.kafka import Servers, administered
from accord.bootstrap import Settings, WireSettings
from tests.bench import ours
from tests.bench.workload import Made, events
from tests.real.broker import Broker

COORDINATOR = "advocacy"
MEDIAN_MS, SLOWEST_MS = 50.0, 250.0  # to be reached: the median, the 99th percentile
_WARM = 100  # events before the clock: every file's first lets the coordinator in
_PATIENCE = 60.0
_SEEN = "SELECT event, recorded_at FROM event WHERE recorded_at >= ?"


@dataclass
class Latencies:
    """Milliseconds, one for each event; `cpu` is the processor time of both processes per event, in milliseconds."""

    receipt: list[float] = field(default_factory=list)
    inbox: list[float] = field(default_factory=list)
    cpu: float = 0.0


def run(count: int, pace: float, tell: Callable[[str], None]) -> Latencies:
    """So many events, `pace` a second. Raises Absent where no broker can be had."""
    tell(f"{count} live events, {pace:g} a second")
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        root = Path(folder)
        with Broker(root / "broker") as broker:
            _found(root, Servers((broker.server,)))
            return _live(root, list(events(count + _WARM))[: count + _WARM], pace)


def as_text(found: Latencies, pace: float) -> Iterator[str]:
    """Medians, 99th percentiles, and the most."""
    yield f"{len(found.receipt)} events, {pace:g} a second, over Kafka: milliseconds until the coordinator sees an event"
    yield f"{'':20}{'median':>8} {'99 %':>8} {'most':>8}"
    for name, values in (("receipt -> visible", found.receipt), ("inbox -> visible", found.inbox)):
        middle, late, most = percentiles(values)
        yield f"{name:20}{middle:8.1f} {late:8.1f} {most:8.1f}"
    middle, late, _ = percentiles(found.receipt)
    met = "met" if middle <= MEDIAN_MS and late <= SLOWEST_MS else "NOT MET"
    yield f"to reach: median {MEDIAN_MS:g}, 99 % {SLOWEST_MS:g}: {met}; {found.cpu:.1f} ms of processor time per event"


def percentiles(values: list[float]) -> tuple[float, float, float]:
    """Median, 99th percentile, and the most."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)], ordered[-1]


def _found(root: Path, servers: Servers) -> None:
    ours.found(root, WireSettings.of_kafka(servers.addresses), beat=0, adopting=())
    slugs = [path.parent.name for path in root.glob("*/agency.toml")]
    with administered(Settings.read(root / slugs[0]).exchange, slugs, servers) as preparation:
        preparation.prepare()
    ours.adopt(root, (ours.PUBLISHER, COORDINATOR))
    (root / ours.PUBLISHER / "inbox").mkdir()


def _live(root: Path, told: list[Made], pace: float) -> Latencies:
    with ExitStack() as stack:
        before = os.times()
        for name, slug in (("gateway", ours.PUBLISHER), ("projector", COORDINATOR)):
            stack.enter_context(_process(name, root / slug))
        watcher = stack.enter_context(closing(_Watcher(root / COORDINATOR / "projection.db")))
        _tell(root, told[:_WARM], 0.0, watcher)
        found = _tell(root, told[_WARM:], 1 / pace, watcher)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    found.cpu = spent / len(told) * 1000
    return found


def _tell(root: Path, told: list[Made], every: float, watcher: _Watcher) -> Latencies:
    """Leave events in the inbox one by one, and wait until all are seen."""
    already = len(watcher.seen)
    left: list[float] = []
    begun = time.time()
    while len(left) < len(told):
        if time.time() >= begun + len(left) * every:
            left.append(_leave(root / ours.PUBLISHER / "inbox", already + len(left), told[len(left)]))
        watcher.look()
    until = time.monotonic() + _PATIENCE
    while len(watcher.seen) < already + len(told):
        assert time.monotonic() < until, f"{len(watcher.seen) - already} of {len(told)} events seen"
        watcher.look()
    found = Latencies()
    for at, (recorded, visible) in zip(left, sorted(watcher.seen.values())[already:], strict=True):
        found.receipt.append((visible - recorded) * 1000)
        found.inbox.append((visible - at) * 1000)
    return found


def _leave(inbox: Path, number: int, made: Made) -> float:
    [submission] = ours.group(made).submissions
    said = {
        "specversion": "1.0", "source": submission.source, "id": submission.id, "type": submission.type,
        "subject": submission.subject, "data": submission.data,
    }  # fmt: skip
    temporary = inbox / f".{number:06}"
    temporary.write_text(json.dumps(said) + "\n")
    temporary.rename(inbox / f"{number:06}.ndjson")
    return time.time()


class _Watcher:
    """Looks at a projection; `seen` holds when an event was recorded and when it was first seen, in seconds."""

    def __init__(self, path: Path) -> None:
        until = time.monotonic() + _PATIENCE
        while not path.exists():
            assert time.monotonic() < until, "the coordinator has no projection"
            time.sleep(0.05)
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        while not self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'").fetchall():
            time.sleep(0.05)
        self._version, self._newest = -1, 0
        self.seen: dict[bytes, tuple[float, float]] = {}

    def look(self) -> None:
        """Look once, if anything was committed since; then wait a millisecond."""
        version = self._database.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._version = version
            rows = self._database.execute(_SEEN, (self._newest,)).fetchall()
            now = time.time()
            for event, recorded_at in rows:
                self.seen.setdefault(event, (recorded_at / 1e6, now))
                self._newest = max(self._newest, recorded_at)
        time.sleep(0.001)

    def close(self) -> None:
        """Stop looking."""
        self._database.close()


@contextmanager
def _process(name: str, home: Path) -> Iterator[None]:
    words = [sys.executable, "-m", f"services.{name}", "--home", str(home)]
    log = home / f"{name}.log"
    with log.open("w") as out, subprocess.Popen(words, stdout=out, stderr=out) as process:
        try:
            yield
        except BaseException:
            print(log.read_text(), file=sys.stderr)
            raise
        finally:
            process.send_signal(signal.SIGTERM)
