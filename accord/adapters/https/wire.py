"""The wire over HTTPS, as one agency uses it: its own folder, and the others' servers.

Our own log, and the key bundles we leave for others, lie in a folder of ours, as on a directory wire; a server of
ours serves it (`accord serve`, or a web server). Everything else is read from where the others serve theirs. A fetch that
dies midway goes on behind the last bundle that was verified and stored; files are fetched whole, since they never change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from accord.adapters.directory import (
    KEYS,
    LARGEST_KEY_BUNDLE,
    DirectoryWire,
    LogFiles,
    covers_name,
    covers_of,
    slug_of,
)
from accord.adapters.https.files import ServedFiles
from accord.adapters.https.peer import Peer
from accord.errors import Malformed, Unreachable, UsageRefused
from accord.ports import Bundle, Publication, one_by_one

LARGEST_LIST = 1 << 24  # bytes of a list of key bundles


class HttpsWire:
    """`accord.ports.Wire` of the agency `slug`; `peers` are the servers of the others, by slug.

    `head`, `bundles`, `keys` and `acknowledge` raise Unreachable, naming the agency, where its server cannot be reached or
    does not serve as it must: that may pass, and says nothing about its log.
    """

    def __init__(self, slug: str, own: DirectoryWire, peers: Mapping[str, Peer]) -> None:
        self.slug = slug_of(slug)
        self.own = own
        self._peers = dict(peers)
        self._logs: dict[str, LogFiles] = {}

    def publish(self, bundle: Bundle) -> None:
        """As `DirectoryWire.publish`, for our own log alone."""
        self._require_own(bundle.origin)
        self.own.publish(bundle)

    def publish_all(self, due: Iterable[Publication]) -> Iterator[int]:
        """As `DirectoryWire.publish_all`, for our own log alone."""
        return one_by_one(self, due)

    def head(self, origin: str) -> str | None:
        """The newest checkpoint note, not verified; None where nothing was published. Raises Malformed."""
        return self.own.head(origin) if origin == self.slug else self.log(origin).head()

    def heartbeat(self, origin: str, head: str) -> None:
        """As `DirectoryWire.heartbeat`, for our own log alone."""
        self._require_own(origin)
        self.own.heartbeat(origin, head)

    def silent_for(self, origin: str) -> int | None:
        """How old a log's checkpoint was, in microseconds by its server's clock, when it was last asked for."""
        return self.own.silent_for(origin) if origin == self.slug else self.log(origin).files.silent_for()

    def bundles(self, origin: str, start: int) -> Iterator[Bundle]:
        """As `DirectoryWire.bundles`."""
        if origin == self.slug:
            yield from self.own.bundles(origin, start)
            return
        log = self.log(origin)
        head = log.head()
        if head is not None:
            yield from log.bundles(head, start)

    def put_keys(self, recipient: str, origin: str, covers: int, data: bytes) -> None:
        """As `DirectoryWire.put_keys`, from us alone."""
        self._require_own(origin)
        self.own.put_keys(recipient, origin, covers, data)

    def keys(self, recipient: str, origin: str) -> Iterator[tuple[int, bytes | Malformed]]:
        """Key bundles left for us by a publisher, by rising `covers`; in place of one that cannot be read, why."""
        if origin == self.slug:
            yield from self.own.keys(recipient, origin)
            return
        for covers in self.pending(recipient, origin):
            left = self._left(recipient, origin, covers)
            if left is not None:  # else acknowledged in between
                yield covers, left

    def acknowledge(self, recipient: str, origin: str, covers: int) -> None:
        """We have stored what a key bundle held, durably: have it removed. Again does no harm."""
        if origin == self.slug:
            self.own.acknowledge(recipient, origin, covers)
            return
        peer, folder = self.peer(origin), self._folder(recipient, origin)
        peer.delete(f"{folder}/{covers_name(covers)}")

    def begin_turn(self, *, for_all: bool = False) -> None:
        """Count anew how long each agency's server is waited for; see `Peer.begin_turn`."""
        for peer in self._peers.values():
            peer.begin_turn(for_all=for_all)

    def close(self) -> None:
        """Close every connection."""
        for peer in self._peers.values():
            peer.close()

    # ---- What an inspection looks at, too ----

    def log(self, origin: str) -> LogFiles:
        """Another agency's log."""
        if origin not in self._logs:
            self._logs[origin] = LogFiles(ServedFiles(self.peer(origin), slug_of(origin)), origin)
        return self._logs[origin]

    def peer(self, origin: str) -> Peer:
        """Another agency's server; raises Unreachable where we do not know its address."""
        slug_of(origin)
        if origin not in self._peers:
            raise Unreachable(
                f"{origin}: we do not know where it serves its folder",
                where="agency.toml",
                advice="Add its address to `agencies` of [wire].",
            )
        return self._peers[origin]

    def pending(self, recipient: str, origin: str) -> list[int]:
        """The sizes covered by the key bundles that wait for us at a publisher's, rising."""
        folder = self._folder(recipient, origin)
        peer = self.peer(origin)
        try:
            found = peer.get(f"{folder}/", LARGEST_LIST)
        except Malformed as fault:  # too long, which says nothing about the log
            raise peer.unreachable(f"lists key bundles: {fault.message}", f"{folder}/") from fault
        if found is None:
            return []
        try:
            names = [str(one["name"]) for one in json.loads(found.data)]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise peer.unreachable("does not list key bundles as JSON", f"{folder}/") from error
        return sorted(covers for covers in map(covers_of, names) if covers is not None)

    def read_key(self, recipient: str, origin: str, covers: int) -> bytes | None:
        """One key bundle that waits for us; None if it does not wait any longer. Raises Malformed."""
        path = f"{self._folder(recipient, origin)}/{covers_name(covers)}"
        found = self.peer(origin).get(path, LARGEST_KEY_BUNDLE)
        return None if found is None else found.data

    def _left(self, recipient: str, origin: str, covers: int) -> bytes | Malformed | None:
        try:
            return self.read_key(recipient, origin, covers)
        except Malformed as fault:
            return fault

    def _folder(self, recipient: str, origin: str) -> str:
        if slug_of(recipient) != self.slug:
            raise UsageRefused("key bundles for others are not ours to read", where=recipient)
        return f"{KEYS}/{recipient}/{slug_of(origin)}"

    def _require_own(self, origin: str) -> None:
        if slug_of(origin) != self.slug:
            raise UsageRefused("an agency writes its own log alone", where=origin)
