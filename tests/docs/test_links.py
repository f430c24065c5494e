"""Every link of every document leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.documents import REPOSITORY, anchors, documents, links, name


@pytest.mark.parametrize("document", documents(), ids=name)
def test_every_link_resolves(document: Path) -> None:
    for link in links(document):
        if link.startswith("https://"):
            continue
        place, _, anchor = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), f"{name(document)}: {link} leads nowhere"
        assert target.is_relative_to(REPOSITORY), f"{name(document)}: {link} leads out of the project"
        if anchor:
            assert target.suffix == ".md", f"{name(document)}: {link} has an anchor into what has none"
            assert anchor in anchors(target), f"{name(document)}: there is no heading for {link}"


def test_every_specification_and_decision_can_be_found() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for path in sorted((REPOSITORY / "docs" / "spec").glob("*.md")):
        assert name(path) in readme, f"the README does not lead to {name(path)}"
    numbers = [path.name[:4] for path in sorted((REPOSITORY / "docs" / "adr").glob("*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("document", sorted((REPOSITORY / "docs" / "adr").glob("*.md")), ids=name)
def test_every_decision_admits_its_costs(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    number = int(document.name[:4])
    assert text.startswith(f"# {number}. ")
    for heading in ("## Context", "## Decision", "## Costs", "## Not chosen"):
        assert f"\n{heading}\n" in text, f"{name(document)} has no {heading}"
    assert len(text.splitlines()) < 70, "an ADR is about fifty lines"
