"""One case as a timeline, every field with its state.

A value stands after its field's name. Every other state has words of its own, so that none is taken for another:

    = value   - not stated   x withheld   ? awaiting key   # may only be counted   s sealed   e expunged   ! not understood
    ~ another role's state, where this home cannot open the value itself
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from accord.bootstrap import SHORT
from accord.cli.render import local

_MARKS = {
    "not stated": "-",
    "withheld": "x",
    "awaiting key": "?",
    "counted": "#",
    "sealed": "s",
    "expunged": "e",
    "not understood": "!",
    "readable": "=",
}
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z")
_WORDS = {"counted": "may only be counted"}


def case(found: Mapping[str, Any], zone: ZoneInfo, title: str | None = None) -> str:
    """A case of `Views.case` or of `replay` as text; times as local clocks showed them."""
    lines = [f"Case {found['case'][:SHORT]}, {title or 'as of ' + local(found['as_of'], zone)} ({zone.key})"]
    lines += [f"  file {one['file'][:SHORT]} of {one['origin']}" for one in found["files"]]
    values = _Values(
        zone, {one["event"]: f"{one['kind']} of {one['occurred_on']}" for one in found["events"]}
    )
    for event in found["events"]:
        lines += ["", *_event(event, zone, values)]
    lines += ["", *_absent(found, zone)]
    return "\n".join(lines).rstrip()


def _event(event: Mapping[str, Any], zone: ZoneInfo, values: _Values) -> Iterator[str]:
    when = local(event["occurred_at"], zone) if event["occurred_at"] else event["occurred_on"]
    yield f"{when:<16}  {event['kind']}  ({event['origin']}, entry {event['index']}){_status(event)}"
    yield f"    recorded {local(event['recorded_at'], zone)}, file {event['file'][:SHORT]}, event {event['event'][:SHORT]}"
    if event["supersedes"]:
        yield f"    corrects {event['supersedes'][:SHORT]}: {event['correction_reason']}"
    if event.get("granted_under"):
        yield f"    granted under clause {event['granted_under']}"
    if event.get("shown") is False:
        yield "    x not shown to them: no grant opened this event"
        return
    yield from _fields(event["fields"], zone, values)


def _status(event: Mapping[str, Any]) -> str:
    if event["status"] != "in force":
        by = f" by {event['superseded_by'][:SHORT]}" if event["superseded_by"] else ""
        return f"  [{event['status']}{by}]"
    if not event["understood"]:
        return "  [not understood: newer than this software]"
    return "  [unexpected: what should come before it is not here]" if event.get("unexpected") else ""


def _fields(fields: Mapping[str, Mapping[str, Any]], zone: ZoneInfo, values: _Values) -> Iterator[str]:
    others: dict[str, list[str]] = defaultdict(list)
    for name, field in fields.items():
        if "value" in field:
            yield f"    = {name:<22}{values.text(field['value'])}"
        else:
            others[_state(field, zone)].append(name)
    for state, names in others.items():
        yield f"    {state}: {', '.join(names)}"


def _state(field: Mapping[str, Any], zone: ZoneInfo) -> str:
    state = field["state"]
    said = _WORDS.get(state, state)
    if "since" in field:
        said = f"awaiting key from {field['from']} since {local(field['since'], zone)}"
    if "here" in field:
        said = f"readable there; here {_WORDS.get(field['here'], field['here'])}"
        return f"~ {said}"
    return f"{_MARKS.get(state, '!')} {said}"


class _Values:
    """Values as people read them: local times, and events of the case by what they are."""

    def __init__(self, zone: ZoneInfo, events: Mapping[str, str]) -> None:
        self._zone, self._events = zone, events

    def text(self, value: Any) -> str:
        """One value on a line."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, dict):
            return f"{value['value']} ({value['kind']} number of {value['issuer']})"
        if isinstance(value, list):
            return ", ".join(map(self.text, value)) or "none"
        if isinstance(value, str) and _TIME.fullmatch(value):
            return local(value, self._zone)
        if value in self._events:
            return f"{self._events[value]}, event {value[:SHORT]}"
        return str(value)


def _absent(found: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """What should be here and is not, and what may be here and has not been heard."""
    for word, key in (("MISSING", "missing"), ("LOG SILENT", "silent")):
        for row in found.get(key, ()):
            due = local(row["due"], zone)
            yield f"{word}: {row['rule']} by {row['owner']}, due {due} (clause {row['clause']}): {row['why']}"
