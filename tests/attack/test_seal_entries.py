"""Attacks on single entries by whoever holds a publisher's keys: each is refused by itself, told to the publisher, and the
log goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from accord.errors import SlotUnopened
from accord.schema import Codec
from accord.seal import (
    Book,
    GrantTerms,
    Handing,
    Head,
    MadeGrant,
    OwnRing,
    ShareTerms,
    Unopened,
    associated,
    grant_record,
    open_slot,
    parse_entry,
    record,
    seal_event,
)
from accord.seal.book import Part, Plan
from accord.seal.entry import SIZE_CLASSES, pad, serialize
from accord.seal.sealing import seal
from tests.simulator import TODAY, Liar, Simulation, event, simulate, vocabulary

ARREST: dict[str, Any] = {
    "arrest_number": "A2400001",
    "occurred_at": f"{TODAY}T21:15:00-06:00",
    "arrest_kind": "on_view",
    "offenses": ["assault"],
    "mandatory_arrest": True,
    "dual_arrest": False,
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Simulation]:
    """Police with one arrest that the court (from then on), advocacy and the auditor read; received by all four."""
    made = simulate(tmp_path)
    made.emit("police", event("ArrestMade", "M1", **ARREST))
    made.sync_all("police", "court", "advocacy", "auditor")
    yield made
    made.restart()


@pytest.fixture
def liar(world: Simulation) -> Iterator[Liar]:
    """Somebody with the keys of the police."""
    made = Liar(world, "police")
    yield made
    made.close()


def kinds(world: Simulation, slug: str = "advocacy") -> list[tuple[int, str]]:
    """Index and kind of each alarm about the police."""
    return [(one.index, one.kind) for one in world.alarms(slug) if one.origin == "police"]


def arrest(
    liar: Liar, ring: OwnRing, salt: bytes, *, book: Book | None = None, **changes: Any
) -> tuple[bytes, list[Any]]:
    """Another arrest on the chains of the first file."""
    book = book or liar.world.book
    (first,) = (one for one in liar.world.events("police").values() if one.kind == "ArrestMade")
    now = liar.world[liar.slug].clock.now()
    head = Head("ArrestMade", liar.files()[0], _id(salt), None, None, first.occurred_on, now, (0,) * 6)
    return seal_event(
        book,
        liar.name,
        _id(b"entry", salt),
        head._replace(**changes),
        first.values,
        ring,
        liar.entropy,
    )


def _id(*parts: bytes) -> bytes:
    return hashlib.sha256(b"/".join(parts)).digest()[:16]


def served(world: Simulation, liar: Liar, *readers: str) -> None:
    """Let readers have the liar's log, then the publisher what they say of it."""
    liar.show(*readers)
    world.sync(*readers)


# ---- An honest entry after an attack: the log goes on ----


def goes_on(world: Simulation, liar: Liar, ring: OwnRing, reader: str = "advocacy") -> None:
    """The reader opens what the log says next, and calls nothing a fault of the log."""
    data, _ = arrest(liar, ring, b"afterwards")
    index = liar.append(data)
    served(world, liar, reader)
    assert world.events(reader)[_id(b"afterwards").hex()].index == index
    assert {one.slug: one.fault for one in world[reader].replica.logs()}["police"] is None


def test_an_honest_continuation_is_opened(world: Simulation, liar: Liar) -> None:
    """What the attacks below change one thing of."""
    goes_on(world, liar, liar.ring(liar.files()[0]))
    assert kinds(world) == []


# ---- Entries and slots used again ----


def test_a_replayed_entry_opens_nothing_again(world: Simulation, liar: Liar) -> None:
    before = world.events("advocacy")
    last = liar.append(liar.log.entries[-1])
    ring = liar.ring(liar.files()[0])
    served(world, liar, "advocacy", "court")
    assert world.events("advocacy") == before
    goes_on(world, liar, ring)
    assert (last, "dark_entry") in kinds(world)


def test_a_replayed_locator_opens_nothing(world: Simulation, liar: Liar) -> None:
    """A new entry on uses that were counted already."""
    ring = OwnRing(liar.ring(liar.files()[0])._secret)
    data, _ = arrest(liar, ring, b"again")
    index = liar.append(data)
    served(world, liar, "advocacy")
    assert _id(b"again").hex() not in world.events("advocacy")
    assert kinds(world) == [(index, "dark_entry")]
    goes_on(world, liar, liar.ring(liar.files()[0]))


