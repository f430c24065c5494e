"""An exchange of any number of agencies on real stores, with hands on the wire that can drop, delay, reorder, replay, fork
and tear what passes, and with publishers that lie.

    world = simulate(tmp_path)                     # the seven of the model memorandum; TWINS adds five outsiders
    world.emit("police", event("ArrestMade", "A1", ...))
    world.hands.hold_keys("advocacy", "police")    # key bundles to advocacy are late
    world.sync_all()

    liar = Liar(world, "police")                   # holds the home's own keys, so it can sign and seal anything
    liar.append(forged entry)
    liar.show(world.hands, "court")                # what the court is served from now on
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from accord import catalog
from accord.bootstrap import (
    Agency,
    Settings,
    WireSettings,
    initialise,
    read_keys,
    read_passphrase,
    sign_together,
)
from accord.errors import Unreachable
from accord.gateway import Accepted, Group, Outcome, Submission
from accord.ledger import Checkpoint, Tree, leaf_hash, sign_checkpoint
from accord.memorandum import Memorandum
from accord.ports import Bundle, Publication, Wire, one_by_one
from accord.projection import Views
from accord.schema import Vocabulary
from accord.seal import (
    Alarm,
    Book,
    Chain,
    OpenedEvent,
    OpenedGrant,
    OwnRing,
    Position,
    control_chain,
    make_key_bundle,
    seal_control,
)
from accord.sources import Clock, Entropy, SeededEntropy
from accord.vault import Vault

TWINS = {
    "sheriff": "law_enforcement",
    "district": "prosecution",
    "magistrate": "court",
    "parole": "probation",
    "circle": "reeducation",
}
"""A second agency of every operational role."""
SEED = b"simulation"
START = datetime(2025, 6, 1, tzinfo=UTC)
TODAY = "2025-05-20"
_OF_ONE_ROLE = re.compile(
    r'^owner = "(law_enforcement|prosecution|court|probation|reeducation)"$', re.MULTILINE
)


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once."""
    return Vocabulary.load(catalog.schemas())


@cache
def model(*, twins: bool = False) -> bytes:
    """The model memorandum; with twins, a second agency for each operational role.

    A promise that a role makes is one agency's, so those go with the twins.
    """
    text = (catalog.examples() / "model" / "memorandum.toml").read_text()
    if twins:
        rows = "".join(f'[[agency]]\nslug = "{slug}"\nrole = "{role}"\n' for slug, role in TWINS.items())
        text = text.replace("[witness]", rows + "\n[witness]", 1)
        text = text.replace("signatures_needed = 5", "signatures_needed = 7")
        blocks = text.split("[[obligation]]")
        text = "[[obligation]]".join(one for one in blocks if not _OF_ONE_ROLE.search(one))
    return text.encode()


# ---- The wire, and hands on it ----

Passing = Callable[[Iterator[Bundle]], Iterator[Bundle]]
Keys = list[tuple[int, bytes]]


@dataclass
class Hands:
    """What is done to what passes, by (reader, publisher); nothing unless said."""

    shown: dict[tuple[str, str], Counterfeit] = field(default_factory=dict)
    bundles: dict[tuple[str, str], Passing] = field(default_factory=dict)
    keys: dict[tuple[str, str], Callable[[Keys], Keys]] = field(default_factory=dict)
    heads: dict[tuple[str, str], Callable[[str | None], str | None]] = field(default_factory=dict)
    silences: dict[tuple[str, str], Callable[[int | None], int | None]] = field(default_factory=dict)
    torn: set[str] = field(default_factory=set)
    kept: dict[tuple[str, str], Keys] = field(default_factory=dict)

    def hold_log(self, reader: str, publisher: str) -> None:
        """The reader does not reach this log."""

        def unreached(head: str | None) -> str | None:
            raise Unreachable("held back", where=publisher)

        self.heads[reader, publisher] = unreached

    def hold_keys(self, reader: str, publisher: str) -> None:
        """Key bundles of this publisher do not reach the reader."""
        self.keys[reader, publisher] = lambda keys: []

    def free(self) -> None:
        """Hands off."""
        for table in (self.shown, self.bundles, self.keys, self.heads, self.silences):
            table.clear()
        self.torn.clear()


class Torn(Exception):
    """The process died in the middle of a publication."""


