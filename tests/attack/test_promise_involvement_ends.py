"""Promise: somebody's part in a case ends at the act that the memorandum names, and nothing after it is readable to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accord.gateway import Submission
from accord.gateway.batch import INSERTS
from accord.gateway.case import CaseFile, Granted, Held
from accord.seal import OwnRing
from tests.exchange import Exchange, arrest, charge, found, microseconds, referral
from tests.versions import next_version

SINCE = "2024-07-01"


def court(kind: str, serial: str, on: str, **fields: Any) -> Submission:
    return Submission("/test/court", serial, kind, "CR-2024-001", {"occurred_on": on, **fields})


def probation(kind: str, serial: str, on: str, **fields: Any) -> Submission:
    return Submission("/test/probation", serial, kind, "S2400", {"occurred_on": on, **fields})


def hearing(serial: str, on: str) -> Submission:
    return court(
        "HearingHeld", serial, on, hearing_kind="compliance_review", appearance="present",
        hearing_outcome="completed", charges=[{"number": "CR-2024-001", "count": 1}],
    )  # fmt: skip


def sentence() -> Submission:
    return court(
        "SentenceImposed", "sentence", "2024-06-20", docket_number="CR-2024-001", sentence_phase="original",
        charges=[{"number": "CR-2024-001", "count": 1}], sanctions=["suspended"], supervision_kind="supervised_probation",
        supervision_days=365, community_from="2024-06-20", supervised_by="probation",
    )  # fmt: skip


def supervised_case(root: Path) -> Exchange:
    """A case from arrest to supervision: the prosecutor and probation are readers of the court's file."""
    made = found(root)
    for slug, submission in (
        ("police", arrest()),
        ("police", referral()),
        ("prosecutor", charge()),
        ("court", hearing("hearing-1", "2024-06-10")),
        ("court", sentence()),
        ("probation", probation(
            "SupervisionStarted", "start", "2024-06-22", ordered_by={"number": "CR-2024-001"},
            supervision_number="S2400", supervision_kind="supervised_probation", supervision_level="standard",
        )),
    ):  # fmt: skip
        made.emit(slug, submission)
        made.sync_all()
    return made


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = supervised_case(tmp_path)
    yield made
    made.release()


def hearings(exchange: Exchange, slug: str) -> set[str]:
    rows = exchange.agency(slug).projection.db.query("SELECT event FROM event WHERE kind = 'HearingHeld'")
    return {row[0] for row in rows}


def event_id(exchange: Exchange, serial: str) -> str:
    return exchange.receipts["/test/court", serial]


def end_supervision(exchange: Exchange) -> None:
    ended = probation(
        "SupervisionEnded", "end", "2024-06-28", supervision={"id": "start"}, supervision_end="completed"
    )
    exchange.emit("probation", ended)
    exchange.sync_all()


def test_readers_until_the_act_read_what_comes_before_it(exchange: Exchange) -> None:
    assert event_id(exchange, "hearing-1") in hearings(exchange, "prosecutor")
    assert event_id(exchange, "hearing-1") in hearings(exchange, "probation")  # let in with the history


def test_nothing_after_the_act_is_readable_to_them(exchange: Exchange) -> None:
    end_supervision(exchange)
    exchange.emit("court", hearing("hearing-2", SINCE))
    exchange.sync_all()
    late = event_id(exchange, "hearing-2")
    assert late not in hearings(exchange, "prosecutor")
    assert late not in hearings(exchange, "probation")
    assert event_id(exchange, "hearing-1") in hearings(exchange, "prosecutor")


def test_those_who_remain_go_on_reading(exchange: Exchange) -> None:
    end_supervision(exchange)
    exchange.emit("court", hearing("hearing-2", SINCE), hearing("hearing-3", SINCE))
    exchange.sync_all()
    for slug in ("advocacy", "auditor", "court"):
        assert {event_id(exchange, "hearing-2"), event_id(exchange, "hearing-3")} <= hearings(exchange, slug)


def test_the_end_holds_after_a_restart_and_is_made_once(exchange: Exchange) -> None:
    end_supervision(exchange)
    exchange.release()
    exchange.emit("court", hearing("hearing-2", SINCE))
    exchange.sync_all()
    exchange.release()
    size = exchange.agency("court").log.size
    exchange.emit("court", hearing("hearing-3", SINCE))
    exchange.sync_all()
    assert exchange.agency("court").log.size == size + 1  # no grant is made again
    assert event_id(exchange, "hearing-3") not in hearings(exchange, "prosecutor")
    assert event_id(exchange, "hearing-3") in hearings(exchange, "advocacy")


def test_what_ends_it_by_the_terms_of_then_ends_it_under_a_version_that_no_longer_says_so(
    exchange: Exchange,
) -> None:
    version = next_version(
        exchange.root,
        exchange.text,
        exchange.clauses,
        lambda text: text.replace('until = ["SupervisionEnded"]\n', ""),
    )
    exchange.adopt(*version)
    exchange.sync_all()
    end_supervision(exchange)
    exchange.emit("court", hearing("hearing-2", SINCE))
    exchange.sync_all()
    assert event_id(exchange, "hearing-2") not in hearings(exchange, "prosecutor")
    assert event_id(exchange, "hearing-2") in hearings(exchange, "advocacy")


def test_a_part_in_a_case_lapses(exchange: Exchange) -> None:
    exchange.set_clocks(datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=1826))
    data = {
        "occurred_on": "2029-12-30", "charge": {"number": "CR-2024-001", "count": 1}, "old_statute": "CO-3.01",
        "old_severity": "misdemeanor", "statute": "CO-3.02", "offense": "assault", "severity": "petty",
        "dv_designated": True, "amendment_reason": "evidence",
    }  # fmt: skip
    exchange.emit("prosecutor", Submission("/test/prosecutor", "amend", "ChargeAmended", "P24-0001", data))
    exchange.sync_all()
    amended = exchange.receipts["/test/prosecutor", "amend"]
    rows = {
        slug: exchange.agency(slug).projection.db.query("SELECT 1 FROM event WHERE event = ?", (amended,))
        for slug in ("court", "advocacy")
    }
    assert rows["court"] == []  # let in by a referral that lapsed after 1825 days
    assert rows["advocacy"]
    assert microseconds(datetime(2029, 1, 1, tzinfo=UTC)) < exchange.agency("court").clock.now()


def test_an_end_noted_anew_keeps_from_where_the_grants_before_no_longer_count(exchange: Exchange) -> None:
    store = exchange.agency("court").store
    moments = (1, "probation", 2), (3, "probation", 4)
    for row in (
        (b"f" * 16, "probation", 7, 0, *moments[0]),
        (b"f" * 16, "probation", None, 1, *moments[1]),
    ):
        with store.transaction() as transaction:
            transaction.executemany(INSERTS["ended"], [row])
    rows = store.query("SELECT slug, cut, due, at, log, idx FROM ended WHERE file = ?", (b"f" * 16,))
    ended = [(slug, cut, bool(due), (at, log, idx)) for slug, cut, due, at, log, idx in rows]
    file = CaseFile(UUID(int=1), OwnRing(bytes(32)), ended)
    assert (file.ended, file.decided) == ({"probation"}, {"probation": moments[1]})
    before, after = (
        Granted(
            UUID(int=1), 1, datetime.now(UTC), index, b"", 1, (Held("probation", None, True, ["court"]),), ()
        )
        for index in (6, 7)
    )
    file.apply(before)
    assert "probation" not in file.holders
    file.apply(after)
    assert "probation" in file.holders
