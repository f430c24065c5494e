"""From the common part of SQL to PostgreSQL's: one source of statements, checked token by token.

| common                      | PostgreSQL                                                               |
|-----------------------------|--------------------------------------------------------------------------|
| `?`, `?2`, `:name`          | `$1`, `$2` ...; parameters become a list                                 |
| `BLOB`, `INTEGER`           | `BYTEA`, `BIGINT`                                                        |
| `TEXT` of a column          | `TEXT COLLATE "C"`: compared by bytes, whatever the database's collation |
| `x'00ff'`                   | `'\\x00ff'::bytea`                                                        |
| `WITHOUT ROWID`, `AUTOINCREMENT` | nothing                                                             |

Everything else must mean the same to both, and what is not known to do so is refused: a function that is not listed, the
scalar MAX and MIN (they treat NULL differently), IS with anything but NULL, LIKE, INSERT OR, RETURNING, casts to other
types. What differs silently and cannot be seen in a token: the place of NULL in ORDER BY. Say NULLS FIRST where a column
may be empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from accord.adapters.sql import Token, tokens
from accord.ports import Parameters


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEYWORDS = _words(
    """ADD ALL ALTER AND AS ASC BETWEEN BIGINT BLOB BY CASE CAST COLUMN CONFLICT CREATE CROSS DEFAULT DELETE DESC DISTINCT DO
    DROP ELSE END EXISTS FIRST FROM GROUP HAVING IF IN INDEX INNER INSERT INTEGER INTO IS JOIN KEY LAST LEFT LIMIT
    MATERIALIZED NOT NOTHING NULL NULLS ON OR ORDER OVER PARTITION PRECEDING PRIMARY RECURSIVE RENAME ROWS SELECT SET TABLE
    TEXT THEN TO UNBOUNDED UNION UNIQUE UPDATE VALUES VIEW WHEN WHERE WITH"""
)
_REFUSED = _words(
    """
    ABORT ANALYZE ANY ARRAY ATTACH AVG BEFORE BOOLEAN CHAR COLLATE COMMIT COPY DATE DETACH DOUBLE EXCEPT EXPLAIN FAIL FETCH
    FILTER FLOAT FULL GLOB GRANT IGNORE ILIKE INDEXED INT INTERSECT INTERVAL ISNULL LATERAL LIKE LOCK MATCH NATURAL NOCASE
    NOTNULL NUMERIC OFFSET OID PRAGMA RAISE REAL REFERENCES REGEXP REINDEX REPLACE RETURNING REVOKE RIGHT ROLLBACK
    SAVEPOINT SIMILAR SMALLINT SUM TEMP TEMPORARY TIMESTAMP TRIGGER TRUNCATE USING VACUUM VARCHAR VIRTUAL WINDOW _ROWID_"""
)
_FUNCTIONS = _words("ABS COALESCE COUNT LOWER MAX MIN NULLIF ROW_NUMBER UPPER")
_NAMED_BEFORE = _words("INTO TABLE EXISTS ON")  # a name and a list of columns follow
_TYPES = {"BLOB": "BYTEA", "INTEGER": "BIGINT"}


@dataclass(slots=True, frozen=True)
class Translated:
    """A statement for PostgreSQL; `names` are its parameters' in order, empty where they have none."""

    sql: str
    names: tuple[str, ...]

    def arguments(self, parameters: Parameters) -> Sequence[object]:
        """The parameters in the statement's order."""
        if isinstance(parameters, Sequence):
            return parameters
        return [parameters[name] for name in self.names]


@lru_cache(maxsize=4096)
def translate(statement: str) -> Translated:
    """One statement in PostgreSQL's dialect; raises ValueError for what is not known to be portable."""
    found = list(tokens(statement))
    said = [one for one in found if one.kind != "space"]
    _check(said)
    defining = _defines_columns(said)
    parts = _Parts(defining)
    for before, one in zip([None, *found], found, strict=False):
        parts.add(one, before)
    return Translated("".join(parts.text).strip(), tuple(parts.names))


