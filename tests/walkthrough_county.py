"""The walkthrough county as the tests see it."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from accord.catalog import examples
from accord.walkthrough import County, Step, generate

FOLDER = examples() / "walkthrough"
MATTERS = 120


@cache
def county() -> County:
    """The county that ships with Accord."""
    return County.load(FOLDER)


@cache
def told(cases: int = MATTERS, seed: int = 7) -> tuple[Step, ...]:
    """Every hand-in of a county of this size."""
    return tuple(generate(county(), seed=seed, cases=cases))


@cache
def agreement() -> dict[str, Any]:
    """The county's memorandum, as TOML."""
    return tomllib.loads((FOLDER / "memorandum.toml").read_text(encoding="utf-8"))
