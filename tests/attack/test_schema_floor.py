"""A register that a board, or somebody in its name, has changed: what it may not let through, named."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.schema import Vocabulary, own_vocabulary
from accord.schema.floor import ALLOWED, BARRED, CITATIONS, NUMBERS
from tests.unit.schema.sandbox import Sandbox


def regrammar(box: Sandbox, section: str, grammar: str) -> None:
    widest = NUMBERS if section == "numbers" else CITATIONS
    box.register(f"grammar = '{widest.grammar}'", f"grammar = '{grammar}'")


@pytest.mark.parametrize(
    "grammar", ["(?s:.*)", ".*", "[A-Z ]{1,20}", "[A-Z]{5}[0-9]", "[A-Z]{1,4}", "[a-z]{1,4}[0-9]", "[0-9]+"]
)
@pytest.mark.parametrize("section", ["numbers", "citations"])
def test_a_grammar_that_could_hold_a_story_is_refused(tmp_path: Path, section: str, grammar: str) -> None:
    box = Sandbox(tmp_path)
    regrammar(box, section, grammar)
    (reason,) = box.reasons(f"{section}.grammar")
    assert "could hold free text" in reason


@pytest.mark.parametrize("grammar", ["(", "[0-9", "5{", "(" * 50_000 + ")" * 50_000, "[0-9]{99999999999}"])
def test_a_grammar_that_is_none_is_a_fault(tmp_path: Path, grammar: str) -> None:
    box = Sandbox(tmp_path)
    regrammar(box, "numbers", grammar)
    assert box.reasons("numbers.grammar")


@pytest.mark.parametrize(
    ("section", "grammar"), [("numbers", "[A-Z]{2}[0-9]{1,6}"), ("citations", "[0-9]{1,4}:[0-9]{1,3}")]
)
def test_a_register_may_narrow_a_grammar(tmp_path: Path, section: str, grammar: str) -> None:
    box = Sandbox(tmp_path)
    regrammar(box, section, grammar)
    assert box.faults() == []


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("longest = 24", "longest = 2000", "numbers.longest"),
        ("letters_in_a_run = 4", "letters_in_a_run = 24", "numbers.letters_in_a_run"),
        ("longest = 120", "longest = 5000", "citations.longest"),
    ],
)
def test_longer_strings_are_refused(tmp_path: Path, old: str, new: str, name: str) -> None:
    box = Sandbox(tmp_path)
    box.register(old, new)
    (reason,) = box.reasons(name)
    assert "free text" in reason


@pytest.mark.parametrize(
    ("group", "word"), [(group, word) for group in BARRED for word in sorted(BARRED[group])]
)
def test_no_barred_word_of_the_floor_can_be_given_up(tmp_path: Path, group: str, word: str) -> None:
    from accord.schema.register import read

    text = (Sandbox(tmp_path).folder / "register.toml").read_text()
    head, told, rest = text.partition(f"\n{group} = [")
    body, end, rest = rest.partition("]\n")
    left = f"{head}{told}{body.replace(f'{chr(34)}{word}{chr(34)},', '', 1)}{end}{rest}"
    assert left != text
    _, faults = read(left.encode())
    assert any(one.field == f"barred.{group}" and word in one.reason for one in faults)


@pytest.mark.parametrize("name", ["victim_wish", "her_wish", "witness_present", "home_address", "ex_agreed"])
def test_no_register_can_allow_a_name_with_a_word_of_the_floor(tmp_path: Path, name: str) -> None:
    box = Sandbox(tmp_path)
    box.register("[barred.allowed]\n", f'[barred.allowed]\n{name} = "harmless, we think"\n')
    (reason,) = box.reasons(f"barred.allowed.{name}")
    assert "no register may allow" in reason


def test_a_word_of_the_registers_own_may_be_allowed_with_a_reason(tmp_path: Path) -> None:
    box = Sandbox(tmp_path)
    box.register("[barred.allowed]\n", '[barred.allowed]\nvillage_panel = "a body of elders"\n')
    assert box.faults() == []
    assert Vocabulary.load(box.folder).barred_word("village_panel") is None


def test_what_is_allowed_is_the_vocabularys_own() -> None:
    assert own_vocabulary().barred.allowed.keys() == ALLOWED
