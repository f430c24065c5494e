"""Founds a demonstration: a home for each agency of an example, one wire, a memorandum that all of them signed.

Everything is drawn from one seed and told by a clock that moves by itself, so that the same run gives the same bytes.
These keys can be made again by anybody: never use a demonstration's home for a real case.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from accord.bootstrap import (
    Agency,
    Settings,
    WireSettings,
    initialise,
    opened,
    read_draft,
    sign_together,
)
from accord.demo.apart import ENVIRONMENT, TASKS, apart, move
from accord.errors import AccordError, UsageRefused
from accord.memorandum import Memorandum
from accord.schema import Vocabulary

SEED = b"accord demonstration"
WIRE = "wire"
_MOST_PASSES = 50
WORTH_A_PROCESS = 3000  # entries to receive


@dataclass(frozen=True, slots=True)
class Places:
    """Where the agencies of a demonstration, by slug, have their wires and their stores (URL of a database).

    Who is not named uses one directory with the others, and files in its home.
    """

    wires: Mapping[str, WireSettings] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Exchange:
    """The agencies of a demonstration, all opened in this process.

    `hands` is how many processes may work at once: with more than one, agencies that have much to receive do so in a
    process of their own, each from its own home, and are opened here again after that.
    """

    home: Path
    vocabulary: Vocabulary
    hands: int = 1
    tell: Callable[[str], None] = lambda line: None
    agencies: dict[str, Agency] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=dict)
    _open: dict[str, ExitStack] = field(default_factory=dict)

    # ---- Opening and closing ----

    def open(self, slug: str, clock: int | None = None) -> Agency:
        """Open an agency's home; its clock goes on from `clock`."""
        with ExitStack() as stack:
            agency = stack.enter_context(opened(self.home / slug, ENVIRONMENT, vocabulary=self.vocabulary))
            self._open[slug] = stack.pop_all()
        if clock is not None:
            move(agency, clock)
        self.agencies[slug] = agency
        return agency

    def close(self, slug: str) -> int:
        """Close an agency's home, and return what its clock says."""
        clock = self.agencies[slug].clock.now()
        self._open.pop(slug).close()
        return clock

    def close_all(self) -> None:
        """Close every home that is open."""
        while self._open:
            self._open.popitem()[1].close()

    # ---- Who is who ----

    @property
    def memorandum(self) -> Memorandum:
        """The memorandum that all agencies follow."""
        return next(iter(self.agencies.values())).memorandum

    @property
    def coordinator(self) -> Agency:
        """The agency that coordinates, else the first."""
        found = (agency for agency in self.agencies.values() if agency.role == "coordinator")
        return next(found, next(iter(self.agencies.values())))

    # ---- Time and syncing ----

    def move_to(self, moment: int) -> None:
        """Move every agency's clock forward to `moment` (microseconds UTC)."""
        for agency in self.agencies.values():
            move(agency, moment)

    def sync(self) -> None:
        """Let every agency publish, receive and project until nobody has anything new."""
        for _ in range(_MOST_PASSES):
            for slug in self.agencies:
                self.publish(slug)
            behind = {slug: self._behind(slug) for slug in self.agencies}
            if not any(behind.values()):
                return
            self._receive({slug: entries for slug, entries in behind.items() if entries})

    def publish(self, slug: str) -> None:
        """Let one agency try again what waits, and publish what is new in its log."""
        agency = self.agencies[slug]
        if agency.log.size != self.published.get(slug) or agency.publisher.waiting():
            agency.publish()
            self.published[slug] = agency.log.size

    def bring(self, origin: str, slug: str) -> None:
        """Bring one agency what another has in its log, at the other's time if that is later: nobody reads ahead."""
        move(self.agencies[slug], self.agencies[origin].clock.now())
        if self.agencies[slug].replica.sizes().get(origin, 0) < self.agencies[origin].log.size:
            self.publish(origin)
            self.agencies[slug].receive()

    def _behind(self, slug: str) -> int:
        known = self.agencies[slug].replica.sizes()
        return sum(max(0, one.log.size - known.get(other, 0)) for other, one in self.agencies.items())

    def _receive(self, behind: dict[str, int]) -> None:
        most = max(behind.values())
        if most >= WORTH_A_PROCESS:
            self.tell(f"{', '.join(behind)} receive up to {most} entries each")
        if self.hands == 1 or most < WORTH_A_PROCESS:
            for slug in behind:
                self.agencies[slug].receive()
            return
        clocks = {slug: self.close(slug) for slug in behind}
        for slug, clock in apart(self.hands, "receive", self.home, clocks).items():
            self.open(slug, clock)

    def each(self, task: str, clock: int) -> dict[str, Any]:
        """What every agency answers to a task of `accord.demo.apart` that changes nothing."""
        if self.hands == 1:
            return {slug: TASKS[task](agency, clock) for slug, agency in self.agencies.items()}
        slugs = list(self.agencies)
        clocks = dict.fromkeys(slugs, max(self.close(slug) for slug in slugs))
        answers = apart(self.hands, task, self.home, dict.fromkeys(slugs, clock))
        for slug in slugs:
            self.open(slug, clocks[slug])
        return answers

    def end(self) -> int:
        """Sync once more at one time for all, leave that time in every home, and return it (microseconds UTC)."""
        self.sync()
        self.move_to(max(agency.clock.now() for agency in self.agencies.values()))
        for agency in self.agencies.values():
            agency.sync()
        self.sync()
        last = max(agency.clock.now() for agency in self.agencies.values())
        self.move_to(last)
        for agency in self.agencies.values():
            replace(agency.settings, clock=last).write()
        return last


