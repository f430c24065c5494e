"""Attacks on whole logs, by who carries them or by their own publisher: a log that contradicts itself is stopped where it
does, both heads kept; every other log goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from accord.gateway import Accepted
from accord.keys import generate_log_key, log_public
from accord.ledger import Checkpoint, sign_checkpoint
from accord.ports import Bundle
from accord.seal import make_key_bundle
from tests.simulator import TODAY, Liar, Simulation, Torn, event, simulate

FOUR = ("police", "court", "advocacy", "auditor")


def arrest(number: int) -> dict[str, object]:
    return {
        "arrest_number": f"A24{number:05}",
        "occurred_at": f"{TODAY}T21:15:00-06:00",
        "arrest_kind": "on_view",
        "offenses": ["assault"],
    }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Simulation]:
    """Police with two arrests, received by advocacy, court and auditor."""
    made = simulate(tmp_path)
    for number in (1, 2):
        made.emit("police", event("ArrestMade", f"M{number}", **arrest(number)))
        made.sync(*FOUR)
    yield made
    made.restart()


@pytest.fixture
def liar(world: Simulation) -> Iterator[Liar]:
    made = Liar(world, "police")
    yield made
    made.close()


def stopped(world: Simulation, slug: str = "advocacy") -> tuple[int, str | None, str | None, str | None]:
    """Verified size of the police's log, why it was stopped, the head verified before, the head that stopped it."""
    return tuple(
        world[slug].replica.database.query(
            "SELECT size, fault, head, evidence FROM origin WHERE slug = 'police'"
        )[0]
    )  # type: ignore[return-value]


def others_go_on(world: Simulation, slug: str = "advocacy") -> None:
    """What another agency says is still received."""
    world.emit("court", event("CaseLinked", "C1", other_event="ab" * 16))
    before = len(world.events(slug))
    world.sync("court", slug)
    assert len(world.events(slug)) == before + 1
    assert {one.slug for one in world[slug].replica.logs() if one.fault} == {"police"}


def of_the_police(world: Simulation, slug: str) -> set[bytes]:
    return {id_ for id_, one in world.events(slug).items() if one.origin == "police"}


def expect_stop(
    world: Simulation,
    evidence: str | None,
    slug: str = "advocacy",
    *,
    for_good: bool = False,
    goes_on: bool = True,
) -> str:
    """The log is stopped with both heads kept, told of once; returns why.

    For good only by a fork; else it goes on once what comes is again what the log signed, if it ever is.
    """
    size, _, head, _ = stopped(world, slug)
    before = of_the_police(world, slug)
    world.sync(slug)
    now = stopped(world, slug)
    assert (now[0], now[2], now[3]) == (size, head, evidence)
    assert now[1] is not None
    told = [one for one in world.alarms(slug) if one.kind == "log_stopped"]
    assert [(one.origin, one.index) for one in told] == [("police", size)]
    world.restart(slug)
    others_go_on(world, slug)
    assert of_the_police(world, slug) == before  # nothing of it was stored
    world.hands.free()
    world.sync(slug, slug)
    assert len([one for one in world.alarms(slug) if one.kind == "log_stopped"]) == 1
    after = stopped(world, slug)
    if for_good:
        assert after == now  # only a person lets it go on
    elif goes_on:
        assert after[0] >= size
        assert (after[1], after[3]) == (None, None)
    else:
        assert after[:2] == now[:2]
    return str(now[1])


# ---- What the publisher itself can do ----


def test_a_fork_stops_the_log(world: Simulation, liar: Liar) -> None:
    """Two logs of one size, both signed."""
    liar.log.entries[-1] = liar.log.entries[0]
    liar.show("advocacy")
    assert "two different heads" in expect_stop(world, liar.log.head(), for_good=True)


def test_a_fork_that_is_longer_stops_the_log(world: Simulation, liar: Liar) -> None:
    """What was verified is not a beginning of what is shown now."""
    liar.log.entries[0] = liar.log.entries[-1]
    liar.append(liar.log.entries[-1])
    liar.show("advocacy")
    assert expect_stop(world, liar.log.head())


def test_a_rollback_of_the_head_stops_the_log(world: Simulation, liar: Liar) -> None:
    del liar.log.entries[-1]
    liar.show("advocacy")
    assert "older head" in expect_stop(world, liar.log.head())


