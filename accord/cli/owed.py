"""What is due, overdue or late as text for people: by the agency that owes it, by clause, the oldest first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from accord.cli.render import local, table
from accord.projection import File

OLDEST = 10
_SAID = {
    "overdue": "OVERDUE since",
    "due": "due by",
    "late": "late, was due",
    "silent": "log silent; due",
}
_UNANSWERED = ("overdue", "due", "silent")
Row = dict[str, Any]


def overdue(found: Row, zone: ZoneInfo, words: Mapping[File, str], *, every: bool = False) -> str:
    """What is due or overdue, by the agency that owes it; `every`: each promise, not only the oldest.

    `words` are what the files are called.
    """
    counts = ", ".join(f"{number} {state}" for state, number in found["states"].items()) or "no promise yet"
    lines = [f"As of {local(found['as_of'], zone)} ({zone.key}): {counts}"]
    owed: dict[str, list[Row]] = defaultdict(list)
    for row in found["obligations"]:
        owed[row["owner"] or "nobody named"].append(row)
    for owner in sorted(owed):
        lines += ["", owner, *_summary(owed[owner]), *_oldest(owed[owner], zone, words, every)]
    if found["findings"]:
        lines += ["", "Something is missing before these events", *_findings(found["findings"], words, every)]
    lines += ["", *_unsure(found)]
    return "\n".join(lines).rstrip()


def _summary(rows: list[Row]) -> list[str]:
    """The promises of one agency by clause, with how many are in each state and why they were made."""
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row["clause"], row["rule"], row["why"]][row["state"]] += 1
    order = sorted(counts.items(), key=lambda one: ([int(part) for part in one[0][0].split(".")], one[0]))
    cells = [
        [f"  {clause}", rule, *(str(states[state] or "-") for state in _SAID), why]
        for (clause, rule, why), states in order
    ]
    return table(["  clause", "promise", *_SAID, ""], cells)


def _oldest(rows: list[Row], zone: ZoneInfo, words: Mapping[File, str], every: bool) -> list[str]:
    order = list(_SAID)
    chosen = [row for row in rows if every or row["state"] in _UNANSWERED]
    chosen.sort(key=lambda row: (order.index(row["state"]), row["due"], row["event"]))
    shown = chosen if every else chosen[:OLDEST]
    lines = [_promise(row, zone, words) for row in shown]
    if len(shown) < len(chosen):
        lines.append(f"  and {len(chosen) - len(shown)} more that are not answered; --all shows every one")
    return lines


def _promise(row: Row, zone: ZoneInfo, words: Mapping[File, str]) -> str:
    when = f"{_SAID[row['state']]} {local(row['due'], zone)}"
    publisher = (
        row["owner"] if "recipient" in row else row["origin"]
    )  # a grant is owed by the publisher of the file
    about = f"case {words[publisher, row['file']]} of {publisher}"
    to = f" to {row['recipient']}" if "recipient" in row else ""
    return f"  {when:<32}  {row['rule']}{to} (clause {row['clause']}), {about}"


def _findings(rows: list[Row], words: Mapping[File, str], every: bool) -> Iterator[str]:
    for one in rows if every else rows[:OLDEST]:
        about = f"{one['origin']}, case {words[one['origin'], one['file']]}, {one['occurred_on']}"
        yield f"  {one['finding']} (clause {one['clause']}): {about}"
    if not every and len(rows) > OLDEST:
        yield f"  and {len(rows) - OLDEST} more; --all shows every one"


def _unsure(found: Row) -> list[str]:
    """What nobody should take for silence: logs not heard of, promises that cannot be computed here."""
    lines = []
    if found["silent_logs"]:
        lines.append(f"Logs silent for more than a day: {', '.join(found['silent_logs'])}")
    if found["not_computed"]:
        several = ", ".join(f"{rule} ({number})" for rule, number in found["not_computed"].items())
        lines.append(f"Cannot be computed from what this role reads: {several}")
    lines += [f"Not computed: {rule}: {reason}" for rule, reason in found["not_computable"].items()]
    return lines
