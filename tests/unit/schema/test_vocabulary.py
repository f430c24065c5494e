"""What a vocabulary answers, and what was written before a schema changed."""

from __future__ import annotations

import pytest

from accord.errors import SchemaRefused
from accord.schema import Codec, Vocabulary, own_vocabulary, record
from tests.unit.schema.sandbox import Sandbox


def test_an_event_and_its_fields() -> None:
    charge = own_vocabulary().events["ChargeFiled"]
    assert charge.names[:3] == ("occurred_at", "referral", "arrest")
    assert charge.field("count").required
    assert charge.field("count").spec.minimum == 1
    assert not charge.field("arrest").required
    with pytest.raises(SchemaRefused):
        charge.field("victim")


def test_an_old_record_is_read_after_its_schema_changed(sandbox: Sandbox) -> None:
    """A code was added, so the fingerprint changed; version 1 is still in the closed set if asked for."""
    before = Codec(Vocabulary.load(sandbox.folder)).restricted("LegalHold", ["hold"])
    old = before.encode({"hold": "lifted"})
    sandbox.register(
        'codes.lifted = "it may go on"', 'codes.lifted = "it may go on"\ncodes.narrowed = "to fewer files"'
    )
    schema, field = sandbox.field("LegalHold", "hold")
    field["type"]["symbols"].insert(2, "narrowed")
    sandbox.write("LegalHold", schema)
    record(sandbox.folder)
    codec = Codec(Vocabulary.load(sandbox.folder))
    now, first = codec.restricted("LegalHold", ["hold"]), codec.restricted("LegalHold", ["hold"], version=1)
    assert now is codec.restricted("LegalHold", ["hold"], version=2)
    assert first.fingerprint == before.fingerprint != now.fingerprint
    assert codec.decode(old) == (first, {"hold": "lifted"})
    unchanged = codec.restricted("LegalHold", ["covers"])
    assert codec.restricted("LegalHold", ["covers"], version=1) is unchanged
    with pytest.raises(SchemaRefused):
        codec.restricted("LegalHold", ["hold"], version=3)


def test_loading_refuses_an_altered_past(sandbox: Sandbox) -> None:
    sandbox.change("PleaEntered", "plea", doc="what was pleaded to the count")
    record(sandbox.folder)
    path = sandbox.folder / "recorded" / "PleaEntered.1.avsc"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(SchemaRefused, match="was altered"):
        Vocabulary.load(sandbox.folder)
