"""No bit of an entry can be changed so that it says something else."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.errors import EvidenceFault, Malformed
from accord.memorandum import Memorandum
from accord.schema import Codec
from accord.seal import Book, Head, OwnRing, Ring, match_header, parse_entry, read_event, seal_event
from accord.seal.entry import SIZE_CLASSES, TAG, pad, serialize, size_class, unpad
from accord.sources import SeededEntropy
from tests.property.vocabulary_values import values
from tests.simulator import model, vocabulary

EXCHANGE = "model"
SECRET = bytes(range(32))


@cache
def book() -> Book:
    return Book(Memorandum.parse(model(), vocabulary()), vocabulary(), Codec(vocabulary()))


def origin(kind: str) -> str:
    """The log of an agency that publishes this kind of event."""
    return f"{EXCHANGE}/{next(slug for slug in book().slugs if book().publishes(slug, kind))}"


def sealed(kind: str, made: dict[str, Any], salt: bytes = b"") -> bytes:
    """An event as its entry, on the first uses of a file's chains."""
    head = Head(kind, bytes(16), b"v" * 16, None, None, 20_000, 1_750_000_000_000_000, (1,) * 6)
    entropy = SeededEntropy(b"bits" + salt)
    return seal_event(book(), origin(kind).encode(), b"e" * 16, head, made, OwnRing(SECRET), entropy)[0]


def holding_everything(kind: str, made: dict[str, Any]) -> Ring:
    """The ring of a reader who holds every chain of the event."""
    own, ring = OwnRing(SECRET), Ring()
    for label in book().event_labels(kind, made):
        ((first, key),) = own.hand_out(label, history=False)
        ring.hold(label, first, key)
    return ring


def read(kind: str, made: dict[str, Any], data: bytes) -> Any:
    """What a reader of everything gets; None where no slot is recognised."""
    entry, ring = parse_entry(data), holding_everything(kind, made)
    at = match_header(entry, ring, [label for label in ring.labels if label.startswith("#")])
    return None if at is None else read_event(book(), origin(kind), 5, entry, ring, at)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_whatever_an_event_says_its_readers_get_exactly(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(vocabulary().events)))
    made = data.draw(values(vocabulary().events[kind], book().memorandum))
    try:
        entry = sealed(kind, made)
    except Malformed:  # more than the greatest slot holds: long sets of long numbers
        return
    reading = read(kind, made, entry)
    assert reading.event.values == made
    assert (reading.event.kind, reading.event.event_id) == (kind, b"v" * 16)
    assert {one.slot for one in reading.positions} <= set(range(8))


def _sample(kind: str) -> dict[str, Any]:
    return values(vocabulary().events[kind], book().memorandum).example()


WIDEST = "CaseReferred"


@pytest.fixture(scope="module")
def referral() -> dict[str, Any]:
    number = {"kind": "arrest", "issuer": "police", "value": "A2400001"}
    made = {"occurred_at": 1_750_000_000_000_000, "to_agency": "probation", "purpose": "supervision"}
    return {**made, "case_numbers": [number], "arrest": b"a" * 16}


def test_every_single_bit_of_an_entry_is_parsed_or_sealed(referral: dict[str, Any]) -> None:
    """Flip one bit: it no longer parses, or is not recognised, or does not open; or the bit is of a decoy, and every
    value is what it was.
    """
    data = sealed(WIDEST, referral)
    honest = read(WIDEST, referral, data)
    ours = {one.slot for one in honest.positions}
    assert honest.event.values == referral
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        try:
            reading = read(WIDEST, referral, bytes(changed))
        except EvidenceFault:
            continue
        if reading is not None:
            in_slot = (at - 50) // ((len(data) - 51) // 8)
            opened = {one.slot for one in reading.positions}
            assert reading.event.values.items() <= referral.items()
            assert in_slot not in ours or in_slot not in opened, at


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3000) | st.binary(min_size=2643, max_size=2643))
def test_noise_is_no_entry_or_is_read_as_written(data: bytes) -> None:
    try:
        entry = parse_entry(data)
    except Malformed:
        return
    slots = list(zip(entry.locators, entry.nonces, entry.ciphertexts, strict=True))
    assert serialize(entry.entry_id, entry.memorandum, len(slots[0][2]) - TAG, slots) == data


@settings(deadline=None)
@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=32, max_size=32),
    st.sampled_from(SIZE_CLASSES),
    st.sets(st.binary(min_size=32, max_size=32), min_size=8, max_size=8),
    st.randoms(use_true_random=False),
)
def test_an_entry_is_written_and_read_round(
    entry_id: bytes, memorandum: bytes, size: int, locators: set[bytes], random: Any
) -> None:
    slots = [(one, random.randbytes(12), random.randbytes(size + TAG)) for one in sorted(locators)]
    entry = parse_entry(serialize(entry_id, memorandum, size, slots))
    assert (entry.entry_id, entry.memorandum) == (entry_id, memorandum)
    assert list(zip(entry.locators, entry.nonces, entry.ciphertexts, strict=True)) == slots


@given(st.binary(max_size=2047))
def test_padding_comes_off_as_it_went_on(text: bytes) -> None:
    assert unpad(pad(text, size_class(len(text)))) == text


@given(st.binary(max_size=300))
def test_unpadding_is_strict(padded: bytes) -> None:
    try:
        text = unpad(padded)
    except Malformed:
        return
    assert pad(text, len(padded)) == padded
