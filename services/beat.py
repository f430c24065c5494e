"""What the processes share: a turn on every beat of the memorandum, until SIGTERM or SIGINT.

A turn opens the home, works, and closes it, so that the gateway, the projector and the command line of one agency take
turns under one lock. It ends early, at a safe place, when a signal has come.

What a turn raises:

    HomeLocked, Unready, Unreachable   somebody else is at work, or a disk or wire is away: told once, tried again
    anything else                      the process ends with the error's exit code; whoever supervises it decides
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from accord import catalog
from accord.bootstrap import Agency, opened
from accord.errors import AccordError, HomeLocked, Unreachable, Unready
from accord.schema import Vocabulary

LEAST_BEAT = 0.2  # seconds: a beat of none, as in tests, still leaves time for others
FIRST_BEAT = 10.0  # seconds, until a memorandum has told its own
LOCKED = 1.0  # seconds until a home that somebody else holds is tried again

Turn = Callable[[Agency, Callable[[], bool]], str | None]


def main(name: str, about: str, turn: Turn, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a process: `turn` is given the opened agency and whether to stop, and returns what to tell, if anything."""
    asked = _parser(name, about).parse_args(arguments)
    home = asked.home or (Path(environment["ACCORD_HOME"]) if environment.get("ACCORD_HOME") else None)
    if home is None:
        print(f"{name}: name the agency's home: --home DIR or ACCORD_HOME", file=sys.stderr)
        return 2
    try:
        return _Process(name, home, environment, turn).run(once=asked.once)
    except AccordError as error:
        _tell(name, error)
        return error.exit_code


def _parser(name: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{name}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home", type=Path, metavar="DIR", help="the agency's home (default: ACCORD_HOME)")
    parser.add_argument("--once", action="store_true", help="one turn, then end")
    return parser


class _Process:
    def __init__(self, name: str, home: Path, environment: Mapping[str, str], turn: Turn) -> None:
        self._name = name
        self._home = home
        self._environment = environment
        self._turn = turn
        self._vocabulary = Vocabulary.load(catalog.schemas())
        self._stop = threading.Event()
        self._beat = FIRST_BEAT
        self._told: str | None = None
        self._said: str | None = None

    def run(self, *, once: bool) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        if once:
            self._take_turn()
            return 0
        print(f"{self._name}: at work", flush=True)
        while not self._stop.is_set():
            self._stop.wait(self._try_turn())
        print(f"{self._name}: stopped", flush=True)
        return 0

    def _try_turn(self) -> float:
        """Take a turn; returns how long to wait for the next, in seconds."""
        try:
            self._take_turn()
        except HomeLocked:
            return LOCKED
        except Unready as error:
            if type(error) not in (Unready, Unreachable):
                raise
            if self._told != str(error):
                _tell(self._name, error)
            self._told = str(error)
            return self._beat
        self._told = None
        return self._beat

    def _take_turn(self) -> None:
        with opened(self._home, self._environment, vocabulary=self._vocabulary) as agency:
            self._beat = max(agency.memorandum.beat.total_seconds(), LEAST_BEAT)
            said = self._turn(agency, self._stop.is_set)
        if said and said != self._said:
            print(f"{self._name}: {said}", flush=True)
        self._said = said


def _tell(name: str, error: AccordError) -> None:
    print(f"{name}: {error}" + (f"\n  {error.advice}" if error.advice else ""), file=sys.stderr, flush=True)


def run(name: str, about: str, turn: Turn) -> int:
    """`main` with this process's arguments and environment."""
    return main(name, about, turn, sys.argv[1:], os.environ)
