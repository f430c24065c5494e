"""Dates and local times as a source writes them, to ISO dates and UTC times."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

from accord.errors import IntakeRefused

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_OFFSET = re.compile(r":\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)

ReadDate = Callable[[str], dt.date]
ReadTime = Callable[[str], dt.datetime]


def date_reader(form: str, zone: ZoneInfo) -> ReadDate:
    """Reads a date written as `form`: "iso", or strptime directives. IntakeRefused if it is not one.

    An ISO time that states its own offset gives the day that it was in `zone`.
    """

    @lru_cache(maxsize=65536)
    def read(text: str) -> dt.date:
        try:
            if form != "iso":
                return dt.datetime.strptime(text, form).date()
            if _ISO_DATE.fullmatch(text[:10]) is None or (len(text) > 10 and text[10] not in "T "):
                raise ValueError
            if _OFFSET.search(text) and _ISO_TIME.fullmatch(text):
                return dt.datetime.fromisoformat(text).astimezone(zone).date()
            return dt.date.fromisoformat(text[:10])
        except ValueError as error:
            raise IntakeRefused(f"is not a date written as {form}") from error

    return read


def time_reader(form: str, zone: ZoneInfo, fold: str) -> ReadTime:
    """Reads a local time to an aware time in `zone`.

    A time that the clocks skipped is refused; one that they showed twice is refused, or taken as the
    first or the second, as `fold` says. A time that states its own offset is taken at its word.
    """

    def read(text: str) -> dt.datetime:
        try:
            if form == "iso" and _ISO_TIME.fullmatch(text) is None:
                raise ValueError
            moment = dt.datetime.fromisoformat(text) if form == "iso" else dt.datetime.strptime(text, form)
        except ValueError as error:
            dated = form == "iso" and _ISO_DATE.fullmatch(text)
            said = "has a date and no time of day" if dated else f"is not a time written as {form}"
            raise IntakeRefused(said) from error
        return _placed(moment, zone, fold) if moment.tzinfo is None else moment.astimezone(zone)

    return read


def _placed(moment: dt.datetime, zone: ZoneInfo, fold: str) -> dt.datetime:
    first = moment.replace(tzinfo=zone)
    second = first.replace(fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before == after:
        return first
    if before is not None and after is not None and before < after:
        raise IntakeRefused("is a local time that the clocks skipped")
    if fold == "refuse":
        raise IntakeRefused("is a local time that the clocks showed twice")
    return first if fold == "first" else second


def utc_text(moment: dt.datetime) -> str:
    """ISO 8601 in UTC, ending in Z."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
