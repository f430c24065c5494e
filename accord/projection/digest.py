"""One hash per projection: the same input gives the same digest, whatever the order of arrival.

SHA-256 over lines of canonical JSON, one per event (sorted by kind, id and publisher), then per confirmed
link, then per count. An event's line has its id, publisher, file, kind, day, what it supersedes and why,
and every field with its state and, if readable, its stored value. Recorded times, positions and keys are
never part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from accord.ports import Row
from accord.projection import states
from accord.projection.owed import EVER
from accord.projection.runner import Projection
from accord.projection.views import Views

_dump = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode
_HEADER = "e.event, e.origin, e.file, e.kind, e.occurred_on, e.supersedes, e.correction_reason"


def digest(projection: Projection) -> str:
    """The digest (hex) of everything that this projection says."""
    views = Views(projection)
    total = hashlib.sha256(b"accord/1 projection digest\n")
    for line in _lines(projection, views):
        total.update(_dump(line).encode() + b"\n")
    return total.hexdigest()


def _lines(projection: Projection, views: Views) -> Iterator[list[Any]]:
    kinds = [row[0] for row in projection.db.query("SELECT DISTINCT kind FROM event")]
    for kind in sorted(kinds):
        yield from _events(projection, views, kind)
    for row in views.query("links", as_of=EVER):
        yield ["link", row["origin"], row["file"], row["other_origin"], row["other_file"]]
    for row in views.query("counts"):
        yield ["count", row["kind"], row["field"], row["value"], row["quarter"], row["tally"]]


def _events(projection: Projection, views: Views, kind: str) -> Iterator[list[Any]]:
    statement = projection.statements.on.get(kind)
    table = f"LEFT JOIN {statement.writes[0]} AS k ON k.entry = e.entry" if statement else ""
    names = list(views.columns(kind))
    extra = "".join(f', k."{name}"' for name in names)
    found = projection.db.stream(
        f"SELECT {_HEADER}, m.sha256, e.opened, e.awaiting, COALESCE(s.state, ''){extra} FROM event AS e "  # noqa: S608  # declared names
        "JOIN memorandum AS m ON m.number = e.memorandum "
        f"LEFT JOIN sealed_file AS s ON s.file = e.file AND s.origin = e.origin {table} "
        "WHERE e.kind = ? ORDER BY e.event, e.origin, e.file, e.entry",
        (kind,),
    )
    for row in found:
        known = views.states.of(kind, row[7], row[8], row[9], row[10])
        yield ["event", *row[:7], [_field(name, state, row, names) for name, state in known.items()]]


def _field(name: str, state: str, row: Row, names: list[str]) -> list[Any]:
    if state != states.READABLE:
        return [name, state]
    value = row[11 + names.index(name)]
    return [name, states.NOT_STATED] if value is None else [name, state, value]
