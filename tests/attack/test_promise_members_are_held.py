"""A member with real keys that leaves out its own gate: what the gate would have refused, every reader refuses; what is
another's, it cannot take.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from accord.domain import EVENTS
from accord.schema import MOMENTS
from accord.seal import (
    HEADER_MARK,
    GrantTerms,
    Handing,
    Head,
    OpenedEvent,
    OwnRing,
    ShareTerms,
    grant_record,
    record,
    seal_event,
)
from accord.seal.header import Header, write_header
from accord.seal.sealing import seal
from tests.attack.test_promise_handshake import Story
from tests.simulator import Liar, Simulation, simulate

NARRATIVE = "she_said_that_he_came_home_at_nine"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Simulation]:
    """An arrest of the police that the prosecutor has charged; everybody has read it."""
    made = simulate(tmp_path)
    story = Story(made)
    story.arrest()
    made.sync_all()
    story.charge()
    made.sync_all()
    yield made
    made.restart()


@pytest.fixture
def liar(world: Simulation) -> Iterator[Liar]:
    """Whoever sits at the prosecutor's."""
    made = Liar(world, "prosecutor")
    yield made
    made.close()


def _id(*parts: bytes) -> bytes:
    return hashlib.sha256(b"/".join(parts)).digest()[:16]


def one_of(world: Simulation, slug: str, kind: str) -> Any:
    return next(one for one in world.events(slug).values() if one.kind == kind and one.origin == slug)


def charge(liar: Liar, ring: OwnRing, event_id: bytes, values: dict[str, Any], **changes: Any) -> bytes:
    """Another count in the prosecutor's file; `changes` are of its header."""
    first = one_of(liar.world, "prosecutor", "ChargeFiled")
    seen = (0,) * (len(liar.world.slugs) - 1)
    head = Head("ChargeFiled", first.file, event_id, None, None, first.occurred_on, first.recorded_at, seen)
    data, _ = seal_event(
        liar.world.book,
        liar.name,
        _id(b"entry", event_id),
        head._replace(**changes),
        first.values | values,
        ring,
        liar.entropy,
    )
    return data


def header_alone(
    liar: Liar, kind: str, first: Any, event_id: bytes, keys: tuple[bytes, bytes] | None
) -> bytes:
    """An entry of which only the header is there, at the time of its publisher's clock; `keys` are those of its slot."""
    plan = liar.world.book.plan(kind)
    assert keys is not None

    def contents(slots: Sequence[int]) -> list[bytes]:
        header = Header(
            kind,
            plan.fingerprint,
            first.file,
            event_id,
            None,
            None,
            first.occurred_on,
            liar.world[liar.slug].clock.now(),
            (0,) * 6,
            bytes(slots[1:]),
        )
        return [write_header(header)]

    entry_id = _id(b"entry", event_id)
    return seal(liar.name, entry_id, liar.world.memorandum.sha256, [keys], contents, liar.entropy)


def faults(world: Simulation, slug: str, origin: str = "prosecutor") -> list[tuple[int, str]]:
    return [(one.index, one.kind) for one in world.alarms(slug) if one.origin == origin]


def refused_alone(world: Simulation, liar: Liar, data: bytes, ring: OwnRing, *readers: str) -> None:
    """The entry is refused by every reader, the next is opened, and all that may be asked is answered."""
    index, after = liar.append(data), _id(b"after")
    liar.append(charge(liar, ring, after, {}))
    liar.show(*readers)
    world.sync(*readers)
    for slug in readers:
        assert (index, "entry_refused") in faults(world, slug), slug
        assert after.hex() in world.events(slug), slug
        views = world.views(slug)
        for case in views.cases():
            one = case["files"][0]
            said = views.case(one["file"], origin=one["origin"])
            assert NARRATIVE not in str(said)
        views.overdue(world[slug].clock.now())
        views.counted()


READERS = ("advocacy", "auditor", "court")