def test_a_fork_shown_to_one_reader_is_found_by_the_other_head(world: Simulation, liar: Liar) -> None:
    """Each sees a log in order; whoever is shown both stops."""
    liar.append(liar.log.entries[-1])
    liar.show("advocacy")
    world.sync("advocacy")
    assert stopped(world)[1] is None
    world.emit("police", event("ArrestMade", "M3", **arrest(3)))
    world.sync("police", "court")
    assert stopped(world, "court")[1] is None
    head = world["police"].wire.head("police")
    world.hands.free()
    assert expect_stop(world, head, goes_on=False)


# ---- What the carrier can do ----


def passing(world: Simulation, change: Callable[[Bundle], Bundle]) -> str | None:
    """Something new of the police, changed on its way to advocacy; returns the head."""
    world.emit("police", event("ArrestMade", "M3", **arrest(3)), event("ArrestMade", "M4", **arrest(4)))
    world.sync("police")
    world.hands.bundles["advocacy", "police"] = lambda passing: (change(one) for one in passing)
    return world["police"].wire.head("police")


CHANGES: dict[str, Callable[[Bundle], Bundle]] = {
    "a gap": lambda one: replace(one, first_index=one.first_index + 1, entries=one.entries[1:]),
    "an overlap": lambda one: replace(one, first_index=one.first_index - 1),
    "an entry dropped": lambda one: replace(one, entries=one.entries[:-1]),
    "entries in another order": lambda one: replace(one, entries=[*reversed(one.entries)]),
    "an entry twice": lambda one: replace(one, entries=[*one.entries, one.entries[-1]]),
    "one bit": lambda one: replace(
        one, entries=[bytes([one.entries[0][0] ^ 1]) + one.entries[0][1:], *one.entries[1:]]
    ),
    "a proof that is not needed": lambda one: replace(one, entries=one.entries[:1], proof=[bytes(32)]),
    "a head of noise": lambda one: replace(one, head="noise"),
    "an empty head": lambda one: replace(one, head=""),
    "a head with a size that is no number": lambda one: replace(one, head=one.head.replace("\n", "\n²\n", 1)),
    "a head without its signature": lambda one: replace(one, head=one.head.split("—")[0]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_on_the_way_stops_the_log_and_is_not_stored(world: Simulation, change: str) -> None:
    before = of_the_police(world, "advocacy")
    head = passing(world, CHANGES[change])
    assert expect_stop(world, head)
    assert len(of_the_police(world, "advocacy")) == len(before) + 2  # once it came as it was signed


def test_a_head_signed_by_another_key_stops_the_log(world: Simulation, liar: Liar) -> None:
    stranger = generate_log_key(bytes(32))
    liar.log.sign = lambda checkpoint: sign_checkpoint(checkpoint, stranger)
    liar.append(liar.log.entries[-1])
    liar.show("advocacy")
    assert log_public(stranger) != world.memorandum.agencies["police"].log_key
    assert expect_stop(world, liar.log.head())


def test_a_head_of_another_log_stops_the_log(world: Simulation, liar: Liar) -> None:
    """The police's key under the court's name, and the court's own head in the place of the police's."""
    court = world["court"].wire.head("court")
    world.hands.heads["advocacy", "police"] = lambda head: court
    assert expect_stop(world, court)


def test_a_head_that_claims_more_than_there_is_changes_nothing(world: Simulation, liar: Liar) -> None:
    """Signed by the publisher, and nothing comes: the entries that are there are none of it."""
    longer = Checkpoint(liar.origin, len(liar.log.entries) + 5, bytes(32))
    note = sign_checkpoint(longer, liar.keys.pairs[0].log)
    world.hands.heads["advocacy", "police"] = lambda head: note
    world.sync("advocacy")
    assert stopped(world)[0] == len(liar.log.entries)
    world.hands.free()
    world.emit("police", event("ArrestMade", "M3", **arrest(3)))
    world.sync("police", "advocacy")
    assert stopped(world)[0] > len(liar.log.entries)


def test_a_log_that_is_dropped_delayed_or_served_twice_is_received_once_in_the_end(world: Simulation) -> None:
    expected = {**world.events("advocacy")}
    world.hands.hold_log("advocacy", "police")
    ids = world.emit("police", event("ArrestMade", "M3", **arrest(3)))
    world.sync("police", "advocacy")
    assert world.events("advocacy") == expected
    world.hands.free()
    world.hands.bundles["advocacy", "police"] = lambda passing: iter(list(passing))
    world.sync("advocacy", "advocacy")
    assert set(world.events("advocacy")) == {*expected, *ids}
    assert stopped(world)[1] is None


def test_a_bundle_that_is_replayed_behind_another_stops_nothing_that_is_equal(world: Simulation) -> None:
    """Served again from the beginning: an overlap is a gap's twin, and the log stops rather than guess, until it fits."""
    world.emit("police", event("ArrestMade", "M3", **arrest(3)))
    world.sync("police")
    world.hands.bundles["advocacy", "police"] = lambda passing: (
        one for bundle in passing for one in (bundle, bundle)
    )
    world.sync("advocacy")
    assert len(world.events("advocacy")) == 3
    assert [one.kind for one in world.alarms("advocacy")].count("log_stopped") == 1
    assert stopped(world)[1] is None


def test_a_publication_torn_before_its_head_is_made_good(world: Simulation) -> None:
    """Key bundles are out, the log is not: readers see the old log, and then all of the new one."""
    world.hands.torn.add("police")
    (outcome,) = world.try_emit("police", event("ArrestMade", "M3", **arrest(3)))
    assert isinstance(outcome, Accepted)
    with pytest.raises(Torn):
        world.sync("police")
    world.sync("advocacy")
    before = set(world.events("advocacy"))
    world.restart("police")
    world.hands.free()
    world.sync("police", "advocacy", "court")
    assert set(world.events("advocacy")) - before == {outcome.receipts[0].event_id}
    assert stopped(world)[1] is None
    assert stopped(world, "court")[1] is None


# ---- Key bundles ----


def keys_of(world: Simulation, recipient: str) -> list[tuple[int, bytes]]:
    """Every key bundle that the police ever left for a recipient."""
    return list(world.hands.kept[recipient, "police"])


@pytest.mark.parametrize(
    "whose", ["for another recipient", "of an earlier size", "of noise", "of a stranger"]
)
def test_a_key_bundle_that_is_not_the_one_asked_for_is_not_used(
    world: Simulation, liar: Liar, whose: str
) -> None:
    """Refused with the reason, told once; nothing opens by it, and everything by the real one when it comes."""
    ids = world.emit("police", event("ArrestMade", "M3", **arrest(3)))
    world.sync("police")
    (real,) = [one for one in keys_of(world, "advocacy") if one[0] == world["police"].log.size]
    wrong = {
        "for another recipient": dict(keys_of(world, "auditor"))[real[0]],
        "of an earlier size": keys_of(world, "advocacy")[0][1],
        "of noise": bytes(1000),
        "of a stranger": make_key_bundle(
            liar.origin, "advocacy", real[0], [], [], generate_log_key(bytes(32)), liar.entropy
        ),
    }[whose]
    world.hands.keys["advocacy", "police"] = lambda keys: [(real[0], wrong)]
    world.sync("advocacy")
    assert ids[0] not in world.events("advocacy")
    assert [one.origin for one in world.alarms("advocacy")] == ["police"]
    assert stopped(world)[1] is None  # whoever carries the wire could put it there: the log itself goes on
    assert stopped(world)[0] == world["police"].log.size
    world.sync("advocacy")
    assert len(world.alarms("advocacy")) == 1
    world.hands.free()
    world.sync("advocacy")
    assert ids[0] in world.events("advocacy")


def test_a_key_bundle_that_comes_again_does_no_harm(world: Simulation) -> None:
    before = world.events("advocacy")
    again = keys_of(world, "advocacy")
    world.hands.keys["advocacy", "police"] = lambda keys: again
    world.sync("advocacy", "advocacy")
    assert world.events("advocacy") == before
    assert world.alarms("advocacy") == []


def test_key_bundles_that_are_late_or_out_of_order_open_everything_in_the_end(world: Simulation) -> None:
    world.hands.hold_keys("advocacy", "police")
    for number in (3, 4, 5):
        world.emit("police", event("ArrestMade", f"M{number}", **arrest(number)))
        world.sync("police", "advocacy")
    assert len(world.events("advocacy")) == 2
    late = keys_of(world, "advocacy")[-3:]
    for order in ([late[1]], [late[0], late[1]], late):
        world.hands.keys["advocacy", "police"] = lambda keys, order=order: order  # type: ignore[misc]
        world.sync("advocacy")
    assert len(world.events("advocacy")) == 5
    assert world.alarms("advocacy") == []


def test_without_any_key_nothing_is_opened_and_the_log_is_verified_all_the_same(tmp_path: Path) -> None:
    world = simulate(tmp_path)
    world.hands.hold_keys("advocacy", "police")
    world.emit("police", event("ArrestMade", "M1", **arrest(1)))
    world.sync("police", "advocacy")
    assert stopped(world)[0] == world["police"].log.size
    assert world.events("advocacy") == {}
    world.hands.free()
    world.sync("advocacy")
    assert len(world.events("advocacy")) == 1
    world.restart()
