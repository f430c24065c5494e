"""Audiences against a second, naive reading of the TOML: every role, event and field, none left out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord import catalog
from accord.domain import ROLES
from accord.memorandum import Memorandum, Readers
from tests.unit.memorandum.good import model, vocabulary

NAMES = ("model", "walkthrough", "cook-county")


def example(name: str) -> Memorandum:
    return Memorandum.parse((catalog.examples() / name / "memorandum.toml").read_bytes(), vocabulary())


def rows(text: bytes) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = tomllib.loads(text.decode())["entitlement"]
    return listed


def naive(
    entitlements: list[dict[str, Any]], role: str, kind: str, field: str | None
) -> Iterator[dict[str, Any]]:
    """The tables that give this role this field (None: anything of this kind, the header then)."""
    for one in entitlements:
        roles = [one["role"]] if isinstance(one["role"], str) else one["role"]
        if role in roles and kind in one["sees"] and (field is None or field in one["sees"][kind]):
            yield one


@pytest.mark.parametrize("name", NAMES)
def test_every_role_event_field(name: str) -> None:
    memorandum = example(name)
    entitlements = rows(memorandum.text)
    triples = 0
    for kind, spec in vocabulary().events.items():
        for role, field in product(ROLES, spec.names):
            triples += 1
            given_by = list(naive(entitlements, role, kind, field))
            always = any("named" not in one for one in given_by)
            (audience,) = [one for one in memorandum.audiences(kind) if field in one.fields]
            assert (role in audience.roles) == always
            names = {one["named"] for one in given_by if "named" in one} if not always else set()
            assert {named for named, roles in audience.named if role in roles} == names
            counts_only = always and all(one.get("only") for one in given_by if "named" not in one)
            assert (role in audience.counted) == counts_only
            assert (field in memorandum.entitled(role, kind)) == bool(given_by)
            assert (field in memorandum.shown(role, kind)) == any("only" not in one for one in given_by)
            clauses = [one["clause"] for one in given_by]
            assert [one.clause for one in memorandum.entitlements(role, kind, field)] == clauses
    assert triples == 7 * sum(len(spec.names) for spec in vocabulary().events.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_header(name: str) -> None:
    memorandum = example(name)
    entitlements = rows(memorandum.text)
    for kind, role in product(vocabulary().events, ROLES):
        header = memorandum.header(kind)
        given_by = list(naive(entitlements, role, kind, None))
        always = role == "coordinator" or any("named" not in one for one in given_by)
        assert (role in header.roles) == always
        names = set() if always else {one["named"] for one in given_by}
        assert {named for named, roles in header.named if role in roles} == names
        assert header.fields == ()


@pytest.mark.parametrize("name", NAMES)
def test_audiences_part_the_fields(name: str) -> None:
    memorandum = example(name)
    for kind, spec in vocabulary().events.items():
        audiences = memorandum.audiences(kind)
        assert len(audiences) <= 7
        assert [one.index for one in audiences] == list(range(len(audiences)))
        assert sorted(field for one in audiences for field in one.fields) == sorted(spec.names)
        for one in audiences:
            assert list(one.fields) == [field for field in spec.names if field in one.fields]
            assert one.counted <= one.roles
            assert one.plain.roles in memorandum.role_sets
        assert memorandum.header(kind).plain.roles in memorandum.role_sets
        keys = [
            (tuple(sorted(one.roles)), tuple((f, tuple(sorted(r))) for f, r in one.named))
            for one in audiences
        ]
        assert keys == sorted(keys)


def test_role_sets_are_sorted_and_distinct() -> None:
    sets = model().role_sets
    assert list(sets) == sorted(set(sets))
    assert all(list(one) == sorted(one) for one in sets)


@given(data=st.data())
def test_readers_of_any_event(data: st.DataObject) -> None:
    """Who reads a slot, with names resolved, is who a naive reading says."""
    memorandum = model()
    kind = data.draw(st.sampled_from(sorted(vocabulary().events)))
    slugs = st.sampled_from([*memorandum.agencies, "nobody-known", None])
    spec = vocabulary().events[kind]
    values = {one.name: data.draw(slugs) for one in spec.fields if one.spec.type == "agency"}
    entitlements = rows(memorandum.text)
    for audience in memorandum.audiences(kind):
        readers = memorandum.readers(audience, values)
        assert memorandum.readers(audience, values) == readers
        assert Readers.of(readers.label) == readers
        for agency in memorandum.agencies.values():
            for field in audience.fields:
                tables = naive(entitlements, agency.role, kind, field)
                may = any("named" not in one or values.get(one["named"]) == agency.slug for one in tables)
                assert readers.admits(agency) == may
        assert all(memorandum.agencies[slug].role not in readers.roles for slug in readers.agencies)


def test_counted_fields_stand_apart_from_shown_ones() -> None:
    alone = [one for one in model().audiences("ArrestMade") if one.roles == {"coordinator"}]
    assert [(one.fields, one.counted) for one in alone] == [
        (("mandatory_arrest",), frozenset()),
        (("dual_arrest",), frozenset({"coordinator"})),
    ]


def test_what_nobody_may_read_is_one_audience_without_readers() -> None:
    text = model().text.decode()
    for kept in ('"charge", "plea", "negotiated", "concessions"',):
        text = text.replace(f"PleaEntered = [{kept}]", "PleaEntered = []")
    memorandum = Memorandum.parse(text.encode(), vocabulary())
    (audience,) = memorandum.audiences("PleaEntered")
    assert audience.fields == ("charge", "plea", "negotiated", "concessions")
    assert memorandum.readers(audience, {}) == Readers((), ())
    assert not memorandum.readers(audience, {}).label
    assert () in memorandum.role_sets
