"""Turns the memorandum's obligations and findings into what is judged in each event, and rows that queries compute with.

What an event promises and may answer is judged as it is projected (accord.projection.promises). Two kinds of row
are written beside it as well: `reference` (what joins files) and `mark` (values that a query tests: who is let
in, what a finding misses). Which fields those are is decided here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from accord.domain import ROLES, WATCHING
from accord.memorandum import Memorandum
from accord.projection import involvement
from accord.projection.promises import Answer, Promise, Test
from accord.schema import Vocabulary

_MICROS = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}


class Condition(Protocol):
    """One condition of an obligation: the field has one of these values, or is present."""

    @property
    def field(self) -> str: ...
    @property
    def any_of(self) -> tuple[str | bool, ...] | None: ...


@dataclass
class Followed:
    """What is judged in one kind of event, and which of its fields are written to `reference` and `mark`; lacking: marked
    where not stated.
    """

    promises: list[Promise] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    reference: set[str] = field(default_factory=set)
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
            _owed_by_every(one, rules, reading)
        else:
            _obligation(one, rules, reading, holders)
    for finding in memorandum.findings:
        for name in finding.lacks:
            row = {"finding": finding.id, "kind": finding.event, "field": name, "fields": len(finding.lacks)}
            rules.finding.append({**row, "clause": finding.clause})
            _follow(rules, finding.event).lacking.add(name)
    for kind, name in _joining(vocabulary):
        _follow(rules, kind).reference.add(name)
    return rules


def _joining(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """The references by which files are joined: a referral taken in, and an order named."""
    yield "ReferralAccepted", "referral"
    for kind, spec in vocabulary.events.items():
        if spec.file_class == "order" and "order" in spec.names:
            yield kind, "order"


def _follow(rules: Rules, kind: str) -> Followed:
    return rules.follow.setdefault(kind, Followed())


def _obligation(one: Any, rules: Rules, reading: Reading, holders: Mapping[str, str]) -> None:
    """One obligation: its row, and what is judged in its trigger and in each response."""
    owner_kind, owner = _owner(one.owner, holders)
    seen = own_seen = True
    for kind in one.response:
        needed = _response(one, kind, rules, reading.vocabulary)
        seen &= reading.shown(kind, needed)
        own_seen &= reading.published(kind, needed)
    _promise(one, rules, reading.vocabulary, owner_kind, owner)
    _rule(one, rules, seen, own_seen)


def _promise(one: Any, rules: Rules, vocabulary: Vocabulary, owner_kind: str, owner: str | None) -> None:
    """What is judged in a trigger; the row of the rule itself comes after."""
    via, days = one.of or one.or_of, one.within.count if one.within.unit == "d" else None
    _follow(rules, one.trigger).promises.append(
        Promise(
            rule=len(rules.rule),
            when=_tests(one.when, one.trigger, vocabulary),
            owner_kind=owner_kind,
            owner=owner,
            early=one.early,
            clock=one.clock or "",
            days=days,
            micros=None if days is not None else one.within.count * _MICROS[one.within.unit],
            direct=one.of is None and "file" not in one.on,
            cites=((via, _many(one.trigger, via, vocabulary)),) if via else (),
            same_file="file" in one.on,
        )
    )


def _rule(one: Any, rules: Rules, seen: bool = False, own_seen: bool = False) -> None:
    """The row of one obligation."""
    days = one.within.count if one.within.unit == "d" else None
    rules.rule.append(
        {
            "number": len(rules.rule),
            "rule": one.id,
            "trigger_kind": one.trigger,
            "of_another": int(one.of is not None),
            "within_days": days,
            "within_micros": None if days is not None else one.within.count * _MICROS[one.within.unit],
            "clause": one.clause,
            "why": one.why,
            "seen": int(seen),
            "own_seen": int(own_seen),
        }
    )


def _owed_by_every(one: Any, rules: Rules, reading: Reading) -> None:
    """A promise of every agency, answered by entries that do not exist yet: each of its triggers shows as not computed."""
    lacking = [kind for kind in one.response if kind not in reading.vocabulary.events]
    rules.not_computable[one.id] = (
        f"no log holds {' or '.join(lacking)} entries in this version"
        if lacking
        else "what every agency owes by itself is not told apart"
    )
    _promise(one, rules, reading.vocabulary, "every", None)
    _rule(one, rules)


def _involvement(one: Any, rules: Rules, reading: Reading) -> None:
    """The promise to let in whoever a rule makes part of a case: computed by those who see every grant."""
    if reading.role not in WATCHING:
        rules.not_computable[one.id] = "only the coordinating agency and the auditor see every grant"
        return
    _rule(one, rules, seen=True, own_seen=True)
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
    """What is judged in one kind of response; returns the fields that a reader needs to recognise it."""
    names = set(vocabulary.events[kind].names)
    tested = [condition for condition in one.response_when if condition.field in names]
    when = _tests(tested, kind, vocabulary)
    for name in one.on:
        if name in names or name == "file":
            answer = Answer(len(rules.rule), name, _many(kind, name, vocabulary), when)
            _follow(rules, kind).answers.append(answer)
    return {condition.field for condition in tested} | {name for name in one.on if name in names}


def _many(kind: str, name: str, vocabulary: Vocabulary) -> bool:
    return name != "file" and vocabulary.events[kind].field(name).spec.type == "events"


def _tests(conditions: Iterable[Condition], kind: str, vocabulary: Vocabulary) -> tuple[Test, ...]:
    spec = vocabulary.events[kind]
    return tuple(
        Test(
            one.field,
            spec.field(one.field).spec.type,
            None if one.any_of is None else frozenset(_text(value) for value in one.any_of),
        )
        for one in conditions
    )


def _text(value: str | bool) -> str:
    return value if isinstance(value, str) else "true" if value else "false"
