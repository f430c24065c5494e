"""A demonstration's result as a page of text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

WIDTH = 120
_ID = re.compile("[0-9a-f]{32,}")
_MOST_EVENTS = 14
_MOST_OVERDUE = 10
_MOST_REASONS = 12


def render(result: dict[str, Any], *, kept: bool = True) -> str:
    """The result of `run` as text for a person; without `kept`, its homes cannot be opened again."""
    parts = [_head, _timelines, _overdue, _roles, _refused, *([_next] if kept else [])]
    pages = ["\n".join(part(result)) for part in parts]
    return "\n\n".join(page for page in pages if page)


def _head(result: dict[str, Any]) -> Iterator[str]:
    view = result["view"]
    yield f"Accord demonstration: {result['example']}, in {result['home']}"
    yield f"{len(result['agencies'])} agencies, {_where(result['processes'])}; in earnest each has a machine of its own."
    yield ""
    yield (
        f"{result['cases']} cases, {result['emitted']} events emitted, {result['rejected']} rejected,"
        f" {result['waiting']} waiting, in {result['seconds']} s"
    )
    entries = sum(one["entries"] for one in result["agencies"].values())
    said = "every log verified" if result["verified"] else f"{len(result['faults'])} FAULTS"
    yield f"{entries} log entries, {said}; seen by {view['agency']} as of {result['as_of']}"
    for fault in result["faults"][:10]:
        yield f"  fault: {fault['home']}: {fault['log']} {fault['index']}: {fault['file']}: {fault['reason']}"


def _where(processes: int) -> str:
    if processes == 1:
        return "all in this one process"
    return f"all on this machine, publishing from one process and receiving in {processes}"


def _timelines(result: dict[str, Any]) -> Iterator[str]:
    view = result["view"]
    yield f"What {view['agency']} sees: {view['cases']} cases made of {view['files']} files"
    for case in view["timelines"]:
        yield ""
        yield f"case {case['case']} ({case['files']} files)"
        for event in case["events"][:_MOST_EVENTS]:
            yield _cut(f"  {event['occurred_on']}  {event['origin']:<12}{event['kind']:<24}{_fields(event)}")
        if len(case["events"]) > _MOST_EVENTS:
            yield f"  and {len(case['events']) - _MOST_EVENTS} events more"
        for row in case["missing"][:3]:
            yield _cut(
                f"  MISSING     {row['owner'] or '?':<12}{row['rule']}, due {row['due'][:10]}: {row['why']}"
            )


def _fields(event: dict[str, Any]) -> str:
    """What can be read, then how many fields are in each other state."""
    read: list[str] = []
    other: dict[str, int] = {}
    for name, field in event["fields"].items():
        if field["state"] == "readable":
            read.append(f"{name}={_value(field['value'])}")
        else:
            other[field["state"]] = other.get(field["state"], 0) + 1
    rest = ", ".join(f"{count} {state}" for state, count in other.items())
    status = "" if event["status"] == "in force" else f"[{event['status']}] "
    return f"{status}{f'({rest}) ' if rest else ''}{' '.join(read)}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("value"))
    if isinstance(value, list):
        return "+".join(map(_value, value))
    text = str(value)
    return text[:6] + "…" if _ID.fullmatch(text) else text


def _overdue(result: dict[str, Any]) -> Iterator[str]:
    rows = result["view"]["overdue"]
    yield f"Overdue: {sum(row['overdue'] for row in rows)} promises"
    for row in rows[:_MOST_OVERDUE]:
        owner = row["owner"] or "?"
        yield _cut(
            f"  {row['overdue']:>6}  {owner:<12}{row['rule']} ({row['clause']}), since {row['oldest_due'][:10]}"
        )
        yield _cut(f"          {row['why']}")
    if len(rows) > _MOST_OVERDUE:
        yield f"  and {sum(row['overdue'] for row in rows[_MOST_OVERDUE:])} promises of other kinds"
    for name, count in result["view"]["findings"].items():
        yield f"  {count:>6}  found: {name}"
    if silent := result["view"]["silent_logs"]:
        yield f"  logs silent for a day, of which nothing is called overdue: {', '.join(silent)}"


def _roles(result: dict[str, Any]) -> Iterator[str]:
    yield "Fields that each role opened and was denied"
    for role, seen in result["roles"].items():
        yield (
            f"  {role:<18}{seen['opened']:>9} opened {seen['withheld']:>9} withheld"
            f"   digest {seen['digest'][:16]}   ({seen['agency']})"
        )


def _refused(result: dict[str, Any]) -> Iterator[str]:
    if result["rejected_because"]:
        yield f"Rejected: {result['rejected']}"
    for reason, count in list(result["rejected_because"].items())[:_MOST_REASONS]:
        yield _cut(f"  {count:>6}  {reason}")
    if result["waiting_for"]:
        yield f"Waiting for what they cite: {result['waiting']}"
    for reason, count in result["waiting_for"].items():
        yield _cut(f"  {count:>6}  {reason}")


def _next(result: dict[str, Any]) -> Iterator[str]:
    view, home = result["view"], result["home"]
    first = view["timelines"][0]["case"] if view["timelines"] else "REF"
    yield "Where to look next"
    yield f"  accord cases --home {home}/{view['agency']}"
    yield f"  accord case {first} --home {home}/{view['agency']}"
    yield f"  accord overdue --home {home}/{view['agency']}"
    yield f"  accord replay {first} --as-of {result['as_of'][:10]} --as court --home {home}/{view['agency']}"
    yield f"  accord verify --home {home}/{view['agency']}"


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
