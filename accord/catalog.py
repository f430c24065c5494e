"""Finds the data that a board reads (schemas, projections, examples), in a wheel or in a checkout."""

from __future__ import annotations

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


def examples() -> Path:
    """The folder of example memoranda, mappings and the walkthrough."""
    return _folder("examples")
