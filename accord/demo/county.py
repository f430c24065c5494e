"""Plays the walkthrough: each agency hands in on the day it did, and all of them sync at the end of each day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from accord.demo.founding import Exchange, move
from accord.demo.tally import Tally
from accord.gateway import Accepted, Group, Outcome, Refusal, Submission, Waiting
from accord.walkthrough import County, Step, generate

SEED = 1
Key = tuple[str, str]


@dataclass(slots=True)
class Play:
    """The hand-ins of one county, day by day."""

    exchange: Exchange
    tally: Tally
    ids: dict[Key, str] = field(default_factory=dict)
    held: list[Step] = field(default_factory=list)
    waiting: dict[Key, tuple[str, Submission]] = field(default_factory=dict)

    def day(self, steps: list[Step]) -> None:
        """One day: what the agencies hand in, then a sync, then what could not be cited before."""
        last = steps[-1].at
        for slug, several in _by_agency(self._citable(self.held + steps)):
            self._hand_in(slug, several)
        self.exchange.move_to(_micros(last))
        self.exchange.sync()
        self._ask_again()

    def _citable(self, steps: list[Step]) -> list[Step]:
        """Leave out, for a later day, what cites from a screen an event that nobody has published yet."""
        self.held = []
        found = []
        for step in steps:
            cited = {(one.source, one.id) for one in step.cites if one.form == "seen"}
            if all(one in self.ids for one in cited):
                found.append(step)
            else:
                self.held.append(step)
        return found

    def _hand_in(self, slug: str, steps: list[Step]) -> None:
        agency = self.exchange.agencies[slug]
        move(agency, _micros(steps[-1].at))
        groups = [Group((step.with_event_ids(lambda *key: self.ids[key]),)) for step in steps]
        for outcome in agency.emit(groups):
            self._take(slug, outcome)

    def _take(self, slug: str, outcome: Outcome) -> None:
        (said,) = outcome.group.submissions
        key = (said.source, said.id)
        if isinstance(outcome, Waiting):
            self.waiting[key] = (slug, said)
            return
        self.waiting.pop(key, None)
        if isinstance(outcome, Refusal):
            self.tally.refuse(slug, f"{said.type}.{outcome.where}", outcome.reason)
            return
        self.ids[key] = outcome.receipts[0].event_id
        self.tally.emitted += 1
        self.tally.kinds[said.type] += 1

    def _ask_again(self) -> None:
        """Hand in again what waits: the same event gives its receipt if it has been published since."""
        for slug, several in _grouped(self.waiting):
            for outcome in self.exchange.agencies[slug].emit([Group((one,)) for one in several]):
                if not isinstance(outcome, Waiting):
                    self._take(slug, outcome)

    def finish(self) -> None:
        """Count what still waits, at the gateway or for an event to cite."""
        for slug, said in self.waiting.values():
            self.tally.waits[f"{slug}: {said.type}"] += 1
        for step in self.held:
            self.tally.waits[
                f"{step.agency}: {step.submission.type} (what it cites was never published)"
            ] += 1
        self.tally.waiting = sum(self.tally.waits.values())


def play_county(exchange: Exchange, folder: Path, cases: int | None, tell: Callable[[str], None]) -> Tally:
    """Play the walkthrough of a folder; `cases` matters, by default as many as its county.toml says."""
    county = County.load(folder)
    play = Play(exchange, Tally(cases=county.cases if cases is None else cases))
    month = None
    for day, steps in groupby(generate(county, seed=SEED, cases=cases), key=lambda step: step.at.date()):
        if month != (month := day.strftime("%Y-%m")):
            tell(f"{month}: {play.tally.emitted} events so far")
        play.day(list(steps))
    play.finish()
    return play.tally


def county_clock(folder: Path) -> int:
    """When the county's exchange is founded: the day before it begins (microseconds UTC)."""
    county = County.load(folder)
    start = dt.datetime.combine(county.start, dt.time(), county.timezone)
    return _micros(start - dt.timedelta(days=1))


def _by_agency(steps: list[Step]) -> Iterator[tuple[str, list[Step]]]:
    found: dict[str, list[Step]] = {}
    for step in steps:
        found.setdefault(step.agency, []).append(step)
    yield from found.items()


def _grouped(waiting: dict[Key, tuple[str, Submission]]) -> list[tuple[str, list[Submission]]]:
    found: dict[str, list[Submission]] = {}
    for slug, said in waiting.values():
        found.setdefault(slug, []).append(said)
    return list(found.items())


def _micros(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
