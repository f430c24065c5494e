"""Fingerprints, canonical forms, and the closed set of restricted schemas."""

from __future__ import annotations

import json

import fastavro.schema
import pytest

from accord.catalog import schemas
from accord.schema import Codec, own_vocabulary
from accord.schema.avro import canonical, fingerprint, inline, rabin

KINDS = sorted(own_vocabulary().events)


def test_the_fingerprint_of_the_specification() -> None:
    """The empty fingerprint, and that of the schema "null" in Avro's own tests, both as numbers."""
    assert rabin(b"") == (0xC15D213AA4D7A795).to_bytes(8, "little")
    assert rabin(b'"null"') == (0x63DD24E7CC258F8A).to_bytes(8, "little")


@pytest.mark.parametrize("kind", KINDS)
def test_fastavro_computes_the_same_canonical_form_and_fingerprint(kind: str) -> None:
    written = json.loads((schemas() / "events" / f"{kind}.avsc").read_bytes())
    form = fastavro.schema.to_parsing_canonical_form(written)
    assert json.loads(canonical(inline(written))) == json.loads(form)
    assert canonical(inline(written)) == form
    assert fingerprint(written).hex() == fastavro.schema.fingerprint(form, "CRC-64-AVRO")
    assert Codec(own_vocabulary()).whole(kind).fingerprint == fingerprint(written)


@pytest.mark.parametrize("kind", KINDS)
def test_every_single_field_is_a_schema_of_its_own(kind: str) -> None:
    codec = Codec(own_vocabulary())
    event = own_vocabulary().events[kind]
    parts = [codec.restricted(kind, [name]) for name in event.names]
    parts += [codec.restricted(kind, event.names[at:]) for at in range(len(event.names))]
    for part in parts:
        assert fastavro.schema.to_parsing_canonical_form(json.loads(part.canonical)) == part.canonical
        assert json.loads(part.canonical)["name"] == f"org.accord.v1.{kind}"
    assert set(codec.by_fingerprint.values()) == set(parts)


def test_the_same_set_is_the_same_object_in_schema_order() -> None:
    codec = Codec(own_vocabulary())
    one = codec.restricted("ChargeFiled", ["severity", "count", "arrest"])
    assert one is codec.restricted("ChargeFiled", ("arrest", "count", "severity"))
    assert one.fields == ("arrest", "count", "severity")
    assert codec.by_fingerprint[one.fingerprint] is one


def test_the_bytes_drawn_in_the_specification() -> None:
    part = Codec(own_vocabulary()).restricted("ChargeFiled", ["count", "severity"])
    made = part.encode({"count": 3, "severity": "misdemeanor", "offense": "not read"})
    assert made == b"\xc3\x01" + part.fingerprint + b"\x06\x06"
    assert made.hex() == "c3014dba4a454c36adb70606"
    assert part.decode(made) == {"count": 3, "severity": "misdemeanor"}


def test_no_field_at_all() -> None:
    part = Codec(own_vocabulary()).restricted("EventVoided", [])
    assert part.decode(part.encode({})) == {}
    assert len(part.encode({})) == 10


def test_not_stated_and_none_differ() -> None:
    part = Codec(own_vocabulary()).restricted("PleaEntered", ["concessions"])
    assert part.decode(part.encode({"concessions": []})) == {"concessions": []}
    assert part.decode(part.encode({"concessions": None})) == {"concessions": None}
    assert part.decode(part.encode({})) == {"concessions": None}
