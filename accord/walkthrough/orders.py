"""Protection orders: each in a file of its own, at the court and at police; never joined to a case."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough.act import COURT, POLICE, PROBATION, Act, by_number, own
from accord.walkthrough.matter import Matter


def order(m: Matter, when: dt.datetime, kind: str, supervised: bool = False) -> None:
    """An order from issue to its end, through the order that replaces it."""
    issued = _issue(m, when, kind, supervised)
    served = _serve(m, issued)
    ended = m.later(issued.occurred, "order_end_days")
    if kind in ("emergency", "temporary") and m.happens("order_replaced"):
        number = issued.fields["order_number"]
        replaced = m.office(max(ended, served))
        _issue_end(m, issued, replaced, "replaced", number.value)
        order(m, replaced + dt.timedelta(minutes=20), "final", supervised)
    elif m.chance.happens(450):
        _issue_end(m, issued, m.office(max(ended, served)), m.draw("order_end"), issued.subject)


def _issue(m: Matter, when: dt.datetime, kind: str, supervised: bool) -> Act:
    number = m.number("PO", COURT, when)
    issued = m.say(
        COURT,
        "ProtectionOrderIssued",
        m.office(when),
        number.value,
        order_number=number,
        order_kind=kind,
        contact_conditions=m.some("contact_condition", 2, 4),
        order_restrictions=m.some("order_restriction", 1, 2),
        firearms_prohibited=m.chance.happens(700),
        expires_on=m.day(when) + dt.timedelta(days=m.span("order_days")),
        serve_by=POLICE,
        supervised_by=PROBATION if supervised else None,
    )
    m.order, m.order_number = issued, number
    return issued


def _serve(m: Matter, issued: Act) -> dt.datetime:
    """Served by police, in open court, late, or not at all; the time after which it may end."""
    number = issued.fields["order_number"]
    method = m.draw("service_method")
    if m.happens("order_unserved"):
        return issued.recorded
    span = "order_service_late_days" if m.happens("order_served_late") else "order_service_hours"
    when = issued.occurred + dt.timedelta(hours=1) if method == "in_court" else m.later(issued.occurred, span)
    court = method == "in_court"
    return m.say(
        COURT if court else POLICE,
        "ProtectionOrderServed",
        when,
        number.value,
        order=own(issued) if court else by_number(issued, number),
        order_number=number,
        service_method=method,
        attempts=1 if court else m.span("attempts"),
    ).recorded


def _issue_end(m: Matter, issued: Act, when: dt.datetime, how: str, subject: str) -> None:
    number = issued.fields["order_number"]
    m.say(COURT, "ProtectionOrderEnded", when, subject, order=own(issued), order_number=number, order_end=how)
