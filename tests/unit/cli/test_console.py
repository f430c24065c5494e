"""What a command says, and where: answers on one stream, progress and notes on the other."""

from __future__ import annotations

import io
import json

from accord.cli.console import Console
from accord.errors import IntakeRefused


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_terminals_only() -> None:
    err = io.StringIO()
    Console(io.StringIO(), err, as_json=False).progress("police: 3 entries verified")
    assert err.getvalue() == ""


def test_progress_is_wiped_before_anything_else_is_said() -> None:
    out, err = io.StringIO(), Terminal()
    console = Console(out, err, as_json=False)
    console.progress("one")
    console.progress("two, too soon after")
    console.answer({}, "done")
    console.note("and a note")
    assert err.getvalue() == "\r\x1b[Kone\r\x1b[Kaccord: and a note\n"
    assert out.getvalue() == "done\n"


def test_notes_are_not_said_with_json_and_errors_are_one_object() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err, as_json=True)
    console.note("a note")
    console.line({"n": 1}, "text")
    console.failed(IntakeRefused("is required", where="data", advice="Give it."))
    assert json.loads(out.getvalue()) == {"n": 1}
    assert json.loads(err.getvalue()) == {
        "error": "IntakeRefused",
        "where": "data",
        "message": "is required",
        "advice": "Give it.",
        "exit_code": 2,
    }


def test_an_error_without_a_place_has_only_its_message() -> None:
    err = io.StringIO()
    Console(io.StringIO(), err, as_json=False).failed(IntakeRefused("an event is a JSON object"))
    assert err.getvalue() == "accord: an event is a JSON object\n"
