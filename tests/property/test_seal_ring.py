"""Any interleaving of uses, grants with and without history, and chains begun anew: readers open exactly what they hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from accord.seal import OwnRing, Position, Ring

READERS = ("one", "two")
LABELS = ("a", "#a", "b@x")

use = st.tuples(st.just("use"), st.sampled_from(LABELS))
grant = st.tuples(st.just("grant"), st.sampled_from(READERS), st.sampled_from(LABELS), st.booleans())
take_out = st.tuples(st.just("take out"), st.sampled_from(READERS), st.sampled_from(LABELS))
stories = st.lists(st.one_of(use, use, grant, take_out), max_size=40)


@dataclass
class Tale:
    """A file, its readers, and a plain reckoning of what each may open."""

    own: OwnRing = field(default_factory=lambda: OwnRing(b"s" * 32))
    rings: dict[str, Ring] = field(default_factory=lambda: {name: Ring() for name in READERS})
    holders: dict[str, set[str]] = field(default_factory=lambda: {label: set() for label in LABELS})
    may: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    used: list[Position] = field(default_factory=list)
    breaks: list[tuple[str, int]] = field(default_factory=list)

    def n(self, label: str) -> int:
        return self.own.n.get(label, 0)

    def use(self, label: str) -> None:
        assert self.own.keys(label) is not None
        n = self.own.use(label)
        self.used.append(Position(0, label, n))
        for reader in self.holders[label]:
            self.may.setdefault((reader, label), set()).add(n)

    def grant(self, reader: str, label: str, history: bool) -> None:
        for first, key in self.own.hand_out(label, history=history):
            self.rings[reader].hold(label, first, key)
        if history:
            self.may.setdefault((reader, label), set()).update(range(self.n(label)))
        self.holders[label].add(reader)

    def take_out(self, reader: str, label: str) -> None:
        """Begin the chain anew, and hand it to those who remain."""
        self.own.begin_anew(label, self.n(label))
        self.breaks.append((label, self.n(label)))
        self.holders[label].discard(reader)
        for other in sorted(self.holders[label]):
            self.grant(other, label, history=False)


def told(story: list[tuple[str, ...]]) -> Tale:
    tale = Tale()
    for what, *how in story:
        {"use": tale.use, "grant": tale.grant, "take out": tale.take_out}[what](*how)  # type: ignore[operator]
    return tale


@settings(max_examples=150, deadline=None)
@given(stories)
def test_readers_open_exactly_what_they_hold(story: list[tuple[str, ...]]) -> None:
    tale = told(story)
    for reader, ring in tale.rings.items():
        for label in LABELS:
            for n in range(tale.n(label)):
                opens = ring.keys_at(label, n) == tale.own.keys_at(label, n)
                assert opens == (n in tale.may.get((reader, label), set())), (reader, label, n)


@settings(max_examples=100, deadline=None)
@given(stories)
def test_a_reader_who_follows_stands_at_the_next_use(story: list[tuple[str, ...]]) -> None:
    """Whoever counts what it opens, in the order of the log, always knows the next locator of what it holds."""
    tale = Tale()
    for what, *how in story:
        if what == "use":
            (label,) = how
            expected = tale.own.keys(label)
            for reader in tale.holders[label]:
                assert tale.rings[reader].keys(label) == expected
                tale.rings[reader].use(label)
            tale.use(label)
        else:
            {"grant": tale.grant, "take out": tale.take_out}[what](*how)  # type: ignore[operator]
            for label, holders in tale.holders.items():
                for reader in holders:
                    ring = tale.rings[reader]
                    ring.n[label] = max(ring.n.get(label, 0), tale.n(label))


@settings(max_examples=100, deadline=None)
@given(stories)
def test_positions_reopen_everything(story: list[tuple[str, ...]]) -> None:
    """The publisher's secret, the positions of its entries and its breaks are all that is needed."""
    tale = told(story)
    again = OwnRing(b"s" * 32, tale.used)
    for label, n in tale.breaks:
        again.begin_anew(label, n)
    for position in tale.used:
        assert again.keys_at(position.label, position.n) == tale.own.keys_at(position.label, position.n)
    for label in LABELS:
        assert again.keys(label) == tale.own.keys(label)


def read(ring: Ring, label: str, n: int) -> tuple[object, ...]:
    return ring.keys_at(label, n), ring.chain_key(label, n), ring.event_key(label, n)


def as_stored(ring: Ring) -> Ring:
    """The same segments in a ring that has read nothing."""
    fresh = Ring()
    for label, first, key in ring.segments:
        fresh.hold(label, first, key)
    return fresh


@settings(max_examples=100, deadline=None)
@given(stories, st.lists(st.tuples(st.sampled_from(LABELS), st.integers(0, 12)), max_size=12))
def test_no_key_depends_on_what_was_read_before(
    story: list[tuple[str, ...]], asked: list[tuple[str, int]]
) -> None:
    """In whatever order uses are read, and whatever is used, granted or begun anew in between."""
    tale = Tale()
    for what, *how in story:
        {"use": tale.use, "grant": tale.grant, "take out": tale.take_out}[what](*how)  # type: ignore[operator]
        for ring in (tale.own, *tale.rings.values()):
            for label, n in asked:
                assert read(ring, label, n) == read(as_stored(ring), label, n)


@settings(max_examples=100, deadline=None)
@given(stories)
def test_no_locator_is_ever_used_twice(story: list[tuple[str, ...]]) -> None:
    tale = told(story)
    keys = [tale.own.keys_at(one.label, one.n) for one in tale.used]
    assert None not in keys
    assert len({pair[0] for pair in keys if pair}) == len(keys)
    assert len({pair[1] for pair in keys if pair}) == len(keys)
