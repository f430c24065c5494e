"""The processes that die in the crash tests.

    python -m tests.real.kill_driver PHASE [--once]

reads operations from standard input, a JSON object a line with the `root` of the homes, and carries out each in a
process of its own, which it forks so that hundreds of them cost no start of an interpreter:

    {"do": "emit", "agency": slug, "submissions": [...], "lone": bool}     lone: a commit for each
    {"do": "sync", "agency": slug}
    {"do": "read", "agency": slug, "times": n}                             reads are recorded, nothing else is written
    ... "clock": micros the home's clock shows at least this
    ... "tell": true    it says each time what it is about to do
    ... "limit": bytes  no file can grow beyond this
    ... "meek": true    permissions bind the process even if it is root's
    ... "die": k        the process dies at the k-th point of dying that it comes to
    ... "count": true   it says at the end how many such points it came to

It prints a line for everything that happened: `pid`, `opened`, `receipt` (after the event is durable, written to the
pipe at once), `refused`, `waiting`, `done`, and `ended` with the process's status. The file PHASE holds one byte: what
the process was last about to do.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import signal
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from accord.adapters.directory import DirectoryWire, Disk
from accord.adapters.kafka import KafkaWire
from accord.bootstrap import Agency, opened, verify_home
from accord.errors import AccordError
from accord.gateway import Accepted, Follower, Group, Outbox, Publisher, Refusal, Submission, Writer
from accord.projection import Projection, Views, digest
from accord.replica import Receiver, RingStore
from accord.sources import SteppedClock
from tests.exchange import vocabulary

PHASES = (
    "starting",
    "opened",
    "sealing",
    "committing",
    "committed",
    "receipt",
    "publishing",
    "keys",
    "bundle",
    "published",
    "receiving",
    "storing",
    "acknowledging",
    "absorbing",
    "projecting",
    "following",
    "retrying",
    "done",
)
_WATCHED: tuple[tuple[type, str, str, str | None], ...] = (
    (Writer, "record", "sealing", None),
    (Writer, "commit", "committing", "committed"),
    (Outbox, "publish", "publishing", "published"),
    (DirectoryWire, "put_keys", "keys", None),
    (DirectoryWire, "publish", "bundle", None),
    (DirectoryWire, "acknowledge", "acknowledging", None),
    (KafkaWire, "_leave", "keys", None),
    (KafkaWire, "_append", "bundle", None),
    (KafkaWire, "acknowledge", "acknowledging", None),
    (Receiver, "receive", "receiving", None),
    (Receiver, "absorb", "absorbing", None),
    (RingStore, "write", "storing", None),
    (Projection, "apply", "projecting", None),
    (Follower, "follow", "following", None),
    (Publisher, "retry", "retrying", None),
)


class Phase:
    """One byte in a file that others can read after this process is gone."""

    def __init__(self, path: Path) -> None:
        self.telling = False
        path.write_bytes(b"\0")
        with path.open("r+b") as file:
            self._byte = mmap.mmap(file.fileno(), 1)

    def set(self, name: str) -> None:
        """Say what is done next."""
        self._byte[0] = PHASES.index(name)
        if self.telling:
            say(**{f"at {name}": True})

    def watch(self) -> None:
        """Let the watched methods say that they begin, and some that they have ended."""
        for owner, name, before, after in _WATCHED:
            setattr(owner, name, self._watched(getattr(owner, name), before, after))

    def _watched(self, method: Callable[..., Any], before: str, after: str | None) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.set(before)
            result = method(*arguments, **named)
            if after is not None:
                self.set(after)
            return result

        return call


# ---- Points of dying, counted ----


class Points:
    """Counts the points at which a process can die, and dies at one."""

    def __init__(self, last: int | None) -> None:
        self.passed = 0
        self._last = last

    def here(self) -> None:
        """One such point."""
        if self.is_last():
            die()
        self.passed += 1

    def is_last(self) -> bool:
        """Whether this is where to die."""
        return self.passed == self._last


def die() -> None:
    """What SIGKILL does: nothing of this process runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def place_points(points: Points) -> None:
    """Put points before every change of the disk, in the middle of every file, and around every commit."""
    _place_in_files(points)
    _place_in_databases(points)


