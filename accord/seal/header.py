"""The header record, written and read at its fixed places.

    C3 01 fingerprint[8]                         single-object encoding of schemas/wire/header.avsc
    kind          length, text
    schema[8]  file[16]  event_id[16]
    supersedes    00, or 02 and [16]
    correction    00, or 02, length, text
    occurred_on   recorded_at                    integers
    seen          00, or count, integers, 00
    table[7]

Integers are Avro's (zigzag, seven bits to a byte, the shortest form). Every event of every log has one such
record and every reader of anything in it reads it, so it is not left to a general Avro reader, which would have to
write it again to see that it was in its one form.
"""

from __future__ import annotations

from typing import NamedTuple

from accord.errors import Malformed
from accord.schema import DAYS, MOMENTS
from accord.seal.records import record

TABLE = 7
_FIXED = 8 + 16 + 16
_TEN_BYTES = 70  # bits that the longest integer shifts through


class Header(NamedTuple):
    """What everybody entitled to anything in an event may know of it; days and microseconds UTC."""

    kind: str
    schema: bytes
    file: bytes
    event_id: bytes
    supersedes: bytes | None
    correction_reason: str | None
    occurred_on: int
    recorded_at: int
    seen: tuple[int, ...]
    table: bytes


def write_header(header: Header) -> bytes:
    """The record's bytes."""
    kind = header.kind.encode()
    parts = [_PREFIX, _integer(len(kind)), kind, header.schema, header.file, header.event_id]
    parts += (b"\x00",) if header.supersedes is None else (b"\x02", header.supersedes)
    if header.correction_reason is None:
        parts.append(b"\x00")
    else:
        reason = header.correction_reason.encode()
        parts += (b"\x02", _integer(len(reason)), reason)
    parts += (
        _integer(header.occurred_on),
        _integer(header.recorded_at),
        _integers(header.seen),
        header.table,
    )
    return b"".join(parts)


def parse_header(data: bytes) -> Header:
    """Read a record; raises Malformed unless these are exactly the bytes that `write_header` makes."""
    if not data.startswith(_PREFIX):
        raise Malformed("not a header record")
    try:
        kind, at = _text(data, len(_PREFIX))
        fixed = data[at : at + _FIXED]
        supersedes, at = _optional(data, at + _FIXED)
        reason, at = _reason(data, at)
        occurred_on, at = _read(data, at)
        recorded_at, at = _read(data, at)
        seen, at = _array(data, at)
    except (IndexError, UnicodeDecodeError) as error:
        raise Malformed("not a header record") from error
    if len(data) != at + TABLE:
        raise Malformed("a header record that is too short or too long")
    if occurred_on not in DAYS or recorded_at not in MOMENTS or min(seen, default=0) < 0:
        raise Malformed("a header with a day or time that no calendar shows, or less than nothing seen")
    return Header(
        kind,
        fixed[:8],
        fixed[8:24],
        fixed[24:],
        supersedes,
        reason,
        occurred_on,
        recorded_at,
        seen,
        data[at:],
    )


_PREFIX = record("header").prefix


def _integer(value: int) -> bytes:
    rest = value << 1 if value >= 0 else (-value << 1) - 1
    if rest < 0x80:
        return bytes((rest,))
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _integers(values: tuple[int, ...]) -> bytes:
    if not values:
        return b"\x00"
    return b"".join([_integer(len(values)), *map(_integer, values), b"\x00"])


def _read(data: bytes, at: int) -> tuple[int, int]:
    """An integer of 64 bits and what comes after it; raises Malformed for a longer form than it needs."""
    byte = data[at]
    value = byte & 0x7F
    shift = 7
    while byte > 0x7F:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        shift += 7
        if shift > _TEN_BYTES:
            raise Malformed("an integer of more than 64 bits")
    if (not byte and shift > 7) or value >> 64:
        raise Malformed("an integer in a longer form than it needs")
    return value >> 1 ^ -(value & 1), at + 1


def _text(data: bytes, at: int) -> tuple[str, int]:
    length, at = _read(data, at)
    end = at + length
    if length < 0 or end > len(data):
        raise Malformed("a text that is longer than the record")
    return data[at:end].decode(), end


def _optional(data: bytes, at: int) -> tuple[bytes | None, int]:
    if data[at] == 0:
        return None, at + 1
    if data[at] != 2:
        raise Malformed("neither nothing nor an event id")
    return data[at + 1 : at + 17], at + 17


def _reason(data: bytes, at: int) -> tuple[str | None, int]:
    if data[at] == 0:
        return None, at + 1
    if data[at] != 2:
        raise Malformed("neither nothing nor a text")
    return _text(data, at + 1)


def _array(data: bytes, at: int) -> tuple[tuple[int, ...], int]:
    count, at = _read(data, at)
    if count == 0:
        return (), at
    if count < 0 or count > len(data):
        raise Malformed("an array in more than one block")
    found: list[int] = []
    for _ in range(count):
        value, at = _read(data, at)
        found.append(value)
    if data[at]:
        raise Malformed("an array in more than one block")
    return tuple(found), at + 1
