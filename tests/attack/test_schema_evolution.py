"""Changes that would make old records unreadable, or mean something else: each refused, with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from accord.errors import SchemaRefused
from accord.schema import Vocabulary, check, record
from accord.schema.avro import inline
from accord.schema.evolution import incompatibilities
from tests.unit.schema.sandbox import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def against_recorded(sandbox: Sandbox, field: str) -> list[str]:
    return [reason for reason in sandbox.reasons(field) if "against recorded version 1" in reason]


def remove(sandbox: Sandbox, kind: str, name: str) -> None:
    schema = sandbox.event(kind)
    schema["fields"] = [one for one in schema["fields"] if one["name"] != name]
    sandbox.write(kind, schema)


def test_a_required_field_taken_out(sandbox: Sandbox) -> None:
    remove(sandbox, "ProgramAttendance", "session")
    (said,) = against_recorded(sandbox, "session")
    assert "the recorded schema could not read" in said


def test_a_new_required_field(sandbox: Sandbox) -> None:
    sandbox.add("ProgramAttendance", "attempts", "int", minimum=0, unit="attempts")
    (said,) = against_recorded(sandbox, "attempts")
    assert "the new schema could not read" in said


@pytest.mark.parametrize(
    ("field", "avro", "reason"),
    [
        ("session", "long", "has another type"),
        ("session", ["null", "int"], "may be absent on one side"),
        ("session", {"type": "int", "logicalType": "date"}, "another logical type"),
        ("enrollment", {"type": "fixed", "name": "EventId", "size": 32}, "another size"),
        ("enrollment", {"type": "fixed", "name": "FileId", "size": 16}, "another name"),
        (
            "session_result",
            {"type": "enum", "name": "SessionResult", "symbols": ["attended"]},
            "lacks the code",
        ),
    ],
)
def test_another_type(sandbox: Sandbox, field: str, avro: Any, reason: str) -> None:
    sandbox.change("ProgramAttendance", field, type=avro)
    assert any(reason in said for said in against_recorded(sandbox, field))


def test_an_optional_field_made_required(sandbox: Sandbox) -> None:
    sandbox.change("IncidentReported", "dispatch_minutes", type="int", default=None)
    assert any("may be absent on one side" in said for said in against_recorded(sandbox, "dispatch_minutes"))


def test_minutes_that_become_seconds(sandbox: Sandbox) -> None:
    sandbox.change("IncidentReported", "dispatch_minutes", unit="seconds")
    assert any("another unit" in said for said in against_recorded(sandbox, "dispatch_minutes"))


def test_a_number_of_another_kind(sandbox: Sandbox) -> None:
    sandbox.change("ArrestMade", "arrest_number", number_kind="docket")
    assert any("another number_kind" in said for said in against_recorded(sandbox, "arrest_number"))


def test_a_local_list_that_becomes_another(sandbox: Sandbox) -> None:
    sandbox.change(
        "ChargeFiled", "offense", type={"type": "string", "logicalType": "local-code", "list": "sanction"}
    )
    assert any("another logical type" in said for said in against_recorded(sandbox, "offense"))


def test_recording_does_not_help_an_incompatible_change(sandbox: Sandbox) -> None:
    before = (sandbox.folder / "register.toml").read_bytes()
    remove(sandbox, "ProgramAttendance", "session")
    with pytest.raises(SchemaRefused, match="against recorded version 1"):
        record(sandbox.folder)
    assert (sandbox.folder / "register.toml").read_bytes() == before
    assert not (sandbox.folder / "recorded" / "ProgramAttendance.2.avsc").exists()


def test_a_name_used_again_for_another_type(sandbox: Sandbox) -> None:
    """Taken out in version 2, brought back with another type in version 3: version 1 still stands."""
    remove(sandbox, "ArrestMade", "warrant")
    assert record(sandbox.folder) == ("ArrestMade",)
    sandbox.add("ArrestMade", "warrant", ["null", "boolean"], default=None)
    said = sandbox.reasons("warrant")
    assert any("against recorded version 1" in reason for reason in said)
    assert not any("against recorded version 2" in reason for reason in said)


def test_history_rewritten(sandbox: Sandbox) -> None:
    path = sandbox.folder / "recorded" / "ProgramAttendance.1.avsc"
    path.write_bytes(path.read_bytes().replace(b'"session"', b'"sessions"'))
    assert any("was altered" in fault.reason for fault in sandbox.faults())


def test_history_lost(sandbox: Sandbox) -> None:
    (sandbox.folder / "recorded" / "ProgramAttendance.1.avsc").unlink()
    assert any("is gone" in fault.reason for fault in sandbox.faults())


def test_history_invented(sandbox: Sandbox) -> None:
    (sandbox.folder / "recorded" / "ProgramAttendance.2.avsc").write_text("{}")
    assert any("not a version that the register pins" in fault.reason for fault in sandbox.faults())


def test_compatible_changes_are_recorded(sandbox: Sandbox, tmp_path: Path) -> None:
    """A new optional field, one taken out, a new code, a better doc; then the folder is clean."""
    sandbox.add("ReportAvailable", "warrant", ["null", "EventId"], default=None, kinds=["WarrantIssued"])
    sandbox.change("PleaEntered", "plea", doc="what was pleaded to the count")
    remove(sandbox, "ProgramEnded", "occurred_at")
    sandbox.register(
        'codes.lifted = "it may go on"', 'codes.lifted = "it may go on"\ncodes.narrowed = "to fewer files"'
    )
    schema, field = sandbox.field("LegalHold", "hold")
    field["type"]["symbols"].insert(2, "narrowed")
    sandbox.write("LegalHold", schema)
    assert record(sandbox.folder) == ("ReportAvailable", "PleaEntered", "LegalHold", "ProgramEnded")
    assert check(sandbox.folder) == []
    assert record(sandbox.folder, tmp_path / "events.py") == ()
    assert check(sandbox.folder, tmp_path / "events.py") == []
    assert "narrowed" in (tmp_path / "events.py").read_text()
    assert Vocabulary.load(sandbox.folder).events["ReportAvailable"].names[-1] == "warrant"
    assert record(sandbox.folder) == ()


def test_an_interrupted_recording_is_run_again(sandbox: Sandbox) -> None:
    """The recorded file was written, the register was not."""
    sandbox.change("PleaEntered", "plea", doc="what was pleaded to the count")
    (sandbox.folder / "recorded" / "PleaEntered.2.avsc").write_bytes(b"{")
    assert any("not a version that the register pins" in fault.reason for fault in sandbox.faults())
    assert record(sandbox.folder) == ("PleaEntered",)
    assert check(sandbox.folder) == []


def test_recording_refuses_any_other_fault(sandbox: Sandbox) -> None:
    sandbox.add("PleaEntered", "remarks", "string")
    with pytest.raises(SchemaRefused, match="barred word"):
        record(sandbox.folder)


def test_a_new_event_is_recorded(sandbox: Sandbox) -> None:
    """An event is registered with no version; recording gives it its first."""
    sandbox.append('[events.PleaWithdrawn]\nfile = "case"\nversions = [\n]\n')
    sandbox.write("PleaWithdrawn", {**sandbox.event("PleaEntered"), "name": "PleaWithdrawn"})
    assert record(sandbox.folder) == ("PleaWithdrawn",)
    assert check(sandbox.folder) == []


def test_every_recorded_schema_reads_itself(sandbox: Sandbox) -> None:
    for path in (sandbox.folder / "recorded").glob("*.avsc"):
        schema = inline(json.loads(path.read_bytes()))
        assert list(incompatibilities(schema, schema)) == []
