"""`accord emit`: events in, receipts out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from accord.bootstrap import Agency
from accord.cli.call import Call
from accord.cli.console import Console
from accord.cli.sources import Events, Rows, Source
from accord.cli.words import Commands, command
from accord.errors import AccordError, UsageRefused
from accord.gateway import Accepted, Group, Outcome, Receipt, Refusal, Waiting

_ABOUT = """\
Checks each event, seals it, appends it to this agency's log, and prints a receipt once that is
durable. Reads JSON, one event to a line (NDJSON), a list, or CloudEvents 1.0 in structured
mode; CSV, also .gz and .xz, through a mapping file. An event:

  {"source": "/rms", "id": "4711", "type": "ArrestMade", "subject": "A2400104",
   "data": {"occurred_on": "2024-04-01", "arrest_number": "A2400104", ...}}

source and id name the event for good: the same again changes nothing and gives the same
receipt. subject is this agency's own key of the matter. None of the three leaves the home. A
reference takes an event id, {"number": ...} or {"id": ...} of an own event.

The wire has to be there: it tells that this agency's store is no old backup, which must sign
nothing. While it is away a gateway that is at work takes in what is left in its inbox.

An event that cites what is not here yet waits, and is tried again by every sync. One that is
refused is told with its row, column and reason; --rejects writes it to a file that can be
mended and sent again. The rest is emitted all the same. Ends with 2 if anything was refused.

Examples:
  accord emit arrests.ndjson --home /srv/accord/police
  accord emit export.csv.xz --map police.toml --rejects rejects.csv --home /srv/accord/police
  records-system --export | accord emit - --json > receipts.ndjson
"""


def add(commands: Commands) -> None:
    """The command emit."""
    made = command(commands, "emit", _emit, "publish events; prints their receipts", _ABOUT)
    made.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help="the input (default: -, standard input)"
    )
    made.add_argument("--map", metavar="MAPPING", help="the mapping file through which CSV is read")
    made.add_argument(
        "--rejects", metavar="FILE", help="write what was refused here, to be mended and sent again"
    )


def _emit(call: Call) -> int:
    arguments = call.arguments
    _refuse_overwriting(arguments.file, arguments.rejects)
    with call.agency(write=True) as agency, ExitStack() as stack:
        stream = _opened(arguments.file, stack)
        source = _source(call, agency, stream)
        if arguments.rejects is not None:
            source.write_rejects(Path(arguments.rejects), stack)
        emission = Emission(source, call.console)
        for outcome in agency.emit(emission.groups()):
            emission.tell(outcome)
        emission.conclude()
        if emission.broken is not None:
            raise emission.broken
        return 2 if emission.counts["refused"] else 0


def _opened(name: str, stack: ExitStack) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(Path(name).open("rb"))
    except OSError as error:
        raise UsageRefused(error.strerror or "cannot be read", where=name) from error


def _refuse_overwriting(name: str, rejects: str | None) -> None:
    if rejects is not None and name != "-" and Path(name).resolve() == Path(rejects).resolve():
        raise UsageRefused(
            "the rejects would overwrite the input", where="--rejects", advice="Name another file."
        )


def _source(call: Call, agency: Agency, stream: BinaryIO) -> Source:
    if call.arguments.map is None:
        return Events(stream)
    return Rows(Path(call.arguments.map), stream, agency)


class Emission:
    """One run: hands groups to the publisher and tells what became of each."""

    def __init__(self, source: Source, console: Console) -> None:
        self._source, self._console = source, console
        self.counts = {"accepted": 0, "again": 0, "waiting": 0, "refused": 0}
        self.broken: AccordError | None = None

    def groups(self) -> Iterator[Group | Refusal]:
        """The input's groups; where it cannot be read on, what came before is still published."""
        try:
            for number, group in enumerate(self._source, start=1):
                yield group
                self._console.progress(f"emit: {number} events and refused rows read")
        except AccordError as error:
            self.broken = error

    def tell(self, outcome: Outcome) -> None:
        """Say what became of a group."""
        if isinstance(outcome, Accepted):
            for one, receipt in zip(outcome.group.submissions, outcome.receipts, strict=True):
                self.counts["accepted"] += 1
                self.counts["again"] += outcome.repeated
                said = {**_key(one), "repeated": outcome.repeated, "receipt": receipt.as_json()}
                self._say("accepted", outcome.group, said, _receipt(receipt, outcome.repeated))
        elif isinstance(outcome, Waiting):
            self.counts["waiting"] += len(outcome.group.submissions)
            said = {"field": outcome.field, "events": [_key(one) for one in outcome.group.submissions]}
            self._say("waiting", outcome.group, said, f"{outcome.field}: what it cites is not here yet")
        else:
            self.counts["refused"] += len(outcome.group.rows) or 1
            self._source.refused(outcome)
            said = {"where": outcome.where, "reason": outcome.reason, "advice": outcome.advice}
            said["events"] = [_key(one) for one in outcome.group.submissions]
            self._say("refused", outcome.group, said, f"{outcome.where or '(event)'}: {outcome.reason}")

    def _say(self, word: str, group: Group, said: dict[str, Any], text: str) -> None:
        rows = (
            [one.row for one in group.submissions if one.row is not None]
            if not group.rows
            else list(group.rows)
        )
        where = f"row {', '.join(map(str, rows))}: " if rows else ""
        self._console.line({"outcome": word, "rows": rows, **said}, f"{word:<9} {where}{text}")

    def conclude(self) -> None:
        """The counts at the end: beside the answer for people, as the last line for programs."""
        report = self._source.report()
        if self._console.as_json:
            self._console.line({"outcome": "summary", **self.counts, **report}, "")
        counts = self.counts
        said = (
            f"{counts['accepted']} accepted ({counts['again']} of them again), {counts['waiting']} waiting, "
        )
        self._console.note(
            f"{said}{counts['refused']} refused{_nothing(report)}; `accord sync` publishes them"
        )


def _key(one: Any) -> dict[str, str]:
    return {"source": one.source, "id": one.id}


def _receipt(receipt: Receipt, repeated: bool) -> str:
    return f"event {receipt.event_id} is entry {receipt.index} of {receipt.origin}{' (again)' if repeated else ''}"


def _nothing(report: dict[str, Any]) -> str:
    silent = sum(report.get("mapping", {}).get("nothing", {}).values())
    return f", {silent} row(s) say nothing" if silent else ""
