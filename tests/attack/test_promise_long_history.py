"""Promise: who is let in with the history reads all of it, however long the file has grown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accord.gateway import Accepted, Submission
from accord.seal import SIZE_CLASSES, OpenedGrant, parse_entry
from tests.exchange import arrest, charge, found, referral

HEARINGS = 700  # more than the largest slot could name at once


def hearing(number: int) -> Submission:
    said: dict[str, Any] = {
        "occurred_on": "2024-06-10", "hearing_kind": "compliance_review", "appearance": "present",
        "hearing_outcome": "completed", "charges": [{"number": "CR-2024-001", "count": 1}],
    }  # fmt: skip
    return Submission("/test/court", f"hearing-{number}", "HearingHeld", "CR-2024-001", said)


SENTENCE = Submission("/test/court", "sentence", "SentenceImposed", "CR-2024-001", {
    "occurred_on": "2024-06-20", "docket_number": "CR-2024-001", "sentence_phase": "original",
    "charges": [{"number": "CR-2024-001", "count": 1}], "sanctions": ["suspended"],
    "supervision_kind": "supervised_probation", "supervision_days": 365,
    "community_from": "2024-06-20", "supervised_by": "probation",
})  # fmt: skip


def test_a_history_longer_than_an_entry_is_opened_whole(tmp_path: Path) -> None:
    exchange = found(tmp_path)
    for slug, submission in (("police", arrest()), ("police", referral()), ("prosecutor", charge())):
        exchange.emit(slug, submission)
        exchange.sync_all()
    outcomes = exchange.emit("court", *map(hearing, range(HEARINGS)), SENTENCE)
    assert {type(one) for one in outcomes} == {Accepted}
    exchange.sync_all()
    count = "SELECT COUNT(*) FROM event WHERE kind = 'HearingHeld'"
    for slug in ("probation", "advocacy", "court"):
        assert exchange.agency(slug).projection.db.query(count) == [(HEARINGS,)], slug
    court = exchange.agency("court")
    grants = [one for items in court.replica.feed(0) for _, one in items if isinstance(one, OpenedGrant)]
    shares = [
        share for one in grants for share in one.shares if share.recipient == "probation" and share.entries
    ]
    named = [index for share in shares for index in share.entries]
    assert len(shares) > 2
    assert len(named) >= HEARINGS
    assert named == sorted(set(named))  # each earlier entry by one grant
    rows = court.store.query("SELECT state FROM stored_events WHERE topic = 'grant'")
    assert all(len(parse_entry(row[0]).ciphertexts[0]) <= SIZE_CLASSES[-1] + 16 for row in rows)
    exchange.release()