def slots_of(data: bytes) -> list[tuple[bytes, bytes, bytes]]:
    entry = parse_entry(data)
    return list(zip(entry.locators, entry.nonces, entry.ciphertexts, strict=True))


def rebuilt(data: bytes, slots: list[tuple[bytes, bytes, bytes]], **changes: bytes) -> bytes:
    entry = parse_entry(data)
    ids = {"entry_id": entry.entry_id, "memorandum": entry.memorandum, **changes}
    size = len(slots[0][2]) - 16
    return serialize(ids["entry_id"], ids["memorandum"], size, slots)


def test_swapped_slots_do_not_open(world: Simulation, liar: Liar) -> None:
    ring = liar.ring(liar.files()[0])
    data, positions = arrest(liar, ring, b"swapped")
    slots = slots_of(data)
    header, other = positions[0].slot, positions[1].slot
    one, two = slots[header], slots[other]
    slots[header], slots[other] = (one[0], *two[1:]), (two[0], *one[1:])
    index = liar.append(rebuilt(data, slots))
    served(world, liar, "advocacy")
    assert kinds(world) == [(index, "entry_refused")]
    assert _id(b"swapped").hex() not in world.events("advocacy")


def test_a_slot_moved_to_another_entry_does_not_open(world: Simulation, liar: Liar) -> None:
    data, _ = arrest(liar, liar.ring(liar.files()[0]), b"moved")
    index = liar.append(rebuilt(data, slots_of(data), entry_id=_id(b"another")))
    served(world, liar, "advocacy")
    assert kinds(world) == [(index, "entry_refused")]


def test_a_slot_of_another_log_does_not_open(world: Simulation, liar: Liar) -> None:
    liar.origin = liar.origin.replace("police", "court")
    data, _ = arrest(liar, liar.ring(liar.files()[0]), b"another log")
    index = liar.append(data)
    served(world, liar, "advocacy")
    assert kinds(world) == [(index, "entry_refused")]


def test_a_slot_under_another_memorandum_does_not_open(world: Simulation, liar: Liar) -> None:
    """Sealed under one version, said to be under another: the version is part of what is authenticated."""
    other = Book(replace_text(world, b"# Model", b"# model"), vocabulary(), Codec(vocabulary()))
    assert other.memorandum.sha256 != world.memorandum.sha256
    data, _ = arrest(liar, liar.ring(liar.files()[0]), b"version", book=other)
    index = liar.append(rebuilt(data, slots_of(data), memorandum=world.memorandum.sha256))
    served(world, liar, "advocacy")
    assert kinds(world) == [(index, "entry_refused")]


def replace_text(world: Simulation, old: bytes, new: bytes) -> Any:
    from accord.memorandum import Memorandum

    text = world.memorandum.text
    assert old in text
    return Memorandum.parse(text.replace(old, new, 1), vocabulary())


def test_an_entry_under_an_unknown_memorandum_is_shown_as_not_understood(
    world: Simulation, liar: Liar
) -> None:
    other = Book(replace_text(world, b"# Model", b"# model"), vocabulary(), Codec(vocabulary()))
    ring = liar.ring(liar.files()[0])
    data, _ = arrest(liar, OwnRing(ring._secret, liar.positions(liar.files()[0])), b"newer", book=other)
    index = liar.append(data)
    served(world, liar, "advocacy")
    unknown = [one for one in world.opened("advocacy") if isinstance(one, Unopened)]
    assert [(one.index, one.understood) for one in unknown] == [(index, False)]
    assert world.views("advocacy").counts()["entries_not_understood"] == 1
    goes_on(world, liar, ring)


# ---- Bytes ----


