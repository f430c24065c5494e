"""Runs one demonstration from an empty folder to what its agencies see."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accord import catalog
from accord.demo.county import county_clock, play_county
from accord.demo.founding import Places, clear, founded
from accord.demo.see import see
from accord.demo.tables import Emission, play_tables
from accord.demo.tally import Tally
from accord.errors import UsageRefused
from accord.schema import Vocabulary

WALKTHROUGH, COOK_COUNTY = "walkthrough", "cook-county"
EXAMPLES = (WALKTHROUGH, COOK_COUNTY)
Told = Callable[[str], None]
_MANY_CASES = 2000
_MOST_HANDS = 4


def run(
    example: str,
    data: Path | None,
    cases: int | None,
    home: Path,
    tell: Told = lambda line: None,
    *,
    hands: int | None = None,
    places: Places | None = None,
) -> dict[str, Any]:
    """Run a demonstration in `home` and return what became of it, ready for JSON and for `render`.

    `data` is the folder of the real tables (cook-county only), `cases` how many cases (all by default), `hands` how many
    processes may work at once (by default as many as are worth it), `places` where wires and stores are if not below
    `home`. An earlier demonstration in `home` is replaced.
    Raises UsageRefused, before anything is touched, for a question without meaning.
    """
    began = time.monotonic()
    folder = _check(example, data, cases)
    vocabulary = Vocabulary.load(catalog.schemas())
    clock = Emission.load(folder).clock if data is not None else county_clock(folder)
    clear(home)
    tell(f"founding the exchange of {example}")
    hands = _hands(data, cases) if hands is None else hands
    with founded(home, folder, clock, vocabulary, hands, tell, places) as exchange:
        if data is not None:
            tally = play_tables(exchange, folder, data, cases, tell)
        else:
            tally = play_county(exchange, folder, cases, tell)
        end = exchange.end()
        tell("every agency verifies all it has")
        faults = exchange.each("verify", end)
        tell("looking at what each agency sees")
        seen = see(exchange, exchange.each("look", end), end)
    seconds = round(time.monotonic() - began, 1)
    return {"example": example, "processes": hands, **_sums(tally, faults), **seen, "seconds": seconds}


def _hands(data: Path | None, cases: int | None) -> int:
    """How many processes are worth their start: more than one only for tables of some size."""
    small = data is None or (cases is not None and cases < _MANY_CASES)
    return 1 if small else min(_MOST_HANDS, os.cpu_count() or 1)


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


def _sums(tally: Tally, found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    faults = [{"home": slug, **fault} for slug, several in found.items() for fault in several]
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
