"""Whoever is let in, in any order and any company: each is told its own share, holds what it should, and no grant looks
like one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, reduce
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord import catalog
from accord.adapters.sqlite import SqliteDatabase, SqliteLogRecorder
from accord.gateway import STORE_STEPS
from accord.gateway.batch import Batch
from accord.gateway.case import CaseFile
from accord.gateway.involve import Acts, LetIn, let_in_by
from accord.gateway.writer import Writer
from accord.keys import LogKeys, generate_log_key
from accord.ledger import Log
from accord.memorandum import Memorandum
from accord.schema import Codec
from accord.seal import (
    SIZE_CLASSES,
    Book,
    Chain,
    Entry,
    Head,
    OpenedGrant,
    Ring,
    Share,
    associated,
    control_chain,
    open_key_message,
    open_slot,
    origin_of,
    parse_entry,
    read_control,
)
from accord.seal.book import FILE_CLASSES
from accord.sources import SeededEntropy, SteppedClock
from accord.vault import Vault
from tests.simulator import model, vocabulary
from tests.versions import Change, agencies_turned_round, in_place_of, rules_turned_round, without

EXAMPLES = ("cook-county", "model", "walkthrough")
TWINS, WATCHED, VERSIONS = "twelve agencies", "three auditors", "several versions"
LEAVING = ("district", "magistrate", "circle")
SEVEN = '''role = ["law_enforcement", "prosecution", "court", "probation", "reeducation", "coordinator", "auditor"]
clause = "3.5"'''
"""Who may know who is in a case."""
LINKED, EVERYONE = 'CaseLinked = ["other_event"]\n', "# Everyone in a case\n"
FEWER = f"""[[entitlement]]
role = ["law_enforcement", "prosecution", "court", "probation"]
clause = "3.5"
purpose = "know which files are one"
[entitlement.sees]
{LINKED}
"""
CODEC = Codec(vocabulary())
LINK = {"other_event": bytes(16)}
FILE = b"a file of theirs"


@cache
def book_of(name: str) -> Book:
    path = catalog.examples() / name / "memorandum.toml"
    text = model(twins=True) if name in (TWINS, WATCHED) else path.read_bytes()
    if name == WATCHED:
        rows = b"".join(
            b'[[agency]]\nslug = "%s"\nrole = "auditor"\n' % slug for slug in (b"second", b"third")
        )
        text = text.replace(b"[witness]", rows + b"\n[witness]", 1)
        text = text.replace(b"signatures_needed = 7", b"signatures_needed = 8")
    return Book(Memorandum.parse(text, vocabulary()), vocabulary(), Codec(vocabulary()))


@cache
def versions() -> tuple[Book, ...]:
    """Versions of one memorandum with twelve agencies: as it is; in another order; without three of them; other readers."""
    first = model(twins=True).decode()
    nobody_audits = in_place_of(SEVEN, SEVEN.replace(', "coordinator", "auditor"', ', "coordinator"'))
    changes: list[tuple[Change, ...]] = [
        (),
        (rules_turned_round, agencies_turned_round),
        (*map(without, LEAVING), rules_turned_round),
        (nobody_audits, agencies_turned_round),
        (in_place_of(LINKED, ""), in_place_of(EVERYONE, FEWER + EVERYONE), without("district")),
        (*map(without, LEAVING), agencies_turned_round),
    ]
    return tuple(
        Book(Memorandum.parse(reduce(_changed, several, first).encode(), vocabulary()), vocabulary(), CODEC)
        for several in changes
    )


def _changed(text: str, change: Change) -> str:
    return change(text)


def operational(book: Book) -> list[str]:
    """Those who publish case events."""
    return [
        slug
        for slug, one in book.memorandum.agencies.items()
        if "CaseLinked" in book.memorandum.publishes(one.role)
    ]


@dataclass
class Told:
    """A reader of the publisher's log that knows no more than its pair key."""

    pair: bytes
    control: Chain
    ring: Ring = field(default_factory=Ring)
    grants: list[OpenedGrant] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)


