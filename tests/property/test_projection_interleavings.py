"""A projection does not depend on how logs interleave, on when keys arrive, or on how the feed is cut into
batches.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from accord.projection import Views, digest
from accord.seal import LogHead, OpenedEvent
from tests.projection_world import (
    START,
    World,
    agency_of,
    at,
    feed,
    memorandum,
    opened_for,
    projection,
    sample,
    vocabulary,
)

LATER = at(START + 60)
ROLES = ["coordinator", "court", "law_enforcement", "reeducation"]


@cache
def county() -> tuple[OpenedEvent, ...]:
    """A case across four logs with corrections, links, a parting, a void and one of every other kind."""
    world = World()
    arrest = world.act("police", "ArrestMade", "a", hour=3, arrest_kind="on_view", dual_arrest=True)
    referral = world.act(
        "police",
        "CaseReferred",
        "a",
        hour=4,
        to_agency="prosecutor",
        purpose="charging_decision",
        arrest=arrest,
    )
    again = world.act(
        "police", "ArrestMade", "a", hour=3, supersedes=arrest, arrest_kind="warrant", dual_arrest=False
    )
    taken = world.act(
        "prosecutor", "ReferralAccepted", "p", on=START + 1, referral=referral, from_agency="police"
    )
    filed = world.act(
        "prosecutor", "ChargeFiled", "p", on=START + 1, hour=9, arrest=again, referral=referral, count=1
    )
    onward = world.act(
        "prosecutor", "CaseReferred", "p", on=START + 1, to_agency="court", purpose="charges_filed"
    )
    world.act("court", "ReferralAccepted", "c", on=START + 2, referral=onward, from_agency="prosecutor")
    hearing = world.act(
        "court", "HearingHeld", "c", on=START + 3, charges=[filed], appearance="failed_to_appear"
    )
    world.act(
        "court", "HearingHeld", "c", on=START + 3, supersedes=hearing, charges=[filed], appearance="present"
    )
    disposed = world.act("court", "ChargeDisposed", "c", on=START + 9, charge=filed, disposition="convicted")
    world.act("court", "SentenceImposed", "c", on=START + 10, charges=[filed], sentence_phase="original")
    started = world.act("probation", "SupervisionStarted", "b", on=START + 12)
    world.act("probation", "CaseLinked", "b", on=START + 12, other_event=disposed)
    world.act("court", "CaseLinked", "c", on=START + 13, other_event=started)
    world.act("prosecutor", "CaseUnlinked", "p", on=START + 20, other_event=referral)
    world.act("prosecutor", "EventVoided", "p", on=START + 21, supersedes=taken)
    for kind, spec in vocabulary().events.items():
        origin = agency_of(sorted(spec.publishers)[0])
        world.act(
            origin, kind, kind, on=START + 1, **{one.spec.name: sample(one.spec) for one in spec.fields}
        )
    return tuple(world.acts)


def everything_said(views: Views) -> list[Any]:
    """What can be read, without the positions at which it arrived."""
    return [
        views.cases(LATER),
        views.obligations(LATER),
        views.overdue(LATER),
        views.counts(),
        views.counted(),
        [views.case(one.file.hex(), LATER, one.origin) for one in county()[:16]],
    ]


@cache
def undisturbed(role: str) -> tuple[str, list[Any]]:
    items: list[Any] = [opened_for(agency_of(role), one) for one in county()]
    target = feed(
        projection(role), [*items, *(LogHead(slug, 9, LATER) for slug in memorandum().agencies)], 1000
    )
    return digest(target), everything_said(Views(target))


@settings(max_examples=60, deadline=None)
@given(
    role=st.sampled_from(ROLES),
    order=st.permutations(range(len(county()))),
    keys=st.lists(st.integers(0, 255), max_size=40),
    batch=st.integers(1, 60),
)
def test_any_interleaving_and_any_order_of_late_keys_gives_the_same(
    role: str, order: list[int], keys: list[int], batch: int
) -> None:
    agency, acts = agency_of(role), county()
    early = [opened_for(agency, acts[place], mask) for place, mask in zip(order, keys, strict=False)]
    heads = [LogHead(slug, 9, LATER) for slug in memorandum().agencies]
    middle = [opened_for(agency, acts[place]) for place in order]
    late = [opened_for(agency, acts[place], mask) for place, mask in zip(reversed(order), keys, strict=False)]
    target = feed(projection(role), [*early, *heads, *middle, *late], batch)
    expected, said = undisturbed(role)
    assert digest(target) == expected
    assert everything_said(Views(target)) == said


def test_the_digest_does_not_cover_times_of_recording_or_positions_and_does_cover_values() -> None:
    acts = county()
    first, _ = undisturbed("coordinator")
    heads = [LogHead(slug, 9, LATER) for slug in memorandum().agencies]

    def with_change(**change: Any) -> str:
        world = [opened_for("advocacy", one) for one in acts]
        for name, value in change.items():
            setattr(world[0], name, value)
        return digest(feed(projection("coordinator"), [*world, *heads]))

    assert with_change(recorded_at=acts[0].recorded_at + 5) == first
    assert with_change(occurred_on=START - 1) != first
    assert with_change(values=opened_for("advocacy", acts[0]).values | {"arrest_kind": "citation"}) != first
    assert with_change(opened=0, values={}) != first
