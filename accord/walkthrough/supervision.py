"""Probation: reports before sentence, supervision, contacts, referrals to the programme and to police."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough.act import (
    COURT,
    POLICE,
    PROBATION,
    PROGRAMME,
    PROSECUTOR,
    Act,
    Ref,
    by_number,
    own,
    seen,
)
from accord.walkthrough.court import hear
from accord.walkthrough.matter import Matter
from accord.walkthrough.sentence import free_from, sentence
from accord.walkthrough.violations import breach, report


def presentence(m: Matter, when: dt.datetime) -> None:
    """The court asks for a report that informs the sentence; taking it in is all that the exchange learns."""
    docket = m.numbers["docket"]
    asked = m.say(
        COURT,
        "CaseReferred",
        m.office(when),
        to_agency=PROBATION,
        purpose="presentence_report",
        case_numbers=[docket],
        arrest=by_number(m.arrest, m.numbers["arrest"]) if m.arrest else None,
    )
    _numbered(m, asked.recorded)
    taken = m.office(m.later(asked.recorded, "answer_hours"))
    _accept(m, PROBATION, taken, by_number(asked, docket), COURT, "supervision")


def _numbered(m: Matter, when: dt.datetime) -> None:
    if PROBATION not in m.keys:
        m.keys[PROBATION] = m.number("supervision", PROBATION, when).value


def _accept(m: Matter, agency: str, when: dt.datetime, referral: Ref, sender: str, form: str) -> Act:
    return m.say(
        agency,
        "ReferralAccepted",
        when,
        referral=referral,
        from_agency=sender,
        case_number=m.numbers[form],
    )


def pretrial(m: Matter) -> None:
    """Supervision on conditions of release, until judgment."""
    if m.conditions is None or m.conditions_number is None or "supervised_by" not in m.conditions.fields:
        return
    when = m.office(m.later(m.conditions.recorded, "supervision_start_days"))
    _numbered(m, when)
    started = _start(m, when, by_number(m.conditions, m.conditions_number), "pretrial", 120)
    _contacts(m, started, when, 2, supervised="release_conditions")


def _start(m: Matter, when: dt.datetime, ordered_by: Ref | None, kind: str, days: int) -> Act:
    m.supervision = m.say(
        PROBATION,
        "SupervisionStarted",
        when,
        ordered_by=ordered_by,
        supervision_number=m.numbers["supervision"],
        supervision_kind=kind,
        supervision_level=m.draw("supervision_level"),
        ends_on=m.day(when) + dt.timedelta(days=days),
    )
    return m.supervision


def end(m: Matter, when: dt.datetime, how: str) -> None:
    """Supervision closed."""
    if m.supervision is not None:
        m.say(PROBATION, "SupervisionEnded", when, supervision=own(m.supervision), supervision_end=how)
        m.supervision = None


def supervise(m: Matter, sentenced: Act) -> dt.datetime | None:
    """Supervision under a sentence: in time, late or never; None if it never began."""
    if "supervised_by" not in sentenced.fields or m.happens("supervision_never"):
        return None
    late = m.happens("supervision_late")
    when = m.office(
        m.later(free_from(m, sentenced), "supervision_late_days" if late else "supervision_start_days")
    )
    first = sentenced is m.sentences[0]
    uncited = first and PROBATION not in m.keys and m.happens("supervision_uncited")
    if any(act.kind == "SupervisionStarted" for act in m.acts):  # a number belongs to one supervision
        m.keys.pop(PROBATION, None)
    _numbered(m, when)
    cited = by_number(sentenced, m.numbers["docket"]) if first else seen(sentenced)
    kind = str(sentenced.fields["supervision_kind"])
    started = _start(m, when, None if uncited else cited, kind, sentenced.fields["supervision_days"])
    if uncited:
        _mend(m, started, sentenced)
    return when


def _mend(m: Matter, started: Act, sentenced: Act) -> None:
    """A supervision opened without its sentence: taken in by hand, and both files are said to be one matter.

    The court sees probation's file from the acceptance on, so that is what its link points to.
    """
    when = m.office(m.later(started.recorded, "link_days"))
    taken = _accept(m, PROBATION, when, by_number(sentenced, m.numbers["docket"]), COURT, "supervision")
    m.say(PROBATION, "CaseLinked", when, other_event=seen(sentenced))
    m.say(COURT, "CaseLinked", m.office(m.later(taken.recorded, "link_days")), other_event=seen(taken))


def watch(m: Matter, sentenced: Act, when: dt.datetime) -> None:
    """Contacts, breaches and the end of supervision, with what a revocation brings."""
    assert m.supervision is not None
    if m.happens("enforcement_asked"):
        ask_enforcement(m, m.later(when, "refer_days"))
    if m.happens("supervision_breach"):
        breach(m, "breach_of_supervision", when)
    last = _contacts(m, m.supervision, when, m.span("contacts"), supervised="supervision")
    if m.revoked is not None:
        revoke(m, m.revoked)
        return
    ended = m.office(last + dt.timedelta(days=m.chance.between(10, 40)))
    end(m, ended, m.draw("supervision_end"))


def _contacts(m: Matter, started: Act, since: dt.datetime, number: int, supervised: str) -> dt.datetime:
    when = since
    for _ in range(number):
        when = m.office(m.later(when, "contact_gap_days"))
        if m.revoked is not None and when > m.revoked:
            break
        result = m.draw("contact_result")
        contact = m.say(
            PROBATION,
            "SupervisionContact",
            when,
            supervision=own(started),
            contact_kind=m.draw("contact_kind"),
            contact_result=result,
        )
        if result == "missed_unexcused" and not m.happens("missed_contact_unreported"):
            _missed(m, started, contact, supervised)
    return when


def _missed(m: Matter, started: Act, contact: Act, supervised: str) -> None:
    when = m.later(
        contact.occurred, "breach_report_late_days" if m.chance.happens(150) else "breach_report_days"
    )
    report(m, PROBATION, supervised, "missed_contact", when, own(started), own(contact), COURT)


def revoke(m: Matter, decided: dt.datetime) -> None:
    """The court revokes: supervision ends, a sentence is imposed anew."""
    when = m.office(m.later(decided, "violation_hearing_days"))
    if not m.happens("revocation_heard"):
        end(m, when, "ended_by_court")
        return
    hear(m, when, "violation", ordered_by=own(m.sentences[-1]))
    end(m, when + dt.timedelta(hours=3), "revoked")
    sentence(m, when + dt.timedelta(hours=1), "after_revocation", "conditional_release")


def ask_enforcement(m: Matter, when: dt.datetime) -> None:
    """Probation asks police to enforce, or the prosecutor to act; it is taken in under their number."""
    to_police = m.chance.happens(600) and "arrest" in m.numbers
    to, purpose, form = (
        (POLICE, "enforcement", "arrest") if to_police else (PROSECUTOR, "violation_action", "prosecution")
    )
    number = m.numbers["supervision"]
    asked = m.say(
        PROBATION, "CaseReferred", m.office(when), to_agency=to, purpose=purpose, case_numbers=[number]
    )
    if not m.happens("referral_untaken"):
        _accept(
            m,
            to,
            m.office(m.later(asked.recorded, "answer_hours")),
            by_number(asked, number),
            PROBATION,
            form,
        )


def refer_to_programme(m: Matter, when: dt.datetime) -> Act:
    """The officer sends the person to the programme."""
    return m.say(
        PROBATION,
        "CaseReferred",
        m.office(when),
        to_agency=PROGRAMME,
        purpose="program_intake",
        case_numbers=[m.numbers["supervision"]],
    )
