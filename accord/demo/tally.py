"""What became of what the agencies handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """Counts over a whole demonstration.

    `emitted` counts receipts (one for each event that an agency handed in and that is in its log), `rejected` refused
    rows (of tables) or refused events (where there are no rows), `waiting` events that still wait for what they cite.
    `tables` holds a report for each mapping.
    """

    cases: int = 0
    emitted: int = 0
    rejected: int = 0
    waiting: int = 0
    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)
    tables: list[Mapping[str, Any]] = field(default_factory=list)

    def refuse(self, who: str, where: str | None, reason: str, count: int = 1) -> None:
        """Count refused rows or events; the reason names no value."""
        self.rejected += count
        self.reasons[f"{who}: {where or '(row)'}: {reason}"] += count
