"""An agency's publishing process: takes what its records system leaves, and publishes on the beat.

On every beat of the memorandum:

  1. HOME/inbox/*.ndjson   events (JSON or CloudEvents, one to a line) are emitted; the file goes to HOME/done,
                           beside it NAME.receipts.ndjson: a receipt, what is waited for, or why it was refused
  2. waiting               events that cited something not known yet are tried again
  3. the wire              what is in our log and not on the wire yet is published

While the wire is away, events are still taken in, and published later; but not before this process has reached the wire
once since its start: a store that was brought back from an old backup must sign nothing.

SIGTERM ends it at a safe place: an event with a receipt is in the log, the rest is still in the inbox.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext

from accord.bootstrap import Agency, await_inbox, publishing_figures, take_inbox
from accord.errors import Unreachable, Unready
from services import beat


def turn(agency: Agency, stopping: Callable[[], bool]) -> str | None:
    """Take the inbox, try again what waits, publish; what to tell of it, also where it fails."""
    told: list[str] = []
    try:
        _take(agency, stopping, told)
        _publish(agency, told)
    except Unready as error:
        for line in told:
            error.add_note(line)
        raise
    return "; ".join(told) or None


def _take(agency: Agency, stopping: Callable[[], bool], told: list[str]) -> None:
    try:
        for one in take_inbox(agency, stopping):
            told.append(f"{one.name}: {one.receipts} receipts, {one.waiting} waiting, {one.refused} refused")
    except Unreachable:  # nor can anything be published
        raise
    except Unready:  # what is left in the inbox waits; what our log has already need not
        _publish(agency, told)
        raise


def _publish(agency: Agency, told: list[str]) -> None:
    done = agency.publish()
    told += [f"waited, and is refused: {one.where}: {one.reason}" for one in agency.refused_waiting]
    if done.released:
        told.append(f"{done.released} no longer waiting")
    if done.waits:
        told.append(done.waits)
    if done.published:
        told.append(f"{done.published} entries published")


PROCESS = beat.Process(
    "gateway", __doc__ or "", lambda asked: nullcontext(turn), publishing_figures, await_inbox
)

if __name__ == "__main__":
    sys.exit(PROCESS.run())
