"""An agency's reading process: receives every log on the beat, verifies it, and projects what its keys open.

On every beat of the memorandum:

  1. receive   what is new of each other log is verified against its signed head and stored
  2. project   what our keys open goes into our role's projection, exactly once
  3. grant     what other agencies' events make due is granted in our own log; the gateway publishes it

SIGTERM ends it after the log bundle in hand: each is one transaction.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from accord.bootstrap import Agency, reading_figures
from services import beat


def turn(agency: Agency, stopping: Callable[[], bool]) -> str | None:
    """Receive, verify, project; what to tell of it."""
    done = agency.receive(stopping=stopping)
    said = [f"not reached: {reason}" for reason in done.unreached.values()]
    if done.changed:
        said.append(f"{done.received} items received; {done.granted} grants made; {done.told} faults told")
    return "; ".join(said) or None


if __name__ == "__main__":
    sys.exit(beat.run("projector", __doc__ or "", turn, reading_figures, Agency.await_news))
