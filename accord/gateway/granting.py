"""Letting agencies into a file, and taking them out again.

A grant hands over every chain of the file that its recipient is a reader of. When an agency's part in the case has ended
(an act that the rule names, or its lapse), the chains that it holds begin anew, from a key that it cannot derive, and the
readers who remain are granted them, before the next event that is recorded in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from accord.gateway.batch import Batch
from accord.gateway.case import CaseFile, Granted
from accord.gateway.involve import LetIn
from accord.gateway.pairs import Pairs
from accord.seal import Book, GrantTerms, Handing, OwnRing, grant_record
from accord.sources import Entropy

Say = Callable[[Batch, Book, CaseFile, bytes, bytes, Sequence[str]], int]
_DAY = 86_400 * 1_000_000


class Granting:
    """Makes grants; `say` seals a control entry of a file into the batch and returns its log index."""

    def __init__(self, slug: str, origin: bytes, pairs: Pairs, entropy: Entropy, say: Say) -> None:
        self._slug = slug
        self._origin = origin
        self._pairs = pairs
        self._entropy = entropy
        self._say = say
        self._watching: dict[tuple[bytes, str, str], tuple[str, ...]] = {}

    def let_in(
        self,
        batch: Batch,
        book: Book,
        file: CaseFile,
        file_class: str,
        newcomers: Iterable[LetIn],
        used: Sequence[str] = (),
        cause: bytes = b"",
    ) -> None:
        """Grant the file to newcomers; and to who is in it already, chains that are used and that they do not hold yet.

        Those are chains that name an agency, and chains of readers that a later memorandum has made.
        """
        for one in newcomers:
            labels = dict.fromkeys(book.labels_for(self._slug, file_class, one.slug))
            labels.update(
                (label, None) for label in (*_named(file.ring), *used) if book.admits(label, one.slug)
            )
            self._grant(batch, book, file, file_class, one, tuple(labels))
        for slug in tuple(file.let_in) if used else ():
            held = file.holders[slug]
            missing = [label for label in used if label not in held and book.admits(label, slug)]
            if missing:
                because = LetIn(slug, False, file.rules[slug], self._slug, cause)
                self._grant(batch, book, file, file_class, because, missing)

    def take_out(self, batch: Batch, book: Book, file: CaseFile, file_class: str, cause: bytes) -> None:
        """Begin anew every chain that agencies hold whose part in the case has ended or lapsed."""
        gone = sorted(file.ended | self._lapsed(batch, book, file))
        if not gone:
            return
        labels = {label for slug in gone for label in file.holders.get(slug, ())}
        for label in sorted(labels):
            n = file.ring.n.get(label, 0)
            batch.add("chain_break", file.id.bytes, label, n, file.ring.begin_anew(label, n))
        for slug in gone:
            file.take_out(slug, batch.next_index)
            batch.add("ended", file.id.bytes, slug, batch.next_index)
        for slug in sorted(file.let_in):
            handed = sorted(labels & file.holders[slug])
            if handed:
                because = LetIn(slug, False, file.rules[slug], self._slug, cause)
                self._grant(batch, book, file, file_class, because, handed)

    def note_ends(self, batch: Batch, book: Book, file: CaseFile, kind: str) -> None:
        """An act of this kind is known: whose part in the case it ends, by the rule that let them in."""
        rules = book.memorandum.involvements
        for slug, rule in file.rules.items():
            if kind in rules[rule].until and slug not in file.ended:
                file.ended.add(slug)
                batch.add("ended", file.id.bytes, slug, None)

    def _lapsed(self, batch: Batch, book: Book, file: CaseFile) -> set[str]:
        """Those whose rule lapses, this long after the latest event of ours that began it, or after the grant."""
        found = set()
        for slug, number in file.rules.items():
            rule = book.memorandum.involvements[number]
            if rule.lapses is None:
                continue
            begun = [file.latest[kind] for kind in rule.kinds if kind in file.latest]
            if max((file.since[slug], *begun)) + rule.lapses.days * _DAY < batch.recorded_at:
                found.add(slug)
        return found

    def _grant(
        self, batch: Batch, book: Book, file: CaseFile, file_class: str, one: LetIn, labels: Sequence[str]
    ) -> None:
        handed = [Handing(*each) for each in file.ring.hand_out_all(labels, history=one.history)]
        about = (
            file.id.bytes,
            one.slug.encode(),
            one.event_id,
            _digest(labels),
            bytes([len(batch.stored) & 0xFF]),
        )
        entry_id = self._entropy.draw(16, b"grant", *about)
        earlier = file.entries_for(lambda label: book.admits(label, one.slug)) if one.history else ()
        terms = GrantTerms(
            one.slug,
            file.id.bytes,
            file_class,
            one.history,
            one.rule,
            one.origin,
            one.event_id,
            batch.recorded_at,
            earlier,
        )
        plaintext, message = grant_record(
            book, self._origin, entry_id, self._pairs[one.slug].key, terms, handed
        )
        readers = self._readers(book, one.slug, file_class)
        index = self._say(batch, book, file, entry_id, plaintext, readers)
        batch.add("outbox_key", index, one.slug, message)
        chains = tuple((each.label, each.start) for each in handed)
        when = datetime.fromtimestamp(batch.recorded_at / 1e6, UTC)
        file.apply(Granted(file.id, file.version + 1, when, index, entry_id, terms, chains, ()))

    def _readers(self, book: Book, recipient: str, file_class: str) -> tuple[str, ...]:
        place = (book.memorandum.sha256, recipient, file_class)
        known = self._watching.get(place)
        if known is None:
            known = self._watching[place] = self._readers_of(book, recipient, file_class)
        return known

    def _readers_of(self, book: Book, recipient: str, file_class: str) -> tuple[str, ...]:
        roles = ("coordinator",) if file_class == "incident" else ("coordinator", "auditor")
        watching = (slug for role in roles for slug in book.memorandum.roles.get(role, ()))
        return tuple(dict.fromkeys(slug for slug in (recipient, *watching) if slug != self._slug))


def _named(ring: OwnRing) -> list[str]:
    """Chains with a named agency that the file has used already."""
    return [label for label in ring.n if "@" in label]


def _digest(labels: Sequence[str]) -> bytes:
    return hashlib.sha256("\n".join(labels).encode()).digest()[:8]
