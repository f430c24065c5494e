"""Breaches, who is told of them, and what is done about them."""

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
from accord.walkthrough.court import hear, issue_warrant
from accord.walkthrough.matter import Matter


def breach(m: Matter, urn: str, since: dt.datetime) -> None:
    """A breach of conditions, order or sentence, reported by whoever can cite the instrument."""
    reporter, violated, kind, answerer = m.draw(urn).split()
    when = m.later(since, "breach_days")
    if {reporter, answerer} <= m.keys.keys() and reporter != answerer and _in_force(m, reporter, violated):
        report(m, reporter, violated, kind, when, instrument(m, reporter, violated), None, answerer)


def _in_force(m: Matter, reporter: str, violated: str) -> bool:
    there = {
        "release_conditions": m.conditions is not None,
        "protection_order": m.order is not None,
        "sentence": bool(m.sentences),
        "supervision": m.supervision is not None,
        "program_rules": m.enrolment is not None,
    }
    needs = {PROBATION: m.supervision is not None, PROGRAMME: m.enrolment is not None}
    return there[violated] and needs.get(reporter, True)


def instrument(m: Matter, reporter: str, violated: str) -> Ref | None:
    """What was violated, as this reporter can cite it; None where its role is shown nothing that cites it."""
    if violated == "release_conditions" and m.conditions and m.conditions_number:
        return _conditions(m, reporter, m.conditions)
    if violated == "protection_order" and m.order and m.order_number:
        named = reporter != PROBATION or "supervised_by" in m.order.fields
        return _cited(m.order, reporter, by_number(m.order, m.order_number)) if named else None
    if violated == "sentence":
        return _cited(m.sentences[-1], reporter, seen(m.sentences[-1]))
    if violated == "supervision" and m.supervision and reporter in (PROBATION, COURT):
        return _cited(m.supervision, reporter, by_number(m.supervision, m.numbers["supervision"]))
    if violated == "program_rules" and m.enrolment and reporter in (PROBATION, PROGRAMME):
        return _cited(m.enrolment, reporter, by_number(m.enrolment, m.numbers["enrollment"]))
    return None


def _conditions(m: Matter, reporter: str, conditions: Act) -> Ref | None:
    """Conditions set before the charge are not shown to the prosecutor: the court's history stays shut."""
    assert m.conditions_number is not None
    hidden = reporter == PROSECUTOR and not conditions.fields["charges"]
    return None if hidden else _cited(conditions, reporter, by_number(conditions, m.conditions_number))


def _cited(act: Act, reporter: str, foreign: Ref) -> Ref:
    return own(act) if act.agency == reporter else foreign


def report(
    m: Matter,
    agency: str,
    violated: str,
    kind: str,
    when: dt.datetime,
    cited: Ref | None,
    what: Ref | None,
    answerer: str,
) -> Act:
    """A breach, and who must answer; dated when the agency learned of it."""
    reported = m.say(
        agency,
        "ViolationReported",
        when if agency == POLICE else m.office(when),
        violation_number=m.number("violation", agency, when),
        violated=violated,
        violation_kind=kind,
        instrument=cited,
        breach=what,
        answer_from=answerer,
    )
    if not m.happens("violation_unanswered"):
        answer(m, reported)
    return reported


def missed_court(m: Matter, held: Act) -> None:
    """The court reports the failure to appear; no recorded act that `breach` may name is a hearing."""
    if PROSECUTOR in m.keys and m.happens("absence_reported"):
        when = m.later(held.occurred, "answer_hours")
        cited = instrument(m, COURT, "release_conditions")
        report(m, COURT, "release_conditions", "failed_to_appear", when, cited, None, PROSECUTOR)


def answer(m: Matter, reported: Act) -> None:
    """What was done about it, by the agency named; a hearing it sets is held."""
    agency = str(reported.fields["answer_from"])
    late = m.happens("violation_answered_late")
    when = m.later(reported.recorded, "answer_late_days" if late else "answer_hours")
    responses = _possible(m, agency, m.some(f"response_{agency}", 1, 2))
    hearing = m.office(m.later(when, "violation_hearing_days")) if "hearing_set" in responses else None
    m.say(
        agency,
        "ViolationAnswered",
        when,
        violation=by_number(reported, reported.fields["violation_number"]),
        responses=responses,
        hearing_on=m.day(hearing) if hearing else None,
    )
    if "warrant_requested" in responses and COURT in m.keys and m.chance.happens(700):
        issue_warrant(m, m.office(m.later(when, "warrant_hours")), "violation")
    if hearing and COURT in m.keys:
        hear(m, hearing, "violation", ordered_by=own(m.sentences[-1]) if m.sentences else None)
    if "supervision_revoked" in responses and m.revoked is None:
        m.revoked = when


def _possible(m: Matter, agency: str, responses: list[str]) -> list[str]:
    impossible = {
        "supervision_revoked": m.supervision is None or not m.sentences,
        "release_revoked": bool(m.sentences),
        "added_sessions": m.enrolment is None,
    }
    possible = [code for code in responses if not impossible.get(code, False)] or ["warning"]
    alone = [code for code in possible if code in ("no_action", "no_violation_found")]
    return alone[:1] or possible
