"""What a mapping's expressions are compiled against, and the two that all others use: texts and tests."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from accord.errors import IntakeRefused
from accord.gateway.mapping.model import Condition, Head, Translation
from accord.gateway.mapping.moments import ReadDate, ReadTime, date_reader, time_reader
from accord.gateway.mapping.tally import Report
from accord.schema import Vocabulary

Cells = list[str]
Text = Callable[[Cells], str]
Test = Callable[[Cells], bool]
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(slots=True)
class Beside:
    """What a reader may look at beside the row: the row before it in its group, an own earlier event."""

    previous: Cells | None = None
    earlier: Mapping[str, Any] | None = None


Read = Callable[[Cells, Beside], Any]


def places(template: str) -> list[str]:
    """The columns that a template names, in order. ValueError if its braces do not pair."""
    if re.search(r"[{}]", _PLACE.sub("", template)):
        raise ValueError("braces stand around column names only")
    return _PLACE.findall(template)


@dataclass
class Scope:
    """What expressions are compiled against: the columns, the vocabulary, and today."""

    head: Head
    translations: Mapping[str, Translation]
    vocabulary: Vocabulary
    columns: Mapping[str, int]
    latest: dt.datetime
    report: Report
    exchange: ZoneInfo | None = None
    zone: ZoneInfo = field(init=False)
    date: ReadDate = field(init=False)
    time: ReadTime = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.head.timezone)
        self.date = date_reader(self.head.dates, self.zone)
        self.time = time_reader(self.head.times, self.zone, self.head.fold)
        self.latest_date = self.latest.astimezone(self.zone).date()

    def day_in_the_exchange(self, day: str, moment: str) -> str:
        """The day of an act by the exchange's clocks, where it was that of the moment by the source's."""
        at = dt.datetime.fromisoformat(moment)
        if self.exchange is None or day != at.astimezone(self.zone).date().isoformat():
            return day
        return at.astimezone(self.exchange).date().isoformat()

    # ---- text and tests ----

    def text(self, template: str) -> Text:
        """A template's text, or "" if any of its columns is not stated."""
        named = places(template)
        at = [self.columns[name] for name in named]
        if len(at) == 1 and template == "{" + named[0] + "}":
            only = at[0]
            return lambda cells: cells[only]
        form = _PLACE.sub("{}", template).format

        def fill(cells: Cells) -> str:
            parts = [cells[i] for i in at]
            return form(*parts) if all(parts) else ""

        return fill

    def test(self, conditions: list[Condition]) -> Test:
        """Whether all conditions hold."""
        tests = [self._test(one) for one in conditions]
        if len(tests) == 1:
            return tests[0]
        return lambda cells: all(test(cells) for test in tests)

    def _test(self, one: Condition) -> Test:
        at = self.columns[one.column]
        if one.stated is not None:
            wanted = one.stated
            return lambda cells: bool(cells[at]) is wanted
        if one.matches is not None:
            pattern = re.compile(one.matches)
            return lambda cells: pattern.fullmatch(cells[at]) is not None
        among, wanted = frozenset(one.one_of or one.not_in or ()), one.one_of is not None
        return lambda cells: (cells[at] in among) is wanted

    def rewritten(self, text: Text, rewrite: list[list[str]], upper: bool) -> Text:
        """The text after the rewrites, in order, then in upper case if asked; remembered."""
        if not rewrite and not upper:
            return text
        steps = [(re.compile(pattern), into) for pattern, into in rewrite]
        known: dict[str, str] = {}

        def change(cells: Cells) -> str:
            raw = text(cells)
            if raw not in known:
                made = raw
                for pattern, into in steps:
                    made = pattern.sub(into, made)
                if len(known) > 10_000:
                    known.clear()
                known[raw] = made.upper() if upper else made
            return known[raw]

        return change

    def not_ahead(self, moment: dt.datetime) -> dt.datetime:
        """The moment itself; IntakeRefused if it is more than a day ahead."""
        if moment > self.latest:
            raise IntakeRefused("is more than a day ahead")
        return moment
