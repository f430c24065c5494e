"""Prometheus' text exposition format, version 0.0.4: what a process counts, as lines of text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from math import inf

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True, frozen=True)
class Figure:
    """One number: its name, what it says, gauge or counter, and the labels that tell it from others of its name."""

    name: str
    about: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)
    kind: str = "gauge"


def exposition(figures: Iterable[Figure]) -> str:
    """All figures, those of one name together."""
    lines = []
    for name, several in groupby(sorted(figures, key=lambda one: one.name), key=lambda one: one.name):
        same = list(several)
        lines += [f"# HELP {name} {_escaped(same[0].about)}", f"# TYPE {name} {same[0].kind}"]
        lines += [f"{name}{_labels(one.labels)} {_number(one.value)}" for one in same]
    return "\n".join([*lines, ""])


def _number(value: float) -> str:
    return "+Inf" if value == inf else f"{value:.17g}"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    quoted = (
        f'{key}="{_escaped(value).replace(chr(34), chr(92) + chr(34))}"' for key, value in labels.items()
    )
    return "{" + ",".join(quoted) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")