class HandledWire:
    """`accord.ports.Wire` as one agency sees it: another wire, through the hands."""

    def __init__(self, inner: Wire, slug: str, hands: Hands) -> None:
        self._inner, self._slug, self._hands = inner, slug, hands

    def publish(self, bundle: Bundle) -> None:
        if self._slug in self._hands.torn:
            raise Torn(self._slug)
        self._inner.publish(bundle)

    def publish_all(self, due: Iterable[Publication]) -> Iterator[int]:
        return one_by_one(self, due)

    def head(self, origin: str) -> str | None:
        shown = self._hands.shown.get((self._slug, origin))
        head = shown.head() if shown else self._inner.head(origin)
        return self._hands.heads.get((self._slug, origin), lambda same: same)(head)

    def heartbeat(self, origin: str, head: str) -> None:
        self._inner.heartbeat(origin, head)

    def silent_for(self, origin: str) -> int | None:
        told = self._inner.silent_for(origin)
        return self._hands.silences.get((self._slug, origin), lambda same: same)(told)

    def bundles(self, origin: str, start: int) -> Iterator[Bundle]:
        shown = self._hands.shown.get((self._slug, origin))
        passing = shown.bundles(start) if shown else self._inner.bundles(origin, start)
        return self._hands.bundles.get((self._slug, origin), lambda same: same)(passing)

    def put_keys(self, recipient: str, origin: str, covers: int, data: bytes) -> None:
        kept = self._hands.kept.setdefault((recipient, origin), [])
        if (covers, data) not in kept:
            kept.append((covers, data))
        self._inner.put_keys(recipient, origin, covers, data)

    def keys(self, recipient: str, origin: str) -> Iterator[tuple[int, bytes]]:
        found = list(self._inner.keys(recipient, origin))
        yield from self._hands.keys.get((recipient, origin), lambda same: same)(found)

    def acknowledge(self, recipient: str, origin: str, covers: int) -> None:
        self._inner.acknowledge(recipient, origin, covers)


class MarkedEntropy:
    """Draws ids of events and files that begin with a mark, so that one search finds them all in any bytes."""

    MARK = bytes.fromhex("1de7733a1de7733a")

    def __init__(self, inner: Entropy) -> None:
        self._inner = inner

    def draw(self, size: int, purpose: bytes, *about: bytes) -> bytes:
        drawn = self._inner.draw(size, purpose, *about)
        return self.MARK + drawn[8:] if purpose in (b"event", b"file") else drawn


class _Marked(Settings):
    """Settings with marked ids."""

    __slots__ = ()

    def sources(self) -> tuple[Clock, Entropy]:
        clock, entropy = Settings.sources(self)
        return clock, MarkedEntropy(entropy)


class _Handled(Agency):
    """An agency whose wire the hands can reach."""

    def __init__(self, settings: Settings, hands: Hands) -> None:
        self._hands = hands
        super().__init__(settings, {}, vocabulary())

    def _open_store(self) -> None:
        self.wire = HandledWire(self.wire, self.slug, self._hands)
        super()._open_store()


# ---- The exchange ----


