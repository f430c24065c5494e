"""What opened events say about each other: numbers, referrals, acceptances, who may be let into joined files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accord.memorandum import Memorandum
from accord.ports import Database, Parameters
from accord.seal import OpenedEvent

Rows = dict[str, list[Parameters]]
_encoded = json.JSONEncoder().encode

INSERTS = {
    "foreign_event": (
        "INSERT INTO foreign_event (event_id, origin, idx, file, kind) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    ),
    "cited_number": (
        "INSERT INTO cited_number (value, kind, issuer, event_id, event_kind, count, occurred_on, origin, file)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    ),
    "referral": (
        "INSERT INTO referral (event_id, origin, file, to_agency) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (event_id, origin) DO UPDATE SET to_agency = COALESCE(referral.to_agency, excluded.to_agency)"
    ),
    "acceptance": (
        "INSERT INTO acceptance (referral, origin, file, from_agency) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    ),
    "order_ref": "INSERT INTO order_ref (order_event, file, origin) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    "rule_event": (
        "INSERT INTO rule_event (file, seq, origin, event_id, kind, named) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    ),
}


@dataclass(slots=True, frozen=True)
class Citable:
    """An event in which a number stands; `origin` is empty for one of our own, `occurred_on` in days."""

    event_id: bytes
    kind: str
    number_kind: str
    issuer: str
    count: int | None
    origin: str
    file: bytes
    occurred_on: int


@dataclass(slots=True, frozen=True)
class RuleEvent:
    """An event that may let agencies into joined files, or ends that; `named` holds its agency fields."""

    seq: int
    origin: str
    file: bytes
    event_id: bytes
    kind: str
    named: Mapping[str, Any]


def rows_of(
    event: OpenedEvent, seq: int, own: str, matters: frozenset[str], agency_fields: frozenset[str]
) -> Rows:
    """What is to be noted of an opened event; numbers of our own events are in our own store already.

    `matters` are the kinds of event that join files, let agencies into joined ones, or end that.
    """
    rows: Rows = {}
    values = event.values
    if event.origin != own:
        rows["foreign_event"] = [(event.event_id, event.origin, event.index, event.file, event.kind)]
        rows["cited_number"] = list(_numbers(event))
    if event.kind == "CaseReferred":
        rows["referral"] = [(event.event_id, event.origin, event.file, values.get("to_agency"))]
    if event.kind == "ReferralAccepted" and values.get("referral") is not None:
        rows["acceptance"] = [(values["referral"], event.origin, event.file, values.get("from_agency"))]
    if event.file_class == "order" and values.get("order") is not None:
        rows["order_ref"] = [(values["order"], event.file, event.origin)]
    if event.kind in matters:
        named = _encoded({name: values[name] for name in sorted(agency_fields & values.keys())})
        rows["rule_event"] = [(event.file, seq, event.origin, event.event_id, event.kind, named)]
    return rows


def matters(memorandum: Memorandum, adopted: Iterable[Memorandum]) -> frozenset[str]:
    """The kinds of event that join files or let agencies into joined ones by a version, or end that by it or one before it:
    who was let in then is in by the terms of then.
    """
    kinds = {"CaseReferred", "ReferralAccepted", "ProtectionOrderServed"}
    kinds.update(kind for rule in memorandum.involvements if rule.opens for kind in rule.kinds)
    before = (one for one in adopted if one.version <= memorandum.version)
    kinds.update(kind for one in before for rule in one.involvements for kind in rule.until)
    return frozenset(kinds)


def _numbers(event: OpenedEvent) -> Iterable[Parameters]:
    root = event.supersedes or event.event_id
    for value in event.values.values():
        several = value if isinstance(value, list) else [value]
        for one in several:
            if isinstance(one, dict):
                yield (
                    one["value"],
                    one["kind"],
                    one["issuer"],
                    root,
                    event.kind,
                    event.values.get("count"),
                    event.occurred_on,
                    event.origin,
                    event.file,
                )


File = tuple[str, bytes]
"""A file: its publisher and its id. Another agency may use the same id, and speaks of its own file then."""


def joined(database: Database, origin: str, file: bytes) -> set[File]:
    """The files that confirmed referrals join to a file, itself among them.

    A referral to one agency and that agency's acceptance of it, naming its publisher, confirm each other.
    """
    found: set[File] = {(origin, file)}
    edge = [(origin, file)]
    while edge:
        here = edge.pop()
        for links in (_REFERRAL_LINKS, _ORDER_LINKS):
            for one, one_origin, other, other_origin in database.query(links, (here[1], here[1])):
                ends = {(one_origin, bytes(one)), (other_origin, bytes(other))}
                if here in ends:
                    edge += ends - found
                    found |= ends
    return found


# Two searches each, not one with OR across two tables: that would read a whole table for every file.
_REFERRAL_LINKS = """
SELECT referral.file, referral.origin, acceptance.file, acceptance.origin
FROM referral JOIN acceptance ON acceptance.referral = referral.event_id
WHERE referral.file = ? AND acceptance.origin = referral.to_agency AND acceptance.from_agency = referral.origin
UNION
SELECT referral.file, referral.origin, acceptance.file, acceptance.origin
FROM acceptance JOIN referral ON referral.event_id = acceptance.referral
WHERE acceptance.file = ? AND acceptance.origin = referral.to_agency AND acceptance.from_agency = referral.origin
"""
_ORDER_LINKS = """
SELECT rule_event.file, rule_event.origin, order_ref.file, order_ref.origin
FROM rule_event JOIN order_ref ON order_ref.order_event = rule_event.event_id
WHERE rule_event.file = ?
UNION
SELECT rule_event.file, rule_event.origin, order_ref.file, order_ref.origin
FROM order_ref JOIN rule_event ON rule_event.event_id = order_ref.order_event
WHERE order_ref.file = ?
"""


def rule_events(database: Database, origin: str, file: bytes) -> list[RuleEvent]:
    """The events of a file that may let agencies into files joined to it or end that, in the order they were opened."""
    rows = database.query(
        "SELECT seq, origin, event_id, kind, named FROM rule_event WHERE file = ? AND origin = ? ORDER BY seq",
        (file, origin),
    )
    return [RuleEvent(row[0], row[1], file, bytes(row[2]), row[3], json.loads(row[4])) for row in rows]


def touched(database: Database, after: int, limit: int) -> list[tuple[int, str, bytes, str]]:
    """What happened that may let agencies into joined files or end that: sequence number, origin, file and kind."""
    rows = database.query(
        "SELECT seq, origin, file, kind FROM rule_event WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
    )
    return [(row[0], row[1], bytes(row[2]), row[3]) for row in rows]
