"""The project speaks of its own work only: not of how or where it was written, and of no machine."""

from __future__ import annotations

import re

from tests.docs.documents import REPOSITORY, files, name

# Written apart, so that this file does not hold them.
_APART = (
    r"/work" r"/",
    r"/tmp" r"/(accord|h)",
    r"\bhel" r"pers?\b",
    r"\b(this|an earlier|earlier|a later|later|next|previous) (iss" r"ue|ses" r"sion)s?\b(?! (missed|of the programme))",
    r"\biss" r"ue #?\d",
    r"\bsub-?ag" r"ents?\b",
    r"\bprom" r"pt(ed)? (engineering|by)\b",
    r"\bpy" r"pi\.org",
    r"registry\.npm" r"js",
    r"proxy\.go" r"lang",
    r"\bTO" r"DO\b|\bFIX" r"ME\b",
)  # fmt: skip
_FORBIDDEN = re.compile("|".join(_APART), re.IGNORECASE)
_SUFFIXES = (
    ".py",
    ".md",
    ".toml",
    ".sql",
    ".avsc",
    ".sh",
    ".service",
    ".timer",
    ".conf",
    ".yml",
    ".yaml",
    ".json",
    "",
)


def test_nothing_speaks_of_how_it_was_written() -> None:
    found = []
    for path in files(*_SUFFIXES):
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [
            f"{name(path)}:{text[: one.start()].count(chr(10)) + 1}: {one[0]}"
            for one in _FORBIDDEN.finditer(text)
        ]
    assert not found, "\n".join(found)


def test_the_licence_is_whole() -> None:
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_changelog_has_security_first() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        headings = re.findall(r"^### (\w+)", version, re.MULTILINE)
        assert "Security" not in headings[1:], "Security comes first"
