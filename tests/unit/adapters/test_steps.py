"""Stores are made and brought from version to version by numbered steps, and what they hold stays."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from accord.adapters.postgres import PostgresDatabase
from accord.adapters.sqlite import SqliteDatabase
from accord.bootstrap import current_views, opened, verify_home
from accord.errors import Damaged, Unready
from accord.gateway import STORE_STEPS, Accepted
from accord.ports import Database
from accord.projection import READS_STEPS, digest
from accord.replica import REPLICA_STEPS
from tests.exchange import arrest, found, small, vocabulary
from tests.real.postgres import Server

Open = Callable[[tuple[str, ...]], Database]
ONE = ("-- first\nCREATE TABLE kept (a INTEGER PRIMARY KEY, b TEXT NOT NULL);",)
TWO = (
    *ONE,
    "ALTER TABLE kept ADD COLUMN c BLOB; UPDATE kept SET c = x'01';\nCREATE INDEX kept_b ON kept (b);",
)
BROKEN = (*TWO, "CREATE TABLE more (a INTEGER); INSERT INTO kept (a, b) VALUES (1, 'again');")


@pytest.fixture(params=["sqlite", "postgres"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens one store, the same each time, with the steps that a version of Accord knows."""
    if request.param == "sqlite":
        return lambda steps: SqliteDatabase(tmp_path / "store.db", steps)
    server: Server = request.getfixturevalue("postgres")
    url = server.database()
    return lambda steps: PostgresDatabase(url, "store", steps)


def filled(open_store: Open) -> None:
    store = open_store(ONE)
    with store.transaction() as transaction:
        transaction.executemany("INSERT INTO kept (a, b) VALUES (?, ?)", [(1, "one"), (2, "two")])
    store.close()


def rows(open_store: Open, steps: tuple[str, ...], columns: str = "a, b, c") -> list[tuple[object, ...]]:
    store = open_store(steps)
    found = [tuple(row) for row in store.query(f"SELECT {columns} FROM kept ORDER BY a")]
    store.close()
    return found


def test_a_later_step_keeps_what_is_there_and_is_done_once(open_store: Open) -> None:
    filled(open_store)
    assert rows(open_store, TWO) == [(1, "one", b"\1"), (2, "two", b"\1")]
    assert rows(open_store, TWO) == [(1, "one", b"\1"), (2, "two", b"\1")]


def test_a_store_is_made_by_all_steps_at_once(open_store: Open) -> None:
    assert rows(open_store, TWO) == []


def test_a_step_that_fails_leaves_the_version_before(open_store: Open) -> None:
    filled(open_store)
    with pytest.raises(Damaged):
        open_store(BROKEN)
    store = open_store(TWO)
    assert not store.has("more")
    store.close()
    assert rows(open_store, TWO) == [(1, "one", b"\1"), (2, "two", b"\1")]


def test_a_newer_store_is_refused_and_stays_as_it_is(open_store: Open) -> None:
    filled(open_store)
    rows(open_store, TWO)
    with pytest.raises(Unready, match="newer version"):
        open_store(ONE)
    assert len(rows(open_store, TWO)) == 2


def test_two_processes_that_open_it_at_once_do_it_once(open_store: Open) -> None:
    filled(open_store)
    failed: list[Unready] = []

    def bring_up() -> None:
        try:
            open_store(TWO).close()
        except Unready as error:
            failed.append(error)

    threads = [threading.Thread(target=bring_up) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed
    assert len(rows(open_store, TWO)) == 2


def test_a_home_of_the_version_before_opens_with_all_that_it_holds(tmp_path: Path) -> None:
    """Then the library made the tables of the event store, and the version was 1."""
    exchange = small(tmp_path)
    home = exchange.home("police")
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        before = (digest(agency.projection), agency.log.size)
    database = sqlite3.connect(home / "store.db")
    database.execute("ALTER TABLE chain_break DROP COLUMN idx")
    database.execute("PRAGMA user_version = 1")
    database.close()
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        current_views(agency)
        assert (digest(agency.projection), agency.log.size) == before
        assert not list(verify_home(agency))
    assert [type(one) for one in exchange.emit("police", arrest("A2400002"))] == [Accepted]
    exchange.release()
    database = sqlite3.connect(home / "store.db")
    assert database.execute("PRAGMA user_version").fetchone() == (len(STORE_STEPS),)
    database.close()


def test_a_store_whose_first_opening_was_cut_short_is_mended(tmp_path: Path) -> None:
    """A process of the version before that died between its own tables and the library's."""
    exchange = found(tmp_path, "police")
    exchange.release()
    path = exchange.home("police") / "store.db"
    database = sqlite3.connect(path)
    for table in ("stored_events", "tracking", "adoption", "log_head", "log_node", "file", "label"):
        database.execute(f"DELETE FROM {table}")
    for table in ("stored_events", "tracking"):
        database.execute(f"DROP TABLE {table}")
    database.execute("ALTER TABLE chain_break DROP COLUMN idx")
    database.execute("PRAGMA user_version = 1")
    database.commit()
    database.close()
    with opened(exchange.home("police"), {}, vocabulary=vocabulary()) as agency:
        assert agency.log.size == 0


def test_both_engines_make_the_same_tables(postgres: Server, tmp_path: Path) -> None:
    url = postgres.database()
    for name, steps in (("store", STORE_STEPS), ("replica", REPLICA_STEPS), ("reads", READS_STEPS)):
        file, schema = SqliteDatabase(tmp_path / f"{name}.db", steps), PostgresDatabase(url, name, steps)
        tables = file.query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'"
        )
        for (table,) in tables:
            assert schema.table(f"SELECT * FROM {table}") == file.table(f"SELECT * FROM {table}")
        file.close()
        schema.close()


def test_chains_that_began_anew_before_log_indices_were_kept_are_still_held_by_who_was_given_them(
    open_store: Open,
) -> None:
    store = open_store(STORE_STEPS[:2])
    with store.transaction() as transaction:
        transaction.execute(
            "INSERT INTO chain_break (file, label, n, times) VALUES (?, ?, ?, ?)", (b"f" * 16, "court", 3, 1)
        )
    store.close()
    store = open_store(STORE_STEPS)
    rows = store.query("SELECT label, n, times, idx FROM chain_break")
    assert [tuple(row) for row in rows] == [("court", 3, 1, 0)]
    store.close()
