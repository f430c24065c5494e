"""For every format of the ledger: what parses re-serializes to the same bytes, and damage is noticed."""

from __future__ import annotations

import contextlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.errors import Malformed, SignatureInvalid
from accord.ledger import (
    Bundle,
    Checkpoint,
    Cosignature,
    Note,
    Signature,
    Tile,
    cosign,
    decode_bundle,
    decode_tile,
    encode_bundle,
    encode_tile,
    open_checkpoint,
    parse_path,
    sign_checkpoint,
    verify_cosignature,
)

keys = st.binary(min_size=32, max_size=32).map(Ed25519PrivateKey.from_private_bytes)
hashes = st.binary(min_size=32, max_size=32)
characters = st.characters(codec="utf-8", exclude_categories=["Cs"], min_codepoint=32)
lines = st.text(characters, min_size=1)
names = lines.filter(lambda name: not any(char.isspace() or char == "+" for char in name))
signatures = st.builds(Signature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1))
texts = st.lists(st.text(characters), min_size=1).map(lambda rows: "".join(f"{row}\n" for row in rows))
notes = st.builds(Note, texts, st.lists(signatures, min_size=1, max_size=5).map(tuple))
checkpoints = st.builds(
    Checkpoint, names, st.integers(0, 2**63 - 1), hashes, st.lists(lines, max_size=3).map(tuple)
)
tiles = st.builds(Tile, st.integers(0, 63), st.integers(0, 2**55), st.integers(1, 256))
bundles = st.builds(Bundle, st.integers(0, 2**55), st.integers(1, 256))


def damaged(data: bytes, at: int, value: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ value]) + data[at + 1 :]


@given(notes)
def test_notes_round_trip(note: Note) -> None:
    assert Note.parse(str(note)) == note
    assert Note.parse(str(note).encode()) == note


@given(notes, st.integers(0), st.integers(1, 255))
def test_a_damaged_note_is_malformed_or_keeps_its_bytes(note: Note, at: int, value: int) -> None:
    data = damaged(str(note).encode(), at, value)
    with contextlib.suppress(Malformed):
        assert str(Note.parse(data)).encode() == data


@given(st.text(st.sampled_from("a—+ =\n\r\tAB/é"), max_size=60))
def test_any_text_is_malformed_or_keeps_its_bytes(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert str(Note.parse(text)) == text


@given(checkpoints)
def test_checkpoints_round_trip(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(checkpoint.text) == checkpoint


@given(checkpoints, st.integers(0), st.sampled_from("0a =+\n\r\t/Aé"))
def test_a_changed_checkpoint_is_malformed_or_keeps_its_text(
    checkpoint: Checkpoint, at: int, char: str
) -> None:
    at %= len(checkpoint.text)
    for text in (checkpoint.text[:at] + char + checkpoint.text[at:], checkpoint.text[:at] + char):
        with contextlib.suppress(Malformed):
            assert Checkpoint.parse(text).text == text


@settings(max_examples=30)
@given(checkpoints, keys, st.integers(0), st.integers(1, 255))
def test_signed_checkpoints_open_until_damaged(
    checkpoint: Checkpoint, key: Ed25519PrivateKey, at: int, value: int
) -> None:
    note = sign_checkpoint(checkpoint, key)
    assert open_checkpoint(note, checkpoint.origin, key.public_key()) == checkpoint
    try:
        open_checkpoint(damaged(note.encode(), at, value), checkpoint.origin, key.public_key())
    except (Malformed, SignatureInvalid):
        return
    raise AssertionError("a damaged checkpoint opened")


@settings(max_examples=30)
@given(checkpoints, keys, keys, names, st.integers(0, 2**63 - 1))
def test_cosignatures_round_trip_and_verify(
    checkpoint: Checkpoint, log: Ed25519PrivateKey, witness: Ed25519PrivateKey, name: str, time: int
) -> None:
    line = cosign(checkpoint.text, name, witness, time)
    assert Cosignature.parse(line.blob).blob == line.blob
    note = Note.parse(sign_checkpoint(checkpoint, log)).signed_also(line)
    assert verify_cosignature(Note.parse(str(note)), name, witness.public_key()) == time


@given(st.binary(max_size=80))
def test_any_bytes_are_no_cosignature_or_keep_themselves(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert Cosignature.parse(data).blob == data


@given(tiles | bundles)
def test_paths_round_trip(place: Tile | Bundle) -> None:
    assert parse_path(place.path) == place


@given(st.from_regex(r"tile/(entries|[0-9]{1,3})/(x?[0-9]{2,4}/){0,3}[0-9]{2,4}(\.p/[0-9]{0,4})?\n?"))
def test_any_path_is_malformed_or_keeps_itself(path: str) -> None:
    with contextlib.suppress(Malformed):
        assert parse_path(path).path == path


@given(st.lists(hashes, min_size=1, max_size=256))
def test_tiles_round_trip(values: list[bytes]) -> None:
    assert decode_tile(encode_tile(values), len(values)) == values


@given(st.binary(max_size=200), st.integers(0, 8))
def test_any_bytes_are_no_tile_or_keep_themselves(data: bytes, width: int) -> None:
    try:
        assert b"".join(decode_tile(data, width)) == data
    except Malformed:
        assert len(data) != 32 * width


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=256))
def test_bundles_round_trip(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@given(st.lists(st.binary(max_size=3), max_size=4).map(b"\0".join), st.integers(1, 5))
def test_any_bytes_are_no_bundle_or_keep_themselves(data: bytes, width: int) -> None:
    with contextlib.suppress(Malformed):
        assert encode_bundle(decode_bundle(data, width)) == data
