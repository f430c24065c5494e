"""Plays real tables: each agency emits its own through its mappings, in the order of emission.toml, a sync after each.

Every row of every table comes to something: events, a named nothing, or a refusal in HOME/<agency>/rejects-<table>.csv.
"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accord.bootstrap import Agency
from accord.demo.founding import Exchange
from accord.demo.tally import Tally
from accord.errors import UsageRefused
from accord.gateway import Accepted, Group, Refusal, Waiting
from accord.gateway.mapping import Mapping as MappingFile
from accord.gateway.mapping import Reading
from accord.gateway.tables import Refusal as RefusedRow
from accord.gateway.tables import Rejects, Selection, Table

EMISSION = "emission.toml"
_TELL_EVERY = 5000
_HOUR = 3600 * 1_000_000
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Emission:
    """Who emits which table through which mappings, in order; `clock` is when the first begins."""

    clock: int
    case_column: str
    steps: tuple[Step, ...]

    @classmethod
    def load(cls, folder: Path) -> Emission:
        """Read emission.toml; raises UsageRefused."""
        path = folder / EMISSION
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8"))
            steps = tuple(Step(one["agency"], one["table"], tuple(one["mappings"])) for one in said["step"])
            return cls(int(said["clock"].timestamp()) * 1_000_000, said["case_column"], steps)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as fault:
            raise UsageRefused(
                "cannot be read as an order of emission",
                where=EMISSION,
                advice="Compare it with the one that came with Accord.",
            ) from fault


@dataclass(frozen=True, slots=True)
class Step:
    """One agency's emission of one table."""

    agency: str
    table: str
    mappings: tuple[str, ...]


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
class Play:
    """The emission of all tables of a folder."""

    exchange: Exchange
    folder: Path
    data: Path
    tally: Tally
    tell: Told
    selection: Selection | None = None
    own: dict[str, Own] = field(default_factory=dict)

    def run(self, emission: Emission) -> None:
        """Emit every step, syncing after each agency's last step in a row."""
        mappings = {name: self._load(name) for step in emission.steps for name in step.mappings}
        for slug in self.exchange.agencies:
            self.own[slug] = Own(_looked_up(mappings.values()))
        rejects = ExitStack()
        with rejects:
            for step in emission.steps:
                self._step(step, mappings)
                self.tell(f"{step.agency}: all agencies sync")
                self.exchange.sync()

    def _load(self, name: str) -> MappingFile:
        return MappingFile.load(self.folder / name, self.exchange.vocabulary)

    def _step(self, step: Step, mappings: Mapping[str, MappingFile]) -> None:
        agency = self.exchange.agencies[step.agency]
        with refused_rows(agency.settings.home, self.data / step.table) as rejects:
            for name in step.mappings:
                self._emit(agency, mappings[name], step.table, rejects)

    def _emit(self, agency: Agency, mapping: MappingFile, table: str, rejects: Rejects) -> None:
        own = self.own[agency.slug]
        now = dt.datetime.fromtimestamp(agency.clock.now() / 1e6, dt.UTC)
        reading = mapping.read(self.data / table, now=now, selection=self.selection, own=own)
        before = self.tally.emitted
        for outcome in agency.emit(self._groups(agency, reading, rejects)):
            if isinstance(outcome, Accepted):
                self._accepted(agency, outcome, own)
            elif isinstance(outcome, Refusal):
                for row in reading.refuse(outcome.group, outcome.where or "(row)", outcome.reason):
                    self._refused(agency, rejects, row)
        self.tally.rows += reading.report.rows - reading.report.not_selected
        self.tally.tables.append({"agency": agency.slug, "table": table, **reading.report.as_json()})
        self.tell(f"{agency.slug}: {mapping.name}: {self.tally.emitted - before} events emitted")
