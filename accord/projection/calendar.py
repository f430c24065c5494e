"""The local days of an exchange: SQL that runs on two engines computes with no dates of its own.

A day begins at the first instant that local clocks call by its date and ends one microsecond before the
next begins, so that a day on which the clocks change has 23 or 25 hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

FIRST, LAST = -25_567, 84_005  # 1900-01-01 to 2199-12-31: no deadline is computed outside


def starts_at(day: int, zone: ZoneInfo) -> int:
    """The first microsecond (UTC) of a local day."""
    midnight = datetime.combine(date.fromordinal(day + _EPOCH_DAY), datetime.min.time(), tzinfo=zone)
    return (midnight.astimezone(UTC) - _EPOCH) // _MICROSECOND


def day_of(moment: int, zone: ZoneInfo) -> int:
    """The local day of a time in microseconds UTC."""
    local = (_EPOCH + moment * _MICROSECOND).astimezone(zone)
    return local.date().toordinal() - _EPOCH_DAY


class Days:
    """The first and the last microsecond of each local day of one time zone, worked out once; None outside the calendar."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._starts: dict[int, int] = {}

    def span(self, day: int, moment: int | None) -> tuple[int | None, int | None]:
        """Between which microseconds something happened on a day: the moment itself, where that is known."""
        return (self.starts(day), self.ends(day)) if moment is None else (moment, moment)

    def starts(self, day: int) -> int | None:
        """The first microsecond (UTC) of a day."""
        return self._start(day) if FIRST <= day <= LAST else None

    def ends(self, day: int) -> int | None:
        """The last microsecond (UTC) of a day."""
        return self._start(day + 1) - 1 if FIRST <= day <= LAST else None

    def _start(self, day: int) -> int:
        found = self._starts.get(day)
        if found is None:
            found = self._starts[day] = starts_at(day, self._zone)
        return found
