"""`accord sync`, `accord alarms` and `accord digest`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from accord.bootstrap import Agency, Beat, Synced, current_views, stop_by_signals
from accord.cli.call import Call, moment
from accord.cli.render import table
from accord.cli.words import Commands, command
from accord.errors import AccordError, Unready
from accord.gateway import Receipt, Submission
from accord.projection import digest

_SYNC = """\
Publishes what is waiting for the wire, receives every other agency's log, verifies it, opens
what this agency's keys open and projects it; repeats until nothing changes. Events held back
for a citation are tried again, and their receipts printed. Safe to repeat; run it by a timer.
Ends with 1 if a log was stopped by a fault or a new fault was noticed, with 3 if another agency's
part of the wire could not be reached, or if our own log waits for renewed keys (see `accord keys
renew`); everything else is done all the same.

With --follow it does so on every beat of the memorandum until it is stopped (SIGTERM, Ctrl-C),
says what changed and what was noticed, and is the one process that a small office needs beside `accord serve`.

Examples:
  accord sync --home /srv/accord/court
  accord sync --follow --home /srv/accord/court
"""
_ALARMS = """\
Faults of logs, entries, grants and key bundles that this home has noticed, and what other
agencies told of entries of its own (detail "told by ..."): dark entries, refused ones,
over-disclosures, lost entries, clocks that run ahead, corrections that are none, copied event
ids. `accord sync` says each once; here they all stand, for as long as the logs that they are of.
Nothing of it holds a field's value.

Example:
  accord alarms --home /srv/accord/advocacy
"""
_DIGEST = """\
The same events give the same digest, in whatever order they arrived; it covers events, values
and states, never recorded times, positions or keys.

Example:
  accord digest --home /srv/accord/court