def clear(home: Path) -> None:
    """Make way for a demonstration: remove an earlier one. Raises UsageRefused if anything else is there."""
    if not home.exists():
        return
    if home.is_symlink() or not home.is_dir() or not _is_demonstration(home):
        raise UsageRefused(
            "there is something here that is not a demonstration",
            where=str(home),
            advice="Name another folder with --home; nothing was touched.",
        )
    for entry in home.iterdir():
        shutil.rmtree(entry)


def _is_demonstration(home: Path) -> bool:
    entries = list(home.iterdir())
    homes = [entry for entry in entries if entry.name != WIRE]
    return all(entry.is_dir() and not entry.is_symlink() for entry in entries) and (
        all(map(_is_home, homes)) and (bool(homes) or not entries)
    )


def _is_home(folder: Path) -> bool:
    try:
        return Settings.read(folder).seed == SEED
    except (AccordError, OSError, UnicodeDecodeError):
        return False


@contextmanager
def founded(
    home: Path,
    example: Path,
    clock: int,
    vocabulary: Vocabulary,
    hands: int = 1,
    tell: Callable[[str], None] = lambda line: None,
    places: Places | None = None,
) -> Iterator[Exchange]:
    """Found the exchange of an example in an empty or new folder and open all its agencies.

    `clock` is the time at which it is founded (microseconds UTC). What a founding that fails has made is removed.
    """
    home.mkdir(parents=True, exist_ok=True)
    exchange = Exchange(home, vocabulary, hands, tell)
    try:
        try:
            _found(exchange, example, clock, places or Places())
        except BaseException:
            exchange.close_all()
            for entry in home.iterdir():
                shutil.rmtree(entry)
            raise
        yield exchange
    finally:
        exchange.close_all()


def _found(exchange: Exchange, example: Path, clock: int, places: Places) -> None:
    home, vocabulary = exchange.home, exchange.vocabulary
    text, clauses, _ = read_draft(example / "memorandum.toml")
    draft = Memorandum.parse(text, vocabulary)
    wire = WireSettings.of_directory(home / WIRE)
    cards = [
        initialise(
            home / slug,
            draft,
            slug,
            ENVIRONMENT,
            wire=places.wires.get(slug, wire),
            seed=SEED,
            clock=clock,
            store=places.stores.get(slug),
        )
        for slug in draft.agencies
    ]
    text, signatures = sign_together(home, text, cards, clauses, vocabulary, ENVIRONMENT)
    for slug in draft.agencies:
        exchange.open(slug).adopt(text, clauses, signatures)
    exchange.sync()
