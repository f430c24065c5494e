"""Need to know comes from the case: each involvement rule of the model memorandum lets in whom it says, from where it says,
and nobody else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from accord.gateway import Submission
from accord.gateway.involve import let_in_by
from accord.memorandum import Memorandum
from accord.schema import Codec
from accord.seal import Book
from tests.attack.promise_world import Maker, full
from tests.simulator import TODAY, Simulation, event, model, simulate, vocabulary

SAID = tomllib.loads(model().decode())
ROLES = {one["slug"]: one["role"] for one in SAID["agency"]}
SLUGS = {role: slug for slug, role in ROLES.items()}
OPERATIONAL = ("law_enforcement", "prosecution", "court", "probation", "reeducation")
STANDING = {"advocacy", "auditor"}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Door:
    """One way in: this event by this publisher lets this agency into the publisher's own file."""

    number: int
    kind: str
    publisher: str
    newcomer: str
    naming: str | None
    history: str
    clause: str

    @property
    def subject(self) -> str:
        return f"rule {self.number} {self.kind} {self.publisher} {self.newcomer}"

    def __str__(self) -> str:
        return f"{self.number}-{self.kind}-{self.publisher}-{self.newcomer}"


def doors() -> Iterator[Door]:
    """Every combination of every rule that opens the file the event is in."""
    for number, rule in enumerate(SAID["involvement"]):
        if rule["event"] == "*":
            continue
        for kind in listed(rule["event"]):
            publishing = [role for role in OPERATIONAL if kind in said_by(role)] + (
                ["coordinator"] if kind == "InquiryRaised" else []
            )
            for role in publishing if "any" in listed(rule["by"]) else listed(rule["by"]):
                if (kind in said_by(role) and rule["opens"] in ("file",)) or role in listed(rule["opens"]):
                    yield from of_rule(number, rule, kind, SLUGS[role])


def said_by(role: str) -> set[str]:
    said = SAID["publishes"]
    return {*said.get(role, ()), *(said["operational"] if role in OPERATIONAL else ())}


def of_rule(number: int, rule: dict[str, Any], kind: str, publisher: str) -> Iterator[Door]:
    for word in listed(rule["agency"]):
        naming = None if word in ROLES else word
        for slug in [SLUGS[role] for role in listed(rule["role"])] if naming else [word]:
            if slug != publisher:
                yield Door(number, kind, publisher, slug, naming, rule["history"], rule["clause"])


DOORS = list(doors())


def before_and_after(door: Door) -> tuple[list[Submission], Submission, list[Submission]]:
    """What the file says before the door is opened (only case files), the event that opens it, what comes after."""
    spec = vocabulary().events[door.kind]
    spare = {"supervised_by": "prosecutor", "program_by": "prosecutor", "serve_by": "police"}
    named = {door.naming: door.newcomer} if door.naming else {}
    data = {**full(Maker(), spec, {"execute_by": "police", **spare, **named}), "occurred_on": TODAY}
    for name in {"supervised_by", "program_by"} & data.keys() - named.keys():
        del data[name]
    opening = Submission("/test", f"opens {door}", door.kind, door.subject, data)
    if spec.file_class != "case":
        return [], opening, [Submission("/test", f"after {door}", door.kind, door.subject, data)]
    linked = [
        event("CaseLinked", door.subject, f"{when} {door}", other_event="ab" * 16)
        for when in ("before", "after")
    ]
    return linked[:1], opening, linked[1:]


@dataclass
class Opened:
    world: Simulation
    ids: dict[tuple[Door, str], str]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    world = simulate(tmp_path_factory.mktemp("doors"))
    ids: dict[tuple[Door, str], str] = {}
    for publisher in SLUGS.values():
        for door in DOORS:
            if door.publisher == publisher:
                before, opening, after = before_and_after(door)
                whens = ["before"] * len(before) + ["opening"] + ["after"] * len(after)
                made = world.emit(publisher, *before, opening, *after)
                ids |= {(door, when): id_ for when, id_ in zip(whens, made, strict=True)}
    world.sync_all()
    yield Opened(world, ids)
    world.restart()


