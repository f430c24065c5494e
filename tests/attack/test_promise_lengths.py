"""What an observer without keys sees, as the format says: the publisher, the beat, how many entries and of which size class;
not which entries belong together, nor what kind they are, nor who may read them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accord.adapters.directory import DirectoryWire
from accord.memorandum import Memorandum
from accord.schema import Codec, Intake
from accord.seal import Book, Head, OwnRing, parse_entry, seal_control, seal_event
from accord.seal.entry import SIZE_CLASSES, SLOTS, TAG
from accord.sources import SeededEntropy
from tests.attack.promise_world import Maker, full
from tests.simulator import Simulation, event, model, simulate, vocabulary

MEMORANDUM = Memorandum.parse(model(), vocabulary())
BOOK = Book(MEMORANDUM, vocabulary(), Codec(vocabulary()))
ENTROPY = SeededEntropy(b"lengths")
INTAKE = Intake(
    vocabulary(),
    local_codes=MEMORANDUM.local_codes,
    numbers=MEMORANDUM.numbers,
    agencies=MEMORANDUM.agencies,
)
NOW = 1_748_736_000_000_000


def sealed(kind: str, data: dict[str, Any], salt: int = 0, ring: OwnRing | None = None) -> bytes:
    """An event as its entry."""
    values = INTAKE.plain(kind, data, now=NOW)
    id_ = ENTROPY.draw(16, b"entry", kind.encode(), salt.to_bytes(4, "big"))
    head = Head(kind, bytes(16), id_, None, None, 20_228, NOW, (0,) * 6)
    return seal_event(BOOK, b"model/x", id_, head, values, ring or OwnRing(bytes(32)), ENTROPY)[0]


def usual() -> dict[str, dict[str, Any]]:
    maker = Maker()
    return {kind: full(maker, spec, {}) for kind, spec in vocabulary().events.items()}


USUAL = usual()


def extremes(kind: str, name: str) -> Iterator[Any]:
    """The shortest and the longest values that a field can have, sets of one at most."""
    spec = vocabulary().events[kind].field(name).spec
    codes = [*vocabulary().lists[spec.list].codes] if spec.list else []
    yield from {
        "bool": [True, False],
        "int": [spec.minimum, 2**31 - 1],
        "date": ["1950-01-01", "2099-12-31"],
        "time": ["1970-01-01T00:00:00Z", "2025-05-31T23:59:59.999999Z"],
        "code": sorted(codes, key=len)[:1] + sorted(codes, key=len)[-1:] if len(codes) > 1 else [],
        "codes": [[], *([one] for one in (min(codes, key=len), max(codes, key=len)))] if codes else [],
        "citation": ["C1", "TRIBAL"[:4] + "-12.04.170(2)"[:9].replace("(", "A")],
        "event": ["00" * 16, "ff" * 16],
        "events": [[], ["ff" * 16]],
        "hmac": ["00" * 32, "ff" * 32],
        "agency": ["court", "reeducation"],
        "number": [],
        "numbers": [[]],
    }[spec.type]
    if not vocabulary().events[kind].field(name).required:
        yield None


@pytest.mark.parametrize("kind", sorted(USUAL))
def test_two_values_cannot_be_told_apart_by_length(kind: str) -> None:
    """Whatever one field says, the entry has the same length, and all its slots have."""
    if kind == "ChargeDisposed":
        USUAL[kind]["disposition"] = "dismissed"
    expected = len(sealed(kind, USUAL[kind]))
    for name in vocabulary().events[kind].names:
        for value in extremes(kind, name):
            if (kind, name) == ("ChargeDisposed", "dismissal_reason") and value is None:
                continue
            changed = {**USUAL[kind], name: value}
            assert len(sealed(kind, changed)) == expected, (name, value)


def test_kinds_cannot_be_told_apart_by_length() -> None:
    lengths = {kind: len(sealed(kind, data)) for kind, data in USUAL.items()}
    assert len(set(lengths.values())) == 1, lengths


def test_an_event_a_grant_a_notice_and_an_adoption_look_alike() -> None:
    said = [b"", b"x" * 100, b"y" * 255]
    entries = [
        seal_control(
            b"model/x",
            ENTROPY.draw(16, b"c", text),
            MEMORANDUM,
            text,
            [],
            OwnRing(text[:32].ljust(32)),
            ENTROPY,
        )[0]
        for text in said
    ]
    assert {len(one) for one in entries} == {len(sealed("ArrestMade", USUAL["ArrestMade"]))}


def test_only_long_sets_take_the_next_size_and_nothing_else_shows() -> None:
    covers = [bytes([n]).hex() * 16 for n in range(100)]
    sizes = []
    for count in range(0, 100, 3):
        data = sealed("LegalHold", {**USUAL["LegalHold"], "covers": covers[:count]})
        slots = {len(one) - TAG for one in parse_entry(data).ciphertexts}
        assert len(slots) == 1
        sizes.append(slots.pop())
    assert sizes == sorted(sizes)
    assert set(sizes) == set(SIZE_CLASSES)


def test_every_entry_has_eight_slots_in_the_order_of_their_locators() -> None:
    for kind, data in USUAL.items():
        entry = parse_entry(sealed(kind, data))
        assert len(entry.locators) == SLOTS
        assert list(entry.locators) == sorted(entry.locators)


def test_the_place_of_a_slot_tells_nothing() -> None:
    """The header's slot falls on each of eight places about equally often (chi-square, 7 degrees, 0.1%)."""
    ring = OwnRing(bytes(32))
    places: Counter[int] = Counter()
    for number in range(800):
        values = INTAKE.plain("CaseLinked", USUAL["CaseLinked"], now=NOW)
        id_ = number.to_bytes(16, "big")
        head = Head("CaseLinked", bytes(16), id_, None, None, 20_228, NOW, (0,) * 6)
        _, positions = seal_event(BOOK, b"model/x", id_, head, values, ring, ENTROPY)
        places[positions[0].slot] += 1
    assert sum((places[slot] - 100) ** 2 / 100 for slot in range(8)) < 24.3


