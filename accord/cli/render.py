"""Answers as text for people: tables, the list of cases, what is overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accord.schema import time_to_json

SHORT = 12  # hex digits of a file id that people are shown; six are enough to name it
_STATES = ("overdue", "due", "late", "silent")
_SAID = {
    "overdue": "OVERDUE since",
    "due": "due by",
    "late": "late, was due",
    "silent": "log silent; due",
}


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, columns as wide as their widest cell."""
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (heads, *rows)
    ]
    return [line.rstrip() for line in lines]


def instant(micros: int) -> str:
    """A time in ISO 8601, UTC."""
    return time_to_json(micros)


def local(text: str, zone: ZoneInfo) -> str:
    """A time in ISO 8601 as local clocks showed it, to the minute."""
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def cases(found: Sequence[dict[str, Any]]) -> str:
    """Every case on a line."""
    if not found:
        return "This agency may see no case yet. `accord sync` receives what others have published."
    rows = [
        [
            case["files"][0]["file"][:SHORT] if len(case["files"]) == 1 else case["case"][:SHORT],
            case["class"],
            case["first_on"],
            case["last_on"],
            str(case["events"]),
            ", ".join(dict.fromkeys(one["origin"] for one in case["files"])),
            ", ".join(case["names"]),
        ]
        for case in found
    ]
    heads = ["case", "class", "first", "last", "events", "published by", "known here as"]
    return "\n".join([*table(heads, rows), f"{len(found)} case(s) and files"])


def overdue(found: dict[str, Any], zone: ZoneInfo) -> str:
    """What is due or overdue, by the agency that owes it."""
    counts = ", ".join(f"{number} {state}" for state, number in found["states"].items()) or "no promise yet"
    lines = [f"As of {local(found['as_of'], zone)} ({zone.key}): {counts}"]
    owed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found["obligations"]:
        owed[row["owner"] or "nobody named"].append(row)
    for owner in sorted(owed):
        lines += ["", owner]
        rows = sorted(owed[owner], key=lambda row: (_STATES.index(row["state"]), row["due"], row["event"]))
        lines += [_promise(row, zone) for row in rows]
    if found["findings"]:
        lines += ["", "Something is missing before these events"]
        lines += [
            f"  {one['finding']} (clause {one['clause']}): {one['origin']}, case {one['file'][:SHORT]}, {one['occurred_on']}"
            for one in found["findings"]
        ]
    lines += ["", *_unsure(found)]
    return "\n".join(lines).rstrip()


def _promise(row: dict[str, Any], zone: ZoneInfo) -> str:
    when = f"{_SAID[row['state']]} {local(row['due'], zone)}"
    about = f"case {row['file'][:SHORT]} of {row['origin']}"
    return f"  {when:<32}  {row['rule']} (clause {row['clause']}), {about}: {row['why']}"


def _unsure(found: dict[str, Any]) -> list[str]:
    """What nobody should take for silence: logs not heard of, promises that cannot be computed here."""
    lines = []
    if found["silent_logs"]:
        lines.append(f"Logs silent for more than a day: {', '.join(found['silent_logs'])}")
    if found["not_computed"]:
        several = ", ".join(f"{rule} ({number})" for rule, number in found["not_computed"].items())
        lines.append(f"Cannot be computed from what this role reads: {several}")
    lines += [f"Not computed: {rule}: {reason}" for rule, reason in found["not_computable"].items()]
    return lines
