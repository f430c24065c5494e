"""What the documents of deploy/ tell a person to type can be typed, and names what is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from accord.cli import build
from tests.docs.commands import parsers
from tests.docs.compose import services
from tests.docs.documents import REPOSITORY, documents, name

PAGES = [path for path in documents() if name(path).startswith("deploy/") and path.name != "memorandum.md"]
_FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_UNIT = re.compile(r"\baccord-(?:[a-z]+-?)+(?=[\s`.,:;)]|$)")


def typed() -> list[tuple[str, str]]:
    """Every `accord` command of a page: lines of its blocks, and what stands between single backticks."""
    found = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        blocks = "\n".join(_FENCED.findall(text)).replace("\\\n", " ")
        lines = [line.strip() for line in blocks.splitlines()]
        inline = re.findall(r"`(accord [a-z][^`]*)`", _FENCED.sub("", text).replace("\n", " "))
        found += [(name(path), line) for line in (*lines, *inline) if line.startswith("accord ")]
    indented = re.findall(r"^    (accord .+)$", (REPOSITORY / "README.md").read_text(), re.MULTILINE)
    return found + [("README.md", line) for line in indented]


@pytest.mark.parametrize(("page", "line"), typed())
def test_every_command_can_be_typed(page: str, line: str) -> None:
    if line in {one.prog for one in parsers(build())}:
        return  # named, and not typed
    words = [word for word in shlex.split(line)[1:] if word != "..."]
    assert build().parse_known_args(words)[1] == []


def test_the_runbook_is_read_and_says_what_it_has_to() -> None:
    assert {page for page, _ in typed()} >= {
        "deploy/RUNBOOK.md",
        "deploy/README.md",
        "deploy/postgres/README.md",
        "README.md",
    }
    assert sum(page == "deploy/RUNBOOK.md" for page, _ in typed()) > 30
    text = (REPOSITORY / "deploy" / "RUNBOOK.md").read_text()
    for heading in (
        "Add an agency",
        "Rotate keys",
        "Restore an agency from a backup",
        "The broker is lost",
        "The disk is full",
        "An agency was offline for a month",
        "A log stopped",
        "Certificates expire",
        "Upgrade",
        "A retention accident on a log topic",
        "A second process",
    ):
        assert f"\n## {heading}\n" in text


def test_what_the_runbook_quotes_is_what_the_software_says() -> None:
    text = (REPOSITORY / "deploy" / "RUNBOOK.md").read_text()
    code = "".join(path.read_text() for path in sorted((REPOSITORY / "accord").rglob("*.py")))
    quoted = re.findall(r"`((?:the|another|this|entry) [^`]{20,})`", text)
    assert len(quoted) >= 7
    for one in quoted:
        for part in one.split(" N "):
            assert part.removeprefix("entry").strip() in code, one


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_units_files_and_services_that_are_named_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    units = {one.stem for one in (REPOSITORY / "deploy" / "systemd").iterdir() if one.is_file()}
    for line in re.findall(r"systemctl [^`\n]+", text):
        assert set(_UNIT.findall(line)) <= units, line
    for file in re.findall(r"(?<![\w/.])((?:deploy|services)/[\w./-]*\w)", text):
        assert (REPOSITORY / file).exists(), file
    for service in re.findall(r"docker compose (?:exec|logs) (?:--\w+ )*([a-z-]+)", text):
        assert service in services(), service
