"""A broker's own settings, from the file that it is started with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from accord.errors import UsageRefused

_PAIR = re.compile(r"((?:\\.|[^\\=:\s])+)\s*[=:]?\s*(.*)")
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))")


def read_settings(path: Path) -> tuple[str, Mapping[str, str]]:
    """The number of the broker (node.id), and all that its server.properties says. Raises UsageRefused."""
    try:
        settings = parse(path.read_text(encoding="latin-1"))
    except OSError as error:
        raise UsageRefused("the broker's settings cannot be read", where=str(path)) from error
    if "node.id" not in settings:
        raise UsageRefused(
            "node.id is missing, so it is not known which broker's settings these are",
            where=str(path),
            advice="Name the server.properties with which the broker is started.",
        )
    return settings["node.id"], settings


def parse(text: str) -> dict[str, str]:
    """Names and values as java.util.Properties takes them; what is said last counts."""
    pairs = (_PAIR.match(line) for line in _lines(text))
    return {_plain(one[1]): _plain(one[2]).strip() for one in pairs if one is not None}


def _lines(text: str) -> Iterator[str]:
    """Each line with those that go on with it (a backslash at its end), without comments."""
    held = ""
    for natural in text.splitlines():
        line = natural.lstrip()
        if not held and (not line or line[0] in "#!"):
            continue
        if (len(line) - len(line.rstrip("\\"))) % 2:
            held += line[:-1]
            continue
        yield held + line
        held = ""
    if held:
        yield held


def _plain(escaped: str) -> str:
    return _ESCAPED.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[2], escaped)
