"""Whoever can write a home's databases changes no entry and no head unnoticed: each change is told of, and where."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from accord.adapters.directory import Fault
from accord.bootstrap import Agency, opened, verify_home
from accord.bootstrap.verification import verify_stores
from accord.errors import AccordError
from tests.exchange import Exchange, acceptance, arrest, charge, found, referral, vocabulary

THOROUGH = int(os.environ.get("ACCORD_TEST_TAMPERING", "1"))


@pytest.fixture(scope="module")
def stencil(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    """Three agencies with a case, its last events not read by all, so that keys are pending; reads recorded."""
    exchange = found(tmp_path_factory.mktemp("stored"), "police", "prosecutor", "advocacy")
    exchange.emit("police", arrest(), referral(), arrest("A2400002"))
    exchange.sync_all()
    exchange.emit("prosecutor", acceptance(), charge())
    exchange.sync_all()
    for number in range(5):
        exchange.agency("police").reads.record("officer", "cases", str(number))
    exchange.emit("police", arrest("A2400003"), arrest("A2400004"))
    exchange.agency("police").sync()
    exchange.agency("prosecutor").sync()
    exchange.release()
    for path in exchange.root.rglob("*-wal"):
        assert not path.stat().st_size
    assert not faults(exchange.home("police"))
    return exchange


@pytest.fixture(scope="module")
def police(stencil: Exchange) -> Iterator[Agency]:
    with opened(stencil.home("police"), {}, vocabulary=vocabulary()) as agency:
        yield agency


@pytest.fixture
def exchange(stencil: Exchange, tmp_path: Path) -> Exchange:
    root = Path(shutil.copytree(stencil.root, tmp_path / "copy"))
    return Exchange(root, stencil.slugs, stencil.text, stencil.clauses, stencil.signatures)


def faults(home: Path) -> list[Fault]:
    with opened(home, {}, write=False, vocabulary=vocabulary()) as agency:
        return list(verify_home(agency))


def _verified(home: Path) -> tuple[list[Fault], str]:
    """The faults of the databases, or why the home is not even opened."""
    try:
        with opened(home, {}, write=False, vocabulary=vocabulary()) as agency:
            return list(verify_stores(agency)), ""
    except AccordError as error:
        return [], str(error)


# ---- Single bytes of entries, leaves, nodes and heads ----


@dataclass(frozen=True)
class Stored:
    """A column of one row, and what a fault in it must name."""

    database: str
    log: str
    table: str
    column: str
    key: str
    row: int
    indices: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.database}:{self.table}.{self.column}"


def _stored(agency: Agency) -> Iterator[Stored]:
    """One row of each kind whole, and the others, of each log that a home holds."""
    for name, log, database in (
        ("store.db", "police", agency.store),
        ("reads.db", "police", agency.reads_database),
    ):
        for row, size in database.query("SELECT rowid, size FROM log_head ORDER BY size"):
            yield Stored(name, log, "log_head", "note", "rowid", row, (size - 1,))
        for (row,) in database.query("SELECT idx FROM stored_events ORDER BY idx"):
            for column in ("state", "leaf"):
                yield Stored(name, log, "stored_events", column, "idx", row, (row,))
        for (place,) in database.query("SELECT place FROM log_node ORDER BY place"):
            last = next(
                leaf for leaf in range(place + 1, 2 * place + 2) if leaf + 1 - (leaf + 1).bit_count() > place
            )
            yield Stored(name, log, "log_node", "hash", "place", place, (last,))
    replica = agency.replica_database
    for number, slug, size in replica.query("SELECT no, slug, size FROM origin WHERE head IS NOT NULL"):
        yield Stored("replica.db", slug, "origin", "frontier", "no", number, (size,))
        yield Stored("replica.db", slug, "origin", "head", "no", number, (size - 1,))
        for index in range(size):
            for column in ("data", "leaf"):
                yield Stored("replica.db", slug, "entry", column, "pos", (number << 40) + index, (index,))


def _value(database: Any, place: Stored) -> bytes | str:
    where = f"{place.key} = ?"
    value: bytes | str = database.query(
        f"SELECT {place.column} FROM {place.table} WHERE {where}", (place.row,)
    )[0][0]
    return value


def _database(agency: Agency, name: str) -> Any:
    return {
        "store.db": agency.store,
        "replica.db": agency.replica_database,
        "reads.db": agency.reads_database,
    }[name]


def _flipped(value: bytes | str, at: int, bits: int) -> bytes | str:
    """One byte changed; a text's stays text if it can."""
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[at] ^= bits
    if isinstance(value, bytes):
        return bytes(data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return bytes(data)


class _Undo(Exception):
    """Takes a change back."""


def _told_of(agency: Agency, place: Stored, value: bytes | str) -> list[Fault]:
    """What verification says with this value in that place, which is then as it was."""
    found: list[Fault] = []
    database = _database(agency, place.database)
    try:
        with database.transaction() as transaction:
            changed = transaction.execute(
                f"UPDATE {place.table} SET {place.column} = ? WHERE {place.key} = ?", (value, place.row)
            )
            assert changed == 1
            found = list(verify_stores(agency, [place.database]))
            raise _Undo
    except _Undo:
        return found


def _assert_located(place: Stored, at: int, found: list[Fault]) -> None:
    hit = [one for one in found if one.log == place.log and one.file == place.database]
    assert any(one.index in place.indices for one in hit), f"{place}, row {place.row}, byte {at}: {found}"


def test_every_byte_of_one_entry_and_one_head_of_each_store(police: Agency) -> None:
    """Exhaustively: a row of each kind in each database, the longest entries' bodies included."""
    seen = set()
    places = list(_stored(police))
    for place in places:
        if str(place) in seen or (place.database == "replica.db" and place.log != "prosecutor"):
            continue
        seen.add(str(place))
        value = _value(_database(police, place.database), place)
        for at in range(len(value)):
            bits = 1 << random.Random(f"{place} {at}").randrange(8)
            _assert_located(place, at, _told_of(police, place, _flipped(value, at, bits)))
    assert len(seen) == 12
    assert not list(verify_stores(police))


def test_sampled_bytes_of_every_other_row(police: Agency) -> None:
    chance = random.Random(7)
    for place in _stored(police):
        value = _value(_database(police, place.database), place)
        for at in chance.sample(range(len(value)), min(len(value), 6 * THOROUGH)):
            _assert_located(place, at, _told_of(police, place, _flipped(value, at, chance.randrange(1, 256))))


@pytest.mark.parametrize("change", ["grow", "shrink", "empty", "text"])
def test_values_of_another_length_or_type_are_told_of_as_well(police: Agency, change: str) -> None:
    for place in _stored(police):
        value = _value(_database(police, place.database), place)
        other: bytes | str = {
            "grow": value + value[:1],
            "shrink": value[:-1],
            "empty": value[:0],
            "text": "x" if isinstance(value, bytes) else value.encode() + b"\xff",
        }[change]
        found = _told_of(police, place, other)
        hit = [one for one in found if one.log == place.log and one.file == place.database]
        assert hit, f"{place}, row {place.row}: {found}"


_OTHERS = ("x", b"x", (1 << 63) - 1, -1, 1.5, "", b"", 0, None, -(1 << 63))


def _columns(home: Path, name: str) -> list[tuple[str, str]]:
    database = sqlite3.connect(home / name)
    try:
        made = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = [table for (table,) in database.execute(made)]
        return [
            (table, one[1]) for table in tables for one in database.execute(f"PRAGMA table_info({table})")
        ]
    finally:
        database.close()


def _put(path: Path, table: str, column: str, value: object) -> bool:
    """Put a value into one row's column; False where the table is empty or SQLite does not take it there."""
    database = sqlite3.connect(path)
    first = f"(SELECT {column} FROM {table} ORDER BY {column} LIMIT 1)"
    try:
        done = database.execute(f"UPDATE {table} SET {column} = ? WHERE {column} IS {first}", (value,))
        database.commit()
    except sqlite3.IntegrityError:
        return False
    finally:
        database.close()
    return done.rowcount > 0


@pytest.mark.parametrize("name", ["store.db", "replica.db", "reads.db"])
def test_any_value_in_any_column_is_told_of_or_does_no_harm_and_is_never_taken_for_a_fault_of_ours(
    exchange: Exchange, name: str
) -> None:
    """SQLite takes every type in every column; whatever comes out of `_verified` but an error of Accord fails here."""
    home, said = exchange.home("police"), 0
    whole = (home / name).read_bytes()
    for table, column in _columns(home, name):
        for value in _OTHERS[: 3 * THOROUGH]:
            if _put(home / name, table, column, value):
                found, refused = _verified(home)
                said += bool(found or refused)
            for beside in home.glob(f"{name}-*"):
                beside.unlink()
            (home / name).write_bytes(whole)
    assert said >= 5
    assert not faults(home)


# ---- Rows ----


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("store.db", "DELETE FROM stored_events WHERE idx = 2"),
        ("store.db", "DELETE FROM stored_events WHERE idx = (SELECT MAX(idx) FROM stored_events)"),
        ("store.db", "DELETE FROM log_node WHERE place = 0"),
        ("store.db", "UPDATE log_node SET place = 1000 WHERE place = 0"),
        ("store.db", "UPDATE log_head SET size = size + 1000 WHERE size = (SELECT MAX(size) FROM log_head)"),
        ("store.db", "UPDATE stored_events SET idx = 1000 WHERE idx = 1"),
        ("replica.db", "DELETE FROM entry WHERE pos & 1099511627775 = 1"),
        ("replica.db", "UPDATE entry SET pos = pos + 1000 WHERE pos & 1099511627775 = 1"),
        ("replica.db", "UPDATE origin SET size = size - 1 WHERE size > 1"),
        ("replica.db", "UPDATE origin SET size = size + 1 WHERE size > 1"),
        ("reads.db", "DELETE FROM stored_events WHERE idx = 2"),
        ("reads.db", "DELETE FROM log_node WHERE place = 0"),
    ],
)
def test_rows_taken_away_or_moved(exchange: Exchange, name: str, statement: str) -> None:
    home = exchange.home("police")
    database = sqlite3.connect(home / name)
    assert database.execute(statement).rowcount > 0
    database.commit()
    database.close()
    found, refused = _verified(home)
    assert name in refused or any(one.file == name and one.index is not None for one in found), found


