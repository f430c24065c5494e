"""An agency's reading process: receives every log on the beat, verifies it, and projects what its keys open.

On every beat of the memorandum:

  1. receive   what is new of each other log is verified against its signed head and stored
  2. project   what our keys open goes into our role's projection, exactly once
  3. grant     what other agencies' events make due is granted in our own log; the gateway publishes it

Several may run for one agency, on one machine or on several that share its database in PostgreSQL. With --share, over
Kafka, each of them receives some of the logs, and those of one that dies go to the others some beats later. They take
turns at the stores; without --share each receives whatever log has something new.

SIGTERM ends it after the log bundle in hand: each is one transaction.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from accord.bootstrap import Agency, Shared, Turn, open_share, reading_figures
from services import beat


@contextmanager
def turns(asked: Namespace) -> Iterator[Turn]:
    """Receive, verify, project; with --share only the logs that are this worker's."""
    with ExitStack() as stack:
        shares: list[Shared] = []

        def turn(agency: Agency, stopping: Callable[[], bool]) -> str | None:
            if asked.share and not shares:
                shares.append(open_share(agency.settings, agency.memorandum.agencies))
                stack.callback(shares[0].close)
            return _told(agency, stopping, shares[0].mine() if shares else None)

        yield turn


def _told(agency: Agency, stopping: Callable[[], bool], mine: frozenset[str] | None) -> str | None:
    done = agency.receive(stopping=stopping, only=mine)
    said = [f"not reached: {reason}" for reason in done.unreached.values()]
    if done.waits:
        said.append(done.waits)
    if mine is not None:
        said.append(f"has the logs of {', '.join(sorted(mine)) or 'nobody'}")
    if done.changed:
        said.append(f"{done.received} items received; {done.granted} grants made; {done.told} faults told")
    return "; ".join(said) or None


def _words(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--share", action="store_true", help="share the logs with this agency's other projectors (Kafka)"
    )


PROCESS = beat.Process("projector", __doc__ or "", turns, reading_figures, Agency.await_news, _words)

if __name__ == "__main__":
    sys.exit(PROCESS.run())
