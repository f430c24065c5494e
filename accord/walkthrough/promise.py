"""The memorandum's obligations over the acts of the county, as the coordinating agency reckons them.

This is not the projection's query: it is a few lines that decide on which day an invented advocate's office
would ask. Promises about grants and keys are left to the exchange itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from accord.walkthrough.act import Act, Ref


@dataclass(frozen=True, slots=True)
class Promise:
    """One obligation: see the head of memorandum.toml for what each word means."""

    id: str
    trigger: str
    when: tuple[Mapping[str, Any], ...]
    owner: str
    responses: frozenset[str]
    response_when: tuple[Mapping[str, Any], ...]
    on: tuple[str, ...]
    of: tuple[str, ...]
    early: bool
    clock: str | None
    within: str

    @classmethod
    def concerns_events(cls, row: Mapping[str, Any]) -> bool:
        """Whether trigger and responses are events; grants and attestations of keys are not."""
        return "because" not in _names(row["on"])

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Promise:
        """From one [[obligation]] table."""
        of = tuple(_names(row.get("of", [])) + _names(row.get("or_of", [])))
        return cls(
            id=row["id"],
            trigger=row["trigger"],
            when=tuple(row.get("when", ())),
            owner=row["owner"],
            responses=frozenset(row["response"]),
            response_when=tuple(row.get("response_when", ())),
            on=tuple(_names(row["on"])),
            of=of if "of" in row else ("", *of),
            early=row.get("early", False),
            clock=row.get("clock"),
            within=row["within"],
        )

    def due(self, trigger: Act, timezone: ZoneInfo) -> dt.datetime:
        """The end of the time allowed: hours from the minute, or whole days to the end of the local day."""
        if self.within.endswith("h") and "occurred_at" in trigger.fields:
            return trigger.occurred + dt.timedelta(hours=int(self.within[:-1]))
        days = int(self.within[:-1]) if self.within.endswith("d") else -(-int(self.within[:-1]) // 24)
        start = trigger.fields[self.clock] if self.clock else trigger.occurred.astimezone(timezone).date()
        return dt.datetime.combine(start + dt.timedelta(days=days + 1), dt.time(), timezone).astimezone(
            dt.UTC
        )

    def asks(self, act: Act) -> bool:
        """Whether the act starts this clock."""
        return act.kind == self.trigger and all(_holds(rule, act) for rule in self.when)

    def owed_by(self, trigger: Act, publishers: Mapping[str, str]) -> str:
        """The agency that must respond."""
        if self.owner == "publisher":
            return trigger.agency
        if self.owner in publishers:
            return publishers[self.owner]
        return str(trigger.fields.get(self.owner, ""))


@dataclass(eq=False, slots=True)
class Due:
    """One promise to be kept: what started it, who owes it, until when, and when it was kept."""

    promise: Promise
    trigger: Act
    owner: str
    due: dt.datetime
    kept: dt.datetime | None


def reckon(
    promises: Iterable[Promise], acts: list[Act], timezone: ZoneInfo, publishers: Mapping[str, str]
) -> list[Due]:
    """Every promise that the acts start, in the order of promises and acts."""
    voids = [act for act in acts if act.kind == "EventVoided"]
    voided = {id(ref.target) for act in voids for _, ref in act.references()}
    acts = [act for act in acts if id(act) not in voided]
    citing: dict[int, list[tuple[str, Act]]] = {}
    matters: dict[str, list[Act]] = {}
    for act in acts:
        matters.setdefault(act.subject, []).append(act)
        for name, ref in act.references():
            citing.setdefault(id(ref.target), []).append((name, act))
    found = []
    for promise in promises:
        for act in acts:
            starts = (
                promise.asks(act) and "supersedes" not in act.fields
            )  # a correction starts no second clock
            owner = promise.owed_by(act, publishers) if starts else ""
            if owner:
                answers = _answers(promise, act, citing, matters)
                found.append(Due(promise, act, owner, promise.due(act, timezone), min(answers, default=None)))
    return found


def _answers(
    promise: Promise,
    trigger: Act,
    citing: Mapping[int, list[tuple[str, Act]]],
    matters: Mapping[str, list[Act]],
) -> list[dt.datetime]:
    """When each response that counts was recorded."""
    if promise.on == ("file",):
        candidates = [("file", act) for act in matters[trigger.subject] if act.agency == trigger.agency]
    else:
        candidates = [pair for target in _targets(promise, trigger) for pair in citing.get(id(target), [])]
    taken = promise.responses == {"ReferralAccepted"}
    return [
        act.recorded
        for name, act in candidates
        if (
            taken and act.agency != trigger.agency
        )  # the gateway sends the acceptance with the first such event
        or (act.kind in promise.responses and name in promise.on and _all_hold(promise, act))
    ]


def _targets(promise: Promise, trigger: Act) -> list[Act]:
    named = [value.target for name in promise.of if isinstance(value := trigger.fields.get(name), Ref)]
    return [trigger, *named] if "" in promise.of else named


def _all_hold(promise: Promise, act: Act) -> bool:
    return all(rule["field"] not in act.fields or _holds(rule, act) for rule in promise.response_when)


def _holds(rule: Mapping[str, Any], act: Act) -> bool:
    value = act.fields.get(rule["field"])
    if "present" in rule:
        return bool(value) is bool(rule["present"])
    values = value if isinstance(value, list) else [value]
    return any(one in values for one in rule["any_of"])


def _names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
