"""From what an agency's system submits to receipts.

1. What was emitted before under the same source and id gives the same receipt; with other content it is
   refused.
2. Citations become references; what cannot be resolved yet is held, durably and without a receipt.
3. The event is checked against its schema, the memorandum and our own earlier events. All events of a group
   pass, or none.
4. Handshakes that the events call for are added.
5. Involvement, grants, sealing, the log: the writer. A receipt is given after the commit, never before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from accord.errors import AccordError, IntakeRefused
from accord.gateway import handshake
from accord.gateway.batch import Batch
from accord.gateway.involve import let_in_by
from accord.gateway.own import OwnReader
from accord.gateway.receipt import Receipt
from accord.gateway.references import REFERENCES, Unresolved, numbers_of, resolve
from accord.gateway.submission import Group, Submission
from accord.gateway.writer import BATCH_ENTRIES, Writer
from accord.ports import Database
from accord.replica import Citable
from accord.schema import EventSpec, Intake, date_to_json, plain_to_json
from accord.seal import Book, Head, OpenedEvent
from accord.sources import Clock
from accord.vault import Vault

VOIDED = "EventVoided"
_HELD = b"waiting"
_NEVER_COORDINATOR = {
    "CaseReferred": "to_agency",
    "ViolationReported": "answer_from",
    "EntryChallenged": "answer_from",
}


@dataclass(slots=True, frozen=True)
class Accepted:
    """A group is in the log; one receipt for each of its submissions."""

    group: Group
    receipts: tuple[Receipt, ...]
    repeated: bool


@dataclass(slots=True, frozen=True)
class Refusal:
    """A group was refused and has left no trace; `where` names the field or column, `reason` never a value."""

    group: Group
    where: str | None
    reason: str
    advice: str | None


@dataclass(slots=True, frozen=True)
class Waiting:
    """A group is held until the citation in `field` can be resolved."""

    group: Group
    field: str


Outcome = Accepted | Refusal | Waiting


class Foreign(Protocol):
    """What the publishing side needs to know of other agencies' logs."""

    def seen(self) -> tuple[int, ...]:
        """Size verified of each other log, in the memorandum's order."""
        ...

    def numbered(self, value: str) -> Iterable[Citable]:
        """Foreign events, as far as opened here, in which a number stands."""
        ...

    def file_of(self, event_id: bytes) -> tuple[str, bytes] | None:
        """Publisher and file of a foreign event whose header we have opened."""
        ...

    def referrals(self, origin: str, file: bytes) -> Iterable[bytes]:
        """The referrals to us from another agency's file."""
        ...


@dataclass(slots=True)
class Planned:
    """An event that has passed every check and is not sealed yet."""

    emitted: bytes
    content: bytes
    event_id: bytes
    kind: str
    values: Mapping[str, Any]
    header: Mapping[str, Any]
    file: bytes
    file_class: str
    subject: str


@dataclass(slots=True)
class Known:
    """What can be cited that is not committed yet: of one group while it is checked, of a batch until its commit."""

    emitted: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    numbered: dict[str, list[Citable]] = field(default_factory=dict)
    matters: dict[tuple[str, str], bytes] = field(default_factory=dict)
    events: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    classes: dict[bytes, str] = field(default_factory=dict)
    shaken: set[tuple[bytes, str]] = field(default_factory=set)

    def take(self, other: Known) -> None:
        """Add what another one knows."""
        self.emitted |= other.emitted
        self.matters |= other.matters
        self.events |= other.events
        self.classes |= other.classes
        self.shaken |= other.shaken
        for value, found in other.numbered.items():
            self.numbered.setdefault(value, []).extend(found)


@dataclass(slots=True)
class Draft:
    """A batch being filled: what later groups of it may cite, and what is told after the commit."""

    batch: Batch
    known: Known = field(default_factory=Known)
    opened: set[bytes] = field(default_factory=set)
    indices: dict[bytes, int] = field(default_factory=dict)
    told: list[tuple[Group, list[bytes] | Refusal | Waiting, bool]] = field(default_factory=list)


