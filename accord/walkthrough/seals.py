"""Seals, expungements and holds, and what police take back themselves."""

from __future__ import annotations

import datetime as dt

from accord.walkthrough.act import COURT, Act, Ref, by_number, own
from accord.walkthrough.court import hear
from accord.walkthrough.matter import Matter
from accord.walkthrough.prosecution import of_arrest
from accord.walkthrough.records import notice, void_act


def seal(m: Matter) -> None:
    """The court limits access to a matter that ended without conviction; some seals are lifted."""
    hearing = next((act for act in m.acts if act.kind == "HearingHeld"), None)
    if hearing is None:
        return
    last = max(act.recorded for act in m.acts if act.agency == COURT)
    when = m.office(m.later(last, "seal_days"))
    subject, covers = notice(m, "RS"), _covers(m, hearing)
    sealed = m.say(COURT, "RecordsSealed", when, subject, covers=covers)
    until = None
    if m.happens("unsealed"):
        lifted = m.office(m.later(sealed.recorded, "unseal_days"))
        until = m.say(COURT, "RecordsUnsealed", lifted, subject, covers=covers).recorded
    m.world.book.seal(m.n, sealed.recorded, until)


def _covers(m: Matter, hearing: Act) -> list[Ref]:
    arrested = of_arrest(m)
    return [own(hearing), *([arrested] if arrested else [])]


def review_arrest(m: Matter, asked: Act) -> None:
    """The court decides whether the record of an arrest is destroyed, or sealed; or does not decide."""
    if m.happens("expungement_undecided"):
        return
    when = m.office(m.later(asked.recorded, "expungement_decide_days"))
    if COURT not in m.keys:
        m.keys[COURT] = m.number("docket", COURT, when).value
    cited = by_number(asked, m.numbers["prosecution"])
    hearing, _ = hear(m, when, "expungement_review", referral=cited)
    destroyed = m.happens("expunged")
    decided = m.say(
        COURT,
        "RecordsExpunged" if destroyed else "RecordsSealed",
        when + dt.timedelta(hours=2),
        subject := notice(m, "RX"),
        covers=_covers(m, hearing),
        referral=cited,
    )
    m.world.book.seal(m.n, decided.recorded)
    _void_call(m, decided.recorded)
    if destroyed and m.happens("held"):
        _hold(m, decided.recorded, subject, _covers(m, hearing))


def _void_call(m: Matter, when: dt.datetime) -> None:
    """The court cannot see an incident file: police take it back themselves."""
    for act in [act for act in m.acts if act.incident]:
        void_act(m, act, m.later(when, "correction_days"), "out_of_scope")


def _hold(m: Matter, since: dt.datetime, subject: str, covers: list[Ref]) -> None:
    when = m.office(m.later(since, "hold_days"))
    m.say(COURT, "LegalHold", when, subject, covers=covers, hold="imposed")
    if m.happens("hold_lifted"):
        m.say(
            COURT,
            "LegalHold",
            m.office(m.later(when, "hold_lift_days")),
            subject,
            covers=covers,
            hold="lifted",
        )
