"""Attacks on grants to several agencies, by whoever holds a publisher's keys or carries the wire: who else was let in is for
those who watch, and a share is its recipient's alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from accord.errors import Malformed
from accord.keys import hpke_seal
from accord.replica import pair_info
from accord.seal import (
    GrantTerms,
    Handing,
    MadeGrant,
    OpenedGrant,
    ShareTerms,
    grant_record,
    make_key_bundle,
    parse_entry,
    read_control,
    record,
)
from tests.simulator import TODAY, Liar, Simulation, event, simulate

ARREST: dict[str, Any] = {
    "arrest_number": "A2400001",
    "occurred_at": f"{TODAY}T21:15:00-06:00",
    "arrest_kind": "on_view",
    "offenses": ["assault"],
    "mandatory_arrest": True,
    "dual_arrest": False,
}
GRANT = b"the grant's entry"[:16]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Simulation]:
    """Police with one arrest that the court, advocacy and the auditor read; the prosecutor and probation have nothing to
    do with it.
    """
    made = simulate(tmp_path)
    made.emit("police", event("ArrestMade", "M1", **ARREST))
    made.sync_all("police", "prosecutor", "probation", "court", "advocacy", "auditor")
    yield made
    made.restart()


@pytest.fixture
def liar(world: Simulation) -> Iterator[Liar]:
    """Somebody with the keys of the police."""
    made = Liar(world, "police")
    yield made
    made.close()


def kinds(world: Simulation, slug: str) -> list[tuple[int, str]]:
    """Index and kind of each alarm about the police."""
    return [(one.index, one.kind) for one in world.alarms(slug) if one.origin == "police"]


def share(liar: Liar, slug: str, **changes: Any) -> ShareTerms:
    """Every chain of the first file that an agency may read, from its first use on, and the arrest."""
    ring, labels = liar.ring(liar.files()[0]), liar.world.book.labels_for("police", "case", slug)
    handed = [Handing(*one) for one in ring.hand_out_all(labels, history=True)]
    (first,) = (one for one in liar.world.events("police").values() if one.kind == "ArrestMade")
    return ShareTerms(slug, 0, True, handed, (first.index,))._replace(**changes)


def made_of(liar: Liar, *shares: ShareTerms, file_class: str = "case") -> MadeGrant:
    """A grant of the first file."""
    (first,) = (one for one in liar.world.events("police").values() if one.kind == "ArrestMade")
    terms = GrantTerms(
        liar.files()[0], file_class, "police", first.event_id, liar.world[liar.slug].clock.now()
    )
    return grant_record(liar.world.book, liar.name, GRANT, liar.pair_key, terms, shares)


def served(world: Simulation, liar: Liar, *readers: str) -> None:
    liar.show(*readers)
    world.sync(*readers)


# ---- Told more than one's own ----


def test_each_is_let_in_by_its_own_share(world: Simulation, liar: Liar) -> None:
    """What the attacks below change one thing of."""
    made = made_of(liar, share(liar, "prosecutor"), share(liar, "probation", entries=()))
    for slug in ("prosecutor", "probation"):
        liar.say(made.readers[slug], [slug], GRANT)
        liar.hand(slug, made.messages[slug])
    served(world, liar, "prosecutor", "probation")
    assert (kinds(world, "prosecutor"), kinds(world, "probation")) == ([], [])
    assert [one.kind for one in world.events("prosecutor").values()] == ["ArrestMade"]


def others_share(world: Simulation, liar: Liar, slug: str, file_class: str = "case") -> int:
    made = made_of(liar, share(liar, "prosecutor"), share(liar, "auditor"), file_class=file_class)
    index = liar.say(made.whole, [slug], GRANT)
    liar.hand(slug, made.messages[slug])
    return index


def test_a_grant_that_tells_another_agencys_share_is_refused_and_told(world: Simulation, liar: Liar) -> None:
    """It comes with a share of one's own, whose keys would open the file."""
    index = others_share(world, liar, "prosecutor")
    served(world, liar, "prosecutor")
    assert kinds(world, "prosecutor") == [(index, "over_disclosed")]
    assert world.events("prosecutor") == {}
    assert world.grants("prosecutor") == []
    assert world["prosecutor"].projection.db.query("SELECT COUNT(*) FROM granted") == [(0,)]
    world.sync("prosecutor", "police", "advocacy")
    for slug in ("police", "advocacy"):
        said = [one for one in world.opened(slug) if getattr(one, "fault", "") == "over_disclosed"]
        assert [(one.origin, one.about_origin, one.about_index) for one in said] == [
            ("prosecutor", "police", index)
        ]