"""


def add(commands: Commands) -> None:
    """The commands sync, alarms and digest."""
    made = command(commands, "sync", _sync, "publish what is waiting, receive, verify, project; once", _SYNC)
    made.add_argument("--follow", action="store_true", help="again on every beat, until it is stopped")
    command(commands, "alarms", _list_alarms, "every fault that was noticed here, or told to us", _ALARMS)
    command(commands, "digest", _digest, "one hash of everything that this agency's projection says", _DIGEST)


def _sync(call: Call) -> int:
    if call.arguments.follow:
        return _follow(call)
    with call.agency(write=True) as agency:
        before = _alarms(agency)
        done = agency.sync(call.console.progress)
        new = [one for key, one in _alarms(agency).items() if key not in before]
        stopped = [log.slug for log in agency.replica.logs() if log.fault is not None]
        call.console.answer(_said(agency, done, new), _text(agency, done, new))
        return 1 if new or stopped else Unready.exit_code if done.unreached or done.waits else 0


def _follow(call: Call) -> int:
    known: set[tuple[str, ...]] | None = None

    def turn(agency: Agency, stopping: Callable[[], bool]) -> str | None:
        nonlocal known
        if known is None:
            known = set(_faults(agency))
        done = agency.sync(stopping=stopping)
        if not (done.changed or done.unreached or done.waits):
            return None
        found = _faults(agency)
        new = [one for key, one in found.items() if key not in known]
        known = set(found)
        return _text(agency, done, new)

    beat = Beat(call.home, call.environment, turn, _Teller(call), Agency.await_news)
    stop_by_signals(beat.stop.set)
    call.console.line({"following": True}, "following; stop with SIGTERM or Ctrl-C")
    beat.run()
    call.console.line({"stopped": True}, "stopped")
    return 0


class _Teller:
    """Says what becomes of the turns."""

    def __init__(self, call: Call) -> None:
        self._console = call.console

    def said(self, line: str) -> None:
        """What a turn did."""
        self._console.line({"said": line}, line)

    def failed(self, error: AccordError, *, again: bool) -> None:
        """A turn failed."""
        if not again:
            self._console.failed(error)

    def went_well(self, agency: Agency) -> None:
        """Nobody asks."""


Alarms = dict[tuple[str, ...], dict[str, Any]]


def _alarms(agency: Agency) -> Alarms:
    return _by_content(current_views(agency).alarms() if agency.projection.position else [])


def _faults(agency: Agency) -> Alarms:
    return _by_content(current_views(agency).faults() if agency.projection.position else [])


def _by_content(found: list[dict[str, Any]]) -> Alarms:
    return {tuple(str(value) for value in one.values()): one for one in found}


def _list_alarms(call: Call) -> int:
    with call.agency() as agency:
        found = current_views(agency).alarms()
        rows = [
            [one["origin"], "" if one["index"] is None else str(one["index"]), one["kind"], one["detail"]]
            for one in found
        ]
        text = table(["log", "entry", "alarm", ""], rows) if rows else ["nothing was noticed"]
        call.console.answer({"agency": agency.slug, "alarms": found}, "\n".join(text))
    return 0


def _said(agency: Agency, done: Synced, new: list[dict[str, Any]]) -> dict[str, Any]:
    logs = [
        {
            "log": log.slug,
            "entries": log.size,
            "fault": log.fault,
            "awaiting_keys": log.awaiting,
            "without_keys": log.mute,
        }
        for log in agency.replica.logs()
    ]
    waiting = [{"field": field, "since": since} for field, since in agency.publisher.waiting()]
    return {
        "agency": agency.slug,
        "published": done.published,
        "received": done.received,
        "granted": done.granted,
        "released": done.released,
        "receipts": [
            {"source": one.source, "id": one.id, "receipt": receipt.as_json()}
            for one, receipt in _released(agency)
        ],
        "waiting": len(waiting),
        "refused": [{"where": one.where, "reason": one.reason} for one in agency.refused_waiting],
        "logs": logs,
        "unreached": [{"log": slug, "reason": reason} for slug, reason in done.unreached.items()],
        "our_log_waits": done.waits,
        "alarms": new,
    }


def _text(agency: Agency, done: Synced, new: list[dict[str, Any]]) -> str:
    zone = agency.memorandum.timezone
    waiting = agency.publisher.waiting()
    lines = [
        f"{agency.slug}: published {done.published}, received {done.received}, granted {done.granted}, "
        f"no longer waiting {done.released}, still waiting {len(waiting)}"
    ]
    lines += [
        f"  waiting since {moment(since, zone)}: {field}: what it cites is not here yet"
        for field, since in waiting[:5]
    ]
    lines += [
        f"  waited, and is refused now: {one.where or '(event)'}: {one.reason}; mend it and emit it again under its id"
        for one in agency.refused_waiting
    ]
    lines += [
        f"  waited, and has its receipt now: event {receipt.event_id} is entry {receipt.index} of {receipt.origin}"
        for _, receipt in _released(agency)
    ]
    rows = [[log.slug, str(log.size), log.lacks, log.fault or ""] for log in agency.replica.logs()]
    lines += table(["log", "entries", "", "stopped by"], rows)
    lines += [f"not reached: {reason}" for reason in done.unreached.values()]
    lines += [f"{done.waits}; it stands at {agency.log.size}"] if done.waits else []
    lines += [f"ALARM {one['origin']}, entry {one['index']}: {one['kind']}: {one['detail']}" for one in new]
    return "\n".join(lines)


def _released(agency: Agency) -> Iterator[tuple[Submission, Receipt]]:
    """Each event that waited and is in our log now, with its receipt."""
    for one in agency.no_longer_waiting:
        yield from zip(one.group.submissions, one.receipts, strict=True)


def _digest(call: Call) -> int:
    with call.agency() as agency:
        role = agency.role
        current_views(agency)
        found = digest(agency.projection)
        call.console.answer(
            {"agency": agency.slug, "role": role, "digest": found}, f"{found}  {agency.slug} ({role})"
        )
    return 0
