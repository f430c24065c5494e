"""What is damaged is told as damage, with the reason; what is wrong with this program is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.adapters.directory import Fault
from accord.adapters.sqlite import SqliteDatabase
from accord.bootstrap import opened
from accord.bootstrap.parts import _whole
from accord.bootstrap.verification import _told
from accord.errors import Damaged, Malformed
from accord.ports import typed
from tests.exchange import small, vocabulary


def test_a_home_that_does_not_open_says_which_database_it_is_and_what_is_wrong_with_it(
    tmp_path: Path,
) -> None:
    home = small(tmp_path).home("police")
    database = sqlite3.connect(home / "store.db")
    assert database.execute(
        "DELETE FROM stored_events WHERE idx = (SELECT MAX(idx) FROM stored_events)"
    ).rowcount
    database.commit()
    database.close()
    with (
        pytest.raises(Damaged, match=r"store\.db: the database is damaged: a node of the tree is missing"),
        opened(home, {}, vocabulary=vocabulary()),
    ):
        pass


@pytest.mark.parametrize("error", [KeyError("x"), TypeError(), ValueError(), OverflowError()])
def test_an_error_of_this_program_stays_one(tmp_path: Path, error: Exception) -> None:
    def verified() -> Iterator[Fault]:
        yield Fault("police", 1, "store.db", "the first")
        raise error

    with pytest.raises(type(error)), _whole(SqliteDatabase(tmp_path / "store.db")):
        raise error
    with pytest.raises(type(error)):
        list(_told("police", "store.db", verified()))


def test_what_does_not_prove_what_it_claims_is_damage_where_it_is_our_own(tmp_path: Path) -> None:
    with (
        pytest.raises(Damaged, match=r"store\.db: the database is damaged: no text"),
        _whole(SqliteDatabase(tmp_path / "store.db")),
    ):
        raise Malformed("no text")


def test_values_of_another_type_than_their_column_are_damage() -> None:
    assert list(typed([(1, b"a", None)], "store.db", int, bytes, str | None)) == [(1, b"a", None)]
    for row in (("1", b"a", None), (1, "a", None), (1, b"a", b""), (None, b"a", ""), (1.0, b"a", "")):
        with pytest.raises(Damaged, match=r"store\.db: a value is of another type"):
            list(typed([(2, b"b", "b"), row], "store.db", int, bytes, str | None))


def test_an_integer_that_no_column_can_hold_is_refused_as_such(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "store.db", ("CREATE TABLE kept (a INTEGER PRIMARY KEY)",))
    with pytest.raises(Damaged, match="does not fit"):
        database.query("SELECT 1 FROM kept WHERE a = ?", (1 << 63,))
    with pytest.raises(Damaged, match="does not fit"), database.transaction() as transaction:
        transaction.execute("INSERT INTO kept (a) VALUES (?)", (1 << 63,))
    database.close()


def test_a_file_so_damaged_that_sqlite_itself_finds_no_words_for_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE kept (a INTEGER); PRAGMA writable_schema = ON;"
        "UPDATE sqlite_master SET name = CAST(x'e9' AS TEXT), sql = 'CREATE TABLE'"
    )
    database.close()
    with pytest.raises(Damaged, match=r"store\.db: the database is damaged"):
        SqliteDatabase(path)
