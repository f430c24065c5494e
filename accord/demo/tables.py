"""Plays real tables: each agency emits its own through its mappings, in the order of emission.toml, a sync after each.

Every row of every table comes to something: events, a named nothing, or a refusal in HOME/<agency>/rejects-<table>.csv.
"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accord.bootstrap import Agency
from accord.demo.founding import Exchange
from accord.demo.tally import Tally
from accord.errors import UsageRefused
from accord.gateway import Group, Outcome, Refusal, Waiting
from accord.gateway.mapping import Mapping as MappingFile
from accord.gateway.mapping import Reading
from accord.gateway.tables import Refusal as RefusedRow
from accord.gateway.tables import Rejects, Selection, Table, rejects_file

EMISSION = "emission.toml"
_TELL_EVERY = 5000
_ALL = 1 << 62
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One agency's emission of one table."""

    agency: str
    table: str
    mappings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Emission:
    """Who emits which table through which mappings, in order; `clock` is when the first begins."""

    clock: int
    steps: tuple[Step, ...]

    @classmethod
    def load(cls, folder: Path) -> Emission:
        """Read emission.toml; raises UsageRefused."""
        path = folder / EMISSION
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8"))
            steps = tuple(Step(one["agency"], one["table"], tuple(one["mappings"])) for one in said["step"])
            return cls(int(said["clock"].timestamp()) * 1_000_000, steps)
        except (
            OSError,
            UnicodeDecodeError,
            tomllib.TOMLDecodeError,
            KeyError,
            TypeError,
            AttributeError,
        ) as fault:
            raise UsageRefused(
                "cannot be read as an order of emission",
                where=EMISSION,
                advice="Compare it with the one that came with Accord.",
            ) from fault


@dataclass(slots=True)
class Own:
    """The data of events emitted before that a later mapping looks up, as JSON text."""

    kinds: frozenset[str]
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def keep(self, group: Group) -> None:
        """Remember what may be looked up."""
        for one in group.submissions:
            if one.type in self.kinds:
                self.known[one.source, one.id] = json.dumps(one.data)

    def __call__(self, source: str, key: str) -> dict[str, Any] | None:
        found = self.known.get((source, key))
        return None if found is None else json.loads(found)


@dataclass(slots=True)
class Source:
    """One table on its way through one mapping, and the groups of it that wait for what they cite (in which field)."""

    slug: str
    table: str
    reading: Reading
    rejects: Rejects
    waiting: list[tuple[Group, str]] = field(default_factory=list)


