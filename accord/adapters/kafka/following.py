"""Whose records are whose: from the records of a log topic to the bundles of its log.

Where no authorizer keeps strangers out, anybody can put a record on a log topic; and where one does, a broker can still
lose records or hand out old ones. So a record counts for what its publisher has signed, and for nothing else:

1. It is a bundle of this log in its one form, under a head that the log's key signed; else a stranger's: passed over.
2. It goes on where the reader is. One that lies behind is compared with what was verified: equal is a repetition, and
   ignored; unequal under a head of our own history is a stranger's, passed over; else the log has forked.
3. Its entries lead to the root under its head; else it is passed over if another record goes on from there, and a fault
   of the log if none does.
4. If a record begins beyond the reader's place and none fills the gap, then entries are lost: the topic was compacted,
   cut short or made anew. That is the broker's fault, not the publisher's.

What is passed over stays on the topic; its place and the reason are told to the judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from accord.adapters.kafka.reading import Record
from accord.adapters.kafka.records import beginning_at, decode_bundle
from accord.errors import EntriesLost, EvidenceFault, LogForked
from accord.ports import Bundle


class Judge(Protocol):
    """What a reader knows of the logs, by slug."""

    def size(self, origin: str) -> int:
        """How far this log was verified."""
        ...

    def head(self, origin: str, note: str) -> int:
        """The size of a head that this log has signed; raises EvidenceFault if it has not."""
        ...

    def extends(self, bundle: Bundle) -> None:
        """Compare a bundle that begins within what was verified with it, and its end with its head.

        Raises LogForked where the log has signed something else than was verified; ProofInvalid where the entries
        are not those that the log signed, whoever put them there.
        """
        ...

    def passed_over(self, origin: str, where: str, reason: str) -> None:
        """A record, at this topic and offset, is not the publisher's."""
        ...


class Follower:
    """Follows one log from an index on; `at` moves with what was accepted."""

    def __init__(self, exchange: str, slug: str, topic: str, judge: Judge, at: int) -> None:
        self.at = at
        self._exchange = exchange
        self._slug = slug
        self._topic = topic
        self._judge = judge

    def follow(self, records: Iterable[Record]) -> Iterator[Bundle]:
        """The bundles of the log in these records, each from where the last one ended.

        Raises LogForked, ProofInvalid and EntriesLost as above; the last two only behind the last record.
        """
        suspect: tuple[int, EvidenceFault] | None = None
        ahead: tuple[int, str] | None = None
        for one in records:
            where = place(self._topic, one.offset)
            bundle = self.signed(one)
            if bundle is None:
                continue
            if bundle.first_index > self.at:
                ahead = ahead or (bundle.first_index, where)
                continue
            fault = self._judged(bundle, where)
            if fault is None and bundle.end > self.at:
                yield beginning_at(bundle, self.at)
                self.at = bundle.end
            elif fault is not None and bundle.end > self.at:
                suspect = (bundle.end, fault)
        if suspect is not None and suspect[0] > self.at:
            raise suspect[1]
        if ahead is not None and ahead[0] > self.at:
            raise lost(self._topic, self.at, f"the next is {ahead[0]}, at {ahead[1]}")

    def signed(self, one: Record) -> Bundle | None:
        """The bundle in a record, if the log has signed its head."""
        try:
            bundle = decode_bundle(self._exchange, self._slug, one.value)
            self._judge.head(self._slug, bundle.head)
        except EvidenceFault as fault:
            self._judge.passed_over(self._slug, place(self._topic, one.offset), fault.message)
            return None
        return bundle

    def _judged(self, bundle: Bundle, where: str) -> EvidenceFault | None:
        try:
            self._judge.extends(bundle)
        except LogForked as fault:
            fault.where = where
            raise
        except EvidenceFault as fault:
            self._judge.passed_over(self._slug, where, fault.message)
            fault.where = where
            return fault
        return None


def place(topic: str, offset: int) -> str:
    """Where a record is, for messages."""
    return f"{topic}, offset {offset}"


def lost(topic: str, index: int, detail: str) -> EntriesLost:
    """The topic does not hold what it once held."""
    return EntriesLost(
        f"entry {index} and what follows are no longer on the topic ({detail}): a retention or compaction accident, "
        "or the topic was made anew",
        where=topic,
        advice="Run accord broker check; bring the topic back, or let its agency publish its whole log on a new one.",
    )
