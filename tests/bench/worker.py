"""One contender, one round, one fresh process: `python -m tests.bench.worker CONTENDER FOLDER EVENTS`; figures as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.measure import Figures


def run(name: str, root: Path, count: int) -> Figures:
    """Run one contender; only its own modules are imported, so that its memory is its own."""
    room, _, what = name.partition(".")
    if room == "accord":
        from tests.bench import ours as module
    elif room == "plain":
        from tests.bench import plain as module
    elif room == "kafka":
        from tests.bench import overkafka as module
    else:
        from tests.bench import handmade as module
    figures: Figures = getattr(module, what)(root, count)
    return figures


if __name__ == "__main__":
    print(json.dumps(asdict(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))))
