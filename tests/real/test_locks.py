"""One process writes a home; a full disk, a closed wire and an old backup stop it cleanly."""

from __future__ import annotations

import ctypes
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from accord.bootstrap import opened
from accord.errors import HomeLocked, StoreBehind
from accord.gateway import Accepted, Group
from tests.exchange import Exchange, acceptance, arrest, charge, referral, vocabulary
from tests.real.killing import Attempt, Driver, Operation, check_receipts, founded, left


@pytest.fixture(scope="module")
def stencil(folder: Path) -> Exchange:
    return three(folder)


def three(folder: Path) -> Exchange:
    """Three agencies with a case between them, all of it on the wire and read."""
    exchange = founded(folder / "stencil", "police", "prosecutor", "advocacy")
    told = exchange.emit("police", arrest(), referral())
    exchange.sync_all()
    told += exchange.emit("prosecutor", acceptance(), charge())
    assert all(isinstance(one, Accepted) for one in told)
    exchange.sync_all()
    exchange.release()
    return exchange


@pytest.fixture
def exchange(stencil: Exchange, folder: Path) -> Iterator[Exchange]:
    root = Path(shutil.copytree(stencil.root, folder / "copy"))
    yield Exchange(root, stencil.slugs, stencil.text, stencil.clauses, stencil.signatures)
    shutil.rmtree(root)


def emit(*numbers: str) -> Operation:
    """The police emit arrests, and a referral of each, one commit for each event."""
    submissions = [one for number in numbers for one in (arrest(number), referral(number))]
    said = [[one.source, one.id, one.type, one.subject, one.data] for one in submissions]
    return {"do": "emit", "agency": "police", "submissions": said, "lone": True}


def sync(slug: str) -> Operation:
    return {"do": "sync", "agency": slug}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the empty one by which a process asks for its turn."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "asked")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def error(attempt: Attempt) -> dict[str, Any]:
    """The error that a process ended with; it must be one of ours, and say what to do."""
    assert attempt.status == 0
    assert "error" in attempt.lines[-1], attempt.lines
    assert attempt.lines[-1]["advice"]
    return attempt.lines[-1]


# ---- Locks ----


@pytest.mark.parametrize("operation", [emit("A2400009"), sync("police")], ids=["emit", "sync"])
def test_a_second_process_is_refused_and_changes_nothing(
    exchange: Exchange, driver: Driver, operation: Operation
) -> None:
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()):
        before = contents(exchange.root)
        assert error(driver.run(exchange.root, operation))["error"] == "HomeLocked"
        assert contents(exchange.root) == before
    assert "done" in driver.run(exchange.root, operation).lines[-1]


def test_the_lock_of_a_process_that_was_killed_is_free(exchange: Exchange, driver: Driver) -> None:
    died = driver.run(exchange.root, {**emit("A2400009"), "die": 3})
    assert died.status == -9
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()):
        pass


def test_the_lock_is_of_one_agency(exchange: Exchange, driver: Driver) -> None:
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()):
        assert "done" in driver.run(exchange.root, sync("prosecutor")).lines[-1]


def test_a_home_is_opened_for_writing_once_in_one_process_too(exchange: Exchange) -> None:
    with opened(exchange.home("police"), {}), pytest.raises(HomeLocked), opened(exchange.home("police"), {}):
        pass


def test_reading_goes_on_while_another_process_is_in_the_middle_of_writing(
    exchange: Exchange, driver: Driver
) -> None:
    read = {"do": "read", "agency": "police", "times": 0}
    before = driver.run(exchange.root, read).lines[-2]
    with (
        opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency,
        agency.projection.db.transaction() as projection,
        agency.store.transaction() as store,
        agency.replica_database.transaction() as replica,
    ):
        projection.execute("DELETE FROM event")
        store.execute("DELETE FROM log_head")
        replica.execute("DELETE FROM entry")
        begun = time.monotonic()
        meanwhile = driver.run(exchange.root, read).lines[-2]
        assert time.monotonic() - begun < 10
        for transaction in (projection, store, replica):
            transaction.execute("ROLLBACK")
            transaction.execute("BEGIN")
    assert meanwhile == before
    assert not before["faults"]
    assert before["cases"]


