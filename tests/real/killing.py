"""Playing a plan of operations in processes that are killed, and what is left when all is done."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from accord.adapters.sqlite import SqliteDatabase
from accord.bootstrap import opened, verify_home, verify_receipts
from accord.gateway import OwnReader
from accord.ports import Database
from accord.projection import digest
from accord.seal import Opened, OpenedEvent, OpenedGrant
from tests.exchange import Exchange, Stores, found, microseconds, vocabulary
from tests.real.kill_driver import PHASES
from tests.walkthrough_county import told

REPOSITORY = Path(__file__).parents[2]
NOW = datetime(2025, 4, 1, tzinfo=UTC)
Operation = dict[str, Any]
Key = tuple[str, str]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one: a killed process loses nothing that the kernel has."""
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="accord-", dir=memory if os.access(memory, os.W_OK) else None))
    try:
        yield root
    finally:
        shutil.rmtree(root)


@dataclass
class Attempt:
    """What came of one process."""

    status: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    opened_after: float = 0.0
    seconds: float = 0.0

    @property
    def finished(self) -> bool:
        return self.status == 0

    @property
    def points(self) -> int:
        """How many points of dying it came to."""
        return int(self.lines[-1]["points"])

    def receipts(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        """Every receipt that was printed, by source and id."""
        for line in self.lines:
            if "receipt" in line:
                yield (line["key"][0], line["key"][1]), line["receipt"]


@dataclass(frozen=True)
class Kill:
    """When to kill: so long after an event of the process (`pid`, `opened` or the n-th `receipt`)."""

    after: str
    delay: float = 0.0
    count: int = 1


class Driver:
    """The process that forks those that die."""

    def __init__(self, folder: Path) -> None:
        self._phase = folder / "phase"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.real.kill_driver", str(self._phase)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout.fileno()
        self._buffer = b""

    def run(self, root: Path, operation: Operation, kill: Kill | None = None) -> Attempt:
        """Carry out an operation, killing its process where told to; returns once it is gone."""
        self.begin(root, operation)
        return self.end(kill)

    def begin(self, root: Path, operation: Operation) -> None:
        """Set an operation going."""
        self._input.write(json.dumps({**operation, "root": str(root)}).encode() + b"\n")
        self._input.flush()

    def phase(self) -> str:
        """What the last process was last about to do."""
        return PHASES[self._phase.read_bytes()[0]]

    def forget_phase(self) -> None:
        """What the last process was about to do no longer matters."""
        with self._phase.open("r+b") as file:  # the same file: the processes hold it open
            file.write(b"\0")

    def close(self) -> None:
        """End the process."""
        self._input.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def end(self, kill: Kill | None = None) -> Attempt:
        """Wait until the operation's process is gone."""
        attempt = Attempt()
        start, at, pid, seen = time.monotonic(), None, 0, 0
        while True:
            line = self._line(at)
            now = time.monotonic()
            if line is None:
                os.kill(pid, signal.SIGKILL)
                at = None
                continue
            if "ended" in line:
                attempt.status, attempt.seconds = line["ended"], now - start
                return attempt
            attempt.lines.append(line)
            pid = line.get("pid", pid)
            if "opened" in line:
                attempt.opened_after = now - start
            if kill is not None and kill.after in line:
                seen += 1
                if seen == kill.count:
                    at = now + kill.delay

    def _line(self, until: float | None) -> dict[str, Any] | None:
        """The next line; None when it has not come by then."""
        while b"\n" not in self._buffer:
            wait = 60.0 if until is None else until - time.monotonic()
            if wait <= 0 or not select.select([self._output], [], [], wait)[0]:
                assert until is not None, "nothing was heard for a minute"
                return None
            read = os.read(self._output, 1 << 16)
            assert read, "the driver has died"
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\n")
        said: dict[str, Any] = json.loads(line)
        return said


# ---- A plan ----


@dataclass
class Plan:
    """Operations in order, how long each took undisturbed, and the receipts that were printed."""

    operations: list[Operation] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)
    receipts: dict[Key, dict[str, Any]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)

    def event_id(self, source: str, id_: str) -> str:
        """The event of an earlier receipt."""
        receipt = self.receipts.get((source, id_))
        return receipt["event_id"] if receipt else "00" * 16


def founded(root: Path, *slugs: str, stores: Stores = None) -> Exchange:
    """An exchange in which all have adopted and read each other's adoptions, a month after the county's last act."""
    exchange = found(root, *slugs, stores=stores)
    exchange.set_clocks(NOW)
    return exchange


