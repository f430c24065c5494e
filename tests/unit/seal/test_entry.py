"""The one shape of every leaf: what is written is what is read, and nothing else is."""

from __future__ import annotations

import json
from io import BytesIO

import fastavro
import pytest

from accord import catalog
from accord.errors import Malformed
from accord.seal import parse_entry
from accord.seal.entry import MAX_ENTRY, SIZE_CLASSES, TAG, pad, serialize, size_class, unpad

SLOTS = [(bytes([n]) * 32, bytes([n]) * 12, n) for n in range(8)]


def made(size: int = 256, slots: list[tuple[bytes, bytes, int]] | None = None) -> bytes:
    rows = [(locator, nonce, bytes([n]) * (size + TAG)) for locator, nonce, n in slots or SLOTS]
    return serialize(b"i" * 16, b"m" * 32, size, rows)


@pytest.mark.parametrize("size", SIZE_CLASSES)
def test_what_is_written_is_read(size: int) -> None:
    entry = parse_entry(made(size))
    assert (entry.entry_id, entry.memorandum) == (b"i" * 16, b"m" * 32)
    assert entry.locators == tuple(bytes([n]) * 32 for n in range(8))
    assert entry.nonces == tuple(bytes([n]) * 12 for n in range(8))
    assert entry.ciphertexts == tuple(bytes([n]) * (size + TAG) for n in range(8))


@pytest.mark.parametrize("size", SIZE_CLASSES)
def test_the_bytes_are_those_that_avro_makes_of_the_schema(size: int) -> None:
    schema = fastavro.parse_schema(json.loads((catalog.schemas() / "wire" / "entry.avsc").read_text()))
    values = fastavro.schemaless_reader(BytesIO(made(size)), schema, None)
    assert isinstance(values, dict)
    out = BytesIO()
    fastavro.schemaless_writer(out, schema, values)
    assert out.getvalue() == made(size)


@pytest.mark.parametrize("size", SIZE_CLASSES)
def test_an_entry_is_within_its_limit(size: int) -> None:
    assert len(made(size)) <= MAX_ENTRY


@pytest.mark.parametrize("change", [b"", b"\x00", b"\x02"])
def test_an_entry_that_is_longer_or_shorter_is_refused(change: bytes) -> None:
    data = made()
    for wrong in (data + change if change else data[:-1], change + data if change else data[1:]):
        with pytest.raises(Malformed):
            parse_entry(wrong)


def test_slots_out_of_order_or_alike_are_refused() -> None:
    for slots in (SLOTS[::-1], [SLOTS[0], *SLOTS[:7]], [*SLOTS[:6], SLOTS[7], SLOTS[6]]):
        with pytest.raises(Malformed):
            parse_entry(made(slots=slots))


def test_lengths_of_two_classes_in_one_entry_are_refused() -> None:
    data = bytearray(made())
    at = 1 + 16 + 32 + 1 + 32 + 12
    data[at : at + 2] = made(512)[at : at + 2]
    with pytest.raises(Malformed):
        parse_entry(bytes(data))


@pytest.mark.parametrize("length", [0, 1, 255, 256, 511, 512, 1023, 1024, 2047])
def test_padding_goes_to_the_class_and_comes_off(length: int) -> None:
    text = b"\x80" * (length // 2) + bytes(length - length // 2)
    padded = pad(text, size_class(length))
    assert len(padded) in SIZE_CLASSES
    assert len(padded) > length
    assert unpad(padded) == text


@pytest.mark.parametrize("length", [2048, 5000])
def test_what_no_class_holds_is_refused(length: int) -> None:
    with pytest.raises(Malformed):
        size_class(length)


@pytest.mark.parametrize("padded", [b"", bytes(256), b"\x01", b"x" * 256, b"\x80\x01"])
def test_what_has_no_padding_is_refused(padded: bytes) -> None:
    with pytest.raises(Malformed):
        unpad(padded)
