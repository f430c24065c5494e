"""Finds what a board reads (schemas, projections, examples) in a wheel or a checkout; reads the stores' SQL steps."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    inside_wheel = _PACKAGE / "_data" / name
    return inside_wheel if inside_wheel.is_dir() else _PACKAGE.parent / name


def schemas() -> Path:
    """The folder of Avro schemas and the register of fields."""
    return _folder("schemas")


def projections() -> Path:
    """The folder of projections, one SQL file per role."""
    return _folder("projections")


def steps(room: str, folder: str) -> tuple[str, ...]:
    """The numbered SQL scripts by which a room's store is made and brought from version to version, in order.

    A script that was released never changes; what comes after it is a new one.
    """
    scripts = (one for one in resources.files(room).joinpath(folder).iterdir() if one.name.endswith(".sql"))
    return tuple(one.read_text(encoding="utf-8") for one in sorted(scripts, key=lambda one: one.name))


def examples() -> Path:
    """The folder of example memoranda, mappings and the walkthrough."""
    return _folder("examples")
