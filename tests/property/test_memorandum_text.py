"""What is read from the text: lines, keys, signatures, durations, patterns; against a second opinion each."""

from __future__ import annotations

import base64
import re
import tomllib
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from accord.errors import Malformed
from accord.memorandum import check, enrol, fill_hashes, read_card
from accord.memorandum.model import decode_key
from accord.memorandum.signature import parse_signatures
from accord.memorandum.source import Lines
from accord.schema import PatternError, check_pattern
from tests.unit.memorandum.good import CLAUSES, GOOD, SLUGS, card, enrolled, signed, vocabulary

GRAMMAR = vocabulary().number.pattern.pattern

# ---- Lines ----

keys = st.from_regex(r"[a-z][a-z0-9_-]{0,5}", fullmatch=True)
strings = st.sampled_from(
    ['"a"', "'b # c'", '"x \\" ] y"', '"""\nm # [k]\nz = 1\n"""', "'''\n[t]\n'''", "[]", "{ a = 1 }"]
)
values = st.one_of(
    strings, st.sampled_from(["1", "true", "[\n  1, # one\n  '[', 2,\n]", "2025-01-01T00:00:00Z"])
)


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, dict[tuple[str | int, ...], int]]:
    """A TOML text and, for each key in it, the line on which it was written."""
    lines: list[str] = []
    places: dict[tuple[str | int, ...], int] = {}
    tables: dict[str, int] = {}
    for name in draw(st.lists(keys, max_size=6)):
        lines += draw(st.lists(st.sampled_from(["", "# [no] = 1", "   "]), max_size=2))
        if name in tables and tables[name] < 0:
            continue
        array = name in tables or draw(st.booleans())
        tables[name] = tables.get(name, -1) + 1 if array else -1
        path: tuple[str | int, ...] = (name, tables[name]) if array else (name,)
        lines.append(f"[[{name}]]  # here" if array else f"[ {name} ]")
        places[path] = len(lines)
        for key in draw(st.lists(keys, unique=True, max_size=4)):
            places[(*path, key)] = len(lines) + 1
            lines += f"{key} = {draw(values)}".split("\n")
    return "\n".join(lines) + "\n", places


@given(texts())
def test_every_key_is_found_on_its_line(case: tuple[str, dict[tuple[str | int, ...], int]]) -> None:
    text, places = case
    tomllib.loads(text)
    lines = Lines(text)
    assert {path: lines.line(path) for path in places} == places
    for path in places:
        assert lines.line((*path, "deeper", 3)) == places[path]
    assert lines.line(()) is None


def test_every_path_of_the_model_has_a_line_with_its_key() -> None:
    lines, text = Lines(GOOD.decode()), GOOD.decode().splitlines()

    def walk(value: Any, path: tuple[str | int, ...]) -> None:
        number = lines.line(path)
        assert number is not None
        if isinstance(path[-1], str):
            assert path[-1] in text[number - 1]
        if isinstance(value, dict):
            for key, one in value.items():
                walk(one, (*path, key))
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for position, one in enumerate(value):
                walk(one, (*path, position))

    for key, value in tomllib.loads(GOOD.decode()).items():
        walk(value, (key,))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_check(junk: bytes) -> None:
    assert check(junk, vocabulary()).faults


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_no_changed_byte_breaks_the_check(position: int, byte: int) -> None:
    """It reports, or it passes; it never raises."""
    check(GOOD[:position] + bytes([byte]) + GOOD[position + 1 :], vocabulary(), clauses=CLAUSES)


# ---- Formats ----


@given(st.text(max_size=60))
def test_base64_has_one_form(text: str) -> None:
    try:
        raw = decode_key(text)
    except ValueError:
        return
    assert base64.b64encode(raw).decode() == text


@given(st.sets(st.sampled_from(SLUGS)))
def test_signatures_read_are_written_the_same(slugs: set[str]) -> None:
    data = signed(enrolled(), *sorted(slugs))
    assert "".join(f"{line}\n" for line in parse_signatures(data)).encode() == data


@given(st.binary(max_size=80))
def test_junk_is_no_signature_file_and_no_card(junk: bytes) -> None:
    assume(junk)
    with pytest.raises(Malformed):
        parse_signatures(junk)
    with pytest.raises(Malformed):
        read_card(junk)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(SLUGS), unique=True), st.permutations(SLUGS))
