"""docker-compose.yml as the tests read it: its services, and a folder that stands for their disks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.docs.documents import REPOSITORY

FILE = REPOSITORY / "docker-compose.yml"
DEPLOY = REPOSITORY / "deploy"


def services() -> dict[str, dict[str, Any]]:
    """Every service by name, with what it takes over from others filled in."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return found


def words(service: Mapping[str, Any]) -> list[str]:
    """What a service runs."""
    return [*service.get("entrypoint", ()), *service.get("command", ())]


def mounts(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What lies where in a service: the name of a volume or a path of the checkout, and where it is in the container."""
    for one in service.get("volumes", ()):
        source, target = one.split(":")[:2]
        yield source, target


class Disks:
    """A folder laid out as the containers see their volumes; each volume lies at one place in all who share it."""

    def __init__(self, root: Path, *named: str) -> None:
        self.root = root
        self._targets = {target for name in named for _, target in mounts(services()[name])}
        for name in named:
            for source, target in mounts(services()[name]):
                self._lay(source, root / target.lstrip("/"))

    def _lay(self, source: str, place: Path) -> None:
        if not source.startswith("./"):
            place.mkdir(parents=True, exist_ok=True)
        elif not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to((REPOSITORY / source).resolve())

    def here(self, value: str) -> str:
        """A path of the containers as a path of this machine; anything else as it is."""
        if any(
            f"{target}/".startswith(f"{value}/") or value.startswith(f"{target}/") for target in self._targets
        ):
            return str(self.root / value.lstrip("/"))
        return value
