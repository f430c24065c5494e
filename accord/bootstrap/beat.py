"""A turn on every beat of the memorandum, until it is told to stop.

A turn opens the home, works, and closes it, so that an agency's processes and the command line take turns under one lock.
It ends early, at a safe place, when a stop was asked for. What a turn raises:

    HomeLocked                somebody else is at work: tried again after a second
    Unready, Unreachable      a disk or a wire is away: told once, tried again on the next beat
    anything else             goes to the caller: a person has to look
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from accord import catalog
from accord.bootstrap.agency import Agency, opened
from accord.errors import AccordError, HomeLocked, Unreachable, Unready
from accord.schema import Vocabulary

LEAST_BEAT = 0.2  # seconds: a beat of none, as in tests, still leaves time for others
FIRST_BEAT = 10.0  # seconds, until a memorandum has told its own
LOCKED = 1.0  # seconds until a home that somebody else holds is tried again

Turn = Callable[[Agency, Callable[[], bool]], str | None]


class Watcher(Protocol):
    """Who is told what becomes of the turns."""

    def said(self, line: str) -> None:
        """What a turn did, where that is not what the one before it did."""
        ...

    def failed(self, error: AccordError, *, again: bool) -> None:
        """A turn failed; `again` says that it failed alike before."""
        ...

    def went_well(self, agency: Agency) -> None:
        """A turn ended well; the agency is still open."""
        ...


class Beat:
    """Takes turns: each is given the opened agency and whether to stop, and returns what to say of it, if anything."""

    def __init__(self, home: Path, environment: Mapping[str, str], turn: Turn, watcher: Watcher) -> None:
        self._home = home
        self._environment = environment
        self._turn = turn
        self._watcher = watcher
        self._vocabulary = Vocabulary.load(catalog.schemas())
        self.stop = threading.Event()
        self._beat = FIRST_BEAT
        self._failed: str | None = None
        self._said: str | None = None

    def run(self) -> None:
        """Take turns until `stop` is set. Raises what is not to be tried again."""
        while not self.stop.is_set():
            self.stop.wait(self._try_turn())

    def take_turn(self) -> None:
        """Take one turn; raises whatever it raises."""
        with opened(self._home, self._environment, vocabulary=self._vocabulary) as agency:
            self._beat = max(agency.memorandum.beat.total_seconds(), LEAST_BEAT)
            said = self._turn(agency, self.stop.is_set)
            if said and said != self._said:
                self._watcher.said(said)
            self._said = said
            self._watcher.went_well(agency)

    def _try_turn(self) -> float:
        """Take a turn; returns how long to wait for the next, in seconds."""
        try:
            self.take_turn()
        except HomeLocked:
            return LOCKED
        except Unready as error:
            if type(error) not in (Unready, Unreachable):
                raise
            self._watcher.failed(error, again=self._failed == str(error))
            self._failed = str(error)
            return self._beat
        self._failed = None
        return self._beat
