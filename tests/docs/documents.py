"""Every document of the project, and what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_SKIPPED = {".venv", ".git", "node_modules", "dist", "build", "demo", ".hypothesis", "__pycache__"}
_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")


def files(*suffixes: str) -> Iterator[Path]:
    """The project's own files with one of these suffixes, sorted."""
    for path in sorted(REPOSITORY.rglob("*")):
        inside = path.relative_to(REPOSITORY).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in inside)
        if path.suffix in suffixes and path.is_file() and not hidden and not _SKIPPED & set(inside):
            yield path


def documents() -> list[Path]:
    """Every Markdown file."""
    return list(files(".md"))


def name(path: Path) -> str:
    """A file as a person would name it."""
    return path.relative_to(REPOSITORY).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return [text for kind, text in _FENCE.findall(path.read_text(encoding="utf-8")) if kind == language]


def links(path: Path) -> list[str]:
    """The targets of every link outside code."""
    bare = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", path.read_text(encoding="utf-8")))
    return _LINK.findall(bare)


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as the usual web faces of git make them."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#{1,6} +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
