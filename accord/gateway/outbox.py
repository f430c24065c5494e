"""From the store to the wire: bundles of what was appended, key bundles before them.

1. Key bundles for every recipient, so that who was let in cannot be told from who was sent something.
2. The log bundle that they go with, its head last; the wire may ask for the next meanwhile.
3. When the wire says so, the progress is noted and the key messages sent are dropped.
Dying anywhere repeats what was not noted, and the wire takes what it has already as done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from accord.keys import LogKeys
from accord.ledger import Log
from accord.ports import Bundle, Database, Publication, Wire
from accord.seal import SLOTS, make_key_bundle
from accord.sources import Entropy

BUNDLE_ENTRIES = 256
BUNDLE_BYTES = 900 * 1024


class Outbox:
    """Publishes what the store holds and the wire does not."""

    def __init__(
        self, slug: str, database: Database, log: Log, wire: Wire, keys: LogKeys, entropy: Entropy
    ) -> None:
        self._slug = slug
        self._database = database
        self._log = log
        self._wire = wire
        self._signing = keys
        self._entropy = entropy

    @property
    def published(self) -> int:
        """How many entries of our log are on the wire."""
        rows = self._database.query("SELECT value FROM progress WHERE name = 'published'")
        return int(rows[0][0]) if rows else 0

    def publish(
        self,
        recipients: Iterable[str],
        shown: int,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> int:
        """Publish everything; returns how many entries were new to the wire.

        `shown` is the size that the wire shows of our log: less than we know to be published where the wire was
        lost or brought back from an older copy.
        """
        start, recipients = min(self.published, shown), tuple(recipients)
        done = start
        for done in self._wire.publish_all(self._due(start, recipients)):
            self._note(done)
            progress(done - start, self._log.size - start)
        return done - start

    def _note(self, done: int) -> None:
        with self._database.transaction() as transaction:
            transaction.execute(_PUBLISHED, (done,))
            transaction.execute("DELETE FROM outbox_key WHERE place < ?", (done * SLOTS,))
            transaction.execute("UPDATE pair_key SET published = 1 WHERE published = 0")

    def _due(self, first: int, recipients: tuple[str, ...]) -> Iterator[Publication]:
        while first < self._log.size:
            entries = self._entries(first)
            end = first + len(entries)
            messages = self._messages(first, end)
            keys = [(slug, end, self._keys_for(slug, first, end, messages)) for slug in recipients]
            yield Publication(Bundle(self._slug, first, entries, self._log.head(end)), keys)
            first = end

    def _entries(self, first: int) -> list[bytes]:
        """The next bundle: up to the next full tile, within the size of a bundle."""
        most = BUNDLE_ENTRIES - first % BUNDLE_ENTRIES
        rows = self._database.query(
            "SELECT state FROM stored_events WHERE idx >= ? ORDER BY idx LIMIT ?", (first, most)
        )
        entries = [bytes(state) for (state,) in rows]
        while len(entries) > 1 and sum(map(len, entries)) > BUNDLE_BYTES:
            entries.pop()
        return entries

    def _messages(self, first: int, end: int) -> dict[str, list[bytes]]:
        """Key messages of the grants of these entries, by recipient."""
        rows = self._database.query(
            "SELECT recipient, message FROM outbox_key WHERE place >= ? AND place < ? ORDER BY place",
            (first * SLOTS, end * SLOTS),
        )
        found: dict[str, list[bytes]] = {}
        for slug, message in rows:
            found.setdefault(slug, []).append(bytes(message))
        return found

    def _keys_for(self, slug: str, first: int, end: int, messages: dict[str, list[bytes]]) -> bytes:
        pairs = self._database.query(
            "SELECT generation, sealed FROM pair_key WHERE reader = ? AND (published = 0 OR ? = 0)",
            (slug, first),
        )
        return make_key_bundle(
            self._log.origin,
            slug,
            end,
            [(row[0], bytes(row[1])) for row in pairs],
            messages.get(slug, []),
            self._signing.at(end),
            self._entropy,
        )


_PUBLISHED = (
    "INSERT INTO progress (name, value) VALUES ('published', ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
