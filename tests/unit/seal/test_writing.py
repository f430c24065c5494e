"""Key messages: the keys that a grant names, for one recipient of one log, in one entry."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import GrantFaulty, Malformed
from accord.seal import open_key_message, record
from accord.seal.sealing import seal
from accord.seal.writing import key_message
from accord.sources import SeededEntropy

KEYS = [bytes([n]) * 32 for n in (1, 2, 3)]
PAIR = bytes(32)
ID = b"e" * 16


def message(keys: list[bytes] = KEYS) -> bytes:
    return key_message(b"x/police", "court", ID, PAIR, keys)


def test_the_keys_come_back() -> None:
    opened = open_key_message(b"x/police", "court", ID, PAIR, message(), 3)
    assert opened == KEYS


@pytest.mark.parametrize("count", [0, 1, 31, 32])
def test_how_many_keys_there_are_does_not_show(count: int) -> None:
    assert len(message([bytes([7]) * 32] * count)) == len(message())


def test_more_keys_take_the_next_power_of_two() -> None:
    assert len(message([bytes([7]) * 32] * 33)) == 32 + 64 * 32 + 16


@pytest.mark.parametrize(
    ("origin", "recipient", "entry_id", "pair"),
    [
        (b"x/court", "court", ID, PAIR),
        (b"x/police", "probation", ID, PAIR),
        (b"x/police", "court", b"f" * 16, PAIR),
        (b"x/police", "court", ID, b"p" * 32),
    ],
)
def test_a_message_for_another_is_faulty(origin: bytes, recipient: str, entry_id: bytes, pair: bytes) -> None:
    with pytest.raises(GrantFaulty):
        open_key_message(origin, recipient, entry_id, pair, message(), 3)


@pytest.mark.parametrize("count", [0, 1, 2, 4, 33])
def test_more_or_fewer_keys_than_the_grant_names_are_faulty(count: int) -> None:
    with pytest.raises(GrantFaulty):
        open_key_message(b"x/police", "court", ID, PAIR, message(), count)


def test_other_keys_than_the_message_commits_to_are_faulty() -> None:
    """AES-GCM alone would open both halves: a message made of two is neither."""
    mixed = message(KEYS[::-1])[:32] + message()[32:]
    with pytest.raises(GrantFaulty):
        open_key_message(b"x/police", "court", ID, PAIR, mixed, 3)


@pytest.mark.parametrize("length", [0, 31, 32, 47, 48])
def test_a_message_that_is_too_short_is_faulty(length: int) -> None:
    with pytest.raises(GrantFaulty):
        open_key_message(b"x/police", "court", ID, PAIR, message()[:length], 0)


@given(st.integers(min_value=0, max_value=33), st.data())
def test_a_message_changed_anywhere_is_faulty(count: int, data: st.DataObject) -> None:
    keys = [bytes([number]) * 32 for number in range(count)]
    made = bytearray(message(keys))
    made[data.draw(st.integers(min_value=0, max_value=len(made) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(GrantFaulty):
        open_key_message(b"x/police", "court", ID, PAIR, bytes(made), count)


@pytest.mark.parametrize("keys", [[], KEYS], ids=["none", "three"])
def test_two_messages_of_the_same_keys_have_nothing_in_common(keys: list[bytes]) -> None:
    """Who carries them must not see that two agencies, or one twice, were given the same: nor tell them from decoys."""
    made = [
        key_message(b"x/police", "court", ID, PAIR, keys),
        key_message(b"x/police", "court", b"f" * 16, PAIR, keys),
        key_message(b"x/police", "probation", ID, b"p" * 32, keys),
        key_message(b"x/police", "probation", b"f" * 16, b"p" * 32, keys),
    ]
    parts = [{one[at : at + 8] for at in range(len(one) - 7)} for one in made]
    assert all(not one & other for one, other in combinations(parts, 2))


def test_an_entry_has_eight_slots_and_no_more() -> None:
    keys = [(bytes([n]) * 32, bytes([n]) * 32) for n in range(9)]
    with pytest.raises(Malformed):
        seal(b"x", ID, bytes(32), keys, lambda slots: [b""] * 9, SeededEntropy(b""))


@pytest.mark.parametrize("name", ["header", "grant", "notice", "memorandum_adopted"])
def test_a_record_is_told_by_its_fingerprint(name: str) -> None:
    others = {"header", "grant", "notice", "memorandum_adopted"} - {name}
    mark = b"\xc3\x01" + record(name).fingerprint
    assert record(name).recognises(mark)
    assert not any(record(other).recognises(mark) for other in others)
    with pytest.raises(Malformed):
        record(name).decode(mark)


def test_a_record_in_another_encoding_is_refused() -> None:
    said = {"adopted": bytes(32), "version": 1, "recorded_at": 5}
    data = record("memorandum_adopted").encode(said)
    assert record("memorandum_adopted").decode(data) == said
    overlong = data.replace(b"\x02\x0a", b"\x82\x00\x0a")
    assert overlong != data
    for wrong in (data + b"\x00", data[:-1], overlong, b"\xc3\x01" + bytes(8) + data[10:]):
        with pytest.raises(Malformed):
            record("memorandum_adopted").decode(wrong)