class World:
    """A publisher with a file, and everybody else."""

    def __init__(self, folder: Path, books: Sequence[Book], slug: str, file_class: str = "case") -> None:
        self.book, self.slug, self.file_class = books[0], slug, file_class
        self.books = {book.memorandum.sha256: book for book in books}
        book = self.book
        entropy = SeededEntropy(b"grants")
        self.database = SqliteDatabase(folder / "store.db", STORE_STEPS)
        recorder = SqliteLogRecorder(folder / "store.db")
        self.log = Log(
            self.database, origin_of(book.memorandum, slug), LogKeys([(0, generate_log_key(bytes(32)))]).at
        )
        vault = Vault(bytes(32), entropy)
        self.clock = SteppedClock(1_750_000_000_000_000, 1)
        self.writer = Writer(slug, self.database, recorder, self.log, vault, self.clock, entropy, self.books)
        pairs: dict[str, bytes] = {}

        def note(reader: str, key: bytes) -> bytes:
            pairs[reader] = key
            return key

        self.rule = book.memorandum.rule_of(0)
        self.others = [one for one in book.slugs if one != slug]
        self.writer.share_pair_keys(note, self.others)
        self.told = {one: Told(pairs[one], control_chain(pairs[one])) for one in self.others}
        self.read = 0
        self.sizes: list[tuple[int, int]] = []
        with self.batch() as batch:
            self.writer.open_file(batch, FILE, file_class, "a matter")

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        batch = self.writer.batch((0,) * len(self.others))
        yield batch
        self.writer.commit(batch)

    # ---- What the publisher does ----

    def let_in(self, several: Sequence[LetIn]) -> None:
        with self.batch() as batch:
            self.writer.follow(batch, self.book, FILE, self.file_class, Acts(several, {}, {}, {}))

    def link(self, serial: int, several: Sequence[LetIn] = ()) -> None:
        """Record an event that lets these in; those whose part has ended are taken out before it."""
        with self.batch() as batch:
            self._record(batch, serial, several)

    def links(self, serial: int, several: Sequence[LetIn]) -> None:
        """The same twice in one batch."""
        with self.batch() as batch:
            self._record(batch, serial, several)
            self._record(batch, serial + 1, several)

    def _record(self, batch: Batch, serial: int, several: Sequence[LetIn]) -> None:
        event_id = sha256(b"event %d" % serial).digest()[:16]
        head = Head(
            "CaseLinked", FILE, event_id, None, None, 20_000, batch.recorded_at, (0,) * len(self.others)
        )
        self.writer.record(batch, self.book, self.file_class, head, LINK, several)

    def end(self, slugs: Sequence[str]) -> None:
        """The part of these has ended: known, and not acted upon yet."""
        with self.batch() as batch:
            file = self.writer.files.get(batch, FILE)
            for slug in set(slugs) & file.rules.keys():
                file.ended.add(slug)
                moment = file.decided[slug] = (batch.recorded_at, self.slug, 0)
                batch.add("ended", FILE, slug, None, 1, *moment)

    @property
    def file(self) -> CaseFile:
        """The file as it was committed."""
        return self.writer.files.get(self.writer.batch(()), FILE)

    # ---- What the others learn of it ----

    def receive(self) -> None:
        """Everybody reads what is new of the log with the keys it has."""
        rows = self.database.query(
            "SELECT idx, topic, state FROM stored_events WHERE idx >= ? ORDER BY idx", (self.read,)
        )
        for index, topic, state in rows:
            self.read = index + 1
            entry = parse_entry(bytes(state))
            opened = {
                slug: told for slug, told in self.told.items() if told.control.locator in entry.locators
            }
            assert bool(opened) == (topic == "grant")
            for slug, told in opened.items():
                self._read(slug, told, index, entry)
            shares = max((len(told.grants[-1].shares) for told in opened.values()), default=0)
            self.sizes.append((shares, len(entry.ciphertexts[0]) - 16))

    def _read(self, slug: str, told: Told, index: int, entry: Entry) -> None:
        name = self.log.origin
        locator, key = told.control.keys
        bound = associated(name.encode(), entry.entry_id, entry.memorandum)
        text = open_slot(entry, entry.locators.index(locator), key, bound)
        told.control.advance()
        said = read_control(self.books[entry.memorandum], name, index, entry, text)
        assert isinstance(said, OpenedGrant)
        told.grants.append(said)
        for share in said.shares:
            if share.recipient == slug:
                told.shares.append(share)
                self._hold(slug, told, index, said, share)

    def _hold(self, slug: str, told: Told, index: int, said: OpenedGrant, share: Share) -> None:
        rows = self.database.query(
            "SELECT message FROM outbox_key WHERE place >> 3 = ? AND recipient = ?", (index, slug)
        )
        ((message,),) = rows
        assert sha256(message).digest() == share.key_message
        name = self.log.origin.encode()
        keys = open_key_message(name, slug, said.entry_id, told.pair, bytes(message), len(share.chains))
        for (label, first), key in zip(share.chains, keys, strict=True):
            told.ring.hold(label, first, key)

    def watching(self, slug: str) -> bool:
        role = next(iter(self.books.values())).memorandum.agencies[slug].role
        return role == "coordinator" or (role == "auditor" and self.file_class != "incident")


