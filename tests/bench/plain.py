"""The first peer: a plain `eventsourcing` application on SQLite, as its documentation has it.

It checks nothing, hides nothing and proves nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from tests.bench.measure import Figures, Stopwatch, stored
from tests.bench.workload import Made, events


class Matter(Aggregate):
    """A prosecutor's file."""

    @event("ReferralAccepted")
    def __init__(
        self, occurred_on: str, referral: str, from_agency: str, case_number: dict[str, str]
    ) -> None:
        self.number = case_number
        self.court: str | None = None
        self.charges: dict[int, dict[str, Any]] = {}

    @event("CaseReferred")
    def refer(
        self, occurred_on: str, to_agency: str, purpose: str, case_numbers: list[dict[str, str]], arrest: str
    ) -> None:
        self.court = to_agency

    @event("ChargeFiled")
    def file_charge(
        self,
        occurred_on: str,
        occurred_at: str,
        referral: str,
        arrest: str,
        docket_number: dict[str, str],
        count: int,
        statute: str,
        offense: str,
        severity: str,
        jurisdiction: str,
        dv_designated: bool,
    ) -> None:
        self.charges[count] = {"statute": statute, "severity": severity}

    @event("ChargeAmended")
    def amend_charge(
        self,
        occurred_on: str,
        charge: str,
        old_statute: str,
        old_severity: str,
        statute: str,
        offense: str,
        severity: str,
        dv_designated: bool,
        amendment_reason: str,
    ) -> None:
        self.charges[1] = {"statute": statute, "severity": severity}


_COMMANDS = {
    "CaseReferred": Matter.refer,
    "ChargeFiled": Matter.file_charge,
    "ChargeAmended": Matter.amend_charge,
}


def _application(root: Path) -> Application[Any]:
    environment = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(root / "plain.db")}
    return Application(env=environment)


def _tell(matters: dict[bytes, Matter], made: Made) -> Matter:
    if made.kind == "ReferralAccepted":
        matter = matters[made.file] = Matter(occurred_on=made.occurred_on, **made.data)
    else:
        matter = matters[made.file]
        _COMMANDS[made.kind](matter, occurred_on=made.occurred_on, **made.data)
    return matter


def save(root: Path, count: int) -> Figures:
    """One save for each event, the aggregate at hand: the least that the library does for a durable event."""
    application, told, watch = _application(root), list(events(count)), Stopwatch()
    matters: dict[bytes, Matter] = {}
    with watch:
        for made in told:
            application.save(_tell(matters, made))
    return _done(application, root, watch.figures(len(told)))


def get_and_save(root: Path, count: int) -> Figures:
    """One command for each event as an application gets it: the aggregate from the repository, changed, saved."""
    application, told, watch = _application(root), list(events(count)), Stopwatch()
    ids: dict[bytes, Any] = {}
    with watch:
        for made in told:
            at_hand = (
                {made.file: application.repository.get(ids[made.file])}
                if made.kind != "ReferralAccepted"
                else {}
            )
            matter = _tell(at_hand, made)
            application.save(matter)
            ids[made.file] = matter.id
    return _done(application, root, watch.figures(len(told)))


def bulk(root: Path, count: int) -> Figures:
    """A hundred files of five events in one save."""
    application, told, watch = _application(root), list(events(count)), Stopwatch()
    with watch:
        for start in range(0, len(told), 500):
            matters: dict[bytes, Matter] = {}
            for made in told[start : start + 500]:
                _tell(matters, made)
            application.save(*matters.values())
    return _done(application, root, watch.figures(len(told)))


def _done(application: Application[Any], root: Path, figures: Figures) -> Figures:
    stored_events = application.recorder.max_notification_id()
    assert stored_events == figures.events, stored_events
    application.close()
    figures.store = stored(root / "plain.db")
    return figures
