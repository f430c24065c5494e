"""Bytes that a lenient Avro reader takes and that are not the one encoding: each refused as Malformed."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest

from accord.errors import IntakeRefused, Malformed, SchemaRefused
from accord.schema import Codec, own_vocabulary
from accord.schema.codec import LONGEST

ID = bytes(range(16))


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec(own_vocabulary())


def body(codec: Codec, kind: str, *fields: str, **values: Any) -> tuple[Any, bytes, bytes]:
    part = codec.restricted(kind, fields)
    encoded = part.encode(values)
    return part, encoded[:10], encoded[10:]


def refused(part: Any, data: bytes) -> None:
    with pytest.raises(Malformed):
        part.decode(data)


def test_trailing_byte(codec: Codec) -> None:
    part, head, good = body(codec, "ChargeFiled", "count", count=1)
    assert part.decode(head + good) == {"count": 1}
    refused(part, head + good + b"\x00")


def test_truncation_at_every_length(codec: Codec) -> None:
    part, head, good = body(codec, "PleaEntered", "charge", "plea", charge=ID, plea="guilty")
    for length in range(len(head + good)):
        refused(part, (head + good)[:length])


def test_overlong_varint(codec: Codec) -> None:
    part, head, good = body(codec, "ChargeFiled", "count", count=1)
    assert good == b"\x02"
    refused(part, head + b"\x82\x00")
    refused(part, head + b"\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00")


def test_varint_wider_than_an_int(codec: Codec) -> None:
    part, head, _ = body(codec, "ChargeFiled", "count", count=1)
    refused(part, head + b"\x80\x80\x80\x80\x20")
    refused(part, head + b"\xff" * 12)


def test_boolean_seven(codec: Codec) -> None:
    part, head, good = body(codec, "ChargeFiled", "dv_designated", dv_designated=True)
    assert good == b"\x01"
    for other in range(2, 256):
        refused(part, head + bytes([other]))


@pytest.mark.parametrize("index", [b"\x10", b"\x7e", b"\x01", b"\x03", b"\xfe\xff\xff\xff\x0f"])
def test_enum_index_out_of_range_or_negative(codec: Codec, index: bytes) -> None:
    part, head, _ = body(codec, "ChargeFiled", "severity", severity="felony")
    refused(part, head + index)


@pytest.mark.parametrize("index", [b"\x04", b"\x01", b"\x7f"])
def test_union_branch_that_does_not_exist(codec: Codec, index: bytes) -> None:
    part, head, _ = body(codec, "ChargeFiled", "arrest", arrest=ID)
    refused(part, head + index + ID)


def test_split_blocks(codec: Codec) -> None:
    part, head, good = body(codec, "HearingHeld", "charges", charges=[ID, ID[::-1]])
    assert good == b"\x04" + ID + ID[::-1] + b"\x00"
    refused(part, head + b"\x02" + ID + b"\x02" + ID[::-1] + b"\x00")


def test_block_with_a_byte_count(codec: Codec) -> None:
    part, head, _ = body(codec, "HearingHeld", "charges", charges=[ID])
    refused(part, head + b"\x01\x20" + ID + b"\x00")


def test_block_that_promises_a_billion_members(codec: Codec) -> None:
    part, head, _ = body(codec, "HearingHeld", "charges", charges=[ID])
    refused(part, head + b"\x80\x94\xeb\xdc\x03" + ID)


def test_set_out_of_order_or_with_a_duplicate(codec: Codec) -> None:
    part, head, _ = body(codec, "HearingHeld", "charges", charges=[ID])
    refused(part, head + b"\x04" + ID[::-1] + ID + b"\x00")
    refused(part, head + b"\x04" + ID + ID + b"\x00")


def test_another_events_bytes(codec: Codec) -> None:
    """Two kinds may have fields alike; their fingerprints differ by the record's name."""
    first = codec.restricted("CaseLinked", ["other_event"])
    second = codec.restricted("CaseUnlinked", ["other_event"])
    refused(second, first.encode({"other_event": ID}))


def test_wrong_marker(codec: Codec) -> None:
    part, head, good = body(codec, "ChargeFiled", "count", count=1)
    refused(part, b"\xc3\x02" + head[2:] + good)


def test_unknown_fingerprint(codec: Codec) -> None:
    with pytest.raises(Malformed, match="fingerprint"):
        codec.decode(b"\xc3\x01" + b"\x00" * 8 + b"\x02")
    with pytest.raises(Malformed):
        codec.decode(b"")


def test_too_long_before_decoding(codec: Codec) -> None:
    part, head, _ = body(codec, "HearingHeld", "charges", charges=[ID])
    with pytest.raises(Malformed, match="too long"):
        part.decode(head + bytes(LONGEST))
    with pytest.raises(IntakeRefused):
        part.encode({"charges": [number.to_bytes(16, "big") for number in range(3000)]})


@pytest.mark.parametrize("value", [0, -1, -(2**31)])
def test_an_int_below_its_minimum(codec: Codec, value: int) -> None:
    """fastavro writes it; the reader refuses it."""
    part, head, _ = body(codec, "ChargeFiled", "count", count=1)
    refused(part, head + raw("int", value))


@pytest.mark.parametrize("value", [2**62, -(2**62)])
def test_a_time_that_no_calendar_shows(codec: Codec, value: int) -> None:
    part, head, _ = body(codec, "ReportAvailable", "occurred_at", occurred_at=1)
    refused(part, head + b"\x02" + raw("long", value))


@pytest.mark.parametrize(
    "text",
    ["She called again; he said he would", "Jane Doe", "jane doe", "", "a" * 41, "é", "x\n", "assault "],
)
def test_free_text_in_place_of_a_code(codec: Codec, text: str) -> None:
    """A publisher who writes its own Avro cannot send a sentence where a code belongs."""
    part, head, _ = body(codec, "ChargeFiled", "offense", offense="assault")
    refused(part, head + raw("string", text))
    part, head, _ = body(codec, "ChargeFiled", "statute", statute="720-5")
    refused(part, head + raw("string", text))
    part, head, _ = body(codec, "CaseReferred", "to_agency", to_agency="court")
    refused(part, head + raw("string", text))
    part = codec.restricted("ChargeFiled", ["docket_number"])
    number = {"kind": "docket", "issuer": "court", "value": text}
    refused(part, part.encode({"docket_number": number}))


def test_a_string_that_is_not_utf8(codec: Codec) -> None:
    part, head, _ = body(codec, "ChargeFiled", "offense", offense="assault")
    refused(part, head + b"\x02\xff")


def raw(avro: str, value: object) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, avro, value)
    return out.getvalue()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("severity", "grave"),
        ("count", "1"),
        ("count", None),
        ("arrest", b"short"),
        ("statute", 5),
        ("docket_number", {}),
    ],
)
def test_values_that_do_not_fit_are_not_encoded(codec: Codec, field: str, value: object) -> None:
    with pytest.raises(IntakeRefused):
        codec.restricted("ChargeFiled", [field]).encode({field: value})


def test_a_required_field_that_is_missing_is_not_encoded(codec: Codec) -> None:
    with pytest.raises(IntakeRefused):
        codec.whole("ChargeFiled").encode({})


@pytest.mark.parametrize(("kind", "field"), [("ChargeFiled", "victim"), ("ChargeImagined", "count")])
def test_unknown_kind_or_field(codec: Codec, kind: str, field: str) -> None:
    with pytest.raises(SchemaRefused):
        codec.restricted(kind, [field])
