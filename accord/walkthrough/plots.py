"""What becomes of a matter: one plot for each course that county.toml names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from accord.walkthrough import (
    case,
    court,
    orders,
    police,
    programme,
    prosecution,
    records,
    seals,
    supervision,
)
from accord.walkthrough.act import POLICE, by_number
from accord.walkthrough.matter import Matter
from accord.walkthrough.sentence import review, sentence


def tell(m: Matter) -> None:
    """One matter from the call to its end, by the next course of the county."""
    COURSES[m.draw("course")](m)


def _no_arrest(m: Matter) -> None:
    police.no_arrest(m)


def _order_only(m: Matter) -> None:
    orders.order(m, m.called, m.draw("order_kind"))


def _gone(m: Matter) -> None:
    """A warrant is asked for; if police follow it, the case goes on from the arrest."""
    asked = police.gone(m)
    report = m.keys[POLICE]
    prosecution.charge(m)
    issued, ended = court.issue_warrant(m, m.later(m.counts[0].act.recorded, "warrant_hours"), "arrest")
    if ended is None:
        return
    number = issued.fields["warrant_number"]
    police.arrest(m, ended.occurred, "warrant", True, False, by_number(issued, number))
    records.join_own(m, asked, report)
    police.refer(m)
    prosecution.take_in_arrest(m)
    court.appear(m, m.office(m.later(m.of_police().recorded, "appearance_hours")))
    _plead_guilty(m, case.until_outcome(m))


def _lost(m: Matter) -> None:
    """The arrest is never referred, or its referral is never taken up."""
    police.arrest_at_call(m)
    police.release(m, "no_charge")
    if m.happens("referral_untaken"):
        police.refer(m)


def _declined(m: Matter) -> None:
    case.refer(m)
    police.release(m)
    prosecution.decline(m, m.draw("decline_reason"))
    case.afterwards(m)


def _not_primary(m: Matter) -> None:
    police.arrest_at_call(m)
    police.refer(m)
    police.release(m)
    declined = prosecution.decline(m, "not_primary_aggressor")
    seals.review_arrest(m, prosecution.ask_expungement(m, declined))


def _dismissed(m: Matter) -> None:
    when = case.charged(m)
    for count in m.counts:
        court.dismiss(m, count, when)
    case.over(m, when)
    case.afterwards(m)


def _acquitted(m: Matter) -> None:
    when = case.charged(m)
    court.plead(m, when - dt.timedelta(days=1), m.draw("tried_plea"), negotiated=False)
    court.hear(m, when, "trial")
    method = m.draw("trial_method")
    for count in m.counts:
        court.dispose(m, count, when + dt.timedelta(hours=3), "acquitted", method)
    case.over(m, when)
    case.afterwards(m)


def _ended_otherwise(m: Matter) -> None:
    """The accused was not responsible, or died, or another court took the case."""
    how = m.draw("otherwise")
    when = case.charged(m)
    if how == "not_responsible":
        court.plead(m, when, "not_responsible", negotiated=False)
    method = "bench_trial" if how == "not_responsible" else "administrative"
    for n, count in enumerate(m.counts):
        if how == "abated" and n:
            court.dispose(m, count, when, "dismissed", method, "died")
        else:
            court.dispose(m, count, when, how, method)
    case.over(m, when)


def _pleaded(m: Matter) -> None:
    _plead_guilty(m, case.charged(m))


def _plead_guilty(m: Matter, when: dt.datetime) -> None:
    negotiated = m.happens("negotiated")
    court.hear(m, when, "plea")
    when += dt.timedelta(minutes=30)
    court.plead(m, when, m.draw("plea"), negotiated)
    convicted = max(1, len(m.counts) - (m.chance.below(3) if negotiated else 0))
    for n, count in enumerate(m.counts):
        if n < convicted:
            court.dispose(m, count, when, "convicted", "plea")
        elif m.chance.happens(350):
            court.dispose(m, count, when, "read_in", "prosecution_motion")
        else:
            court.dispose(m, count, when, "dismissed", "prosecution_motion", "plea_to_other_count")
    case.sentenced(m, when)


def _tried(m: Matter) -> None:
    when = case.charged(m)
    court.plead(m, when - dt.timedelta(days=1), m.draw("tried_plea"), negotiated=False)
    court.hear(m, when, "trial")
    method = m.draw("trial_method")
    for n, count in enumerate(m.counts):
        found = "convicted" if n == 0 or m.chance.happens(600) else "acquitted"
        court.dispose(m, count, when + dt.timedelta(hours=4), found, method)
    case.sentenced(m, when + dt.timedelta(hours=5))


def _deferred(m: Matter) -> None:
    """Judgment is put off on terms: kept, it ends in dismissal; broken, in conviction and sentence."""
    when = case.charged(m)
    court.plead(m, when, m.draw("plea"), negotiated=True)
    for count in m.counts:
        court.dispose(m, count, when, "deferred", "agreement")
    case.over(m, when)
    sentenced = sentence(m, when + dt.timedelta(hours=1), kind="deferred")
    begun = supervision.supervise(m, sentenced)
    programme.attend(m, sentenced)
    review(m, sentenced)
    last = max(act.recorded for act in m.acts if act.kind in ("SentenceImposed", "SupervisionStarted"))
    later = m.office(m.later(last, "disposition_days") + dt.timedelta(days=90))
    kept = m.chance.happens(500)
    if begun is not None:
        supervision.end(m, later - dt.timedelta(days=1), "completed" if kept else "ended_by_court")
    for count in m.counts:
        reason = "agreement_fulfilled" if kept else None
        court.dispose(m, count, later, "dismissed" if kept else "convicted", "agreement", reason)
    if not kept:
        m.enrolment = None
        supervision.supervise(m, sentence(m, later + dt.timedelta(hours=1), "after_deferral"))
    case.afterwards(m)


def _charged_directly(m: Matter) -> None:
    """Charged without a referral: the counts cite nothing, and that is found and asked about."""
    police.arrest_at_call(m)
    police.release(m)
    prosecution.charge(m, cited=False)
    case.first_hearing(m)
    when = case.until_outcome(m)
    for count in m.counts:
        court.dismiss(m, count, when)
    case.over(m, when)


COURSES: dict[str, Callable[[Matter], None]] = {
    "no_arrest": _no_arrest,
    "gone": _gone,
    "order_only": _order_only,
    "declined": _declined,
    "not_primary": _not_primary,
    "dismissed": _dismissed,
    "acquitted": _acquitted,
    "pleaded": _pleaded,
    "tried": _tried,
    "deferred": _deferred,
    "ended_otherwise": _ended_otherwise,
    "lost": _lost,
    "charged_directly": _charged_directly,
}
