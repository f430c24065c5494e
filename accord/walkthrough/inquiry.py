"""Inquiries: by rule, on the fixed weekday, about every promise that is overdue; and their answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from accord.walkthrough.act import ADVOCACY, Act, own, seen
from accord.walkthrough.matter import Matter, World
from accord.walkthrough.promise import Due, reckon


@dataclass(eq=False, slots=True)
class _Question:
    """What was asked about one overdue promise."""

    due: Due
    asked: list[Act] = field(default_factory=list)
    promised: dt.datetime | None = None


def ask(world: World, office: Matter, start: dt.date, end: dt.datetime) -> None:
    """Every inquiry of the county, week by week, with its answer."""
    questions = [_Question(due) for due in _overdue(world, end)]
    day = start + dt.timedelta(days=(world.county.inquiry_weekday - start.weekday()) % 7)
    while (now := _morning(world, day)) <= end:
        for question in questions:
            reason = _reason(office, question, now)
            if reason:
                questions.append(_raise(office, question, reason, now))
        day += dt.timedelta(days=7)


def _overdue(world: World, end: dt.datetime) -> list[Due]:
    county = world.county
    acts = world.book.standing(end)
    return [
        due
        for due in reckon(county.promises, acts, county.timezone, county.publishers)
        if due.kept is None or due.kept > due.due + county.inquiry_overdue_by
    ]


def _morning(world: World, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), world.county.timezone).astimezone(dt.UTC)


def _reason(office: Matter, question: _Question, now: dt.datetime) -> str | None:
    """Why to ask today, if there is a reason: a promised day is waited for, and the time to ask again."""
    due = question.due
    if office.world.book.sealed(due.trigger.matter, now):
        return None
    ripe = max(due.due + office.world.county.inquiry_overdue_by, due.trigger.recorded)
    if now < ripe or (due.kept is not None and due.kept <= now):
        return None
    if not question.asked:
        return "overdue"
    if question.promised is not None:
        return "promise_passed" if now > question.promised else None
    again = dt.timedelta(days=office.world.county.spans["inquiry_again_days"][0])
    return "still_overdue" if now >= question.asked[-1].occurred + again else None


def _raise(office: Matter, question: _Question, reason: str, now: dt.datetime) -> _Question:
    """The inquiry, its answer if there is one, and the promise to answer, which may become overdue itself."""
    due = question.due
    asked = office.say(
        ADVOCACY,
        "InquiryRaised",
        now + dt.timedelta(minutes=office.chance.below(90)),
        f"INQUIRY-{len(office.acts) + 1:05d}",
        obligation=due.promise.id,
        trigger=own(due.trigger) if due.trigger.agency == ADVOCACY else seen(due.trigger),
        to_agency=due.owner,
        inquiry_reason=reason,
    )
    question.promised = None
    question.asked.append(asked)
    answered = None if office.happens("inquiry_unanswered") else _answer(office, question, asked)
    county = office.world.county
    promise = next(promise for promise in county.promises if promise.trigger == "InquiryRaised")
    until = promise.due(asked, county.timezone)
    return _Question(Due(promise, asked, due.owner, until, answered.recorded if answered else None))


def _answer(office: Matter, question: _Question, asked: Act) -> Act:
    """The agency's answer fits what it does afterwards."""
    late = office.happens("inquiry_answered_late")
    when = office.office(
        office.later(asked.recorded, "inquiry_answer_late_days" if late else "inquiry_answer_days")
    )
    kept = question.due.kept
    answer, done_by = "in_progress", None
    if kept is not None and kept <= when + dt.timedelta(days=2):
        answer = "done_late"
    elif (kept is None and len(question.asked) > 1) or not office.chance.happens(600):
        answer = office.draw("inquiry_dead_end")
    else:
        question.promised = _promised(office, when, kept)
        done_by = office.day(question.promised)
    return office.say(
        question.due.owner,
        "InquiryAnswered",
        when,
        f"ANSWER-{len(office.acts) + 1:05d}",
        inquiry=seen(asked),
        inquiry_answer=answer,
        done_by=done_by,
    )


def _promised(office: Matter, when: dt.datetime, kept: dt.datetime | None) -> dt.datetime:
    """The day promised: that of the act itself, or one that goes by."""
    hoped = when + dt.timedelta(days=office.span("promise_days"))
    return hoped if kept is None or office.happens("promise_broken") else kept
