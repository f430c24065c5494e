"""What became of an input: counts, for the agency's own eyes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

SHOWN = 50
WIDTH = 60


@dataclass
class Report:
    """Every row of an input, accounted for: `rows` = taken + nothing + refused, plus those not selected.

    `events` per kind; `nothing` and `refused` per reason, in rows; `flags` per check; `translated` per
    translation and code, in values; `unspecified` per translation and source code (at most 50 codes of
    each, cut to 60 characters); `differing` per field of grouped events that the rows did not agree on.
    """

    mapping: str
    rows: int = 0
    not_selected: int = 0
    taken: int = 0
    groups: int = 0
    events: Counter[str] = field(default_factory=Counter)
    nothing: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    translated: dict[str, Counter[str]] = field(default_factory=dict)
    unspecified: dict[str, Counter[str]] = field(default_factory=dict)
    differing: Counter[str] = field(default_factory=Counter)

    def unknown(self, translation: str, source: str) -> None:
        """Count one source code that has no row in its translation."""
        counter = self.unspecified.setdefault(translation, Counter())
        shown = source[:WIDTH]
        counter[shown if shown in counter or len(counter) < SHOWN else "(more codes)"] += 1

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values, most frequent first."""
        return {
            "mapping": self.mapping,
            "rows": self.rows,
            "not_selected": self.not_selected,
            "taken": self.taken,
            "groups": self.groups,
            "events": _sorted(self.events),
            "nothing": _sorted(self.nothing),
            "refused": _sorted(self.refused),
            "flags": _sorted(self.flags),
            "translated": {name: _sorted(counts) for name, counts in sorted(self.translated.items())},
            "unspecified": {name: _sorted(counts) for name, counts in sorted(self.unspecified.items())},
            "differing": _sorted(self.differing),
        }


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
