"""From what an agency's system submits to receipts.

1. Groups are checked (planning); what cannot be resolved yet is held, durably and without a receipt.
2. Involvement, grants, sealing, the log: the writer.
3. A receipt is given after the commit, never before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from accord.errors import AccordError
from accord.gateway.batch import Batch
from accord.gateway.involve import let_in_by, let_in_by_joined, once
from accord.gateway.lookup import (
    Foreign,
    Known,
    Lookup,
    Planned,
    content_key,
    event_id_of,
    handshakes,
    number_rows,
)
from accord.gateway.outcomes import Accepted, Outcome, Refusal, Waiting
from accord.gateway.own import OwnReader
from accord.gateway.planning import REPEATED, Planner
from accord.gateway.receipt import Receipt
from accord.gateway.references import Unresolved
from accord.gateway.submission import Group, Submission
from accord.gateway.writer import BATCH_ENTRIES, Writer
from accord.schema import date_to_json, plain_to_json
from accord.seal import Book, Head, OpenedEvent
from accord.sources import Clock
from accord.vault import Vault

_HELD = b"waiting"
_REMEMBERED = 8192  # events
ACCEPTED = "ReferralAccepted"


@dataclass(slots=True)
class Draft:
    """A batch being filled: what later groups may cite without asking the store, what waits since (ids and contents), and
    what is told after the commit.
    """

    batch: Batch
    known: Known
    opened: set[bytes]
    waiting: dict[bytes, bytes] = field(default_factory=dict)
    indices: dict[bytes, int] = field(default_factory=dict)
    told: list[tuple[Group, list[bytes] | Refusal | Waiting, bool]] = field(default_factory=list)


class Publisher:
    """The publishing side of one agency."""

    def __init__(self, writer: Writer, book: Book, foreign: Foreign, vault: Vault, clock: Clock) -> None:
        self.slug = writer.slug
        self._writer = writer
        self._book = book
        self._foreign = foreign
        self._vault = vault
        self._clock = clock
        self._planner = Planner(self.slug, book, foreign, clock, writer.entropy, vault)
        self._database = writer.database
        self._fresh: dict[bytes, Planned] = {}  # checked, and not committed yet
        self._known, self._opened = Known(), set[bytes]()  # of the last batches, committed or being filled
        self._holding = self._holds()

    # ---- Emitting ----

    def emit(self, groups: Iterable[Group | Refusal], *, waited: bool = False) -> Iterator[Outcome]:
        """Publish groups in order, in batches; each outcome comes after its batch is durable.

        `waited` says that the groups were held until now, and are held no longer once they are in the log.
        """
        draft = self._draft()
        self._fresh.clear()
        try:
            for group in groups:
                if isinstance(group, Refusal):
                    draft.told.append((group.group, group, False))
                else:
                    self._take(draft, group, waited)
                if len(draft.batch.stored) >= BATCH_ENTRIES or len(draft.told) >= BATCH_ENTRIES:
                    yield from self._commit(draft)
                    draft = self._draft()
        except BaseException:
            self._forget()  # chains have moved for entries that will not be committed
            raise
        yield from self._commit(draft)

    def retry(self) -> Iterator[Outcome]:
        """Try again what waits, in the order it came."""
        held = self._database.query("SELECT event_id, held FROM waiting ORDER BY position, event_id")
        yield from self.emit((self._unhold(bytes(closed)) for _, closed in held), waited=True)

    def said(self, source: str, id_: str) -> dict[str, Any] | None:
        """The data (JSON form) of an own event by its idempotency key, of this batch too; None if there is none."""
        event_id = event_id_of(self._vault, source, id_)
        fresh = self._fresh.get(event_id)
        if fresh is not None:
            return self._as_json(fresh.kind, fresh.header, fresh.values)
        rows = self._database.query("SELECT idx FROM event WHERE event_id = ?", (event_id,))
        if not rows:
            return None
        index = rows[0][0]
        found = next(
            OwnReader(self.slug, self._database, self._writer.log, self._writer.mapper).read(index, index + 1)
        )
        if not isinstance(found, OpenedEvent):
            return None
        header = {name: getattr(found, name) for name in ("occurred_on", "supersedes", "correction_reason")}
        return self._as_json(found.kind, header, found.values)

    def _as_json(self, kind: str, header: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {"occurred_on": date_to_json(header["occurred_on"])}
        if header["supersedes"] is not None:
            said["supersedes"] = header["supersedes"].hex()
            said["correction_reason"] = header["correction_reason"]
        return said | plain_to_json(kind, values, vocabulary=self._book.vocabulary)

    def waiting(self) -> list[tuple[str, int]]:
        """Field and time (microseconds UTC) since when, of everything that waits; the oldest first."""
        rows = self._database.query("SELECT field, since FROM waiting ORDER BY since")
        return [(row[0], row[1]) for row in rows]

    def _draft(self) -> Draft:
        if len(self._known.said) > _REMEMBERED:
            self._known, self._opened = Known(), set()
        return Draft(self._writer.batch(self._foreign.seen()), self._known, self._opened)

    def _forget(self) -> None:
        self._known, self._opened = Known(), set()
        self._writer.forget()

    def _holds(self) -> bool:
        return bool(self._database.query("SELECT 1 FROM waiting LIMIT 1"))

    def _take(self, draft: Draft, group: Group, waited: bool) -> None:
        lookup = Lookup(self._database, self._foreign, draft.known, self._vault)
        try:
            planned, event_ids, repeated = self._planner.plan(lookup, group)
        except Unresolved as waits:
            draft.known.take_back()
            self._hold(draft, group, waits.field)
            return
        except AccordError as error:
            draft.known.take_back()
            draft.told.append((group, Refusal(group, error.where, error.message, error.advice), False))
            return
        for one in planned:
            self._record(draft, one)
            self._fresh[one.event_id] = one
        first = event_ids[0]
        if waited or first in draft.waiting or (self._holding and self._waiting(draft, first) is not None):
            draft.batch.add("settled", first)  # what waited under this key has been said now, mended or not
        draft.told.append((group, event_ids, repeated))

    def _commit(self, draft: Draft) -> Iterator[Outcome]:
        try:
            self._writer.commit(draft.batch)
        except BaseException:
            self._forget()
            raise
        self._fresh.clear()
        if draft.batch.rows.keys() & {"waiting", "settled"}:
            self._holding = self._holds()
        for group, said, repeated in draft.told:
            if isinstance(said, list):
                receipts = tuple(self._receipt(event_id, draft) for event_id in said)
                yield Accepted(group, receipts, repeated)
            else:
                yield said

    def _receipt(self, event_id: bytes, draft: Draft) -> Receipt:
        index = draft.indices.get(event_id)
        if index is None:
            index = self._database.query("SELECT idx FROM event WHERE event_id = ?", (event_id,))[0][0]
        return Receipt.make(event_id, self._writer.log.origin, self._writer.log.included(index))

    # ---- Recording ----

    def _record(self, draft: Draft, one: Planned) -> None:
        batch, header = draft.batch, one.header
        head = Head(
            one.kind,
            one.file,
            one.event_id,
            header["supersedes"],
            header["correction_reason"],
            header["occurred_on"],
            batch.recorded_at,
            batch.seen,
        )
        if one.file in draft.known.classes and one.file not in draft.opened:
            draft.opened.add(one.file)
            self._writer.open_file(batch, one.file, one.file_class, one.subject)
        let_in = let_in_by(
            self._book, self.slug, one.kind, one.event_id, one.values, one.file_class, self.slug
        )
        if one.kind == ACCEPTED:  # it joins the files: whom the other side's events let in reads it already
            joined = self._foreign.joined_events(one.values["referral"])
            let_in = once([*let_in, *let_in_by_joined(self._book, self.slug, joined, one.file_class)])
        index = self._writer.record(batch, self._book, one.file_class, head, one.values, let_in)
        draft.indices[one.event_id] = index
        batch.add("event", one.event_id, one.content, index, one.kind, one.file, header["supersedes"])
        for row in number_rows(one):
            batch.add("number", *row)
        for what in handshakes(one):
            batch.add("handshake", one.file, what)

    # ---- Waiting ----

    def _hold(self, draft: Draft, group: Group, name: str) -> None:
        said = {
            "rows": group.rows,
            "submissions": [
                [one.source, one.id, one.type, one.subject, one.data, one.row] for one in group.submissions
            ],
        }
        first = group.submissions[0]
        key, content = event_id_of(self._vault, first.source, first.id), content_key(first)
        if self._waiting(draft, key) not in (None, content):
            draft.told.append(
                (group, Refusal(group, "id", "waits already, with other content", REPEATED), False)
            )
            return
        held = self._vault.close(json.dumps(said).encode(), _HELD, key)
        position = self._database.query("SELECT COALESCE(MAX(position), 0) FROM waiting")[0][0]
        position += 1 + len(draft.batch.rows.get("waiting", ()))
        draft.batch.add("waiting", key, content, self._clock.now(), position, name, held)
        draft.waiting[key] = content
        draft.told.append((group, Waiting(group, name), False))

    def _waiting(self, draft: Draft, key: bytes) -> bytes | None:
        """What waits under this key, in this batch or before it, by its `content_key`."""
        known = draft.waiting.get(key)
        if known is None:
            rows = self._database.query("SELECT content FROM waiting WHERE event_id = ?", (key,))
            known = bytes(rows[0][0]) if rows else None
        return known

    def _unhold(self, closed: bytes) -> Group:
        said = json.loads(self._vault.open(closed, _HELD))
        return Group(tuple(Submission(*one) for one in said["submissions"]), tuple(said["rows"]))
