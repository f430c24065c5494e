"""The handshake joins five agencies' files of one matter; grants that follow another agency's referral arrive, each once;
files of two people are never joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accord.projection import digest
from tests.simulator import TODAY, Simulation, event, simulate

FIVE = ("police", "prosecutor", "court", "probation", "reeducation")
SEVEN = (*FIVE, "advocacy", "auditor")


def matter(n: int) -> dict[str, Any]:
    """The numbers of one person's matter, at each agency."""
    return {
        "arrest": f"A24{n:05}",
        "prosecution": f"P24-{n:04}",
        "docket": f"CR-2024-{n:03}",
        "supervision": f"S24{n:04}",
        "enrollment": f"E24{n:04}",
    }


SUBJECT = dict(zip(FIVE, ("arrest", "prosecution", "docket", "supervision", "enrollment"), strict=True))


class Story:
    """One matter, told step by step."""

    def __init__(self, world: Simulation, n: int = 1) -> None:
        self.world, self.n, self.numbers = world, n, matter(n)
        self.ids: dict[str, str] = {}

    def say(self, agency: str, name: str, kind: str, **data: Any) -> None:
        subject = self.numbers[SUBJECT[agency]]
        (self.ids[name],) = self.world.emit(agency, event(kind, subject, f"{agency} {self.n} {name}", **data))

    def linked(self, agency: str, when: str) -> None:
        self.say(agency, f"{when} {agency}", "CaseLinked", other_event="ab" * 16)

    # ---- The steps ----

    def arrest(self) -> None:
        self.linked("police", "before")
        self.say(
            "police",
            "arrest",
            "ArrestMade",
            arrest_number=self.numbers["arrest"],
            occurred_at=f"{TODAY}T21:15:00-06:00",
            arrest_kind="on_view",
            offenses=["assault"],
        )
        numbers = [{"kind": "arrest", "issuer": "police", "value": self.numbers["arrest"]}]
        self.say(
            "police",
            "referral",
            "CaseReferred",
            to_agency="prosecutor",
            purpose="charging_decision",
            case_numbers=numbers,
            arrest=self.ids["arrest"],
        )

    def charge(self) -> None:
        self.linked("prosecutor", "before")
        self.say(
            "prosecutor",
            "charge",
            "ChargeFiled",
            referral=self.ids["referral"],
            arrest={"number": self.numbers["arrest"]},
            docket_number={"kind": "docket", "issuer": "court", "value": self.numbers["docket"]},
            count=1,
            statute="CO-3.01",
            offense="assault",
            severity="misdemeanor",
            jurisdiction="tribal",
            dv_designated=True,
        )

    def hear(self) -> None:
        self.linked("court", "before")
        self.say(
            "court",
            "hearing",
            "HearingHeld",
            hearing_kind="arraignment",
            appearance="present",
            hearing_outcome="completed",
            charges=[self.ids["charge"]],
        )

    def sentence(self) -> None:
        self.say(
            "court",
            "sentence",
            "SentenceImposed",
            docket_number=self.numbers["docket"],
            sentence_phase="original",
            charges=[self.ids["charge"]],
            sanctions=[],
            community_from=TODAY,
            supervision_kind="supervised_probation",
            supervised_by="probation",
            program_by="reeducation",
        )

    def supervise(self) -> None:
        self.linked("probation", "before")
        self.say(
            "probation",
            "supervision",
            "SupervisionStarted",
            ordered_by=self.ids["sentence"],
            supervision_number=self.numbers["supervision"],
            supervision_kind="supervised_probation",
            supervision_level="standard",
        )

    def enrol(self) -> None:
        self.linked("reeducation", "before")
        self.say(
            "reeducation",
            "enrolment",
            "ProgramEnrolled",
            ordered_by=self.ids["sentence"],
            enrollment_number=self.numbers["enrollment"],
            program="batterers_reeducation",
            sessions_required=27,
            first_session_on=TODAY,
        )

    def after(self) -> None:
        for agency in FIVE:
            self.linked(agency, "after")

    @property
    def steps(self) -> list[Any]:
        return [self.arrest, self.charge, self.hear, self.sentence, self.supervise, self.enrol, self.after]