@dataclass(slots=True)
class Play:
    """The emission of all tables of a folder."""

    exchange: Exchange
    folder: Path
    data: Path
    tally: Tally
    tell: Told
    cases: int | None
    selection: Selection | None = None
    own: dict[str, Own] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)

    def run(self, emission: Emission) -> None:
        """Emit every step; all agencies sync after each."""
        mappings = {name: self._load(name) for step in emission.steps for name in step.mappings}
        for slug in self.exchange.agencies:
            self.own[slug] = Own(_looked_up(mappings.values()))
        self._choose(emission.steps[0], mappings)
        with ExitStack() as open_files:
            for step in emission.steps:
                self._step(step, mappings, open_files)
                self.tell(f"all agencies sync after {step.agency}'s {step.table}")
                self.exchange.sync()
            self._ask_again()

    def _load(self, name: str) -> MappingFile:
        return MappingFile.load(self.folder / name, self.exchange.vocabulary)

    def _choose(self, first: Step, mappings: Mapping[str, MappingFile]) -> None:
        """Keep to the first cases of the first table, if only some are wanted; count them."""
        column = mappings[first.mappings[0]].case_column
        if column is None:
            raise UsageRefused("the first mapping does not say which column counts cases", where=EMISSION)
        chosen = Selection.first(self.data / first.table, column, self.cases or _ALL)
        self.tally.cases = len(chosen.values)
        self.selection = chosen if self.cases is not None else None

    def _step(self, step: Step, mappings: Mapping[str, MappingFile], open_files: ExitStack) -> None:
        agency = self.exchange.agencies[step.agency]
        rejects = open_files.enter_context(refused_rows(agency.settings.home, self.data / step.table))
        for name in step.mappings:
            self._emit(agency, mappings[name], step.table, rejects)

    def _emit(self, agency: Agency, mapping: MappingFile, table: str, rejects: Rejects) -> None:
        own = self.own[agency.slug]
        now = dt.datetime.fromtimestamp(agency.clock.now() / 1e6, dt.UTC)
        zone = agency.memorandum.timezone
        reading = mapping.read(self.data / table, now=now, selection=self.selection, own=own, zone=zone)
        source = Source(agency.slug, table, reading, rejects)
        before = self.tally.emitted
        for outcome in agency.emit(self._groups(source)):
            own.keep(outcome.group)
            self._take(source, outcome)
        self.tally.rows += reading.report.rows - reading.report.not_selected
        self.sources.append(source)
        self.tell(f"{agency.slug}: {mapping.name}: {self.tally.emitted - before} events emitted")

    def _groups(self, source: Source) -> Iterator[Group]:
        """What a reading gives to its agency's gateway; refused rows go to the rejects file."""
        for outcome in source.reading:
            if isinstance(outcome, Group):
                yield outcome
            elif isinstance(outcome, RefusedRow):
                self._refused(source, outcome)

    def _take(self, source: Source, outcome: Outcome) -> None:
        if isinstance(outcome, Waiting):
            source.waiting.append((outcome.group, outcome.field))
        elif isinstance(outcome, Refusal):
            for row in source.reading.refuse(outcome.group, outcome.where or "(row)", outcome.reason):
                self._refused(source, row)
        else:
            self.tally.emitted += len(outcome.receipts)
            self.tally.kinds.update(one.type for one in outcome.group.submissions)
            if self.tally.emitted % _TELL_EVERY < len(outcome.receipts):
                self.tell(f"{source.slug}: {self.tally.emitted} events emitted so far")

    def _refused(self, source: Source, row: RefusedRow) -> None:
        source.rejects.write(row)
        self.tally.refuse(source.slug, row.column, row.reason)

    def _ask_again(self) -> None:
        """Hand in again what waited: the same event gives its receipt if it was published at a sync since."""
        for source in self.sources:
            waited, source.waiting = [group for group, _ in source.waiting], []
            for outcome in self.exchange.agencies[source.slug].emit(waited):
                self._take(source, outcome)
            for group, name in source.waiting:
                self.tally.waits[f"{source.slug}: {name}"] += len(group.submissions)
            self.tally.tables.append(
                {"agency": source.slug, "table": source.table, **source.reading.report.as_json()}
            )
        self.tally.waiting = sum(self.tally.waits.values())


@contextmanager
def refused_rows(home: Path, table: Path) -> Iterator[Rejects]:
    """The rejects file of a table in an agency's home; it stays only if something was refused."""
    path = home / f"rejects-{table.name.partition('.')[0]}.csv"
    with closing(Table(table)) as input_:
        columns = input_.columns
    with rejects_file(path, columns) as rejects:
        yield rejects
    if not rejects.written:
        path.unlink()


def _looked_up(mappings: Iterable[MappingFile]) -> frozenset[str]:
    """The kinds of event that mappings look up among an agency's own earlier ones."""
    events = (event for mapping in mappings for event in mapping.file.event)
    return frozenset(event.earlier.type for event in events if event.earlier is not None)


def play_tables(exchange: Exchange, folder: Path, data: Path, cases: int | None, tell: Told) -> Tally:
    """Play the tables of `data` through the mappings of `folder`; `cases` limits it to the first so many cases."""
    play = Play(exchange, folder, data, Tally(), tell, cases)
    play.run(Emission.load(folder))
    return play.tally
