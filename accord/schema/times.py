"""Times and dates as Avro stores them: microseconds and days since 1970-01-01, UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY_ZERO: Final = date(1970, 1, 1).toordinal()


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z of a time with its offset."""
    return (moment - _EPOCH) // _MICROSECOND


def days(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _DAY_ZERO


def moment_of(value: int) -> datetime:
    """The time of a number of microseconds, in UTC. Raises `OverflowError` outside the years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=value)


def day_of(value: int) -> date:
    """The date of a number of days. Raises `ValueError` or `OverflowError` outside the years 1 to 9999."""
    return date.fromordinal(value + _DAY_ZERO)


MOMENTS: Final = range(micros(datetime.min.replace(tzinfo=UTC)), micros(datetime.max.replace(tzinfo=UTC)) + 1)
"""Every time that can be shown."""

DAYS: Final = range(days(date.min), days(date.max) + 1)
"""Every date that can be shown."""
