"""Reading an input through a mapping: every row becomes part of a group, or nothing, or a refusal.

1. Read the next row as CSV.          damaged or ragged -> refused
2. Keep only the selected cases.
3. Rows that say nothing, by name.    -> Nothing
4. The mapping's checks.              refuse -> refused; flag -> the group's flags
5. Make every event whose conditions hold (a group: of all its rows). One that cannot be made refuses
   all that its rows would have said.
6. An id that was used before: the same content is one; other content -> refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from accord.errors import IntakeRefused
from accord.gateway.mapping import columns as reads
from accord.gateway.mapping.checks import Checks
from accord.gateway.mapping.events import Maker, NotSaid
from accord.gateway.mapping.gather import Gather
from accord.gateway.mapping.model import MappingFile
from accord.gateway.mapping.repeats import Repeats, fingerprint
from accord.gateway.mapping.scope import Beside, Cells, Scope, Test
from accord.gateway.mapping.tally import Report
from accord.gateway.submission import Group, Submission
from accord.gateway.tables import Refusal, Row, Selection, Table
from accord.schema import Vocabulary

Own = Callable[[str, str], Mapping[str, Any] | None]
DAY = dt.timedelta(days=1)
AGAIN = "the same again: says what an earlier row said"
TAKEN = "has an id that was used before, for something else"


class Nothing(NamedTuple):
    """A row that says nothing to anybody, and why."""

    row: int
    why: str


Outcome = Group | Refusal | Nothing


@dataclass(slots=True)
class _Line:
    """A row on its way: as read, as cells to work with, and the checks that it failed."""

    row: Row
    cells: Cells
    flags: tuple[str, ...] = ()


@dataclass
class Reading:
    """One pass over one input; iterate once. `report` counts as it goes; `columns` are the input's.

    Raises IntakeRefused at once if the header does not fit the mapping, and from the iteration if the
    rest of the input cannot be read. `own(source, id)` returns the JSON-form data of an own event
    published before, or None; needed by mappings with `earlier`. `zone` is the exchange's, if it may be another
    than the mapping's: an act whose moment is known is dated by it.
    """

    mapping: MappingFile
    vocabulary: Vocabulary
    source: Path | BinaryIO
    now: dt.datetime
    selection: Selection | None = None
    own: Own | None = None
    zone: ZoneInfo | None = None
    report: Report = field(init=False)

    def __post_init__(self) -> None:
        head = self.mapping.mapping
        self.report = Report(head.name)
        self._table = Table(self.source)
        self.columns = self._table.columns
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        head = self.mapping.mapping
        _fit(self.mapping, self.columns)
        at = {name: i for i, name in enumerate(self.columns)}
        latest = _latest(head.record_ends, self.now)
        self._scope = Scope(head, self.mapping.translate, self.vocabulary, at, latest, self.report, self.zone)
        self._nothing = [(self._scope.test(one.when), one.why) for one in self.mapping.nothing]
        self._checks = Checks(self._scope, self.mapping.check)
        self._makers = [Maker(self._scope, event) for event in self.mapping.event]
        self._chosen = _chosen(self.selection, at)
        self._empty = frozenset(head.empty)
        self._repeats = Repeats()

    def close(self) -> None:
        """Let go of the input, if it is not to be read to its end."""
        self._table.close()

    def __iter__(self) -> Iterator[Outcome]:
        outcomes = self._grouped() if self.mapping.mapping.group else self._by_row()
        for outcome in outcomes:
            self._count(outcome)
            yield outcome

    def refuse(self, group: Group, column: str, reason: str) -> list[Refusal]:
        """The refusals of a group's rows when something after this reading refuses it, counted as such."""
        rows = zip(group.rows, group.original, strict=True)
        made = [Refusal(number, column, reason, cells) for number, cells in rows]
        self.report.taken -= len(group.rows)
        self.report.groups -= 1
        for submission in group.submissions:
            self.report.events[submission.type] -= 1
        for refusal in made:
            self._count(refusal)
        return made

    def _count(self, outcome: Outcome) -> None:
        if isinstance(outcome, Refusal):
            self.report.refused[f"{outcome.column}: {outcome.reason}"] += 1
        elif isinstance(outcome, Nothing):
            self.report.nothing[outcome.why] += 1
        else:
            self.report.groups += 1
            self.report.taken += len(outcome.rows)
            for submission in outcome.submissions:
                self.report.events[submission.type] += 1

    # ---- steps 1 to 3 ----

    def _cells(self, row: Row) -> Cells:
        empty = self._empty
        return ["" if (cell := raw.strip()) in empty else cell for raw in row.cells]

    def _lines(self) -> Iterator[_Line | Refusal | Nothing]:
        for row in self._table:
            self.report.rows += 1
            if row.fault is not None:
                yield Refusal(row.number, *row.fault, row.cells)
                continue
            cells = self._cells(row)
            if self._chosen is not None and not self._chosen(cells):
                self.report.not_selected += 1
                continue
            why = next((why for test, why in self._nothing if test(cells)), None)
            yield _Line(row, cells) if why is None else Nothing(row.number, why)

    # ---- steps 4 and 5, row by row ----

    def _by_row(self) -> Iterator[Outcome]:
        for line in self._lines():
            yield self._one(line) if isinstance(line, _Line) else line

    def _one(self, line: _Line) -> Outcome:
        try:
            line.flags = self._checks.flags(line.cells)
            made, why = self._made([line])
        except IntakeRefused as fault:
            return _refusal(line.row, fault)
        if not made:
            return Nothing(line.row.number, why)
        return self._settled(made, [line])[0]

    def _made(self, lines: list[_Line]) -> tuple[list[Submission], str]:
        """What these rows say together, or why nothing."""
        made: list[Submission] = []
        why = self.mapping.mapping.otherwise
        for maker in self._makers:
            for members, beside, number in _portions(maker, lines):
                try:
                    made += maker.make(members, beside, self.own, number)
                except NotSaid as nothing:
                    why = nothing.why
        return made, why

    # ---- steps 4 and 5, group by group ----

    def _grouped(self) -> Iterator[Outcome]:
        head, at = self.mapping.mapping, self._scope.columns
        keys, order = [at[name] for name in head.group], [at[name] for name in head.order]
        with ExitStack() as stack:
            gather = Gather(stack)
            for line in self._lines():
                if not isinstance(line, _Line):
                    yield line
                elif all(key := tuple(line.cells[i] for i in keys)):
                    gather.add(key, tuple(line.cells[i] for i in order), line.row)
                else:
                    blank = head.group[key.index("")]
                    yield Refusal(line.row.number, blank, "is not stated", line.row.cells)
            for rows in gather.groups():
                yield from self._group([_Line(row, self._cells(row)) for row in rows])

    def _group(self, lines: list[_Line]) -> list[Outcome]:
        try:
            for line in lines:
                line.flags = self._checks.flags(line.cells)
            made, why = self._made(lines)
        except IntakeRefused as fault:
            return [_refusal(line.row, fault) for line in lines]
        if not made:
            return [Nothing(line.row.number, why) for line in lines]
        return self._settled(made, lines)

    # ---- step 6 ----

    def _settled(self, made: list[Submission], lines: list[_Line]) -> list[Outcome]:
        fresh: dict[int, int] = {}
        keep: list[Submission] = []
        again = 0
        for one in made:
            key, content = fingerprint(one.source, one.id), fingerprint(one.type, one.subject, repr(one.data))
            seen = self._repeats.seen(key, content)
            if seen is False or fresh.get(key, content) != content:
                return [Refusal(line.row.number, "(id)", TAKEN, line.row.cells) for line in lines]
            if key not in fresh:
                keep.append(one)
                again += seen is not None
            fresh[key] = content
        if again == len(keep):
            return [Nothing(line.row.number, AGAIN) for line in lines]
        for key, content in fresh.items():
            self._repeats.add(key, content)
        return [_group(keep, lines)]


