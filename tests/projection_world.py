"""Invented events for projections: an agency's acts, and what any other agency would open of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from accord import catalog
from accord.adapters.sqlite import SqliteDatabase
from accord.memorandum import Memorandum
from accord.ports import Database
from accord.projection import Projection, Views
from accord.schema import FieldSpec, Vocabulary
from accord.seal import Opened, OpenedEvent, OpenedGrant, Share

HOUR = 3_600_000_000
DAY = 24 * HOUR
NOON = 12 * HOUR + 7 * HOUR  # midday in Denver's winter, as UTC microseconds of the day
START = 20_100  # 2025-01-12


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.load(catalog.schemas())


@cache
def memorandum() -> Memorandum:
    return Memorandum.parse((catalog.examples() / "model" / "memorandum.toml").read_bytes(), vocabulary())


def agency_of(role: str) -> str:
    return next(slug for slug, agency in memorandum().agencies.items() if agency.role == role)


def ident(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()[:16]


def at(day: int, hour: float = 12) -> int:
    """Microseconds UTC of a local winter hour in Denver."""
    return day * DAY + int((hour + 7) * HOUR)


def sample(spec: FieldSpec, salt: object = 0) -> Any:
    """Some plain value of a field's type, the same for the same salt."""
    number = {
        "kind": "arrest",
        "issuer": "police",
        "value": f"A{int.from_bytes(ident(spec.name, salt)[:3]):08d}",
    }
    listed = vocabulary().lists.get(spec.list or "")
    codes = sorted(listed.codes) if listed and listed.codes else ["arrest-report"]
    simple: dict[str, Any] = {
        "time": at(START) + int.from_bytes(ident(spec.name, salt)[:4]),
        "date": START + ident(spec.name, salt)[0],
        "code": codes[ident(spec.name, salt)[0] % len(codes)],
        "codes": codes[: 1 + ident(spec.name, salt)[0] % 3],
        "int": 1 + ident(spec.name, salt)[0],
        "bool": bool(ident(spec.name, salt)[0] % 2),
        "number": number,
        "numbers": [number],
        "citation": f"RCW{ident(spec.name, salt)[0]}",
        "hmac": ident(spec.name, salt) * 2,
        "event": ident("target", spec.name, salt),
        "events": sorted([ident("one", spec.name, salt), ident("two", spec.name, salt)]),
        "agency": "court",
    }
    return simple[spec.type]


@dataclass
class World:
    """Logs of several agencies in memory; every act gets its place and its ids."""

    sizes: dict[str, int] = field(default_factory=dict)
    acts: list[OpenedEvent] = field(default_factory=list)
    clock: int = at(START)

    def act(
        self,
        origin: str,
        kind: str,
        file: object,
        *,
        on: int = START,
        hour: float | None = None,
        recorded: int | None = None,
        supersedes: OpenedEvent | bytes | None = None,
        **values: Any,
    ) -> OpenedEvent:
        """Publish one event; fields not given are not stated. References take events."""
        index = self.sizes.get(origin, 0)
        self.sizes[origin] = index + 1
        spec = vocabulary().events[kind]
        plain = {name: _plain(values.get(name)) for name in spec.names}
        if hour is not None and "occurred_at" in plain:
            plain["occurred_at"] = at(on, hour)
        self.clock += 1
        item = OpenedEvent(
            origin=origin,
            index=index,
            entry_id=ident("entry", origin, index),
            memorandum=memorandum().sha256,
            file=ident("file", origin, file),
            file_class=spec.file_class,
            event_id=ident("event", origin, index),
            kind=kind,
            occurred_on=on,
            recorded_at=recorded if recorded is not None else max(self.clock, at(on, hour or 12)),
            supersedes=_plain(supersedes),
            correction_reason="typing" if supersedes else None,
            seen=(),
            values=plain,
            opened=(1 << len(memorandum().audiences(kind))) - 1,
            awaiting=0,
        )
        self.acts.append(item)
        return item

    def grant(self, recipient: str, because: OpenedEvent, history: str = "none", **more: Any) -> OpenedGrant:
        """Let an agency into the file of an event."""
        index = self.sizes.get(because.origin, 0)
        self.sizes[because.origin] = index + 1
        return OpenedGrant(
            origin=because.origin,
            index=index,
            entry_id=ident("entry", because.origin, index),
            memorandum=memorandum().sha256,
            file=because.file,
            file_class=because.file_class,
            because_origin=because.origin,
            because_event=because.event_id,
            recorded_at=more.get("recorded_at", because.recorded_at),
            shares=(
                Share(
                    recipient=recipient,
                    history=history,
                    chains=_chains(recipient, because),
                    clause="3.3",
                    entries=more.get("entries", ()),
                    key_message=b"\0" * 32,
                ),
            ),
        )


def _chains(recipient: str, item: OpenedEvent) -> tuple[tuple[str, int], ...]:
    """The labels of the reader sets of an event that admit this agency."""
    member = memorandum().agencies[recipient]
    audiences = (memorandum().header(item.kind), *memorandum().audiences(item.kind))
    readers = [memorandum().readers(audience, item.values) for audience in audiences]
    return tuple((label, 0) for label in sorted({one.label for one in readers if one.admits(member)}))


def _plain(value: Any) -> Any:
    if isinstance(value, OpenedEvent):
        return value.event_id
    if isinstance(value, list) and value and isinstance(value[0], OpenedEvent):
        return sorted(one.event_id for one in value)
    return value


def opened_for(agency: str, item: OpenedEvent, keys: int = -1) -> OpenedEvent:
    """The event as this agency opens it, of the audiences whose bit is in `keys`; the other admitted ones
    await theirs.
    """
    if item.origin == agency:
        return replace(item)
    member = memorandum().agencies[agency]
    opened = awaiting = 0
    values: dict[str, Any] = {}
    for audience in memorandum().audiences(item.kind):
        if not memorandum().readers(audience, item.values).admits(member):
            continue
        if keys >> audience.index & 1:
            opened |= 1 << audience.index
            values.update({name: item.values[name] for name in audience.fields})
        else:
            awaiting |= 1 << audience.index
    return replace(item, values=values, opened=opened, awaiting=awaiting)


def in_memory() -> Database:
    """An empty database for a projection."""
    return SqliteDatabase(Path(":memory:"), durable=False)


def projection(role: str, db: Database | None = None) -> Projection:
    """An empty projection of a role's agency, in memory unless a database is given."""
    return Projection(db or in_memory(), role, agency_of(role), memorandum(), vocabulary(), b"k" * 32)


def feed(target: Projection, items: Iterable[Opened], batch: int = 7) -> Projection:
    """Apply items as the next ones of the feed, a few at a time."""
    numbered = [(target.position + place, item) for place, item in enumerate(items, start=1)]
    for start in range(0, len(numbered), batch):
        target.apply(numbered[start : start + batch])
    return target


def read_as(role: str, acts: Iterable[Opened]) -> Views:
    """The views of a role that is part of everything and has every key."""
    agency = agency_of(role)
    items = [opened_for(agency, one) if isinstance(one, OpenedEvent) else one for one in acts]
    return Views(feed(projection(role), items))


def field_of(views: Views, item: OpenedEvent, name: str) -> dict[str, Any]:
    """How a case shows one field of an event."""
    case = views.case(item.file.hex(), origin=item.origin)
    return next(one for one in case["events"] if one["event"] == item.event_id.hex())["fields"][name]