# In each file: who sees what comes after the handshakes, and who of them what came before.
AFTER = {
    "police": {"prosecutor", "court", "probation"},
    "prosecutor": {"police", "court", "probation"},
    "court": {"police", "prosecutor", "probation", "reeducation"},
    "probation": {"police", "prosecutor", "court", "reeducation"},
    "reeducation": {"prosecutor", "court", "probation"},
}
BEFORE = {
    "police": {"prosecutor", "probation"},
    "prosecutor": {"court", "probation"},
    "court": {"probation", "reeducation"},
    "probation": {"reeducation"},
    "reeducation": {"probation"},
}
ORDERS = {
    "as listed": SEVEN,
    "the other way round": tuple(reversed(SEVEN)),
    "the court first": ("court", "auditor", "probation", "police", "advocacy", "reeducation", "prosecutor"),
}


@pytest.fixture(scope="module", params=ORDERS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Two people's matters, told at once, synced in some order."""
    world = simulate(tmp_path_factory.mktemp("handshake"))
    one, two = Story(world, 1), Story(world, 2)
    for step, same in zip(one.steps, two.steps, strict=True):
        step()
        same()
        world.sync_all(*ORDERS[request.param])
    one.ids |= {f"2 {name}": id_ for name, id_ in two.ids.items()}
    yield one
    world.restart()


@pytest.mark.parametrize("publisher", FIVE)
def test_grants_that_follow_anothers_referral_open_the_joined_files(told: Story, publisher: str) -> None:
    for when, expected in (("after", AFTER), ("before", BEFORE)):
        id_ = told.ids[f"{when} {publisher}"]
        readers = {slug for slug in FIVE if slug != publisher and id_ in told.world.events(slug)}
        assert readers == expected[publisher], when
        assert id_ in told.world.events("advocacy")
        assert id_ in told.world.events("auditor")


def test_each_grant_is_made_exactly_once(told: Story) -> None:
    grants = [(one, share) for one in told.world.grants("advocacy") for share in one.shares]
    made = Counter(
        (one.origin, one.file, share.recipient, share.history, share.chains) for one, share in grants
    )
    assert not [one for one, times in made.items() if times > 1]
    entries = Counter((one.origin, one.file, share.recipient) for one, share in grants)
    more = {one: times for one, times in entries.items() if times > 2}
    assert not more  # at most one from then on, and one with the history
    opened = Counter(
        (one.origin, one.file, share.recipient, label, start)
        for one, share in grants
        for label, start in share.chains
    )
    assert not [one for one, times in opened.items() if times > 1]


def test_the_gateway_sends_each_handshake_once(told: Story) -> None:
    events = told.world.events("advocacy").values()
    said = Counter(
        (one.origin, one.file, one.kind, one.values.get("to_agency") or one.values.get("from_agency"))
        for one in events
        if one.kind in ("CaseReferred", "ReferralAccepted")
    )
    assert not [one for one, times in said.items() if times > 1]
    assert sum(said.values()) == 2 * (4 + 4)


def test_files_of_two_people_are_never_joined(told: Story) -> None:
    views = told.world.views("advocacy")
    files = {id_: one.file.hex() for id_, one in told.world.events("advocacy").items()}
    joined = [
        {file for _, file in views.files_of(files[told.ids[f"{who}arrest"]], origin="police")}
        for who in ("", "2 ")
    ]
    assert [len(one) for one in joined] == [5, 5]
    assert not joined[0] & joined[1]
    assert len([one for one in views.cases() if len(one["files"]) == 5]) == 2


def test_every_order_of_syncing_ends_the_same(tmp_path_factory: pytest.TempPathFactory, told: Story) -> None:
    """Who reads what, event by event, does not depend on who was faster."""
    seen = {slug: frozenset(told.world.events(slug)) for slug in SEVEN}
    _ENDS.append(seen)
    assert all(one == _ENDS[0] for one in _ENDS)


_ENDS: list[dict[str, frozenset[str]]] = []


def test_rebuilding_from_the_same_logs_gives_the_same_digest(told: Story) -> None:
    for slug in ("advocacy", "probation"):
        before = digest(told.world[slug].projection)
        told.world.restart(slug)
        for path in (told.world.root / slug).glob("projection.db*"):
            path.unlink()
        told.world.sync(slug)
        assert digest(told.world[slug].projection) == before


# ---- Whose part has ended ----


def test_agencies_whose_part_ends_one_after_the_other_read_nothing_more(tmp_path: Path) -> None:
    """The chains that both held begin anew twice, at the same use where nothing was said in between."""
    world = simulate(tmp_path)
    story = Story(world)
    for step in story.steps[:-1]:
        step()
        world.sync_all()
    story.say(
        "probation",
        "supervision ended",
        "SupervisionEnded",
        supervision=story.ids["supervision"],
        supervision_end="completed",
    )
    world.sync_all()
    story.linked("court", "without probation")
    world.sync_all()
    story.say(
        "reeducation",
        "programme ended",
        "ProgramEnded",
        enrollment=story.ids["enrolment"],
        program_end="completed",
        sessions_attended=27,
    )
    world.sync_all()
    world.restart()
    story.linked("court", "without both")
    story.say(
        "court",
        "review",
        "HearingHeld",
        hearing_kind="compliance_review",
        appearance="present",
        hearing_outcome="completed",
        charges=[story.ids["charge"]],
    )
    world.sync_all()
    first, second, review = (
        story.ids[name] for name in ("without probation court", "without both court", "review")
    )
    readers = {
        slug: [id_ in world.events(slug) for id_ in (first, second, review)] for slug in (*FIVE, "advocacy")
    }
    assert readers["probation"] == [False, False, False]
    assert readers["reeducation"] == [True, False, False]
    assert readers["advocacy"] == readers["court"] == [True, True, True]
    assert all(not world.alarms(slug) for slug in SEVEN)
    world.restart()


# ---- Files that are never joined ----


def test_incident_order_and_notice_files_are_never_joined(tmp_path: Path) -> None:
    """One call, one order, one inquiry under the same subject as the matter: five files, no case but the matter's own."""
    world = simulate(tmp_path)
    story = Story(world)
    story.arrest()
    world.sync_all("police", "prosecutor", "court", "advocacy")
    story.charge()
    world.sync_all("police", "prosecutor", "court", "advocacy")
    number = story.numbers
    (incident,) = world.emit(
        "police",
        event("IncidentClosed", number["arrest"], incident_outcome="arrest", mandatory_arrest=True),
    )
    (order,) = world.emit(
        "court",
        event(
            "ProtectionOrderIssued",
            number["docket"],
            order_number="PO-2024-001",
            order_kind="final",
            contact_conditions=[],
            order_restrictions=[],
            firearms_prohibited=True,
            serve_by="police",
        ),
    )
    (challenge,) = world.emit(
        "court",
        event(
            "EntryChallenged",
            number["docket"],
            challenged=story.ids["charge"],
            challenge_kind="inaccurate",
            answer_from="prosecutor",
        ),
    )
    (inquiry,) = world.emit(
        "advocacy",
        event(
            "InquiryRaised",
            number["arrest"],
            obligation="arrest-report",
            trigger=story.ids["arrest"],
            to_agency="police",
            inquiry_reason="overdue",
        ),
    )
    world.sync_all("police", "prosecutor", "court", "advocacy")
    views = world.views("advocacy")
    events = world.events("advocacy")
    for id_ in (incident, order, challenge, inquiry):
        one = events[id_]
        assert views.files_of(one.file.hex(), origin=one.origin) == [(one.origin, one.file.hex())]
        assert one.file != events[story.ids["arrest"]].file
    assert len(views.files_of(events[story.ids["arrest"]].file.hex(), origin="police")) == 2
    world.restart()
