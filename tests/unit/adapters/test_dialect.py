"""One source of SQL: what PostgreSQL is given of it, and what is refused because it would mean something else there."""

from __future__ import annotations

import pytest

from accord import catalog
from accord.adapters.postgres.dialect import translate
from accord.adapters.sql import statements
from accord.domain import ROLES
from accord.gateway import STORE_STEPS
from accord.projection import READS_STEPS, load
from accord.replica import REPLICA_STEPS
from tests.projection_world import memorandum, vocabulary

SAME = [
    ("SELECT a FROM t WHERE b = ? AND c = ?", "SELECT a FROM t WHERE b = $1 AND c = $2"),
    ("SELECT a FROM t WHERE b = ?2 AND c = ?1", "SELECT a FROM t WHERE b = $2 AND c = $1"),
    ("SELECT ':no', \"?\" FROM t -- why: ?\nWHERE a = ?", "SELECT ':no', \"?\" FROM t  \nWHERE a = $1"),
    (
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b BLOB, c TEXT NOT NULL) WITHOUT ROWID",
        'CREATE TABLE t (a BIGINT PRIMARY KEY , b BYTEA, c TEXT COLLATE "C" NOT NULL)',
    ),
    ("INSERT INTO t (a) VALUES (x'00fF') ON CONFLICT DO NOTHING", None),
    ("SELECT CAST(a AS INTEGER) FROM t", "SELECT CAST(a AS BIGINT) FROM t"),
    ("WITH w (a) AS (SELECT 1) SELECT MAX(a) FROM w", "WITH w (a) AS (SELECT 1) SELECT MAX(a) FROM w"),
    ("SELECT a FROM t WHERE a IS NOT NULL ORDER BY b NULLS FIRST", None),
]


@pytest.mark.parametrize(("common", "expected"), SAME)
def test_what_postgresql_is_given(common: str, expected: str | None) -> None:
    said = translate(common).sql
    assert said == (expected or common.replace("x'00fF'", "'\\x00fF'::bytea"))


def test_named_parameters_become_a_list_in_which_each_stands_once() -> None:
    translated = translate("UPDATE t SET a = :sha256 WHERE b = :b AND (c = :sha256 OR :b = '')")
    assert translated.sql == "UPDATE t SET a = $1 WHERE b = $2 AND (c = $1 OR $2 = '')"
    assert translated.arguments({"b": 1, "sha256": 2, "more": 3}) == [2, 1]
    assert translate("SELECT 1 FROM t WHERE a = ?").arguments((7,)) == (7,)


REFUSED = [
    "INSERT OR REPLACE INTO t (a) VALUES (1)",
    "REPLACE INTO t (a) VALUES (1)",
    "SELECT a FROM t WHERE b IS ?",
    "SELECT a FROM t WHERE b IS 1",
    "SELECT MAX(a, b) FROM t",
    "SELECT MIN(COALESCE(a, 1), 2) FROM t",
    "SELECT a FROM t WHERE b LIKE 'x%'",
    "SELECT a FROM t WHERE b GLOB 'x*'",
    "SELECT a COLLATE NOCASE FROM t",
    "SELECT hex(a) FROM t",
    "SELECT strftime('%Y', a) FROM t",
    "SELECT typeof(a) FROM t",
    "SELECT AVG(a) FROM t",
    "SELECT SUM(a) FROM t",
    "SELECT rowid FROM t",
    "SELECT a FROM t WHERE b == 1",
    "SELECT a FROM t WHERE b != 1",
    "SELECT a FROM [t]",
    "SELECT a FROM `t`",
    "SELECT 1.5",
    "SELECT 1e5",
    "SELECT a::text FROM t",
    "SELECT a -> 'x' FROM t; SELECT @b",
    "SELECT a FROM t WHERE b = $1",
    "PRAGMA user_version = 1",
    "CREATE TABLE t (a REAL)",
    "CREATE TABLE t (a VARCHAR)",
    "CREATE TABLE t (a DATETIME)",
    "SELECT a FROM t LIMIT 1 OFFSET 2",
    "DELETE FROM t RETURNING a",
    "SELECT a FROM t NATURAL JOIN u",
    "SELECT a FROM t unknown",
    "SELECT a 'b' FROM t",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_what_is_not_known_to_be_portable_is_refused(statement: str) -> None:
    with pytest.raises(ValueError, match=r"is|treats|stands"):
        translate(statement)


def test_a_script_is_taken_apart_at_its_semicolons_only() -> None:
    script = (
        "-- one; two\nCREATE TABLE a (b TEXT DEFAULT ';');\n/* ; */ INSERT INTO a (b) VALUES (';''');\n\n"
    )
    assert statements(script) == ["CREATE TABLE a (b TEXT DEFAULT ';')", "INSERT INTO a (b) VALUES (';''')"]


@pytest.mark.parametrize("role", ROLES)
def test_every_statement_of_every_projection_is_portable(role: str) -> None:
    loaded = load(catalog.projections(), role, memorandum(), vocabulary())
    for one in (*loaded.definitions(), *loaded.statements()):
        assert translate(one.sql).sql
        assert translate(one.numbered or one.sql).names == ()


def test_every_step_of_every_store_is_portable() -> None:
    for steps in (STORE_STEPS, REPLICA_STEPS, READS_STEPS):
        assert [translate(one).sql for step in steps for one in statements(step)]
