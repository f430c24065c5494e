"""The county's parameters: county.toml, and what its people signed in memorandum.toml beside it."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from accord.errors import UsageRefused
from accord.walkthrough.promise import Promise

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class County:
    """How often things happen in the invented county, how long they take, and what was promised.

    `shares` are out of 1,000; `spans` are [least, most]; `weights` count the balls of an urn.
    """

    cases: int
    start: dt.date
    end: dt.date
    shares: Mapping[str, int]
    spans: Mapping[str, tuple[int, int]]
    weights: Mapping[str, Mapping[str, int]]
    statutes: Mapping[str, str]
    timezone: ZoneInfo
    inquiry_weekday: int
    inquiry_overdue_by: dt.timedelta
    promises: tuple[Promise, ...]
    publishers: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> County:
        """Read county.toml and memorandum.toml of one folder.

        Raises UsageRefused where a parameter is missing or makes no sense.
        """
        county = _read(folder / "county.toml")
        memorandum = _read(folder / "memorandum.toml")
        try:
            return _county(county, memorandum)
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise UsageRefused(
                "a parameter of the walkthrough is missing or has the wrong form",
                where=str(folder),
                advice="Compare county.toml and memorandum.toml with those that came with Accord.",
            ) from fault


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise UsageRefused("the file cannot be read as TOML", where=str(path)) from fault


def _county(county: dict[str, Any], memorandum: dict[str, Any]) -> County:
    shares = {**county["shares"]}
    shares |= shares.pop("failures")
    return County(
        cases=_natural(county["cases"]),
        start=county["start"],
        end=county["end"],
        shares={name: _natural(share, 1000) for name, share in shares.items()},
        spans={name: _span(span) for name, span in county["spans"].items()},
        weights={name: _urn(urn) for name, urn in county["weights"].items()},
        statutes={**county["statutes"]},
        timezone=ZoneInfo(memorandum["exchange"]["timezone"]),
        inquiry_weekday=WEEKDAYS.index(memorandum["inquiry"]["weekday"]),
        inquiry_overdue_by=dt.timedelta(days=int(memorandum["inquiry"]["overdue_by"].removesuffix("d"))),
        promises=tuple(
            Promise.of_row(row) for row in memorandum["obligation"] if Promise.concerns_events(row)
        ),
        publishers={agency["role"]: agency["slug"] for agency in memorandum["agency"]},
    )


def _natural(value: int, most: int = 1_000_000) -> int:
    if not 0 <= value <= most:
        raise ValueError
    return value


def _span(span: list[int]) -> tuple[int, int]:
    least, most = span
    if not 0 <= least <= most:
        raise ValueError
    return least, most


def _urn(urn: dict[str, int]) -> dict[str, int]:
    if not sum(_natural(weight) for weight in urn.values()):
        raise ValueError
    return {**urn}
