"""The query of all obligations beside a plain computation: small worlds with
corrections, voids, late keys, seals, and every time of asking.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from accord.projection import Views, visible
from accord.projection.calendar import starts_at
from accord.projection.values import instant
from accord.seal import LogHead, OpenedEvent
from tests.projection_world import (
    DAY,
    HOUR,
    START,
    World,
    agency_of,
    at,
    feed,
    memorandum,
    opened_for,
    projection,
    vocabulary,
)

ROLES = ("coordinator", "court", "law_enforcement", "auditor")
SILENT = "police"  # the log of which nothing was heard lately
HEARD = at(START + 20)
CALLED = ("due", "overdue", "late", "silent")


# ---- Small worlds ----


@cache
def looked_for() -> dict[str, tuple[str | bool, ...]]:
    """Every field that a condition looks at, with the values that it looks for."""
    found: dict[str, tuple[str | bool, ...]] = {}
    for one in memorandum().obligations:
        for condition in (*one.when, *one.response_when):
            found[condition.field] = found.get(condition.field, ()) + (condition.any_of or ())
    return found


def small_world(chance: random.Random) -> list[OpenedEvent]:
    """Events of the kinds of a few obligations, and voids."""
    chosen = chance.sample(memorandum().obligations, chance.randrange(1, 3))
    known = {kind for one in chosen for kind in (one.trigger, *one.response)} & set(vocabulary().events)
    world = World()
    for _ in range(chance.randrange(2, 14)):
        _act(world, chance, [*sorted(known), "EventVoided"])
    return world.acts


def _act(world: World, chance: random.Random, kinds: list[str]) -> None:
    kind, said = chance.choice(kinds), world.acts
    old = chance.choice(said) if said and (kind == "EventVoided" or chance.random() < 0.2) else None
    if old is not None and kind != "EventVoided":
        kind = old.kind
    spec = vocabulary().events[kind]
    origin = old.origin if old is not None else agency_of(chance.choice(sorted(spec.publishers)))
    values = {one.spec.name: _value(one.spec, said, chance) for one in spec.fields}
    on, hour = START + chance.randrange(10), chance.choice((None, None, 3, 20))
    made = world.act(
        origin,
        kind,
        chance.randrange(2),
        on=on,
        hour=hour,
        recorded=at(on, 23) + chance.randrange(6) * DAY // 2,
        supersedes=old,
        **values,
    )
    if old is not None and chance.random() < 0.9:
        made.file, made.file_class = old.file, old.file_class


def _value(spec: Any, said: list[OpenedEvent], chance: random.Random) -> Any:
    if spec.type in ("event", "events"):
        fitting = [one for one in said if not spec.kinds or one.kind in spec.kinds]
        chosen = chance.sample(fitting, min(len(fitting), chance.choice((0, 1, 1, 1, 2, 3))))
        if spec.type == "events":
            return sorted({one.event_id for one in chosen})
        return chosen[0].event_id if chosen else None
    if spec.name in looked_for():
        wanted = looked_for()[spec.name] or ("another",)
        value = chance.choice((*wanted, *wanted, "another", None))
        if spec.type == "bool":
            return value if isinstance(value, bool) else None
        return value if spec.type == "code" else [] if value is None else [value]
    if spec.type == "agency":
        return chance.choice((*memorandum().agencies, None))
    return START + chance.randrange(5) if spec.type == "date" and chance.random() < 0.7 else None


# ---- The plain computation ----


class Plain:
    """What one role has opened, and the obligations over it, one after the other."""

    def __init__(self, role: str, events: list[OpenedEvent], as_of: int, sealed: set[bytes]) -> None:
        self.role, self.agency, self.as_of = role, agency_of(role), as_of
        self.all = events
        self.chains = self._chains()
        self.open = [one for one in events if one.file not in sealed]
        self.live = [one for one in self.open if one.recorded_at <= as_of and not self.gone(one)]

    def _chains(self) -> dict[bytes, bytes]:
        """The first event of every event's chain of corrections."""
        by_id = {one.event_id: one for one in self.all}
        first: dict[bytes, bytes] = {}
        for one in sorted(self.all, key=lambda one: (one.origin, one.index)):
            old = by_id.get(one.supersedes or b"")
            holds = (
                old is not None
                and (old.origin, old.file) == (one.origin, one.file)
                and old.index < one.index
                and one.kind in (old.kind, "EventVoided")
            )
            first[one.event_id] = first[old.event_id] if holds and old is not None else one.event_id
        return first

    def act(self, event: bytes) -> set[bytes]:
        """Every form of an act."""
        chain = self.chains.get(event, event)
        return {other for other, first in self.chains.items() if first == chain} | {event}

    def gone(self, one: OpenedEvent) -> bool:
        return any(
            later.index > one.index and later.recorded_at <= self.as_of
            for later in self.all
            if self.chains[later.event_id] == self.chains[one.event_id]
        )

    def values(self, one: OpenedEvent) -> dict[str, Any]:
        seen = visible(self.role, one.kind, memorandum(), vocabulary())
        return {name: value for name, value in one.values.items() if name in seen}

    def span(self, one: OpenedEvent) -> tuple[int, int]:
        moment = self.values(one).get("occurred_at")
        return (moment, moment) if moment is not None else (_starts(one.occurred_on), _ends(one.occurred_on))

    def holds(self, condition: Any, one: OpenedEvent) -> bool | None:
        values = self.values(one)
        if condition.field not in values:
            return None
        said = values[condition.field]
        several = said if isinstance(said, list) else [] if said is None else [said]
        return bool(several) if condition.any_of is None else bool(set(several) & set(condition.any_of))

    def rows(self) -> Iterator[dict[str, Any]]:
        for rule in memorandum().obligations:
            for one in self.live:
                if one.kind == rule.trigger:
                    met = [self.holds(condition, one) for condition in rule.when]
                    if False not in met:
                        yield self.row(rule, one, None in met)

    def row(self, rule: Any, one: OpenedEvent, unread: bool) -> dict[str, Any]:
        owner, due = self.owner(rule, one), self.due(rule, one)
        answers = sorted(self.answers(rule, one))
        first = answers[0] if answers else None
        return {
            "rule": rule.id,
            "clause": rule.clause,
            "why": rule.why,
            "event": one.event_id.hex(),
            "origin": one.origin,
            "file": one.file.hex(),
            "owner": owner,
            "due": None if due is None else instant(due),
            "response": first[2] if first else None,
            "matched_on": first[3] if first else None,
            "state": self.state(rule, one, unread, owner, due, first),
        }

    def owner(self, rule: Any, one: OpenedEvent) -> str | None:
        if rule.owner in ("publisher", "every"):
            return one.origin if rule.owner == "publisher" else None
        holders = {agency.role: slug for slug, agency in memorandum().agencies.items()}
        named: str | None = holders.get(rule.owner) or self.values(one).get(rule.owner)
        return named

    def due(self, rule: Any, one: OpenedEvent) -> int | None:
        day = self.values(one).get(rule.clock) if rule.clock else one.occurred_on
        if day is None:
            return None
        if rule.within.unit == "d":
            return _ends(day + rule.within.count)
        start = _ends(day) if rule.clock else self.span(one)[1]
        return start + int(rule.within.count) * HOUR

    def answers(self, rule: Any, one: OpenedEvent) -> Iterator[tuple[int, int, str, str]]:
        """(earliest, latest, event, field) of everything that answers one promise."""
        cited = set() if rule.of else self.act(one.event_id)
        via = self.values(one).get(rule.of or rule.or_of or "")
        for target in via if isinstance(via, list) else [via] if via else []:
            cited |= self.act(target)
        for response in self.live:
            names = vocabulary().events[response.kind].names
            if response.kind not in rule.response or (
                not rule.early and self.span(response)[1] < self.span(one)[0]
            ):
                continue
            if all(self.holds(test, response) for test in rule.response_when if test.field in names):
                for name in rule.on:
                    if self.cites(name, response, one, cited):
                        yield (*self.span(response), response.event_id.hex(), name)

    def cites(self, name: str, response: OpenedEvent, one: OpenedEvent, cited: set[bytes]) -> bool:
        if name == "file":
            return (response.origin, response.file) == (one.origin, one.file)
        said = self.values(response).get(name)
        return bool(cited & set(said if isinstance(said, list) else [said] if said else []))

    def state(
        self, rule: Any, one: OpenedEvent, unread: bool, owner: str | None, due: int | None, first: Any
    ) -> str:
        if unread or due is None or owner is None:
            return "cannot be computed"
        if first and first[0] <= due:
            return "kept"
        if not self.computes(rule, owner) or (rule.of and not self.values(one).get(rule.of)):
            return "cannot be computed"
        if first:
            return "late"
        if due >= self.as_of:
            return "open" if due >= self.as_of + DAY else "due"
        return "silent" if owner == SILENT or self.as_of - DAY > HEARD else "overdue"

    def computes(self, rule: Any, owner: str) -> bool:
        """Whether this role reads what it needs of each response; of its own, it reads all."""
        for kind in rule.response:
            names = vocabulary().events[kind].names
            needed = {name for name in rule.on if name in names}
            needed |= {test.field for test in rule.response_when if test.field in names}
            shown = self.role in memorandum().header(kind).roles and needed <= memorandum().shown(
                self.role, kind
            )
            if not shown and not (owner == self.agency and kind in memorandum().publishes(self.role)):
                return False
        return True