def sealed_slot(liar: Liar, number: int, plaintext: bytes, *, raw: bool = False) -> tuple[bytes, bytes]:
    """An entry in which the slot of the file's header says this; with `raw`, without our padding."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    data, positions = arrest(liar, liar.ring(liar.files()[0]), b"bytes")
    slots = slots_of(data)
    position = positions[number]
    keys = liar.ring(liar.files()[0]).keys_at(position.label, position.n)
    assert keys is not None
    entry = parse_entry(data)
    locator, nonce, text = slots[position.slot]
    size = len(text) - 16
    bound = associated(liar.name, entry.entry_id, entry.memorandum) + locator
    text = AESGCM(keys[1]).encrypt(nonce, plaintext if raw else pad(plaintext, size), bound)
    slots[position.slot] = (locator, nonce, text)
    return rebuilt(data, slots), keys[1]


@pytest.mark.parametrize(
    "padded",
    [bytes(256), b"\x01" * 256, b"\x80" * 255 + b"\x01", b"text" + bytes(252)],
    ids=["zeros", "none", "not last", "no mark"],
)
def test_altered_padding_is_refused(world: Simulation, liar: Liar, padded: bytes) -> None:
    data, _ = sealed_slot(liar, 0, padded, raw=True)
    index = liar.append(data)
    served(world, liar, "advocacy")
    assert kinds(world) == [(index, "entry_refused")]


def test_a_ciphertext_that_opens_under_two_keys_has_one_meaning(world: Simulation, liar: Liar) -> None:
    """AES-GCM commits to no key, but a slot's key follows from e[n], to which the locator commits: whoever holds another
    key for the same bytes would have to find an e[n] with the same locator.
    """
    ring = liar.ring(liar.files()[0])
    data, positions = arrest(liar, ring, b"two")
    entry = parse_entry(data)
    position = positions[0]
    keys = ring.keys_at(position.label, position.n)
    other = ring.keys_at(position.label, position.n + 1)
    assert keys is not None
    assert other is not None
    bound = associated(liar.name, entry.entry_id, entry.memorandum)
    open_slot(entry, position.slot, keys[1], bound)
    with pytest.raises(SlotUnopened):
        open_slot(entry, position.slot, other[1], bound)
    assert keys[0] == entry.locators[position.slot] != other[0]
    # The same ciphertext under another locator is bound to that locator, and does not open either.
    slots = slots_of(data)
    slots[position.slot] = (other[0], *slots[position.slot][1:])
    moved = parse_entry(rebuilt(data, sorted(slots)))
    with pytest.raises(SlotUnopened):
        open_slot(moved, moved.locators.index(other[0]), keys[1], bound)


@pytest.mark.parametrize(
    "table",
    [bytes(7), bytes([0, 1, 2, 3, 4, 5, 5]), bytes([8, 1, 2, 3, 4, 5, 6])],
    ids=["all one", "twice", "beyond"],
)
def test_a_header_that_numbers_the_slots_wrongly_is_refused(
    world: Simulation, liar: Liar, table: bytes
) -> None:
    said = header(liar)
    data, _ = sealed_slot(liar, 0, record("header").encode({**said, "table": table}))
    index = liar.append(data)
    served(world, liar, "advocacy")
    assert kinds(world) == [(index, "entry_refused")]


def header(liar: Liar) -> dict[str, Any]:
    """What the header of the next arrest says."""
    ring = liar.ring(liar.files()[0])
    data, positions = arrest(liar, ring, b"bytes")
    entry, position = parse_entry(data), positions[0]
    keys = ring.keys_at(position.label, position.n)
    assert keys is not None
    text = open_slot(entry, position.slot, keys[1], associated(liar.name, entry.entry_id, entry.memorandum))
    return record("header").decode(text)


@pytest.mark.parametrize(
    "changes",
    [{"kind": "ThingDone"}, {"schema": bytes(8)}, {"file": bytes(16)}, {"kind": "ReportAvailable"}],
    ids=["kind", "schema", "file", "other kind"],
)
def test_a_header_that_says_what_is_not_so_is_refused(
    world: Simulation, liar: Liar, changes: dict[str, Any]
) -> None:
    """An unknown kind, a schema that is not the kind's, a file that the chain does not belong to."""
    data, _ = sealed_slot(liar, 0, record("header").encode({**header(liar), **changes}))
    index = liar.append(data)
    served(world, liar, "advocacy")
    assert [one[0] for one in kinds(world)] == [index]
    assert all(item.index != index for item in world.events("advocacy").values())