@dataclass
class Simulation:
    """Homes below `root`, opened on first use."""

    root: Path
    hands: Hands = field(default_factory=Hands)
    marked: bool = False
    _open: dict[str, Agency] = field(default_factory=dict)

    def __getitem__(self, slug: str) -> Agency:
        if slug not in self._open:
            settings = (_Marked if self.marked else Settings).read(self.root / slug)
            self._open[slug] = _Handled(settings, self.hands)
        return self._open[slug]

    @property
    def memorandum(self) -> Memorandum:
        """The memorandum in force."""
        return self["advocacy"].memorandum

    @property
    def slugs(self) -> tuple[str, ...]:
        """Every agency."""
        return tuple(self.memorandum.agencies)

    @property
    def book(self) -> Book:
        """The memorandum, compiled."""
        return self["advocacy"].book

    def try_emit(self, slug: str, *submissions: Submission) -> list[Outcome]:
        """Submit events one by one; what became of each."""
        return list(self[slug].emit([Group((one,)) for one in submissions]))

    def emit(self, slug: str, *submissions: Submission) -> list[str]:
        """Submit events that are all to be accepted; their ids in hex."""
        outcomes = self.try_emit(slug, *submissions)
        refused = [one for one in outcomes if not isinstance(one, Accepted)]
        assert not refused, [(getattr(one, "where", ""), getattr(one, "reason", "")) for one in refused]
        return [one.receipts[0].event_id for one in outcomes if isinstance(one, Accepted)]

    def sync(self, *slugs: str) -> None:
        """One sync of each, in this order."""
        for slug in slugs:
            self[slug].sync()

    def sync_all(self, *slugs: str) -> None:
        """Sync these (or all) until none has anything new."""
        taking_part = slugs or self.slugs
        for _ in range(30):
            changed = [self[slug].sync().changed for slug in taking_part]
            if not any(changed):
                return
        raise AssertionError("the exchange does not come to rest")

    def restart(self, *slugs: str) -> None:
        """Close these (or all) homes; the next use opens them again."""
        for slug in slugs or tuple(self._open):
            if (agency := self._open.pop(slug, None)) is not None:
                now = agency.clock.now()
                agency.close()
                replace(Settings.read(self.root / slug), clock=now).write()

    def later(self, slug: str, *, days: int) -> None:
        """Close a home; when it is next used, its clock shows a later day."""
        self.restart(slug)
        home = Settings.read(self.root / slug)
        assert home.clock is not None
        replace(home, clock=home.clock + days * 86_400_000_000).write()

    # ---- What one agency has ----

    def opened(self, slug: str) -> list[Any]:
        """Everything in an agency's feed, in order."""
        return [item for batch in self[slug].replica.feed(0) for _, item in batch]

    def events(self, slug: str) -> dict[str, OpenedEvent]:
        """The events whose header the agency has opened, with the most that it opened of each; by id."""
        found: dict[str, OpenedEvent] = {}
        for item in self.opened(slug):
            if isinstance(item, OpenedEvent):
                found[item.event_id.hex()] = item
        return found

    def grants(self, slug: str) -> list[OpenedGrant]:
        """The grants that an agency has read, its own among them."""
        return [item for item in self.opened(slug) if isinstance(item, OpenedGrant)]

    def alarms(self, slug: str) -> list[Alarm]:
        """The faults that an agency has noticed."""
        return [item for item in self.opened(slug) if isinstance(item, Alarm)]

    def views(self, slug: str) -> Views:
        """What an agency's people can ask."""
        return Views(self[slug].projection)


@cache
def _template(text: bytes) -> tempfile.TemporaryDirectory[str]:
    """An exchange that has been founded and has exchanged its adoptions; copied for each simulation."""
    folder = tempfile.TemporaryDirectory(prefix="accord-simulator-")
    root = Path(folder.name)
    clauses = (catalog.examples() / "model" / "memorandum.md").read_bytes()
    draft = Memorandum.parse(text, vocabulary())
    clock = round(START.timestamp() * 1_000_000)
    wire = WireSettings.of_directory(root / "wire")
    cards = [
        initialise(root / slug, draft, slug, {}, wire=wire, seed=SEED, clock=clock) for slug in draft.agencies
    ]
    enrolled, signatures = sign_together(root, text, cards, clauses, vocabulary(), {})
    world = Simulation(root)
    for slug in draft.agencies:
        world[slug].adopt(enrolled, clauses, signatures)
    world.sync_all()
    world.restart()
    return folder


def simulate(
    root: Path, *, twins: bool = False, text: bytes | None = None, marked: bool = False
) -> Simulation:
    """A founded exchange below a folder that need not exist; `marked`: ids of events and files begin with a mark."""
    template = Path(_template(text or model(twins=twins)).name)
    shutil.copytree(template, root, dirs_exist_ok=True)
    return Simulation(root, marked=marked)


def event(kind: str, subject: str, id_: str | None = None, *, on: str = TODAY, **data: Any) -> Submission:
    """A submission; its id is kind and subject unless said."""
    return Submission("/test", id_ or f"{kind}:{subject}", kind, subject, {"occurred_on": on, **data})


# ---- Publishers that lie ----


@dataclass
class Counterfeit:
    """A log as its own publisher could have written it: any entries, under a head that its log key signs."""

    slug: str
    origin: str
    sign: Callable[[Checkpoint], str]
    entries: list[bytes]

    def head(self) -> str:
        """The head of all entries."""
        tree = Tree()
        tree.append_many([leaf_hash(one) for one in self.entries])
        return self.sign(Checkpoint(self.origin, len(self.entries), tree.root()))

    def bundles(self, start: int) -> Iterator[Bundle]:
        """What is there from `start` on, in one bundle."""
        if start < len(self.entries):
            yield Bundle(self.slug, start, self.entries[start:], self.head())

    def but(self, entries: Iterable[bytes]) -> Counterfeit:
        """The same publisher's log with other entries."""
        return replace(self, entries=list(entries))


