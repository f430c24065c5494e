"""The stores in a real PostgreSQL: the same digests, one writer, and nothing lost or done twice whatever dies."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accord.bootstrap import Agency, Settings, current_views, opened, verify_home
from accord.errors import HomeLocked, Overtaken, Unready, UsageRefused
from accord.gateway import Accepted, Group, Submission
from accord.projection import EVER, Views, digest
from tests.exchange import Exchange, acceptance, arrest, charge, found, referral, vocabulary
from tests.real.killing import Driver, Key, check_receipts, left, scratch
from tests.real.postgres import Server, server
from tests.real.test_locks import fill, small_disk
from tests.walkthrough_county import told as steps

AFTER = datetime(2025, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with scratch() as root:
        yield root


@pytest.fixture
def exchange(postgres: Server, folder: Path) -> Iterator[Exchange]:
    """Police and prosecutor with a case between them, their stores in PostgreSQL."""
    made: list[str] = []

    def database(slug: str) -> str:
        made.append(postgres.database())
        return made[-1]

    root = folder / f"small-{time.monotonic_ns()}"
    exchange = found(root, "police", "prosecutor", stores=database)
    said = exchange.emit("police", arrest(), referral())
    exchange.sync_all()
    said += exchange.emit("prosecutor", acceptance(), charge())
    exchange.sync_all()
    assert all(isinstance(one, Accepted) for one in said), said
    exchange.set_clocks(AFTER)
    yield exchange
    exchange.release()
    postgres.drop(*(url.rpartition("/")[2] for url in made))
    shutil.rmtree(root)


def database_of(home: Path) -> str:
    return (Settings.read(home).store or "").rpartition("/")[2]


def elsewhere(home: Path) -> Path:
    """The same agency's home on another machine: the same keys and the same database, another folder."""
    copy = home.with_name(f"{home.name}-elsewhere")
    shutil.copytree(home, copy)
    return copy


def emit(agency: Agency, *submissions: Submission) -> list[dict[str, Any]]:
    """Receipts of events, each of which must be taken."""
    outcomes = list(agency.emit([Group((one,)) for one in submissions]))
    assert all(isinstance(one, Accepted) for one in outcomes), outcomes
    return [one.receipts[0].as_json() for one in outcomes if isinstance(one, Accepted)]


# ---- The same as on SQLite ----


def _county(root: Path, stores: Any = None) -> dict[str, list[Any]]:
    """What every agency says at the end of a small county: digest, faults, and every question's answer."""
    exchange = found(root, stores=stores)
    exchange.tell(steps(2, 1))
    exchange.set_clocks(AFTER)
    exchange.sync_all()
    exchange.release()
    said: dict[str, list[Any]] = {}
    for slug in exchange.slugs:
        with opened(exchange.home(slug), {}, write=False, vocabulary=vocabulary()) as agency:
            seen = current_views(agency)
            assert not list(verify_home(agency))
            said[slug] = [digest(agency.projection), agency.log.size, *_answers(agency, seen)]
    return said


def _answers(agency: Agency, seen: Views) -> Iterator[Any]:
    """The rows of every named question, in their order, and every case as it is shown."""
    files = [{"file": row["file"], "origin": row["origin"]} for row in seen.query("files", as_of=EVER)]
    for name, query in sorted(agency.projection.statements.queries.items()):
        for one in files if "file" in query.parameters else [{}]:
            rows = seen.query(name, as_of=agency.clock.now(), agency=agency.slug, **one)
            yield name, rows if "ORDER BY" in query.sql.rpartition(")")[2] else sorted(map(str, rows))
    for case in seen.cases():
        yield seen.case(case["files"][0]["file"], origin=case["files"][0]["origin"])
    yield seen.overdue(agency.clock.now())


def test_a_county_says_the_same_on_both_engines(postgres: Server, folder: Path) -> None:
    on_files = _county(folder / "files")
    on_server = _county(folder / "server", lambda slug: postgres.database(f"county_{slug}"))
    for slug, said in on_files.items():
        for ours, theirs in zip(said, on_server[slug], strict=True):
            assert ours == theirs
    postgres.drop(*(f"county_{slug}" for slug in on_files))


# ---- One writer ----


