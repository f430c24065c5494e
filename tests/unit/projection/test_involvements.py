"""A grant that is due and not made is a broken promise like any other, in own and in joined files."""

from __future__ import annotations

from dataclasses import replace

from accord.projection import Views
from accord.seal import LogHead, Opened, OpenedEvent, OpenedGrant
from tests.projection_world import DAY, HOUR, START, World, at, memorandum, read_as

LATER = at(START + 30)
STANDING = ("advocacy", "auditor")


def heads(moment: int = LATER) -> list[LogHead]:
    return [LogHead(slug, 99, moment) for slug in memorandum().agencies]


def standing(world: World, *firsts: OpenedEvent) -> list[OpenedGrant]:
    """The grants that every file has from its first event on."""
    return [world.grant(slug, one, "all") for one in firsts for slug in STANDING if slug != one.origin]


def owed(views: Views, as_of: int = LATER) -> list[tuple[str, str, str, str]]:
    """(publisher who owes the grant, to whom, because of what kind, state)."""
    kinds = dict(views._projection.db.query("SELECT event, kind FROM event"))
    return [
        (row["owner"], row["recipient"], kinds[row["event"]], row["state"])
        for row in views.involvements(as_of)
    ]


def read(*items: Opened, role: str = "coordinator") -> Views:
    return read_as(role, [*items, *heads()])


def test_what_is_granted_in_time_is_not_listed_and_what_is_not_is_overdue() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    assert owed(read(arrest, *standing(world, arrest), world.grant("court", arrest))) == []
    assert owed(read(arrest, *standing(world, arrest))) == [("police", "court", "ArrestMade", "overdue")]
    assert sorted(owed(read(arrest))) == [
        ("police", who, "ArrestMade", "overdue") for who in ("advocacy", "auditor", "court")
    ]


def test_the_clock_runs_four_hours_from_when_the_event_was_recorded() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    due = arrest.recorded_at + 4 * HOUR
    views = read(arrest, *standing(world, arrest))
    assert [state for *_, state in owed(views, arrest.recorded_at)] == ["due"]
    assert [state for *_, state in owed(views, due)] == ["due"]
    assert [state for *_, state in owed(views, due + 1)] == ["overdue"]
    late = world.grant("court", arrest, recorded_at=due + 1)
    views = read(arrest, *standing(world, arrest), late)
    assert [state for *_, state in owed(views, due)] == ["due"]
    assert [state for *_, state in owed(views)] == ["late"]
    kept = world.grant("court", arrest, recorded_at=due)
    assert owed(read(arrest, *standing(world, arrest), kept)) == []


def test_nothing_is_called_overdue_from_a_silent_log() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    views = read_as("coordinator", [arrest, *standing(world, arrest), *heads(LATER - DAY - 1)])
    assert [state for *_, state in owed(views)] == ["silent"]


def test_a_rule_with_the_history_is_not_met_by_a_grant_without_it() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    referral = world.act(
        "police", "CaseReferred", "a", to_agency="prosecutor", purpose="charging_decision", arrest=arrest
    )
    given = [*standing(world, arrest), world.grant("court", arrest)]
    without = world.grant("prosecutor", referral, "none")
    assert owed(read(arrest, referral, *given, without)) == [
        ("police", "prosecutor", "CaseReferred", "overdue")
    ]
    assert owed(read(arrest, referral, *given, world.grant("prosecutor", referral, "all"))) == []


def referred(world: World) -> tuple[list[OpenedEvent], list[OpenedGrant]]:
    """A court's file and probation's, joined by a referral that was taken in; with the grants in their own files."""
    refer = world.act("court", "CaseReferred", "c", to_agency="probation", purpose="supervision")
    taken = world.act("probation", "ReferralAccepted", "b", referral=refer, from_agency="court")
    grants = [
        *standing(world, refer, taken),
        world.grant("probation", refer, "all"),
        world.grant("court", taken),
    ]
    return [refer, taken], grants


def test_a_rule_that_opens_joined_files_is_owed_by_each_publisher_of_them() -> None:
    world = World()
    acts, grants = referred(world)
    filed = world.act("prosecutor", "CaseReferred", "p", to_agency="court", purpose="charges_filed")
    accepted = world.act("court", "ReferralAccepted", "c", referral=filed, from_agency="prosecutor")
    grants += [
        *standing(world, filed),
        world.grant("court", filed, "all"),
        world.grant("prosecutor", accepted),
    ]
    items = [*acts, filed, accepted, *grants]
    joined = read(*items)
    assert sorted(owed(joined)) == [
        ("probation", "prosecutor", "ReferralAccepted", "overdue"),
        ("prosecutor", "probation", "CaseReferred", "overdue"),
    ]
    file = filed.file.hex()
    (row,) = [one for one in joined.involvements(LATER) if one["owner"] == "prosecutor"]
    assert (row["file"], row["event"], row["origin"]) == (file, acts[0].event_id.hex(), "court")
    follow = replace(world.grant("probation", filed, "all"), because_origin="court")
    assert [one[0] for one in owed(read(*items, follow))] == ["probation"]


