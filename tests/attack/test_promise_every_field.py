"""For every role, event and field of the model memorandum: who is entitled and part of the case reads the exact value;
nobody else has it, in any form, anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accord.projection import EVER
from tests.attack.promise_world import PromiseWorld, Told, build, found, needles
from tests.simulator import TWINS, vocabulary

SEVEN = ("police", "prosecutor", "court", "probation", "reeducation", "advocacy", "auditor")
READERS = (*SEVEN, *TWINS)


@pytest.fixture(scope="module")
def promised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PromiseWorld]:
    made = build(tmp_path_factory.mktemp("promise"))
    yield made
    made.world.restart()


@pytest.fixture(scope="module")
def shown(promised: PromiseWorld) -> dict[str, dict[str, dict[str, Any]]]:
    """Reader -> event id -> the event as that reader's people are shown it."""
    return {slug: dict(_shown(promised, slug)) for slug in READERS}


def _shown(promised: PromiseWorld, slug: str) -> Iterator[tuple[str, dict[str, Any]]]:
    views = promised.world.views(slug)
    for case in views.cases():
        for one in case["files"]:
            for header, event in views.events_of((one["origin"], one["file"]), EVER):
                yield header.event, event


def _name(told: Told, field: str = "") -> str:
    return f"{told.publisher} {told.kind}[{told.index}] {field}"


@pytest.mark.parametrize("slug", READERS)
def test_every_entitled_and_involved_agency_reads_the_exact_value(
    promised: PromiseWorld, shown: dict[str, dict[str, dict[str, Any]]], slug: str
) -> None:
    wrong = []
    for told in promised.told:
        event = shown[slug].get(told.event)
        for field in vocabulary().events[told.kind].names:
            if promised.right(slug, told, field) == "readable":
                said = told.values.get(field)
                expected = {"state": "not stated"} if said is None else {"state": "readable", "value": said}
                if event is None or event["fields"][field] != expected:
                    wrong.append((_name(told, field), event and event["fields"][field]))
    assert not wrong


@pytest.mark.parametrize("slug", READERS)
def test_what_an_agency_is_not_entitled_to_is_withheld_and_has_no_value(
    promised: PromiseWorld, shown: dict[str, dict[str, dict[str, Any]]], slug: str
) -> None:
    wrong = []
    for told in promised.told:
        event = shown[slug].get(told.event)
        for field in vocabulary().events[told.kind].names if event else ():
            right = promised.right(slug, told, field)
            assert event is not None
            if right != "readable" and event["fields"][field] != {"state": right}:
                wrong.append((_name(told, field), right, event["fields"][field]))
    assert not wrong


@pytest.mark.parametrize("slug", READERS)
def test_an_agency_that_is_not_part_of_a_case_has_not_even_a_header(
    promised: PromiseWorld, shown: dict[str, dict[str, dict[str, Any]]], slug: str
) -> None:
    expected = {one.event for one in promised.told if promised.reads_header(slug, one)}
    assert set(shown[slug]) == expected
    assert set(promised.world.events(slug)) == expected


def test_the_world_holds_every_kind_of_event_and_every_field(promised: PromiseWorld) -> None:
    said = {(one.kind, field) for one in promised.told for field in one.values}
    wanted = {(kind, field) for kind, spec in vocabulary().events.items() for field in spec.names}
    assert wanted <= said
    assert {one.kind for one in promised.told} == set(vocabulary().events)


def test_every_right_of_every_role_was_exercised_by_somebody_else_than_the_publisher(
    promised: PromiseWorld,
) -> None:
    terms = promised.terms
    owed = {
        (role, kind, field)
        for role in set(terms.roles.values())
        for kind in vocabulary().events
        for field, _, _ in terms.rights(role, kind)
        if field is not None
    }
    used = {
        (terms.roles[slug], told.kind, field)
        for told in promised.told
        for slug in READERS
        if slug != told.publisher
        for field in told.values
        if promised.right(slug, told, field) != "withheld"
    }
    assert owed <= used


def test_every_field_was_withheld_from_every_role_both_by_right_and_for_not_being_in_the_case(
    promised: PromiseWorld,
) -> None:
    terms = promised.terms
    by_case = {
        (terms.roles[slug], told.kind)
        for told in promised.told
        for slug in READERS
        if not promised.involved(slug, told)
    }
    roles = set(terms.roles.values()) - {"coordinator", "auditor"}
    assert by_case >= {(role, kind) for role in roles for kind in vocabulary().events}
    by_right = {
        (terms.roles[slug], told.kind, field)
        for told in promised.told
        for slug in READERS
        for field in told.values
        if promised.right(slug, told, field) == "withheld"
    }
    denied = {
        (role, kind, field)
        for role in roles
        for kind, spec in vocabulary().events.items()
        for field in spec.names
    }
    assert by_right >= denied


