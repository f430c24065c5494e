"""Answers as text for people: tables, times, the list of cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accord.schema import time_to_json


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, columns as wide as their widest cell."""
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (heads, *rows)
    ]
    return [line.rstrip() for line in lines]


def instant(micros: int) -> str:
    """A time in ISO 8601, UTC."""
    return time_to_json(micros)


def local(text: str, zone: ZoneInfo) -> str:
    """A time in ISO 8601 as local clocks showed it, to the minute; as it is where no local calendar has it."""
    try:
        return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")
    except OverflowError:  # the first and the last day of the calendar
        return text


def cases(found: Sequence[dict[str, Any]]) -> str:
    """Every case on a line."""
    if not found:
        return "This agency may see no case yet. `accord sync` receives what others have published."
    rows = [
        [
            case["ref"],
            case["class"],
            case["first_on"],
            case["last_on"],
            str(case["events"]),
            ", ".join(dict.fromkeys(one["origin"] for one in case["files"])),
            ", ".join(case["names"]),
        ]
        for case in found
    ]
    heads = ["case", "class", "first", "last", "events", "published by", "known here as"]
    return "\n".join([*table(heads, rows), f"{len(found)} case(s) and files"])
