"""One call of the command: what was asked, by whom, in which home."""

from __future__ import annotations

import os
import pwd
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from accord.bootstrap import Agency, Settings, current_views, opened, parse_as_of, record_read
from accord.cli.console import Console
from accord.errors import UsageRefused
from accord.projection import Views
from accord.sources import SystemClock

HOME = "ACCORD_HOME"


@dataclass(slots=True, frozen=True)
class Call:
    """What a command works with: its arguments, the environment's variables, where it speaks."""

    arguments: Namespace
    environment: Mapping[str, str]
    console: Console

    def run(self) -> int:
        """Do it; returns the exit code."""
        code = self.arguments.command(self)
        return int(code)

    @property
    def home(self) -> Path:
        """The home named by --home or ACCORD_HOME; raises UsageRefused."""
        named = self.arguments.home or self.environment.get(HOME)
        if not named:
            raise UsageRefused(
                "which home?",
                where="--home",
                advice=f"Give --home DIR, or set {HOME}; `accord init` makes one.",
            )
        return Path(named)

    @property
    def home_if_named(self) -> Path | None:
        """The same, or None where a command can do without."""
        named = self.arguments.home or self.environment.get(HOME)
        return Path(named) if named else None

    @contextmanager
    def agency(self, *, write: bool = False) -> Iterator[Agency]:
        """The agency of the home, open; for writing the home is locked."""
        with opened(self.home, self.environment, write=write) as agency:
            yield agency

    def views(self, agency: Agency, what: str, case: str | None = None) -> Views:
        """What this agency may see; the read is recorded first, in its private reading log."""
        seen = current_views(agency)
        record_read(agency, user(), what, case)
        return seen

    def as_of(self, agency: Agency) -> int:
        """The time of --as-of, or now by the home's clock; microseconds UTC."""
        if self.arguments.as_of is None:
            return agency.clock.now()
        return parse_as_of(self.arguments.as_of, agency.memorandum.timezone)

    def now(self) -> datetime:
        """The time by the home's clock, or the system's where no home is named."""
        home = self.home_if_named
        clock = Settings.read(home).sources()[0] if home else SystemClock()
        return datetime.fromtimestamp(clock.now() / 1e6, UTC)


def user() -> str:
    """Who is at the keyboard, as the system knows them: not what a variable says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def moment(micros: int, zone: ZoneInfo) -> str:
    """A time in microseconds UTC as local clocks showed it, to the minute."""
    return datetime.fromtimestamp(micros / 1e6, zone).strftime("%Y-%m-%d %H:%M")


def read_bytes(name: str, call: Call) -> bytes:
    """A file's bytes, or standard input's for `-`; raises UsageRefused."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UsageRefused(error.strerror or "cannot be read", where=name) from error
