"""Rounds of contenders, each in a fresh process and folder, in turn A B, B A, so that a drifting machine is shared."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.measure import Figures

Results = dict[str, list[Figures]]


@dataclass(slots=True, frozen=True)
class Target:
    """Ours beside a peer: events per second of ours over the peer's, to be at least `reach`."""

    name: str
    ours: str
    peer: str
    reach: float


TARGETS = (
    Target("lone emit / eventsourcing save", "accord.lone", "plain.save", 0.6),
    Target("backlog emit / hand-made", "accord.backlog", "handmade.publish", 0.3),
    Target("receive-verify-open-project / hand-made", "accord.receive", "handmade.receive", 0.7),
)
BESIDE = ("plain.get_and_save", "plain.bulk", "handmade.lone")
LONE = frozenset({"accord.lone", "plain.save", "plain.get_and_save", "handmade.lone"})
SHARE_OF_LONE = 5  # a lone event costs a flush of the disk: a fifth of the events is enough


def run(rounds: int, events: int, tell: Callable[[str], None]) -> Results:
    """All contenders, `rounds` times."""
    results: Results = {}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
            for name in order(number):
                tell(f"round {number + 1} of {rounds}: {name}")
                count = events // SHARE_OF_LONE if name in LONE else events
                results.setdefault(name, []).append(one(name, Path(folder), whole(count)))
    return results


def order(number: int) -> list[str]:
    """Every pair side by side, its first and second changing places from round to round."""
    pairs = [(target.ours, target.peer)[:: 1 if number % 2 == 0 else -1] for target in TARGETS]
    return [name for pair in pairs for name in pair] + list(BESIDE)


def whole(count: int) -> int:
    """A number of events in whole blocks of open files."""
    return max(500, count // 500 * 500)


def one(name: str, folder: Path, count: int, *, keep: bool = False) -> Figures:
    """One contender in a process of its own; one that receives, or is told to, finds what is there already."""
    room, _, what = name.partition(".")
    root = folder / room
    if what != "receive" and not keep:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
    command = [sys.executable, "-m", "tests.bench.worker", name, str(root), str(count)]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return Figures(**json.loads(said))


def ratios(target: Target, results: Results, part: str = "seconds") -> list[float]:
    """Of each round, how many events of ours go into the time of one of the peer's."""
    ours, peer = results[target.ours], results[target.peer]
    return [
        (getattr(theirs, part) / theirs.events) / (getattr(mine, part) / mine.events)
        for mine, theirs in zip(ours, peer, strict=True)
    ]


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, least and greatest."""
    return median(values), min(values), max(values)
