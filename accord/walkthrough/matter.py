"""One matter: what it has come to so far, and how an agency says something about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accord.walkthrough.act import ADVOCACY, TIMED, Act, Number, Ref
from accord.walkthrough.book import Book, Numbers
from accord.walkthrough.chance import Chance, Urn
from accord.walkthrough.county import County

# Optional fields that a records system sometimes leaves out. What a promise is reckoned by is not among them.
_OFTEN_UNKNOWN = frozenset(
    [
        "dispatch_minutes",
        "arrival_minutes",
        "mandatory_arrest",
        "negotiated",
        "next_hearing_on",
        "ends_on",
        "expires_on",
        "review_on",
        "suspended_days",
        "confinement_days",
    ]
)
_MUST_KNOW = frozenset(["ArrestNotMade", "IncidentClosed"])


@dataclass(slots=True)
class World:
    """What all matters of a county share."""

    county: County
    book: Book
    numbers: Numbers
    urns: Mapping[str, Urn]
    shares: Mapping[str, Urn]


@dataclass(slots=True)
class Count:
    """One count of a docket and where it stands."""

    act: Act
    number: int
    offense: str
    statute: str
    severity: str
    designated: bool
    disposition: str = ""
    disposed: Act | None = None


@dataclass(eq=False, slots=True)
class Matter:
    """The state that the plots of one matter hand on to each other."""

    n: int
    world: World
    chance: Chance
    called: dt.datetime
    keys: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    arrest: Act | None = None
    referral: Act | None = None
    conditions: Act | None = None
    conditions_number: Number | None = None
    order: Act | None = None
    order_number: Number | None = None
    sentences: list[Act] = field(default_factory=list)
    supervision: Act | None = None
    enrolment: Act | None = None
    supervised: bool = False
    revoked: dt.datetime | None = None

    def happens(self, share: str) -> bool:
        """Whether something with this share happens here; the whole county draws from one urn for it."""
        return self.world.shares[share].draw() == "yes"

    def span(self, name: str) -> int:
        """A number from this span."""
        return self.chance.between(*self.world.county.spans[name])

    def later(self, when: dt.datetime, name: str) -> dt.datetime:
        """A time after `when` by the span `name`, which ends in _hours or _days."""
        amount = self.span(name)
        minutes = self.chance.below(60)
        step = dt.timedelta(hours=amount) if name.endswith("_hours") else dt.timedelta(days=amount)
        return when + step + dt.timedelta(minutes=minutes)

    def office(self, when: dt.datetime) -> dt.datetime:
        """`when`, or the next opening of the offices: weekdays from 08:30 to 17:00 local time."""
        local = when.astimezone(self.world.county.timezone)
        opening = dt.time(8, 30)
        day = local.date()
        if local.time() >= dt.time(17):
            day += dt.timedelta(days=1)
        moved = day != local.date() or local.weekday() > 4
        day += dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
        if not moved and local.time() >= opening:
            return when
        opened = dt.datetime.combine(day, opening, self.world.county.timezone)
        return opened.astimezone(dt.UTC) + dt.timedelta(minutes=self.chance.below(150))

    def day(self, when: dt.datetime) -> dt.date:
        """The local date."""
        return when.astimezone(self.world.county.timezone).date()

    def draw(self, urn: str) -> str:
        """A code from an urn that the whole county draws from."""
        return self.world.urns[urn].draw()

    def some(self, urn: str, least: int, most: int) -> list[str]:
        """A sorted set of codes from an urn."""
        return self.world.urns[urn].some(least, most)

    def number(self, form: str, issuer: str, when: dt.datetime) -> Number:
        """A new official number, remembered as this matter's latest of its form."""
        self.numbers[form] = self.world.numbers.next(form, issuer, self.day(when))
        return self.numbers[form]

    def say(
        self, agency: str, kind: str, when: dt.datetime, subject: str | None = None, **fields: Any
    ) -> Act:
        """An act at `when`, recorded a little later and after what it cites; None means not stated."""
        stated = {name: value for name, value in fields.items() if value is not None}
        if kind not in _MUST_KNOW:
            stated = {
                k: v
                for k, v in stated.items()
                if k not in _OFTEN_UNKNOWN or not self.happens("detail_unknown")
            }
        when = when.replace(second=self.chance.below(60), microsecond=0)
        if kind in TIMED and (kind == "ArrestMade" or not self.happens("minute_unknown")):
            stated["occurred_at"] = when
        subject = subject or self.keys[agency]
        act = Act(agency, kind, self.n, len(self.acts) + 1, subject, when, when, stated)
        act.incident = subject.startswith("CALL-")
        act.recorded = self._recorded(act)
        self.acts.append(act)
        self.world.book.acts.append(act)
        return act

    def _recorded(self, act: Act) -> dt.datetime:
        minutes = self.span(f"record_minutes_{act.agency}")
        late = act.agency != ADVOCACY and self.happens("recorded_late")
        recorded = act.occurred + dt.timedelta(
            minutes=minutes, days=self.span("record_late_days") if late else 0
        )
        recorded = max([recorded, *(self._after(ref, recorded) for _, ref in act.references())])
        return recorded.replace(second=self.chance.below(60))

    def _after(self, ref: Ref, recorded: dt.datetime) -> dt.datetime:
        if ref.form == "own":
            return ref.target.recorded + dt.timedelta(minutes=1)
        if ref.form == "number" and self.happens("cited_before_it_arrived"):
            return recorded
        return ref.target.recorded + dt.timedelta(minutes=self.chance.between(30, 90))

    def incident(self) -> str:
        """Police's own key for the call; it never leaves their home."""
        return f"CALL-{self.n:05d}"

    def of_police(self) -> Act:
        """The arrest, where the plot has one."""
        assert self.arrest is not None
        return self.arrest
