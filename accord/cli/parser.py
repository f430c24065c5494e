"""The words of the command line: every command with its help and an example."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import NoReturn

from accord import __version__
from accord.cli import (
    agreeing,
    broker,
    checking,
    demonstrating,
    emitting,
    listing,
    reading,
    renewing,
    schemas,
    serving,
    starting,
    storing,
    syncing,
)
from accord.cli.call import Call
from accord.cli.console import Console
from accord.cli.words import Parser
from accord.errors import UsageRefused

_ABOUT = """\
Agencies publish signed case events; each reads only what the memorandum entitles it to; anyone can check the log.
"""
_EPILOG = """\
Begin with:
  accord demo                                   the whole exchange, invented, in one process
  accord COMMAND --help                         every command has an example

A home is one agency's directory: name it with --home DIR or ACCORD_HOME.
Exit codes: 0 ok · 1 an evidence fault was found · 2 something was refused · 3 this home is not ready
"""


def build() -> argparse.ArgumentParser:
    """The parser of every command."""
    parser = Parser(prog="accord", description=_ABOUT, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"accord {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="word", required=True)
    for room in (
        demonstrating,
        starting,
        agreeing,
        renewing,
        emitting,
        syncing,
        reading,
        listing,
        checking,
        storing,
        schemas,
        broker,
        serving,
    ):
        room.add(commands)
    return parser


def read(words: Sequence[str], environment: Mapping[str, str], console: Console) -> Call:
    """A call from the words of a command line; raises UsageRefused, and SystemExit after --help and --version."""
    arguments, rest = build().parse_known_args(words)
    if rest:
        _refuse_rest(rest, arguments)
    return Call(arguments, environment, console)


def _refuse_rest(rest: list[str], arguments: argparse.Namespace) -> NoReturn:
    """An argument too many may be the number of a case: only flags are repeated."""
    flags = sorted({word.split("=")[0] for word in rest if word.startswith("--")})
    what = f"it has no {', '.join(flags)}" if flags else "it does not take that many words"
    raise UsageRefused(what, where=f"accord {arguments.word}", advice=f"See: accord {arguments.word} --help.")
