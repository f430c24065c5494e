"""The book in which the county's acts are written down, and the numbers its agencies give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from accord.gateway.submission import Submission
from accord.walkthrough.act import (
    AGENCIES,
    COURT,
    NOTICES,
    POLICE,
    PROBATION,
    PROGRAMME,
    PROSECUTOR,
    Act,
    Cite,
    Number,
    Ref,
    Step,
)
from accord.walkthrough.chance import Chance

# kind of number: issuer (None: whoever gives it), and its form from year, two-digit year and running number
_FORMS: dict[str, tuple[str | None, str]] = {
    "arrest": (POLICE, "A{yy}{n:05d}"),
    "report": (POLICE, "{yy}-{n:05d}"),
    "prosecution": (PROSECUTOR, "P{yy}-{n:04d}"),
    "docket": (COURT, "CR-{year}-{n}"),
    "PO": (COURT, "PO-{year}-{n}"),
    "RC": (COURT, "RC-{year}-{n}"),
    "warrant": (COURT, "W-{year}-{n}"),
    "supervision": (PROBATION, "S{n:05d}"),
    "enrollment": (PROGRAMME, "E{n:05d}"),
    "violation": (None, "V{n:05d}"),
}


class Numbers:
    """Running numbers, with gaps: an agency has other matters too."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._last: dict[tuple[str, str], int] = {}

    def next(self, form: str, issuer: str, day: dt.date) -> Number:
        """The next number of a form; an order's form (PO, RC) is part of its number."""
        fixed, text = _FORMS[form]
        issuer = fixed or issuer
        n = self._last.get((form, issuer), 100) + self._chance.between(1, 4)
        self._last[form, issuer] = n
        value = text.format(year=day.year, yy=f"{day.year % 100:02d}", n=n)
        return Number("order" if form in ("PO", "RC") else form, issuer, value)


class Book:
    """Every act, in the order in which it was told; `written` gives the order in which it was recorded."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.seals: list[tuple[int, dt.datetime, dt.datetime | None]] = []

    def seal(self, matter: int, since: dt.datetime, until: dt.datetime | None = None) -> None:
        """Nothing more is recorded in this matter's case files between the two times."""
        self.seals.append((matter, since, until))

    def standing(self, end: dt.datetime) -> list[Act]:
        """The acts recorded by `end`, not into a sealed file, and not citing what is not there."""
        acts = [act for act in self.acts if act.recorded <= end and not self._sealed(act)]
        while True:
            there = {id(act) for act in acts}
            kept = [act for act in acts if all(id(ref.target) in there for _, ref in act.references())]
            if len(kept) == len(acts):
                return sorted(acts, key=_order)
            acts = kept

    def sealed(self, matter: int, now: dt.datetime) -> bool:
        """Whether a seal lies on this matter at that time."""
        return any(
            matter == covered and since < now and (until is None or now < until)
            for covered, since, until in self.seals
        )

    def _sealed(self, act: Act) -> bool:
        return not act.incident and act.kind not in NOTICES and self.sealed(act.matter, act.recorded)


def _order(act: Act) -> tuple[dt.datetime, int, int, int]:
    return act.recorded, AGENCIES.index(act.agency), act.matter, act.serial


def written(acts: list[Act], day_of: Callable[[dt.datetime], dt.date]) -> Iterator[Step]:
    """The acts as hand-ins; `day_of` gives the local date of a time."""
    for act in sorted(acts, key=_order):
        data = {"occurred_on": day_of(act.occurred).isoformat()}
        data |= {name: _json(value) for name, value in act.fields.items()}
        cites = tuple(
            Cite(name, ref.form, ref.target.source, ref.target.id) for name, ref in act.references()
        )
        yield Step(
            act.recorded, act.agency, Submission(act.source, act.id, act.kind, act.subject, data), cites
        )


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [_json(part) for part in value]
    if isinstance(value, Number | Ref):
        return value.json()
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value