def play_county(driver: Driver, exchange: Exchange, cases: int, seed: int, stretch: int) -> Plan:
    """Tell a county undisturbed, `stretch` hand-ins at a time and a sync of all after each."""
    plan = Plan()
    steps = [one for one in told(cases, seed) if one.agency in exchange.slugs]
    for start in range(0, len(steps), stretch):
        part = steps[start : start + stretch]
        for slug in exchange.slugs:
            given = [one.with_event_ids(plan.event_id) for one in part if one.agency == slug]
            if given:
                said = [[one.source, one.id, one.type, one.subject, one.data] for one in given]
                _play(driver, exchange.root, plan, {"do": "emit", "agency": slug, "submissions": said})
        for slug in exchange.slugs:
            _play(driver, exchange.root, plan, {"do": "sync", "agency": slug})
    for slug in (*exchange.slugs, *exchange.slugs):
        _play(driver, exchange.root, plan, {"do": "sync", "agency": slug})
    return plan


def _play(driver: Driver, root: Path, plan: Plan, operation: Operation) -> None:
    operation["lone"] = len(plan.operations) % 3 > 0
    # What a kill takes from an agency is well below a minute: the order of acts by their times stays what it was.
    operation["clock"] = microseconds(NOW) + len(plan.operations) * 60_000_000
    attempt = driver.run(root, operation)
    assert attempt.finished, attempt.lines
    plan.operations.append(operation)
    plan.spans.append((attempt.opened_after, attempt.seconds))
    plan.receipts.update(attempt.receipts())
    plan.others.update(name for line in attempt.lines for name in ("refused", "waiting") if name in line)


# ---- What is left ----


@dataclass(frozen=True)
class Left:
    """All that an agency holds, but for times, positions and secrets."""

    digest: str
    log: Counter[tuple[Any, ...]]
    emissions: Counter[tuple[Any, ...]]
    rows: Mapping[str, int]
    waiting: int
    awaiting: int
    unprojected: int
    faults: list[str]


def left(home: Path, *, verify: bool = True) -> Left:
    """What a home holds."""
    with opened(home, {}, write=False, vocabulary=vocabulary()) as agency:
        own = OwnReader(agency.slug, agency.store, agency.log, agency._writer.mapper)
        emissions = agency.store.query("SELECT event_id, content, idx FROM event")
        return Left(
            digest(agency.projection),
            Counter(_said(one) for one in own.read(0, agency.log.size)),
            Counter((row[0].hex().upper(), row[1].hex().upper(), row[2]) for row in emissions),
            {**_counts(agency.store), **_counts(agency.replica_database)},
            len(agency.publisher.waiting()),
            sum(log.awaiting for log in agency.replica.logs()),
            agency.replica.last - agency.projection.position,
            [str(fault) for fault in verify_home(agency)] if verify else [],
        )


def _said(one: Opened) -> tuple[Any, ...]:
    if isinstance(one, OpenedEvent):
        return ("event", one.event_id, one.kind, one.file, json.dumps(one.values, default=bytes.hex))
    if isinstance(one, OpenedGrant):
        shares = tuple((share.recipient, share.chains, share.history) for share in one.shares)
        return ("grant", one.file, one.because_event, shares)
    return (type(one).__name__, getattr(one, "fault", ""), getattr(one, "about_index", -1))


def _counts(database: Database) -> dict[str, int]:
    """Rows of each table; the feed's heads are as many as there were visits."""
    names = _tables(database)
    counted = {name: database.query(f"SELECT COUNT(*) FROM {name}")[0][0] for name in names}
    if "feed" in counted:
        counted["feed"] = database.query("SELECT COUNT(*) FROM feed WHERE what <> 'head'")[0][0]
    return {
        name: count
        for name, count in counted.items()
        if name not in ("log_head", "progress", "sqlite_sequence", "schema_version", "writer")
    }


def _tables(database: Database) -> list[str]:
    if isinstance(database, SqliteDatabase):
        return [row[0] for row in database.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [
        row[0]
        for row in database.query("SELECT tablename FROM pg_tables WHERE schemaname = ?", (database.name,))
    ]


def wire_names(root: Path) -> set[str]:
    """The files of the wire."""
    return {path.relative_to(root).as_posix() for path in (root / "wire").rglob("*") if path.is_file()}


def check_receipts(exchange_root: Path, receipts: Mapping[Key, dict[str, Any]]) -> int:
    """Verify receipts offline, each in its publisher's home; returns how many."""
    by_log: dict[str, list[dict[str, Any]]] = {}
    for receipt in receipts.values():
        by_log.setdefault(receipt["origin"].rpartition("/")[2], []).append(receipt)
    for slug, several in by_log.items():
        with opened(exchange_root / slug, {}, write=False, vocabulary=vocabulary()) as agency:
            checked = verify_receipts(agency, map(json.dumps, several))
            assert [one.fault for one in checked if one.fault] == []
            assert all(one.seen for one in checked)
    return len(receipts)