def test_a_header_in_another_encoding_is_refused(world: Simulation, liar: Liar) -> None:
    data, _ = sealed_slot(liar, 0, record("header").encode(header(liar)) + b"\x00")
    index = liar.append(data)
    served(world, liar, "advocacy")
    assert kinds(world) == [(index, "entry_refused")]


@pytest.mark.parametrize("size", [0, 1, 100, 2_000, 32 * 1024, 40_000])
def test_an_entry_of_another_length_is_refused(world: Simulation, liar: Liar, size: int) -> None:
    index = liar.append(liar.entropy.draw(size, b"noise"))
    served(world, liar, "court")
    assert kinds(world, "court") == [(index, "entry_refused")]
    goes_on(world, liar, liar.ring(liar.files()[0]), "court")


# ---- Over-disclosure ----


class Generous(Book):
    """A book that gives one audience every field of the kind."""

    def __init__(self, world: Simulation, audience: int) -> None:
        super().__init__(world.memorandum, vocabulary(), Codec(vocabulary()))
        self._audience = audience

    def plan(self, kind: str) -> Plan:
        plan = super().plan(kind)
        every = Codec(vocabulary()).restricted(kind, vocabulary().events[kind].names)
        parts = tuple(
            replace(part, restricted=every) if part.audience.index == self._audience else part
            for part in plan.parts
        )
        return replace(plan, parts=parts)


def seen_by(world: Simulation, slug: str) -> Part:
    """An audience of arrests that this agency reads, and that has fields."""
    role = world.memorandum.agencies[slug].role
    parts = world.book.plan("ArrestMade").parts
    return next(one for one in parts if role in one.audience.roles and one.audience.fields)


@pytest.mark.parametrize("reader", ["advocacy", "court"])
def test_a_publisher_that_seals_more_fields_than_an_audience_is_given_is_refused_and_told(
    world: Simulation, liar: Liar, reader: str
) -> None:
    generous = Generous(world, seen_by(world, reader).audience.index)
    data, _ = arrest(liar, liar.ring(liar.files()[0]), b"generous", book=generous)
    index = liar.append(data)
    served(world, liar, reader)
    assert kinds(world, reader) == [(index, "over_disclosed")]
    assert _id(b"generous").hex() not in world.events(reader)
    told = [one for one in world.opened(reader) if getattr(one, "fault", None) == "over_disclosed"]
    world.sync(reader)
    told = [one for one in world.opened(reader) if getattr(one, "fault", None) == "over_disclosed"]
    assert [(one.about_origin, one.about_index) for one in told] == [("police", index)]


def test_a_refused_entry_leaves_nothing_of_what_it_said_in_the_projection(
    world: Simulation, liar: Liar
) -> None:
    before = world.views("court").cases()
    generous = Generous(world, seen_by(world, "court").audience.index)
    data, _ = arrest(liar, liar.ring(liar.files()[0]), b"generous", book=generous)
    liar.append(data)
    served(world, liar, "court")
    assert world.views("court").cases() == before


def test_a_slot_sealed_for_the_wrong_role_is_not_opened_by_it(world: Simulation, liar: Liar) -> None:
    """The header numbers a slot as another audience's, on a chain that the reader holds."""
    book, ring = world.book, liar.ring(liar.files()[0])
    plan = book.plan("ArrestMade")
    (first,) = (one for one in world.events("police").values() if one.kind == "ArrestMade")
    labels = list(book.event_labels("ArrestMade", first.values))
    mine = next(label for label in labels[1:] if book.admits(label, "court"))
    other = next(i for i, label in enumerate(labels) if i and not book.admits(label, "court"))
    labels[other] = mine
    keys = []
    for label in labels:
        pair = ring.keys(label)
        assert pair is not None
        keys.append(pair)
        ring.use(label)
    said = {**header(liar), "event_id": _id(b"wrong role")}

    def contents(numbers: Any) -> list[bytes]:
        table = bytes(numbers[1:])
        return [
            record("header").encode({**said, "table": table}),
            *(part.restricted.encode(first.values) if part.audience.fields else b"" for part in plan.parts),
        ]

    data = seal(liar.name, _id(b"wrong role"), world.memorandum.sha256, keys, contents, liar.entropy)
    liar.append(data)
    served(world, liar, "court")
    opened = world.events("court").get(_id(b"wrong role").hex())
    withheld = set(plan.parts[other - 1].audience.fields)
    assert withheld
    assert opened is None or not withheld & set(opened.values)


