"""The command line: `accord COMMAND ...`; every command is a short function of what `parser` has read."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from accord.cli.console import Console
from accord.cli.parser import build, read
from accord.errors import AccordError, outside

__all__ = ["build", "main"]

INTERRUPTED = 130  # 128 + SIGINT
NOBODY_READS = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run one command; returns 0 ok, 1 an evidence fault was found, 2 something was refused, 3 not ready.

    `argv` is without the program's name (default: the process's own), `environment` the variables (default: the
    process's own). Interrupted it returns 130, with nobody to read its output 141.
    """
    _stand_in_for_closed()
    words = list(sys.argv[1:] if argv is None else argv)
    console = Console(sys.stdout, sys.stderr, as_json="--json" in words)
    try:
        call = read(words, dict(os.environ) if environment is None else environment, console)
        code = call.run()
        console.flush()
    except AccordError as error:
        return _failed(console, error)
    except KeyboardInterrupt:
        console.note(
            "interrupted; whatever has a receipt is in the log, and the same command goes on from there"
        )
        return INTERRUPTED
    except BrokenPipeError:
        _let_go()
        return NOBODY_READS
    except OSError as error:
        return _failed(console, outside(error))
    return code


def _failed(console: Console, error: AccordError) -> int:
    try:
        console.flush()
        console.failed(error)
    except BrokenPipeError:
        _let_go()
    return error.exit_code


def _stand_in_for_closed() -> None:
    """A standard stream that was closed before we began holds nothing, and takes everything."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - until the process ends


def _let_go() -> None:
    """Nobody reads: send what is still buffered nowhere, so that the interpreter does not fail at its end."""
    if sys.stdout is sys.__stdout__ and sys.__stdout__ is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
