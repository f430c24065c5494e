"""A turn on every beat of the memorandum, until it is told to stop.

A turn opens the home, works, and closes it, so that an agency's processes and the command line take turns under one lock.
It ends early, at a safe place, when a stop was asked for. Under a memorandum without a beat (`beat = "0s"`) the home stays
open, and the next turn begins when there is news; whoever else wants the home asks for it, and has it after the turn in
hand. What a turn raises:

    HomeLocked                somebody else is at work: asked for again and again: its lock is waited for
    Unready, Unreachable      a disk or a wire is away: told once, tried again on the next beat
    RenewalAwaited            our log waits for its new keys: the same
    Overtaken                 another worker has done it meanwhile: the same, and the next turn goes on behind it
    anything else             goes to the caller: a person has to look
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from accord import catalog
from accord.bootstrap.agency import Agency, opened
from accord.bootstrap.newest import Newest
from accord.errors import AccordError, HomeLocked, Overtaken, RenewalAwaited, Unreachable, Unready
from accord.schema import Vocabulary

LEAST_BEAT = 0.2  # seconds: for a beat of none, so long the home is left to others who asked for it
NO_NEWS = 1.0  # seconds: without a beat, the longest that a turn is waited for
_ASKED_EVERY = 0.05  # seconds
FIRST_BEAT = 10.0  # seconds, until a memorandum has told its own
LOCKED = 0.1  # seconds until a home that somebody else holds is asked for again: who waits stands in line nearly always

_AGAIN = (Unready, Unreachable, RenewalAwaited, Overtaken)

Turn = Callable[[Agency, Callable[[], bool]], str | None]

News = Callable[[Agency, float], bool]


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
    """Takes turns: each is given the opened agency and whether to stop, and returns what to say of it, if anything.

    `news` waits for what makes a turn worth while, so many seconds at most, and returns whether there is any.
    """

    def __init__(
        self, home: Path, environment: Mapping[str, str], turn: Turn, watcher: Watcher, news: News
    ) -> None:
        self._home = home
        self._environment = environment
        self._turn = turn
        self._watcher = watcher
        self._news = news
        self._vocabulary = Vocabulary.load(catalog.schemas())
        self._newest = Newest()
        self.stop = threading.Event()
        self._beat = FIRST_BEAT
        self._failed: str | None = None
        self._said: str | None = None

    def run(self) -> None:
        """Take turns until `stop` is set. Raises what is not to be tried again."""
        while not self.stop.is_set():
            self.stop.wait(self._try(self._stay))

    def take_turn(self) -> None:
        """Take one turn; raises whatever it raises."""
        with self._opened() as agency:
            self._work(agency)

    def _stay(self) -> None:
        """Take one turn; without a beat one after another, until somebody else wants the home."""
        with self._opened() as agency:
            self._beat = max(agency.memorandum.beat.total_seconds(), LEAST_BEAT)
            self._work(agency)
            while not agency.memorandum.beat and self._awaited(agency):
                self._work(agency)

    def _opened(self) -> AbstractContextManager[Agency]:
        return opened(self._home, self._environment, vocabulary=self._vocabulary, newest=self._newest)

    def _work(self, agency: Agency) -> None:
        said = self._turn(agency, self.stop.is_set)
        if said and said != self._said:
            self._watcher.said(said)
        self._said, self._failed = said, None
        self._watcher.went_well(agency)

    def _awaited(self, agency: Agency) -> bool:
        """Wait for news; False where the home has to be left."""
        until = time.monotonic() + NO_NEWS
        while not (self.stop.is_set() or agency.stores.asked_for()):
            if self._news(agency, _ASKED_EVERY) or time.monotonic() >= until:
                return True
        return False

    def _try(self, work: Callable[[], None]) -> float:
        """Do it; returns how long to wait until it is done again, in seconds."""
        try:
            work()
        except HomeLocked:
            return LOCKED
        except Unready as error:
            if type(error) not in _AGAIN:
                raise
            self._watcher.failed(error, again=self._failed == str(error))
            self._failed = str(error)
        return self._beat
