"""Promise: an agency renews its keys from a stated size of its log on; what it said before stays good, and whoever has the
old key can say nothing more in its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from accord.bootstrap import verify_home, verify_receipts
from accord.errors import RenewalAwaited
from accord.gateway import Accepted, Receipt
from accord.memorandum import read_renewal
from accord.projection import digest
from tests.exchange import START, Exchange, arrest, found
from tests.renewing import next_version


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police", "prosecutor", "advocacy")
    accepted(made, 1)
    made.sync_all()
    yield made
    made.release()


def accepted(exchange: Exchange, *numbers: int) -> list[Receipt]:
    outcomes = exchange.emit("police", *(arrest(f"A24{number:05}") for number in numbers))
    receipts = []
    for one in outcomes:
        assert isinstance(one, Accepted), one
        receipts += one.receipts
    return receipts


def adopt(exchange: Exchange, version: tuple[bytes, bytes, bytes], *slugs: str) -> None:
    for slug in slugs or exchange.slugs:
        exchange.agency(slug).adopt(*version)


def nothing_wrong(exchange: Exchange) -> None:
    for slug in exchange.slugs:
        assert list(verify_home(exchange.agency(slug))) == [], slug
        assert {log.fault for log in exchange.agency(slug).replica.logs()} == {None}, slug


@pytest.mark.parametrize("after", [0, 5])
def test_the_exchange_goes_on_and_everybody_verifies_everything(exchange: Exchange, after: int) -> None:
    police = exchange.agency("police")
    before = accepted(exchange, 2)
    size, old = police.log.size, police.signing.public_at(0)
    card = read_renewal(police.renew_keys(after))
    assert card.from_size == size + 1 + after
    assert card.root == (police.log.root(size) if after == 0 else b"")
    adopt(exchange, next_version(exchange, police.renew_keys(None)))
    exchange.sync_all()
    after_it = accepted(exchange, 3, 4, 5)
    exchange.sync_all()
    assert police.log.size >= card.from_size
    assert [police.signing.public_at(one) for one in (0, card.from_size - 1, card.from_size)] == [
        old,
        old,
        card.log_key,
    ]
    nothing_wrong(exchange)
    for slug in exchange.slugs:
        said = [Receipt.parse(_json(one)) for one in [*before, *after_it]]
        assert verify_receipts(exchange.agency(slug), [_json(one) for one in said]) == said


def _json(receipt: Receipt) -> str:
    import json

    return json.dumps(receipt.as_json())


def test_the_log_waits_and_everything_else_goes_on(exchange: Exchange) -> None:
    police, prosecutor = exchange.agency("police"), exchange.agency("prosecutor")
    card = police.renew_keys(0)
    size = police.log.size
    with pytest.raises(RenewalAwaited, match=f"may have {size} entries"):
        accepted(exchange, 2)
    assert police.log.size == size
    done = police.sync()
    assert done.waits is None  # nothing was to be appended
    adopt(exchange, next_version(exchange, card), "prosecutor")
    prosecutor.sync()
    received = police.sync().received
    assert received  # the prosecutor's adoption
    assert police.log.size == size
    adopt(exchange, exchange_version(exchange), "police", "advocacy")
    accepted(exchange, 2)
    exchange.sync_all()
    nothing_wrong(exchange)


def exchange_version(exchange: Exchange) -> tuple[bytes, bytes, bytes]:
    """The version that was made last."""
    path = max(exchange.root.glob("memorandum-*.toml"))
    return path.read_bytes(), exchange.clauses, path.with_suffix(".toml.sig").read_bytes()


def test_who_has_not_adopted_yet_waits_for_the_log_and_goes_on_from_there(exchange: Exchange) -> None:
    police, advocacy = exchange.agency("police"), exchange.agency("advocacy")
    version = next_version(exchange, police.renew_keys(0))
    adopt(exchange, version, "police", "prosecutor")
    accepted(exchange, 2)
    police.sync()
    exchange.agency("prosecutor").sync()
    size = advocacy.replica.sizes()["police"]
    for _ in range(2):
        advocacy.sync()
        states = {log.slug: log.fault for log in advocacy.replica.logs()}
        assert "newer version of the memorandum" in (states.pop("police") or "")
        assert set(states.values()) == {None}  # nothing else stops
        assert advocacy.replica.sizes()["police"] == size
    adopt(exchange, version, "advocacy")
    exchange.sync_all()
    assert advocacy.replica.sizes()["police"] == police.log.size
    nothing_wrong(exchange)
    assert digest(advocacy.projection) == digest(rebuilt(exchange, "advocacy"))


def rebuilt(exchange: Exchange, slug: str):  # type: ignore[no-untyped-def]
    """The projection of a home that has lost what it received, and receives it anew."""
    exchange.set_clocks(START + timedelta(hours=2))
    for path in exchange.home(slug).glob("*.db*"):
        if path.name.startswith(("replica", "projection")):
            path.unlink()
    exchange.sync_all()
    exchange.set_clocks(START + timedelta(hours=3))  # keys are asked for, given, and taken
    exchange.sync_all()
    return exchange.agency(slug).projection
