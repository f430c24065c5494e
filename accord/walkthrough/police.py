"""Law enforcement: calls, arrests and non-arrests, reports, referrals, releases."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough.act import POLICE, PROSECUTOR, Act, Number, Ref, own
from accord.walkthrough.matter import Matter


def call(m: Matter, present: bool) -> None:
    """A call reaches police: how long until a unit was sent and came; never who called, nor the minute."""
    sent = m.span("dispatch_minutes")
    m.say(
        POLICE,
        "IncidentReported",
        m.called,
        m.incident(),
        dispatch_minutes=sent,
        arrival_minutes=sent + m.span("arrival_minutes"),
        suspect_present=present,
    )


def close(m: Matter, outcome: str, mandatory: bool) -> None:
    """How the call ended."""
    if not m.happens("call_never_closed"):
        when = m.called + dt.timedelta(hours=m.chance.between(2, 18))
        m.say(
            POLICE, "IncidentClosed", when, m.incident(), incident_outcome=outcome, mandatory_arrest=mandatory
        )


def no_arrest(m: Matter) -> None:
    """No arrest, documented with its reason or not."""
    reason = m.draw("non_arrest_reason")
    mandatory = m.happens("mandatory_arrest")
    present = reason not in ("gone_on_arrival", "not_identified")
    call(m, present)
    if not m.happens("non_arrest_undocumented"):
        _not_made(m, reason, mandatory, present, warrant=False)
    close(m, "non_arrest", mandatory)


def gone(m: Matter) -> Act:
    """The suspect left before police came: a warrant is asked for, under the report's number.

    The matter has no arrest, so ReportAvailable cannot speak of this report: the referral carries its number.
    """
    call(m, present=False)
    _not_made(m, "gone_on_arrival", mandatory=True, present=False, warrant=True)
    close(m, "referred", mandatory=True)
    report = m.number("report", POLICE, m.called)
    m.keys[POLICE] = report.value
    when = m.later(m.called, "referral_hours")
    return _refer(m, when, "warrant_request", None)


def _not_made(m: Matter, reason: str, mandatory: bool, present: bool, warrant: bool) -> None:
    when = m.called + dt.timedelta(minutes=m.chance.between(40, 300))
    m.say(
        POLICE,
        "ArrestNotMade",
        when,
        m.incident(),
        non_arrest_reason=reason,
        suspect_present=present,
        mandatory_arrest=mandatory,
        warrant_requested=warrant,
        report_written=warrant or m.chance.happens(700),
    )


def arrest_at_call(m: Matter) -> None:
    """A call that ends in an arrest; the arrest has a file of its own."""
    mandatory = m.happens("mandatory_arrest")
    kind = m.draw("arrest_kind")
    call(m, present=kind != "surrender")
    if kind == "surrender":
        _not_made(m, "gone_on_arrival", mandatory, present=False, warrant=False)
    close(m, "referred" if kind == "surrender" else "arrest", mandatory)
    when = m.later(m.called, "surrender_days" if kind == "surrender" else "arrest_hours")
    arrest(m, when + dt.timedelta(minutes=30), kind, mandatory, m.happens("dual_arrest"))


def arrest(
    m: Matter, when: dt.datetime, kind: str, mandatory: bool, dual: bool, warrant: Ref | None = None
) -> None:
    """A person is arrested; reports and release follow."""
    number = m.number("arrest", POLICE, when)
    m.keys[POLICE] = number.value
    m.arrest = m.say(
        POLICE,
        "ArrestMade",
        when,
        arrest_number=number,
        arrest_kind=kind,
        offenses=m.some("offense", 1, 3),
        mandatory_arrest=mandatory,
        dual_arrest=dual,
        warrant=warrant,
    )
    reports(m)


def reports(m: Matter) -> None:
    """The report exists: in time, late or never; supplements follow."""
    arrested = m.of_police()
    if m.happens("report_never"):
        return
    when = m.later(arrested.occurred, "report_late_days" if m.happens("report_late") else "report_hours")
    number = m.number("report", POLICE, when)
    _report(m, when, "initial", number.value)
    if m.happens("second_report"):
        _report(m, m.later(when, "supplement_days"), "supplement", number.value + "-1")
    if m.happens("final_report"):
        _report(m, m.later(when, "final_days"), "final", number.value + "-2")


def _report(m: Matter, when: dt.datetime, kind: str, value: str) -> None:
    m.say(
        POLICE,
        "ReportAvailable",
        when,
        arrest=own(m.of_police()),
        report_number=Number("report", POLICE, value),
        report_commitment=m.chance.bytes32(),
        report_kind=kind,
    )


def refer(m: Matter) -> Act:
    """The arrest goes to the prosecutor."""
    arrested = m.of_police()
    late = m.happens("referral_late")
    when = m.later(arrested.occurred, "referral_late_days" if late else "referral_hours")
    return _refer(m, when, "charging_decision", own(arrested))


def _refer(m: Matter, when: dt.datetime, purpose: str, arrested: Ref | None) -> Act:
    forms = [form for form in ("arrest", "report") if form in m.numbers and (arrested or form == "report")]
    m.referral = m.say(
        POLICE,
        "CaseReferred",
        when,
        to_agency=PROSECUTOR,
        purpose=purpose,
        case_numbers=[m.numbers[form] for form in forms],
        arrest=arrested,
    )
    return m.referral


def release(m: Matter, basis: str | None = None, when: dt.datetime | None = None) -> None:
    """The person leaves custody; who was cited was never in it."""
    if when is None and m.of_police().fields["arrest_kind"] == "citation":
        return
    m.say(
        POLICE,
        "ReleasedFromCustody",
        when or m.later(m.of_police().occurred, "release_hours"),
        arrest=own(m.of_police()),
        release_basis=basis or m.draw("release_basis"),
        conditions_given=m.chance.happens(750),
    )