@pytest.fixture(scope="module")
def seen(opened: Opened) -> dict[str, set[str]]:
    return {slug: set(opened.world.events(slug)) for slug in ROLES}


def test_every_rule_is_tested() -> None:
    """All but the two standing ones, and those that open only files of others (see the handshakes)."""
    elsewhere = {
        number
        for number, rule in enumerate(SAID["involvement"])
        if rule["opens"] != "file" and not set(listed(rule["by"])) & set(listed(rule["opens"]))
    }
    assert {door.number for door in DOORS} | elsewhere | {0, 1} == set(range(len(SAID["involvement"])))
    assert elsewhere == set()


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_rule_lets_in_whom_it_says_from_where_it_says(
    opened: Opened, seen: dict[str, set[str]], door: Door
) -> None:
    mine = {when: id_ for (one, when), id_ in opened.ids.items() if one == door}
    known = seen[door.newcomer]
    header = opened.world.memorandum.rights.reads(ROLES[door.newcomer], door.kind)
    assert (mine["opening"] in known) == header
    assert mine["after"] in known
    if "before" in mine:
        assert (mine["before"] in known) == (door.history == "all")


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_rule_lets_in_nobody_else(opened: Opened, seen: dict[str, set[str]], door: Door) -> None:
    file = {opened.ids[door, "opening"], opened.ids[door, "after"]}
    others = {
        slug
        for rule in DOORS
        if (rule.kind, rule.publisher) == (door.kind, door.publisher)
        and (rule.naming is None or (rule.naming, rule.newcomer) == (door.naming, door.newcomer))
        for slug in [rule.newcomer]
    }
    others |= {"police"} if door.kind == "ProtectionOrderServed" else set()
    for slug in set(ROLES) - others - STANDING - {door.publisher, door.newcomer}:
        assert not file & seen[slug], slug


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_the_grant_cites_event_rule_and_clause(opened: Opened, door: Door) -> None:
    because = bytes.fromhex(opened.ids[door, "opening"])
    grants = [
        (one, share)
        for one in opened.world.grants("advocacy")
        for share in one.shares
        if (one.because_event, share.recipient) == (because, door.newcomer)
    ]
    assert len(grants) == 1
    ((grant, share),) = grants
    rules = [rule for rule in DOORS if (rule.kind, rule.publisher) == (door.kind, door.publisher)]
    assert share.clause in {rule.clause for rule in rules if rule.newcomer == door.newcomer}
    assert grant.because_origin == door.publisher


def test_the_standing_rules_open_every_file_and_incidents_not_to_the_auditor(
    opened: Opened, seen: dict[str, set[str]]
) -> None:
    world = opened.world
    (incident,) = world.emit(
        "police",
        event("IncidentClosed", "incident", incident_outcome="arrest", mandatory_arrest=True),
    )
    world.sync("police", "advocacy", "auditor", "court")
    everything = set(opened.ids.values())
    assert everything <= seen["advocacy"]
    readable = {
        id_ for (door, _), id_ in opened.ids.items() if world.memorandum.rights.reads("auditor", door.kind)
    }
    assert readable <= seen["auditor"]
    assert incident in world.events("advocacy")
    assert incident not in world.events("auditor")
    assert not [one for one in world.grants("auditor") if one.file_class == "incident"]
    assert [one for one in world.grants("advocacy") if one.file_class == "incident"]


def test_a_share_is_read_by_nobody_but_its_recipient_publisher_coordinator_and_auditor(
    opened: Opened,
) -> None:
    for slug in set(ROLES) - STANDING:
        foreign = [one for one in opened.world.grants(slug) if one.origin != slug]
        assert foreign
        assert all([share.recipient for share in one.shares] == [slug] for one in foreign)
    several = [one for one in opened.world.grants("auditor") if len(one.shares) > 1]
    assert {share.recipient for one in several for share in one.shares} >= {"police", "court", "auditor"}