def test_what_has_ended_since_is_no_longer_owed() -> None:
    world = World()
    acts, grants = referred(world)
    filed = world.act("prosecutor", "CaseReferred", "p", to_agency="court", purpose="charges_filed")
    accepted = world.act("court", "ReferralAccepted", "c", referral=filed, from_agency="prosecutor")
    grants += [
        *standing(world, filed),
        world.grant("court", filed, "all"),
        world.grant("prosecutor", accepted),
    ]
    ended = world.act("probation", "SupervisionEnded", "b", on=START + 20)
    views = read(*acts, filed, accepted, *grants, ended)
    assert len(owed(views, ended.recorded_at - 1)) == 2
    assert owed(views) == []


def test_who_was_taken_out_and_is_let_in_again_is_owed_a_new_grant() -> None:
    world, number = World(), _rule("ProtectionOrderIssued", "police")
    order = world.act("court", "ProtectionOrderIssued", "o", on=START + 1)
    held = [
        *standing(world, order),
        _by(number, world.grant("police", order)),
        world.grant("prosecutor", order),
    ]
    over = world.act("court", "ProtectionOrderEnded", "o", on=START + 2, order=order)
    again = world.act("court", "ProtectionOrderIssued", "o", on=START + 3)
    renewed = world.grant("police", again)
    assert owed(read(order, *held, over)) == []
    assert owed(read(order, *held, over, again)) == [("court", "police", "ProtectionOrderIssued", "overdue")]
    assert owed(read(order, *held, over, again, renewed)) == []


def _rule(kind: str, recipient: str) -> int:
    return next(
        rule.number
        for rule in memorandum().involvements
        if kind in rule.kinds and (rule.slug == recipient or recipient in rule.roles)
    )


def _by(number: int, grant: OpenedGrant) -> OpenedGrant:
    return replace(grant, shares=tuple(replace(share, rule=number) for share in grant.shares))


def test_a_corrected_or_voided_event_lets_nobody_in() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    void = world.act("police", "EventVoided", "a", supersedes=arrest)
    given = standing(world, arrest)
    assert owed(read(arrest, *given)) == [("police", "court", "ArrestMade", "overdue")]
    assert owed(read(arrest, *given, void)) == []


def test_events_under_another_memorandum_are_not_judged_by_this_one() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    arrest.memorandum = b"\1" * 32
    assert owed(read(arrest)) == []


def test_the_auditor_computes_the_same_and_others_say_that_they_cannot() -> None:
    world = World()
    arrest = world.act("police", "ArrestMade", "a")
    items = [arrest, *standing(world, arrest)]
    assert owed(read(*items, role="auditor")) == [("police", "court", "ArrestMade", "overdue")]
    report = read(*items, role="prosecution").overdue(LATER)
    assert "involvement-granted" in report["not_computable"]
    assert not any(row["rule"] == "involvement-granted" for row in report["obligations"])


def test_an_involvement_that_hangs_on_an_unread_field_is_said_to_be_left_out() -> None:
    reason = read().overdue(LATER)["not_computable"]["involvement-granted"]
    assert reason.startswith("in part: this role does not read supervised_by of ProtectionOrderIssued")


def test_what_no_entry_can_answer_yet_is_never_kept_and_always_counted() -> None:
    world = World()
    sealed = world.act("court", "RecordsSealed", "n", covers=[b"\7" * 16])
    report = read(sealed, *standing(world, sealed)).overdue(LATER)
    assert report["not_computed"] == {"seal-attested": 1}
    assert "KeysDropped" in report["not_computable"]["seal-attested"]
    assert "KeysDestroyed" in report["not_computable"]["keys-destroyed"]
    assert "kept" not in report["states"]


def test_grants_and_events_in_any_order_give_the_same() -> None:
    world = World()
    acts, grants = referred(world)
    items: list[Opened] = [*acts, *grants[1:], *heads()]
    expected = read_as("coordinator", items).involvements(LATER)
    assert expected
    assert read_as("coordinator", items[::-1]).involvements(LATER) == expected
