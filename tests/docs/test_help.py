"""Help teaches, its examples are commands that exist, and the page of commands says the same."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shlex

import pytest

from accord.cli import build, main
from tests.docs.commands import PAGE, page, parsers

ALL = list(parsers(build()))
RUN = [one for one in ALL if one.get_default("command") is not None]


def words(text: str) -> str:
    return " ".join(text.split())


def examples() -> list[str]:
    found = [
        line.strip()
        for one in ALL
        for line in (one.epilog or "").splitlines()
        if re.match(r"  (.*\| )?accord ", line)
    ]
    assert len(found) > len(RUN)
    return found


def test_the_page_of_commands_is_what_help_says() -> None:
    # Line breaks of the usage lines differ between versions of Python.
    assert words(PAGE.read_text(encoding="utf-8")) == words(page()), "run: python -m tests.docs.commands"


@pytest.mark.parametrize("parser", RUN, ids=lambda one: one.prog)
def test_every_command_has_an_example_of_itself(parser: argparse.ArgumentParser) -> None:
    assert re.search(rf"^  (.*\| )?{parser.prog}\b", parser.epilog or "", re.MULTILINE)


@pytest.mark.parametrize("parser", RUN, ids=lambda one: one.prog)
def test_every_command_answers_in_json_and_says_what_its_words_are(parser: argparse.ArgumentParser) -> None:
    assert "--json" in parser.format_help()
    for action in parser._actions:
        assert action.help, f"{parser.prog} {action.dest}"


@pytest.mark.parametrize("line", examples())
def test_every_example_can_be_typed(line: str) -> None:
    typed = re.sub(r"\s{2,}.*$|^.*\| ", "", line).replace("...", "more.json").split(" > ")[0]
    typed = typed.replace("COMMAND", "emit")
    if "--help" in typed:
        return
    arguments, rest = build().parse_known_args(shlex.split(typed)[1:])
    assert rest == []
    assert callable(arguments.command)


@pytest.mark.parametrize("prog", [one.prog for one in ALL])
def test_help_is_printed_and_ends_well(prog: str) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as caught:
        main([*prog.split()[1:], "--help"], {})
    assert caught.value.code == 0
    assert out.getvalue().startswith("usage: accord")


def test_the_commands_are_those_that_were_agreed() -> None:
    agreed = "demo init emit sync cases case list overdue alarms replay verify digest"
    agreed += " schemas memorandum keys broker serve store"
    below = {
        "memorandum": "check show diff enrol sign adopt",
        "keys": "show renew",
        "schemas": "check record",
        "broker": "certificates prepare check",
        "store": "prepare",
    }
    known = {one.prog.removeprefix("accord ") for one in ALL[1:]}
    expected = set(agreed.split()) | {
        f"{word} {name}" for word, names in below.items() for name in names.split()
    }
    assert known == expected


def test_help_is_no_wider_than_a_terminal_likes() -> None:
    assert max(len(line) for one in ALL for line in one.format_help().splitlines()) <= 120
