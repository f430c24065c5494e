"""Grants that follow other agencies' events: a referral elsewhere in a joined case opens our file too.

The position in the feed up to which this was done moves in the transaction of the grants (tracking), so
that each is made once, whatever dies in between.
"""

from __future__ import annotations

from eventsourcing.persistence import Tracking

from accord.gateway.batch import Batch
from accord.gateway.involve import let_in_by_joined
from accord.gateway.writer import BATCH_ENTRIES, Writer
from accord.replica import Replica
from accord.seal import Book, record

FEED = "replica"
_STEP = 256


class Follower:
    """Follows what was opened of other agencies' logs, and grants what is due because of it."""

    def __init__(self, writer: Writer, book: Book, replica: Replica, seen: tuple[int, ...]) -> None:
        self._writer = writer
        self._book = book
        self._replica = replica
        self._seen = seen

    def follow(self) -> int:
        """Make every grant that is due; returns how many entries were appended."""
        made = 0
        position = self._writer.tracked(FEED)
        while touched := self._replica.touched(position, _STEP):
            batch = self._writer.batch(self._seen)
            for seq, origin, file in touched:
                position = seq
                for own in self._own_files(origin, file):
                    self._evaluate(batch, own, seq)
                if len(batch.stored) >= BATCH_ENTRIES:
                    break
            self._writer.commit(batch, Tracking(FEED, position))
            made += len(batch.stored)
        return made

    def tell(self) -> int:
        """Tell publishers of faults in their entries; returns how many were told."""
        places = self._book.places
        due = [one for one in self._replica.notices_due() if one[0] in places]  # who has left has no place
        batch = self._writer.batch(self._seen)
        watching = self._book.memorandum.watching()
        for origin, index, fault, entry_id in due:
            what = f"tell:{origin}:{index}:{fault}"
            if self._writer.shaken(entry_id, what):
                continue  # told, and dead before the replica knew
            batch.add("handshake", entry_id, what)
            said = {
                "fault": fault,
                "about_origin": places[origin],
                "about_index": index,
                "about_entry": entry_id,
                "recorded_at": batch.recorded_at,
            }
            readers = [slug for slug in dict.fromkeys((origin, *watching)) if slug != self._writer.slug]
            self._writer.say(batch, self._book, record("notice").encode(said), readers)
        if due:
            self._writer.commit(batch)
            self._replica.notices_told(due)
        return len(due)

    def _own_files(self, origin: str, file: bytes) -> list[bytes]:
        joined = self._replica.joined(origin, file)
        if len(joined) == 1:
            return []  # by itself: nobody else has said anything of it
        return sorted(one for publisher, one in joined if publisher == self._writer.slug)

    def _evaluate(self, batch: Batch, own: bytes, seq: int) -> None:
        file_class = self._writer.files.file_class(own)
        joined = self._replica.joined(self._writer.slug, own)
        events = [event for one in sorted(joined) for event in self._replica.rule_events(*one)]
        let_in = let_in_by_joined(self._book, self._writer.slug, events, file_class)
        for event in events:
            if event.seq == seq and event.origin != self._writer.slug:
                self._writer.note_end(batch, own, event.kind)
        if let_in:
            self._writer.let_in(batch, self._book, own, file_class, let_in)
