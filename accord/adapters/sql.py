"""SQL as tokens: the common part of SQLite and PostgreSQL in which all statements of Accord are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<blob>[xX]'(?:[0-9a-fA-F]{2})*')
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<number>\d+(?![\w.]))
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<parameter>\?\d*|:[a-z_][a-z0-9_]*)
  | (?P<mark><>|<=|>=|\|\||<<|>>|[-+*/%=<>|&.,();])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True, frozen=True)
class Token:
    """A piece of a statement; `kind` is a group of the pattern above, `at` its offset."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The word in capitals; empty for what is no word."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(sql: str) -> Iterator[Token]:
    """Every token, white space and comments among them; raises ValueError at a character that has no place here."""
    at = 0
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        if found is None or found.lastgroup is None:
            raise ValueError(f"line {sql.count(chr(10), 0, at) + 1}: this is not in the common part of SQL")
        yield Token(found.lastgroup, found[0], at)
        at = found.end()


def statements(script: str) -> list[str]:
    """The statements of a script, without their semicolons; raises ValueError."""
    found: list[list[str]] = [[]]
    for token in tokens(script):
        if token.text == ";":
            found.append([])
        elif token.kind != "space" or found[-1]:
            found[-1].append(token.text)
    return ["".join(one).strip() for one in found if one]