class _Parts:
    """A translated statement as it grows."""

    def __init__(self, defining: bool) -> None:
        self.text: list[str] = []
        self.names: list[str] = []
        self._defining = defining
        self._unnamed = 0

    def add(self, one: Token, before: Token | None) -> None:
        """One more token."""
        if one.kind == "parameter":
            self.text.append(self._parameter(one.text))
        elif one.kind == "blob":
            self.text.append(f"'\\x{one.text[2:-1]}'::bytea")
        elif one.word == "TEXT" and self._defining:
            self.text.append('TEXT COLLATE "C"')
        elif one.word in ("WITHOUT", "ROWID", "AUTOINCREMENT"):
            pass
        elif one.kind == "space":
            self.text.append(" " if one.text.startswith(("--", "/*")) else one.text)
        else:
            self.text.append(_TYPES.get(one.word, one.text))

    def _parameter(self, text: str) -> str:
        if text.startswith(":"):
            if text[1:] not in self.names:
                self.names.append(text[1:])
            return f"${self.names.index(text[1:]) + 1}"
        self._unnamed += 1
        return f"${text[1:] or self._unnamed}"


def _defines_columns(said: list[Token]) -> bool:
    words = [one.word for one in said[:2]]
    return words in (["CREATE", "TABLE"], ["ALTER", "TABLE"])


# ---- What is not portable ----


def _check(said: list[Token]) -> None:
    for place, one in enumerate(said):
        before = said[place - 1] if place else None
        after = said[place + 1] if place + 1 < len(said) else None
        if one.kind == "word":
            _check_word(one, before, after, said[place + 1 :])
        elif one.kind in ("text", "number", "parameter", "blob") and before is not None and _is_name(before):
            raise _refused(before, "is not a word of both engines")
        elif one.text == "=" and before is not None and before.text == "=":
            raise _refused(one, "is written once")


def _check_word(one: Token, before: Token | None, after: Token | None, rest: list[Token]) -> None:
    word, column = one.word, before is not None and before.text == "."
    if word in _REFUSED and not column:
        raise _refused(one, "is not the same on both engines")
    if word == "WITHOUT" and (after is None or after.word != "ROWID"):
        raise _refused(one, "stands only before ROWID")
    if word == "ROWID" and (before is None or before.word != "WITHOUT"):
        raise _refused(one, "is SQLite's own")
    if word == "IS" and not _is_null(rest):
        raise _refused(one, "is portable only before NULL and NOT NULL")
    if word == "OR" and before is not None and before.word in ("INSERT", "UPDATE"):
        raise _refused(one, "is SQLite's own here: use ON CONFLICT")
    if _is_name(one) and after is not None:
        if _is_name(after):
            raise _refused(after, "is not a word of both engines")
        if after.text == "(" and not column:
            _check_call(one, before, rest)


def _is_name(one: Token) -> bool:
    return one.kind == "word" and one.word not in _KEYWORDS | {"WITHOUT", "ROWID", "AUTOINCREMENT"}


def _is_null(rest: list[Token]) -> bool:
    words = [one.word for one in rest[:2]]
    return words[:1] == ["NULL"] or words == ["NOT", "NULL"]


def _check_call(one: Token, before: Token | None, rest: list[Token]) -> None:
    """A name before a bracket is a function, or the name of something whose columns follow."""
    if before is not None and before.word in _NAMED_BEFORE:
        return
    inside = list(_inside(rest))
    if one.word not in _FUNCTIONS:
        following = rest[len(inside) + 2 : len(inside) + 3]
        if following and following[0].word == "AS":
            return  # WITH name (columns) AS
        raise _refused(one, "is no function that both engines have")
    if one.word in ("MAX", "MIN") and _arguments(inside) > 1:
        raise _refused(one, "of several values treats NULL differently: use CASE")


def _inside(rest: list[Token]) -> Iterator[Token]:
    """What stands in the brackets that `rest` begins with."""
    depth = 0
    for one in rest:
        depth += (one.text == "(") - (one.text == ")")
        if depth == 0:
            return
        if depth > 1 or one.text != "(":
            yield one


def _arguments(inside: list[Token]) -> int:
    depth, count = 0, 1
    for one in inside:
        depth += (one.text == "(") - (one.text == ")")
        count += one.text == "," and depth == 0
    return count


def _refused(one: Token, reason: str) -> ValueError:
    return ValueError(f"{one.text} {reason}")