def test_the_end_of_our_log_taken_away_with_its_heads_is_missed_beside_the_wire(exchange: Exchange) -> None:
    home = exchange.home("police")
    database = sqlite3.connect(home / "store.db")
    for statement in (
        "DELETE FROM stored_events WHERE idx >= 2",
        "DELETE FROM log_head WHERE size > 2",
        "DELETE FROM log_node WHERE place > 0",
    ):
        assert database.execute(statement).rowcount > 0
    database.commit()
    database.close()
    assert [one.reason for one in faults(home) if one.file == "store.db"] == [
        "the wire holds more of our log than our store does"
    ]


# ---- The files themselves ----

_SAID = {
    "store.db": (
        "SELECT idx, leaf, state FROM stored_events ORDER BY idx",
        "SELECT place, hash FROM log_node ORDER BY place",
        "SELECT size, note FROM log_head ORDER BY size",
    ),
    "replica.db": (
        "SELECT pos, leaf, data FROM entry ORDER BY pos",
        "SELECT slug, size, frontier, head FROM origin ORDER BY slug",
    ),
}
_SAID["reads.db"] = _SAID["store.db"]


def _said(path: Path) -> list[Any]:
    """Every entry, node and head that a database holds."""
    database = sqlite3.connect(path)
    try:
        return [database.execute(statement).fetchall() for statement in _SAID[path.name]]
    finally:
        database.close()


