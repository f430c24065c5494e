"""Exactly once: the position, the transaction, the worker that lost its place; sealing; counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accord.adapters.postgres import PostgresDatabase
from accord.adapters.sqlite import SqliteDatabase
from accord.errors import Damaged, Overtaken, UsageRefused
from accord.ports import Database
from accord.projection import Projection, Views, digest
from accord.seal import Alarm, LogHead, OpenedAdoption, OpenedEvent, OpenedNotice, Unopened
from tests import projection_world
from tests.bench.duties import said_in
from tests.projection_world import (
    START,
    World,
    agency_of,
    at,
    feed,
    field_of,
    ident,
    memorandum,
    opened_for,
    projection,
    read_as,
    vocabulary,
)
from tests.real.postgres import Server

Open = Callable[[], Database]


@pytest.fixture(params=["sqlite", "postgres"], autouse=True)
def reopen(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Every test on both engines; opens one database of the test's own, the same each time."""
    if request.param == "sqlite":
        yield lambda: SqliteDatabase(tmp_path / "p.db", durable=False)
        return
    server: Server = request.getfixturevalue("postgres")
    made: list[PostgresDatabase] = []
    names: list[str] = []

    def opened(url: str) -> PostgresDatabase:
        made.append(PostgresDatabase(url, "projection", durable=False))
        return made[-1]

    def fresh() -> str:
        url = server.database()
        names.append(url.rpartition("/")[2])
        return url

    monkeypatch.setattr(projection_world, "in_memory", lambda: opened(fresh()))
    url = fresh()
    yield lambda: opened(url)
    for one in made:
        one.close()
    server.drop(*names)


def arrests(count: int = 4) -> list[Any]:
    world = World()
    for number in range(count):
        world.act("police", "ArrestMade", number, arrest_kind="on_view", dual_arrest=number % 2 == 0)
    return [opened_for("advocacy", one) for one in world.acts]


def events(target: Projection) -> int:
    return int(target.db.query("SELECT COUNT(*) FROM event")[0][0])


def test_what_comes_twice_is_applied_once() -> None:
    target, items = projection("coordinator"), list(enumerate(arrests(), start=1))
    assert target.apply(items) == 4
    before = digest(target)
    assert target.apply(items) == 4
    assert target.apply(items[2:]) == 4
    assert (events(target), digest(target)) == (4, before)


def test_a_worker_that_lost_its_place_writes_nothing(reopen: Open) -> None:
    items = list(enumerate(arrests(), start=1))
    zombie = projection("coordinator", reopen())
    successor = projection("coordinator", reopen())
    successor.apply(items[:2])
    with pytest.raises(Overtaken, match="another worker"):
        zombie.apply(items[:3])
    assert (events(successor), successor.position, zombie.position) == (2, 2, 0)
    successor.apply(items[2:])
    assert events(successor) == 4


def test_a_batch_that_fails_leaves_nothing_behind() -> None:
    target, items = projection("coordinator"), arrests()
    broken = replace(items[2], recorded_at=None)
    with pytest.raises(Damaged):
        target.apply([(1, items[0]), (2, items[1]), (3, broken)])
    assert (events(target), target.position) == (0, 0)
    feed(target, items)
    assert digest(target) == digest(feed(projection("coordinator"), items))


def test_reopening_continues_where_it_stopped(reopen: Open) -> None:
    items = arrests()
    feed(projection("coordinator", reopen()), items[:2])
    again = projection("coordinator", reopen())
    assert again.position == 2
    feed(again, items[2:])
    assert digest(again) == digest(feed(projection("coordinator"), items))


def test_a_projection_built_by_other_statements_is_not_continued(reopen: Open) -> None:
    projection("coordinator", reopen())
    with pytest.raises(UsageRefused, match="other statements"):
        Projection(reopen(), "auditor", "auditor", memorandum(), vocabulary(), b"k" * 32)


def test_late_keys_fill_in_and_never_take_away() -> None:
    world = World()
    act = world.act(
        "police", "ArrestMade", "a", arrest_kind="on_view", mandatory_arrest=True, offenses=["assault"]
    )
    parts = [opened_for("advocacy", act, keys) for keys in (0, 1, 2, 4, 8, 16, -1)]
    for order in (parts, parts[::-1], parts[3:] + parts[:3]):
        views = Views(feed(projection("coordinator"), order, batch=1))
        assert field_of(views, act, "arrest_kind") == {"state": "readable", "value": "on_view"}
        assert field_of(views, act, "mandatory_arrest") == {"state": "readable", "value": True}
        assert field_of(views, act, "arrest_number") == {"state": "withheld"}


def test_other_items_are_kept_once_and_the_newest_head_holds() -> None:
    heads = [
        LogHead("police", 3, at(START)),
        LogHead("police", 9, at(START + 2)),
        LogHead("police", 5, at(START + 1)),
    ]
    others = [
        Alarm("court", 7, "over-disclosed", "slot of ChargeFiled"),
        Unopened("court", 8, b"e" * 16, understood=False),
        Unopened("court", 9, b"e" * 16, understood=True),
        OpenedAdoption("court", 0, b"e" * 16, b"m" * 32, b"m" * 32, 1, at(START)),
        OpenedNotice("court", 4, b"e" * 16, b"m" * 32, "grant-faulty", "police", 3, b"f" * 16, at(START)),
    ]
    target = feed(projection("coordinator"), [*heads, *others, *others])
    assert target.db.query("SELECT size, verified_at FROM log") == [(9, at(START + 2))]
    assert [alarm["kind"] for alarm in Views(target).alarms()] == ["over-disclosed"]
    assert Views(target).counts()["entries_not_understood"] == 1
    assert [target.db.query(f"SELECT COUNT(*) FROM {one}")[0][0] for one in ("adoption", "notice")] == [1, 1]


