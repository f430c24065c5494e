"""Who is part of which file of the county, reckoned naively from the memorandum's involvement rules.

Ends of involvement are left out: this asks only whether a door was ever opened. Handshakes that the gateway
sends by itself are reckoned too: a charge is referred to its court, conditions and sentences to those named,
and the first act that cites the other's file accepts.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from accord.schema import own_vocabulary
from accord.walkthrough import Step

File = tuple[str, str]


def settled(steps: Sequence[Step]) -> list[Step]:
    """The hand-ins in the order in which they can be taken: what cites a late publication waits for it."""
    taken: dict[tuple[str, str], dt.datetime] = {}
    left = list(steps)
    while left:
        for step in left:
            cited = [taken.get((cite.source, cite.id)) for cite in step.cites]
            if None not in cited:
                taken[step.submission.source, step.submission.id] = max([step.at, *filter(None, cited)])
        left = [step for step in left if (step.submission.source, step.submission.id) not in taken]
    return sorted(steps, key=lambda step: taken[step.submission.source, step.submission.id])


class Door(NamedTuple):
    """An agency's way into a file, or into what is joined with it and published by some roles."""

    anchor: File
    opens: str | list[str]
    since: int
    history: str


class Involvement:
    """Every door of the county, and which case files are joined."""

    def __init__(self, steps: Sequence[Step], agreement: dict[str, Any]) -> None:
        self._steps = steps
        self._rules = agreement["involvement"]
        self._roles = {agency["slug"]: agency["role"] for agency in agreement["agency"]}
        self._places = {(s.submission.source, s.submission.id): n for n, s in enumerate(steps)}
        self._doors: dict[str, list[Door]] = defaultdict(list)
        self._joined: dict[File, File] = {}
        self._referred: set[tuple[File, str]] = set()
        self._accepted: set[tuple[File, File]] = set()
        for n, step in enumerate(steps):
            self._take(n, step)

    def admits(self, agency: str, n: int) -> bool:
        """Whether the agency's doors lead to the n-th hand-in."""
        file = self._file(n)
        return any(self._leads(door, file, n) for door in self._doors[agency])

    def _leads(self, door: Door, file: File, n: int) -> bool:
        if door.opens == "file":
            through = file == door.anchor
        else:
            through = self._root(file) == self._root(door.anchor) and self._roles[file[0]] in door.opens
        return through and (door.history == "all" or n >= door.since)

    def _take(self, n: int, step: Step) -> None:
        kind, data = step.submission.type, step.submission.data
        self._accept(n, step)
        if kind != "ReferralAccepted":
            self._open(kind, n, step.agency, data)
        for named in self._sent(kind, data):
            self._referred.add((self._file(n), named))
            self._open("CaseReferred", n, step.agency, {"to_agency": named})

    def _sent(self, kind: str, data: dict[str, Any]) -> Iterator[str]:
        if kind == "CaseReferred":
            yield data["to_agency"]
        if kind == "ChargeFiled":
            yield "court"
        if kind in ("SentenceImposed", "ReleaseConditionsSet"):
            yield from (data[name] for name in ("supervised_by", "program_by") if name in data)

    def _accept(self, n: int, step: Step) -> None:
        file = self._file(n)
        for cite in step.cites:
            other = self._file(self._places[cite.source, cite.id])
            fresh = (other, file) not in self._accepted
            if fresh and self._is_case(n) and (other, step.agency) in self._referred:
                self._accepted.add((other, file))
                self._join(other, file)
                self._open("ReferralAccepted", n, step.agency, {"from_agency": other[0]})

    def _join(self, one: File, other: File) -> None:
        if self._root(one) != self._root(other):
            self._joined[self._root(one)] = self._root(other)

    def _open(self, kind: str, n: int, publisher: str, data: dict[str, Any]) -> None:
        for rule in self._rules:
            if kind in _list(rule["event"]) and {self._roles[publisher], "any"} & {*_list(rule["by"])}:
                for word in _list(rule["agency"]):
                    agency = word if word in self._roles else data.get(word)
                    wanted = _list(rule.get("role", [self._roles.get(agency or "")]))
                    if agency and agency != publisher and self._roles[agency] in wanted:
                        self._doors[agency].append(Door(self._file(n), rule["opens"], n, rule["history"]))

    def _is_case(self, n: int) -> bool:
        return own_vocabulary().events[self._steps[n].submission.type].file_class == "case"

    def _file(self, n: int) -> File:
        return self._steps[n].agency, self._steps[n].submission.subject

    def _root(self, file: File) -> File:
        while (above := self._joined.get(file, file)) != file:
            file = above
        return file


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