def test_a_second_process_is_refused_wherever_its_home_lies(exchange: Exchange, folder: Path) -> None:
    other = elsewhere(exchange.home("police"))
    driver = Driver(folder)
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency:
        size = agency.log.size
        for operation in ({"do": "sync"}, {"do": "emit", "submissions": [], "lone": True}):
            attempt = driver.run(exchange.root, {**operation, "agency": other.name})
            assert (attempt.lines[-1]["error"], attempt.status) == ("HomeLocked", 0)
            assert "another process of this agency" in attempt.lines[-1]["message"]
        read = driver.run(exchange.root, {"do": "read", "agency": other.name, "times": 3})
        assert "done" in read.lines[-1], read.lines
        assert agency.log.size == size
        emit(agency, arrest("A2400002"))
    assert "done" in driver.run(exchange.root, {"do": "sync", "agency": other.name}).lines[-1]
    driver.close()


def _end_sessions(postgres: Server, database: str, *names: str) -> int:
    """End the sessions of these stores, as a network that breaks does."""
    rows = postgres.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND application_name = ANY(%s)",
        database,
        [f"accord {name}" for name in names],
    )
    return len(rows)


def _end_lock(postgres: Server, database: str) -> None:
    """End only the session that holds the lock."""
    ended = postgres.ask(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
        "WHERE d.datname = %s AND l.locktype = 'advisory' AND l.granted",
        database,
    )
    assert ended == [(True,)]
    time.sleep(0.2)


def test_who_stays_at_work_sees_that_another_waits_wherever_its_home_lies(exchange: Exchange) -> None:
    other, came = elsewhere(exchange.home("police")), threading.Event()

    def come() -> None:
        with opened(other, {}, vocabulary=vocabulary()):
            came.set()

    with opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency:
        assert not agency.stores.asked_for()
        waiting = threading.Thread(target=come)
        waiting.start()
        until = time.monotonic() + 10
        while not agency.stores.asked_for():
            assert time.monotonic() < until
        assert not came.is_set()
    waiting.join(10)
    assert came.is_set()


def test_a_process_that_lost_its_lock_is_fenced_by_its_successor(
    exchange: Exchange, postgres: Server
) -> None:
    home = exchange.home("police")
    with opened(home, {}, vocabulary=vocabulary()) as zombie:
        emit(zombie, arrest("A2400002"))
        _end_lock(postgres, database_of(home))
        with opened(elsewhere(home), {}, vocabulary=vocabulary()) as successor:
            emit(successor, arrest("A2400003"))
            size = successor.log.size
            for attempt in (lambda: emit(zombie, arrest("A2400004")), zombie.sync):
                with pytest.raises(HomeLocked, match="taken over"):
                    attempt()
            successor.log.reload()
            assert successor.log.size == size
            emit(successor, arrest("A2400005"))
            assert not list(verify_home(successor))


def test_a_zombie_is_fenced_without_any_lock_by_the_size_that_it_knows(exchange: Exchange) -> None:
    settings = Settings.read(exchange.home("police"))
    zombie, successor = (Agency(settings, {}, vocabulary()) for _ in range(2))
    emit(successor, arrest("A2400002"))
    with pytest.raises(Overtaken, match="gone on with this log"):
        emit(zombie, arrest("A2400003"))
    assert zombie.log.size == successor.log.size  # it has read again what is there
    emit(zombie, arrest("A2400003"))
    with pytest.raises(Overtaken, match="gone on with this log"):
        emit(successor, arrest("A2400004"))
    assert not list(verify_home(successor))
    for one in (zombie, successor):
        one.close()


def test_a_zombie_receives_nothing_that_its_successor_has(exchange: Exchange) -> None:
    exchange.emit("prosecutor", charge("CR-2024-002"))
    exchange.agency("prosecutor").sync()
    exchange.release()
    settings = Settings.read(exchange.home("police"))
    zombie, successor = (Agency(settings, {}, vocabulary()) for _ in range(2))
    for one in (zombie, successor):
        assert one.projection.position == one.replica.last
        one.replica.receiver._origin("prosecutor")  # each has read how far it is
    successor.sync()
    before = digest(successor.projection)
    with pytest.raises(Overtaken):
        zombie.sync()
    zombie.close()
    assert digest(successor.projection) == before
    assert not list(verify_home(successor))
    successor.close()


def test_a_database_of_another_agency_is_refused(exchange: Exchange) -> None:
    """Two homes with one URL: a slip of the hand that would put two logs into one."""
    police, prosecutor = (Settings.read(exchange.home(slug)) for slug in ("police", "prosecutor"))
    with opened(prosecutor.home, {}, vocabulary=vocabulary()):
        pass
    replace(police, store=prosecutor.store).write()
    with (
        pytest.raises(UsageRefused, match="another agency"),
        opened(police.home, {}, vocabulary=vocabulary()),
    ):
        pass
    police.write()