def test_an_unknown_kind_and_an_unknown_memorandum_are_not_understood() -> None:
    newer, *_ = arrests()
    newer.memorandum = b"n" * 32
    unknown = replace(arrests()[1], kind="SomethingNew", values={})
    views = Views(feed(projection("coordinator"), [newer, unknown]))
    fields = views.case(newer.file.hex())["events"][0]["fields"]
    assert {field["state"] for field in fields.values()} == {"not understood"}
    (event,) = views.case(unknown.file.hex())["events"]
    assert (event["understood"], event["fields"]) == (False, {})


# ---- Counts ----


def counts(target: Projection) -> list[tuple[str, str, int]]:
    return [(row["value"], row["quarter"], row["tally"]) for row in Views(target).counted()]


def test_counted_fields_are_counted_by_quarter_and_kept_from_every_case() -> None:
    items = arrests()
    target = feed(projection("coordinator"), items)
    assert counts(target) == [("false", "2025-Q1", 2), ("true", "2025-Q1", 2)]
    assert field_of(Views(target), items[0], "dual_arrest") == {"state": "counted"}
    known = {one.event_id.hex() for one in items} | {one.file.hex() for one in items}
    for row in target.db.query("SELECT * FROM counted"):
        assert not known & set(map(str, row))


def test_a_correction_replaces_its_count_in_every_order_and_a_void_ends_it() -> None:
    world = World()
    old = world.act("police", "ArrestMade", "a", dual_arrest=True)
    new = world.act("police", "ArrestMade", "a", supersedes=old, dual_arrest=False)
    other = world.act("police", "ArrestMade", "b", dual_arrest=True)
    void = world.act("police", "EventVoided", "b", supersedes=other)
    stranger = world.act("court", "EventVoided", "a", supersedes=new)
    stranger.file = new.file
    items = [opened_for("advocacy", one) for one in (old, new, other, void, stranger)]
    for order in (items, items[::-1], [*items, *items], items[2:] + items[:2]):
        assert counts(feed(projection("coordinator"), order, batch=2)) == [("false", "2025-Q1", 1)]


def test_what_is_owed_is_the_same_on_both_engines(reopen: Open) -> None:
    items = [*said_in(300), *(LogHead(slug, 99, at(START + 400)) for slug in memorandum().agencies)]
    opened = [opened_for("advocacy", one) if isinstance(one, OpenedEvent) else one for one in items]
    here = Views(feed(projection("coordinator", reopen()), opened, 100))
    plain = Views(
        feed(projection("coordinator", SqliteDatabase(Path(":memory:"), durable=False)), opened, 100)
    )
    for as_of in (at(START + 100), at(START + 400)):
        assert here.obligations(as_of) == plain.obligations(as_of)
        assert here.overdue(as_of) == plain.overdue(as_of)
    assert {row["state"] for row in here.obligations(at(START + 400))} > {"kept", "late", "overdue"}


# ---- Sealing ----


def sealed(target: Projection, item: Any, state: str = "sealed") -> None:
    target.seal([(item.origin, item.file)], state, ident("order"), at(START + 1))


@pytest.mark.parametrize("state", ["sealed", "expunged"])
def test_a_sealed_file_is_forgotten_and_late_keys_revive_nothing(state: str) -> None:
    items = arrests(2)
    target = feed(projection("coordinator"), items)
    sealed(target, items[0], state)
    feed(target, [*items, *items])
    views = Views(target)
    fields = views.case(items[0].file.hex())["events"][0]["fields"]
    assert {field["state"] for field in fields.values()} == {state}
    assert field_of(views, items[1], "arrest_kind")["state"] == "readable"
    for table in ("arrest_made", "promise", "sought", "answer", "reference", "mark"):
        entries = {row[0] for row in target.db.query(f"SELECT entry FROM {table}")}
        assert items[0].index not in entries
    assert counts(target) == [("false", "2025-Q1", 1)]
    assert [row["file"] for row in views.obligations(at(START + 9))] == [items[1].file.hex()] * 2


def test_it_makes_no_difference_whether_the_seal_or_the_keys_come_first() -> None:
    world = World()
    for number in range(2):
        world.act("police", "ArrestMade", number, hour=3, arrest_kind="on_view")
    items = [opened_for("advocacy", one) for one in world.acts]
    before, after = projection("coordinator"), feed(projection("coordinator"), items)
    sealed(before, items[0])
    feed(before, items)
    sealed(after, items[0])
    assert digest(before) == digest(after)
    times = "SELECT occurred_at FROM event ORDER BY entry"
    assert before.db.query(times) == after.db.query(times) == [(None,), (at(START, 3),)]


def test_a_lifted_seal_lets_the_values_come_again() -> None:
    items = arrests(2)
    target = feed(projection("coordinator"), items)
    plain = digest(target)
    sealed(target, items[0])
    assert digest(target) != plain
    target.unseal([(items[0].origin, items[0].file)])
    feed(target, items)
    assert digest(target) == plain
    with pytest.raises(UsageRefused):
        target.seal([], "closed", b"", 0)


def test_opened_and_withheld_are_counted_by_field() -> None:
    world = World()
    world.act("police", "ArrestMade", "a", dual_arrest=True)
    fields = read_as("coordinator", world.acts).counts()["fields"]
    own = read_as("law_enforcement", world.acts).counts()["fields"]
    shown = len(memorandum().shown("coordinator", "ArrestMade"))
    total = len(vocabulary().events["ArrestMade"].names)
    assert (fields["opened"], fields["counted"], fields["withheld"]) == (shown, 1, total - shown - 1)
    assert (own["opened"], own["withheld"]) == (total, 0)
    assert agency_of("law_enforcement") == "police"
