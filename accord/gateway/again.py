"""Keys asked for again: what a reader lacks it asks for in its own log, and its publisher leaves it on the wire anew.

1. A reader that has awaited a key message for ten minutes, or that holds entries of a log without the pair key, says so by
   an entry in its own log, sealed to the publisher, the coordinating agency and the auditor: once a day, while it lacks it.
2. The publisher, when it has read that, makes the key messages anew from its files. They come out as the same bytes, or not
   at all: the chain keys must be those that the grant names.
3. It leaves them with the next publication, a key bundle for each 256 entries of its log that hold such a grant, and
   forgets the request. Dying before that it leaves them again, which harms nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from accord.gateway.mapper import GRANT, RECORDS, SealedRecord
from accord.gateway.writer import Writer
from accord.keys import LogKeys
from accord.ports import Wire
from accord.replica import Replica
from accord.seal import Book, OpenedGrant, Share, key_message, make_key_bundle, record

PATIENCE = 10 * 60 * 1_000_000
"""For how long a key message is awaited before it is asked for again, in microseconds."""
_DAY = 86_400 * 1_000_000
_STRETCH = 256  # a publication never crosses a multiple of it, so a bundle made anew holds all that it takes the place of
_NOBODY = bytes(16)


class Again:
    """Asks for keys, and answers those who ask."""

    def __init__(self, writer: Writer, replica: Replica, book: Book) -> None:
        self._writer = writer
        self._replica = replica
        self._book = book

    # ---- As a reader ----

    def ask(self, seen: tuple[int, ...]) -> int:
        """Ask for what is lacking, by entries in our own log; returns how many."""
        batch, watching = self._writer.batch(seen), self._book.memorandum.watching()
        asked = 0
        for origin, since in self._replica.keys_lacking(batch.recorded_at - PATIENCE):
            what = f"ask:{origin}:{since}:{batch.recorded_at // _DAY}"
            if origin not in self._book.places or self._writer.shaken(_NOBODY, what):
                continue
            batch.add("handshake", _NOBODY, what)
            said = {"of": self._book.places[origin], "since": since, "recorded_at": batch.recorded_at}
            readers = [slug for slug in dict.fromkeys((origin, *watching)) if slug != self._writer.slug]
            self._writer.say(batch, self._book, record("keys_asked").encode(said), readers)
            asked += 1
        if asked:
            self._writer.commit(batch)
        return asked

    # ---- As a publisher ----

    def answer(self, wire: Wire, signing: LogKeys, published: int) -> int:
        """Leave what others have asked for, as far as our log is published; returns how many key bundles."""
        left = 0
        for asker, since in self._replica.keys_due():
            for covers, data in self._bundles(asker, since, published, signing):
                wire.put_keys(asker, self._writer.slug, covers, data)
                left += 1
            self._replica.keys_sent(asker, since)
        return left

    def _bundles(
        self, asker: str, since: int, published: int, signing: LogKeys
    ) -> Iterator[tuple[int, bytes]]:
        pairs = [
            (row[0], bytes(row[1]))
            for row in self._writer.database.query(
                "SELECT generation, sealed FROM pair_key WHERE reader = ?", (asker,)
            )
        ]
        for first in range(since - since % _STRETCH, published, _STRETCH):
            covers = min(first + _STRETCH, published)
            messages = list(self._messages(asker, first, covers))
            if messages or first <= since:
                origin, entropy = self._writer.log.origin, self._writer.entropy
                key = signing.at(covers)
                yield covers, make_key_bundle(origin, asker, covers, pairs, messages, key, entropy)

    def _messages(self, asker: str, start: int, stop: int) -> Iterator[bytes]:
        """The key messages of our grants to an agency, from one log index to another."""
        rows = self._writer.database.query(RECORDS + " AND topic = ? ORDER BY idx", (start, stop, GRANT))
        for row in rows:
            grant = self._writer.mapper.control(SealedRecord.of(row))
            for share in grant.shares if isinstance(grant, OpenedGrant) else ():
                if share.recipient == asker:
                    yield from self._message(grant, share)

    def _message(self, grant: OpenedGrant, share: Share) -> Iterator[bytes]:
        """The key message of a share, if its chains still hand out what it names."""
        keys = self._writer.keys_of(grant.file, share.chains)
        if keys is None:
            return
        origin, pair = self._writer.log.origin.encode(), self._writer.pair_key(share.recipient)
        message = key_message(origin, share.recipient, grant.entry_id, pair, keys)
        if hashlib.sha256(message).digest() == share.key_message:
            yield message
