"""Sentences, what the judge asks about them later, and convictions set aside."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough.act import COURT, POLICE, PROBATION, PROGRAMME, Act, own
from accord.walkthrough.court import dispose, hear, issue_warrant, of_count
from accord.walkthrough.matter import Matter
from accord.walkthrough.police import release

SUPERVISED = ("supervised_probation", "deferred", "conditional_release", "community_panel")


def sentence(m: Matter, when: dt.datetime, phase: str = "original", kind: str | None = None) -> Act:
    """Sanctions, restrictions and re-education together; who is charged with them is named, or forgotten."""
    kind = kind or m.draw("supervision_kind")
    confined = m.span("confinement_days") if phase == "after_revocation" or m.happens("confined") else 0
    programmes = _programmes(m)
    supervised = kind in SUPERVISED and not m.happens("supervisor_unnamed")
    named = bool(programmes) and (not supervised or m.happens("program_named_by_court"))
    free = m.day(when) + dt.timedelta(days=confined)
    act = m.say(
        COURT,
        "SentenceImposed",
        when,
        docket_number=m.numbers["docket"],
        sentence_phase=phase,
        charges=[of_count(m, c) for c in m.counts if c.disposition in ("convicted", "deferred", "read_in")],
        sanctions=["none"]
        if kind == "deferred"
        else sorted({*m.some("sanction", 1, 3)} - {"none"}) or ["none"],
        contact_conditions=m.some("contact_condition", 1, 3),
        restrictions=m.some("restriction", 1, 4),
        rehabilitation=sorted({*programmes, *m.some("other_rehabilitation", 0, 1)}),
        program_sessions=m.span("sessions") if programmes else None,
        supervision_kind=kind,
        supervision_days=m.span("supervision_days"),
        confinement_days=confined,
        suspended_days=m.span("suspended_days"),
        community_from=free,
        review_on=m.day(when) + dt.timedelta(days=confined + m.span("review_days")),
        supervised_by=PROBATION if supervised else None,
        program_by=PROGRAMME if named and not m.happens("program_never_told") else None,
    )
    if supervised and m.supervised:
        refer_again(m, act)
    m.supervised = m.supervised or supervised
    m.sentences.append(act)
    _custody(m, act, confined)
    return act


def refer_again(m: Matter, sentenced: Act) -> None:
    """Probation was part of this case until its supervision ended: a clerk refers the new sentence."""
    m.say(
        COURT,
        "CaseReferred",
        sentenced.occurred + dt.timedelta(minutes=10),
        to_agency=PROBATION,
        purpose="supervision",
        case_numbers=[m.numbers["docket"]],
    )


def _programmes(m: Matter) -> list[str]:
    return m.some("programme", 1, 1 + m.chance.below(2)) if m.happens("program_in_sentence") else []


def _custody(m: Matter, sentenced: Act, confined: int) -> None:
    if confined and m.happens("commitment_warrant"):
        issue_warrant(m, sentenced.occurred + dt.timedelta(hours=2), "commitment")
    if confined and m.arrest and POLICE in m.keys:
        release(m, "sentence_served", sentenced.occurred + dt.timedelta(days=confined))


def free_from(m: Matter, sentenced: Act) -> dt.datetime:
    """The first working hour in the community."""
    noon = dt.datetime.combine(sentenced.fields["community_from"], dt.time(12), m.world.county.timezone)
    return m.office(max(noon.astimezone(dt.UTC), sentenced.occurred + dt.timedelta(hours=20)))


def review(m: Matter, sentenced: Act) -> None:
    """The judge asks whether it was done."""
    if m.happens("review_never"):
        return
    when = m.office(m.later(free_from(m, sentenced), "review_days"))
    wellness = "wellness_court" in sentenced.fields["rehabilitation"]
    for n in range(m.chance.between(1, 3)):
        kind = "wellness_court" if wellness and n else "compliance_review"
        hear(m, when, kind, ordered_by=own(sentenced))
        when = m.office(m.later(when, "review_gap_days"))


def vacate(m: Matter) -> None:
    """A conviction set aside: a second ChargeDisposed stands beside the first."""
    count = next(count for count in m.counts if count.disposition == "convicted")
    assert count.disposed is not None
    when = m.office(m.later(count.disposed.occurred, "vacated_days"))
    dispose(m, count, when, "vacated", "defense_motion")


def modify(m: Matter, sentenced: Act, when: dt.datetime) -> None:
    """Terms changed: the whole sentence again, in its new form."""
    again = {
        name: value for name, value in sentenced.fields.items() if name not in ("program_by", "supervised_by")
    }
    changed = {"sentence_phase": "modified", "restrictions": m.some("restriction", 1, 4)}
    m.sentences.append(m.say(COURT, "SentenceImposed", m.office(when), **(again | changed)))
