"""One long log: cost per event slice by slice, emitted and received, and peak memory, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tests.bench import ours
from tests.bench.measure import Stopwatch, peak, size_of
from tests.bench.workload import EVENTS_PER_FILE, events

LIMIT = 400_000_000
_CHUNK = 5_000


def run(count: int, folder: str | None) -> Iterator[str]:
    """Emit, publish and receive `count` events; lines to be printed."""
    with tempfile.TemporaryDirectory(prefix="accord-bench-", dir=folder) as place:
        for what in ("emit", "receive"):
            yield f"{what}: {count} events"
            command = [sys.executable, "-m", "tests.bench.long", what, place, str(count)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    yield "  " + line.rstrip()
            assert process.returncode == 0, f"{what} failed"


def _slice(count: int) -> int:
    return min(100_000, max(_CHUNK, count // 10 // _CHUNK * _CHUNK))


def _tell(first: int, done: int, watch: Stopwatch) -> None:
    each, cpu = watch.seconds / (done - first) * 1e6, watch.processor / (done - first) * 1e6
    print(f"{first:>9} - {done:<9} {each:7.0f} us/event {cpu:7.0f} cpu {peak() / 1e6:6.0f} MB", flush=True)


def emit(root: Path, count: int) -> None:
    """Backlog emit in one process; the events are made outside the clock, five thousand at a time."""
    ours.found(root)
    agency = ours.open_agency(root, ours.PUBLISHER)
    made, publisher, watch, first = ours.groups_of(events(count)), agency.publisher, Stopwatch(), 0
    for done in range(_CHUNK, count + 1, _CHUNK):
        some = list(islice(made, _CHUNK))
        with watch:
            for _ in publisher.emit(some):
                pass
        if done % _slice(count) == 0:
            _tell(first, done, watch)
            watch, first = Stopwatch(), done
    _peak()
    watch = Stopwatch()
    with watch:
        ours.publish_all(agency)
    wire = size_of(root / "wire" / ours.PUBLISHER)
    print(f"published in {watch.seconds:.0f} s, {wire // count} bytes per event on the wire", flush=True)
    watch = Stopwatch()
    with watch:
        agency.sync()  # nothing more to publish: our own log is projected, and grants that are due are looked for
    print(f"own log followed in {watch.seconds:.0f} s", flush=True)
    _peak()
    agency.close()


def receive(root: Path, count: int) -> None:
    """Receive, verify, open and project it in one process."""
    agency = ours.open_agency(root, ours.READER)
    projection, watch, first, done = agency.projection, Stopwatch(), 0, 0
    bundles = agency.replica.receive(ours.PUBLISHER)
    while True:
        with watch:
            items = next(bundles, None)
            if items is not None:
                agency.project(items)
        if items is None:
            break
        if projection.position * 5 // 9 - first >= _slice(count):
            done = projection.db.query("SELECT COUNT(*) FROM event")[0][0]
            _tell(first, done, watch)
            watch, first = Stopwatch(), done
    done = projection.db.query("SELECT COUNT(*) FROM event")[0][0]
    assert done == count // (100 * EVENTS_PER_FILE) * 100 * EVENTS_PER_FILE, done
    if done > first:
        _tell(first, done, watch)
    _peak()
    agency.close()


def _peak() -> None:
    print(
        f"peak {peak() / 1e6:.0f} MB: {'within' if peak() < LIMIT else 'OVER'} {LIMIT / 1e6:.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    {"emit": emit, "receive": receive}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
