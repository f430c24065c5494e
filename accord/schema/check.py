"""`accord schemas check`: the register, every schema, their history, and the generated models."""

from __future__ import annotations

from pathlib import Path

from accord.schema.evolution import history
from accord.schema.faults import Fault
from accord.schema.generate import drift
from accord.schema.lint import look
from accord.schema.vocabulary import Vocabulary


def check(folder: Path, models: Path | None = None) -> list[Fault]:
    """Every fault of a schema folder, sorted; with `models`, also whether that module has drifted.

    Raises `SchemaRefused` where the folder cannot be read at all.
    """
    found = look(folder)
    faults = {*found.faults, *history(folder, found)}
    if models is not None and not found.faults:
        faults.update(drift(Vocabulary.of(found), models))
    return sorted(faults)
