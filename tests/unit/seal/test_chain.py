"""Chains and rings: the ratchet as formats say it, by a second hand, and what a reader holds of it."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from accord.seal import Chain, OwnRing, Position, Ring, control_chain
from accord.seal.chain import first_key

KEY = bytes(range(32))


def expand(key: bytes, info: str) -> bytes:
    """HKDF-Expand to one block, by hand (RFC 5869, 2.3)."""
    return hmac.new(key, info.encode() + b"\x01", hashlib.sha256).digest()


def slot(key: bytes, n: int) -> tuple[bytes, bytes]:
    """Locator and key of use n, from k[0]."""
    for _ in range(n):
        key = expand(key, "accord/1 next")
    event = expand(key, "accord/1 event")
    return expand(event, "accord/1 locator"), expand(event, "accord/1 key")


def ratcheted(key: bytes, n: int) -> bytes:
    for _ in range(n):
        key = expand(key, "accord/1 next")
    return key


def use(own: OwnRing, times: int) -> None:
    """Use a chain as sealing does: its keys, then the count."""
    for _ in range(times):
        assert own.keys("a") is not None
        own.use("a")


def test_a_chain_is_what_the_format_says() -> None:
    chain = Chain(0, KEY)
    for n in range(5):
        assert chain.n == n
        assert chain.key == ratcheted(KEY, n)
        assert chain.keys == slot(KEY, n)
        assert chain.locator == slot(KEY, n)[0]
        chain.advance()


def test_a_chain_can_be_taken_up_at_any_use() -> None:
    assert Chain(2, ratcheted(KEY, 2), n=5).keys == slot(KEY, 5)
    assert Chain(0, KEY, n=5).event_key == expand(ratcheted(KEY, 5), "accord/1 event")


def test_a_control_chain_follows_from_the_pair_key() -> None:
    assert control_chain(KEY, 3).keys == slot(expand(KEY, "accord/1 control"), 3)


def test_chains_of_two_labels_or_two_files_have_nothing_in_common() -> None:
    made = {
        first_key(secret, label) for secret in (KEY, bytes(32)) for label in ("court", "#court", "court@x")
    }
    assert len(made) == 6


def test_a_reader_opens_from_the_use_it_was_handed_and_nothing_before() -> None:
    ring = Ring()
    ring.hold("a", 3, ratcheted(KEY, 3))
    assert [ring.keys_at("a", n) for n in range(3)] == [None] * 3
    assert [ring.keys_at("a", n) for n in range(3, 6)] == [slot(KEY, n) for n in range(3, 6)]
    assert ring.event_key("a", 2) is None
    assert ring.keys("b") is None
    assert ring.keys_at("b", 0) is None


def test_counting_uses_moves_to_the_next_locator() -> None:
    ring = Ring()
    ring.hold("a", 2, ratcheted(KEY, 2))
    assert [(ring.keys("a"), ring.use("a")) for _ in range(3)] == [(slot(KEY, n), n) for n in (2, 3, 4)]
    assert ring.n["a"] == 5


def test_a_grant_with_the_history_extends_backwards_and_loses_no_place() -> None:
    ring = Ring()
    ring.hold("a", 4, ratcheted(KEY, 4))
    ring.use("a")
    ring.hold("a", 0, KEY)
    assert ring.n["a"] == 5
    assert [ring.keys_at("a", n) for n in range(7)] == [slot(KEY, n) for n in range(7)]
    assert ring.keys("a") == slot(KEY, 5)


def test_a_chain_that_began_anew_goes_on_from_a_key_that_does_not_follow() -> None:
    own = OwnRing(KEY)
    use(own, 3)
    before = own.keys_at("a", 2)
    ((_, stale),) = own.hand_out("a", history=False)
    own.begin_anew("a", 3)
    assert own.keys_at("a", 2) == before
    assert own.keys("a") != slot(stale, 0)
    reader = Ring()
    for first, key in own.hand_out("a", history=True):
        reader.hold("a", first, key)
    assert [reader.keys_at("a", n) for n in range(6)] == [own.keys_at("a", n) for n in range(6)]
    gone = Ring()
    gone.hold("a", 3, stale)
    assert gone.keys("a") != own.keys("a")


@pytest.mark.parametrize("history", [True, False])
def test_what_is_handed_out_opens_what_it_should(history: bool) -> None:
    own = OwnRing(KEY)
    use(own, 4)
    handed = own.hand_out("a", history=history)
    reader = Ring()
    for first, key in handed:
        reader.hold("a", first, key)
    held = [reader.keys_at("a", n) is not None for n in range(6)]
    assert held == ([True] * 6 if history else [False] * 4 + [True] * 2)
    assert reader.keys_at("a", 4) == own.keys("a")


def test_the_publishers_ring_stands_where_its_positions_say() -> None:
    positions = [Position(0, "a", 0), Position(1, "b", 0), Position(2, "a", 2), Position(3, "a", 1)]
    ring = OwnRing(KEY, positions)
    assert ring.n == {"a": 3, "b": 1}
    fresh = OwnRing(KEY)
    use(fresh, 3)
    assert ring.keys("a") == fresh.keys("a")
