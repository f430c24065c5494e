"""Key bundles: one encoding, one publisher, one recipient, one size of the log."""

from __future__ import annotations

import pytest

from accord.errors import Malformed, SignatureInvalid, UsageRefused
from accord.keys import generate_log_key, log_public
from accord.seal import make_key_bundle, open_key_bundle
from accord.seal.keybundle import LARGEST
from accord.sources import SeededEntropy

KEY = generate_log_key(bytes(32))
PUBLIC = log_public(KEY)
ENTROPY = SeededEntropy(b"bundles")
MESSAGES = [bytes([n]) * 1072 for n in (3, 1, 2)]
PAIRS = [(0, b"first"), (2, b"third")]


def made(covers: int = 7, messages: list[bytes] | None = None) -> bytes:
    return make_key_bundle(
        "x/police", "court", covers, PAIRS, MESSAGES if messages is None else messages, KEY, ENTROPY
    )


def test_what_is_made_opens() -> None:
    held = open_key_bundle(made(), "x/police", "court", 7, PUBLIC)
    assert held.pair_keys == tuple(PAIRS)
    assert set(MESSAGES) < set(held.messages)
    assert list(held.messages) == sorted(held.messages)
    assert len(held.messages) == 4


@pytest.mark.parametrize(("count", "room"), [(0, 1), (1, 1), (2, 2), (3, 4), (5, 8), (8, 8)])
def test_how_many_messages_there_are_is_told_to_a_factor_of_two(count: int, room: int) -> None:
    data = made(messages=[bytes([n]) * 1072 for n in range(count)])
    assert len(open_key_bundle(data, "x/police", "court", 7, PUBLIC).messages) == room
    assert len(data) == len(made(messages=[bytes([n + 40]) * 1072 for n in range(room)]))


@pytest.mark.parametrize(
    ("origin", "recipient", "covers"),
    [
        ("x/court", "court", 7),
        ("x/police", "probation", 7),
        ("x/police", "court", 8),
        ("y/police", "court", 7),
    ],
)
def test_a_bundle_of_another_log_recipient_or_size_is_refused(
    origin: str, recipient: str, covers: int
) -> None:
    with pytest.raises(SignatureInvalid):
        open_key_bundle(made(), origin, recipient, covers, PUBLIC)


def test_every_single_bit_is_signed_or_refused() -> None:
    data = made(messages=[b"m" * 16])
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((Malformed, SignatureInvalid)):
            open_key_bundle(bytes(changed), "x/police", "court", 7, PUBLIC)


def test_another_key_does_not_sign_it() -> None:
    with pytest.raises(SignatureInvalid):
        open_key_bundle(made(), "x/police", "court", 7, log_public(generate_log_key(bytes([1]) * 32)))


@pytest.mark.parametrize("cut", [0, 1, 63, 64, 65])
def test_a_torn_bundle_is_refused(cut: int) -> None:
    with pytest.raises(Malformed):
        open_key_bundle(made()[: -cut - 1], "x/police", "court", 7, PUBLIC)


def test_what_cannot_be_told_apart_or_is_too_long_is_not_made() -> None:
    with pytest.raises(UsageRefused):
        make_key_bundle("x/police", "court", 1, [(0, b"a"), (0, b"b")], [], KEY, ENTROPY)
    with pytest.raises(UsageRefused):
        made(messages=[b"same", b"same"])
    with pytest.raises(UsageRefused):
        made(messages=[bytes(LARGEST)])
    with pytest.raises(UsageRefused):
        made(covers=-1)
