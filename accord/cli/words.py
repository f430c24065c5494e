"""How a command is described to the parser."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from accord.errors import UsageRefused

if TYPE_CHECKING:
    from accord.cli.call import Call

_WIDTH = 100


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageRefused, keeps the lines of its texts, and takes no abbreviations."""

    def __init__(self, **options: object) -> None:
        super().__init__(
            **{"formatter_class": _Formatter, "allow_abbrev": False, **options}  # type: ignore[arg-type]
        )

    def error(self, message: str) -> NoReturn:
        """Refuse a misuse; what was typed for a choice is not repeated."""
        said = re.sub(r"invalid choice: .*?(?= \(choose)", "no such word", message)
        said = re.sub(r"invalid \S+ value: .*", "not a number that can be used here", said, flags=re.DOTALL)
        said = re.sub(
            r"ambiguous option: .*|ignored explicit argument .*", "not used rightly", said, flags=re.DOTALL
        )
        raise UsageRefused(said, where=self.prog, advice=f"See: {self.prog} --help.")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # the library has no public name for it


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help as it was written, and as wide everywhere."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=_WIDTH)


def command(
    commands: Commands,
    name: str,
    run: Callable[[Call], int],
    help_: str,
    about: str,
    *,
    home: bool = True,
) -> Parser:
    """A new command: its one line of help, then what it does with an example; takes --json and mostly --home."""
    made = commands.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", epilog=about)
    made.set_defaults(command=run)
    if home:
        add_home(made)
    made.add_argument("--json", action="store_true", help="answer in JSON")
    return made


def add_home(made: Parser) -> None:
    """The option --home."""
    made.add_argument("--home", metavar="DIR", help="the agency's home (default: ACCORD_HOME)")


def add_as_of(made: Parser, *, required: bool = False) -> None:
    """The option --as-of."""
    now = "" if required else " (default: now)"
    made.add_argument(
        "--as-of",
        metavar="TIME",
        required=required,
        help=f"what had been recorded by then: a date (its end) or a time{now}",
    )
