"""Letting agencies into a file, and taking them out again.

A grant hands over every chain of the file that its recipient is a reader of. When an agency's part in the case has ended
(an act that the rule names, or its lapse), the chains that it holds begin anew, from a key that it cannot derive, and the
readers who remain are granted them, before the next event that is recorded in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from accord.gateway.batch import Batch
from accord.gateway.case import CaseFile, Granted, Held
from accord.gateway.involve import LetIn
from accord.gateway.pairs import Pairs
from accord.seal import (
    SIZE_CLASSES,
    SLOTS,
    Book,
    GrantTerms,
    Handing,
    MadeGrant,
    ShareTerms,
    grant_record,
)
from accord.sources import Entropy

Say = Callable[[Batch, Book, CaseFile, bytes, bytes, Sequence[tuple[str, bytes]]], int]
_MOST_EARLIER = 256  # entries of the history that one grant names
_DAY = 86_400 * 1_000_000


class Due(NamedTuple):
    """An agency that is to be given these chains."""

    one: LetIn
    labels: tuple[str, ...]


class Granting:
    """Makes grants; `say` seals a control entry of a file into the batch and returns its log index."""

    def __init__(self, slug: str, origin: bytes, pairs: Pairs, entropy: Entropy, say: Say) -> None:
        self._slug = slug
        self._origin = origin
        self._pairs = pairs
        self._entropy = entropy
        self._say = say
        self._watching: dict[tuple[bytes, str], tuple[str, ...]] = {}

    def let_in(
        self,
        batch: Batch,
        book: Book,
        file: CaseFile,
        file_class: str,
        newcomers: Sequence[LetIn],
        used: Sequence[str] = (),
        cause: bytes = b"",
    ) -> None:
        """Grant the file to newcomers; and to who is in it already, chains that are used and that they do not hold yet.

        Those are chains that name an agency, and chains of readers that a later memorandum has made.
        """
        due: dict[tuple[str, bytes], list[Due]] = {}
        for one in newcomers:
            labels = dict.fromkeys(book.labels_for(self._slug, file_class, one.slug))
            labels.update(
                (label, None)
                for label in (*file.ring.n, *used)
                if book.admits(label, one.slug) and label in book.all_labels(self._slug)
            )
            due.setdefault((one.origin, one.event_id), []).append(Due(one, tuple(labels)))
        settled = file.settled.setdefault(book.memorandum.sha256, set())
        if not settled.issuperset(used):
            missing = self._missing(book, file, used, cause, {one.slug for one in newcomers})
            if missing:
                due.setdefault((self._slug, cause), []).extend(missing)
            settled.update(used)
        for several in due.values():
            self._grant(batch, book, file, file_class, several)

    def _missing(
        self, book: Book, file: CaseFile, used: Sequence[str], cause: bytes, newcomers: set[str]
    ) -> list[Due]:
        """Chains that are used now for the first time, for those in the file who do not hold them yet."""
        found: list[Due] = []
        for slug, held in file.holders.items():
            labels = tuple(label for label in used if label not in held and book.admits(label, slug))
            if labels and slug not in newcomers:
                found.append(Due(LetIn(slug, False, file.rules.get(slug), self._slug, cause), labels))
        return found

    def take_out(self, batch: Batch, book: Book, file: CaseFile, file_class: str, cause: bytes) -> None:
        """Begin anew every chain that agencies hold whose part in the case has ended or lapsed, or who have left."""
        gone = sorted(file.ended | self._lapsed(batch, file) | self._left(book, file))
        if not gone:
            return
        index = batch.next_index
        anew = {label for slug in gone for label in file.holders.get(slug, ())}
        for slug in gone:
            file.take_out(slug, index)
            batch.add("ended", file.id.bytes, slug, index, 0)
        used = anew & book.all_labels(self._slug)  # on the others nothing can be sealed under this version
        remain = [
            Due(LetIn(slug, False, file.rules.get(slug), self._slug, cause), tuple(sorted(used & held)))
            for slug, held in sorted(file.holders.items())
        ]
        for label in sorted(anew):
            batch.add("chain_break", file.id.bytes, label, *file.begin_anew(label, index), index)
        self._grant(batch, book, file, file_class, [one for one in remain if one.labels])

    def note_ends(self, batch: Batch, file: CaseFile, kind: str) -> None:
        """An act of this kind is known: whose part in the case it ends, by the rule that let them in."""
        for slug, rule in file.rules.items():
            if kind in rule.until and slug not in file.ended:
                file.ended.add(slug)
                batch.add("ended", file.id.bytes, slug, None, 1)

    def _left(self, book: Book, file: CaseFile) -> set[str]:
        """Those who hold chains that they are no readers of by the version in force: they have left it, or changed role."""
        if file.followed == book.memorandum.sha256:
            return set()
        file.followed = book.memorandum.sha256
        return {
            slug
            for slug, held in file.holders.items()
            if slug not in book.places or not all(book.admits(label, slug) for label in held)
        }

    def _lapsed(self, batch: Batch, file: CaseFile) -> set[str]:
        """Those whose rule lapses, this long after the latest event of ours that began it, or after the grant."""
        found = set()
        for slug, rule in file.rules.items():
            if rule.lapses is None:
                continue
            begun = [file.latest[kind] for kind in rule.kinds if kind in file.latest]
            if max((file.since[slug], *begun)) + rule.lapses.days * _DAY < batch.recorded_at:
                found.add(slug)
        return found

    def _grant(
        self, batch: Batch, book: Book, file: CaseFile, file_class: str, several: Sequence[Due]
    ) -> None:
        if several:
            watching = self._watching_in(book, file_class)
            because = several[0].one
            shares = [self._share(book, file, one) for one in several]
            self._say_grant(batch, book, file, file_class, because, [first for first, *_ in shares], watching)
            for later in (one for _, *rest in shares for one in rest):
                self._say_grant(batch, book, file, file_class, because, [later], watching)

    def _share(self, book: Book, file: CaseFile, due: Due) -> list[ShareTerms]:
        """What one agency is given: more than one share where the history is longer than an entry holds."""
        one, labels = due
        handed = [Handing(*each) for each in file.ring.hand_out_all(labels, history=one.history)]
        earlier = file.entries_for(set(labels)) if one.history else ()
        rule = book.memorandum.number_of(one.rule)
        shares = [ShareTerms(one.slug, rule, one.history, handed, earlier[:_MOST_EARLIER])]
        for start in range(_MOST_EARLIER, len(earlier), _MOST_EARLIER):
            used = file.used_until(earlier[start - 1])
            handed = [Handing(*each) for each in file.ring.hand_out_from(labels, used)]
            part = earlier[start : start + _MOST_EARLIER]
            shares.append(ShareTerms(one.slug, rule, one.history, handed, part))
        return shares

    def _say_grant(
        self,
        batch: Batch,
        book: Book,
        file: CaseFile,
        file_class: str,
        because: LetIn,
        shares: Sequence[ShareTerms],
        watching: tuple[str, ...],
    ) -> None:
        """One entry for all, or as many as it takes: else what is long would show that it is a grant, and for how many."""
        place = batch.next_index.to_bytes(8, "big")
        entry_id = self._entropy.draw(16, b"grant", file.id.bytes, because.event_id, place)
        terms = GrantTerms(file.id.bytes, file_class, because.origin, because.event_id, batch.recorded_at)
        made = grant_record(book, self._origin, entry_id, self._pairs.key, terms, shares, watching)
        if len(shares) > 1 and not _fits(made):
            half = len(shares) // 2
            for some in (shares[:half], shares[half:]):
                self._say_grant(batch, book, file, file_class, because, some, watching)
            return
        index = self._say(batch, book, file, entry_id, made.whole, tuple(made.readers.items()))
        for number, (slug, message) in enumerate(made.messages.items(), index * SLOTS):
            batch.add("outbox_key", number, slug, message)
        held = tuple(
            [
                Held(
                    one.recipient,
                    book.memorandum.rule_of(one.rule),
                    one.history,
                    [each.label for each in one.handed],
                )
                for one in shares
            ]
        )
        when = datetime.fromtimestamp(batch.recorded_at / 1e6, UTC)
        file.take(Granted(file.id, file.version + 1, when, index, entry_id, batch.recorded_at, held, ()))

    def _watching_in(self, book: Book, file_class: str) -> tuple[str, ...]:
        """Those who are told of every grant in a file of this class."""
        place = (book.memorandum.sha256, file_class)
        known = self._watching.get(place)
        if known is None:
            watching = book.memorandum.watching(file_class)
            known = self._watching[place] = tuple(slug for slug in watching if slug != self._slug)
        return known


def _fits(made: MadeGrant) -> bool:
    """Whether a grant has a slot for each reader and the publisher, and stands in an entry of the smallest size."""
    return len(made.readers) < SLOTS and len(made.whole) < SIZE_CLASSES[0]
