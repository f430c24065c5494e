"""What the questions about obligations cost over a long projection, without wires or keys in the way."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accord.adapters.sqlite import SqliteDatabase
from accord.projection import Views
from accord.seal import LogHead, Opened, OpenedEvent
from tests.bench.measure import Stopwatch
from tests.projection_world import START, World, agency_of, at, memorandum, opened_for, projection

_BATCH = 4096
_AS_OF = at(START + 1000)
_SENTENCE = {
    "sentence_phase": "original",
    "supervision_kind": "supervised_probation",
    "rehabilitation": ["cultural_reeducation"],
}


def run(count: int, folder: str | None) -> Iterator[str]:
    """Project `count` events of cases whose promises are kept, late and broken; then ask; lines to be printed."""
    with tempfile.TemporaryDirectory(prefix="accord-bench-", dir=folder) as place:
        db = SqliteDatabase(Path(place) / "projection.db", durable=False)
        target, reader = projection("coordinator", db), agency_of("coordinator")
        said = [opened_for(reader, one) if isinstance(one, OpenedEvent) else one for one in said_in(count)]
        items = [*said, *(LogHead(slug, len(said), _AS_OF) for slug in memorandum().agencies)]
        projecting = Stopwatch()
        with projecting:
            for start in range(0, len(items), _BATCH):
                target.apply(list(enumerate(items[start : start + _BATCH], start + 1)))
        yield f"{count} events and their grants projected in {projecting.seconds:.1f} s"
        views = Views(target)
        for name, ask in (
            ("every promise", lambda: views.obligations(_AS_OF)),
            ("grants that are owed", lambda: views.involvements(_AS_OF)),
            ("overdue, all of it", lambda: views.overdue(_AS_OF)["obligations"]),
        ):
            watch = Stopwatch()
            with watch:
                rows = len(ask())
            yield f"{name}: {rows} rows in {watch.seconds:.2f} s ({watch.processor:.2f} of the processor)"
        db.close()


def said_in(count: int, seed: int = 1) -> list[Opened]:
    """At least `count` events of cases from arrest to programme, some late, some missing, some corrected; with grants."""
    chance, world, said, number = random.Random(seed), World(), list[Opened](), 0
    while len(world.acts) < count:
        said += _Case(world, chance, number).told()
        number += 1
    return said


class _Case:
    """About twenty events in the files of five agencies."""

    def __init__(self, world: World, chance: random.Random, number: int) -> None:
        self._world, self._chance, self._number = world, chance, number
        self._on = START + chance.randrange(700)
        self._said: list[Opened] = []
        self._begun: set[str] = set()

    def told(self) -> list[Opened]:
        """The case from first to last."""
        act, chance = self._act, self._chance
        arrest = act("police", "ArrestMade", 0, arrest_kind="on_view", dual_arrest=False)
        if chance.random() < 0.05:
            arrest = act("police", "ArrestMade", 0, arrest_kind="warrant", supersedes=arrest)
        if chance.random() < 0.9:
            act("police", "ReportAvailable", 0, arrest=arrest)
        charging = {"to_agency": "prosecutor", "purpose": "charging_decision"}
        referral = act("police", "CaseReferred", 0, arrest=arrest, **charging)
        self._let_in("prosecutor", referral)
        act("prosecutor", "ReferralAccepted", 1, referral=referral, from_agency="police")
        filed = [
            act("prosecutor", "ChargeFiled", 2, arrest=arrest, referral=referral, count=n) for n in (1, 2)
        ]
        self._at_court(arrest, filed)
        self._after(act("court", "SentenceImposed", 120, charges=filed, **_SENTENCE))
        return self._said

    def _at_court(self, arrest: OpenedEvent, filed: list[OpenedEvent]) -> None:
        act, chance = self._act, self._chance
        onward = act("prosecutor", "CaseReferred", 2, to_agency="court", purpose="charges_filed")
        self._let_in("court", onward)
        act("court", "ReferralAccepted", 3, referral=onward, from_agency="prosecutor")
        act("court", "ReleaseConditionsSet", 3, arrest=arrest, charges=filed)
        came = chance.choice(("present", "failed_to_appear"))
        hearing = act("court", "HearingHeld", 5, charges=filed, appearance=came)
        if chance.random() < 0.5:
            warrant = act("court", "WarrantIssued", 6, hearing=hearing, execute_by="police")
            act("police", "WarrantEnded", 20, warrant=warrant)
        for one in filed:
            act(
                "court",
                "ChargeDisposed",
                90,
                charge=one,
                disposition=chance.choice(("convicted", "dismissed")),
            )

    def _after(self, sentence: OpenedEvent) -> None:
        act, chance = self._act, self._chance
        act("probation", "SupervisionStarted", 123, ordered_by=sentence)
        act("reeducation", "ProgramEnrolled", 130, ordered_by=sentence)
        for day in (140, 147, 154):
            came = chance.choice(("attended", "absent_unexcused"))
            session = act("reeducation", "ProgramAttendance", day, session_result=came)
            if chance.random() < 0.3:
                breach = act(
                    "reeducation", "ViolationReported", day + 2, breach=session, answer_from="probation"
                )
                act("probation", "ViolationAnswered", day + 3, violation=breach)

    def _act(self, origin: str, kind: str, after: int, **values: Any) -> OpenedEvent:
        """One step, now and then late."""
        on, hour = self._on + after + self._chance.choice((0, 0, 0, 0, 9, 60)), self._chance.randrange(1, 23)
        made = self._world.act(origin, kind, self._number, on=on, hour=hour, **values)
        self._said.append(made)
        if origin not in self._begun:
            self._begun.add(origin)
            for slug in ("advocacy", "auditor", "court", "police", "prosecutor"):
                self._let_in(slug, made)
        return made

    def _let_in(self, slug: str, because: OpenedEvent) -> None:
        if slug != because.origin:
            self._said.append(self._world.grant(slug, because, "all"))