def test_promise_a_chain_is_its_publishers_alone(world: Simulation, liar: Liar) -> None:
    """Who holds another's header chain knows its next locator, and shows it in its own log first."""
    arrest = one_of(world, "police", "ArrestMade")
    replica = world["prosecutor"].replica
    (number,) = replica.database.query("SELECT no FROM origin WHERE slug = 'police'")[0]
    held = replica._rings.of_file(number, arrest.file)
    assert held is not None
    plan = world.book.plan("ArrestMade")
    label = next(one for one in plan.header_labels if one in held.ring.labels)
    assert label.startswith(HEADER_MARK)
    liar.append(header_alone(liar, "ArrestMade", arrest, _id(b"forged"), held.ring.keys(label)))
    liar.show("advocacy")
    world.sync("advocacy")
    assert _id(b"forged").hex() not in world.events("advocacy")
    again = Story(world)
    again.ids["arrest"] = arrest.event_id.hex()
    again.linked("police", "after")
    world.sync("police", "advocacy")
    assert again.ids["after police"] in world.events("advocacy")
    assert faults(world, "advocacy", "police") == []


def test_promise_nobody_says_what_its_role_may_not_publish(world: Simulation, liar: Liar) -> None:
    first = one_of(world, "prosecutor", "ChargeFiled")
    ring = liar.ring(first.file)
    kind = "WarrantEnded"
    assert kind not in world.memorandum.publishes("prosecution")
    plan = world.book.plan(kind)
    label = next(one for one in plan.header_labels if ring.keys(one) is not None)

    data = header_alone(liar, kind, first, _id(b"not its act"), ring.keys(label))
    ring.spend(label)
    refused_alone(world, liar, data, ring, "advocacy", "auditor")


@pytest.mark.parametrize(
    "changes",
    [
        {"occurred_on": 2**31 - 1},
        {"occurred_on": -(2**31)},
        {"recorded_at": 2**62},
        {"recorded_at": -(2**62)},
        {"seen": (0, 0, 0, 0, 0, -1)},
        {"correction_reason": NARRATIVE},
        {"supersedes": bytes(16)},
        {"supersedes": bytes(16), "correction_reason": NARRATIVE},
    ],
    ids=str,
)
def test_promise_a_header_says_nothing_that_no_gate_lets_out(
    world: Simulation, liar: Liar, changes: dict[str, Any]
) -> None:
    ring = liar.ring(one_of(world, "prosecutor", "ChargeFiled").file)
    refused_alone(world, liar, charge(liar, ring, _id(b"odd"), {}, **changes), ring, *READERS)


@pytest.mark.parametrize(
    "values",
    [
        {"offense": "jane_doe_of_12_elm_street"},
        {"docket_number": {"kind": "docket", "issuer": "court", "value": "JANE7DOE7AT12ELM"}},
        {"docket_number": {"kind": "docket", "issuer": "nobody_of_us", "value": "CR-2024-001"}},
    ],
    ids=str,
)
def test_promise_a_value_that_the_memorandum_does_not_have_is_refused(
    world: Simulation, liar: Liar, values: dict[str, Any]
) -> None:
    assert set(values) <= set(EVENTS["ChargeFiled"].model_fields)
    ring = liar.ring(one_of(world, "prosecutor", "ChargeFiled").file)
    data = charge(liar, ring, _id(b"valued"), values)
    refused_alone(world, liar, data, ring, "court")  # who may see these fields


@pytest.mark.parametrize("at", [MOMENTS.stop, MOMENTS.start - 1, 2**62])
def test_promise_a_control_entry_has_a_time_that_can_be_shown(world: Simulation, liar: Liar, at: int) -> None:
    said = record("memorandum_adopted").encode(
        {"adopted": world.memorandum.sha256, "version": 1, "recorded_at": at}
    )
    index = liar.say(said, ("advocacy", "auditor"), _id(b"adopted"))
    liar.show("advocacy", "auditor")
    world.sync("advocacy", "auditor")
    for slug in ("advocacy", "auditor"):
        assert faults(world, slug) == [(index, "entry_refused")]
        world.views(slug).overdue(world[slug].clock.now())


# ---- Event ids ----


def test_promise_who_copies_an_event_id_takes_nothing_from_who_said_it(world: Simulation, liar: Liar) -> None:
    """Whichever of the two comes first: both stand, both logs go on, and the id is told as shared."""
    story = Story(world, 2)
    world.hands.hold_log("advocacy", "police")
    story.arrest()
    world.sync("police", "prosecutor", "auditor")
    stolen = bytes.fromhex(story.ids["arrest"])
    ring = liar.ring(one_of(world, "prosecutor", "ChargeFiled").file)
    liar.append(charge(liar, ring, stolen, {}))
    liar.show("advocacy", "auditor")
    world.sync("advocacy", "auditor")
    world.hands.free()
    liar.show("advocacy", "auditor")
    world.sync("advocacy", "auditor")
    said = {}
    for slug in ("advocacy", "auditor"):  # the copy came first here, and last there
        assert [one.kind for one in world.alarms(slug)] == []
        said[slug] = [one for one in world.views(slug).alarms() if one["kind"] == "shared event id"]
        rows = world[slug].projection.db.query(
            "SELECT origin FROM event WHERE event = ? ORDER BY origin", (stolen.hex(),)
        )
        assert [row[0] for row in rows] == ["police", "prosecutor"]
    (told,) = said["advocacy"]
    assert said["auditor"] == [told]
    assert stolen.hex() in told["detail"]


