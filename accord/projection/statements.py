"""Reads projections: SQL files of named, described statements, and refuses what a role may not have.

    -- table: arrest_made            a directive: what the statement is, and its name
    -- ArrestMade: a person ...      what it is for, in words (required)
    CREATE TABLE arrest_made ( ...   exactly one statement, ended by ";"
    );

Directives: table, index, view; on (what an event of this kind does to the tables), count (the same for
fields that may only be counted), header (no statement: of this kind only the header is read), write (what
the runner does to the tables that every role has; only in common.sql), query (a named question).

Nothing is trusted because it stands in our file. The engine itself says which parameters a statement takes
and which tables it touches: every statement is prepared against an empty database under an authorizer
before any event flows.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from accord.errors import ProjectionRefused
from accord.memorandum import Memorandum
from accord.schema import Vocabulary

DIRECTIVES = ("table", "index", "view", "on", "count", "header", "write", "query")
HEADER_PARAMETERS = frozenset({"entry", "file", "origin"})
COUNT_PARAMETERS = frozenset({"tally", "quarter"})
QUERY_PARAMETERS = frozenset(
    {"as_of", "today", "agency", "file", "origin", "event", "kind", "limit", "memorandum", "each"}
)

_DIRECTIVE = re.compile(r"-- ([a-z]+): ([A-Za-z_]+)$")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|:([a-z_][a-z0-9_]*)")


@dataclass(frozen=True)
class Statement:
    """One named statement of a projection.

    `sql` has named parameters (:x); `numbered` the same with ?1, ?2 ..., in the order of `parameters`;
    `writes` names the tables that it changes.
    """

    directive: str
    name: str
    doc: str
    sql: str
    where: str
    parameters: tuple[str, ...] = ()
    numbered: str = ""
    writes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statements:
    """Everything that one role's projection does, checked against the memorandum."""

    role: str
    tables: Mapping[str, Statement]
    indexes: Mapping[str, Statement]
    views: Mapping[str, Statement]
    on: Mapping[str, Statement]
    counts: Mapping[str, tuple[Statement, ...]]
    headers: frozenset[str]
    writes: Mapping[str, Statement]
    queries: Mapping[str, Statement] = field(default_factory=dict)

    @property
    def lists(self) -> dict[str, str]:
        """The lists that the role's own SQL names, and what each holds; common.sql asks for what every role has."""
        own = (one for one in self.queries.values() if not one.where.startswith("common.sql:"))
        return {one.name: one.doc for one in own}

    def definitions(self) -> Iterator[Statement]:
        """Tables, indexes and views, in the order in which they can be made."""
        yield from self.tables.values()
        yield from self.indexes.values()
        yield from self.views.values()

    def statements(self) -> Iterator[Statement]:
        """Everything else: what is written, counted and asked."""
        yield from self.on.values()
        for several in self.counts.values():
            yield from several
        yield from self.writes.values()
        yield from self.queries.values()


def visible(role: str, kind: str, memorandum: Memorandum, vocabulary: Vocabulary) -> frozenset[str]:
    """The fields of a kind that a role's projection may hold: what it is shown, or all if it publishes the
    kind.
    """
    if kind in memorandum.publishes(role):
        return frozenset(vocabulary.events[kind].names)
    return frozenset(memorandum.shown(role, kind))


def counted(role: str, kind: str, memorandum: Memorandum, vocabulary: Vocabulary) -> frozenset[str]:
    """The fields of a kind that a role may count and not see."""
    return frozenset(memorandum.entitled(role, kind)) - visible(role, kind, memorandum, vocabulary)


