"""A case as another agency could see it at a time, from the grants recorded by then.

An agency that holds a grant to a file reads, of the events that the grant opens, the fields whose audience
admits it; the header as well. A grant opens its file from the event that caused it on (or from its own
place, if that event is in another file), the earlier entries it lists, and with history "all" everything
that came before; until its chains begin anew without its holder. A publisher reads its own files. Values appear only where
this home can open them itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from accord.domain import WATCHING
from accord.errors import UsageRefused
from accord.memorandum import Agency, Audience, Memorandum
from accord.projection import states
from accord.projection.owed import File
from accord.projection.views import Header, Views


class Replay:
    """Replays one case as one agency."""

    def __init__(self, views: Views, agency: Agency) -> None:
        self._views, self._agency = views, agency

    def case(self, file: str, as_of: int, origin: str | None = None) -> dict[str, Any]:
        """The case's timeline: every event with `shown` (did the agency have its header), and every field's
        state then.

        A readable field has `value` where this home can open it; `here` gives the state here otherwise.
        """
        files = self._views.files_of(file, as_of, origin)
        events = [event for one in files for event in self._file(one, as_of)]
        events.sort(key=lambda event: (event["occurred_on"], event["occurred_at"] or "", event["event"]))
        return {
            "case": files[0][1],
            "agency": self._agency.slug,
            "role": self._agency.role,
            "files": [{"origin": origin, "file": file} for origin, file in files],
            "events": events,
        }

    def _file(self, one: File, as_of: int) -> list[dict[str, Any]]:
        grants = self._grants(one, as_of)
        return [self._event(header, event, grants) for header, event in self._views.events_of(one, as_of)]

    def _grants(self, one: File, as_of: int) -> list[Mapping[str, Any]]:
        rows = self._views.query("grants", origin=one[0], file=one[1], as_of=as_of)
        ends = ended(rows)
        return [
            {**row, "ended_idx": ends.get((row["idx"], row["recipient"]))}
            for row in rows
            if row["recipient"] == self._agency.slug
        ]

    def _event(
        self, header: Header, event: dict[str, Any], grants: list[Mapping[str, Any]]
    ) -> dict[str, Any]:
        own = header.origin == self._agency.slug
        by = next((grant for grant in grants if _opens(grant, header)), None)
        labels = {label for grant in grants for label, _ in json.loads(grant["readers"])}
        had = own or (by is not None and self._header_was_open(header, event, labels))
        fields = {}
        for name, here in event["fields"].items():
            right = (
                states.READABLE
                if own
                else self._right(name, header, event, labels)
                if had
                else states.WITHHELD
            )
            fields[name] = self._field(here, right)
        clause = by["clause"] if by is not None and not own else None
        told = {**event, "shown": had, "granted_under": clause, "fields": fields}
        if event["status"] == states.EXPIRED and fields["expires_on"]["state"] != states.READABLE:
            told["status"] = states.IN_FORCE  # the date is not shown to them
        return told

    def _field(self, here: Mapping[str, Any], right: str) -> dict[str, Any]:
        """The state then of a field that the agency had this right to, and its value if it is readable
        here.
        """
        if here["state"] in (states.SEALED, states.EXPUNGED, states.NOT_UNDERSTOOD):
            return dict(here)
        if right != states.READABLE:
            return {"state": right}
        if here["state"] in (states.READABLE, states.NOT_STATED) or self._agency.slug == self._views.agency:
            return dict(here)
        return {"state": states.READABLE, "here": here["state"]}

    def _header_was_open(self, header: Header, event: Mapping[str, Any], labels: set[str]) -> bool:
        memorandum = self._views.memorandum_of(header)
        if memorandum is None or header.kind not in memorandum.vocabulary.events:
            return False
        right = self._admitted(memorandum, memorandum.header(header.kind), event, labels)
        return right != states.WITHHELD

    def _right(self, name: str, header: Header, event: Mapping[str, Any], labels: set[str]) -> str:
        memorandum = self._views.memorandum_of(header)
        if memorandum is None:
            return states.NOT_UNDERSTOOD
        audience = next(one for one in memorandum.audiences(header.kind) if name in one.fields)
        return self._admitted(memorandum, audience, event, labels)

    def _admitted(
        self, memorandum: Memorandum, audience: Audience, event: Mapping[str, Any], labels: set[str]
    ) -> str:
        """Whether an audience admits this agency: by its role, or because a field names it.

        Where that field is not read here, the reader sets handed out by the grants tell.
        """
        role, slug = self._agency.role, self._agency.slug
        if role in audience.counted:
            return states.COUNTED
        if role in audience.roles:
            return states.READABLE
        for naming, roles in audience.named:
            given = event["fields"].get(naming, {})
            named = given.get("value") == slug
            if "value" not in given:
                named = memorandum.readers(audience, {naming: slug}).label in labels
            if role in roles and named:
                return states.READABLE
        return states.WITHHELD


def _opens(grant: Mapping[str, Any], header: Header) -> bool:
    if grant["ended_idx"] is not None and header.index >= grant["ended_idx"]:
        return False
    if grant["history"] == "all" or header.index in json.loads(grant["entries"]):
        return True
    start = grant["idx"] if grant["because_idx"] is None else min(grant["idx"], grant["because_idx"])
    return bool(header.index >= start)


def ended(grants: Iterable[Mapping[str, Any]]) -> dict[tuple[int, str], int]:
    """The grants of one file, by (log index, recipient), whose keys open nothing from a later log index on; that index.

    When somebody is taken out of a file, every chain that he held begins anew, and those who remain are granted it again
    before the next event (docs/spec/entry.md). So a chain has begun anew where somebody who holds it is given a later start
    of it; what others were given of it before has ended there, unless they too are given the new start.
    """
    held: dict[str, dict[str, tuple[int, list[tuple[int, str]]]]] = {}
    ends: dict[tuple[int, str], int] = {}
    for grant in sorted(grants, key=lambda one: (one["idx"], one["recipient"])):
        recipient, key = grant["recipient"], (grant["idx"], grant["recipient"])
        starts: dict[str, int] = {}
        for label, start in json.loads(grant["readers"]):
            starts[label] = max(start, starts.get(label, 0))
        for label, start in starts.items():
            holders = held.setdefault(label, {})
            before, keys = holders.get(recipient, (start, []))
            if start > before:
                ends.update((old, key[0]) for _, olds in holders.values() for old in olds if old not in ends)
                holders.clear()
                before, keys = start, []
            holders[recipient] = (before, [*keys, key])
    return ends


def replay(views: Views, file: str, as_of: int, who: str, origin: str | None = None) -> dict[str, Any]:
    """The case as `who` (an agency's slug, or a role that one agency holds) could see it at `as_of`
    (recorded time).

    An agency that has left is one of the last version that has it. Raises UsageRefused for an unknown agency or role, and
    for a role that two agencies hold. Only the
    coordinator, the auditor and the agency itself see every grant that this needs; others are refused.
    """
    agency = _agency(views, who)
    if views.role not in WATCHING and agency.slug != views.agency:
        raise UsageRefused(
            "only the coordinator and the auditor replay other agencies", advice="Replay your own role."
        )
    return Replay(views, agency).case(file, as_of, origin)


def _agency(views: Views, who: str) -> Agency:
    agencies = views.memorandum.agencies
    known = views.members
    if who in known:
        return known[who]
    holders = [agency for agency in agencies.values() if agency.role == who]
    if len(holders) == 1:
        return holders[0]
    if not holders:
        raise UsageRefused(
            "no agency and no role of the memorandum has this name", advice=f"Known: {', '.join(agencies)}."
        )
    slugs = ", ".join(agency.slug for agency in holders)
    raise UsageRefused("several agencies hold this role", advice=f"Name one of them: {slugs}.")
