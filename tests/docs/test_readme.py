"""What the README tells a reader to type works, word for word."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import REPOSITORY, blocks

README = REPOSITORY / "README.md"
TWO_COMMANDS = ("make demo", "make test")


def make(*arguments: str) -> str:
    done = subprocess.run(["make", *arguments], cwd=REPOSITORY, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_two_commands_are_the_first_thing_to_type() -> None:
    text = README.read_text(encoding="utf-8")
    assert tuple(re.findall(r"^    (make \w+)", text, re.MULTILINE)) == TWO_COMMANDS


def test_the_two_commands_are_what_they_say() -> None:
    assert "accord demo" in make("--dry-run", "--always-make", "demo")
    assert "pytest" in make("--dry-run", "--always-make", "test")


def test_every_make_target_that_a_document_names_exists() -> None:
    known = {line.split()[0] for line in make("help").splitlines()}
    assert {"dev", "demo", "test", "lint", "fix", "bench", "wheel", "docs"} <= known
    for document in ("README.md", "CONTRIBUTING.md", ".ci/run", "deploy/README.md"):
        named = re.findall(r"(?:^    |`|^)make ([a-z]+)\b", (REPOSITORY / document).read_text(), re.MULTILINE)
        assert named, document
        assert set(named) <= known, f"{document} names {sorted(set(named) - known)}"


def test_ci_runs_the_readme_s_test_command() -> None:
    text = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
    for line in ("make test", "make lint", "make wheel"):
        assert f"\n{line}\n" in text


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A folder in which every block of the README was typed, one after the other, and what each printed."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "examples").symlink_to(REPOSITORY / "examples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ACCORD_")}
    said = []
    for block in blocks(README, "bash"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder,
            env={**environment, "PATH": path},
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        said.append(done.stdout)
    return folder, said


def test_every_block_can_be_typed_in_its_order(typed: tuple[Path, list[str]]) -> None:
    folder, said = typed
    assert len(said) >= 7
    assert (folder / "receipts.ndjson").read_text(encoding="utf-8").count('"receipt"') == 2


def test_the_readers_see_what_the_readme_says(typed: tuple[Path, list[str]]) -> None:
    _, said = typed
    prosecutor, _, rest = said[-2].partition("This agency may see no case")
    assert "charging_decision" in prosecutor
    assert "A2600104" in prosecutor
    assert rest, "probation sees a case of which it is no part"
    assert "OVERDUE" in rest
    assert "nothing is wrong" in said[-1]


def test_python_examples_in_the_documents_run() -> None:
    text = (REPOSITORY / "examples" / "walkthrough" / "README.md").read_text(encoding="utf-8")
    code = "\n".join(line[4:] for line in re.findall(r"^ {4}\S.*$|^ {8}\S.*$", text, re.MULTILINE))
    assert "generate(" in code
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "ArrestMade" in done.stdout
