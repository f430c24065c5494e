"""Every kind of event, any part of its fields: what is encoded decodes to the same values."""

from __future__ import annotations

import io

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.errors import Malformed
from accord.schema import Codec
from tests.property.vocabulary_values import VOCABULARY, values

KINDS = sorted(VOCABULARY.events)
CODEC = Codec(VOCABULARY)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_part_of_an_event_comes_back(kind: str, data: st.DataObject) -> None:
    event = VOCABULARY.events[kind]
    whole = data.draw(values(event))
    fields = data.draw(st.sets(st.sampled_from(event.names))) if event.names else set()
    part = CODEC.restricted(kind, fields)
    encoded = part.encode(whole)
    assert part.decode(encoded) == {name: whole[name] for name in event.names if name in fields}
    assert CODEC.decode(encoded) == (part, part.decode(encoded))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_any_other_bytes_are_refused_or_mean_something_else(kind: str, data: st.DataObject) -> None:
    """What parses re-serializes to the same bytes: one flipped bit never gives the same values."""
    part = CODEC.whole(kind)
    whole = data.draw(values(VOCABULARY.events[kind]))
    encoded = bytearray(part.encode(whole))
    position = data.draw(st.integers(0, len(encoded) * 8 - 1))
    encoded[position // 8] ^= 1 << position % 8
    try:
        other = part.decode(bytes(encoded))
    except Malformed:
        return
    assert other != whole
    assert part.encode(other) == bytes(encoded)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(body=st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_canonical(kind: str, body: bytes) -> None:
    part = CODEC.whole(kind)
    data = b"\xc3\x01" + part.fingerprint + body
    try:
        decoded = part.decode(data)
    except Malformed:
        return
    assert part.encode(decoded) == data


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_another_reader_of_the_schema_file_reads_the_same(kind: str, data: st.DataObject) -> None:
    """fastavro, with the schema as written but for its logical types, reads what the codec wrote."""
    whole = data.draw(values(VOCABULARY.events[kind]))
    body = CODEC.whole(kind).encode(whole)[10:]
    made = fastavro.schemaless_reader(
        io.BytesIO(body), fastavro.parse_schema(_without_logical_types(kind)), None
    )
    assert made == whole


def _without_logical_types(kind: str) -> object:
    import json

    from accord.catalog import schemas

    text = (schemas() / "events" / f"{kind}.avsc").read_text()
    return json.loads(text, object_hook=lambda node: {k: v for k, v in node.items() if k != "logicalType"})
