"""Where in the text of a TOML file a value stands, so that a fault can name its line.

`tomllib` gives values without places. This walks the statements of a text that `tomllib` has already
accepted (TOML 1.0): a header opens a table, a key opens a value; strings, comments and brackets are
skipped over. Paths are tuples of names and, for arrays of tables, positions.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from accord.errors import MemorandumRefused

Path: TypeAlias = tuple[str | int, ...]

_BARE = r"[A-Za-z0-9_-]+"
_STRING = r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'"
_KEY = re.compile(rf"\s*({_BARE}|{_STRING})\s*")
_VALUE = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''|" + _STRING + r"|#[^\n]*|[\[{]|[\]}]|\n|[^\n]", re.DOTALL
)
_OPENED = re.compile(r"=[ \t]*\[")
_BLANK = re.compile(r"(?:\s+|#[^\n]*)+")


class Lines:
    """The line (from 1) at which each table and key of a TOML text begins."""

    def __init__(self, text: str) -> None:
        self._at: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._walk(text.replace("\r\n", "\n"))

    def line(self, path: Path) -> int | None:
        """The line of the innermost part of `path` that is written out; None for the empty path."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._at:
                return self._at[path[:length]]
        return None

    def has(self, path: Path) -> bool:
        """Is this very path written out on a line?"""
        return path in self._at

    def _walk(self, text: str) -> None:
        position, line, table = 0, 1, ()  # type: int, int, Path
        while position < len(text):
            if blank := _BLANK.match(text, position):
                end = blank.end()
            elif text[position] == "[":
                table, end = self._header(text, position, line)
            else:
                end = self._statement(text, position, line, table)
            line += text.count("\n", position, end)
            position = end

    def _header(self, text: str, position: int, line: int) -> tuple[Path, int]:
        array = text.startswith("[[", position)
        names, end = _dotted(text, position + 1 + array)
        path = (*self._resolve(names[:-1]), names[-1])
        if array:
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            self._at.setdefault(path, line)
            path = (*path, number)
        else:
            path = self._resolve(names)
        for length in range(1, len(path) + 1):
            self._at.setdefault(path[:length], line)
        return path, end + 1 + array

    def _resolve(self, names: tuple[str, ...]) -> Path:
        path: Path = ()
        for name in names:
            path = (*path, name)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _statement(self, text: str, position: int, line: int, table: Path) -> int:
        names, end = _dotted(text, position)
        for length in range(1, len(names) + 1):
            self._at.setdefault(table + names[:length], line)
        return _value_end(text, end + 1)


def end_of_array(text: str, line: int) -> tuple[int, int]:
    """Of the list that a key on this line (from 1) opens: where its last item, or comma, ends; where it is closed.

    Raises MemorandumRefused where no list begins there.
    """
    start = sum(len(one) + 1 for one in text.split("\n")[: line - 1])
    opened = _OPENED.match(text, _dotted(text, start)[1])
    if opened is None:
        raise MemorandumRefused("a list is expected here, written after its name and =", where=f"line {line}")
    depth, last, position = 1, opened.end(), opened.end()
    while depth and (match := _VALUE.match(text, position)):
        mark, position = match.group(), match.end()
        depth += (mark in "[{") - (mark in "]}")
        if depth and not mark.isspace() and not mark.startswith("#"):
            last = position
    return last, position - 1


def _dotted(text: str, position: int) -> tuple[tuple[str, ...], int]:
    names = []
    while match := _KEY.match(text, position):
        name = match.group(1)
        names.append(name[1:-1] if name[0] in "\"'" else name)
        position = match.end()
        if text[position : position + 1] != ".":
            break
        position += 1
    return tuple(names), position


def _value_end(text: str, position: int) -> int:
    depth = 0
    while match := _VALUE.match(text, position):
        mark, position = match.group(), match.end()
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        elif mark == "\n" and depth == 0:
            break
    return position