@contextmanager
def world_of(name: str, slug: str, file_class: str = "case") -> Iterator[World]:
    with TemporaryDirectory(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as folder:
        made = World(Path(folder), versions() if name == VERSIONS else [book_of(name)], slug, file_class)
        yield made
        made.database.close()


def check(world: World) -> None:
    """What holds whatever happened, once every end is acted upon: by the next event."""
    world.link(1_000)
    world.receive()
    file = world.file
    for slug, told in world.told.items():
        recipients = {share.recipient for grant in told.grants for share in grant.shares}
        assert world.watching(slug) or recipients <= {slug}
        for label in file.holders.get(slug, ()):  # whoever is in the file can open what comes next in it
            n = file.ring.n.get(label, 0)
            assert told.ring.keys_at(label, n) == file.ring.keys_at(label, n), (slug, label)
        for label in told.ring.labels:  # and whoever is not, cannot
            if label not in file.holders.get(slug, ()):
                n = file.ring.n.get(label, 0)
                assert told.ring.keys_at(label, n) != file.ring.keys_at(label, n), (slug, label)
    ids = world.database.query("SELECT SUBSTR(state, 2, 16) FROM stored_events")
    assert len(set(ids)) == len(ids)
    assert all(size == SIZE_CLASSES[0] for shares, size in world.sizes if shares != 1)
    live = (file.holders, file.let_in, file.rules, file.since, file.ended, file.decided)
    world.writer.forget()
    again = world.file
    assert (again.holders, again.let_in, again.rules, again.since, again.ended, again.decided) == live


# ---- Every involvement ----


def doors(book: Book, publisher: str, file_class: str) -> set[tuple[tuple[str, bool, int], ...]]:
    """Whom one event lets into a file of this class, for all events and all agencies that they can name."""
    found = set()
    for kind in sorted(book.memorandum.publishes(book.memorandum.agencies[publisher].role)):
        spec = book.vocabulary.events[kind]
        if spec.file_class == file_class:
            for named in book.slugs:
                values = dict.fromkeys(spec.names, named)
                made = let_in_by(book, publisher, kind, bytes(16), values, file_class, publisher)
                found.add(tuple((one.slug, one.history, book.memorandum.number_of(one.rule)) for one in made))
    return found


@pytest.mark.parametrize("name", [*EXAMPLES, TWINS])
def test_every_involvement_of_the_examples_makes_grants_that_look_like_events(name: str) -> None:
    """In a file that is new, and in one that was used, one chain of which began anew: no entry is larger than an event's."""
    several_at_once = 0
    for publisher in operational(book_of(name)):
        for file_class in FILE_CLASSES:
            for door in sorted(doors(book_of(name), publisher, file_class)):
                newcomers = [
                    LetIn(slug, history, book_of(name).memorandum.rule_of(rule), publisher, b"e" * 16)
                    for slug, history, rule in door
                ]
                for used in (0, 3):
                    with world_of(name, publisher, file_class) as world:
                        ring = world.file.ring
                        for label in world.book.file_labels(publisher, file_class)[::2]:
                            for _ in range(used):
                                assert ring.keys(label)
                                ring.use(label)
                        world.let_in(newcomers)
                        world.receive()
                        assert {size for _, size in world.sizes} <= {SIZE_CLASSES[0]}
                        got = Counter(
                            share.recipient for told in world.told.values() for share in told.shares
                        )
                        assert got == Counter(slug for slug, _, _ in door)
                        several_at_once += any(shares > 1 for shares, _ in world.sizes)
    assert several_at_once


# ---- Any story ----

STEPS = ("let in", "link", "links", "end", "link and let in")
people = st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=12, unique_by=lambda one: one[0])
stories = st.lists(st.tuples(st.sampled_from(STEPS), people), max_size=7)