# ---- The server goes away ----


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restart", "crash"])
def test_a_restart_of_the_server_is_told_once_and_then_the_work_goes_on(
    exchange: Exchange, postgres: Server, how: signal.Signals
) -> None:
    home = exchange.home("police")
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        receipts = emit(agency, arrest("A2400002"))
        assert agency.projection.position
        postgres.stop(how)
        with pytest.raises(Unready, match=r"database|server"):
            emit(agency, arrest("A2400003"))
        with pytest.raises(Unready, match="cannot be reached"):
            emit(agency, arrest("A2400003"))
        postgres.start()
        agency.sync()
        receipts += emit(agency, arrest("A2400003"), referral("A2400003"))
        agency.sync()
        with pytest.raises(HomeLocked), opened(elsewhere(home), {}, vocabulary=vocabulary()):
            pass  # the lock is ours again
        assert not list(verify_home(agency))
    exchange.sync_all()
    exchange.release()
    check_receipts(exchange.root, {(str(number), ""): one for number, one in enumerate(receipts)})


def test_who_comes_back_after_a_restart_finds_that_another_has_taken_over(
    exchange: Exchange, postgres: Server
) -> None:
    home = exchange.home("police")
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        postgres.stop()
        postgres.start()
        with opened(elsewhere(home), {}, vocabulary=vocabulary()) as successor:
            emit(successor, arrest("A2400002"))
            with pytest.raises(HomeLocked, match="another process of this agency"):
                emit(agency, arrest("A2400003"))
        with pytest.raises(HomeLocked, match="taken over"):
            emit(agency, arrest("A2400003"))  # the lock is free again; what it knows is old


# ---- The answer to a commit is lost ----


def _when_waiting(postgres: Server, database: str, event: str, act: Any) -> threading.Thread:
    """Do something as soon as a session of this database waits for an event; returns who watches."""

    def watch() -> None:
        until = time.monotonic() + 20
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event = %s"
        while time.monotonic() < until:
            waiting = postgres.ask(asked, database, event)
            if waiting:
                act(waiting[0][0])
                return
            time.sleep(0.005)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.parametrize("committed", [True, False], ids=["after", "before"])
