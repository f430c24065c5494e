"""Grants that are owed across joined files, in any net of referrals: each since the first way on which files were joined."""

from __future__ import annotations

import random
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from accord.projection import Views
from accord.projection.values import instant
from accord.seal import OpenedEvent
from tests.projection_world import HOUR, START, World, at, memorandum, read_as

AGENCIES = ("police", "prosecutor", "court")
File = tuple[str, str]


def net(chance: random.Random) -> World:
    """Referrals between a few files of three agencies, taken in again and again, corrected and voided, at any times."""
    world = World()
    referrals: list[OpenedEvent] = []
    for _ in range(chance.randrange(4, 22)):
        here, there = chance.sample(AGENCIES, 2)
        recorded = at(START) + chance.randrange(40) * HOUR
        fitting = [one for one in referrals if one.values["to_agency"] == here]
        if fitting and chance.random() < 0.6:
            one = chance.choice(fitting)
            act = world.act(
                here,
                "ReferralAccepted",
                chance.randrange(3),
                recorded=recorded,
                referral=one,
                from_agency=one.origin,
            )
        else:
            act = world.act(here, "CaseReferred", chance.randrange(3), recorded=recorded, to_agency=there)
            referrals.append(act)
        if chance.random() < 0.15:
            kind = chance.choice((act.kind, "EventVoided"))
            values = act.values if kind == act.kind else {}
            later = world.act(
                here, kind, "", recorded=recorded + chance.randrange(20) * HOUR, supersedes=act, **values
            )
            later.file, later.file_class = act.file, act.file_class
    return world


def in_force(acts: list[OpenedEvent], as_of: int) -> dict[bytes, tuple[OpenedEvent, OpenedEvent]]:
    """By every id of an act: its first form, and the one that holds as of a time. (Only first forms are corrected here.)"""
    found = {}
    for one in acts:
        if one.supersedes is None:
            forms = [one, *(later for later in acts if later.supersedes == one.event_id)]
            known = [form for form in forms if form.recorded_at <= as_of]
            if known:
                found.update(
                    {form.event_id: (one, max(known, key=lambda form: form.index)) for form in forms}
                )
    return found


def since(acts: list[OpenedEvent], as_of: int) -> dict[tuple[File, File], int]:
    """Since when one file is joined to another: of every way its latest joining, of these the earliest (Floyd 1962)."""
    hold = in_force(acts, as_of)
    ways: dict[tuple[File, File], int] = {}
    for _, taken in hold.values():
        if taken.kind == "ReferralAccepted" and taken.values["referral"] in hold:
            _, asked = hold[taken.values["referral"]]
            if asked.kind == "CaseReferred" and asked.values["to_agency"] == taken.origin:
                one, other = place(asked), place(taken)
                joined = max(asked.recorded_at, taken.recorded_at)
                for pair in ((one, other), (other, one)):
                    ways[pair] = min(ways.get(pair, joined), joined)
    files = {place(one) for one in acts}
    for via, one, other in product(files, files, files):
        if (one, via) in ways and (via, other) in ways:
            joined = max(ways[one, via], ways[via, other])
            ways[one, other] = min(ways.get((one, other), joined), joined)
    return ways


def place(one: OpenedEvent) -> File:
    return one.origin, one.file.hex()


def expected(acts: list[OpenedEvent], as_of: int) -> set[tuple[str, str, str, str, str]]:
    """(file, its publisher, recipient, event, due) of every grant of a joined file."""
    (hours,) = {
        rule.within.count * (HOUR if rule.within.unit == "h" else 24 * HOUR)
        for rule in memorandum().obligations
        if rule.trigger == "Involvement"
    }
    ways, agencies, found = since(acts, as_of), memorandum().agencies, set()
    for act in {form.event_id: form for _, form in in_force(acts, as_of).values()}.values():
        for rule in memorandum().involvements:
            if act.kind not in rule.kinds or not rule.opens or agencies[act.origin].role not in rule.by:
                continue
            recipient = rule.slug if rule.names is None else act.values.get(rule.names)
            if recipient is None or (rule.roles and agencies[recipient].role not in rule.roles):
                continue
            for (start, file), joined in ways.items():
                owner = file[0]
                apart = start == place(act) and file != start and recipient not in (act.origin, owner)
                if apart and agencies[owner].role in rule.opens:
                    due = instant(max(joined, act.recorded_at) + int(hours))
                    found.add((file[1], owner, recipient, act.event_id.hex(), due))
    return found


def told(views: Views, as_of: int) -> set[tuple[str, str, str, str, str]]:
    """The same as the projection says it, of other files than the event's own."""
    own = {
        row["event"]: (row["origin"], row["file"])
        for row in views._rows("SELECT event, origin, file FROM event", {})
    }
    return {
        (row["file"], row["owner"], row["recipient"], row["event"], row["due"])
        for row in views.involvements(as_of)
        if own[row["event"]] != (row["owner"], row["file"])
    }


@settings(max_examples=150, deadline=None)
@given(chance=st.randoms(use_true_random=False), hours=st.integers(0, 60))
def test_joined_files_are_owed_since_the_first_way_between_them(chance: random.Random, hours: int) -> None:
    world, as_of = net(chance), at(START) + hours * HOUR
    items = list(world.acts)
    chance.shuffle(items)
    views = read_as("coordinator", items)
    assert told(views, as_of) == expected(world.acts, as_of)
    every_way = views.query("involvements", as_of=as_of, memorandum=memorandum().sha256.hex())
    assert [instant(row["due"]) for row in every_way] == [row["due"] for row in views.involvements(as_of)]