def test_one_event_makes_one_grant_for_all_whom_it_lets_in(opened: Opened) -> None:
    """Two where six are let in at once, which is more than an entry of the smallest size takes."""
    grants: dict[tuple[str, bytes, bytes], list[list[str]]] = {}
    for one in opened.world.grants("advocacy"):
        shares = [share.recipient for share in one.shares]
        grants.setdefault((one.origin, one.file, one.because_event), []).append(shares)
    assert {len(several) for several in grants.values()} == {1, 2}
    assert all([len(one) for one in several] == [3, 3] for several in grants.values() if len(several) > 1)
    everybody = [[slug for one in several for slug in one] for several in grants.values()]
    assert all(len(set(slugs)) == len(slugs) for slugs in everybody)


# ---- Nobody lets himself in ----


@pytest.mark.parametrize("kind", ["ViolationReported", "ReferralAccepted", "EntryChallenged"])
def test_nobody_lets_himself_in(opened: Opened, kind: str) -> None:
    """An agency that names itself is granted nothing, whatever it publishes, in its own file or in another's."""
    world = opened.world
    spec = vocabulary().events[kind]
    data = full(Maker(), spec, dict.fromkeys(("to_agency", "from_agency", "answer_from"), "prosecutor"))
    before = {slug: len(world.grants(slug)) for slug in ("police", "court", "advocacy")}
    (arrest,) = world.emit("police", event("CaseLinked", f"theirs {kind}", other_event="ab" * 16))
    world.sync("police", "advocacy")
    for name in ("arrest", "referral", "instrument", "breach", "challenged"):
        if name in data:
            data[name] = arrest
    world.emit(
        "prosecutor", Submission("/test", f"self {kind}", kind, "self", {"occurred_on": TODAY, **data})
    )
    world.sync("prosecutor", "police", "court", "advocacy", "prosecutor", "police")
    assert arrest not in world.events("prosecutor")
    fresh = world.grants("advocacy")[before["advocacy"] :]
    assert not [share for one in fresh for share in one.shares if share.recipient == "prosecutor"]


@pytest.mark.parametrize("publisher", ["police", "prosecutor", "court", "probation"])
@pytest.mark.parametrize("reader", SLUGS.values())
def test_a_referral_to_oneself_would_let_nobody_in(publisher: str, reader: str) -> None:
    """The gateway takes none; whoever went past it is let in nowhere."""
    memorandum = Memorandum.parse(model(), vocabulary())
    book = Book(memorandum, vocabulary(), Codec(vocabulary()))
    values = {"to_agency": publisher, "purpose": "enforcement", "case_numbers": [], "arrest": None}
    found = let_in_by(book, publisher, "CaseReferred", bytes(16), values, "case", reader)
    assert publisher not in {one.slug for one in found}


@pytest.mark.parametrize("kind", ["CaseLinked", "CaseReferred"])
def test_a_lone_link_or_referral_opens_nothing_of_the_other_side(opened: Opened, kind: str) -> None:
    """A claim about another agency's file, by its event id, opens neither that file nor anything to it."""
    world = opened.world
    (theirs,) = world.emit("probation", event("CaseLinked", f"lone {kind}", other_event="ab" * 16))
    world.sync("probation", "advocacy", "court")
    data: dict[str, Any] = {"other_event": theirs}
    if kind == "CaseReferred":
        data = {"to_agency": "reeducation", "purpose": "program_intake", "case_numbers": [], "arrest": theirs}
    (mine,) = world.emit("court", event(kind, f"lone {kind}", f"lone {kind} court", **data))
    world.sync_all("court", "probation", "reeducation", "advocacy")
    assert theirs not in world.events("court")
    assert theirs not in world.events("reeducation")
    assert mine not in world.events("probation")
    files = {item.event_id.hex(): item.file.hex() for item in world.events("advocacy").values()}
    views = world.views("advocacy")
    assert views.files_of(files[theirs], origin="probation") == [("probation", files[theirs])]
    assert views.files_of(files[mine], origin="court") == [("court", files[mine])]