def test_an_event_id_is_used_once_in_a_log(world: Simulation, liar: Liar) -> None:
    first = one_of(world, "prosecutor", "ChargeFiled")
    ring = liar.ring(first.file)
    refused_alone(world, liar, charge(liar, ring, first.event_id, {}), ring, *READERS)


# ---- What a log has come to say ----


def test_promise_a_log_does_not_go_back_in_time(world: Simulation, liar: Liar) -> None:
    """Backdated behind what it had said: refused. Only then is what was known by a day known for good."""
    first = one_of(world, "prosecutor", "ChargeFiled")
    ring = liar.ring(first.file)
    data = charge(liar, ring, _id(b"backdated"), {}, recorded_at=first.recorded_at - 1)
    liar.append(data)
    last = max(one.recorded_at for one in world.events("prosecutor").values())
    after = charge(liar, ring, _id(b"after"), {}, recorded_at=last)
    liar.append(after)
    liar.show("advocacy")
    world.sync("advocacy")
    assert [kind for _, kind in faults(world, "advocacy")] == ["entry_refused"]
    assert _id(b"backdated").hex() not in world.events("advocacy")
    assert _id(b"after").hex() in world.events("advocacy")


def test_promise_a_clock_that_runs_ahead_is_told(world: Simulation, liar: Liar) -> None:
    ring = liar.ring(one_of(world, "prosecutor", "ChargeFiled").file)
    now = world["advocacy"].clock.now()
    liar.append(charge(liar, ring, _id(b"soon"), {}, recorded_at=now + 3_600 * 1_000_000))
    index = liar.append(charge(liar, ring, _id(b"ahead"), {}, recorded_at=now + 400 * 86_400 * 1_000_000))
    liar.show("advocacy")
    world.sync("advocacy")
    assert faults(world, "advocacy") == [(index, "clock_ahead")]


def test_promise_a_file_keeps_its_class(world: Simulation, liar: Liar) -> None:
    """What is kept apart from cases cannot be slipped into one."""
    first = one_of(world, "police", "ArrestMade")
    police = Liar(world, "police")
    ring = police.ring(first.file)
    kind = "ProtectionOrderServed"
    plan = world.book.plan(kind)
    assert (plan.file_class, first.file_class) == ("order", "case")
    label = next(one for one in plan.header_labels if one in world.book.file_labels("police", "case"))

    index = police.append(header_alone(police, kind, first, _id(b"service"), ring.keys(label)))
    police.show("advocacy")
    world.sync("advocacy")
    assert faults(world, "advocacy", "police") == [(index, "entry_refused")]
    police.close()


# ---- Keys that do not come ----


def test_promise_what_an_agency_is_entitled_to_is_never_shown_as_withheld(
    world: Simulation, liar: Liar
) -> None:
    """The header stands on the file's chain, the audiences on chains that nobody was let into."""
    first = one_of(world, "prosecutor", "ChargeFiled")
    ring, nowhere = liar.ring(first.file), OwnRing(bytes(32))
    labels = world.book.event_labels("ChargeFiled", first.values)
    keys = [ring.keys(labels[0]), *(nowhere.keys(label) for label in dict.fromkeys(labels[1:]))]
    plan = world.book.plan("ChargeFiled")

    def contents(slots: Sequence[int]) -> list[bytes]:
        table = bytes(one for one in range(8) if one != slots[0])
        header = Header(
            "ChargeFiled",
            plan.fingerprint,
            first.file,
            _id(b"hidden"),
            None,
            None,
            first.occurred_on,
            world["prosecutor"].clock.now(),
            (0,) * 6,
            table,
        )
        return [write_header(header), *(part.restricted.encode(first.values) for part in plan.parts)][
            : len(keys)
        ]

    data = seal(liar.name, _id(b"half"), world.memorandum.sha256, keys, contents, liar.entropy)  # type: ignore[arg-type]
    index = liar.append(data)
    liar.show("advocacy")
    world.sync("advocacy")
    assert faults(world, "advocacy") == [(index, "slots_lacking")]
    said = world.views("advocacy").case(first.file.hex(), origin="prosecutor")
    (event,) = [one for one in said["events"] if one["event"] == _id(b"hidden").hex()]
    entitled = {
        name
        for part in plan.parts
        if world.book.admits(part.labels[0], "advocacy")
        for name in part.audience.fields
    }
    states = {name: one["state"] for name, one in event["fields"].items()}
    assert entitled
    assert {name for name, state in states.items() if state == "awaiting key"} == entitled