def parse(text: str, where: str) -> list[Statement]:
    """The statements of one file, in its order; raises ProjectionRefused, naming file and line."""
    blocks: list[tuple[int, str, str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = _DIRECTIVE.match(line)
        if match and match[1] in DIRECTIVES:
            blocks.append((number, match[1], match[2], []))
        elif match:
            raise ProjectionRefused(
                f"unknown directive {match[1]!r}",
                where=f"{where}:{number}",
                advice=f"Use one of {', '.join(DIRECTIVES)}.",
            )
        elif blocks:
            blocks[-1][3].append(line)
        elif line.strip() and not line.startswith("--"):
            raise ProjectionRefused("a statement without a directive above it", where=f"{where}:{number}")
    return [_block(directive, name, lines, f"{where}:{number}") for number, directive, name, lines in blocks]


def _block(directive: str, name: str, lines: list[str], where: str) -> Statement:
    count = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    doc = " ".join(line[2:].strip() for line in lines[:count])
    body = [line for line in lines[count:] if line.strip() and not _heading(line)]
    sql = "\n".join(body).strip()
    if not doc:
        raise ProjectionRefused(f"{directive} {name} is not described", where=where)
    if directive == "header" and sql:
        raise ProjectionRefused(f"header {name} takes no statement", where=where)
    if directive != "header" and not sql.endswith(";"):
        raise ProjectionRefused(f"{directive} {name} is not one statement ended by a semicolon", where=where)
    return Statement(directive, name, doc, sql.removesuffix(";"), where)


def _heading(line: str) -> bool:
    return line.startswith("-- ----")


def load(folder: Path, role: str, memorandum: Memorandum, vocabulary: Vocabulary) -> Statements:
    """The projection of a role from `common.sql` and `<role>.sql`; raises ProjectionRefused with the
    reason.
    """
    statements: list[Statement] = []
    for name in ("common.sql", f"{role}.sql"):
        path = folder / name
        if not path.is_file():
            raise ProjectionRefused("there is no such projection", where=name)
        statements += parse(path.read_text(encoding="utf-8"), name)
    return check(statements, role, memorandum, vocabulary)


def check(
    statements: Iterable[Statement], role: str, memorandum: Memorandum, vocabulary: Vocabulary
) -> Statements:
    """Prepare every statement and refuse what the role may not have; raises ProjectionRefused."""
    sorted_out = _by_directive(statements)
    with _Workshop() as workshop:
        for directive in ("table", "index", "view"):
            sorted_out[directive] = [workshop.define(one) for one in sorted_out[directive]]
        for directive in ("on", "count", "write", "query"):
            sorted_out[directive] = [workshop.prepare(one) for one in sorted_out[directive]]
    for one in (*sorted_out["on"], *sorted_out["count"], *sorted_out["header"]):
        _entitled(one, role, memorandum, vocabulary)
    for one in sorted_out["write"]:
        if not one.where.startswith("common.sql:"):
            raise ProjectionRefused("only common.sql writes by itself", where=one.where)
    for one in sorted_out["query"]:
        _only(one, QUERY_PARAMETERS, "a query takes no such parameter")
    counts: dict[str, tuple[Statement, ...]] = {}
    for one in sorted_out["count"]:
        counts[one.name] = (*counts.get(one.name, ()), one)
    named = {key: {one.name: one for one in sorted_out[key]} for key in DIRECTIVES}
    return Statements(
        role=role,
        tables=named["table"],
        indexes=named["index"],
        views=named["view"],
        on=named["on"],
        counts=counts,
        headers=frozenset(named["header"]),
        writes=named["write"],
        queries=named["query"],
    )


def _by_directive(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {directive: [] for directive in DIRECTIVES}
    for one in statements:
        if one.directive != "count" and any(one.name == other.name for other in found[one.directive]):
            raise ProjectionRefused(f"{one.directive} {one.name} stands here twice", where=one.where)
        found[one.directive].append(one)
    return found


def _entitled(one: Statement, role: str, memorandum: Memorandum, vocabulary: Vocabulary) -> None:
    if one.name not in vocabulary.events:
        raise ProjectionRefused(f"there is no event {one.name!r}", where=one.where)
    if one.directive == "header":
        return
    if one.directive == "count":
        allowed, extra = counted(role, one.name, memorandum, vocabulary), COUNT_PARAMETERS
        reason = f"{role} has no right to count this field of {one.name}"
    else:
        allowed, extra = visible(role, one.name, memorandum, vocabulary), HEADER_PARAMETERS
        reason = f"{role} is not entitled to this field of {one.name}"
    _only(one, allowed | extra, reason)


def _only(one: Statement, allowed: frozenset[str], reason: str) -> None:
    for name in one.parameters:
        if name not in allowed:
            raise ProjectionRefused(
                f"{reason}: {name!r}", where=one.where, advice="Remove it, or change the memorandum first."
            )


class _Recorder(dict[str, Any]):
    """Parameters that note which of them are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def __missing__(self, name: str) -> None:
        self.asked.append(name)


_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_FUNCTION}
_WRITING = _READING | {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE}
_CHANGES = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
_DEFINING = _WRITING | {
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_INDEX,
    sqlite3.SQLITE_CREATE_VIEW,
    sqlite3.SQLITE_REINDEX,
    sqlite3.SQLITE_DELETE,  # of SQLite's own list of columns, when a view is made
}
_FUNCTIONS = frozenset(
    [
        "abs",
        "avg",
        "coalesce",
        "count",
        "lower",
        "max",
        "min",
        "nullif",
        "row_number",
        "substr",
        "sum",
        "upper",
    ]
)


class _Workshop:
    """An empty database in memory, in which statements are made and prepared under an authorizer."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._declared: set[str] = set()
        self._written: dict[str, None] = {}
        self._refusal: str | None = None

    def __enter__(self) -> _Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def define(self, one: Statement) -> Statement:
        """Make a table, index or view and check that it is what its directive says."""
        kind = one.directive
        self._run(one, one.sql, self._authorizer(_DEFINING, inside=("sqlite_master", "sqlite_autoindex_")))
        if kind == "view":
            probe = f"EXPLAIN SELECT * FROM {one.name}"  # noqa: S608  # a declared name
            self._run(one, probe, self._authorizer(_READING, inside=()))
        made = self._db.execute("SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL")
        fresh = [row for row in made if row[1] not in self._declared]
        if fresh != [(kind, one.name)]:
            raise ProjectionRefused(
                f"this does not make the {kind} {one.name}, or makes more", where=one.where
            )
        self._declared.add(one.name)
        return one

    def prepare(self, one: Statement) -> Statement:
        """Prepare a statement without running it, and return it with the parameters that the engine found."""
        actions = {"query": _READING, "write": _WRITING | {sqlite3.SQLITE_DELETE}}.get(
            one.directive, _WRITING
        )
        self._written.clear()
        asked = self._run(one, f"EXPLAIN {one.sql}", self._authorizer(actions, inside=()))
        names = tuple(dict.fromkeys(asked))
        numbers = {name: index for index, name in enumerate(names, start=1)}

        def number(match: re.Match[str]) -> str:
            return f"?{numbers[match[1]]}" if match[1] in numbers else match[0]

        numbered = _TOKEN.sub(number, one.sql)
        return replace(one, parameters=names, numbered=numbered, writes=tuple(self._written))

    def _run(self, one: Statement, sql: str, authorizer: Callable[..., int]) -> list[str]:
        recorder = _Recorder()
        self._refusal = None
        self._db.set_authorizer(authorizer)
        try:
            self._db.execute(sql, recorder)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise ProjectionRefused(self._refusal or str(error), where=one.where) from error
        finally:
            self._db.set_authorizer(None)
        return recorder.asked

    def _authorizer(self, actions: set[int], inside: tuple[str, ...]) -> Callable[..., int]:
        """Allow these actions on declared tables only; any other reach is denied, with its reason kept."""

        def decide(action: int, first: str | None, second: str | None, *_: object) -> int:
            if action not in actions:
                return self._deny(
                    "this reaches outside the projection, or does what its directive does not allow"
                )
            if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _FUNCTIONS:
                return self._deny(f"the function {second!r} is not one that every engine has")
            if (first or "").startswith("sqlite_") and not (first or "").startswith(inside):
                return self._deny("this reaches outside the projection")
            if action in _CHANGES:
                self._written[first or ""] = None
            return sqlite3.SQLITE_OK

        return decide

    def _deny(self, reason: str) -> int:
        self._refusal = self._refusal or reason
        return sqlite3.SQLITE_DENY