# ---- A whole wire ----


def view(wire: Path) -> dict[str, Any]:
    """All that an observer without keys has: names and sizes of files, per log how many entries of which length."""
    files = {str(one.relative_to(wire)): one.stat().st_size for one in wire.rglob("*") if one.is_file()}
    carried = DirectoryWire(wire)
    slugs = sorted(one.name for one in wire.iterdir() if one.name != "keys")
    return {
        "files": {name: size for name, size in files.items() if not name.endswith("checkpoint")},
        "lengths": {slug: [len(data) for data in entries(carried, slug)] for slug in slugs},
    }


def entries(wire: DirectoryWire, slug: str) -> list[bytes]:
    return [bytes(data) for bundle in wire.bundles(slug, 0) for data in bundle.entries]


def told(root: Path, order: list[tuple[str, int]]) -> Simulation:
    """Violations and referrals of two matters, emitted in this order, on the wire."""
    world = simulate(root)
    for subject, number in order:
        if number == 0:
            data = {
                "violated": "sentence",
                "violation_kind": "contact",
                "answer_from": "court",
            }
            world.emit("police", event("ViolationReported", subject, f"{subject} {number}", **data))
        else:
            world.emit("police", event("CaseLinked", subject, f"{subject} {number}", other_event="ab" * 16))
    world.sync("police")
    return world


MATTERS = [("one", 0), ("one", 1), ("one", 2), ("two", 0), ("two", 1), ("two", 2)]
PERMUTED = {
    "one after the other": MATTERS,
    "in turn": [MATTERS[i] for i in (0, 3, 1, 4, 2, 5)],
    "the other first": MATTERS[3:] + MATTERS[:3],
    "nested": [MATTERS[i] for i in (3, 0, 1, 2, 4, 5)],
}


def test_entries_of_one_case_look_like_entries_of_different_cases(tmp_path: Path) -> None:
    """Whichever entries belong together, the observer sees the same: names, sizes, counts."""
    views = []
    for number, order in enumerate(PERMUTED.values()):
        world = told(tmp_path / str(number), order)
        world.restart()
        views.append(view(world.root / "wire"))
    assert all(one == views[0] for one in views)


def test_nothing_in_any_entry_is_ever_repeated(tmp_path: Path) -> None:
    """Ids, locators, nonces, ciphertexts: no two alike; and no eight bytes of one entry stand in another, but for the
    version, the memorandum and the lengths.
    """
    world = told(tmp_path, MATTERS)
    world.sync_all()
    carried = DirectoryWire(world.root / "wire")
    everything = [data for slug in world.slugs for data in entries(carried, slug)]
    parsed = [parse_entry(data) for data in everything]
    for several in (
        [one.entry_id for one in parsed],
        [locator for one in parsed for locator in one.locators],
        [nonce for one in parsed for nonce in one.nonces],
        [text for one in parsed for text in one.ciphertexts],
    ):
        assert len(set(several)) == len(several)
    assert {one.memorandum for one in parsed} == {world.memorandum.sha256}
    seen: set[bytes] = set()
    for one in parsed:
        mine = {
            part[at : at + 8]
            for part in (one.entry_id, *one.locators, *one.ciphertexts)
            for at in range(len(part) - 7)
        }
        assert not mine & seen
        seen |= mine
    world.restart()


def test_the_bytes_of_slots_look_random(tmp_path: Path) -> None:
    """Chi-square of the bytes of slots and decoys over all entries (255 degrees, 0.1%)."""
    world = told(tmp_path, MATTERS)
    carried = DirectoryWire(world.root / "wire")
    counts: Counter[int] = Counter()
    for data in itertools.chain(entries(carried, "police"), entries(carried, "court")):
        entry = parse_entry(data)
        for part in (*entry.locators, *entry.nonces, *entry.ciphertexts):
            counts.update(part)
    expected = sum(counts.values()) / 256
    assert sum((counts[byte] - expected) ** 2 / expected for byte in range(256)) < 330.5
    world.restart()


def test_who_was_sent_a_key_cannot_be_told_from_who_was_not(tmp_path: Path) -> None:
    """A violation for the court to answer: its key bundle is as long as everybody's, who got none."""
    world = simulate(tmp_path)
    data = {"violated": "sentence", "violation_kind": "contact", "answer_from": "court"}
    world.emit("police", event("ViolationReported", "one", **data))
    world.sync("police")
    folder = world.root / "wire" / "keys"
    sizes = {
        slug: [one.stat().st_size - len(slug) for one in (folder / slug / "police").iterdir()]
        for slug in world.slugs
        if slug != "police"
    }
    assert len({tuple(one) for one in sizes.values()}) == 1, sizes
    world.restart()