def test_a_grant_to_others_alone_is_refused_as_well(world: Simulation, liar: Liar) -> None:
    made = made_of(liar, share(liar, "auditor"))
    index = liar.say(made.whole, ["prosecutor"], GRANT)
    served(world, liar, "prosecutor")
    assert kinds(world, "prosecutor") == [(index, "over_disclosed")]
    assert world.grants("prosecutor") == []


def test_an_auditor_is_told_others_shares_but_not_of_incidents(world: Simulation, liar: Liar) -> None:
    before = len(world.grants("auditor"))
    index = others_share(world, liar, "auditor", "incident")
    served(world, liar, "auditor")
    assert kinds(world, "auditor") == [(index, "over_disclosed")]
    assert len(world.grants("auditor")) == before


def test_those_who_watch_are_told_every_share(world: Simulation, liar: Liar) -> None:
    made = made_of(liar, share(liar, "prosecutor"), share(liar, "probation"))
    liar.say(made.whole, ["advocacy", "auditor"], GRANT)
    served(world, liar, "advocacy", "auditor")
    for slug in ("advocacy", "auditor"):
        assert kinds(world, slug) == []
        assert [one.recipient for one in world.grants(slug)[-1].shares] == ["prosecutor", "probation"]
        rows = world[slug].projection.db.query("SELECT recipient FROM granted ORDER BY idx, recipient")
        assert [row[0] for row in rows[-2:]] == ["probation", "prosecutor"]


# ---- Shares in another form ----

ROW = {"set": 0, "agencies": [0], "start": 0}
FORMS: dict[str, Any] = {
    "no share": lambda one, other: [],
    "not rising": lambda one, other: [other, one],
    "one agency twice": lambda one, other: [one, one],
    "all chains, and some": lambda one, other: [{**one, "sets": [1], "starts": [0]}],
    "all chains, and starts": lambda one, other: [{**one, "starts": [0]}],
    "chains without starts": lambda one, other: [{**one, "whole": False, "sets": [1]}],
    "a start below the first": lambda one, other: [{**one, "named": [{**ROW, "start": -1}]}],
}


@pytest.mark.parametrize("form", FORMS)
def test_shares_in_another_form_are_refused(world: Simulation, liar: Liar, form: str) -> None:
    made = made_of(liar, share(liar, "prosecutor"), share(liar, "probation"))
    said = record("grant").decode(made.whole)
    assert all(one["whole"] for one in said["shares"])
    plaintext = record("grant").encode({**said, "shares": FORMS[form](*said["shares"])})
    index = liar.say(plaintext, ["advocacy"], GRANT)
    served(world, liar, "advocacy")
    assert kinds(world, "advocacy") == [(index, "entry_refused")]


@pytest.mark.parametrize("change", ["fewer", "more", "none"])
def test_all_chains_with_another_number_of_keys_is_faulty(world: Simulation, liar: Liar, change: str) -> None:
    """It says all chains that the recipient may read, and its message brings one key less, one more, or none."""
    whole = share(liar, "prosecutor")
    handed = {"fewer": whole.handed[:-1], "more": [*whole.handed, whole.handed[0]], "none": []}[change]
    other = made_of(liar, whole._replace(handed=handed)).messages["prosecutor"]
    said = record("grant").decode(made_of(liar, whole).whole)
    said["shares"][0]["key_message"] = hashlib.sha256(other).digest()
    index = liar.say(record("grant").encode(said), ["prosecutor"], GRANT)
    liar.hand("prosecutor", other)
    served(world, liar, "prosecutor")
    assert kinds(world, "prosecutor") == [(index, "grant_faulty")]
    assert world.events("prosecutor") == {}


def test_a_grant_under_a_memorandum_that_its_publisher_is_no_agency_of_is_refused(
    world: Simulation, liar: Liar
) -> None:
    """A later member that seals under an earlier version: which chains are all of its chains, that does not say."""
    whole = made_of(liar, share(liar, "prosecutor")).whole
    entry = parse_entry(liar.log.entries[-1])
    assert isinstance(read_control(world.book, liar.origin, 0, entry, whole), OpenedGrant)
    with pytest.raises(Malformed):
        read_control(world.book, liar.origin.replace("police", "sheriff"), 0, entry, whole)


