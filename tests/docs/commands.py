"""Writes docs/commands.md from the commands' own help: `python -m tests.docs.commands`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from accord.cli import build
from tests.shared_data import REPOSITORY

PAGE = REPOSITORY / "docs" / "commands.md"
_HEAD = """\
# Commands

What `accord COMMAND --help` says, word for word; a test keeps it so (`python -m tests.docs.commands` writes this page).
"""


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser, and those of the commands below it, in their order."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from parsers(below)


def page() -> str:
    """The page as it must be."""
    parts = [_HEAD]
    for parser in parsers(build()):
        parts.append(f"## {parser.prog}\n\n```text\n{parser.format_help().strip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
