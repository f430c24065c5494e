"""Every attack that the documentation speaks of is there, and is one test of its name."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NAMED = re.compile(r"`(test_\w+)::(test_\w+)`")


def test_every_attack_that_is_named_is_tried() -> None:
    named = _NAMED.findall((ROOT / "docs" / "attacks.md").read_text(encoding="utf-8"))
    assert len(named) == len(set(named)) >= 30
    for file, test in named:
        text = (ROOT / "tests" / "attack" / f"{file}.py").read_text(encoding="utf-8")
        assert f"\ndef {test}(" in text, f"{file}::{test}"


def test_every_promise_about_members_is_in_the_documentation() -> None:
    said = (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8")
    text = (ROOT / "tests" / "attack" / "test_promise_members_are_held.py").read_text(encoding="utf-8")
    left = [one for one in re.findall(r"^def (test_promise_\w+)", text, re.MULTILINE) if one not in said]
    assert left == ["test_promise_a_control_entry_has_a_time_that_can_be_shown"]