# ---- Grants ----


def terms(liar: Liar) -> GrantTerms:
    """A grant of the first file."""
    (first,) = (one for one in liar.world.events("police").values() if one.kind == "ArrestMade")
    return GrantTerms(liar.files()[0], "case", "police", first.event_id, liar.world[liar.slug].clock.now())


def share(recipient: str, *handed: Handing, **changes: Any) -> ShareTerms:
    """What a recipient is given, with nothing that came before."""
    return ShareTerms(recipient, 0, False, handed, ())._replace(**changes)


def handing(liar: Liar, label: str, *, key: bytes | None = None, history: bool = False) -> Handing:
    """A chain of the first file as it stands, or from its first use."""
    ((start, real),) = liar.ring(liar.files()[0]).hand_out(label, history=history)
    return Handing(label, start, key or real)


GRANT = _id(b"grant")


def made_of(liar: Liar, *shares: ShareTerms, entry_id: bytes = GRANT) -> MadeGrant:
    """A grant of these shares."""
    return grant_record(liar.world.book, liar.name, entry_id, liar.pair_key, terms(liar), shares)


def granted(liar: Liar, one: ShareTerms) -> bytes:
    """Append a grant to a recipient; returns the key message."""
    made = made_of(liar, one)
    liar.say(made.whole, [one.recipient], GRANT)
    return made.messages[one.recipient]


def resaid(made: MadeGrant, *several: dict[str, Any], **changes: Any) -> bytes:
    """A grant as it says itself, changed: `several` change its shares, one by one."""
    said = record("grant").decode(made.whole)
    shares = [{**one, **other} for one, other in zip_longest(said["shares"], several, fillvalue={})]
    return record("grant").encode({**said, "shares": shares, **changes})


def header_label(world: Simulation, kind: str = "ArrestMade") -> str:
    return world.book.plan(kind).header_labels[0]


@pytest.fixture
def outsider(world: Simulation) -> str:
    """An agency that is not part of the case; it has received the log."""
    world.sync("prosecutor")
    assert world.events("prosecutor") == {}
    return "prosecutor"


def test_an_honest_grant_opens_what_follows(world: Simulation, liar: Liar, outsider: str) -> None:
    """What the faulty grants below change one thing of."""
    labels = world.book.labels_for("police", "case", outsider)
    liar.hand(outsider, granted(liar, share(outsider, *(handing(liar, label) for label in labels))))
    goes_on(world, liar, liar.ring(liar.files()[0]), outsider)
    assert kinds(world, outsider) == []


def wrong_key(world: Simulation, liar: Liar, recipient: str) -> int:
    """A grant whose message commits to one key, and brings another; returns its index."""
    label = header_label(world)
    honest = made_of(liar, share(recipient, handing(liar, label)))
    wrong = made_of(liar, share(recipient, handing(liar, label, key=bytes([1]) * 32)))
    message = honest.messages[recipient][:32] + wrong.messages[recipient][32:]
    plaintext = resaid(honest, {"key_message": hashlib.sha256(message).digest()})
    index = liar.say(plaintext, [recipient], GRANT)
    liar.hand(recipient, message)
    return index


def test_a_grant_with_a_wrong_key_is_faulty(world: Simulation, liar: Liar, outsider: str) -> None:
    index = wrong_key(world, liar, outsider)
    liar.append(arrest(liar, liar.ring(liar.files()[0]), b"afterwards")[0])
    served(world, liar, outsider)
    assert kinds(world, outsider) == [(index, "grant_faulty")]
    assert world.events(outsider) == {}


def test_a_key_message_under_another_pair_key_is_faulty(world: Simulation, liar: Liar, outsider: str) -> None:
    """Wrapped for the court, and named in a grant to somebody else."""
    handed = [handing(liar, header_label(world))]
    made = grant_record(
        world.book,
        liar.name,
        GRANT,
        lambda _: liar.pair_key("court"),
        terms(liar),
        [share(outsider, *handed)],
    )
    index = liar.say(made.whole, [outsider], GRANT)
    liar.hand(outsider, made.messages[outsider])
    served(world, liar, outsider)
    assert kinds(world, outsider) == [(index, "grant_faulty")]


