"""What can be cited while events are checked: the batch, the store, then other agencies' logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from accord.gateway.references import numbers_of
from accord.gateway.submission import Submission
from accord.ports import Database
from accord.replica import Citable, RuleEvent
from accord.vault import Vault

K = TypeVar("K")
V = TypeVar("V")
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Foreign(Protocol):
    """What the publishing side needs to know of other agencies' logs."""

    def seen(self) -> tuple[int, ...]:
        """Size verified of each other log, in the memorandum's order."""
        ...

    def numbered(self, value: str) -> Iterable[Citable]:
        """Foreign events, as far as opened here, in which a number stands."""
        ...

    def kind_of(self, event_id: bytes) -> str | None:
        """The kind of a foreign event whose header we have opened."""
        ...

    def file_of(self, event_id: bytes) -> tuple[str, bytes] | None:
        """Publisher and file of a foreign event whose header we have opened."""
        ...

    def referrals(self, origin: str, file: bytes) -> Iterable[bytes]:
        """The referrals to us from another agency's file."""
        ...

    def joined_events(self, event_id: bytes) -> Iterable[RuleEvent]:
        """The events of a foreign event's file, and of those joined to it, that may let agencies into joined files."""
        ...


@dataclass(slots=True)
class Planned:
    """An event that has passed every check and is not sealed yet; `root` is the first of its chain of corrections."""

    event_id: bytes
    content: bytes
    kind: str
    values: Mapping[str, Any]
    header: Mapping[str, Any]
    file: bytes
    file_class: str
    subject: str
    root: bytes


@dataclass(slots=True)
class Known:
    """What can be cited that is not committed yet; what a group added is taken back if the group is refused."""

    said: dict[bytes, bytes] = field(default_factory=dict)
    numbered: dict[str, list[Citable]] = field(default_factory=dict)
    matters: dict[tuple[str, str], bytes] = field(default_factory=dict)
    events: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    classes: dict[bytes, str] = field(default_factory=dict)
    corrects: dict[bytes, bytes] = field(default_factory=dict)
    shaken: dict[tuple[bytes, str], bool] = field(default_factory=dict)
    added: list[Callable[[], object]] = field(default_factory=list)

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Add one thing to one of the tables."""
        if key not in table:
            self.added.append(partial(table.pop, key))
        table[key] = value

    def append(self, value: str, citable: Citable) -> None:
        """Add an event in which a number stands."""
        found = self.numbered.setdefault(value, [])
        found.append(citable)
        self.added.append(found.pop)

    def take_back(self) -> None:
        """Take back what was added since `added` was emptied."""
        while self.added:
            self.added.pop()()


def event_id_of(vault: Vault, source: str, id_: str) -> bytes:
    """The id of the event that is emitted under this source and id: the same each time, and nobody else can make it."""
    return vault.mark(b"event", source.encode(), id_.encode())[:16]


def content_key(submission: Submission) -> bytes:
    """What an emission said: the first 16 bytes of SHA-256 of its canonical JSON."""
    said = [submission.type, submission.subject, submission.data]
    return sha256(_canonical(said).encode()).digest()[:16]


def number_rows(one: Planned) -> Iterator[tuple[Any, ...]]:
    """The official numbers of an event, as rows of the table `number`."""
    for number in numbers_of(one.values):
        yield (
            number["value"],
            number["kind"],
            number["issuer"],
            one.root,
            one.kind,
            one.values.get("count"),
            one.header["occurred_on"],
            one.file,
        )


def handshakes(one: Planned) -> Iterator[str]:
    """The handshake that an event is, if it is one."""
    if one.kind == "CaseReferred":
        yield f"refer:{one.values['to_agency']}:{one.values['purpose']}"
    elif one.kind == "ReferralAccepted":
        yield "accept:" + one.values["referral"].hex()


class Lookup:
    """What is known while a group is planned: the batch, the store, then other agencies' logs."""

    def __init__(self, database: Database, foreign: Foreign, known: Known, vault: Vault) -> None:
        self.known = known
        known.added.clear()
        self._database = database
        self._foreign = foreign
        self._vault = vault

    def add(self, one: Planned) -> None:
        """Let what comes after find a planned event."""
        known = self.known
        known.put(known.said, one.event_id, one.content)
        known.put(known.events, one.event_id, (one.kind, one.file))
        if one.header["supersedes"] is not None:
            known.put(known.corrects, one.event_id, one.header["supersedes"])
        for value, kind, issuer, root, event_kind, count, day, file in number_rows(one):
            known.append(value, Citable(root, event_kind, kind, issuer, count, "", file, day))
        for what in handshakes(one):
            known.put(known.shaken, (one.file, what), True)

    def content(self, event_id: bytes) -> bytes | None:
        """What an event of ours said, by its `content_key`; None if there is no such event."""
        known = self.known.said.get(event_id)
        if known is None:
            rows = self._database.query("SELECT content FROM event WHERE event_id = ?", (event_id,))
            known = bytes(rows[0][0]) if rows else None
        return known

    def emitted(self, source: str, id_: str) -> bytes | None:
        """The event that was emitted under this source and id."""
        event_id = event_id_of(self._vault, source, id_)
        return None if self.content(event_id) is None else event_id

    def kind_of(self, event_id: bytes) -> str | None:
        """The kind of an event of ours, or of another agency's whose header we have opened."""
        found = self.own_event(event_id)
        return found[0] if found else self._foreign.kind_of(event_id)

    def numbered(self, value: str) -> Iterable[Citable]:
        """Every event in which this number stands."""
        rows = self._database.query(
            "SELECT event_id, event_kind, kind, issuer, count, file, occurred_on FROM number WHERE value = ?",
            (value,),
        )
        own = [Citable(row[0], row[1], row[2], row[3], row[4], "", row[5], row[6]) for row in rows]
        return [*self.known.numbered.get(value, ()), *own, *self._foreign.numbered(value)]

    def matter(self, file_class: str, subject: str) -> bytes | None:
        """Our file for a matter of this class."""
        place = (file_class, subject)
        known = self.known.matters.get(place)
        if known is None:
            rows = self._database.query("SELECT file FROM matter WHERE class = ? AND subject = ?", place)
            known = bytes(rows[0][0]) if rows else None
        return known

    def own_event(self, event_id: bytes) -> tuple[str, bytes] | None:
        """Kind and file of an event of ours."""
        known = self.known.events.get(event_id)
        if known is None:
            rows = self._database.query("SELECT kind, file FROM event WHERE event_id = ?", (event_id,))
            known = (rows[0][0], bytes(rows[0][1])) if rows else None
        return known

    def root(self, event_id: bytes) -> bytes:
        """The first event of a chain of corrections of ours."""
        while True:
            rows = self._database.query("SELECT supersedes FROM event WHERE event_id = ?", (event_id,))
            earlier = rows[0][0] if rows else self.known.corrects.get(event_id)
            if earlier is None:
                return event_id
            event_id = bytes(earlier)

    def file_class(self, file: bytes) -> str:
        """The class of a file of ours, committed or not."""
        known = self.known.classes.get(file)
        return known or str(self._database.query("SELECT class FROM file WHERE file = ?", (file,))[0][0])

    def shaken(self, file: bytes, what: str) -> bool:
        """Whether a handshake has been made from this file."""
        if (file, what) in self.known.shaken:
            return True
        return bool(self._database.query("SELECT 1 FROM handshake WHERE file = ? AND what = ?", (file, what)))
