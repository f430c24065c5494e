"""Plays the walkthrough: each agency hands in on the day on which it did.

A real agency syncs every few seconds. To play fourteen months in seconds, all of them sync once a week here, and in between
an agency receives before it cites what another one has published since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from accord.demo.apart import move
from accord.demo.founding import Exchange
from accord.demo.tally import Tally
from accord.gateway import Group, Outcome, Refusal, Submission, Waiting
from accord.walkthrough import County, Step, generate

SEED = 1
Key = tuple[str, str]


@dataclass(slots=True)
class Play:
    """The hand-ins of one county, day by day."""

    exchange: Exchange
    tally: Tally
    ids: dict[Key, str] = field(default_factory=dict)
    publisher: dict[Key, str] = field(default_factory=dict)
    held: list[Step] = field(default_factory=list)
    waiting: dict[Key, tuple[str, Submission]] = field(default_factory=dict)

    def day(self, steps: list[Step]) -> None:
        """What the agencies hand in on one day, and what they could not cite before."""
        self.publisher |= {(step.submission.source, step.submission.id): step.agency for step in steps}
        steps, self.held = self.held + steps, []
        for slug, several in _by_agency(steps).items():
            self._hand_in(slug, several)

    def week(self, last: dt.datetime) -> None:
        """All agencies sync; then what waited is asked for again."""
        self.exchange.move_to(_micros(last))
        self.exchange.sync()
        self._ask_again()

    def _hand_in(self, slug: str, steps: list[Step]) -> None:
        agency, now = self.exchange.agencies[slug], _micros(max(step.at for step in steps))
        move(agency, now)
        cited = {self.publisher.get((one.source, one.id), slug) for step in steps for one in step.cites}
        for origin in sorted(cited - {slug}):
            move(self.exchange.agencies[origin], now)
            self.exchange.bring(origin, slug)
        self.held += [step for step in steps if not self._citable(step)]
        citable = [step for step in steps if self._citable(step)]
        for outcome in agency.emit(Group((step.with_event_ids(self._id),)) for step in citable):
            self._take(slug, outcome)

    def _citable(self, step: Step) -> bool:
        """Whether all that the step cites from a screen has been published; else it is held for another day."""
        return all((one.source, one.id) in self.ids for one in step.cites if one.form == "seen")

    def _id(self, source: str, key: str) -> str:
        return self.ids[source, key]

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
        for slug, several in _grouped(self.waiting).items():
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
    steps = generate(county, seed=SEED, cases=cases)
    for _, week in groupby(steps, key=lambda step: step.at.isocalendar()[:2]):
        days = [list(day) for _, day in groupby(week, key=lambda step: step.at.date())]
        for day in days:
            play.day(day)
        play.week(days[-1][-1].at)
        tell(f"{days[-1][-1].at:%Y-%m-%d}: {play.tally.emitted} events so far")
    play.finish()
    return play.tally


def county_clock(folder: Path) -> int:
    """When the county's exchange is founded: the day before it begins (microseconds UTC)."""
    county = County.load(folder)
    start = dt.datetime.combine(county.start, dt.time(), county.timezone)
    return _micros(start - dt.timedelta(days=1))


def _by_agency(steps: list[Step]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in steps:
        found.setdefault(step.agency, []).append(step)
    return found


def _grouped(waiting: dict[Key, tuple[str, Submission]]) -> dict[str, list[Submission]]:
    found: dict[str, list[Submission]] = {}
    for slug, said in waiting.values():
        found.setdefault(slug, []).append(said)
    return found


def _micros(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