def play(world: World, serial: int, step: str, chosen: Mapping[str, bool]) -> None:
    """One step of a story, for these agencies, each with the history or not."""
    newcomers = [
        LetIn(slug, history, world.rule, world.slug, bytes([serial]) * 16) for slug, history in chosen.items()
    ]
    if step == "let in":
        world.let_in(newcomers)
    elif step == "link":
        world.link(2 * serial)
    elif step == "links":
        world.links(2 * serial, newcomers)
    elif step == "end":
        world.end(list(chosen))
    else:
        world.link(2 * serial, newcomers)


@settings(max_examples=60)
@given(st.sampled_from([*EXAMPLES, TWINS]), st.integers(0, 9), stories)
def test_each_holds_what_it_was_given_and_is_told_of_nobody_else(
    name: str, who: int, story: list[tuple[str, list[tuple[int, bool]]]]
) -> None:
    book = book_of(name)
    publisher = operational(book)[who % len(operational(book))]
    with world_of(name, publisher) as world:
        for serial, (step, several) in enumerate(story):
            chosen = {world.others[number % len(world.others)]: history for number, history in several}
            play(world, serial, step, chosen)
        check(world)


@settings(max_examples=60)
@given(st.integers(0, 4), st.lists(st.tuples(st.integers(0, 4), st.sampled_from(STEPS), people), max_size=7))
def test_whatever_versions_they_are_made_under(
    who: int, story: list[tuple[int, str, list[tuple[int, bool]]]]
) -> None:
    """Rules and agencies in another order, agencies that leave and come back, role sets that are there or not."""
    publisher = operational(versions()[0])[who]
    with world_of(VERSIONS, publisher) as world:
        for serial, (version, step, several) in enumerate(sorted(story, key=lambda one: one[0])):
            world.book = versions()[version]
            chosen = {world.others[number % len(world.others)]: history for number, history in several}
            play(world, serial, step, {slug: chosen[slug] for slug in chosen if slug in world.book.places})
        world.book = versions()[-1]
        check(world)
        assert not world.file.holders.keys() & set(LEAVING)


def test_a_chain_that_the_version_in_force_does_not_use_is_granted_anew_under_one_that_can() -> None:
    """Court and prosecutor hold it; the court goes while nothing is sealed on it, and it is used again later on."""
    with world_of(VERSIONS, "police") as world:
        first, other = versions()[3], versions()[0]
        label = first.event_labels("CaseLinked", LINK)[1]
        assert label not in other.all_labels("police")
        world.book = first
        world.let_in(
            [LetIn(slug, False, world.rule, "police", b"1" * 16) for slug in ("court", "prosecutor")]
        )
        world.link(1)
        assert label in world.file.holders["prosecutor"]
        world.book = other
        world.end(["court"])
        world.link(2)
        assert label not in world.file.holders["prosecutor"]
        world.book = first
        check(world)
        assert label in world.file.holders["prosecutor"]
        assert "court" not in world.file.holders


