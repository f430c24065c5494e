"""Work that an agency of a demonstration does in a process of its own, from its own home.

The process answers with one JSON value. Nothing is shared with the process that asked but the home and the wire, so what
comes out is what would have come out there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from accord.bootstrap import Agency, opened, verify_home
from accord.demo.look import look
from accord.errors import Unready
from accord.sources import SteppedClock

ENVIRONMENT: Mapping[str, str] = {}  # a demonstration asks nothing of the environment
_PROGRAM = "import sys; from accord.demo.apart import main; main(*sys.argv[1:])"


def move(agency: Agency, moment: int) -> None:
    """Move one agency's clock forward to `moment` (microseconds UTC)."""
    assert isinstance(agency.clock, SteppedClock)
    agency.clock.move_to(moment)


def apart(hands: int, task: str, home: Path, clocks: Mapping[str, int]) -> dict[str, Any]:
    """Do a task for each agency (slug -> its clock), at most `hands` at once; answers by slug. Raises Unready."""
    with ThreadPoolExecutor(hands) as pool:
        answers = pool.map(lambda slug: _ask(task, home / slug, clocks[slug]), clocks)
        return dict(zip(clocks, answers, strict=True))


def _ask(task: str, home: Path, clock: int) -> Any:
    words = [sys.executable, "-c", _PROGRAM, task, str(home), str(clock)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise Unready(
            f"an agency could not {task} in a process of its own: {said[-1] if said else done.returncode}",
            where=home.name,
        )
    return json.loads(done.stdout)


def _receive(agency: Agency, clock: int) -> Any:
    agency.receive()
    return agency.clock.now()


def verify(agency: Agency, clock: int) -> Any:
    """Every fault that one home finds, as plain data."""
    return [asdict(fault) for fault in verify_home(agency)]


TASKS: Mapping[str, Callable[[Agency, int], Any]] = {"receive": _receive, "verify": verify, "look": look}


def main(task: str, home: str, clock: str) -> None:
    """Do one task in one home, and print the answer."""
    with opened(Path(home), ENVIRONMENT) as agency:
        move(agency, int(clock))
        sys.stdout.write(json.dumps(TASKS[task](agency, int(clock))))
