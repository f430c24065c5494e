"""What happens to records: corrections, voids, links, challenges, seals, expungements, holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

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
from accord.walkthrough.matter import Matter
from accord.walkthrough.prosecution import of_arrest

# What a correction changes, by kind: the field and the urn of its codes (None: the other truth value).
_MENDED: dict[str, tuple[str, str | None]] = {
    "SupervisionContact": ("contact_kind", "contact_kind"),
    "ReleasedFromCustody": ("release_basis", "release_basis"),
    "ReleaseConditionsSet": ("release_decision", "release_decision"),
    "ProtectionOrderIssued": ("firearms_prohibited", None),
    "ChargeFiled": ("dv_designated", None),
    "ArrestMade": ("mandatory_arrest", None),
}
_SAID_TWICE = ("HearingHeld", "SupervisionContact", "ProgramAttendance", "ReleasedFromCustody")


def notice(m: Matter, about: str) -> str:
    """An agency's own key for a notice file."""
    return f"NOTICE-{m.n:05d}-{about}-{len(m.acts) + 1:03d}"


def correct(m: Matter) -> None:
    """One act was said wrongly: it is said again whole, naming the old."""
    fit = [act for act in m.acts if act.kind in _MENDED and "supersedes" not in act.fields]
    if fit:
        correct_act(m, fit[m.chance.below(len(fit))], m.draw("correction_reason"))


def correct_act(m: Matter, wrong: Act, reason: str) -> Act:
    """The correction of one act; a wrong time moves it an hour back, anything else changes a code."""
    fields = {name: value for name, value in wrong.fields.items() if name != "occurred_at"}
    name, urn = _MENDED[wrong.kind]
    when = wrong.occurred
    if reason == "wrong_time":
        when -= dt.timedelta(hours=1)
    else:
        fields[name] = m.draw(urn) if urn else not fields.get(name, False)
    found = m.later(wrong.recorded, "correction_days")
    return _again(m, wrong, when, found, fields | {"supersedes": own(wrong), "correction_reason": reason})


def _again(m: Matter, act: Act, when: dt.datetime, found: dt.datetime, fields: dict[str, Any]) -> Act:
    said = m.say(act.agency, act.kind, when, act.subject, **fields)
    said.recorded = max(said.recorded, found)
    return said


def void(m: Matter) -> None:
    """One act should not exist: said twice, or of another matter."""
    fit = [act for act in m.acts if act.kind in _SAID_TWICE and "supersedes" not in act.fields]
    if fit:
        act = fit[m.chance.below(len(fit))]
        fields = {name: value for name, value in act.fields.items() if name != "occurred_at"}
        twice = _again(
            m, act, act.occurred, act.recorded + dt.timedelta(minutes=m.chance.between(5, 300)), fields
        )
        void_act(m, twice, m.later(twice.recorded, "correction_days"), m.draw("void_reason"))


def void_act(m: Matter, act: Act, when: dt.datetime, reason: str) -> Act:
    """The publisher takes an act back."""
    return m.say(act.agency, "EventVoided", when, act.subject, supersedes=own(act), correction_reason=reason)


def link(m: Matter) -> None:
    """The prosecutor proposes that its file and the arrest's are one; police agree; it may be undone."""
    first = next(
        (act for act in m.acts if act.agency == PROSECUTOR and act.subject == m.keys[PROSECUTOR]), None
    )
    if m.arrest is None or first is None or m.referral is None:
        return
    arrested = by_number(m.arrest, m.numbers["arrest"])
    when = m.office(m.later(max(first.recorded, m.referral.recorded), "link_days"))
    proposed = m.say(PROSECUTOR, "CaseLinked", when, other_event=arrested)
    m.say(POLICE, "CaseLinked", m.later(proposed.recorded, "link_days"), other_event=seen(proposed))
    if m.happens("unlinked"):
        m.say(PROSECUTOR, "CaseUnlinked", m.office(m.later(when, "unlink_days")), other_event=arrested)


def join_own(m: Matter, earlier: Act, subject: str) -> None:
    """Police have two files of one matter, the request for a warrant and the arrest: each names the other."""
    arrested = m.of_police()
    when = m.later(arrested.recorded, "link_days")
    m.say(POLICE, "CaseLinked", when, other_event=own(earlier))
    m.say(POLICE, "CaseLinked", when, subject, other_event=own(arrested))


def challenge(m: Matter) -> None:
    """The person a record is about challenges it at one agency; the publisher answers."""
    answer = m.draw("challenge_answer")
    told, record, cited = _challenged(m, answer)
    if record is None or cited is None:
        return
    when = m.office(m.later(record.recorded, "challenge_days"))
    asked = m.say(
        told,
        "EntryChallenged",
        when,
        notice(m, "CH"),
        challenged=cited,
        challenge_kind=m.draw("challenge_kind"),
        answer_from=record.agency,
    )
    if not m.happens("challenge_unanswered"):
        _answer_challenge(m, asked, record, told, answer)


def _challenged(m: Matter, answer: str) -> tuple[str, Act | None, Ref | None]:
    hearing = next(
        (act for act in m.acts if act.kind == "HearingHeld" and m.counts and act.fields["charges"]), None
    )
    choices: list[tuple[str, Act | None, Ref | None]] = [(COURT, m.arrest, of_arrest(m))]
    if m.sentences and m.enrolment:
        choices.append((PROGRAMME, m.sentences[0], seen(m.sentences[0])))
    if m.sentences and PROBATION in m.keys:
        choices.append((PROBATION, m.sentences[0], seen(m.sentences[0])))
    if hearing and PROSECUTOR in m.keys:
        choices.append((PROSECUTOR, hearing, seen(hearing)))
    wanted = {"corrected": choices[0], "voided": choices[-1]}
    return wanted.get(answer) or choices[m.chance.below(len(choices))]


def _answer_challenge(m: Matter, asked: Act, record: Act, told: str, answer: str) -> None:
    when = m.office(m.later(asked.recorded, "challenge_answer_days"))
    if answer == "corrected" and record.kind == "ArrestMade":
        correct_act(m, record, "late_information").recorded = when
    elif answer == "voided" and record.kind == "HearingHeld":
        void_act(m, record, when, "wrong_case")
    elif answer in ("corrected", "voided"):
        answer = "unchanged"
    m.say(
        record.agency,
        "ChallengeAnswered",
        when,
        notice(m, "CA"),
        challenge=seen(asked),
        challenge_answer=answer,
        to_agency=told,
    )
