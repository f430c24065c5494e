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

from accord.domain import ROLES, WATCHING
from accord.memorandum import Memorandum
from accord.projection import involvement
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
    """The rows that the memorandum gives to the tables of these names, and what to follow in each
    kind.

    `not_computable` names the obligations that this role, or this version of the software, cannot compute, or can only in
    part, each with the reason.
    """

    rule: list[dict[str, Any]] = field(default_factory=list)
    rule_response: list[dict[str, Any]] = field(default_factory=list)
    rule_condition: list[dict[str, Any]] = field(default_factory=list)
    finding: list[dict[str, Any]] = field(default_factory=list)
    involvement: list[dict[str, Any]] = field(default_factory=list)
    involvement_until: list[dict[str, Any]] = field(default_factory=list)
    follow: dict[str, Followed] = field(default_factory=dict)
    not_computable: dict[str, str] = field(default_factory=dict)


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
    for one in memorandum.obligations:
        if one.trigger == involvement.TRIGGER:
            _involvement(one, rules, reading)
        elif one.owner == "every":
            _owed_by_every(one, rules, vocabulary)
        else:
            _obligation(one, rules, reading, holders)
    for finding in memorandum.findings:
        for name in finding.lacks:
            row = {"finding": finding.id, "kind": finding.event, "field": name, "fields": len(finding.lacks)}
            rules.finding.append({**row, "clause": finding.clause})
            _follow(rules, finding.event).lacking.add(name)
    for kind, name in _JOINING:
        _follow(rules, kind).reference.add(name)
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
    _rule(one, rules, owner_kind, owner, via, seen, own_seen)


def _rule(
    one: Any,
    rules: Rules,
    owner_kind: str,
    owner: str | None = None,
    via: str = "",
    seen: bool = False,
    own_seen: bool = False,
) -> None:
    """The row of one obligation, and those of its conditions on the trigger."""
    number = len(rules.rule)
    _conditions(number, "", one.when, rules)
    days = one.within.count if one.within.unit == "d" else None
    rules.rule.append(
        {
            "number": number,
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


def _owed_by_every(one: Any, rules: Rules, vocabulary: Vocabulary) -> None:
    """A promise of every agency, answered by entries that do not exist yet: each of its triggers shows as not computed."""
    _rule(one, rules, "every")
    _follow(rules, one.trigger).marked |= {condition.field for condition in one.when}
    lacking = [kind for kind in one.response if kind not in vocabulary.events]
    rules.not_computable[one.id] = (
        f"no log holds {' or '.join(lacking)} entries in this version"
        if lacking
        else "what every agency owes by itself is not told apart"
    )


def _involvement(one: Any, rules: Rules, reading: Reading) -> None:
    """The promise to let in whoever a rule makes part of a case: computed by those who see every grant."""
    if reading.role not in WATCHING:
        rules.not_computable[one.id] = "only the coordinating agency and the auditor see every grant"
        return
    _rule(one, rules, "publisher", seen=True, own_seen=True)
    rules.involvement, rules.involvement_until, unread = involvement.rows(
        reading.memorandum, reading.published
    )
    for row in rules.involvement:
        if row["field"]:
            _follow(rules, row["kind"]).marked.add(row["field"])
    if unread:
        rules.not_computable[one.id] = f"in part: this role does not read {', '.join(unread)}"


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
    number = len(rules.rule)  # the row of the rule itself comes last
    _conditions(number, kind, tested, rules)
    follow = _follow(rules, kind)
    follow.marked |= {condition.field for condition in tested}
    cites = [name for name in one.on if name in names or name == "file"]
    follow.reference |= {name for name in cites if name != "file"}
    for name in cites:
        rules.rule_response.append({"rule": number, "kind": kind, "field": name, "conditions": len(tested)})
    return {condition.field for condition in tested} | {name for name in cites if name != "file"}


def _conditions(rule: int, kind: str, conditions: Iterable[Condition], rules: Rules) -> None:
    for number, condition in enumerate(conditions):
        values = ("*",) if condition.any_of is None else condition.any_of
        for value in values:
            text = ("true" if value else "false") if isinstance(value, bool) else value
            rules.rule_condition.append(
                {"rule": rule, "kind": kind, "number": number, "field": condition.field, "value": text}
            )