def test_a_key_message_that_the_grant_does_not_name_is_not_used(
    world: Simulation, liar: Liar, outsider: str
) -> None:
    """Its digest is another: the grant waits for its own, and the file stays shut."""
    message = granted(liar, share(outsider, handing(liar, header_label(world))))
    liar.hand(outsider, message[:-1] + bytes([message[-1] ^ 1]))
    served(world, liar, outsider)
    state = next(one for one in world[outsider].replica.logs() if one.slug == "police")
    assert (state.awaiting, state.fault) == (1, None)
    assert world.events(outsider) == {}


def test_a_grant_of_a_chain_that_the_recipient_is_no_reader_of_is_over_disclosure(
    world: Simulation, liar: Liar, outsider: str
) -> None:
    labels = [part.labels[0] for part in world.book.plan("ArrestMade").parts]
    other = next(label for label in labels if not world.book.admits(label, outsider))
    handed = [handing(liar, header_label(world)), handing(liar, other)]
    liar.hand(outsider, granted(liar, share(outsider, *handed)))
    index = len(liar.log.entries) - 1
    served(world, liar, outsider)
    assert kinds(world, outsider) == [(index, "over_disclosed")]
    data, _ = arrest(liar, liar.ring(liar.files()[0]), b"afterwards")
    liar.append(data)
    served(world, liar, outsider)
    assert world.events(outsider) == {}


EARLIER: dict[str, tuple[int, ...]] = {
    "a control entry": (0,),
    "beyond the log": (10_000,),
    "before the log": (-1,),
    "itself": (6,),
    "twice": (5, 5),
    "first one that opens": (5, 0),
}


@pytest.mark.parametrize("earlier", EARLIER)
def test_a_grant_that_names_earlier_entries_that_it_does_not_open_is_faulty(
    world: Simulation, liar: Liar, outsider: str, earlier: str
) -> None:
    (first,) = (one for one in world.events("police").values() if one.kind == "ArrestMade")
    meant = {5: first.index, 6: len(liar.log.entries)}
    entries = tuple(meant.get(one, one) for one in EARLIER[earlier])
    handed = [handing(liar, label, history=True) for label in (header_label(world),)]
    liar.hand(outsider, granted(liar, share(outsider, *handed, history=True, entries=entries)))
    served(world, liar, outsider)
    assert [one[1] for one in kinds(world, outsider)] == ["grant_faulty"]
    assert world.events(outsider) == {}
    world.restart(outsider)
    world.sync(outsider)
    assert world.events(outsider) == {}


def test_a_grant_whose_numbers_name_nobody_is_refused(world: Simulation, liar: Liar, outsider: str) -> None:
    """Each agency and rule has one number, none from the other end of the list; -1 is a rule of an earlier version."""
    honest = made_of(liar, share(outsider, handing(liar, header_label(world))))
    named = {"set": 0, "agencies": [1], "start": 0}
    faulty = [
        resaid(honest, because_origin=-7),
        *(
            resaid(honest, changes)
            for changes in (
                {"recipient": 1 - 7},
                {"recipient": 99},
                {"rule": -2},
                {"rule": 999},
                {"sets": [-1]},
                {"sets": [9999]},
                {"starts": [-1]},
                {"named": [{**named, "set": -1}]},
                {"named": [{**named, "agencies": [1 - 7]}]},
                {"named": [{**named, "agencies": [99]}]},
                {"named": [{**named, "start": -1}]},
            )
        ),
    ]
    for number, plaintext in enumerate(faulty):
        liar.say(plaintext, [outsider], _id(b"g", bytes([number])))
    served(world, liar, outsider)
    assert [one[1] for one in kinds(world, outsider)] == ["entry_refused"] * len(faulty)


def test_a_late_key_opens_what_came_since_whatever_else_was_refused(world: Simulation, liar: Liar) -> None:
    """An entry that is no entry lies between a grant and its late key: the log is not stopped by it again."""
    world.hands.hold_keys("court", "police")
    world.emit("police", event("ArrestMade", "M2", **{**ARREST, "arrest_number": "A2400002"}))
    world.sync("police", "court")
    late = Liar(world, "police")
    late.append(b"no entry")
    served(world, late, "court")
    assert [kind for _, kind in kinds(world, "court")] == ["entry_refused"]
    before = set(world.events("court"))
    world.hands.keys.clear()
    world.sync("court")
    late.close()
    assert len(set(world.events("court")) - before) == 1
    assert {one.slug: one.fault for one in world["court"].replica.logs()}["police"] is None


