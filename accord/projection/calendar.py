"""The local days of an exchange, as rows: SQL that runs on two engines computes with no dates of its own.

A day begins at the first instant that local clocks call by its date and ends one microsecond before the
next begins, so that a day on which the clocks change has 23 or 25 hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

FIRST, LAST = -25_567, 84_005  # 1900-01-01 to 2199-12-31: no deadline is computed outside
AHEAD = 400  # days after an act in which its deadlines lie


def starts_at(day: int, zone: ZoneInfo) -> int:
    """The first microsecond (UTC) of a local day."""
    midnight = datetime.combine(date.fromordinal(day + _EPOCH_DAY), datetime.min.time(), tzinfo=zone)
    return (midnight.astimezone(UTC) - _EPOCH) // _MICROSECOND


def day_of(moment: int, zone: ZoneInfo) -> int:
    """The local day of a time in microseconds UTC."""
    local = (_EPOCH + moment * _MICROSECOND).astimezone(zone)
    return local.date().toordinal() - _EPOCH_DAY


def rows(first: int, last: int, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """(day, starts_at, ends_at) of each day from first to last."""
    start = starts_at(first, zone)
    for day in range(first, last + 1):
        following = starts_at(day + 1, zone)
        yield day, start, following - 1
        start = following


class Coverage:
    """Which days the calendar has. It grows by whole stretches and never shrinks."""

    def __init__(self, first: int | None, last: int | None) -> None:
        self.first, self.last = first, last

    def missing(self, days: Iterable[int]) -> list[tuple[int, int]]:
        """The stretches of days to add so that these days and their deadlines are covered; marks them as
        covered.
        """
        known = [day for day in days if FIRST <= day <= LAST]
        if not known:
            return []
        low, high = max(FIRST, min(known) - 1), min(LAST, max(known) + AHEAD)
        if self.first is None or self.last is None:
            self.first, self.last = low, high
            return [(low, high)]
        stretches = []
        if low < self.first:
            stretches.append((low - 366 if low - 366 > FIRST else FIRST, self.first - 1))
            self.first = stretches[-1][0]
        if high > self.last:
            stretches.append((self.last + 1, min(LAST, high + 366)))
            self.last = stretches[-1][1]
        return stretches
