"""What an inspection of a wire says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Fault:
    """Something on a wire that is not as it must be.

    `log` is the publisher's slug, empty where the file is nobody's; `index` the first entry concerned, where
    it can be told; `file` the path below the wire's root. `reason` never holds a value.
    """

    log: str
    index: int | None
    file: str
    reason: str

    def __str__(self) -> str:
        where = self.log or "the wire"
        entry = "" if self.index is None else f", entry {self.index}"
        return f"{where}{entry}: {self.file}: {self.reason}"


class Unreached(Fault):
    """What could not be read now, since whoever serves it cannot be reached: nothing is wrong, nor is it right."""


@dataclass(slots=True, frozen=True)
class Progress:
    """How much of a log has been read: `done` of its `size` entries. The last one of a log has both alike."""

    log: str
    done: int
    size: int
