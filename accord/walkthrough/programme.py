"""The re-education programme: intake, sessions, and how an enrolment ends."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough.act import COURT, PROBATION, PROGRAMME, Act, Ref, by_number, own, seen
from accord.walkthrough.matter import Matter
from accord.walkthrough.sentence import free_from
from accord.walkthrough.supervision import refer_to_programme
from accord.walkthrough.violations import report

MISSED = ("absent_unexcused", "sent_away")


def attend(m: Matter, sentenced: Act) -> None:
    """From the referral (the court's, or the officer's) to the end of the enrolment."""
    ordered = [
        code for code in sentenced.fields["rehabilitation"] if code in m.world.county.weights["programme"]
    ]
    told = _told(m, sentenced) if ordered else None
    if told is None or m.happens("enrolment_never"):
        return
    referral, since = told
    late = m.happens("enrolment_late")
    when = m.office(
        m.later(max(since, free_from(m, sentenced)), "enrolment_late_days" if late else "enrolment_days")
    )
    m.keys[PROGRAMME] = m.number("enrollment", PROGRAMME, when).value
    if m.happens("no_show"):
        what = referral if referral.target.kind == "CaseReferred" else seen(sentenced)
        report(m, PROGRAMME, "sentence", "failed_to_enroll", when, _order(m, sentenced), what, _officer(m))
    elif m.happens("not_accepted"):
        m.say(
            PROGRAMME,
            "ProgramEnded",
            when,
            referral=referral,
            program_end="not_accepted",
            sessions_attended=0,
        )
    else:
        _enrol(m, sentenced, referral, ordered[m.chance.below(len(ordered))], when)


def _told(m: Matter, sentenced: Act) -> tuple[Ref, dt.datetime] | None:
    """The referral as the programme can cite it: by the number that it carried."""
    if "program_by" in sentenced.fields:  # the gateway sends the court's referral with the docket number
        return by_number(sentenced, m.numbers["docket"]), sentenced.recorded
    if m.supervision is None or m.supervision.fields["supervision_kind"] == "pretrial":
        return None
    asked = refer_to_programme(m, m.later(m.supervision.recorded, "refer_days"))
    return by_number(asked, m.numbers["supervision"]), asked.recorded


def _order(m: Matter, sentenced: Act) -> Ref | None:
    """The sentence, where the way to it is open: the court's own referral, or a supervision that cites it."""
    under = "program_by" in sentenced.fields or (m.supervision and "ordered_by" in m.supervision.fields)
    return seen(sentenced) if under else None


def _officer(m: Matter) -> str:
    return PROBATION if m.supervision is not None else COURT


def _enrol(m: Matter, sentenced: Act, referral: Ref, program: str, when: dt.datetime) -> None:
    required = sentenced.fields["program_sessions"]
    evening = dt.time(18, 0)
    first = m.day(when) + dt.timedelta(days=m.chance.between(2, 7))
    m.enrolment = m.say(
        PROGRAMME,
        "ProgramEnrolled",
        when,
        ordered_by=_order(m, sentenced),
        referral=referral,
        enrollment_number=m.numbers["enrollment"],
        program=program,
        sessions_required=required,
        first_session_on=first,
    )
    start = dt.datetime.combine(first, evening, m.world.county.timezone).astimezone(dt.UTC)
    _sessions(m, m.enrolment, start, required, m.draw("program_end"))


def _sessions(m: Matter, enrolled: Act, start: dt.datetime, required: int, ending: str) -> None:
    """Week by week, until all are kept, too many are missed, or it ends for another reason on the way."""
    attended = missed = session = 0
    stop = required if ending == "completed" else m.chance.between(2, max(2, required - 2))
    tolerated, when = m.span("absences_tolerated"), start
    while attended < stop and missed <= tolerated and not _revoked(m, when):
        session += 1
        result = m.draw("session_result")
        held = _session(m, enrolled, session, result, when)
        attended += result == "attended"
        missed += result in MISSED
        if result in MISSED and not m.happens("missed_session_unreported"):
            span = "breach_report_late_days" if m.chance.happens(200) else "breach_report_days"
            late = m.later(held.occurred, span)
            report(
                m, PROGRAMME, "program_rules", "missed_session", late, own(enrolled), own(held), _officer(m)
            )
        when += dt.timedelta(days=7)
    how = "ended_by_court" if _revoked(m, when) else "terminated_attendance" if missed > tolerated else ending
    _end(m, enrolled, when, how, attended)


def _revoked(m: Matter, when: dt.datetime) -> bool:
    return m.revoked is not None and when > m.revoked


def _session(m: Matter, enrolled: Act, session: int, result: str, when: dt.datetime) -> Act:
    return m.say(
        PROGRAMME, "ProgramAttendance", when, enrollment=own(enrolled), session=session, session_result=result
    )


def _end(m: Matter, enrolled: Act, when: dt.datetime, how: str, attended: int) -> None:
    when = m.office(when)
    ended = m.say(
        PROGRAMME, "ProgramEnded", when, enrollment=own(enrolled), program_end=how, sessions_attended=attended
    )
    if how.startswith("terminated") and not m.happens("termination_unreported"):
        late = when + dt.timedelta(hours=m.chance.between(1, 40))
        report(
            m, PROGRAMME, "program_rules", "program_terminated", late, own(enrolled), own(ended), _officer(m)
        )