def test_two_readers_record_their_reads_at_the_same_time(exchange: Exchange, folder: Path) -> None:
    drivers = [Driver(folder / name) for name in ("one", "two") if not (folder / name).mkdir()]
    attempts: list[Attempt] = []
    operation = {"do": "read", "agency": "advocacy", "times": 40}
    for one in drivers:
        one.begin(exchange.root, operation)
    for one in drivers:
        attempts.append(one.end())
        one.close()
    assert all("done" in attempt.lines[-1] for attempt in attempts), [one.lines for one in attempts]
    with opened(exchange.home("advocacy"), {}, write=False, vocabulary=vocabulary()) as agency:
        read = [one["case"] for one in agency.reads.reads()]
    assert sorted(read, key=int) == sorted([*map(str, range(40))] * 2, key=int)
    assert not left(exchange.home("advocacy")).faults


# ---- A full disk ----


@contextmanager
def small_disk(place: Path, size: str = "24m") -> Iterator[bool]:
    """A file system of so many MiB at `place`; False where this process may not mount one."""
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    mounted = libc.mount(b"none", bytes(place), b"tmpfs", 0, f"size={size}".encode()) == 0
    try:
        yield mounted
    finally:
        if mounted:
            libc.umount2(bytes(place), 2)  # MNT_DETACH
        place.rmdir()


def _go_on(driver: Driver, root: Path, attempts: list[Attempt]) -> None:
    """With space again, all is done as if nothing had been."""
    done = driver.run(root, emit("A2400011", "A2400012"))
    assert "done" in done.lines[-1], done.lines
    receipts = dict(done.receipts())
    assert len(receipts) == 4
    for attempt in attempts:
        for key, receipt in attempt.receipts():
            assert receipts[key] == receipt
    check_receipts(root, receipts)
    for slug in ("police", "prosecutor", "advocacy", "police"):
        assert "done" in driver.run(root, sync(slug)).lines[-1]
    for slug in ("police", "prosecutor", "advocacy"):
        found = left(root / slug)
        assert not found.faults
        assert not found.waiting + found.awaiting + found.unprojected
        assert max(found.log.values()) == 1


def _stopped(attempt: Attempt) -> bool:
    """Whether an attempt was stopped; if it was, by an error of ours that names a file or the wire."""
    assert attempt.status == 0, attempt.lines
    if "error" not in attempt.lines[-1]:
        return False
    assert error(attempt)["error"] == "Unready"
    return True


def test_a_full_disk_stops_cleanly_and_once_there_is_space_all_goes_on(
    stencil: Exchange, driver: Driver, folder: Path
) -> None:
    stopped = full_disks(stencil, driver, folder)
    assert not stopped or min(stopped.values()) >= 3, stopped


def full_disks(stencil: Exchange, driver: Driver, folder: Path) -> dict[str, int]:
    """Emit and sync on disks that are ever less full, then with space; how often each was stopped (nothing: not tried)."""
    stopped = {"emit": 0, "sync": 0}
    with small_disk(folder / "small") as mounted:
        for free in range(0, 512 * 1024, 64 * 1024) if mounted else ():
            root = Path(shutil.copytree(stencil.root, folder / "small" / "exchange"))
            _, attempts = _against_full_disk(driver, root, free, stopped)
            _go_on(driver, root, attempts)
            shutil.rmtree(root)
        return stopped if mounted else {}


def _against_full_disk(
    driver: Driver, root: Path, free: int, stopped: dict[str, int]
) -> tuple[bool, list[Attempt]]:
    ballast = root.parent / "ballast"
    attempts = []
    for name, operation in (("emit", emit("A2400011", "A2400012")), ("sync", sync("police"))):
        if name == "sync":
            attempts.append(driver.run(root, emit("A2400011")))
        fill(ballast, free)
        attempts.append(driver.run(root, operation))
        stopped[name] += _stopped(attempts[-1])
        ballast.unlink()
    return bool(stopped), attempts


def fill(ballast: Path, free: int) -> None:
    """Leave so many bytes of the file system."""
    state = os.statvfs(ballast.parent)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, state.f_bavail * state.f_bsize - free))


@pytest.mark.parametrize("limit", [0, 20_000, 120_000, 300_000])
def test_files_that_cannot_grow_stop_cleanly_too(exchange: Exchange, driver: Driver, limit: int) -> None:
    attempts = [driver.run(exchange.root, {**emit("A2400011", "A2400012"), "limit": limit})]
    first = _stopped(attempts[0])
    assert first or limit > 20_000
    attempts.append(driver.run(exchange.root, emit("A2400011")))
    _stopped(driver.run(exchange.root, {**sync("police"), "limit": limit}))
    _go_on(driver, exchange.root, attempts)


# ---- A wire that is closed ----


