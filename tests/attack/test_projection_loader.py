"""A projection that asks for more than its role may have is refused before any event flows, by name of the
attack.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from accord import catalog
from accord.errors import ProjectionRefused
from accord.memorandum import Memorandum
from accord.projection import Statements, check, load, parse
from tests.projection_world import memorandum, vocabulary

TABLE = """
-- table: grabbed
-- What somebody wants.
CREATE TABLE grabbed (entry BIGINT NOT NULL PRIMARY KEY, value TEXT);

"""


def loaded(text: str, role: str = "coordinator") -> Statements:
    common = parse((catalog.projections() / "common.sql").read_text(), "common.sql")
    own = parse((catalog.projections() / f"{role}.sql").read_text(), f"{role}.sql")
    return check([*common, *own, *parse(text, "extra.sql")], role, memorandum(), vocabulary())


def only(text: str, role: str = "coordinator") -> Statements:
    return check(parse(text, "extra.sql"), role, memorandum(), vocabulary())


def on(kind: str, sql: str) -> str:
    return f"{TABLE}-- on: {kind}\n-- What it does.\n{sql};\n"


def query(sql: str) -> str:
    return f"\n-- query: asked\n-- A question.\n{sql};\n"


def insert(value: str) -> str:
    return f"INSERT INTO grabbed (entry, value) SELECT :entry, {value}"


def test_what_is_allowed_is_allowed() -> None:
    assert only(on("ArrestMade", insert(":arrest_kind"))).on["ArrestMade"].parameters == (
        "entry",
        "arrest_kind",
    )


REFUSED = {
    "a field outside the entitlement": (on("ArrestMade", insert(":arrest_number")), "'arrest_number'"),
    "the same, hidden in an expression": (
        on("ArrestMade", insert("COALESCE(:arrest_kind, LOWER(:arrest_number))")),
        "'arrest_number'",
    ),
    "the same, in a condition": (
        on("ArrestMade", insert("'x' WHERE :arrest_number = 'A1'")),
        "'arrest_number'",
    ),
    "a field of another kind of event": (on("ArrestMade", insert(":disposition")), "'disposition'"),
    "a field that does not exist": (on("ArrestMade", insert(":notes")), "'notes'"),
    "a field that may only be counted": (on("ArrestMade", insert(":dual_arrest")), "'dual_arrest'"),
    "an event that does not exist": (on("ArrestMabe", insert(":entry")), "no event"),
    "a table that is not declared": (
        on("ArrestMade", "INSERT INTO elsewhere (entry) SELECT :entry"),
        "no such table",
    ),
    "two statements": (
        on("ArrestMade", insert(":arrest_kind") + "; DELETE FROM grabbed"),
        "one statement",
    ),
    "no statement": ("-- query: asked\n-- A question.\n", "one statement"),
    "another database": (on("ArrestMade", "ATTACH DATABASE 'other.db' AS other"), "outside"),
    "another database, by a question": (query("ATTACH DATABASE 'other.db' AS other"), "outside"),
    "a setting": (query("PRAGMA table_info(event)"), "outside"),
    "a setting as a table": (query("SELECT * FROM pragma_database_list"), "outside"),
    "the engine's own tables": (query("SELECT sql FROM sqlite_master"), "outside"),
    "the engine's own tables, by a view": (
        "-- view: peek\n-- A look.\nCREATE VIEW peek AS SELECT sql FROM sqlite_master;\n",
        "outside",
    ),
    "the engine's own functions": (query("SELECT load_extension('x')"), "function"),
    "a function of one engine alone": (query("SELECT strftime('%Y', 'now')"), "function"),
    "a question that writes": (TABLE + query("DELETE FROM grabbed"), "outside"),
    "an event that deletes": (on("ArrestMade", "DELETE FROM grabbed WHERE entry = :entry"), "outside"),
    "an event that drops": (on("ArrestMade", "DROP TABLE grabbed"), "outside"),
    "a trigger": (
        on("ArrestMade", "CREATE TRIGGER t AFTER INSERT ON grabbed BEGIN DELETE FROM grabbed; END"),
        "outside",
    ),
    "a temporary table": (
        "-- table: aside\n-- A table.\nCREATE TEMPORARY TABLE aside (entry BIGINT);\n",
        "outside",
    ),
    "a virtual table": (
        "-- table: aside\n-- A table.\nCREATE VIRTUAL TABLE aside USING fts5(x);\n",
        "outside",
    ),
    "a table under another name": (
        "-- table: one\n-- A table.\nCREATE TABLE two (x TEXT);\n",
        "does not make",
    ),
    "a view called a table": (
        TABLE + "-- table: seen\n-- A table.\nCREATE VIEW seen AS SELECT * FROM grabbed;\n",
        "does not make",
    ),
    "the same name twice": (TABLE + TABLE, "twice"),
    "a statement without words": ("-- query: asked\nSELECT 1;\n", "not described"),
    "a statement without a name": ("SELECT 1;\n", "without a directive"),
    "a directive nobody knows": ("-- every: asked\n-- A question.\nSELECT 1;\n", "unknown directive"),
    "a header with a statement": ("-- header: EventVoided\n-- A header.\nSELECT 1;\n", "takes no statement"),
    "a header of an unknown event": ("-- header: EventVoidet\n-- A header.\n", "no event"),
    "a question with a parameter of an event": (TABLE + query("SELECT :arrest_kind"), "no such parameter"),
    "bad SQL": (query("SELEKT 1"), "syntax error"),
    "a write outside common.sql": (
        TABLE + "-- write: more\n-- A write.\nINSERT INTO grabbed (entry) SELECT :entry;\n",
        "only common.sql",
    ),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_refused(attack: str) -> None:
    text, reason = REFUSED[attack]
    with pytest.raises(ProjectionRefused, match=reason) as refusal:
        only(text)
    assert (refusal.value.where or "").startswith("extra.sql:")


COUNTS = {
    "a count with the event beside it": ("SELECT :tally, 'f', 'k', :dual_arrest, :entry", "'entry'"),
    "a count with the file beside it": ("SELECT :file, 'f', 'k', :dual_arrest, :quarter", "'file'"),
    "a count of a field that is shown": ("SELECT :tally, 'f', 'k', :arrest_kind, :quarter", "'arrest_kind'"),
    "a count of a field that is withheld": (
        "SELECT :tally, 'f', 'k', :arrest_number, :quarter",
        "'arrest_number'",
    ),
}


@pytest.mark.parametrize("attack", COUNTS)
def test_refused_count(attack: str) -> None:
    select, reason = COUNTS[attack]
    sql = f"INSERT INTO counted (tally, field, kind, value, quarter) {select}"
    with pytest.raises(ProjectionRefused, match=reason):
        loaded(f"-- count: ArrestMade\n-- A count.\n{sql};\n")


def test_another_roles_projection_is_refused() -> None:
    theirs = (catalog.projections() / "court.sql").read_text()
    common = parse((catalog.projections() / "common.sql").read_text(), "common.sql")
    with pytest.raises(ProjectionRefused, match="not entitled"):
        check([*common, *parse(theirs, "court.sql")], "coordinator", memorandum(), vocabulary())


def test_a_role_without_a_projection_is_refused(tmp_path: Path) -> None:
    (tmp_path / "common.sql").write_text((catalog.projections() / "common.sql").read_text())
    with pytest.raises(ProjectionRefused, match="no such projection"):
        load(tmp_path, "coordinator", memorandum(), vocabulary())


def test_what_a_memorandum_no_longer_gives_is_refused() -> None:
    given = b'ArrestMade = ["arrest_kind", "offenses", "mandatory_arrest", "occurred_at"]'
    text = memorandum().text.replace(given, b'ArrestMade = ["arrest_kind"]')
    assert text != memorandum().text
    narrower = Memorandum.parse(text, vocabulary())
    with pytest.raises(ProjectionRefused, match="not entitled"):
        load(catalog.projections(), "coordinator", narrower, vocabulary())
