"""The list of rooms in docs/architecture.md names all that there is."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def rooms() -> dict[str, str]:
    """What stands in the list of rooms, by its first word."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    listed = text.partition("## Rooms\n\n```\n")[2].partition("```")[0]
    return {found[1]: found[2] for found in re.finditer(r"^(\S+)((?:.*\n)(?: .*\n)*)", listed, re.MULTILINE)}


def inside(folder: Path) -> set[str]:
    """Modules and folders with modules, as the list writes them."""
    modules = {path.name for path in folder.glob("*.py") if not path.name.startswith("__")}
    return modules | {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}


def test_every_room_is_listed() -> None:
    assert set(rooms()) == inside(ROOT / "accord") | {"services/"}


def test_every_adapter_and_every_service_is_named() -> None:
    for room, folder in (("adapters/", ROOT / "accord" / "adapters"), ("services/", ROOT / "services")):
        missing = {one for one in inside(folder) if one not in rooms()[room]}
        assert not missing, room