# ---- No plaintext anywhere ----


def _files(folder: Path) -> Iterator[Path]:
    yield from (one for one in sorted(folder.rglob("*")) if one.is_file() and one.parent.name != "memorandum")


def _allowed(promised: PromiseWorld, slug: str) -> set[bytes]:
    """Every recognisable value that may be in this agency's home."""
    allowed = set()
    for told in promised.told:
        if promised.reads_header(slug, told):
            allowed |= {bytes.fromhex(told.event), bytes.fromhex(told.file)}
            for field, value in told.values.items():
                if promised.right(slug, told, field) != "withheld":
                    allowed.update(needles(value))
    allowed |= {one.supersedes for one in promised.world.events(slug).values() if one.supersedes}
    for grant in promised.world.grants(slug):
        allowed |= {grant.file, grant.because_event}
    return allowed


def test_the_search_finds_what_is_there(promised: PromiseWorld) -> None:
    """The coordinator's home holds in the clear what it may read: else the searches below would prove nothing."""
    there = {one for path in _files(promised.world.root / "advocacy") for one in found(path.read_bytes())}
    stored = set()
    for told in promised.told:
        for field, value in told.values.items():
            if promised.right("advocacy", told, field) == "readable":
                stored.update(needles(value))
    assert len(stored) > 100
    assert stored <= there


@pytest.mark.parametrize("slug", READERS)
def test_the_plaintext_of_what_is_withheld_is_nowhere_in_the_home(promised: PromiseWorld, slug: str) -> None:
    allowed = _allowed(promised, slug)
    for path in _files(promised.world.root / slug):
        there = set(found(path.read_bytes()))
        assert sorted(one.hex() for one in there - allowed) == [], path


def test_no_plaintext_is_on_the_wire(promised: PromiseWorld) -> None:
    for path in _files(promised.world.root / "wire"):
        assert not list(found(path.read_bytes())), path


@pytest.mark.parametrize("slug", READERS)
def test_nothing_is_opened_beyond_the_projection(promised: PromiseWorld, slug: str) -> None:
    """The slots that a home's keys open hold only fields that its role may see or count."""
    told = {one.event: one for one in promised.told}
    for id_, opened in promised.world.events(slug).items():
        one = told[id_]
        rights = {field: promised.right(slug, one, field) for field in vocabulary().events[one.kind].names}
        assert set(opened.values) == {field for field, right in rights.items() if right != "withheld"}


# ---- Counted, never shown ----


def test_what_may_only_be_counted_is_counted_and_never_shown(
    promised: PromiseWorld, shown: dict[str, dict[str, dict[str, Any]]]
) -> None:
    arrests = [one for one in promised.told if one.kind == "ArrestMade"]
    assert arrests
    for told in arrests:
        assert shown["advocacy"][told.event]["fields"]["dual_arrest"] == {"state": "counted"}
        case = promised.world.views("advocacy").case(told.file, origin=told.publisher)
        said = next(one for one in case["events"] if one["event"] == told.event)
        assert said["fields"]["dual_arrest"] == {"state": "counted"}
    rows = [row for row in promised.world.views("advocacy").counted() if row["field"] == "dual_arrest"]
    assert sum(row["tally"] for row in rows) == len(arrests)


def test_a_count_cannot_be_joined_with_the_event_it_came_from(promised: PromiseWorld) -> None:
    database = promised.world["advocacy"].projection.db
    tables = [row[0] for row in database.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    ids = {cell for one in promised.told for cell in (one.event, one.file, bytes.fromhex(one.event))}
    entries = {row[0] for row in database.query("SELECT entry FROM event")}
    counted = [name for name in tables if "tally" in _columns(database, name)]
    assert counted
    for name in counted:
        for row in database.query(f"SELECT * FROM {name}"):
            assert not ids & set(row)
            assert not entries & {cell for cell in row if isinstance(cell, int) and cell > 1 << 20}
    with_dual = [name for name in tables if "dual_arrest" in _columns(database, name)]
    assert not [name for name in with_dual if "entry" in _columns(database, name)]


def _columns(database: Any, table: str) -> set[str]:
    return set(database.table(f"SELECT * FROM {table}")[0])