def _group(made: list[Submission], lines: list[_Line]) -> Group:
    rows = tuple(line.row.number for line in lines)
    flags = tuple(dict.fromkeys(flag for line in lines for flag in line.flags))
    return Group(tuple(made), rows, tuple(line.row.cells for line in lines), flags)


def _portions(maker: Maker, lines: list[_Line]) -> Iterator[tuple[list[Cells], Beside, int]]:
    """The rows that make one event each, with the first one's number: all of a group, or one by one."""
    if len(lines) == 1 or maker.whole_group:
        yield [line.cells for line in lines], Beside(), lines[0].row.number
        return
    before: Cells | None = None
    for line in lines:
        yield [line.cells], Beside(previous=before), line.row.number
        before = line.cells


def _refusal(row: Row, fault: IntakeRefused) -> Refusal:
    return Refusal(row.number, fault.where or "(row)", fault.message, row.cells)


def _latest(record_ends: dt.date | None, now: dt.datetime) -> dt.datetime:
    """A day after now, or after the end of the record's last day where that is earlier."""
    if record_ends is None:
        return now + DAY
    end = dt.datetime.combine(record_ends, dt.time.max, tzinfo=now.tzinfo)
    return min(now, end) + DAY


def _chosen(selection: Selection | None, at: Mapping[str, int]) -> Test | None:
    if selection is None:
        return None
    if selection.column not in at:
        raise IntakeRefused("there is no such column", where=selection.column, advice="Name the case column.")
    column, values = at[selection.column], selection.values
    return lambda cells: cells[column] in values


def _fit(mapping: MappingFile, columns: tuple[str, ...]) -> None:
    """The header must hold every column that the mapping reads, and none that it does not speak of."""
    used = set(reads.carried(mapping)) | reads.tested(mapping)
    there = set(columns)
    missing = sorted(used - there)
    if missing:
        raise IntakeRefused(
            f"the input lacks columns that the mapping reads: {', '.join(missing)}",
            where="row 0",
            advice="Is this the table that the mapping is for? Else mend the mapping.",
        )
    unknown = sorted(there - used - set(mapping.left_out))
    if unknown:
        raise IntakeRefused(
            f"the mapping does not speak of these columns: {', '.join(unknown)}",
            where="row 0",
            advice="Use each, or list it under [left_out] with the reason.",
        )