@contextmanager
def closed(folder: Path, mode: int) -> Iterator[None]:
    """Take permissions from a folder and all below it."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for one in reversed(folders):
        one.chmod(mode)
    try:
        yield
    finally:
        for one in folders:
            one.chmod(0o755)


def test_an_unwritable_wire_stops_publishing_and_not_emitting(exchange: Exchange, driver: Driver) -> None:
    with closed(exchange.wire, 0o555):
        emitted = driver.run(exchange.root, {**emit("A2400011", "A2400012"), "meek": True})
        assert "done" in emitted.lines[-1], emitted.lines
        attempt = driver.run(exchange.root, {**sync("police"), "meek": True})
        assert error(attempt)["error"] == "Unready"
        assert "wire" in error(attempt)["message"]
    _go_on(driver, exchange.root, [emitted])


@pytest.mark.parametrize("below", ["", "prosecutor", "keys", "prosecutor/tile"])
def test_an_unreadable_wire_stops_a_sync_and_no_log_for_good(
    exchange: Exchange, driver: Driver, below: str
) -> None:
    assert "done" in driver.run(exchange.root, emit("A2400011")).lines[-1]
    exchange.emit("prosecutor", charge("CR-2024-041"))
    exchange.agency("prosecutor").sync()
    exchange.release()
    with closed(exchange.wire / below, 0o000):
        for slug in ("police", "advocacy"):
            attempt = driver.run(exchange.root, {**sync(slug), "meek": True})
            assert "done" in attempt.lines[-1] or error(attempt)["error"] in ("Unready", "Unreachable")
    _go_on(driver, exchange.root, [])
    for slug in exchange.slugs:
        with opened(exchange.home(slug), {}, write=False, vocabulary=vocabulary()) as agency:
            assert not [log for log in agency.replica.logs() if log.fault]


def test_a_home_that_cannot_be_written_says_so(exchange: Exchange, driver: Driver) -> None:
    with closed(exchange.home("police"), 0o555):
        for path in exchange.home("police").rglob("*"):
            path.chmod(path.stat().st_mode & ~0o222)
        attempt = driver.run(exchange.root, {**emit("A2400011"), "meek": True})
        assert error(attempt)["error"] == "Unready"


# ---- An old backup ----


def _signed(home: Path) -> list[Any]:
    with opened(home, {}, write=False, vocabulary=vocabulary()) as agency:
        return [tuple(row) for row in agency.store.query("SELECT size, note FROM log_head ORDER BY size")]


def _try_emit(exchange: Exchange) -> None:
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency:
        list(agency.emit([Group((arrest("A2400021"),))]))


def _try_sync(exchange: Exchange) -> None:
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency:
        agency.sync()


def _try_adopt(exchange: Exchange) -> None:
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency:
        agency.adopt(exchange.text, exchange.clauses, exchange.signatures)


@pytest.mark.parametrize("attempt", [_try_emit, _try_sync, _try_adopt])
def test_a_home_restored_from_an_old_backup_signs_nothing(
    exchange: Exchange, driver: Driver, folder: Path, attempt: Callable[[Exchange], None]
) -> None:
    home, backup = exchange.home("police"), folder / "backup"
    shutil.copytree(home, backup)
    driver.run(exchange.root, emit("A2400011"))
    driver.run(exchange.root, sync("police"))
    shutil.copytree(home, newer := folder / "newer")
    shutil.rmtree(home)
    shutil.move(backup, home)
    before, wire = _signed(home), contents(exchange.wire)
    with pytest.raises(StoreBehind) as refused:
        attempt(exchange)
    assert refused.value.advice is not None
    assert "backup" in refused.value.advice
    assert _signed(home) == before
    assert contents(exchange.wire) == wire
    assert any("our store" in fault for fault in left(home).faults)
    shutil.rmtree(home)
    shutil.move(newer, home)  # what the advice says
    _go_on(driver, exchange.root, [])


def test_a_restored_home_that_went_on_by_itself_is_a_fork(
    exchange: Exchange, driver: Driver, folder: Path
) -> None:
    home, backup = exchange.home("police"), folder / "backup"
    shutil.copytree(home, backup)
    driver.run(exchange.root, emit("A2400011"))
    driver.run(exchange.root, sync("police"))
    published = shutil.move(exchange.wire, folder / "published")
    shutil.rmtree(home)
    shutil.move(backup, home)
    exchange.wire.mkdir()
    driver.run(exchange.root, emit("A2400031", "A2400032"))  # the wire was not there to say no
    shutil.rmtree(exchange.wire)
    shutil.move(published, exchange.wire)
    before = _signed(home)
    for operation in (emit("A2400033"), sync("police")):
        refused = error(driver.run(exchange.root, operation))
        assert refused["error"] == "StoreBehind"
        assert "fork" in refused["advice"]
    assert _signed(home) == before