def _places(data: bytes, chance: random.Random, count: int) -> list[int]:
    """Places in a database file: its header, the beginnings of pages, what is written, and anywhere."""
    page = int.from_bytes(data[16:18], "big")
    written = [at for at in range(len(data)) if data[at]]
    starts = [start * page + chance.randrange(24) for start in range(len(data) // page)]
    return [
        *chance.sample(range(100), min(count // 4, 100)),
        *chance.choices(starts, k=count // 4),
        *chance.choices(written, k=count // 4),
        *chance.choices(range(len(data)), k=count // 4),
    ]


@pytest.mark.parametrize("name", sorted(_SAID))
def test_flips_in_a_database_file_are_told_of_or_change_no_entry_and_no_head(
    exchange: Exchange, name: str, record_property: pytest.RecordProperty
) -> None:
    home = exchange.home("police")
    path = home / name
    whole, before = path.read_bytes(), _said(path)
    chance = random.Random(name)
    counted = {"told": 0, "refused": 0, "harmless": 0}
    for at in _places(whole, chance, 80 * THOROUGH):
        data = bytearray(whole)
        data[at] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        counted[_outcome(home, name, before, at)] += 1
        for beside in home.glob(f"{name}-*"):
            beside.unlink()
    path.write_bytes(whole)
    assert not faults(home)
    assert counted["told"] + counted["refused"] >= 10 * THOROUGH
    record_property(name, counted)
    print(name, counted)


def _outcome(home: Path, name: str, before: list[Any], at: int) -> str:
    found, refused = _verified(home)
    if refused:
        assert name in refused, f"byte {at}: {refused}"
        return "refused"
    if any(one.file == name for one in found):
        return "told"
    assert not found
    assert _said(home / name) == before, f"byte {at} changed what is held, and nothing was told"
    return "harmless"


# ---- The wire, as a home sees it ----


def test_a_byte_of_each_kind_of_file_of_the_wire(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accord.bootstrap.verification._SETTLE_SECONDS", 0.0)
    chance, kinds = random.Random(3), set()
    for path in sorted(path for path in exchange.wire.rglob("*") if path.is_file()):
        name = path.relative_to(exchange.wire).as_posix()
        log = name.split("/")[2 if name.startswith("keys/") else 0]
        kind = (
            "keys"
            if name.startswith("keys/")
            else "".join(c for c in name.partition("/")[2] if not c.isdigit())
        )
        whole = path.read_bytes()
        for at in chance.sample(range(len(whole)), 1 if kind in kinds else 4):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
            found = [one for one in faults(exchange.home("advocacy")) if one.file == name]
            assert found, (name, at)
            assert {one.log for one in found} == {log}
            if "tile/entries" in name:
                assert all(one.index is not None for one in found)
        path.write_bytes(whole)
        kinds.add(kind)
    assert kinds >= {"checkpoint", "keys", "tile//.p/", "tile/entries/.p/"}, kinds
    assert not faults(exchange.home("advocacy"))
