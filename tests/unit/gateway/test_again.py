"""Keys that were lost are asked for in the reader's log, and left on the wire anew by their publisher."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from accord.bootstrap import current_views, verify_home
from accord.projection import digest
from tests.exchange import Exchange, arrest, found, referral
from tests.real.killing import NOW

SLUGS = ("police", "prosecutor", "advocacy")


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    made = found(tmp_path, *SLUGS)
    made.set_clocks(NOW)
    return made


def lose_keys(exchange: Exchange, reader: str) -> int:
    """The key bundles on their way to a reader are gone; returns how many."""
    folder = exchange.wire / "keys" / reader
    lost = len(list(folder.rglob("*"))) if folder.exists() else 0
    shutil.rmtree(folder, ignore_errors=True)
    return lost


def awaiting(exchange: Exchange, slug: str) -> int:
    return sum(log.awaiting for log in exchange.agency(slug).replica.logs())


def digest_of(exchange: Exchange, slug: str) -> str:
    agency = exchange.agency(slug)
    current_views(agency)
    return digest(agency.projection)


def emit(exchange: Exchange) -> None:
    """Files opened to the prosecutor, before the last of which the keys are lost."""
    exchange.emit("police", arrest("A2400001"), referral("A2400001"))


def test_lost_key_messages_are_asked_for_and_come(exchange: Exchange) -> None:
    emit(exchange)
    exchange.agency("police").sync()
    assert lose_keys(exchange, "prosecutor")
    exchange.sync_all()
    assert awaiting(exchange, "prosecutor") > 0
    exchange.set_clocks(NOW + timedelta(minutes=5))
    exchange.sync_all()
    assert awaiting(exchange, "prosecutor") > 0  # it may still be on its way
    exchange.set_clocks(NOW + timedelta(minutes=20))
    exchange.sync_all()
    assert awaiting(exchange, "prosecutor") == 0
    asked = exchange.agency("prosecutor").store.query(
        "SELECT COUNT(*) FROM handshake WHERE what LIKE 'ask:%'"
    )
    assert asked[0][0] == 1
    for slug in SLUGS:
        assert list(verify_home(exchange.agency(slug))) == []


def test_a_replica_that_was_lost_opens_everything_again(exchange: Exchange) -> None:
    emit(exchange)
    exchange.sync_all()
    seen = digest_of(exchange, "prosecutor")
    exchange.release()
    for name in ("replica.db", "projection.db"):
        for path in exchange.home("prosecutor").glob(f"{name}*"):
            path.unlink()
    exchange.sync_all()
    assert digest_of(exchange, "prosecutor") != seen  # no pair key: nothing opens
    lacking = [log.slug for log in exchange.agency("prosecutor").replica.logs() if log.lacks]
    assert lacking == [slug for slug in sorted(SLUGS) if slug != "prosecutor"]
    exchange.set_clocks(NOW + timedelta(minutes=20))
    exchange.sync_all()
    assert awaiting(exchange, "prosecutor") == 0
    assert not [log.slug for log in exchange.agency("prosecutor").replica.logs() if log.lacks]
    assert digest_of(exchange, "prosecutor") == seen


def test_verify_misses_a_replica_of_which_the_projection_has_seen_more(exchange: Exchange) -> None:
    emit(exchange)
    exchange.sync_all()
    exchange.release()
    for path in exchange.home("prosecutor").glob("replica.db*"):
        path.unlink()
    lost = {
        one.log for one in verify_home(exchange.agency("prosecutor")) if "its copy was lost" in one.reason
    }
    assert lost == {slug for slug in SLUGS if slug != "prosecutor"}
    exchange.agency("prosecutor").sync()
    assert list(verify_home(exchange.agency("prosecutor"))) == []


def test_nobody_is_answered_with_keys_that_were_never_granted(exchange: Exchange) -> None:
    exchange.emit("police", arrest("A2400001"))  # the prosecutor is not let in by an arrest alone
    exchange.sync_all()
    seen = digest_of(exchange, "prosecutor")
    exchange.release()
    for path in exchange.home("prosecutor").glob("replica.db*"):
        path.unlink()
    exchange.set_clocks(NOW + timedelta(minutes=20))
    exchange.sync_all()
    exchange.set_clocks(NOW + timedelta(minutes=40))
    exchange.sync_all()
    assert digest_of(exchange, "prosecutor") == seen