class Liar:
    """Whoever sits in an agency's home with its keys: reads its secrets, writes any log it likes."""

    def __init__(self, world: Simulation, slug: str) -> None:
        self.world, self.slug = world, slug
        home = world.root / slug
        self.keys = read_keys(home, read_passphrase(home, {}))
        self.entropy = SeededEntropy(b"liar" + slug.encode())
        self._vault = Vault(self.keys.storage, self.entropy)
        self._db = sqlite3.connect(home / "store.db")
        self.origin = f"{world.memorandum.exchange}/{slug}"
        self.log = Counterfeit(
            slug,
            self.origin,
            lambda checkpoint: sign_checkpoint(checkpoint, self.keys.pairs[0].log),
            [bytes(row[0]) for row in self._db.execute("SELECT state FROM stored_events ORDER BY idx")],
        )
        self._pairs: dict[str, tuple[bytes, Chain]] = {}

    def close(self) -> None:
        """Let go of the store."""
        self._db.close()

    # ---- Its secrets ----

    def files(self) -> list[bytes]:
        """The ids of its files, in the order in which they were first used."""
        rows = self._db.execute(
            "SELECT originator_id, MIN(idx) FROM stored_events WHERE topic = 'event' GROUP BY 1 ORDER BY 2"
        )
        return [bytes(row[0]) for row in rows]

    def ring(self, file: bytes) -> OwnRing:
        """The ring of a file of its own, where its log left it; of a file that was never used, a new one."""
        row = self._db.execute("SELECT secret FROM file WHERE file = ?", (file,)).fetchone()
        secret = self._vault.open(row[0], b"file secret") if row else self.entropy.draw(32, b"new", file)
        ring = OwnRing(secret, self.positions(file))
        for label, n in self._db.execute(
            "SELECT label, n FROM chain_break WHERE file = ? ORDER BY n, times", (file,)
        ):
            ring.begin_anew(label, n)
        return ring

    def positions(self, file: bytes) -> list[Position]:
        """Every use of the chains of a file."""
        names = dict(self._db.execute("SELECT id, label FROM label"))
        packed = b"".join(
            row[0]
            for row in self._db.execute(
                "SELECT positions FROM stored_events WHERE originator_id = ? ORDER BY idx", (file,)
            )
        )
        return [
            Position(packed[i], names[int.from_bytes(packed[i + 1 : i + 3], "little")], _four(packed, i + 3))
            for i in range(0, len(packed), 7)
        ]

    def pair(self, reader: str) -> tuple[bytes, Chain]:
        """The key shared with a reader, and the control chain on it as this liar leaves it."""
        if reader not in self._pairs:
            secret, n = self._db.execute(
                "SELECT secret, control_n FROM pair_key WHERE reader = ?", (reader,)
            ).fetchone()
            key = self._vault.open(secret, b"pair key")
            self._pairs[reader] = (key, control_chain(key, n))
        return self._pairs[reader]

    def pair_key(self, reader: str) -> bytes:
        """The key shared with a reader."""
        return self.pair(reader)[0]

    # ---- What it makes of them ----

    @property
    def name(self) -> bytes:
        """The log's name, as slots are bound to it."""
        return self.origin.encode()

    def append(self, *entries: bytes) -> int:
        """Put entries at the end of the log that it shows; returns the index of the last."""
        self.log.entries += entries
        return len(self.log.entries) - 1

    def say(self, plaintext: bytes, readers: Sequence[str], entry_id: bytes) -> int:
        """Append a control entry to these readers."""
        chains = [(self.pair(slug)[1], plaintext) for slug in readers]
        data, _ = seal_control(
            self.name,
            entry_id,
            self.world.memorandum,
            plaintext,
            chains,
            OwnRing(self.entropy.draw(32, b"own", entry_id)),
            self.entropy,
        )
        return self.append(data)

    def key_bundle(self, recipient: str, messages: Sequence[bytes]) -> tuple[int, bytes]:
        """A key bundle that goes with the log as it is shown."""
        covers = len(self.log.entries)
        data = make_key_bundle(
            self.origin, recipient, covers, [], list(messages), self.keys.pairs[0].log, self.entropy
        )
        return covers, data

    def show(self, *readers: str) -> None:
        """From now on these readers are served this log."""
        for reader in readers:
            self.world.hands.shown[reader, self.slug] = self.log

    def hand(self, recipient: str, *messages: bytes) -> None:
        """Leave key messages for a recipient, with the log as it is shown."""
        made = self.key_bundle(recipient, messages)
        before = self.world.hands.keys.get((recipient, self.slug), lambda same: same)
        self.world.hands.keys[recipient, self.slug] = lambda keys: [*before(keys), made]


def _four(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
