"""The register and the schemas hold what the design's vocabulary says: every event, field, code and name."""

from __future__ import annotations

import re
from functools import cache

import pytest

from accord.domain import OPERATIONAL, ROLES
from accord.schema import FieldSpec, own_vocabulary
from tests.shared_data import shared

ABBREVIATED = {
    "LE": "law_enforcement",
    "PR": "prosecution",
    "CT": "court",
    "PB": "probation",
    "RE": "reeducation",
    "CO": "coordinator",
}
WITHOUT_A_KIND = {"": (), "a link": None, "the instrument": None}


@cache
def section(number: int) -> str:
    text = shared("design", "vocabulary.md").read_text()
    return text.split(f"## {number}. ")[1].split("\n## ")[0]


def rows(number: int) -> list[list[str]]:
    lines = [line for line in section(number).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_event_with_its_publishers_fields_and_order() -> None:
    vocabulary = own_vocabulary()
    told = {row[0]: row for row in rows(2)}
    assert list(told) == list(vocabulary.events)
    for kind, (_, by, _, fields, expects) in told.items():
        event = vocabulary.events[kind]
        publishers = OPERATIONAL if by == "five" else [ABBREVIATED[one] for one in by.split()]
        assert event.publishers == frozenset(publishers), kind
        wanted = [] if fields == "(header)" else fields.split()
        assert [one.name + "!" * one.required for one in event.fields] == wanted, kind
        if expects not in WITHOUT_A_KIND:
            assert event.expects == tuple(expects.split(" or ")), kind


def test_every_field_with_its_type_and_niem_name() -> None:
    vocabulary = own_vocabulary()
    everything = {**vocabulary.fields, **vocabulary.header}
    told = {name: row for row in rows(3) for name in row[0].split(", ")}
    for name, (_, kind, niem, _) in told.items():
        assert_field(everything[name], kind, niem)
    above_the_table = set(re.findall(r"`([a-z_]+)`", section(3).split("| field |")[0]))
    assert everything.keys() == told.keys() | above_the_table


def assert_field(spec: FieldSpec, kind: str, niem: str) -> None:
    words = kind.split()
    assert spec.type == words[0], spec.name
    assert (spec.niem or "-") == niem, spec.name
    if words[0] in {"code", "codes"} and "of the memorandum" not in kind:
        assert spec.list == (words[1] if len(words) > 1 else spec.name)
    if words[0] == "int":
        assert (spec.minimum, spec.unit) == ((1, "ordinal") if words[1] == "from" else (0, words[1]))


def test_numbers_and_references_are_of_the_kind_their_names_say() -> None:
    vocabulary = own_vocabulary()
    paragraph = section(3).split("| field |")[0]
    numbers, references = paragraph.split("References, each")
    for name in re.findall(r"`([a-z]+)_number`", numbers):
        assert vocabulary.fields[f"{name}_number"].number_kind == name
    for group, kind in re.findall(r"((?:`[a-z]+`(?:, )?)+) ([A-Z][A-Za-z]+)", references):
        for name in re.findall(r"`([a-z]+)`", group):
            assert vocabulary.fields[name].kinds == (kind,)


def test_every_code_of_every_list_in_order() -> None:
    vocabulary = own_vocabulary()
    told: dict[str, list[str]] = {}
    for name, rest in re.findall(r"^- \*\*(\w+)\*\* (?:\([^)]*\) )?(.*)$", section(4), re.MULTILINE):
        told[name] = [code for part in rest.split("; ") for code in part.split(": ")[0].split(", ")]
    assert told.keys() == vocabulary.lists.keys() - {"statute", "obligation"}
    for name, codes in told.items():
        listed = [code for code in vocabulary.lists[name].codes if code != "unspecified"]
        assert listed == [code for code in codes if code != "unspecified"], name
    assert {n for n, one in vocabulary.lists.items() if one.local} == {
        "statute",
        "offense",
        "sanction",
        "rehabilitation",
    }


def test_every_list_can_say_that_nothing_was_recorded() -> None:
    lists = own_vocabulary().lists
    assert all("unspecified" in one.codes for one in lists.values() if one.name != "obligation")


def test_grammars_and_barred_words() -> None:
    vocabulary = own_vocabulary()
    numbers, citation = re.findall(r"^ +(?:NUM|CITATION) +(\S+)$", section(1), re.MULTILINE)
    assert (vocabulary.number.pattern.pattern, vocabulary.citation.pattern.pattern) == (numbers, citation)
    assert (vocabulary.number.longest, vocabulary.letters_in_a_run) == (24, 4)
    never = section(1).split("one of whose words\nis ")[1].split(".\n")[0]
    assert set(re.split(r",\s+", never)) <= vocabulary.barred_words


def test_roles_are_those_of_the_domain() -> None:
    assert own_vocabulary().roles == ROLES


@pytest.mark.parametrize(
    ("kind", "file_class"),
    [
        ("IncidentClosed", "incident"),
        ("ArrestMade", "case"),
        ("ProtectionOrderServed", "order"),
        ("RecordsSealed", "notice"),
        ("ChallengeAnswered", "notice"),
    ],
)
def test_the_kind_decides_the_class_of_file(kind: str, file_class: str) -> None:
    assert own_vocabulary().events[kind].file_class == file_class
