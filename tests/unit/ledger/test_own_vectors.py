"""The project's own vectors: one program makes them, another that shares nothing with it checks them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vectors import make_ledger

FOLDER = make_ledger.FOLDER
CHECKER = FOLDER.parent / "check_ledger.py"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-I",
        "-X",
        "utf8",
        str(CHECKER),
        str(folder),
    ]  # isolated: no accord by accident
    return subprocess.run(command, capture_output=True, encoding="utf-8")


def test_the_vectors_checked_in_are_those_that_are_made() -> None:
    made = make_ledger.everything()
    assert sorted(made) == sorted(path.name for path in FOLDER.iterdir())
    for name, text in made.items():
        assert (FOLDER / name).read_bytes() == text.encode(), f"{name}: run tests/vectors/make_ledger.py"


def test_the_checker_shares_nothing_with_the_maker() -> None:
    imported = set()
    for statement in ast.walk(ast.parse(CHECKER.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            imported.add((statement.module or "").split(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_the_checker_agrees_with_every_case() -> None:
    done = check(FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("tree", {"root": "00" * 32}),
        ("inclusion", {"valid": False}),
        ("consistency", {"valid": False}),
        ("checkpoint", {"expect": "malformed"}),
        ("cosignature", {"expect": "signature"}),
        ("files", {"written": []}),
        ("paths", {"width": 7}),
        ("bundles", {"entries": []}),
    ],
)
def test_the_checker_notices_a_wrong_case_in_every_file(
    name: str, change: dict[str, object], tmp_path: Path
) -> None:
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    cases = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    cases[0].update(change)
    (tmp_path / f"{name}.json").write_text(json.dumps(cases), encoding="utf-8")
    done = check(tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{name} 0:"), done.stdout + done.stderr


def test_the_specification_shows_a_head_that_is_in_the_vectors() -> None:
    specification = (FOLDER.parents[2] / "docs" / "spec" / "ledger.md").read_text(encoding="utf-8")
    first = json.loads((FOLDER / "checkpoint.json").read_text(encoding="utf-8"))[0]
    assert f"```\n{first['note']}```\n" in specification
