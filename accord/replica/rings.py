"""The rings of other agencies' files in the store: found by the locator that a header chain names next."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from struct import Struct

from accord.ports import Database, Transaction, unpacked
from accord.seal import HEADER_MARK, Entry, Labels, Ring
from accord.vault import Vault

_SECRET = b"ring"
_SEGMENT = Struct("<HI32s")
_USED = Struct("<HI")
_MOST_RINGS = 8192
_CHUNK = 480


@dataclass(slots=True)
class HeldRing:
    """A ring with its place in the store, and the next header locators as stored; `file_class` is empty if not known."""

    id: int
    origin: int
    file: bytes
    file_class: str
    ring: Ring
    stored: dict[str, bytes] = field(default_factory=dict)
    regranted: bool = False


class RingStore:
    """Rings by file and by next header locator; what is changed is written with the transaction of a bundle."""

    def __init__(self, database: Database, vault: Vault, labels: Labels) -> None:
        self._database = database
        self._vault = vault
        self._labels = labels
        self._by_id: OrderedDict[int, HeldRing] = OrderedDict()
        self._by_file: dict[tuple[int, bytes], HeldRing] = {}
        self._next: defaultdict[int, dict[bytes, tuple[HeldRing, str]]] = defaultdict(dict)  # by log
        self._touched: dict[int, HeldRing] = {}
        self._last_id = self._max_id()

    def _max_id(self) -> int:
        return int(self._database.query("SELECT COALESCE(MAX(id), 0) FROM ring")[0][0])

    def forget(self) -> None:
        """Drop what is held in memory: after a transaction that did not commit, or when there is too much."""
        self._by_id.clear()
        self._by_file.clear()
        self._next.clear()
        self._touched.clear()
        self._last_id = self._max_id()

    def find(self, origin: int, entry: Entry) -> tuple[HeldRing, int, str] | None:
        """The ring, slot and label of an entry whose header stands next on a chain of its own log that is in memory.

        Who holds a chain knows its next locator, and could show it in a log of its own.
        """
        following = self._next[origin]
        for slot, locator in enumerate(entry.locators):
            found = following.get(locator)
            if found is not None:
                return found[0], slot, found[1]
        return None

    def fetch(self, origin: int, entries: Iterable[Entry]) -> None:
        """Bring into memory the rings that these entries of a log may stand on."""
        unknown = [
            _prefix(locator)
            for entry in entries
            if self.find(origin, entry) is None
            for locator in entry.locators
        ]
        found: set[int] = set()
        for start in range(0, len(unknown), _CHUNK):
            part = unknown[start : start + _CHUNK]
            marks = ",".join("?" * len(part))
            statement = f"{_BY_LOCATOR} AND prefix IN ({marks})"  # question marks only
            found.update(row[0] for row in self._database.query(statement, [origin, *part]))
        for number in sorted(found - self._by_id.keys()):
            self._load(_BY_ID, (number,))

    def of_file(self, origin: int, file: bytes) -> HeldRing | None:
        """The ring of a file, if we hold one."""
        known = self._by_file.get((origin, file))
        return known or self._load(_BY_FILE, (origin, file))

    def by_id(self, number: int) -> HeldRing:
        """The ring of that number."""
        known = self._by_id.get(number) or self._load(_BY_ID, (number,))
        assert known is not None
        return known

    def new(self, origin: int, file: bytes, file_class: str) -> HeldRing:
        """A ring for a file of which nothing was held."""
        self._last_id += 1
        held = HeldRing(self._last_id, origin, file, file_class, Ring(), regranted=True)
        self._keep(held)
        return held

    def granted(self, held: HeldRing) -> None:
        """Chains were added to a ring."""
        held.regranted = True
        self._touched[held.id] = held
        self._index(held)

    def used(self, held: HeldRing, locator: bytes, label: str) -> None:
        """Chains of a ring were used, its header chain `label` at `locator`: that chain names another locator now."""
        del self._next[held.origin][locator]
        self._touched[held.id] = held
        following = held.ring.locator(label)
        if following is not None:
            self._next[held.origin][following] = (held, label)

    def write(self, transaction: Transaction) -> None:
        """Store every ring that has changed."""
        for held in self._touched.values():
            self._write(transaction, held)
        self._touched.clear()
        if len(self._by_id) > _MOST_RINGS:
            self._by_id.clear()
            self._by_file.clear()
            self._next.clear()

    # ---- Inside ----

    def _load(self, statement: str, parameters: Sequence[object]) -> HeldRing | None:
        rows = self._database.query(statement, parameters)
        if not rows:
            return None
        number, origin, file, file_class, closed, used = rows[0]
        ring = Ring()
        counts = {one[0]: one[1] for one in unpacked(bytes(used), _USED, self._database.name)}
        for label, first, key in _SEGMENT.iter_unpack(self._vault.open(bytes(closed), _SECRET)):
            ring.hold(self._labels.label(label), first, key, counts.get(label))
        held = HeldRing(number, origin, bytes(file), file_class, ring)
        self._keep(held)
        self._index(held)
        held.stored = dict(self._headers(held))
        return held

    def _keep(self, held: HeldRing) -> None:
        self._by_id[held.id] = held
        self._by_file[held.origin, held.file] = held

    def _headers(self, held: HeldRing) -> Iterable[tuple[str, bytes]]:
        for label in held.ring.labels:
            if label.startswith(HEADER_MARK):
                locator = held.ring.locator(label)
                if locator is not None:
                    yield label, locator

    def _index(self, held: HeldRing) -> None:
        for label, locator in self._headers(held):
            self._next[held.origin][locator] = (held, label)

    def _write(self, transaction: Transaction, held: HeldRing) -> None:
        used = b"".join(_USED.pack(self._labels.number(label), n) for label, n in held.ring.n.items())
        if held.regranted:
            segments = b"".join(
                _SEGMENT.pack(self._labels.number(label), first, key)
                for label, first, key in held.ring.segments
            )
            secret = self._vault.close(segments, _SECRET, held.file)
            transaction.execute(_PUT_RING, (held.id, held.origin, held.file, held.file_class, secret, used))
        else:
            transaction.execute("UPDATE ring SET used = ? WHERE id = ?", (used, held.id))
        held.regranted = False
        self._write_headers(transaction, held)

    def _write_headers(self, transaction: Transaction, held: HeldRing) -> None:
        now = dict(self._headers(held))
        moved = [(label, locator) for label, locator in now.items() if held.stored.get(label) != locator]
        for label, _ in moved:
            if label in held.stored:
                self._next[held.origin].pop(held.stored[label], None)
                transaction.execute(
                    "DELETE FROM next_header WHERE prefix = ? AND ring = ?",
                    (_prefix(held.stored[label]), held.id),
                )
        transaction.executemany(
            "INSERT INTO next_header (prefix, ring, label) VALUES (?, ?, ?)",
            [(_prefix(locator), held.id, self._labels.number(label)) for label, locator in moved],
        )
        held.stored = now


def _prefix(locator: bytes) -> int:
    return int.from_bytes(locator[:8], "big", signed=True)


_PUT_RING = (
    "INSERT INTO ring (id, origin, file, file_class, secret, used) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET file_class = excluded.file_class, secret = excluded.secret, used = excluded.used"
)
_BY_LOCATOR = (
    "SELECT next_header.ring FROM next_header JOIN ring ON ring.id = next_header.ring WHERE ring.origin = ?"
)
_BY_ID = "SELECT id, origin, file, file_class, secret, used FROM ring WHERE id = ?"
_BY_FILE = "SELECT id, origin, file, file_class, secret, used FROM ring WHERE origin = ? AND file = ?"
