"""The demonstration over a real Kafka, with the stores in a real PostgreSQL: `make demo-kafka`.

python -m tests.real.demo_kafka [CASES]

Starts both on this machine, plays the walkthrough over them, shows what the coordinating agency sees, and plays it again
over a folder with SQLite, to compare. At the end everything that it started is gone.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from accord.demo import Places, render, run
from tests.real.broker import Broker
from tests.real.java import Absent
from tests.real.places import on_servers
from tests.real.postgres import server

EXAMPLE = "walkthrough"


def main(cases: int) -> int:
    """Start the servers, play, and say whether every role saw the same as without them."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that the servers end too
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="accord-demo-")))
        try:
            broker = stack.enter_context(Broker(folder / "broker"))
            postgres = stack.enter_context(server())
        except (Absent, pytest.skip.Exception) as error:
            print(error)
            return 3
        print(f"Kafka serves at {broker.server}, PostgreSQL at 127.0.0.1:{postgres.port}", flush=True)
        with on_servers(broker.server, postgres, EXAMPLE) as places:
            shown = _played(folder / "servers", cases, places)
        print(render(shown, kept=False), flush=True)
        return _compare(shown, _played(folder / "folders", cases, Places()))


def _played(home: Path, cases: int, places: Places) -> dict[str, Any]:
    return run(EXAMPLE, None, cases, home, lambda line: print(f"  {line}", file=sys.stderr), places=places)


def _compare(shown: dict[str, Any], folders: dict[str, Any]) -> int:
    print(f"\nThe same over a folder with SQLite, in {folders['seconds']} s")
    same = True
    for role, seen in folders["roles"].items():
        alike = shown["roles"][role] == seen
        same = same and alike
        print(f"  {role:<18}{'the same' if alike else 'NOT THE SAME'}   digest {seen['digest'][:16]}")
    print("Kafka and PostgreSQL are ended; what they held is gone.")
    return 0 if same and shown["verified"] and folders["verified"] else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4))
