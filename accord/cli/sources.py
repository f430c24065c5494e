"""What `accord emit` reads: events as JSON, or rows of a table through a mapping; and where refused ones are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO

from accord.bootstrap import Agency
from accord.gateway import Group, Refusal, intake
from accord.gateway.mapping import Mapping, Nothing
from accord.gateway.tables import Refusal as RefusedRow
from accord.gateway.tables import Rejects, rejects_file


class Source(Protocol):
    """Groups to be published, or refusals; and what is done with those that are refused, here or later."""

    def __iter__(self) -> Iterator[Group | Refusal]: ...

    def write_rejects(self, path: Path, stack: ExitStack) -> None:
        """Open a rejects file that stays open as long as the stack."""
        ...

    def refused(self, refusal: Refusal) -> None:
        """Count a refusal, and write it to the rejects file if there is one."""
        ...

    def report(self) -> dict[str, Any]:
        """What is to be said of the input as a whole."""
        ...


class Events:
    """JSON, NDJSON or CloudEvents. Its rejects file is NDJSON: each event with `reject` beside."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._rejects: TextIO | None = None

    def __iter__(self) -> Iterator[Group | Refusal]:
        return intake.read(self._stream)

    def write_rejects(self, path: Path, stack: ExitStack) -> None:
        self._rejects = stack.enter_context(path.open("w", encoding="utf-8"))

    def refused(self, refusal: Refusal) -> None:
        if self._rejects is None:
            return
        group = refusal.group
        reject = {
            "row": group.rows[0] if group.rows else None,
            "where": refusal.where,
            "reason": refusal.reason,
        }
        text = group.original[0][0] if group.original else ""
        self._rejects.write(json.dumps({**_mendable(text), "reject": reject}) + "\n")

    def report(self) -> dict[str, Any]:
        return {}


def _mendable(text: str) -> dict[str, Any]:
    """The event as it came; what is no JSON object is kept as a line of text."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {"line": text}


class Rows:
    """A table through a mapping. Its rejects file is CSV: each row with where and why."""

    def __init__(self, mapping: Path, stream: BinaryIO, agency: Agency) -> None:
        now = datetime.fromtimestamp(agency.clock.now() / 1e6, UTC)
        loaded = Mapping.load(mapping, agency.vocabulary)
        self._reading = loaded.read(
            stream, now=now, own=agency.publisher.said, zone=agency.memorandum.timezone
        )
        self._rejects: Rejects | None = None

    def __iter__(self) -> Iterator[Group | Refusal]:
        for outcome in self._reading:
            if isinstance(outcome, Group):
                yield outcome
            elif not isinstance(outcome, Nothing):
                group = Group((), (outcome.row,), (outcome.original,))
                yield Refusal(group, outcome.column, outcome.reason, None)

    def write_rejects(self, path: Path, stack: ExitStack) -> None:
        self._rejects = stack.enter_context(rejects_file(path, self._reading.columns))

    def refused(self, refusal: Refusal) -> None:
        column = refusal.where or "(row)"
        if refusal.group.submissions:  # the publisher refused it; the mapping had counted it as taken
            rows = self._reading.refuse(refusal.group, column, refusal.reason)
        else:
            cells = zip(refusal.group.rows, refusal.group.original, strict=True)
            rows = [RefusedRow(number, column, refusal.reason, original) for number, original in cells]
        if self._rejects is not None:
            for row in rows:
                self._rejects.write(row)

    def report(self) -> dict[str, Any]:
        return {"mapping": self._reading.report.as_json()}
