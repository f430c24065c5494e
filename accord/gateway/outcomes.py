"""What becomes of a group of submissions."""

from __future__ import annotations

from dataclasses import dataclass

from accord.gateway.receipt import Receipt
from accord.gateway.submission import Group


@dataclass(slots=True, frozen=True)
class Accepted:
    """A group is in the log; one receipt for each of its submissions."""

    group: Group
    receipts: tuple[Receipt, ...]
    repeated: bool


@dataclass(slots=True, frozen=True)
class Refusal:
    """A group was refused and has left no trace; `where` names the field or column, `reason` never a value."""

    group: Group
    where: str | None
    reason: str
    advice: str | None


@dataclass(slots=True, frozen=True)
class Waiting:
    """A group is held until the citation in `field` can be resolved."""

    group: Group
    field: str


Outcome = Accepted | Refusal | Waiting
