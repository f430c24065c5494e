"""The county is the same for a seed, whoever asks, and holds together for every seed and size."""

from __future__ import annotations

import dataclasses
import hashlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from accord.walkthrough import Step, generate
from accord.walkthrough.chance import Chance, Urn
from tests.walkthrough_county import county, told

# Of the county that ships, memorandum.toml included; a change of either is meant to be seen here.
GOLDEN = "9cf4a81cbb41588de8c7c30b1d9aac11cb4e93fd434ea9db815ef305b523a7bf"


def ndjson(steps: tuple[Step, ...]) -> bytes:
    lines = [
        {"at": step.at.isoformat(), "agency": step.agency, **dataclasses.asdict(step.submission)}
        for step in steps
    ]
    return b"".join(
        json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n" for line in lines
    )


def test_a_seed_gives_the_same_county_on_every_machine() -> None:
    assert hashlib.sha256(ndjson(told(60, 7))).hexdigest() == GOLDEN


def test_another_seed_gives_another_county() -> None:
    assert ndjson(told(20, 1)) != ndjson(told(20, 2))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**63), cases=st.integers(0, 25))
def test_a_county_of_any_seed_and_size_holds_together(seed: int, cases: int) -> None:
    steps = list(generate(county(), seed=seed, cases=cases))
    keys = [(step.submission.source, step.submission.id) for step in steps]
    known = set(keys)
    assert len(known) == len(keys)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert all((cite.source, cite.id) in known for step in steps for cite in step.cites)


@given(seed=st.integers(), limit=st.integers(1, 2**64))
def test_a_draw_stays_below_its_limit(seed: int, limit: int) -> None:
    assert 0 <= Chance.seeded(seed).below(limit) < limit


def test_a_branch_does_not_depend_on_the_draws_of_its_stem() -> None:
    stem = Chance.seeded(1)
    before = stem.branch("a").bytes32()
    stem.below(10)
    assert stem.branch("a").bytes32() == before


def test_an_urn_gives_every_ball_before_it_is_filled_again() -> None:
    urn = Urn({"often": 5, "rare": 1, "never": 0}, Chance.seeded(3))
    drawn = [urn.draw() for _ in range(12)]
    assert sorted(drawn[:6]) == sorted(drawn[6:]) == ["often"] * 5 + ["rare"]
