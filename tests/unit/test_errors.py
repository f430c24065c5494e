"""The tree that is drawn at the top of the errors is the tree of the classes."""

from __future__ import annotations

import re

from accord import errors
from accord.errors import AccordError

_LINE = re.compile(r"    (?P<stem>[│├└─ ]*)(?P<name>[A-Z][A-Za-z]+)(?: {2,}(?P<meaning>\S.*))?")


def drawn() -> list[tuple[int, str]]:
    """The depth and the name of each line of the drawing."""
    found = map(_LINE.fullmatch, (errors.__doc__ or "").splitlines())
    return [(len(one["stem"]) // 4, one["name"]) for one in found if one]


def below(error: type[AccordError], depth: int = 0) -> list[tuple[int, str]]:
    """The same of the classes, each before those below it."""
    return [(depth, error.__name__)] + [
        line
        for one in error.__subclasses__()
        if one.__module__ == errors.__name__
        for line in below(one, depth + 1)
    ]


def test_the_drawing_is_the_tree() -> None:
    assert len(drawn()) > 20
    assert sorted(drawn()) == sorted(below(AccordError))
    assert parents(drawn()) == parents(below(AccordError))


def parents(lines: list[tuple[int, str]]) -> dict[str, str]:
    """Whose child each is."""
    above: dict[int, str] = {}
    found = {}
    for depth, name in lines:
        above[depth] = name
        found[name] = above.get(depth - 1, "")
    return found