def test_a_grant_for_another_recipient_is_of_no_use(world: Simulation, liar: Liar, outsider: str) -> None:
    """The court's own grant and key message, sent to an outsider as well."""
    kept = [data for data in world.hands.kept["court", "police"] if data[0] > 2]
    assert kept
    world.hands.keys[outsider, "police"] = lambda keys: [*keys, *kept]
    data, _ = arrest(liar, liar.ring(liar.files()[0]), b"afterwards")
    liar.append(data)
    served(world, liar, outsider)
    assert world.events(outsider) == {}


def test_a_grant_that_is_faulty_is_told_to_its_publisher(
    world: Simulation, liar: Liar, outsider: str
) -> None:
    index = wrong_key(world, liar, outsider)
    served(world, liar, outsider)
    world.sync(outsider)
    world.sync("police")
    said = [one for one in world.opened("police") if getattr(one, "about_origin", "") == "police"]
    assert [(one.origin, one.fault, one.about_index) for one in said] == [(outsider, "grant_faulty", index)]


# ---- Nobody can publish to nobody ----


def test_an_entry_that_the_coordinator_cannot_open_is_an_alarm(world: Simulation, liar: Liar) -> None:
    dark = OwnRing(liar.entropy.draw(32, b"a file that nobody was let into"))
    data, _ = arrest(liar, dark, b"dark")
    index = liar.append(data)
    served(world, liar, "advocacy", "court")
    assert kinds(world) == [(index, "dark_entry")]
    assert kinds(world, "court") == []
    world.sync("advocacy", "police")
    said = [one for one in world.opened("police") if getattr(one, "about_origin", "") == "police"]
    assert [(one.origin, one.fault, one.about_index) for one in said] == [("advocacy", "dark_entry", index)]


def test_noise_in_the_form_of_an_entry_is_dark(world: Simulation, liar: Liar) -> None:
    noise = [(liar.entropy.draw(32, b"l", bytes([i])), bytes(12), bytes(272)) for i in range(8)]
    index = liar.append(serialize(_id(b"noise"), world.memorandum.sha256, SIZE_CLASSES[0], sorted(noise)))
    served(world, liar, "advocacy")
    assert kinds(world) == [(index, "dark_entry")]


def test_a_dark_entry_is_told_once(world: Simulation, liar: Liar) -> None:
    data, _ = arrest(liar, OwnRing(bytes(32)), b"dark")
    liar.append(data)
    served(world, liar, "advocacy")
    world.restart("advocacy")
    world.sync("advocacy", "advocacy")
    assert len(kinds(world)) == 1


def test_a_late_key_is_no_dark_entry(world: Simulation) -> None:
    """What is only awaited raises no alarm, and opens once the key is there."""
    world.hands.hold_keys("advocacy", "police")
    world.emit("police", event("ArrestMade", "M2", **{**ARREST, "arrest_number": "A2400002"}))
    world.sync("police", "advocacy")
    assert kinds(world) == []
    waiting = {one.slug: one.awaiting for one in world["advocacy"].replica.logs()}
    assert waiting["police"] == 1
    assert len([one for one in world.events("advocacy").values() if one.kind == "ArrestMade"]) == 1
    world.hands.free()
    world.sync("advocacy")
    assert len([one for one in world.events("advocacy").values() if one.kind == "ArrestMade"]) == 2
    assert kinds(world) == []


def test_an_adoption_in_several_entries_is_no_dark_entry(tmp_path: Path) -> None:
    """Twelve agencies do not fit one entry: the coordinating agency reads each of them all the same."""
    world = simulate(tmp_path, twins=True)
    world.sync_all("advocacy", "police", "court")
    assert len(world.slugs) > 8
    assert world["police"].log.size == 2
    assert kinds(world) == []
    said = [one for one in world.opened("advocacy") if type(one).__name__ == "OpenedAdoption"]
    assert len([one for one in said if one.origin == "police"]) == 2
    world.restart()
