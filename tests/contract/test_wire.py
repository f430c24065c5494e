"""What every wire promises (accord.ports.Wire), tested alike on each of them."""

from __future__ import annotations

import gc
import hashlib
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice, pairwise
from pathlib import Path

import pytest

from accord.adapters.directory import DirectoryWire
from accord.adapters.kafka import KafkaWire
from accord.errors import LogForked, Malformed, Unready, UsageRefused
from accord.keys import generate_log_key
from accord.ledger import Checkpoint, Tree, leaf_hash, open_checkpoint, sign_checkpoint, verify_consistency
from accord.ports import Bundle, Publication, Wire
from tests.contract.worlds import WORLDS, World
from tests.unit.adapters.wire_world import KEYS, LOGS, Log, entry, key_bundle

DAY = 86_400.0  # seconds
_KINDS = [
    pytest.param(name, marks=pytest.mark.xdist_group("kafka")) if name == "kafka" else name for name in WORLDS
]


@pytest.fixture(params=_KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield WORLDS[request.param](tmp_path, stack)


def read(wire: Wire, origin: str = "court", start: int = 0) -> list[bytes]:
    return [one for bundle in wire.bundles(origin, start) for one in bundle.entries]


def root_of(entries: list[bytes]) -> bytes:
    tree = Tree()
    tree.append_many([leaf_hash(one) for one in entries])
    return tree.root()


def test_nothing_was_published_yet(world: World) -> None:
    for slug in ("court", "police"):
        wire = world.wire(slug)
        assert wire.head("court") is None
        assert list(wire.bundles("court", 0)) == []
        assert list(wire.keys("police", "court")) == [] if slug == "police" else True


def test_what_is_published_is_read_from_any_start_with_proofs(world: World) -> None:
    log = Log("court")
    log.publish(world.wire("court"), 3, 250, 256, 257, 513, 600)
    for wire in (world.wire("police"), world.again("police"), world.wire("court")):
        assert wire.head("court") == log.heads[600]
        for start in (0, 1, 255, 256, 257, 511, 512, 599):
            at = start
            for bundle in wire.bundles("court", start):
                assert (bundle.origin, bundle.first_index) == ("court", at)
                at += len(bundle.entries)
                assert list(bundle.entries) == log.entries[bundle.first_index : at]
                head = open_checkpoint(bundle.head, *LOGS["court"])
                root = root_of(log.entries[: head.size])
                verify_consistency(at, head.size, bundle.proof, root_of(log.entries[:at]), root)
            assert at == 600
        for start in (600, 601):
            assert list(wire.bundles("court", start)) == []


def test_a_reader_follows_a_log_as_it_grows(world: World) -> None:
    log, reader = Log("court"), world.wire("police")
    seen: list[bytes] = []
    for before, size in ((0, 1), (1, 2), (2, 200), (200, 256), (256, 300), (300, 301)):
        log.append(size - before)
        world.wire("court").publish(log.bundle(before, size))
        assert reader.head("court") == log.heads[size]
        seen += read(reader, start=len(seen))
        assert seen == log.entries
        assert read(reader, start=len(seen)) == []


def test_a_log_may_grow_while_it_is_read(world: World) -> None:
    log, publisher = Log("court"), world.wire("court")
    log.publish(publisher, 256, 300)
    reading = world.wire("police").bundles("court", 0)
    first = next(reading)
    for size in (310, 400, 520):
        start = len(log.entries)
        log.append(size - start)
        publisher.publish(log.bundle(start, size))
    entries = [*first.entries, *(one for bundle in reading for one in bundle.entries)]
    assert entries == log.entries[: len(entries)]
    assert len(entries) >= 300


def test_two_logs_are_apart(world: World) -> None:
    Log("court").publish(world.wire("court"), 2)
    Log("police").publish(world.wire("police"), 3)
    assert open_checkpoint(world.wire("police").head("court") or "", *LOGS["court"]).size == 2
    assert open_checkpoint(world.wire("court").head("police") or "", *LOGS["police"]).size == 3
    assert read(world.wire("court"), "police") != read(world.wire("police"), "court")


@pytest.mark.parametrize("again", [False, True])
def test_publishing_again_changes_nothing(world: World, again: bool) -> None:
    log = Log("court")
    log.publish(world.wire("court"), 5, 250, 300)
    publisher = world.again("court") if again else world.wire("court")
    for start, end in ((250, 300), (5, 250), (0, 5), (100, 300), (299, 300), (300, 300), (100, 200)):
        publisher.publish(log.bundle(start, end))
    assert read(world.wire("police")) == log.entries
    assert world.wire("police").head("court") == log.heads[300]


@pytest.mark.parametrize("again", [False, True])
def test_a_bundle_may_begin_before_the_end_of_the_wire(world: World, again: bool) -> None:
    log = Log("court")
    log.publish(world.wire("court"), 5)
    log.append(10)
    (world.again("court") if again else world.wire("court")).publish(log.bundle(2, 15))
    assert read(world.wire("police")) == log.entries


def test_a_gap_is_refused(world: World) -> None:
    log = Log("court")
    log.publish(world.wire("court"), 5)
    log.append(3)
    with pytest.raises(UsageRefused):
        world.wire("court").publish(log.bundle(6, 8))
    assert read(world.wire("police")) == log.entries[:5]


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(("start", "end"), [(0, 3), (0, 5), (2, 4), (0, 8)])
def test_other_bytes_in_the_same_place_are_a_fork(world: World, start: int, end: int, again: bool) -> None:
    log = Log("court")
    log.publish(world.wire("court"), 5)
    entries = [*log.entries[:2], *[entry("court", 90 + at) for at in range(2, end)]]
    forged = Tree()
    forged.append_many([leaf_hash(one) for one in entries])
    head = sign_checkpoint(Checkpoint("cook/court", end, forged.root()), KEYS["court"])
    publisher = world.again("court") if again else world.wire("court")
    with pytest.raises(LogForked):
        publisher.publish(Bundle("court", start, tuple(entries[start:]), head))
    assert read(world.wire("police")) == log.entries
    assert world.wire("police").head("court") == log.heads[5]


def test_a_head_of_other_entries_is_a_fork(world: World) -> None:
    log = Log("court")
    log.append(5)
    head = sign_checkpoint(Checkpoint("cook/court", 5, bytes(32)), KEYS["court"])
    with pytest.raises(LogForked):
        world.wire("court").publish(Bundle("court", 0, tuple(log.entries), head))
    assert read(world.wire("police")) == []


def test_key_bundles_wait_until_they_are_acknowledged(world: World) -> None:
    court, police = world.wire("court"), world.wire("police")
    left = {covers: key_bundle("court", "police", covers) for covers in (9, 12, 100)}
    for covers, data in left.items():
        court.put_keys("police", "court", covers, data)
    assert list(police.keys("police", "court")) == list(left.items())
    assert next(iter(world.again("police").keys("police", "court"))) == (9, left[9])
    for _ in range(2):
        police.acknowledge("police", "court", 9)
    assert list(police.keys("police", "court")) == [(12, left[12]), (100, left[100])]
    police.acknowledge("police", "court", 12)
    police.acknowledge("police", "court", 100)
    assert list(world.again("police").keys("police", "court")) == []


def test_what_is_no_key_bundle_is_told_in_its_place_and_hides_none(world: World) -> None:
    """On a topic nobody can say whose it would be: there it is passed over."""
    court, police = world.wire("court"), world.wire("police")
    left = {covers: key_bundle("court", "police", covers) for covers in (9, 100)}
    for covers, data in left.items():
        court.put_keys("police", "court", covers, data)
    world.spoil_keys("police", "court", 12)
    for _ in range(2):
        given = list(police.keys("police", "court"))
        assert [(covers, one) for covers, one in given if isinstance(one, bytes)] == list(left.items())
        told = [covers for covers, one in given if isinstance(one, Malformed)]
        assert told == ([] if world.verifies else [12])
        assert [covers for covers, _ in given] == sorted({*left, *told})


def test_what_lies_there_for_a_reader_is_not_kept_in_its_memory(world: World) -> None:
    court, police = world.wire("court"), world.wire("police")
    left = [key_bundle("court", "police", covers, messages=257) for covers in range(70)]
    assert sum(map(len, left)) > 20_000_000
    for covers, data in enumerate(left):
        court.put_keys("police", "court", covers, data)
    expected = [(covers, hashlib.sha256(data).digest()) for covers, data in enumerate(left)]
    del left
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(2):
            read_now = [(at, hashlib.sha256(data).digest()) for at, data in police.keys("police", "court")]
            assert read_now == expected
        assert tracemalloc.get_traced_memory()[0] < 18_000_000
    finally:
        tracemalloc.stop()
    for covers in range(70):
        police.acknowledge("police", "court", covers)
    assert list(police.keys("police", "court")) == []


def publications(log: Log, *sizes: int) -> Iterator[Publication]:
    """What a log grows by, each with a key bundle for the police."""
    before = 0
    for size in sizes:
        yield Publication(log.bundle(before, size), [("police", size, key_bundle("court", "police", size))])
        before = size


def test_publications_one_after_another(world: World) -> None:
    log, sizes = Log("court"), (250, 256, 257, 400, 512, 513, 514, 515, 516, 517, 600)
    for before, size in pairwise((0, *sizes)):
        log.append(size - before)
    reader = world.wire("police")
    given = []
    for done in world.wire("court").publish_all(publications(log, *sizes)):
        given.append(done)
        assert {one for one in sizes if one <= done} <= {one for one, _ in reader.keys("police", "court")}
        assert reader.head("court") in [log.heads[one] for one in sizes if one >= done]
        seen = read(reader)
        assert done <= len(seen)
        assert seen == log.entries[: len(seen)]
    assert given == sorted(given)
    assert given[-1] == sizes[-1]
    assert read(reader) == log.entries


@pytest.mark.parametrize("again", [False, True])
def test_publications_that_break_off_are_taken_up(world: World, again: bool) -> None:
    log, sizes = Log("court"), (3, 250, 256, 300)
    for before, size in pairwise((0, *sizes)):
        log.append(size - before)

    def broken() -> Iterator[Publication]:
        due = publications(log, *sizes)
        yield from islice(due, 2)
        raise Unready("no more of the store can be read")

    with pytest.raises(Unready):
        list(world.wire("court").publish_all(broken()))
    assert read(world.wire("police")) == log.entries[: sizes[1]]
    publisher = world.again("court") if again else world.wire("court")
    assert list(publisher.publish_all(publications(log, *sizes)))[-1] == sizes[-1]
    assert read(world.wire("police")) == log.entries


def test_a_gap_between_publications_is_refused(world: World) -> None:
    log = Log("court")
    for _ in range(3):
        log.append(3)
    left = [Publication(log.bundle(0, 3)), Publication(log.bundle(6, 9))]
    with pytest.raises(UsageRefused):
        list(world.wire("court").publish_all(left))
    assert read(world.wire("police")) == log.entries[:3]


def test_news_is_what_came_after_the_head_that_was_asked_for(world: World) -> None:
    court, police, log = world.wire("court"), world.wire("police"), Log("court")
    listens = isinstance(police, DirectoryWire | KafkaWire)  # over HTTPS heads are asked for again and again
    log.publish(court, 2)
    assert police.head("court") == log.heads[2]
    assert not (listens and police.wait(["court"], 0.05))
    log.append(3)
    court.publish(log.bundle(2, 5))
    assert not listens or police.wait(["court"], 30.0)
    assert police.head("court") == log.heads[5]
    assert not (listens and police.wait(["court"], 0.05))
    assert read(police) == log.entries


def silence(reader: Wire, origin: str) -> float:
    """How long a log's publisher has been silent, in seconds."""
    assert reader.head(origin) is not None
    found = reader.silent_for(origin)
    assert found is not None
    assert found >= 0
    return found / 1e6


def test_silence_grows(world: World) -> None:
    reader = world.wire("police")
    assert (reader.head("court"), reader.silent_for("court")) == (None, None)
    Log("court").publish(world.wire("court"), 3, 5)
    for one in (reader, world.again("police")):
        assert silence(one, "court") < 60
    for days in (1, 30):
        with world.after(days * DAY):
            for one in (reader, reader, world.again("police")):
                assert days * DAY - 1 <= silence(one, "court") < days * DAY + 60


@pytest.mark.parametrize("again", [False, True])
def test_a_heartbeat_ends_silence_and_changes_nothing_that_is_read(world: World, again: bool) -> None:
    court, log = world.again("court") if again else world.wire("court"), Log("court")
    log.publish(world.wire("court"), 3)
    Log("police").publish(world.wire("police"), 3)
    time.sleep(3.1)  # a server says the time in whole seconds
    court.heartbeat("court", log.heads[3])
    reader = world.again("police")
    with world.after(DAY):
        heard, unheard = silence(reader, "court"), silence(world.again("court"), "police")
    assert DAY - 1 <= heard < unheard - 1
    assert reader.head("court") == log.heads[3]
    assert read(reader) == log.entries
    log.append(2)
    court.publish(log.bundle(3, 5))
    assert silence(reader, "court") < 60
    assert read(reader) == log.entries


def test_silence_can_be_asked_for_while_a_log_is_read(world: World) -> None:
    log, reader = Log("court"), world.wire("police")
    log.publish(world.wire("court"), 256, 512, 600)
    world.wire("court").heartbeat("court", log.heads[600])
    with world.after(DAY):
        assert reader.head("court") == log.heads[600]
        seen: list[bytes] = []
        for bundle in reader.bundles("court", 0):
            assert (reader.silent_for("court") or 0) >= (DAY - 1) * 1e6
            seen += bundle.entries
    assert seen == log.entries


def test_a_heartbeat_of_a_log_that_is_not_there_leaves_none(world: World) -> None:
    log = Log("court")
    world.wire("court").heartbeat("court", log.heads[0])
    assert world.wire("police").head("court") is None


def test_keys_of_each_direction_are_apart(world: World) -> None:
    to_police, to_court = key_bundle("court", "police", 9), key_bundle("police", "court", 9)
    world.wire("court").put_keys("police", "court", 9, to_police)
    world.wire("police").put_keys("court", "police", 9, to_court)
    assert list(world.wire("police").keys("police", "court")) == [(9, to_police)]
    assert list(world.wire("court").keys("court", "police")) == [(9, to_court)]


def test_what_a_restarted_publisher_finds_is_its_own(world: World) -> None:
    log = Log("court")
    log.publish(world.wire("court"), 5)
    later = world.again("court")
    assert later.head("court") == log.heads[5]
    log.append(2)
    later.publish(log.bundle(5, 7))
    assert read(world.wire("police")) == log.entries


def test_a_head_under_a_key_of_nobody_is_handed_on_as_it_is(world: World) -> None:
    """A wire verifies nothing, whoever reads it does; but where anybody can write, what no log has signed is passed over."""
    log = Log("court")
    log.append(1)
    tree = Tree()
    tree.append(leaf_hash(log.entries[0]))
    head = sign_checkpoint(Checkpoint("cook/court", 1, tree.root()), generate_log_key(b"x" * 32))
    bundle = Bundle("court", 0, tuple(log.entries), head)
    if world.verifies:
        with pytest.raises(LogForked):
            world.wire("court").publish(bundle)
    else:
        world.wire("court").publish(bundle)
    assert world.wire("police").head("court") == (None if world.verifies else head)
