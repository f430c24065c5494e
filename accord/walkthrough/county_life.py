"""Tells the whole county: every matter, then the questions asked about what was left undone."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

from accord.walkthrough.act import Step
from accord.walkthrough.book import Book, Numbers, written
from accord.walkthrough.chance import Chance, Urn
from accord.walkthrough.county import County
from accord.walkthrough.inquiry import ask
from accord.walkthrough.matter import Matter, World
from accord.walkthrough.plots import tell


def generate(
    county: County,
    *,
    seed: int,
    cases: int | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> Iterator[Step]:
    """The county's hand-ins in the order of recording, the same for a seed on every machine.

    `cases` matters begin between `start` and `end` (local dates, both included; by default the county's own);
    what would be recorded after `end` is left out, so some matters stop where they stand. Times are UTC.
    """
    cases = county.cases if cases is None else cases
    start, end = start or county.start, end or county.end
    chance = Chance.seeded(seed)
    urns = {name: Urn(weights, chance.branch(f"urn {name}")) for name, weights in county.weights.items()}
    shares = {name: _share(share, chance.branch(f"share {name}")) for name, share in county.shares.items()}
    world = World(county, Book(), Numbers(chance.branch("numbers")), urns, shares)
    last = _midnight(end + dt.timedelta(days=1), county)
    for n, called in enumerate(_calls(county, chance.branch("calls"), cases, start, end), 1):
        tell(Matter(n, world, chance.branch(f"matter {n}"), called))
    ask(world, Matter(0, world, chance.branch("inquiries"), _midnight(start, county)), start, last)

    def day_of(when: dt.datetime) -> dt.date:
        return when.astimezone(county.timezone).date()

    return written(world.book.standing(last), day_of)


def _share(share: int, chance: Chance) -> Urn:
    """As few balls as the share allows, so that it is kept in a small county too."""
    common = math.gcd(share, 1000)
    return Urn({"yes": share // common, "no": (1000 - share) // common}, chance)


def _midnight(day: dt.date, county: County) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), county.timezone).astimezone(dt.UTC)


def _calls(county: County, chance: Chance, cases: int, start: dt.date, end: dt.date) -> list[dt.datetime]:
    """When the matters begin: most in the first two thirds, so that they can be followed to an end."""
    minutes = (end - start).days * 24 * 60
    first = _midnight(start, county)
    late = county.shares["call_lands_late_in_the_period"]
    thirds = [(0, minutes // 3 * 2), (minutes // 3 * 2, minutes)]
    drawn = [chance.between(*thirds[chance.happens(late)]) for _ in range(cases)]
    return [first + dt.timedelta(minutes=at) for at in sorted(drawn)]
