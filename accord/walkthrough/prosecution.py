"""Prosecution: charging, declining, amending; the question whether an arrest should be undone."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough.act import COURT, PROSECUTOR, Act, Number, Ref, by_number, own
from accord.walkthrough.matter import Count, Matter

GRAVITY = ("felony", "enhanced_tribal", "gross_misdemeanor", "misdemeanor", "petty", "civil_infraction")


def of_referral(m: Matter) -> Ref | None:
    """The police referral, by the number it carried: the arrest's, or the report's without an arrest."""
    if m.referral is None:
        return None
    carried: list[Number] = m.referral.fields["case_numbers"]
    return by_number(m.referral, carried[0])


def of_arrest(m: Matter) -> Ref | None:
    """The arrest by its number."""
    return by_number(m.arrest, m.numbers["arrest"]) if m.arrest else None


def charge(m: Matter, cited: bool = True) -> None:
    """Each count is filed; the docket's number is the court's.

    Filed on a referral, the counts cite it and the arrest; filed directly they cite nothing.
    """
    when = _decided(m, "charge_late_days" if m.happens("charge_late") else "charge_hours")
    _open(m, when)
    if COURT not in m.keys:
        m.keys[COURT] = m.number("docket", COURT, when).value
    jurisdiction = m.draw("jurisdiction")
    for n in range(1, m.span("counts") + 1):
        _count(m, when, n, jurisdiction, cited)


def _open(m: Matter, decided: dt.datetime) -> None:
    """The prosecutor's own file; where the decision takes its time, the referral is taken in first."""
    when = m.office(m.later(m.referral.recorded, "answer_hours")) if m.referral else decided
    m.keys[PROSECUTOR] = m.number("prosecution", PROSECUTOR, when).value
    referral = of_referral(m)
    if m.referral and referral and decided > when + dt.timedelta(hours=20) and not m.happens("taken_in_late"):
        m.say(
            PROSECUTOR,
            "ReferralAccepted",
            when,
            referral=referral,
            from_agency=m.referral.agency,
            case_number=m.numbers["prosecution"],
        )


def _decided(m: Matter, span: str) -> dt.datetime:
    referred = m.referral or m.of_police()
    return m.office(m.later(referred.occurred, span))


def _count(m: Matter, when: dt.datetime, n: int, jurisdiction: str, cited: bool) -> None:
    offense, severity = m.draw("offense"), m.draw("severity")
    statute = m.world.county.statutes.get(offense, "CO-9.99")
    designated = m.chance.happens(850)
    act = m.say(
        PROSECUTOR,
        "ChargeFiled",
        when,
        referral=of_referral(m) if cited else None,
        arrest=of_arrest(m) if cited else None,
        docket_number=m.numbers["docket"],
        count=n,
        statute=statute,
        offense=offense,
        severity=severity,
        jurisdiction=jurisdiction,
        dv_designated=designated,
    )
    m.counts.append(Count(act, n, offense, statute, severity, designated))


def decline(m: Matter, reason: str) -> Act:
    """The referred matter is not charged."""
    when = _decided(m, "charge_late_days" if m.happens("charge_late") else "decline_hours")
    _open(m, when)
    return m.say(
        PROSECUTOR,
        "ChargeDeclined",
        when,
        referral=of_referral(m),
        arrest=of_arrest(m),
        decline_reason=reason,
        whole_case=reason == "not_primary_aggressor" or m.chance.happens(850),
    )


def take_in_arrest(m: Matter) -> None:
    """The arrest on a warrant is referred too; its charges are on file, and the prosecutor says so."""
    when = _decided(m, "charge_hours")
    m.say(
        PROSECUTOR,
        "ChargeDeclined",
        when,
        referral=of_referral(m),
        arrest=of_arrest(m),
        decline_reason="other_case",
        whole_case=False,
    )


def ask_expungement(m: Matter, declined: Act) -> Act:
    """An arrest that should not have been: the court is asked to undo the record."""
    late = m.happens("expungement_asked_late")
    when = m.later(declined.occurred, "expungement_ask_late_days" if late else "expungement_ask_days")
    return m.say(
        PROSECUTOR,
        "CaseReferred",
        m.office(when),
        to_agency=COURT,
        purpose="expungement_review",
        case_numbers=[m.numbers["prosecution"]],
        arrest=of_arrest(m),
    )


def amend(m: Matter, when: dt.datetime) -> None:
    """One count changes; usually to something lighter."""
    count = m.counts[m.chance.below(len(m.counts))]
    reason = m.draw("amendment_reason")
    before = GRAVITY.index(count.severity)
    after = max(before - 1, 0) if reason == "graver" else min(before + m.chance.below(2), len(GRAVITY) - 1)
    old_statute, old_severity = count.statute, count.severity
    count.severity = GRAVITY[after]
    if reason in ("plea_agreement", "legal_correction"):
        count.offense = m.draw("offense")
        count.statute = m.world.county.statutes.get(count.offense, "CO-9.99")
    count.designated = count.designated and not (reason == "plea_agreement" and m.chance.happens(400))
    m.say(
        PROSECUTOR,
        "ChargeAmended",
        m.office(when),
        charge=own(count.act),
        old_statute=old_statute,
        old_severity=old_severity,
        statute=count.statute,
        offense=count.offense,
        severity=count.severity,
        dv_designated=count.designated,
        amendment_reason=reason,
    )