def _place_in_files(points: Points) -> None:
    def before(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            points.here()
            return method(*arguments)

        return call

    write = Disk.write

    def half(disk: Disk, path: Path, data: bytes) -> None:
        if points.is_last():
            write(disk, path, data[: len(data) // 2])
        points.here()
        write(disk, path, data)

    Disk.write = before(half)  # type: ignore[method-assign]
    for name in ("rename", "link", "remove", "make_folder", "remove_folder", "sync"):
        setattr(Disk, name, before(getattr(Disk, name)))


def _place_in_databases(points: Points) -> None:
    class Dying(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            return _around(points, arguments[0], lambda: super(Dying, self).execute(*arguments))

        def commit(self) -> None:
            _around(points, "COMMIT", super().commit)

    connect = sqlite3.connect

    def connected(*arguments: Any, **named: Any) -> sqlite3.Connection:
        return connect(*arguments, **named, factory=Dying)

    sqlite3.connect = connected  # type: ignore[assignment]


def _around(points: Points, statement: str, run: Callable[[], Any]) -> Any:
    if statement != "COMMIT":
        return run()
    points.here()
    result = run()
    points.here()
    return result


# ---- One operation ----


def say(**what: Any) -> None:
    """A line to whoever watches, whole or not at all: shorter than a pipe's atomic write."""
    line = json.dumps(what).encode() + b"\n"
    assert len(line) <= 4096
    os.write(1, line)


def carry_out(root: Path, operation: dict[str, Any], phase: Phase) -> None:
    """Open the home, do it, say so."""
    reading = operation["do"] == "read"
    with opened(root / operation["agency"], {}, write=not reading, vocabulary=vocabulary()) as agency:
        if "clock" in operation:
            assert isinstance(agency.clock, SteppedClock)
            agency.clock.move_to(operation["clock"])
        phase.set("opened")
        say(opened=True)
        if operation["do"] == "emit":
            _emit(agency, operation, phase)
        elif reading:
            _read(agency, operation["times"])
        else:
            agency.sync()
    phase.set("done")


def _read(agency: Agency, times: int) -> None:
    for number in range(times):
        agency.reads.record("reader", "cases", str(number))
    cases = Views(agency.projection).cases()
    waiting = agency.publisher.waiting()
    say(
        cases=len(cases),
        waiting=len(waiting),
        digest=digest(agency.projection),
        faults=[str(fault) for fault in verify_home(agency)],
    )


def _emit(agency: Agency, operation: dict[str, Any], phase: Phase) -> None:
    for groups in _commits(operation):
        for outcome in agency.emit(groups):
            first = outcome.group.submissions[0]
            key = [first.source, first.id]
            if isinstance(outcome, Accepted):
                phase.set("receipt")
                say(receipt=outcome.receipts[0].as_json(), key=key)
            elif isinstance(outcome, Refusal):
                say(refused=f"{outcome.where}: {outcome.reason}", key=key)
            else:
                say(waiting=outcome.field, key=key)


def _commits(operation: dict[str, Any]) -> Iterator[list[Group]]:
    groups = [Group((Submission(*one),)) for one in operation["submissions"]]
    if operation["lone"]:
        yield from ([group] for group in groups)
    else:
        yield groups


def run(root: Path, operation: dict[str, Any], phase: Phase) -> None:
    """Carry out an operation in this process, dying where it says."""
    phase.set("starting")
    say(pid=os.getpid())
    _bind(operation)
    points = Points(operation.get("die"))
    if "die" in operation or "count" in operation:
        place_points(points)
    else:
        phase.telling = operation.get("tell", False)
        phase.watch()
    try:
        carry_out(root, operation, phase)
    except AccordError as error:
        say(error=type(error).__name__, message=str(error), advice=error.advice)
        return
    say(done=True, points=points.passed)


def _bind(operation: dict[str, Any]) -> None:
    """Take from this process what the operation says that it lacks."""
    if "limit" in operation:
        resource.setrlimit(resource.RLIMIT_FSIZE, (operation["limit"], operation["limit"]))
    if operation.get("meek") and os.geteuid() == 0:
        header = struct.pack("<Ii", 0x20080522, 0)  # capset(2), version 3, this process: no capability at all
        assert ctypes.CDLL(None, use_errno=True).capset(header, bytes(24)) == 0


def main() -> None:
    """Fork a process for each operation read; with --once, be that process."""
    phase = Phase(Path(sys.argv[1]))
    vocabulary()
    gone = None
    for line in sys.stdin:
        if gone is not None:
            os.waitpid(gone, 0)
        operation = json.loads(line)
        if sys.argv[2:] == ["--once"]:
            run(Path(operation["root"]), operation, phase)
            return
        child = os.fork()
        if child == 0:
            status = 1
            try:
                run(Path(operation["root"]), operation, phase)
                status = 0
            finally:
                sys.excepthook(*sys.exc_info()) if status else None  # type: ignore[arg-type]
                os._exit(status)
        ended = os.waitid(
            os.P_PID, child, os.WEXITED | os.WNOWAIT
        )  # its number stays its own until the next line
        assert ended is not None
        say(ended=ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status)
        gone = child


if __name__ == "__main__":
    main()
