"""Grants that follow other agencies' events: a referral elsewhere in a joined case opens our file too.

The position in the feed up to which this was done moves in the transaction of the grants (tracking), so
that each is made once, whatever dies in between.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from eventsourcing.persistence import Tracking

from accord.gateway.batch import Batch
from accord.gateway.involve import LetIn, let_in_by_joined
from accord.gateway.writer import BATCH_ENTRIES, Writer
from accord.replica import File, Replica
from accord.seal import Book, record

FEED = "replica"
_STEP = 256
_MOST_FILES = 65_536  # whose component is kept in mind


@dataclass(slots=True)
class Component:
    """Joined files, those of our own among them, and what was done for all of them: acts noted, agencies let in."""

    files: Collection[File]
    own: Sequence[bytes]
    noted: set[str] = field(default_factory=set)
    let_in: bool = False


class Follower:
    """Follows what was opened of other agencies' logs, and grants what is due because of it."""

    def __init__(self, writer: Writer, book: Book, replica: Replica, seen: tuple[int, ...]) -> None:
        self._writer = writer
        self._book = book
        self._replica = replica
        self._seen = seen
        self._components: dict[File, Component] = {}
        self._until = 0  # components are known as they stood at this item of the replica, or later

    def follow(self) -> int:
        """Make every grant that is due; returns how many entries were appended."""
        made = 0
        position = self._writer.tracked(FEED)
        while touched := self._replica.touched(position, _STEP):
            batch = self._writer.batch(self._seen)
            for position, origin, file, kind in touched:
                component = self._component(position, (origin, file))
                if origin != self._writer.slug:
                    self._note_ends(batch, component, kind)
                self._let_in(batch, component)
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

    def _component(self, seq: int, file: File) -> Component:
        """The component of a file: searched for once, whatever happened in how many of its files."""
        if seq > self._until or len(self._components) > _MOST_FILES:
            self._components.clear()
            self._until = self._replica.last
        known = self._components.get(file)
        if known is None:
            files = sorted(self._replica.joined(*file))
            alone = len(files) == 1  # nobody else has said anything of it
            own = [] if alone else [one for publisher, one in files if publisher == self._writer.slug]
            known = Component(files, own)
            self._components.update(dict.fromkeys(files, known))
        return known

    def _note_ends(self, batch: Batch, component: Component, kind: str) -> None:
        """Another agency's act may end somebody's part in the case: once is enough for acts of one kind."""
        if kind not in component.noted:
            component.noted.add(kind)
            for own in component.own:
                self._writer.note_end(batch, own, kind)

    def _let_in(self, batch: Batch, component: Component) -> None:
        """Let in whom everything that is known of a component lets into our files."""
        if component.let_in or not component.own:
            return
        component.let_in = True
        events = [event for one in component.files for event in self._replica.rule_events(*one)]
        known: dict[str, list[LetIn]] = {}
        for own in component.own:
            file_class = self._writer.files.file_class(own)
            if file_class not in known:
                known[file_class] = let_in_by_joined(self._book, self._writer.slug, events, file_class)
            if known[file_class]:
                self._writer.let_in(batch, self._book, own, file_class, known[file_class])