def test_promise_nobody_publishes_to_nobody_behind_a_grant_whose_key_never_comes(
    world: Simulation, liar: Liar
) -> None:
    first = one_of(world, "prosecutor", "ChargeFiled")
    ring = liar.ring(first.file)
    label = world.book.labels_for("prosecutor", "case", "advocacy")[0]
    handing = Handing(label, *ring.hand_out(label, history=False)[0])
    terms = GrantTerms(first.file, "case", "prosecutor", first.event_id, world["prosecutor"].clock.now())
    share = ShareTerms("advocacy", 0, False, [handing], ())
    made = grant_record(world.book, liar.name, _id(b"phantom"), liar.pair_key, terms, [share])
    liar.say(made.whole, ["advocacy"], _id(b"phantom"))
    index = liar.append(charge(liar, OwnRing(bytes(32)), _id(b"dark"), {}))
    liar.show("advocacy")
    world.sync("advocacy")
    assert faults(world, "advocacy") == []  # the key may be on its way
    world.later("advocacy", days=4)
    world.sync("advocacy")
    assert faults(world, "advocacy") == [(index, "dark_entry")]


def test_promise_a_grant_names_chains_that_something_can_be_sealed_on(world: Simulation, liar: Liar) -> None:
    """Labels out of order, or of no audience, would be kept for ever by whoever read them."""
    first = one_of(world, "prosecutor", "ChargeFiled")
    places = [world.book.places[slug] for slug in ("police", "court", "police")]
    for number, agencies in ((0, places), (0, places[:2]), (1, places[::-1])):
        share = {
            "recipient": world.book.places["advocacy"],
            "rule": 0,
            "history": False,
            "whole": False,
            "sets": [],
            "starts": [],
            "named": [{"set": number, "agencies": agencies, "start": 0}],
            "entries": [],
            "key_message": bytes(32),
        }
        said = {
            "file": first.file,
            "file_class": "case",
            "because_origin": world.book.places["prosecutor"],
            "because_event": first.event_id,
            "recorded_at": world["prosecutor"].clock.now(),
            "shares": [share],
        }
        liar.say(record("grant").encode(said), ["advocacy"], _id(b"labels", bytes(agencies), bytes([number])))
    liar.show("advocacy")
    world.sync("advocacy")
    assert [kind for _, kind in faults(world, "advocacy")] == ["entry_refused"] * 3
    labels = world["advocacy"].replica.database.query("SELECT label FROM label")
    assert not [label for (label,) in labels if label.count("@") > 1]


def test_the_same_history_granted_again_tells_nothing_anew(world: Simulation, liar: Liar) -> None:
    first = one_of(world, "prosecutor", "ChargeFiled")
    labels = world.book.labels_for("prosecutor", "case", "advocacy")
    handings = [Handing(label, *liar.ring(first.file).hand_out(label, history=True)[0]) for label in labels]
    terms = GrantTerms(first.file, "case", "prosecutor", first.event_id, world["prosecutor"].clock.now())
    share = ShareTerms("advocacy", 0, True, handings, (first.index,))
    for number in range(3):
        entry_id = _id(b"again", bytes([number]))
        made = grant_record(world.book, liar.name, entry_id, liar.pair_key, terms, [share])
        liar.say(made.whole, ["advocacy"], entry_id)
        liar.hand("advocacy", made.messages["advocacy"])
    before = len(world.opened("advocacy"))
    liar.show("advocacy")
    world.sync("advocacy")
    fresh = world.opened("advocacy")[before:]
    assert [one.kind for one in fresh if isinstance(one, OpenedEvent)] == []
    assert faults(world, "advocacy") == []
    reopened = world.events("advocacy")[first.event_id.hex()]
    assert reopened.values == {name: first.values[name] for name in reopened.values}
