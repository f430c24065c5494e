"""The stages that a case goes through, whichever way it ends."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough import court, orders, police, programme, prosecution, records, supervision
from accord.walkthrough.act import COURT, Act
from accord.walkthrough.matter import Matter
from accord.walkthrough.seals import seal
from accord.walkthrough.sentence import modify, review, sentence, vacate
from accord.walkthrough.violations import breach, missed_court


def refer(m: Matter) -> bool:
    """Arrest and referral; True if the court saw the person before any charge."""
    police.arrest_at_call(m)
    police.refer(m)
    first = m.happens("appears_before_charge")
    if first:
        court.appear(m, m.office(m.later(m.of_police().occurred, "appearance_hours")))
    return first


def charged(m: Matter) -> dt.datetime:
    """Up to the day on which the case is ready to end."""
    seen = refer(m)
    prosecution.charge(m)
    if not seen:
        first_hearing(m)
    police.release(m)
    return until_outcome(m)


def first_hearing(m: Matter) -> None:
    """First appearance after the charge, in time or late."""
    late = m.happens("first_hearing_late")
    filed = max(count.act.recorded for count in m.counts)
    court.appear(m, m.office(m.later(filed, "first_hearing_late_days" if late else "appearance_hours")))


def until_outcome(m: Matter) -> dt.datetime:
    """Hearings, amendments, breaches and orders between charge and outcome."""
    when = max(act.recorded for act in m.acts if act.kind in ("ChargeFiled", "HearingHeld"))
    supervision.pretrial(m)
    if m.happens("criminal_order"):
        supervised = m.supervision is not None and m.happens("order_supervised")
        orders.order(m, m.later(when, "disposition_days"), "criminal", supervised)
        _break_order(m)
    if m.conditions and m.happens("condition_breach"):
        breach(m, "breach_of_release", m.conditions.recorded)
    if m.happens("charge_amended"):
        prosecution.amend(m, m.later(when, "amend_days"))
    for _ in range(m.span("hearings")):
        when = m.office(m.later(when, "hearing_gap_days"))
        held, absent = court.hear(m, when, m.draw("middle_hearing"))
        if absent:
            missed_court(m, held)
    if m.conditions and m.chance.happens(200):
        court.set_conditions(m, when + dt.timedelta(hours=1), "conditions_changed")
    return m.office(m.later(when, "disposition_days"))


def _break_order(m: Matter) -> None:
    if m.order and m.happens("order_breach"):
        breach(m, "breach_of_order", m.order.recorded)


def over(m: Matter, when: dt.datetime) -> None:
    """Conditions end with the case, and supervision on them."""
    supervision.end(m, m.office(when + dt.timedelta(days=1)), "ended_by_court")
    if m.conditions and m.chance.happens(500):
        court.set_conditions(m, when + dt.timedelta(hours=2), "conditions_ended")


def sentenced(m: Matter, when: dt.datetime) -> None:
    """From conviction to the end of what the sentence orders."""
    if not m.supervised and m.happens("presentence_report"):
        supervision.presentence(m, when + dt.timedelta(hours=1))
    later = m.office(m.later(when, "sentence_late_days" if m.happens("sentence_late") else "sentence_days"))
    over(m, later)
    court.hear(m, later, "sentencing")
    _carried_out(m, sentence(m, later + dt.timedelta(hours=1)))
    if m.happens("conviction_vacated"):
        vacate(m)
    afterwards(m)


def _carried_out(m: Matter, sentenced: Act) -> None:
    """Supervision, programme and review; a second sentence is carried out as the first was."""
    begun = supervision.supervise(m, sentenced)
    programme.attend(m, sentenced)
    if begun is not None:
        supervision.watch(m, sentenced, begun)
    review(m, sentenced)
    again = m.sentences[-1]
    if again is not sentenced and again.fields["sentence_phase"] == "after_revocation":
        m.revoked = None
        supervision.supervise(m, again)
    elif m.happens("sentence_modified"):
        opened = [act.recorded for act in m.acts if act.kind == "SupervisionStarted"]
        modify(m, sentenced, m.later(max([sentenced.recorded, *opened]), "seal_days") + dt.timedelta(days=60))


def afterwards(m: Matter) -> None:
    """What is done to the records of a matter, last of all its seal."""
    if m.happens("linked"):
        records.link(m)
    if m.happens("challenged"):
        records.challenge(m)
    if m.happens("corrected"):
        records.correct(m)
    if m.happens("voided"):
        records.void(m)
    if not m.sentences and COURT in m.keys and m.happens("sealed"):
        seal(m)
