"""What is wrong with a schema or the register: the file, the field, the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from accord.errors import SchemaRefused


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong. `file` is relative to the schema folder; `field` is "" where it is the whole file."""

    file: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.reason}" if self.field else f"{self.file}: {self.reason}"


def refuse(faults: Iterable[Fault]) -> None:
    """Raise one `SchemaRefused` that lists every fault, one to a line; do nothing where there is none."""
    lines = [str(fault) for fault in sorted(set(faults))]
    if lines:
        raise SchemaRefused(
            "\n".join(lines),
            advice="mend the schema or the register; `accord schemas check` lists what is wrong",
        )
