"""What the schema checker says of a folder, fault by fault."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from accord.catalog import schemas
from accord.errors import SchemaRefused
from accord.schema import Vocabulary, check, drift, own_vocabulary, source
from tests.shared_data import REPOSITORY
from tests.unit.schema.sandbox import Sandbox

MODELS = REPOSITORY / "accord" / "domain" / "events.py"


def test_what_is_checked_in_has_no_fault() -> None:
    assert check(schemas(), MODELS) == []


def test_a_drifted_model_is_a_fault(tmp_path: Path) -> None:
    drifted = tmp_path / "events.py"
    drifted.write_text(source(own_vocabulary()).replace("count: Ordinal", "count: Count"))
    assert [fault.file for fault in drift(own_vocabulary(), drifted)] == ["events.py"]
    assert drift(own_vocabulary(), tmp_path / "absent.py")


def test_the_register_pins_the_vocabulary() -> None:
    written = (schemas() / "register.toml").read_bytes()
    assert Vocabulary.load(schemas()).sha256 == hashlib.sha256(written).digest()


def test_a_folder_without_a_register_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaRefused, match="no register"):
        Vocabulary.load(tmp_path)


def test_loading_lists_every_fault_at_once(sandbox: Sandbox) -> None:
    sandbox.change("ArrestMade", "arrest_kind", doc=None)
    sandbox.change("PleaEntered", "plea", niem=None)
    with pytest.raises(SchemaRefused) as refusal:
        Vocabulary.load(sandbox.folder)
    assert "events/ArrestMade.avsc: arrest_kind: has no doc" in str(refusal.value)
    assert "events/PleaEntered.avsc: plea: has no NIEM name" in str(refusal.value)


EVENT_FAULTS = [
    ("publishers", ["court", "police"], "publishers names 'police'"),
    ("publishers", [], "nobody may publish it"),
    ("publishers", "court", "publishers must be a list"),
    ("expects", ["ArrestImagined"], "expects names 'ArrestImagined'"),
    ("file", "folder", "class of file"),
    ("file", "order", "another class of file than the register"),
    ("doc", " ", "has no doc"),
    ("niem", "", "has no NIEM name"),
    ("name", "PleaImagined", "must be the record"),
    ("namespace", "org.example", "must be the record"),
    ("aliases", ["Plea"], "unknown attribute"),
    ("fields", {}, "no list of fields"),
    ("type", "enum", "is an Avro record"),
]


@pytest.mark.parametrize(("key", "value", "reason"), EVENT_FAULTS)
def test_faults_of_an_event(sandbox: Sandbox, key: str, value: object, reason: str) -> None:
    schema = sandbox.event("PleaEntered")
    schema[key] = value
    sandbox.write("PleaEntered", schema)
    assert any(reason in said for said in sandbox.reasons(file="events/PleaEntered.avsc"))


FIELD_FAULTS = [
    ("ProgramAttendance", "session", {"type": "long"}, "registered as int"),
    ("ProgramAttendance", "session", {"minimum": 0}, "minimum is not what the register says"),
    ("ProgramAttendance", "session", {"unit": None}, "unit is not what the register says"),
    ("ProgramAttendance", "session", {"default": 1}, "is required and has no default"),
    ("ProgramAttendance", "enrollment", {"kinds": ["ArrestMade"]}, "kinds is not what the register says"),
    ("ProgramAttendance", "session_result", {"niem": "j:Other"}, "another NIEM name"),
    ("ProgramAttendance", "session_result", {"order": "ignore"}, "unknown attribute"),
    ("ArrestMade", "warrant", {"default": None}, "needs the default null"),
    ("ArrestMade", "occurred_at", {"type": "long"}, "registered as time"),
    (
        "ArrestMade",
        "occurred_at",
        {"type": {"type": "long", "logicalType": "timestamp-millis"}},
        "registered as time",
    ),
    (
        "CaseReferred",
        "to_agency",
        {"type": {"type": "string", "logicalType": "local-code", "list": "x"}},
        "as agency",
    ),
    (
        "CaseReferred",
        "purpose",
        {"type": {"type": "enum", "name": "Aim", "symbols": ["a"]}},
        "must be the enum",
    ),
    ("CaseReferred", "purpose", {"type": "Purpose"}, "no type of that name is defined"),
    (
        "CaseReferred",
        "purpose",
        {"required_when": {"field": "arrest", "any_of": ["x"]}},
        "required_when is of an opt",
    ),
    (
        "CaseReferred",
        "arrest",
        {"required_when": {"field": "purpose", "any_of": ["dinner"]}},
        "required_when names",
    ),
]


@pytest.mark.parametrize(("kind", "field", "change", "reason"), FIELD_FAULTS)
def test_faults_of_a_field(
    sandbox: Sandbox, kind: str, field: str, change: dict[str, object], reason: str
) -> None:
    sandbox.change(kind, field, **change)
    assert any(reason in said for said in sandbox.reasons(field, f"events/{kind}.avsc"))


def test_an_enum_that_differs_from_the_register(sandbox: Sandbox) -> None:
    schema, field = sandbox.field("PleaEntered", "plea")
    field["type"]["symbols"].insert(0, "coerced")
    sandbox.write("PleaEntered", schema)
    assert any("other codes than the list plea" in said for said in sandbox.reasons("plea"))


def test_an_enum_in_another_order(sandbox: Sandbox) -> None:
    schema, field = sandbox.field("ChargeFiled", "severity")
    field["type"]["symbols"].reverse()
    sandbox.write("ChargeFiled", schema)
    assert any("in another order" in said for said in sandbox.reasons("severity"))


def test_an_enum_without_its_default(sandbox: Sandbox) -> None:
    schema, field = sandbox.field("ChargeFiled", "severity")
    del field["type"]["default"]
    sandbox.write("ChargeFiled", schema)
    assert any('needs the default "unspecified"' in said for said in sandbox.reasons("severity"))


def test_an_unregistered_event(sandbox: Sandbox) -> None:
    schema = {**sandbox.event("PleaEntered"), "name": "PleaWithdrawn"}
    sandbox.write("PleaWithdrawn", schema)
    assert any("is not registered" in said for said in sandbox.reasons(file="events/PleaWithdrawn.avsc"))


def test_a_registered_event_without_schema(sandbox: Sandbox) -> None:
    sandbox.path("PleaEntered").unlink()
    assert "has no schema" in sandbox.reasons("events.PleaEntered")


def test_a_header_field_in_an_event(sandbox: Sandbox) -> None:
    sandbox.add("PleaEntered", "occurred_on", {"type": "int", "logicalType": "date"})
    assert any("belongs to the header" in said for said in sandbox.reasons("occurred_on"))


REGISTER_FAULTS = [
    ('type = "date"', 'type = "string"', "could carry free text"),
    ('[fields.plea]\ntype = "code"\nlist = "plea"', '[fields.plea]\ntype = "code"', "free text"),
    ('list = "plea"', 'list = "pleading"', "free text"),
    ('niem = "j:PleaCategoryAbstract"', 'niem = "PleaCategory"', "has no NIEM name"),
    ('niem = "j:PleaCategoryAbstract"\n', "", "has no NIEM name"),
    ('meaning = "tries at service, the successful one included"', 'meaning = ""', "has no meaning"),
    ('unit = "attempts"\n', "", "needs its unit"),
    ('number_kind = "arrest"', 'number_kind = "booking"', "no such kind of number"),
    ('kinds = ["ArrestMade"]', 'kinds = ["ArrestUndone"]', "which is not an event"),
    ('codes.guilty = "admits"', 'codes.guilty = ""', "has no meaning"),
    ('codes.guilty = "admits"', 'codes.Guilty = "admits"', "is not a name"),
    ("version = 1", "version = 2", "only version 1"),
    ('    "name", "victim", "survivor", "witness",', '    "name", "survivor", "witness",', "was taken out"),
    ("grammar = '(?:[A-Z]{1,4}[./-])", "grammar = '(((", "is not a regular expression"),
    ('file = "case"', 'file = "shoebox"', "class of file that the register does not know"),
    ("[roles]", "[rolls]", "no such section"),
]


@pytest.mark.parametrize(("old", "new", "reason"), REGISTER_FAULTS)
def test_faults_of_the_register(sandbox: Sandbox, old: str, new: str, reason: str) -> None:
    sandbox.register(old, new)
    assert any(reason in fault.reason for fault in sandbox.faults() if fault.file == "register.toml")


def test_a_list_without_unspecified(sandbox: Sandbox) -> None:
    sandbox.register(
        'codes.lifted = "it may go on"\ncodes.unspecified = "not recorded"', 'codes.lifted = "it may go on"'
    )
    assert any("no `unspecified`" in said for said in sandbox.reasons("lists.hold"))


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b'"string"', b'{"type":"record"}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_schema_is_a_fault_and_never_a_crash(sandbox: Sandbox, text: bytes) -> None:
    sandbox.path("PleaEntered").write_bytes(text)
    assert sandbox.reasons(file="events/PleaEntered.avsc")


def test_a_register_that_is_no_toml_is_a_fault(sandbox: Sandbox) -> None:
    (sandbox.folder / "register.toml").write_bytes(b"version = = 1")
    assert any("is not TOML" in fault.reason for fault in sandbox.faults())
