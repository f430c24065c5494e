"""The header's own reader and writer beside a general Avro library with the same schema: same bytes, same refusals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accord.errors import Malformed
from accord.schema import DAYS, MOMENTS
from accord.seal.header import Header, parse_header, write_header
from accord.seal.records import record

LONG = 1 << 63
SIZES = st.integers(0, LONG - 1) | st.integers(0, 300)
HEADERS = st.builds(
    Header,
    st.text(max_size=80),
    st.binary(min_size=8, max_size=8),
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16),
    st.none() | st.binary(min_size=16, max_size=16),
    st.none() | st.text(max_size=80),
    st.integers(DAYS.start, DAYS.stop - 1) | st.integers(-300, 300),
    st.integers(MOMENTS.start, MOMENTS.stop - 1) | st.integers(-300, 300),
    st.lists(SIZES, max_size=9).map(tuple),
    st.binary(min_size=7, max_size=7),
)


def by_library(data: bytes) -> dict[str, Any] | None:
    """What the general reader makes of it; None where it is refused, or is no day, no time or no size, which it does not
    look at.
    """
    try:
        said = record("header").decode(data)
    except Malformed:
        return None
    shown = said["occurred_on"] in DAYS and said["recorded_at"] in MOMENTS
    return said if shown and min(said["seen"], default=0) >= 0 else None


def by_hand(data: bytes) -> dict[str, Any] | None:
    try:
        header = parse_header(data)
    except Malformed:
        return None
    return {**header._asdict(), "seen": list(header.seen)}


@given(HEADERS)
def test_every_header_has_the_bytes_that_avro_gives_it(header: Header) -> None:
    data = write_header(header)
    assert data == record("header").encode(header._asdict())
    assert parse_header(data) == header


@given(HEADERS, st.data())
def test_whatever_is_changed_both_readers_refuse_or_read_the_same(
    header: Header, data: st.DataObject
) -> None:
    made = bytearray(write_header(header))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(10, len(made) - 1))
        what = data.draw(st.sampled_from(("change", "insert", "remove")))
        byte = data.draw(st.sampled_from((0, 1, 2, 0x7F, 0x80, 0x81, 0xFF)) | st.integers(0, 255))
        if what == "insert":
            made.insert(place, byte)
        elif what == "remove" and len(made) > 12:
            del made[place]
        else:
            made[place] = byte
    assert by_hand(bytes(made)) == by_library(bytes(made))


@given(st.binary(max_size=120))
@example(b"")
@example(b"\x80" * 100)
def test_any_bytes_behind_the_prefix(rest: bytes) -> None:
    data = record("header").prefix + rest
    assert by_hand(data) == by_library(data)


def test_another_record_is_no_header() -> None:
    with pytest.raises(Malformed):
        parse_header(record("notice").prefix + bytes(40))