# ---- Keys ----


@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_a_key_message_that_another_share_names_too_is_used_for_ones_own_alone(
    world: Simulation, liar: Liar, late: bool
) -> None:
    """Those who watch read other shares: one of them names the message that is for the coordinator."""
    made = made_of(liar, share(liar, "prosecutor"), share(liar, "advocacy"))
    said = record("grant").decode(made.whole)
    said["shares"][0]["key_message"] = said["shares"][1]["key_message"]
    assert said["shares"][0]["recipient"] < said["shares"][1]["recipient"]
    liar.say(record("grant").encode(said), ["advocacy"], GRANT)
    if late:
        served(world, liar, "advocacy")
    liar.hand("advocacy", made.messages["advocacy"])
    served(world, liar, "advocacy")
    assert kinds(world, "advocacy") == []
    assert {one.slug: one.awaiting for one in world["advocacy"].replica.logs()}["police"] == 0


@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_a_chain_that_one_is_no_reader_of_is_over_disclosed_before_its_key_is_here(
    world: Simulation, liar: Liar, late: bool
) -> None:
    labels = world.book.labels_for("police", "case", "court")
    foreign = next(one for one in labels if not world.book.admits(one, "prosecutor"))
    ((start, key),) = liar.ring(liar.files()[0]).hand_out(foreign, history=False)
    made = made_of(liar, share(liar, "prosecutor", handed=[Handing(foreign, start, key)], entries=()))
    index = liar.say(made.whole, ["prosecutor"], GRANT)
    if not late:
        liar.hand("prosecutor", made.messages["prosecutor"])
    served(world, liar, "prosecutor")
    assert kinds(world, "prosecutor") == [(index, "over_disclosed")]


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_pair_key_of_another_size_stops_the_log_and_no_other(tmp_path: Path, size: int) -> None:
    """The first key bundle of a publisher, sealed and signed as it should be."""
    world = simulate(tmp_path)
    liar = Liar(world, "police")
    home = world["court"]
    home.replica_database._connection.execute("UPDATE origin SET pair_key = NULL WHERE slug = 'police'")
    world.restart("court")
    public = world.memorandum.agencies["court"].hpke_key
    assert public is not None
    sealed = hpke_seal(public, pair_info(liar.origin, "court", 0), bytes(size))
    covers = len(liar.log.entries) + 1
    data = make_key_bundle(
        liar.origin, "court", covers, [(0, sealed)], [], liar.keys.pairs[0].log, liar.entropy
    )
    world.hands.keys["court", "police"] = lambda keys: [(covers, data)]
    liar.append(liar.log.entries[-1])
    served(world, liar, "court")
    faults = {one.slug: one.fault for one in world["court"].replica.logs() if one.fault}
    assert faults == {"police": "a pair key of another size than 32 bytes"}
    liar.close()
    world.restart()


def test_agencies_that_are_given_the_same_keys_get_messages_with_nothing_in_common(tmp_path: Path) -> None:
    """Of a protection order those who watch read the same fields. Who carries the keys must not see that two were given the
    same, which says of what class the file is, nor which messages are decoys.
    """
    world = simulate(tmp_path)
    order: dict[str, Any] = {
        "order_number": "PO-2024-0001",
        "order_kind": "final",
        "contact_conditions": ["no_contact"],
        "order_restrictions": ["no_weapons"],
        "expires_on": "2026-05-20",
        "serve_by": "police",
        "firearms_prohibited": True,
    }
    world.emit("court", event("ProtectionOrderIssued", "O1", **order))
    world.sync("court")
    shares = [share for one in world.opened("court") if isinstance(one, OpenedGrant) for share in one.shares]
    given = {share.recipient: share.chains for share in shares}
    assert given["advocacy"] == given["auditor"]
    messages = [
        message
        for (_, origin), kept in world.hands.kept.items()
        if origin == "court"
        for _, data in kept
        for message in record("keys", marked=False).decode(data)["messages"]
    ]
    assert {share.key_message for share in shares} < {hashlib.sha256(one).digest() for one in messages}
    assert {len(one) for one in messages} == {1072}
    parts = [{one[at : at + 8] for at in range(len(one) - 7)} for one in messages]
    assert all(not one & other for one, other in combinations(parts, 2))
    world.restart()