def test_enrolment_does_not_depend_on_the_order_of_cards(first: list[str], order: list[str]) -> None:
    one = enrol(GOOD, [card(slug) for slug in first], vocabulary(), clauses=CLAUSES)
    rest = [card(slug) for slug in order if slug not in first]
    assert enrol(one, rest, vocabulary(), clauses=CLAUSES) == enrolled()


def test_enrolment_keeps_every_line() -> None:
    before, after = GOOD.decode().splitlines(), enrolled().decode().splitlines()
    kept = [line for line in after if not line.startswith("keys = [{ log = ")]
    changed = [(old, new) for old, new in zip(before, kept, strict=True) if old != new]
    assert [old.split()[0] for old, _ in changed] == ["vocabulary", "clauses"]
    assert all(old.partition("#")[2] == new.partition("#")[2] for old, new in changed)


def test_filling_the_hashes_twice_changes_nothing() -> None:
    once = fill_hashes(GOOD, vocabulary(), CLAUSES)
    assert fill_hashes(once, vocabulary(), CLAUSES) == once


def test_windows_line_ends_are_kept() -> None:
    data = GOOD.replace(b"\n", b"\r\n")
    after = enrol(data, [card("court")], vocabulary(), clauses=CLAUSES)
    assert after.count(b"\r\n") == after.count(b"\n") == data.count(b"\n") + 1


# ---- Number patterns ----

pieces = st.sampled_from(["[A-Z]", "[0-9]", "A", "7", "-", "\\.", "/", "[A-C0-3]", "(PO|RC)", "(?:[0-9]-)"])
counts = st.sampled_from(["", "?", "{2}", "{0,3}", "{1,4}", "{6,10}"])
patterns = st.lists(st.builds("{}{}".format, pieces, counts), min_size=1, max_size=5).map("".join)


@settings(max_examples=200, deadline=None)
@given(patterns, st.data())
def test_a_pattern_that_passes_admits_only_numbers(pattern: str, data: st.DataObject) -> None:
    try:
        check_pattern(pattern, GRAMMAR, 24)
    except PatternError:
        return
    text = data.draw(st.from_regex(pattern, fullmatch=True))
    assert re.fullmatch(GRAMMAR, text)
    assert 0 < len(text) <= 24


@settings(max_examples=200, deadline=None)
@given(patterns)
def test_a_pattern_that_is_refused_admits_something_else(pattern: str) -> None:
    """The witness: some short string of the pattern that is no number, found by trying many."""
    try:
        check_pattern(pattern, GRAMMAR, 24)
    except PatternError:
        witnesses = [text for text in extremes(pattern) if len(text) > 24 or not re.fullmatch(GRAMMAR, text)]
    else:
        return
    assert witnesses


def extremes(pattern: str) -> set[str]:
    """Strings of a pattern made of `pieces`: each piece as few, as many and as oddly as it may."""
    found = {""}
    for piece, count in re.findall(r"(\[[^]]*\]|\([^)]*\)|\\\.|.)(\?|\{[\d,]*\})?", pattern):
        low, high = {"": (1, 1), "?": (0, 1)}.get(count) or _span(count)
        bases = [
            text
            for text in ("A", "3", "7", "-", ".", "/", "PO", "5-", "C3", "3C")
            if re.fullmatch(piece, text)
        ]
        repeats = {base * times for base in bases for times in {low, (low + high) // 2, high}}
        mixed = {("A3" * high)[:high], ("3A" * high)[:high]} if piece == "[A-C0-3]" else set()
        found = {old + new for old in found for new in repeats | mixed}
    return {text for text in found if re.fullmatch(pattern, text)}


def _span(count: str) -> tuple[int, int]:
    low, _, high = count.strip("{}").partition(",")
    return int(low), int(high or low)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "[",
        "[^A]",
        "[Z-A]",
        "[A-9]",
        "A{1",
        "A{3,1}",
        "A{1,99}",
        "A*",
        "A+",
        "A{1,}",
        "(?=A)7",
        "(?P<n>7)",
        "\\d",
        "^7",
        "7$",
        "7|",
        "",
        "a",
        "Ä7",
        ".",
        "\\A",
        "[]",
        "{2}",
        "((((((((((7{24}){24}){24}){24}){24})))))",
    ],
)
def test_patterns_that_are_never_taken(pattern: str) -> None:
    with pytest.raises(PatternError):
        check_pattern(pattern, GRAMMAR, 24)
