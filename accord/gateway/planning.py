"""Checking what was submitted: nothing is sealed or changed here.

1. What was emitted before under the same source and id is known; with other content it is refused.
2. Citations become references; what cannot be resolved yet waits.
3. Schema, memorandum, our own earlier events. All events of a group pass, or none.
4. Handshakes that the events call for are added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from accord.errors import IntakeRefused
from accord.gateway import handshake
from accord.gateway.answerable import refuse_unanswerable
from accord.gateway.lookup import Foreign, Lookup, Planned, content_key, event_id_of
from accord.gateway.references import REFERENCES, Unresolved, numbers_of, resolve
from accord.gateway.submission import Group, Submission
from accord.schema import EventSpec, Intake, date_to_json, days, moment_of
from accord.seal import Book
from accord.sources import Clock, Entropy
from accord.vault import Vault

VOIDED = "EventVoided"
_NEVER_COORDINATOR = {
    "CaseReferred": "to_agency",
    "ViolationReported": "answer_from",
    "EntryChallenged": "answer_from",
}
REPEATED = "Give a correction its own id, and name the event it supersedes."


class Planner:
    """Checks submissions of one agency under one memorandum."""

    def __init__(
        self, slug: str, book: Book, foreign: Foreign, clock: Clock, entropy: Entropy, vault: Vault
    ) -> None:
        self.slug = slug
        self._book = book
        self._foreign = foreign
        self._clock = clock
        self._entropy = entropy
        self._vault = vault
        memorandum = book.memorandum
        self._role = memorandum.agencies[slug].role
        self._intake = Intake(
            book.vocabulary,
            local_codes=memorandum.local_codes,
            numbers=memorandum.numbers,
            agencies=memorandum.agencies,
            own=slug,
        )

    def plan(self, lookup: Lookup, group: Group) -> tuple[list[Planned], list[bytes], bool]:
        """The events of a group with their handshakes, the ids of the events submitted, whether all were known before.

        Raises Unresolved for a citation that is not known yet, IntakeRefused for what cannot be taken.
        """
        planned: list[Planned] = []
        event_ids: list[bytes] = []
        known = 0
        for submission in group.submissions:
            event_id = event_id_of(self._vault, submission.source, submission.id)
            event_ids.append(event_id)
            content, earlier = content_key(submission), lookup.content(event_id)
            if earlier is None:
                one = self._check(lookup, submission, event_id, content)
                lookup.add(one)
                planned.append(one)
            elif earlier == content:
                known += 1
            else:
                raise IntakeRefused("was emitted before with other content", where="id", advice=REPEATED)
        shaken = [shake for one in planned for shake in self._shake(lookup, one)]
        return shaken, event_ids, known == len(group.submissions)

    def _check(self, lookup: Lookup, submission: Submission, event_id: bytes, content: bytes) -> Planned:
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
            data = resolve(spec, submission, event_id, lookup)
        except Unresolved:
            self._values(
                spec, _as_if_resolved(spec, submission.data), now
            )  # what is wrong anyway need not wait
            raise
        header, values = self._values(spec, data, now)
        file, file_class = self._file(lookup, spec, submission, header)
        root = event_id if header["supersedes"] is None else lookup.root(header["supersedes"])
        return Planned(
            event_id, content, spec.kind, values, header, file, file_class, submission.subject, root
        )

    def _values(
        self, spec: EventSpec, data: Mapping[str, Any], now: int
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        header, values = self._intake.header(data, now=now), self._intake.plain(spec.kind, data, now=now)
        self._refuse_coordinator(spec.kind, values)
        refuse_unanswerable(self._book.memorandum, self.slug, spec.kind, values)
        self._refuse_another_day(header["occurred_on"], values.get("occurred_at"))
        return header, values

    def _file(
        self, lookup: Lookup, spec: EventSpec, submission: Submission, header: Mapping[str, Any]
    ) -> tuple[bytes, str]:
        if header["supersedes"] is not None:
            return self._superseded(lookup, spec, header["supersedes"])
        if spec.kind == VOIDED:
            raise IntakeRefused("says which event is voided", where="supersedes")
        file = lookup.matter(spec.file_class, submission.subject)
        if file is None:
            about = (self.slug.encode(), spec.file_class.encode(), submission.subject.encode())
            file = self._entropy.draw(16, b"file", *about)
            lookup.known.put(lookup.known.matters, (spec.file_class, submission.subject), file)
            lookup.known.put(lookup.known.classes, file, spec.file_class)
        return file, spec.file_class

    def _superseded(self, lookup: Lookup, spec: EventSpec, event_id: bytes) -> tuple[bytes, str]:
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

    def _refuse_another_day(self, day: int, at: int | None) -> None:
        """The date of an act is the one that its moment has by the exchange's clocks."""
        zone = self._book.memorandum.timezone
        if at is not None and days(moment_of(at).astimezone(zone).date()) != day:
            raise IntakeRefused(
                f"is another day than that of occurred_at by the clocks of {zone.key}",
                where="occurred_on",
                advice="Mend occurred_on or occurred_at, or leave occurred_at out if only the date is known.",
            )

    # ---- Handshakes ----

    def _shake(self, lookup: Lookup, one: Planned) -> list[Planned]:
        """An event with its handshakes: acceptances first, since they open the file only from there on."""
        if one.file_class != "case" or one.kind == VOIDED:
            return [one]
        return [*self._acceptances(lookup, one), one, *self._referrals(lookup, one)]

    def _acceptances(self, lookup: Lookup, one: Planned) -> Iterator[Planned]:
        if one.kind in ("ReferralAccepted", "CaseLinked", "CaseUnlinked"):
            return
        for event_id in _cited(self._book.vocabulary.events[one.kind], one.values):
            foreign = self._foreign.file_of(event_id)
            if foreign is None or foreign[0] not in self._book.places or lookup.own_event(event_id):
                continue  # who has left is told of no acceptance; who copies an id of ours is believed nothing
            for referral in self._foreign.referrals(*foreign):
                what = "accept:" + referral.hex()
                if not lookup.shaken(one.file, what):
                    yield from self._accept(lookup, one, referral, foreign[0], what)

    def _accept(
        self, lookup: Lookup, one: Planned, referral: bytes, origin: str, what: str
    ) -> Iterator[Planned]:
        number = handshake.matter_number(self._book.memorandum, self.slug, one.subject, [one.values])
        if number is not None:
            data = handshake.acceptance_data(
                referral, origin, number, date_to_json(one.header["occurred_on"])
            )
            yield self._handshake(lookup, one, "ReferralAccepted", data, what)

    def _referrals(self, lookup: Lookup, one: Planned) -> Iterator[Planned]:
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

    def _handshake(self, lookup: Lookup, one: Planned, kind: str, data: dict[str, Any], what: str) -> Planned:
        submission = Submission(handshake.SOURCE, f"{one.file.hex()}:{what}", kind, one.subject, data)
        event_id = event_id_of(self._vault, submission.source, submission.id)
        now = self._clock.now()
        header = self._intake.header(data, now=now)
        values = self._intake.plain(kind, data, now=now)
        refuse_unanswerable(self._book.memorandum, self.slug, kind, values)
        content = content_key(submission)
        planned = Planned(
            event_id, content, kind, values, header, one.file, one.file_class, one.subject, event_id
        )
        lookup.add(planned)
        return planned


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


def _cited(spec: EventSpec, values: Mapping[str, Any]) -> Iterator[bytes]:
    for one in spec.fields:
        value = values[one.spec.name]
        if value is not None and one.spec.type == "event":
            yield value
        elif value and one.spec.type == "events":
            yield from value
