"""Every role's SQL covers exactly what the model memorandum gives the role, and what it publishes: no more,
no less.
"""

from __future__ import annotations

import re

import pytest

from accord import catalog
from accord.domain import ROLES
from accord.projection import Statements, counted, load, visible
from tests.projection_world import memorandum, vocabulary

HEADER = {"entry", "file", "origin"}


def of(role: str) -> Statements:
    return load(catalog.projections(), role, memorandum(), vocabulary())


def columns(sql: str) -> set[str]:
    lines = sql.splitlines()[1:-1]
    return {line.split()[0].strip('"') for line in lines}


@pytest.mark.parametrize("role", ROLES)
def test_each_kind_stores_exactly_the_fields_shown_or_own(role: str) -> None:
    statements = of(role)
    for kind in vocabulary().events:
        expected = visible(role, kind, memorandum(), vocabulary())
        statement = statements.on.get(kind)
        found = set(statement.parameters) - HEADER if statement else set()
        assert found == expected, kind
        if statement:
            (table,) = statement.writes
            assert columns(statements.tables[table].sql) == expected | {"entry"}, kind
            assert "sealed_file" in statement.sql


@pytest.mark.parametrize("role", ROLES)
def test_what_may_only_be_counted_is_counted_and_not_stored(role: str) -> None:
    statements = of(role)
    for kind in vocabulary().events:
        found = {name for one in statements.counts.get(kind, ()) for name in one.parameters}
        assert found - {"tally", "quarter"} == counted(role, kind, memorandum(), vocabulary()), kind
        assert not found & HEADER


@pytest.mark.parametrize("role", ROLES)
def test_kinds_of_which_the_header_alone_is_read_are_named(role: str) -> None:
    statements = of(role)
    alone = {
        kind
        for kind in vocabulary().events
        if not visible(role, kind, memorandum(), vocabulary())
        and (role in memorandum().header(kind).roles or kind in memorandum().publishes(role))
    }
    assert statements.headers == alone


@pytest.mark.parametrize("role", ROLES)
def test_the_clause_beside_a_column_is_the_clause_that_gives_it(role: str) -> None:
    statements = of(role)
    for kind, statement in statements.on.items():
        sql = statements.tables[statement.writes[0]].sql
        for line in sql.splitlines()[1:-1]:
            name = line.split()[0].strip('"')
            if name == "entry":
                continue
            clauses = {
                one.clause for one in memorandum().entitlements(role, kind, name) if one.only != "count"
            }
            assert set(re.findall(r"\d+\.\d+", line.partition("--")[2])) == clauses, (kind, name)
            assert ("own" in line.partition("--")[2]) == (kind in memorandum().publishes(role)), (kind, name)


@pytest.mark.parametrize("role", ROLES)
def test_every_statement_is_described_and_within_its_page(role: str) -> None:
    statements = of(role)
    for one in (*statements.definitions(), *statements.on.values(), *statements.queries.values()):
        assert one.doc.endswith((".", "...", ",")), (one.where, one.doc)
