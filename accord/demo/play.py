"""Runs one demonstration from an empty folder to what its agencies see."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from accord import catalog
from accord.bootstrap import verify_home
from accord.demo.county import county_clock, play_county
from accord.demo.founding import Exchange, clear, founded
from accord.demo.see import see
from accord.demo.tables import Emission, play_tables
from accord.demo.tally import Tally
from accord.errors import UsageRefused
from accord.schema import Vocabulary

WALKTHROUGH, COOK_COUNTY = "walkthrough", "cook-county"
EXAMPLES = (WALKTHROUGH, COOK_COUNTY)
Told = Callable[[str], None]


def run(
    example: str, data: Path | None, cases: int | None, home: Path, tell: Told = lambda line: None
) -> dict[str, Any]:
    """Run a demonstration in `home` and return what became of it, ready for JSON and for `render`.

    `data` is the folder of the real tables (cook-county only), `cases` how many cases (all by default). An earlier
    demonstration in `home` is replaced. Raises UsageRefused, before anything is touched, for a question without meaning.
    """
    began = time.monotonic()
    folder = _check(example, data, cases)
    vocabulary = Vocabulary.load(catalog.schemas())
    clock = Emission.load(folder).clock if data is not None else county_clock(folder)
    clear(home)
    tell(f"founding the exchange of {example}")
    with founded(home, folder, clock, vocabulary) as exchange:
        if data is not None:
            tally = play_tables(exchange, folder, data, cases, tell)
        else:
            tally = play_county(exchange, folder, cases, tell)
        end = exchange.end()
        faults = _verify(exchange, tell)
        tell("looking at what each agency sees")
        seen = see(exchange, end)
    return {"example": example, **_sums(tally, faults), **seen, "seconds": round(time.monotonic() - began, 1)}


def _check(example: str, data: Path | None, cases: int | None) -> Path:
    if example not in EXAMPLES:
        raise UsageRefused(f"there is no example {example!r}", advice=f"Known: {', '.join(EXAMPLES)}.")
    if cases is not None and cases < 1:
        raise UsageRefused("at least one case is needed", where="--cases")
    if example == WALKTHROUGH and data is not None:
        raise UsageRefused("the walkthrough needs no data", where="--data", advice="Leave --data out.")
    folder = catalog.examples() / example
    if example == COOK_COUNTY:
        _check_tables(folder, data)
    return folder


def _check_tables(folder: Path, data: Path | None) -> None:
    if data is None:
        raise UsageRefused(
            "the tables of this example are not part of Accord",
            where="--data",
            advice="Name the folder that holds them; see examples/cook-county/README.md.",
        )
    missing = sorted(
        {step.table for step in Emission.load(folder).steps if not (data / step.table).is_file()}
    )
    if missing:
        raise UsageRefused(
            f"this folder lacks {', '.join(missing)}", where="--data", advice="Check the path."
        )


def _verify(exchange: Exchange, tell: Told) -> list[dict[str, Any]]:
    """Every fault that any home finds."""
    found = []
    for slug, agency in exchange.agencies.items():
        tell(f"{slug}: verifying every log")
        for fault in verify_home(agency):
            found.append({"home": slug, **asdict(fault)})
    return found


def _sums(tally: Tally, faults: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cases": tally.cases,
        "emitted": tally.emitted,
        "rejected": tally.rejected,
        "waiting": tally.waiting,
        "rows": tally.rows,
        "verified": not faults,
        "faults": faults,
        "kinds": dict(sorted(tally.kinds.items())),
        "rejected_because": dict(tally.reasons.most_common()),
        "waiting_for": dict(tally.waits.most_common()),
        "tables": tally.tables,
    }