def test_who_is_taken_out_and_let_in_by_one_event_is_given_the_file_anew() -> None:
    with world_of("walkthrough", "court") as world:
        everybody = [LetIn(slug, False, world.rule, "court", b"1" * 16) for slug in world.others]
        world.let_in(everybody)
        world.link(1)
        world.end(["police", "probation"])
        world.link(2, [LetIn("police", False, world.rule, "court", b"2" * 16)])
        check(world)
        assert "police" in world.file.holders
        assert "probation" not in world.file.holders
        grants = world.told["advocacy"].grants
        anew = [share.recipient for one in grants if one.because_event != b"1" * 16 for share in one.shares]
        assert anew == ["advocacy", "auditor", "prosecutor", "reeducation", "police"]
        label = next(
            label for label in world.file.holders["police"] if label in world.file.holders["prosecutor"]
        )
        assert (
            dict(grants[-1].shares[0].chains)[label]
            == dict(world.told["prosecutor"].shares[-1].chains)[label]
        )


def test_two_grants_of_the_same_to_the_same_because_of_the_same_event_have_two_ids() -> None:
    """Let in by an event, taken out, let in by it once more: each time the first entry of its batch."""
    with world_of("walkthrough", "court") as world:
        again = [LetIn("police", False, world.rule, "court", b"1" * 16)]
        for serial in range(3):
            world.let_in(again)
            world.end(["police"])
            world.link(serial)
        check(world)
        assert len(world.told["police"].shares) == 3


def test_a_recipient_can_open_no_slot_but_its_own() -> None:
    """Its control chain gives it one slot of a grant to six; another's key message does not open for it."""
    with world_of("walkthrough", "court") as world:
        world.let_in(
            [
                LetIn(slug, True, world.rule, "court", b"1" * 16)
                for slug in ("police", "prosecutor", "probation")
            ]
        )
        ((state,),) = world.database.query("SELECT state FROM stored_events")
        entry = parse_entry(bytes(state))
        places = {}
        for slug, told in world.told.items():
            chain = control_chain(told.pair)
            found = []
            for _ in range(50):
                found += [entry.locators.index(chain.locator)] if chain.locator in entry.locators else []
                chain.advance()
            places[slug] = found
        assert {slug for slug, found in places.items() if not found} == {"reeducation"}
        assert len({tuple(found) for slug, found in places.items() if found}) == 5
        assert all(len(found) <= 1 for found in places.values())
        world.receive()
        for slug in ("police", "prosecutor", "probation"):
            ((_, others),) = [(one, one.shares) for one in world.told[slug].grants]
            assert [share.recipient for share in others] == [slug]
        assert [len(world.told[slug].grants[0].shares) for slug in ("advocacy", "auditor")] == [3, 3]


def test_a_grant_has_no_more_readers_than_an_entry_has_slots() -> None:
    """Five shares would fit the smallest entry, and four who watch are told of them besides."""
    five = ("prosecutor", "court", "probation", "reeducation", "sheriff")
    with world_of(WATCHED, "police") as world:
        world.let_in([LetIn(slug, False, world.rule, "police", b"1" * 16) for slug in five])
        world.receive()
        assert [shares for shares, _ in world.sizes] == [2, 3]
        for slug in ("advocacy", "auditor", "second", "third"):
            assert [share.recipient for one in world.told[slug].grants for share in one.shares] == list(five)
        assert all(len(world.told[slug].shares) == 1 for slug in five)


def test_an_auditor_is_told_nothing_of_incidents() -> None:
    with world_of("walkthrough", "police", "incident") as world:
        world.let_in(
            [
                LetIn(slug, True, world.rule, "police", b"1" * 16)
                for slug in ("advocacy", "court", "prosecutor")
            ]
        )
        world.receive()
        told = {
            slug: [[share.recipient for share in grant.shares] for grant in one.grants]
            for slug, one in world.told.items()
        }
        assert told["advocacy"] == [["prosecutor", "court", "advocacy"]]
        assert (told["court"], told["prosecutor"], told["auditor"]) == ([["court"]], [["prosecutor"]], [])
