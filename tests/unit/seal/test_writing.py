"""Key messages: the keys that a grant names, for one recipient of one log, in one entry."""

from __future__ import annotations

import pytest

from accord.errors import GrantFaulty, Malformed
from accord.seal import open_key_message, record
from accord.seal.sealing import seal
from accord.seal.writing import key_message, keys_digest
from accord.sources import SeededEntropy

KEYS = [bytes([n]) * 32 for n in (1, 2, 3)]
PAIR = bytes(32)
ID = b"e" * 16


def message(keys: list[bytes] = KEYS) -> bytes:
    return key_message(b"x/police", "court", ID, PAIR, keys)


def test_the_keys_come_back() -> None:
    opened = open_key_message(b"x/police", "court", ID, PAIR, message(), 3, keys_digest(KEYS))
    assert opened == KEYS


@pytest.mark.parametrize("count", [0, 1, 31, 32])
def test_how_many_keys_there_are_does_not_show(count: int) -> None:
    assert len(message([bytes([7]) * 32] * count)) == len(message())


def test_more_keys_take_the_next_power_of_two() -> None:
    assert len(message([bytes([7]) * 32] * 33)) == 64 * 32 + 16


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
        open_key_message(origin, recipient, entry_id, pair, message(), 3, keys_digest(KEYS))


@pytest.mark.parametrize("count", [0, 1, 2, 4, 33])
def test_more_or_fewer_keys_than_the_grant_names_are_faulty(count: int) -> None:
    with pytest.raises(GrantFaulty):
        open_key_message(b"x/police", "court", ID, PAIR, message(), count, keys_digest(KEYS))


def test_other_keys_than_the_grant_names_are_faulty() -> None:
    with pytest.raises(GrantFaulty):
        open_key_message(b"x/police", "court", ID, PAIR, message(), 3, keys_digest(KEYS[::-1]))


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
