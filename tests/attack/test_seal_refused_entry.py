"""An entry that is refused ends nothing but itself: what follows in its file is read as ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from accord.gateway import Accepted
from accord.projection import Views
from accord.seal import Ring
from accord.seal.chain import Chain
from accord.seal.reading import _chain_at
from tests.exchange import arrest, found


def test_a_bad_record_does_not_switch_off_its_own_audit(tmp_path: Path) -> None:
    exchange = found(tmp_path, "police", "prosecutor", "advocacy")
    police = exchange.agency("police")
    parts = police.book.plan("ArrestMade").parts
    (part,) = (one for one in parts if one.labels[0] == "coordinator+court+prosecution")
    honest = part.restricted
    too_much = police.book._codec.restricted("ArrestMade", (*part.audience.fields, "arrest_number"))
    object.__setattr__(
        part, "restricted", too_much
    )  # a publisher that tells the coordinator a number it may not see
    (bad,) = exchange.emit("police", arrest())
    object.__setattr__(part, "restricted", honest)
    (good,) = exchange.emit("police", replace(arrest("A2400002"), subject="A2400001"))
    exchange.sync_all()
    assert isinstance(bad, Accepted)
    assert isinstance(good, Accepted)
    views = Views(exchange.agency("advocacy").projection)
    told = [(one["index"], one["kind"]) for one in views.alarms() if one["origin"] == "police"]
    assert told == [(bad.receipts[0].index, "over_disclosed")]
    assert views.counts()["events"] == 1
    exchange.release()


def test_three_audiences_of_one_entry_can_stand_on_one_chain() -> None:
    ring, chain, used = Ring(), Chain(4, bytes(32)), []
    ring.hold("court", 4, bytes(32))
    for slot in range(3):
        locator, key = chain.keys
        assert _chain_at(locator, ring, ("court",), used) == ("court", key)
        used.append((slot, "court"))
        chain.advance()