def emission_key(source: str, id_: str) -> bytes:
    """What an emission is known by: the first 16 bytes of SHA-256 of its source and id."""
    return hashlib.sha256(source.encode() + b"\x00" + id_.encode()).digest()[:16]


def content_key(submission: Submission) -> bytes:
    """What an emission said: the first 16 bytes of SHA-256 of its canonical JSON."""
    said = [submission.type, submission.subject, submission.data]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).digest()[:16]


class Publisher:
    """The publishing side of one agency."""

    def __init__(self, writer: Writer, book: Book, foreign: Foreign, vault: Vault, clock: Clock) -> None:
        self.slug = writer.slug
        self._writer = writer
        self._book = book
        self._foreign = foreign
        self._vault = vault
        self._clock = clock
        memorandum = book.memorandum
        self._role = memorandum.agencies[self.slug].role
        self._intake = Intake(
            book.vocabulary,
            local_codes=memorandum.local_codes,
            numbers=memorandum.numbers,
            agencies=memorandum.agencies,
            own=self.slug,
        )
        self._database = writer.database
        self._fresh: dict[bytes, Planned] = {}  # checked, and not committed yet

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
            self._writer.forget()  # chains have moved for entries that will not be committed
            raise
        yield from self._commit(draft)

    def retry(self) -> Iterator[Outcome]:
        """Try again what waits, in the order it came."""
        held = self._database.query("SELECT emitted, held FROM waiting ORDER BY position, emitted")
        yield from self.emit((self._unhold(bytes(closed)) for _, closed in held), waited=True)

    def said(self, source: str, id_: str) -> dict[str, Any] | None:
        """The data (JSON form) of an own event by its idempotency key, of this batch too; None if there is none."""
        key = emission_key(source, id_)
        fresh = self._fresh.get(key)
        if fresh is not None:
            return self._as_json(fresh.kind, fresh.header, fresh.values)
        rows = self._database.query("SELECT idx FROM emission WHERE emitted = ?", (key,))
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
        return Draft(self._writer.batch(self._foreign.seen()))

    def _take(self, draft: Draft, group: Group, waited: bool) -> None:
        lookup = _Lookup(self._database, self._foreign, draft.known)
        try:
            planned, event_ids, repeated = self._plan(lookup, group)
        except Unresolved as waits:
            self._hold(draft, group, waits.field)
            return
        except AccordError as error:
            draft.told.append((group, Refusal(group, error.where, error.message, error.advice), False))
            return
        draft.known.take(lookup.known)
        for one in planned:
            self._record(draft, one)
            self._fresh[one.emitted] = one
        key = emission_key(group.submissions[0].source, group.submissions[0].id)
        if waited or self._database.query("SELECT 1 FROM waiting WHERE emitted = ?", (key,)):
            draft.batch.add("settled", key)  # what waited under this key has been said now, mended or not
        draft.told.append((group, event_ids, repeated))

    def _commit(self, draft: Draft) -> Iterator[Outcome]:
        self._writer.commit(draft.batch)
        self._fresh.clear()
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

    # ---- Planning: nothing is sealed or changed here ----

    def _plan(self, lookup: _Lookup, group: Group) -> tuple[list[Planned], list[bytes], bool]:
        planned: list[Planned] = []
        event_ids: list[bytes] = []
        known = 0
        for submission in group.submissions:
            key, content = emission_key(submission.source, submission.id), content_key(submission)
            earlier = lookup.emission(key)
            if earlier is not None:
                if earlier[1] != content:
                    raise IntakeRefused("was emitted before with other content", where="id", advice=_REPEATED)
                event_ids.append(earlier[0])
                known += 1
                continue
            one = self._check(lookup, submission, key, content)
            lookup.add(one)
            planned.append(one)
            event_ids.append(one.event_id)
        shaken = [shake for one in planned for shake in self._shake(lookup, one)]
        return shaken, event_ids, known == len(group.submissions)

    def _check(self, lookup: _Lookup, submission: Submission, key: bytes, content: bytes) -> Planned:
        spec = self._book.vocabulary.events.get(submission.type)
        if spec is None:
            raise IntakeRefused("there is no such kind of event", where="type")
        if spec.kind not in self._book.memorandum.publishes(self._role):
            raise IntakeRefused(
                "the memorandum does not let this agency publish this kind of event", where="type"
            )
        _text("subject", submission.subject)
        now = self._clock.now()
        try:
            data = resolve(spec, submission.data, submission.source, lookup)
        except Unresolved:
            self._values(spec, _as_if_resolved(spec, submission.data), now)  # what is wrong anyway need not wait
            raise
        header, values = self._values(spec, data, now)
        self._refuse_coordinator(spec.kind, values)
        event_id = self._writer.entropy.draw(16, b"event", submission.source.encode(), submission.id.encode())
        file, file_class = self._file(lookup, spec, submission, header)
        return Planned(
            key, content, event_id, spec.kind, values, header, file, file_class, submission.subject
        )

    def _values(
        self, spec: EventSpec, data: Mapping[str, Any], now: int
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            return self._intake.header(data, now=now), self._intake.plain(spec.kind, data, now=now)
        except IntakeRefused as refused:
            raise IntakeRefused(refused.message, where=refused.where, advice=refused.advice) from None

    def _file(
        self, lookup: _Lookup, spec: EventSpec, submission: Submission, header: Mapping[str, Any]
    ) -> tuple[bytes, str]:
        if header["supersedes"] is not None:
            return self._superseded(lookup, spec, header["supersedes"])
        if spec.kind == VOIDED:
            raise IntakeRefused("says which event is voided", where="supersedes")
        file = lookup.matter(spec.file_class, submission.subject)
        if file is None:
            about = (self.slug.encode(), spec.file_class.encode(), submission.subject.encode())
            file = self._writer.entropy.draw(16, b"file", *about)
            lookup.known.matters[spec.file_class, submission.subject] = file
            lookup.known.classes[file] = spec.file_class
        return file, spec.file_class

    def _superseded(self, lookup: _Lookup, spec: EventSpec, event_id: bytes) -> tuple[bytes, str]:
        found = lookup.own_event(event_id)
        if found is None:
            raise IntakeRefused("not an event that this agency published", where="supersedes")
        if spec.kind not in (VOIDED, found[0]):
            raise IntakeRefused("a correction is an event of the same kind", where="supersedes")
        return found[1], lookup.file_class(found[1])

    def _refuse_coordinator(self, kind: str, values: Mapping[str, Any]) -> None:
        agencies = self._book.memorandum.agencies
        for name in (_NEVER_COORDINATOR.get(kind), "serve_by"):
            slug = values.get(name) if name else None
            if slug is not None and agencies[slug].role == "coordinator":
                raise IntakeRefused("the coordinating agency is not asked to act (clause 4.6)", where=name)

    # ---- Handshakes ----

    def _shake(self, lookup: _Lookup, one: Planned) -> list[Planned]:
        """An event with its handshakes: acceptances first, since they open the file only from there on."""
        if one.file_class != "case" or one.kind == VOIDED:
            return [one]
        return [*self._acceptances(lookup, one), one, *self._referrals(lookup, one)]

    def _acceptances(self, lookup: _Lookup, one: Planned) -> Iterator[Planned]:
        if one.kind in ("ReferralAccepted", "CaseLinked", "CaseUnlinked"):
            return
        for event_id in _references(self._book.vocabulary.events[one.kind], one.values):
            foreign = self._foreign.file_of(event_id)
            for referral in self._foreign.referrals(*foreign) if foreign else ():
                what = "accept:" + referral.hex()
                if foreign and not lookup.shaken(one.file, what):
                    yield from self._accept(lookup, one, referral, foreign[0], what)

    def _accept(
        self, lookup: _Lookup, one: Planned, referral: bytes, origin: str, what: str
    ) -> Iterator[Planned]:
        number = handshake.matter_number(self._book.memorandum, self.slug, one.subject, [one.values])
        if number is not None:
            data = handshake.acceptance_data(
                referral, origin, number, date_to_json(one.header["occurred_on"])
            )
            yield self._handshake(lookup, one, "ReferralAccepted", data, what)

    def _referrals(self, lookup: _Lookup, one: Planned) -> Iterator[Planned]:
        memorandum = self._book.memorandum
        for slug, purpose in handshake.referrals(memorandum, self.slug, one.kind, one.values):
            what = f"refer:{slug}:{purpose}"
            if lookup.shaken(one.file, what):
                continue
            numbers = {tuple(sorted(number.items())): number for number in numbers_of(one.values)}
            own = handshake.matter_number(memorandum, self.slug, one.subject, [one.values])
            if own is not None:
                numbers[tuple(sorted(own.items()))] = own
            if numbers:
                arrest = one.values.get("arrest")
                data = handshake.referral_data(
                    slug,
                    purpose,
                    list(numbers.values()),
                    date_to_json(one.header["occurred_on"]),
                    arrest.hex() if arrest else None,
                )
                yield self._handshake(lookup, one, "CaseReferred", data, what)

    def _handshake(
        self, lookup: _Lookup, one: Planned, kind: str, data: dict[str, Any], what: str
    ) -> Planned:
        submission = Submission(handshake.SOURCE, f"{one.file.hex()}:{what}", kind, one.subject, data)
        key, content = emission_key(submission.source, submission.id), content_key(submission)
        now = self._clock.now()
        header = self._intake.header(data, now=now)
        values = self._intake.plain(kind, data, now=now)
        event_id = self._writer.entropy.draw(16, b"event", submission.source.encode(), submission.id.encode())
        planned = Planned(key, content, event_id, kind, values, header, one.file, one.file_class, one.subject)
        lookup.add(planned)
        return planned

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
        index = self._writer.record(batch, self._book, one.file_class, head, one.values, let_in)
        draft.indices[one.event_id] = index
        batch.add("emission", one.emitted, one.content, one.event_id, index)
        batch.add("event", one.event_id, index, one.kind, one.file, header["supersedes"])
        for row in _number_rows(one):
            batch.add("number", *row)
        for what in _handshakes(one):
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
        key, content = emission_key(first.source, first.id), content_key(first)
        known = self._database.query("SELECT content FROM waiting WHERE emitted = ?", (key,))
        if known and bytes(known[0][0]) != content:
            draft.told.append(
                (group, Refusal(group, "id", "waits already, with other content", _REPEATED), False)
            )
            return
        held = self._vault.close(json.dumps(said).encode(), _HELD, key)
        position = self._database.query("SELECT COALESCE(MAX(position), 0) FROM waiting")[0][0]
        position += 1 + len(draft.batch.rows.get("waiting", ()))
        draft.batch.add("waiting", key, content, self._clock.now(), position, name, held)
        draft.told.append((group, Waiting(group, name), False))

    def _unhold(self, closed: bytes) -> Group:
        said = json.loads(self._vault.open(closed, _HELD))
        return Group(tuple(Submission(*one) for one in said["submissions"]), tuple(said["rows"]))


_REPEATED = "Give a correction its own id, and name the event it supersedes."


def _as_if_resolved(spec: EventSpec, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with every citation replaced by an id of nothing, so that the rest can be checked."""
    nothing = bytes(16).hex()
    made = dict(data)
    for one in spec.fields:
        name, kind = one.spec.name, one.spec.type
        if kind in REFERENCES and made.get(name) is not None:
            made[name] = nothing if kind == "event" else [nothing]
    if made.get("supersedes") is not None:
        made["supersedes"] = nothing
    return made


def _text(name: str, value: str) -> None:
    if not value or len(value) > 200:
        raise IntakeRefused("is required, at most 200 characters", where=name)


def _references(spec: EventSpec, values: Mapping[str, Any]) -> Iterator[bytes]:
    for one in spec.fields:
        value = values[one.spec.name]
        if value is not None and one.spec.type == "event":
            yield value
        elif value and one.spec.type == "events":
            yield from value


def _number_rows(one: Planned) -> Iterator[tuple[Any, ...]]:
    root = one.header["supersedes"] or one.event_id
    for number in numbers_of(one.values):
        yield (
            number["value"],
            number["kind"],
            number["issuer"],
            root,
            one.kind,
            one.values.get("count"),
            one.header["occurred_on"],
            one.file,
        )


def _handshakes(one: Planned) -> Iterator[str]:
    if one.kind == "CaseReferred":
        yield f"refer:{one.values['to_agency']}:{one.values['purpose']}"
    elif one.kind == "ReferralAccepted":
        yield "accept:" + one.values["referral"].hex()


class _Lookup:
    """What is known while planning: this group, the batch, the store, then other agencies' logs."""

    def __init__(self, database: Database, foreign: Foreign, batch: Known) -> None:
        self.known = Known()
        self._batch = batch
        self._database = database
        self._foreign = foreign

    def add(self, one: Planned) -> None:
        """Let what comes after find a planned event."""
        known = self.known
        known.emitted[one.emitted] = (one.event_id, one.content)
        known.events[one.event_id] = (one.kind, one.file)
        for value, kind, issuer, root, event_kind, count, day, file in _number_rows(one):
            citable = Citable(root, event_kind, kind, issuer, count, "", file, day)
            known.numbered.setdefault(value, []).append(citable)
        known.shaken.update((one.file, what) for what in _handshakes(one))

    def emission(self, key: bytes) -> tuple[bytes, bytes] | None:
        """Event id and content of an emission known by its key."""
        known = self.known.emitted.get(key) or self._batch.emitted.get(key)
        if known is None:
            rows = self._database.query("SELECT event_id, content FROM emission WHERE emitted = ?", (key,))
            known = (bytes(rows[0][0]), bytes(rows[0][1])) if rows else None
        return known

    def emitted(self, source: str, id_: str) -> bytes | None:
        """The event that was emitted under this source and id."""
        known = self.emission(emission_key(source, id_))
        return known[0] if known else None

    def numbered(self, value: str) -> Iterable[Citable]:
        """Every event in which this number stands."""
        rows = self._database.query(
            "SELECT event_id, event_kind, kind, issuer, count, file, occurred_on FROM number WHERE value = ?",
            (value,),
        )
        own = [Citable(row[0], row[1], row[2], row[3], row[4], "", row[5], row[6]) for row in rows]
        uncommitted = (*self.known.numbered.get(value, ()), *self._batch.numbered.get(value, ()))
        return [*uncommitted, *own, *self._foreign.numbered(value)]

    def matter(self, file_class: str, subject: str) -> bytes | None:
        """Our file for a matter of this class."""
        place = (file_class, subject)
        known = self.known.matters.get(place) or self._batch.matters.get(place)
        if known is None:
            rows = self._database.query("SELECT file FROM matter WHERE class = ? AND subject = ?", place)
            known = bytes(rows[0][0]) if rows else None
        return known

    def own_event(self, event_id: bytes) -> tuple[str, bytes] | None:
        """Kind and file of an event of ours."""
        known = self.known.events.get(event_id) or self._batch.events.get(event_id)
        if known is None:
            rows = self._database.query("SELECT kind, file FROM event WHERE event_id = ?", (event_id,))
            known = (rows[0][0], bytes(rows[0][1])) if rows else None
        return known

    def file_class(self, file: bytes) -> str:
        """The class of a file of ours, committed or not."""
        known = self.known.classes.get(file) or self._batch.classes.get(file)
        return known or str(self._database.query("SELECT class FROM file WHERE file = ?", (file,))[0][0])

    def shaken(self, file: bytes, what: str) -> bool:
        """Whether a handshake has been made from this file."""
        if (file, what) in self.known.shaken or (file, what) in self._batch.shaken:
            return True
        return bool(self._database.query("SELECT 1 FROM handshake WHERE file = ? AND what = ?", (file, what)))