def _starts(day: int) -> int:
    return starts_at(day, memorandum().timezone)


def _ends(day: int) -> int:
    return _starts(day + 1) - 1


# ---- Both ----


def arrivals(chance: random.Random, agency: str, acts: list[OpenedEvent]) -> list[Any]:
    """Every event once whole, some before or after that in parts, some only in parts that make a whole; in any order."""
    items: list[Any] = []
    for one in acts:
        mask = chance.randrange(256)
        parts = [opened_for(agency, one, mask), opened_for(agency, one, ~mask)]
        items += parts if chance.random() < 0.5 else [opened_for(agency, one)]
        items += parts[:1] if chance.random() < 0.2 else []
    if chance.random() < 0.7:
        chance.shuffle(items)
    heads = [LogHead(slug, 99, HEARD) for slug in memorandum().agencies if slug != SILENT]
    return [*items, *heads]


def said_by(views: Views, as_of: int) -> list[dict[str, Any]]:
    return sorted(views.obligations(as_of), key=_key)


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["event"], row["rule"]


@settings(max_examples=150, deadline=None)
@given(chance=st.randoms(use_true_random=False), role=st.sampled_from(ROLES), hours=st.integers(0, 30 * 24))
def test_the_query_says_what_a_plain_computation_says(chance: random.Random, role: str, hours: int) -> None:
    agency, as_of, acts = agency_of(role), at(START) + hours * HOUR, small_world(chance)
    opened = [opened_for(agency, one) for one in acts]
    target = projection(role)
    items = arrivals(chance, agency, acts)
    sealed: set[bytes] = set()
    cut = chance.randrange(len(items) + 1)
    feed(target, items[:cut], chance.randrange(1, 9))
    if chance.random() < 0.3:
        shut = chance.choice(acts)
        target.seal([(shut.origin, shut.file)], "sealed", b"\1" * 16, as_of)
        sealed = {shut.file}
    feed(target, items[cut:], chance.randrange(1, 9))
    if sealed:
        assert said_by(Views(target), as_of) == sorted(Plain(role, opened, as_of, sealed).rows(), key=_key)
        target.unseal([(one.origin, one.file) for one in acts if one.file in sealed])
        emptied = [
            replace(one, values={}) if one.file in sealed else one for one in opened
        ]  # until they come again
        assert said_by(Views(target), as_of) == sorted(Plain(role, emptied, as_of, set()).rows(), key=_key)
        feed(target, items, 5)
    views, expected = Views(target), sorted(Plain(role, opened, as_of, set()).rows(), key=_key)
    assert said_by(views, as_of) == expected
    assert_summed_up(views, as_of, expected)
    for origin, file in {(one.origin, one.file) for one in acts if one.recorded_at <= as_of}:
        of_file = [row for row in expected if row["file"] == file.hex()]
        found = [
            row for row in views.case(file.hex(), as_of, origin)["obligations"] if row["origin"] == origin
        ]
        assert sorted((row for row in found if row["file"] == file.hex()), key=_key) == of_file


def assert_summed_up(views: Views, as_of: int, expected: list[dict[str, Any]]) -> None:
    """`overdue` names those that call for somebody, and counts all."""
    report = views.overdue(as_of)
    granting = views.involvements(as_of)
    called = [row for row in report["obligations"] if "recipient" not in row]
    assert sorted(called, key=_key) == [row for row in expected if row["state"] in CALLED]
    assert sorted(views.owed(as_of), key=_key) == sorted(called, key=_key)
    assert report["states"] == dict(sorted(Counter(row["state"] for row in [*expected, *granting]).items()))
    unknown = Counter(row["rule"] for row in expected if row["state"] == "cannot be computed")
    assert report["not_computed"] == dict(sorted(unknown.items()))