def test_a_commit_whose_answer_is_lost_is_there_once_or_not_at_all(
    exchange: Exchange, postgres: Server, committed: bool
) -> None:
    """The session is ended while it commits: after the commit is on disk (it waits for a standby), or before (a trigger)."""
    home = exchange.home("police")
    database, number = database_of(home), "A2400002"
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        size = agency.log.size
        if committed:
            postgres.ask("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        else:
            postgres.ask(_SLEEP, database=database)
            postgres.ask(_SLOWLY, database=database)
        postgres.ask("SELECT pg_reload_conf()")
        time.sleep(0.3)
        watch = _when_waiting(
            postgres,
            database,
            "SyncRep" if committed else "PgSleep",
            lambda pid: postgres.ask("SELECT pg_terminate_backend(%s)", pid),
        )
        try:
            with pytest.raises(Unready, match=r"server|lost"):
                emit(agency, arrest(number))
            watch.join()
        finally:
            postgres.ask("ALTER SYSTEM RESET synchronous_standby_names")
            postgres.ask("SELECT pg_reload_conf()")
            postgres.ask("DROP FUNCTION IF EXISTS slowly CASCADE", database=database)
            time.sleep(0.3)
        agency.log.reload()
        assert (agency.log.size > size) is committed
        receipts = emit(agency, arrest(number))
        assert emit(agency, arrest(number)) == receipts
        assert agency.store.query("SELECT COUNT(*) FROM number WHERE value = ?", (number,)) == [(1,)]
        assert not list(verify_home(agency))
    exchange.sync_all()
    exchange.release()
    assert check_receipts(exchange.root, {("", ""): receipts[0]}) == 1
    assert max(left(home).log.values()) == 1


_SLEEP = (
    "CREATE FUNCTION public.slowly() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_sleep(5); RETURN NULL; END $$"
)
_SLOWLY = (
    "CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON store.log_head DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION public.slowly()"
)


def test_sessions_that_are_ended_again_and_again_lose_nothing(exchange: Exchange, postgres: Server) -> None:
    home, receipts = exchange.home("police"), {}
    database = database_of(home)
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        lost = turns = 0
        while turns < 24 or lost < 6:  # how many are met at work depends on the machine's other work
            turn, turns = turns, turns + 1
            assert turns < 200
            number = f"A2401{turn:03}"
            act = threading.Timer(
                0.002 * (turn % 12), _end_sessions, (postgres, database, "store", "replica")
            )
            act.start()
            for _ in range(6):
                try:
                    (receipt,) = emit(agency, arrest(number))
                    assert receipts.setdefault((number, ""), receipt) == receipt
                    agency.sync()
                    break
                except Unready:
                    lost += 1
            act.join()
        for _ in range(4):
            try:
                agency.sync()
                break
            except Unready:
                lost += 1
    assert check_receipts(exchange.root, receipts) == turns
    found_there = left(home)
    assert max(found_there.log.values()) == 1
    assert not found_there.faults + [found_there.unprojected] * bool(found_there.unprojected)


# ---- What is wrong with a store ----


def test_verify_names_what_is_damaged_in_the_database(exchange: Exchange, postgres: Server) -> None:
    home = exchange.home("police")
    database = database_of(home)
    postgres.ask(
        "UPDATE store.stored_events SET state = state || '\\x00'::bytea WHERE idx = 2", database=database
    )
    postgres.ask("DELETE FROM replica.entry WHERE pos & 1099511627775 = 1", database=database)
    postgres.ask("DROP TABLE store.waiting", database=database)
    with pytest.raises(Unready, match="damaged"), opened(home, {}, vocabulary=vocabulary()) as agency:
        _ = agency.publisher
    with opened(home, {}, write=False, vocabulary=vocabulary()) as agency:
        found_there = {(one.log, one.index, one.file) for one in verify_home(agency)}
        reasons = [one.reason for one in verify_home(agency)]
    assert ("police", 2, "store") in found_there
    assert ("prosecutor", 1, "replica") in found_there
    assert any("waiting is missing" in reason for reason in reasons)


def test_a_projection_built_by_other_statements_is_built_anew_beside(
    exchange: Exchange, postgres: Server
) -> None:
    home = exchange.home("police")
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        before, position = digest(agency.projection), agency.projection.position
    postgres.ask("UPDATE projection.feed SET definition = 'another'", database=database_of(home))
    with opened(home, {}, write=False, vocabulary=vocabulary()) as agency:
        assert (digest(agency.projection), agency.projection.position) == (before, position)
    schemas = postgres.ask(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'projection%'", database=database_of(home)
    )
    assert schemas == [("projection",)]


def test_no_value_of_a_store_is_in_an_error(exchange: Exchange) -> None:
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency:
        said = "INSERT INTO matter (class, subject, file) VALUES (?, ?, ?)"
        with pytest.raises(Unready) as refused, agency.store.transaction() as transaction:
            transaction.executemany(said, [("case", "somebody", b"x")] * 2)
        assert "somebody" not in str(refused.value) + str(refused.value.__cause__)
        assert refused.value.__suppress_context__


def test_a_url_with_a_password_is_refused(exchange: Exchange) -> None:
    settings = Settings.read(exchange.home("police"))
    assert settings.store is not None
    replace(settings, store=settings.store.replace("postgres@", "postgres:secret@")).write()
    with pytest.raises(UsageRefused, match="password") as refused:
        Settings.read(exchange.home("police"))
    assert "secret" not in str(refused.value)
    settings.write()


# ---- A full disk ----


def test_a_full_disk_of_the_server_stops_cleanly_and_once_there_is_space_all_goes_on(folder: Path) -> None:
    folder.chmod(0o711)  # the server is another user's
    with small_disk(folder / "disk", "144m") as mounted:
        if not mounted:
            pytest.skip("may not mount a file system here")
        with server(folder / "disk") as full:
            fill_up(full, found(folder / "full", "police", stores=lambda slug: full.database()))


def fill_up(full: Server, exchange: Exchange) -> tuple[list[str], dict[Key, dict[str, Any]]]:
    """Fill the server's disk while the police emit 200 arrests; what they were told, and the receipts."""
    exchange.release()
    ballast, stopped, receipts = full.root / "ballast", list[str](), dict[Key, dict[str, Any]]()
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency:
        for turn, free in enumerate((0, 0, 8192, 65536, 262144)):
            fill(ballast, free)
            for number in (f"A24{turn:02}{one:04}" for one in range(40)):
                try:
                    (receipts[number, ""],) = emit(agency, arrest(number))
                except Unready as error:
                    stopped.append(error.message)
                    break
            ballast.unlink()
            full.wait()
            for number in (f"A24{turn:02}{one:04}" for one in range(40)):
                (receipt,) = emit(agency, arrest(number))
                assert receipts.setdefault((number, ""), receipt) == receipt
    assert len(stopped) >= 3, stopped
    assert check_receipts(exchange.root, receipts) == 200
    found_there = left(exchange.home("police"))
    assert max(found_there.log.values()) == 1
    assert not found_there.faults
    return stopped, receipts
