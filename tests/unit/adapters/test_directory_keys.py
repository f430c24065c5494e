"""Key bundles, as the wire carries them."""

from __future__ import annotations

import pytest

from accord import keys
from accord.errors import Malformed, SignatureInvalid, UsageRefused
from accord.keys import generate_log_key, log_public
from accord.seal.keybundle import CONTEXT, LARGEST, make_key_bundle, open_key_bundle
from accord.seal.records import record
from accord.sources import SeededEntropy
from tests.shared_data import REPOSITORY

KEY = generate_log_key(bytes(32))
USUAL = 32 + 32 * 32 + 16  # bytes of a key message of up to 32 keys
PUBLIC = log_public(KEY)
ENTROPY = SeededEntropy(b"key bundles")


def made(messages: list[bytes], pairs: list[tuple[int, bytes]] | None = None, covers: int = 7) -> bytes:
    return make_key_bundle("cook/court", "police", covers, pairs or [], messages, KEY, ENTROPY)


def opened(data: bytes) -> tuple[bytes, ...]:
    return open_key_bundle(data, "cook/court", "police", 7, PUBLIC).messages


@pytest.mark.parametrize(("count", "room"), [(0, 1), (1, 1), (2, 2), (3, 4), (5, 8), (16, 16), (17, 32)])
def test_what_is_made_is_opened(count: int, room: int) -> None:
    messages = [bytes([255 - number]) * USUAL for number in range(count)]
    data = made(messages, [(3, b"three"), (1, b"one")])
    bundle = open_key_bundle(data, "cook/court", "police", 7, PUBLIC)
    assert bundle.pair_keys == ((1, b"one"), (3, b"three"))
    assert set(messages) <= set(bundle.messages)
    assert len(bundle.messages) == room
    assert {len(message) for message in bundle.messages} == {USUAL}
    assert list(bundle.messages) == sorted(bundle.messages)


def test_the_order_of_the_messages_says_nothing() -> None:
    messages = [bytes([number]) * 272 for number in range(3)]
    assert made(messages) == made(messages[::-1])


def test_every_byte_is_signed() -> None:
    data = made([b"a" * 272, b"b" * 272], [(0, b"pair")])
    for place in range(len(data)):
        harmed = bytearray(data)
        harmed[place] ^= 1 << place % 8
        with pytest.raises((Malformed, SignatureInvalid)):
            opened(bytes(harmed))


def test_bytes_cut_off_or_added() -> None:
    data = made([b"a" * 272])
    for end in range(len(data)):
        with pytest.raises(Malformed):
            opened(data[:end])
    with pytest.raises(Malformed):
        opened(data + b"\x00")
    with pytest.raises(Malformed):
        opened(bytes(LARGEST + 1))


def test_another_key_context_or_place() -> None:
    data = made([b"a" * 272])
    with pytest.raises(SignatureInvalid):
        open_key_bundle(data, "cook/court", "police", 7, log_public(generate_log_key(b"1" * 32)))
    other = data[:-64] + keys.sign(KEY, "accord/1 other", keys.fingerprint(data[:-64]))
    with pytest.raises(SignatureInvalid):
        opened(other)
    for asked in (("cook/police", "police", 7), ("cook/court", "court", 7), ("cook/court", "police", 8)):
        with pytest.raises(SignatureInvalid, match="another"):
            open_key_bundle(data, *asked, PUBLIC)


@pytest.mark.parametrize(
    "change",
    [
        {"messages": []},
        {"messages": [b"b", b"a"]},
        {"messages": [b"a", b"a"]},
        {"messages": [b"a", b"b", b"c"]},
        {"pair_keys": [{"generation": 1, "sealed": b""}, {"generation": 0, "sealed": b""}]},
        {"pair_keys": [{"generation": -1, "sealed": b""}]},
        {"covers": -7},
        {"covers": 10**16},
    ],
)
def test_signed_but_not_in_the_one_form(change: dict[str, object]) -> None:
    values = {
        "origin": "cook/court",
        "recipient": "police",
        "covers": 7,
        "pair_keys": [],
        "messages": [b"a"],
        "signature": bytes(64),
        **change,
    }
    unsigned = record("keys", marked=False).encode(values)[:-64]
    with pytest.raises(Malformed):
        opened(unsigned + keys.sign(KEY, CONTEXT, keys.fingerprint(unsigned)))


def test_what_cannot_be_made() -> None:
    with pytest.raises(UsageRefused, match="alike"):
        made([b"a" * 272, b"a" * 272])
    with pytest.raises(UsageRefused, match="generations"):
        made([], [(0, b"a"), (0, b"b")])
    with pytest.raises(UsageRefused, match="covers"):
        made([], covers=-1)
    with pytest.raises(UsageRefused, match="at most"):
        made([number.to_bytes(4, "big") * 260 for number in range(513)])
    assert len(made([number.to_bytes(4, "big") * 260 for number in range(512)], [(0, bytes(119))])) < LARGEST


def test_the_example_of_the_specification() -> None:
    text = (REPOSITORY / "docs/spec/wire.md").read_text(encoding="utf-8")
    data = bytes.fromhex(text.split("```key-bundle\n")[1].split("```")[0])
    key = generate_log_key(bytes(range(32)))
    bundle = open_key_bundle(data, "cook/court", "police", 300, log_public(key))
    assert (bundle.pair_keys, bundle.messages) == (((0, b"pair"),), (b"one", b"two"))
    assert data == make_key_bundle(
        "cook/court", "police", 300, [(0, b"pair")], [b"two", b"one"], key, ENTROPY
    )
