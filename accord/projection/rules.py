"""Turns the memorandum's obligations and findings into rows that one query computes with.

Three kinds of row are written beside each event so that the query needs no table of any one kind:
`reference` (what a response cites), `cited` (what a trigger itself cites, for `of` and `or_of`) and `mark`
(values that are tested: conditions, an owner's field, a clock). Which fields those are is decided here,
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from accord.domain import ROLES
from accord.memorandum import Memorandum
from accord.schema import Vocabulary

_JOINING = (("ReferralAccepted", "referral"), ("CaseLinked", "other_event"), ("CaseUnlinked", "other_event"))
_MICROS = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}


class Condition(Protocol):
    """One condition of an obligation: the field has one of these values, or is present."""

    @property
    def field(self) -> str: ...
    @property
    def any_of(self) -> tuple[str | bool, ...] | None: ...


@dataclass
class Followed:
    """Which fields of one kind of event are written to `reference`, `cited` and `mark`; lacking: marked
    where not stated.
    """

    reference: set[str] = field(default_factory=set)
    cited: set[str] = field(default_factory=set)
    marked: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)


@dataclass
class Rules:
    """The rows of rule, rule_response, rule_condition and finding, and what to follow in each kind.

    `elsewhere` names the obligations that no projection of events can compute: their triggers or answers
    are acts of the exchange itself (grants, attestations), whose owner is every agency.
    """

    rule: list[dict[str, Any]] = field(default_factory=list)
    rule_response: list[dict[str, Any]] = field(default_factory=list)
    rule_condition: list[dict[str, Any]] = field(default_factory=list)
    finding: list[dict[str, Any]] = field(default_factory=list)
    follow: dict[str, Followed] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()


class Reading:
    """What one role reads of each kind: as entitled, and as a publisher of the kind itself."""

    def __init__(self, role: str, memorandum: Memorandum, vocabulary: Vocabulary) -> None:
        self.role, self.memorandum, self.vocabulary = role, memorandum, vocabulary

    def shown(self, kind: str, fields: Iterable[str]) -> bool:
        """Whether the role reads these fields in every event of the kind in its cases."""
        readers = self.memorandum.header(kind).roles
        return self.role in readers and set(fields) <= self.memorandum.shown(self.role, kind)

    def published(self, kind: str, fields: Iterable[str]) -> bool:
        """Whether the role reads these fields at least in its own events."""
        return kind in self.memorandum.publishes(self.role) or self.shown(kind, fields)


def compile_rules(role: str, memorandum: Memorandum, vocabulary: Vocabulary) -> Rules:
    """The obligations and findings of a memorandum, as this role can compute them."""
    rules, reading = Rules(), Reading(role, memorandum, vocabulary)
    holders = {agency.role: slug for slug, agency in memorandum.agencies.items()}
    elsewhere = []
    for one in memorandum.obligations:
        if one.owner == "every" or one.trigger not in vocabulary.events:
            elsewhere.append(one.id)
        else:
            _obligation(one, rules, reading, holders)
    for finding in memorandum.findings:
        for name in finding.lacks:
            row = {"finding": finding.id, "kind": finding.event, "field": name, "fields": len(finding.lacks)}
            rules.finding.append({**row, "clause": finding.clause})
            _follow(rules, finding.event).lacking.add(name)
    for kind, name in _JOINING:
        _follow(rules, kind).reference.add(name)
    rules.elsewhere = tuple(elsewhere)
    return rules


def _follow(rules: Rules, kind: str) -> Followed:
    return rules.follow.setdefault(kind, Followed())


def _obligation(one: Any, rules: Rules, reading: Reading, holders: Mapping[str, str]) -> None:
    """One obligation: its row, its conditions, its responses, and the fields to follow."""
    trigger = _follow(rules, one.trigger)
    trigger.marked |= {condition.field for condition in one.when}
    owner_kind, owner = _owner(one.owner, holders)
    if owner_kind == "field":
        trigger.marked.add(one.owner)
    if one.clock:
        trigger.marked.add(one.clock)
    via = one.of or one.or_of or ""
    if via:
        trigger.cited.add(via)
    seen = own_seen = True
    for kind in one.response:
        needed = _response(one, kind, rules, reading.vocabulary)
        seen &= reading.shown(kind, needed)
        own_seen &= reading.published(kind, needed)
    _conditions(one.id, "", one.when, rules)
    days = one.within.count if one.within.unit == "d" else None
    rules.rule.append(
        {
            "rule": one.id,
            "trigger_kind": one.trigger,
            "owner_kind": owner_kind,
            "owner": owner,
            "via": via,
            "or_itself": int(one.or_of is not None),
            "early": int(one.early),
            "clock": one.clock or "",
            "within_days": days,
            "within_micros": None if days is not None else one.within.count * _MICROS[one.within.unit],
            "conditions": len(one.when),
            "clause": one.clause,
            "why": one.why,
            "seen": int(seen),
            "own_seen": int(own_seen),
        }
    )


def _owner(owner: str, holders: Mapping[str, str]) -> tuple[str, str | None]:
    if owner == "publisher":
        return "publisher", None
    if owner in ROLES:
        return "agency", holders.get(owner)
    return "field", owner


def _response(one: Any, kind: str, rules: Rules, vocabulary: Vocabulary) -> set[str]:
    """The rows for one kind of response; returns the fields that a reader needs to recognise it."""
    names = set(vocabulary.events[kind].names)
    tested = [condition for condition in one.response_when if condition.field in names]
    _conditions(one.id, kind, tested, rules)
    follow = _follow(rules, kind)
    follow.marked |= {condition.field for condition in tested}
    cites = [name for name in one.on if name in names or name == "file"]
    follow.reference |= {name for name in cites if name != "file"}
    for name in cites:
        rules.rule_response.append({"rule": one.id, "kind": kind, "field": name, "conditions": len(tested)})
    return {condition.field for condition in tested} | {name for name in cites if name != "file"}


def _conditions(rule: str, kind: str, conditions: Iterable[Condition], rules: Rules) -> None:
    for number, condition in enumerate(conditions):
        values = ("*",) if condition.any_of is None else condition.any_of
        for value in values:
            text = ("true" if value else "false") if isinstance(value, bool) else value
            rules.rule_condition.append(
                {"rule": rule, "kind": kind, "number": number, "field": condition.field, "value": text}
            )
