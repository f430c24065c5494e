"""What the processes share: their words, their log, how they fare, and a turn on every beat until SIGTERM or SIGINT.

They end with 0 when they are stopped, and with the error's exit code where a person has to look.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from accord.bootstrap import Agency, Beat, News, Turn, address_of, stop_by_signals
from accord.errors import AccordError, UsageRefused, outside
from accord.web import Figure, HealthServer, Vitals

COUNTED_EVERY = 5.0  # seconds
Figures = Callable[[Agency], list[Figure]]


@dataclass(frozen=True, slots=True)
class Process:
    """What tells one process from another.

    `turns` gives, for as long as the process runs, what does its work; `figures` counts what there is to watch, `news` waits
    for what makes the next turn worth while, `words` adds what only this process understands.
    """

    name: str
    about: str
    turns: Callable[[argparse.Namespace], AbstractContextManager[Turn]]
    figures: Figures
    news: News
    words: Callable[[argparse.ArgumentParser], object] = lambda parser: None

    def parser(self) -> argparse.ArgumentParser:
        """All words that it understands."""
        parser = words(self.name, self.about)
        parser.add_argument("--once", action="store_true", help="one turn, then end")
        self.words(parser)
        return parser

    def run(self) -> int:
        """`main` with the arguments and the environment that it was started with."""
        return self.main(sys.argv[1:], os.environ)

    def main(self, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        """Take turns until it is stopped; returns the exit code."""
        asked = self.parser().parse_args(arguments)
        log, vitals = Log(self.name, as_json=asked.log == "json"), Vitals(self.name)
        watcher = _Watcher(log, vitals, self.figures)
        try:
            home = home_of(asked, environment)
            with self.turns(asked) as turn:
                beat = Beat(home, environment, watcher.counting(turn), watcher, self.news)
                if asked.once:
                    beat.take_turn()
                    return 0
                stop_by_signals(beat.stop.set)
                with listening(asked.listen, vitals, log):
                    log.say("at work")
                    beat.run()
            log.say("stopped")
        except (AccordError, OSError) as error:
            return log.failed(error)
        return 0


def words(name: str, about: str) -> argparse.ArgumentParser:
    """The words that every process understands."""
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{name}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home", type=Path, metavar="DIR", help="the agency's home (default: ACCORD_HOME)")
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="answer there to /healthz, /readyz, /metrics (default: nowhere)"
    )
    parser.add_argument("--log", choices=("text", "json"), default="text", help="the form of the log")
    return parser


def home_of(asked: argparse.Namespace, environment: Mapping[str, str]) -> Path:
    """The home that was named; raises UsageRefused."""
    named = asked.home or environment.get("ACCORD_HOME")
    if not named:
        raise UsageRefused("name the agency's home: --home DIR or ACCORD_HOME")
    return Path(named)


@contextmanager
def listening(address: str | None, vitals: Vitals, log: Log) -> Iterator[None]:
    """Tell whoever asks at an address how the process fares."""
    if address is None:
        yield
        return
    with HealthServer(address_of(address, "--listen"), vitals) as server:
        server.start()
        log.say(f"health at port {server.port}")
        yield
        server.shutdown()


class Log:
    """What a process says: lines of text, or of JSON; nothing of it holds a field's value."""

    def __init__(self, name: str, *, as_json: bool) -> None:
        self._name = name
        self._as_json = as_json

    def say(self, message: str, **more: object) -> None:
        """Something went on."""
        self._put(sys.stdout, "info", message, more)

    def failed(self, error: AccordError | OSError) -> int:
        """The process ends because of that; returns its exit code."""
        ours = outside(error) if isinstance(error, OSError) else error
        self.fail(ours)
        return ours.exit_code

    def fail(self, error: AccordError) -> None:
        """Something went wrong."""
        more = {"error": type(error).__name__, "where": error.where, "advice": error.advice}
        if self._as_json:
            self._put(sys.stderr, "error", error.message, more)
            return
        advice = f"\n  {error.advice}" if error.advice else ""
        print(f"{self._name}: {error}{advice}", file=sys.stderr, flush=True)

    def _put(self, stream: object, level: str, message: str, more: Mapping[str, object]) -> None:
        if self._as_json:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            said = {"time": now, "process": self._name, "level": level, "message": message, **more}
            print(json.dumps(said, ensure_ascii=False), file=stream, flush=True)  # type: ignore[call-overload]
        else:
            print(f"{self._name}: {message}", file=stream, flush=True)  # type: ignore[call-overload]


class _Watcher:
    """Tells the log and the vitals what becomes of the turns."""

    def __init__(self, log: Log, vitals: Vitals, figures: Figures) -> None:
        self._log, self._vitals, self._figures = log, vitals, figures
        self._counted = float("-inf")
        self._noted = ""

    def said(self, line: str) -> None:
        """What a turn did."""
        self._log.say(line)

    def failed(self, error: AccordError, *, again: bool) -> None:
        """A turn failed; its notes say what it had done by then."""
        self._vitals.failed(error.message)  # the log alone says where: that may be the name of a file
        notes = "; ".join(getattr(error, "__notes__", ()))
        if notes and notes != self._noted:
            self._log.say(notes)
        self._noted = notes
        if not again:
            self._log.fail(error)

    def went_well(self, agency: Agency) -> None:
        """A turn ended well."""
        self._count(agency)
        self._vitals.went_well(self._vitals.figures)

    def counting(self, turn: Turn) -> Turn:
        """The same turn; where it fails, what there is to watch is counted all the same, as far as it can be."""

        def counted(agency: Agency, stopping: Callable[[], bool]) -> str | None:
            try:
                return turn(agency, stopping)
            except AccordError:
                with suppress(AccordError):
                    self._count(agency)
                raise

        return counted

    def _count(self, agency: Agency) -> None:
        """Counting takes a while: where turns follow the news, it is not done at each of them."""
        if time.monotonic() - self._counted >= COUNTED_EVERY:
            self._vitals.figures = self._figures(agency)
            self._counted = time.monotonic()
