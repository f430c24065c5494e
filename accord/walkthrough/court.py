"""The court: first appearance, conditions, hearings, warrants, pleas, outcomes."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough.act import COURT, POLICE, PROBATION, PROGRAMME, Act, Ref, by_number, own
from accord.walkthrough.matter import Count, Matter
from accord.walkthrough.prosecution import of_arrest


def of_count(m: Matter, count: Count) -> Ref:
    """A count by its docket number and place."""
    return by_number(count.act, m.numbers["docket"], count.number)


def charged(m: Matter, when: dt.datetime) -> list[Ref]:
    """The counts that stand at this time; before the charge there are none."""
    return [of_count(m, count) for count in m.counts if count.act.occurred <= when]


def appear(m: Matter, when: dt.datetime) -> None:
    """First appearance, and the conditions of release set there."""
    if COURT not in m.keys:
        m.keys[COURT] = m.number("docket", COURT, when).value
    hear(m, when, "first_appearance")
    if m.happens("conditions_never"):
        return
    late = m.happens("conditions_late")
    set_conditions(
        m, m.later(when, "conditions_late_days" if late else "conditions_hours"), m.draw("release_decision")
    )


def set_conditions(m: Matter, when: dt.datetime, decision: str) -> None:
    """Release is decided; who supervises and which programme are named only where somebody is to act."""
    supervised = decision == "supervised" or (
        decision != "conditions_ended" and m.happens("pretrial_supervision")
    )
    ended = decision == "conditions_ended"
    m.conditions_number = m.number("RC", COURT, when)
    m.conditions = m.say(
        COURT,
        "ReleaseConditionsSet",
        when,
        arrest=of_arrest(m),
        charges=charged(m, when),
        order_number=m.conditions_number,
        release_decision=decision,
        contact_conditions=[] if ended else m.some("contact_condition", 1, 4),
        conditions=[] if ended else m.some("release_condition", 0, 4),
        expires_on=None if ended else m.day(when) + dt.timedelta(days=365),
        supervised_by=PROBATION if supervised else None,
        program_by=PROGRAMME if supervised and m.happens("pretrial_programme") else None,
    )
    m.supervised = m.supervised or supervised


def hear(
    m: Matter, when: dt.datetime, kind: str, ordered_by: Ref | None = None, referral: Ref | None = None
) -> tuple[Act, bool]:
    """A hearing; True if the accused did not appear."""
    opening = kind in ("first_appearance", "sentencing", "expungement_review")
    appearance = "present" if opening else m.draw("appearance")
    outcome = "completed" if opening else m.draw("hearing_outcome")
    absent = appearance == "failed_to_appear"
    again = absent or outcome.startswith("continued")
    held = m.say(
        COURT,
        "HearingHeld",
        when,
        hearing_kind=kind,
        appearance=appearance,
        hearing_outcome="continued_court" if absent else outcome,
        next_hearing_on=m.day(when) + dt.timedelta(days=m.span("hearing_gap_days")) if again else None,
        arrest=of_arrest(m),
        charges=charged(m, when),
        ordered_by=ordered_by,
        referral=referral,
    )
    if absent:
        failure_to_appear(m, held)
    return held, absent


def failure_to_appear(m: Matter, held: Act) -> None:
    """Absence is answered by a warrant, or is not."""
    if not m.happens("absence_unanswered"):
        late = m.chance.happens(250)
        when = m.later(held.occurred, "warrant_late_days" if late else "warrant_hours")
        issue_warrant(m, when, "failure_to_appear", held)


def issue_warrant(m: Matter, when: dt.datetime, kind: str, held: Act | None = None) -> tuple[Act, Act | None]:
    """A warrant, and what became of it: served by police, ended by the court, or not followed at all."""
    number = m.number("warrant", COURT, when)
    issued = m.say(
        COURT,
        "WarrantIssued",
        when,
        warrant_number=number,
        warrant_kind=kind,
        execute_by=POLICE,
        hearing=own(held) if held else None,
    )
    if m.happens("warrant_not_followed"):
        return issued, None
    end = "served" if kind == "arrest" else m.draw("warrant_end")
    agency = POLICE if end == "served" else COURT
    if agency not in m.keys:
        m.keys[agency] = number.value
    cited = by_number(issued, number) if agency == POLICE else own(issued)
    served = m.later(when, "warrant_ended_late_days" if m.chance.happens(200) else "warrant_served_days")
    return issued, m.say(
        agency, "WarrantEnded", served, warrant=cited, warrant_number=number, warrant_end=end
    )


def plead(m: Matter, when: dt.datetime, plea: str, negotiated: bool) -> None:
    """A plea to every count that still stands."""
    for count in m.counts:
        if not count.disposition:
            m.say(
                COURT,
                "PleaEntered",
                when,
                charge=of_count(m, count),
                plea=plea,
                negotiated=negotiated,
                concessions=m.some("concession", 1, 2) if negotiated else None,
            )


def dispose(
    m: Matter, count: Count, when: dt.datetime, disposition: str, method: str, reason: str | None = None
) -> None:
    """The outcome of one count."""
    count.disposition = disposition
    count.disposed = m.say(
        COURT,
        "ChargeDisposed",
        when,
        charge=of_count(m, count),
        disposition=disposition,
        disposition_method=method,
        dismissal_reason=reason if disposition == "dismissed" else None,
        statute=count.statute,
        offense=count.offense,
        severity=count.severity,
    )


def dismiss(m: Matter, count: Count, when: dt.datetime) -> None:
    """One count ends without a finding: what prosecution or court decided, never what anybody else did."""
    dispose(m, count, when, "dismissed", m.draw("dismissal_method"), m.draw("dismissal_reason"))
