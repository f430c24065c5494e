"""A wire that shows less than it did: whoever has verified more says so, and names the log and where it breaks off."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from accord.adapters.directory import Fault
from accord.bootstrap import verify_home, verify_receipts
from accord.gateway import Accepted
from accord.projection import Views
from tests.exchange import Exchange, arrest, found


@pytest.fixture(scope="module")
def stencil(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    """Police and advocacy; `before` beside them is the wire as it was before the last arrests."""
    root = tmp_path_factory.mktemp("rolled")
    made = found(root / "exchange", "police", "advocacy")
    made.emit("police", arrest("A2400001"))
    made.sync_all()
    made.release()
    shutil.copytree(made.wire, root / "before")
    made.emit("police", arrest("A2400002"), arrest("A2400003"))
    made.sync_all()
    made.release()
    return made


@pytest.fixture
def exchange(stencil: Exchange, tmp_path: Path) -> Exchange:
    return stencil.copy(tmp_path / "exchange")


def told(made: Exchange, slug: str) -> list[Fault]:
    faults = list(verify_home(made.agency(slug)))
    made.release()
    return faults


def rolled_back(stencil: Exchange, made: Exchange, slug: str) -> None:
    shutil.rmtree(made.wire / slug)
    shutil.copytree(stencil.root.parent / "before" / slug, made.wire / slug)


def test_an_older_wire_whole_in_the_place_of_a_newer_one_is_missed(
    stencil: Exchange, exchange: Exchange
) -> None:
    assert told(exchange, "advocacy") == []
    shown = exchange.agency("advocacy").replica.sizes()["police"]
    exchange.release()
    rolled_back(stencil, exchange, "police")
    (fault,) = told(exchange, "advocacy")
    assert (fault.log, fault.file) == ("police", "checkpoint")
    assert fault.index is not None
    assert fault.index < shown
    assert "rolled back" in fault.reason


def test_a_log_taken_off_the_wire_is_missed(exchange: Exchange) -> None:
    shutil.rmtree(exchange.wire / "police")
    assert [one.reason for one in told(exchange, "advocacy") if "rolled back" in one.reason]


def test_a_log_taken_off_the_wire_is_told_by_the_next_sync_once_and_holds_nothing_up(
    exchange: Exchange, tmp_path: Path
) -> None:
    shutil.move(exchange.wire / "police", tmp_path / "police")
    reader = exchange.agency("advocacy")
    for _ in range(2):
        done = reader.sync()
        assert "the wire holds nothing of this log" in done.unreached["police"]
    assert [one["kind"] for one in Views(reader.projection).alarms()] == ["entries_lost"]
    exchange.release()
    shutil.move(tmp_path / "police", exchange.wire / "police")
    exchange.emit("police", arrest("A2400007"))
    exchange.sync_all()
    reader = exchange.agency("advocacy")
    assert reader.unreached == {}
    assert reader.replica.sizes()["police"] == exchange.agency("police").log.size
    exchange.release()


def test_a_wire_that_has_more_than_we_have_read_is_no_fault(exchange: Exchange) -> None:
    exchange.emit("police", arrest("A2400009"))
    exchange.agency("police").sync()
    exchange.release()
    assert told(exchange, "advocacy") == []


def test_many_receipts_are_verified_in_one_pass_and_one_forged_among_them_is_found(
    exchange: Exchange,
) -> None:
    outcomes = exchange.emit("police", *(arrest(f"A24001{number:02}") for number in range(20)))
    texts = [
        json.dumps(receipt.as_json())
        for outcome in outcomes
        if isinstance(outcome, Accepted)
        for receipt in outcome.receipts
    ]
    agency = exchange.agency("police")
    checked = verify_receipts(agency, texts)
    assert [one.receipt.event_id for one in checked if one.receipt and one.seen and not one.fault] == [
        json.loads(one)["event_id"] for one in texts
    ]
    assert verify_receipts(agency, []) == []
    forged = {**json.loads(texts[7]), "index": json.loads(texts[8])["index"]}
    *_, last = checked = verify_receipts(agency, [*texts, json.dumps(forged)])
    assert [one.number for one in checked if one.fault] == [last.number] == [21]
    assert (last.as_fault().log, last.as_fault().index) == ("police", forged["index"])
    exchange.sync_all()
    with agency.store.transaction() as transaction:  # our copy of the log, not the receipt, is another now
        index = json.loads(texts[3])["index"]
        transaction.execute("UPDATE stored_events SET leaf = ? WHERE idx = ?", (b"\0" * 32, index))
    faults = [one.as_fault() for one in verify_receipts(agency, texts) if one.fault]
    assert ("police", index, "receipt 4") in {(one.log, one.index, one.file) for one in faults}
    exchange.release()
