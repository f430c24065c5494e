"""The directory wire, as its publisher and its readers use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.adapters.directory import DirectoryWire
from accord.errors import LogForked, Malformed, ProofInvalid, Unready, UsageRefused
from accord.keys import generate_log_key, log_public
from accord.ledger import (
    Checkpoint,
    Tree,
    leaf_hash,
    open_checkpoint,
    sign_checkpoint,
    tiles_of,
    verify_consistency,
)
from accord.ports import Bundle, Wire
from tests.unit.adapters.wire_world import KEYS, LOGS, DyingDisk, Log, QuickDisk, contents, entry


@pytest.fixture
def wire(tmp_path: Path) -> DirectoryWire:
    return DirectoryWire(tmp_path / "wire", QuickDisk())


def read_all(wire: Wire, start: int = 0) -> list[bytes]:
    return [entry for bundle in wire.bundles("court", start) for entry in bundle.entries]


def root_of(entries: list[bytes]) -> bytes:
    tree = Tree()
    tree.append_many([leaf_hash(entry) for entry in entries])
    return tree.root()


def test_an_empty_wire(wire: DirectoryWire) -> None:
    assert wire.head("court") is None
    assert list(wire.bundles("court", 0)) == []
    assert list(wire.keys("court", "police")) == []
    wire.acknowledge("court", "police", 7)
    assert not wire.root.exists()


def test_what_is_published_is_read_with_proofs(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 3, 250, 256, 257, 513, 600)
    head = wire.head("court")
    assert head == log.heads[600]
    for start in (0, 1, 255, 256, 257, 511, 512, 599):
        at = start
        for bundle in wire.bundles("court", start):
            assert (bundle.origin, bundle.first_index, bundle.head) == ("court", at, head)
            at += len(bundle.entries)
            assert list(bundle.entries) == log.entries[bundle.first_index : at]
            assert at % 256 == 0 or at == 600
            verify_consistency(at, 600, bundle.proof, root_of(log.entries[:at]), root_of(log.entries))
        assert at == 600
    assert list(wire.bundles("court", 600)) == []
    assert list(wire.bundles("court", 601)) == []


def test_the_head_opens_and_other_logs_are_apart(wire: DirectoryWire) -> None:
    Log("court").publish(wire, 2)
    Log("police").publish(wire, 1)
    assert open_checkpoint(wire.head("court") or "", *LOGS["court"]).size == 2
    assert open_checkpoint(wire.head("police") or "", *LOGS["police"]).size == 1


def test_an_empty_log_can_have_a_head(wire: DirectoryWire) -> None:
    log = Log("court")
    wire.publish(log.bundle(0, 0))
    assert wire.head("court") == log.heads[0]
    assert read_all(wire) == []
    log.publish(wire, 2)
    assert read_all(wire) == log.entries


def test_files_are_those_of_the_head_and_of_the_one_before(wire: DirectoryWire) -> None:
    log = Log("court")
    sizes = [3, 250, 256, 257, 300, 512, 520]
    for before, size in zip([0, *sizes], sizes, strict=False):
        log.append(size - len(log.entries))
        wire.publish(log.bundle(before, size))
        needed = {place.path for place in (*tiles_of(before), *tiles_of(size))}
        assert set(contents(wire.root / "court")) == {"checkpoint", *needed}


@pytest.mark.parametrize("fresh", [False, True])
def test_publishing_again_changes_nothing(wire: DirectoryWire, fresh: bool) -> None:
    log = Log("court")
    log.publish(wire, 5, 250, 300)
    before = contents(wire.root)
    for start, end in (
        (250, 300),
        (5, 250),
        (0, 5),
        (100, 300),
        (299, 300),
        (300, 300),
        (100, 200),
        (100, 100),
    ):
        again = DirectoryWire(wire.root) if fresh else wire
        again.publish(log.bundle(start, end))
        assert contents(wire.root) == before


def test_a_bundle_may_begin_before_the_end_of_the_wire(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 5)
    log.append(10)
    wire.publish(log.bundle(2, 15))
    assert read_all(wire) == log.entries


def test_another_process_may_have_published_since(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 5)
    log.append(10)
    DirectoryWire(wire.root).publish(log.bundle(5, 10))
    wire.publish(log.bundle(5, 15))
    assert read_all(wire) == log.entries


def test_a_gap_is_refused(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 5)
    log.append(3)
    with pytest.raises(UsageRefused, match="ends at 5, and this bundle begins at 6"):
        wire.publish(log.bundle(6, 8))
    assert read_all(wire) == log.entries[:5]


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize(("start", "end"), [(0, 3), (0, 5), (2, 4), (0, 8)])
def test_other_bytes_in_the_same_place_are_a_fork(
    wire: DirectoryWire, start: int, end: int, fresh: bool
) -> None:
    log, other = Log("court"), Log("court")
    log.publish(wire, 5)
    other.append(2)
    other.entries[-1] = entry("court", 99)
    forged = Tree()
    entries = [*log.entries[:2], entry("court", 99), *[entry("court", at) for at in range(3, end)]]
    forged.append_many([leaf_hash(one) for one in entries])
    head = sign_checkpoint(Checkpoint("cook/court", end, forged.root()), KEYS["court"])
    before = contents(wire.root)
    again = DirectoryWire(wire.root) if fresh else wire
    with pytest.raises(LogForked, match="entry 2"):
        again.publish(Bundle("court", start, entries[start:end], head))
    assert contents(wire.root) == before
    log.append(1)
    again.publish(log.bundle(5, 6))  # the honest log goes on
    assert read_all(wire) == log.entries


@pytest.mark.parametrize(("start", "end"), [(0, 3), (3, 5), (5, 5), (5, 7), (0, 7)])
def test_a_head_of_other_entries_is_a_fork(wire: DirectoryWire, start: int, end: int) -> None:
    log = Log("court")
    log.publish(wire, 5)
    log.append(2)
    head = sign_checkpoint(Checkpoint("cook/court", end, bytes(32)), KEYS["court"])
    before = contents(wire.root)
    with pytest.raises(LogForked):
        wire.publish(Bundle("court", start, log.entries[start:end], head))
    assert contents(wire.root) == before


def test_a_head_of_another_name_is_a_fork(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 5)
    head = sign_checkpoint(Checkpoint("lake/court", 5, root_of(log.entries)), KEYS["court"])
    with pytest.raises(LogForked, match="another log"):
        wire.publish(Bundle("court", 0, log.entries, head))


def test_a_head_signed_anew_takes_the_place_of_the_old_one(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 3, 5)
    tiles = {path: data for path, data in contents(wire.root).items() if "tile" in path}
    head = sign_checkpoint(Checkpoint("cook/court", 5, root_of(log.entries)), generate_log_key(bytes(32)))
    wire.publish(Bundle("court", 5, (), head))
    assert contents(wire.root) == {**tiles, "court/checkpoint": head.encode()}


def test_bundles_that_cannot_be_published(wire: DirectoryWire) -> None:
    log = Log("court")
    log.append(257)
    for bundle in (
        log.bundle(0, 257),  # more than a bundle holds
        Bundle("court", 0, log.entries[:4], log.heads[5]),
        Bundle("court", -1, log.entries[:4], log.heads[3]),
        Bundle("court", 0, log.entries[:4], log.heads[4], [bytes(32)]),
        Bundle("court", 0, [bytes(65536)], log.heads[1]),
    ):
        with pytest.raises(UsageRefused):
            wire.publish(bundle)
    with pytest.raises(Malformed):
        wire.publish(Bundle("court", 0, log.entries[:4], "no head"))
    assert contents(wire.root) == {}


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../court", "court/", "/court", "Court", "keys", "a" * 33, "a--b", "court\n", "é", "a.b"],
)
def test_names_that_lead_elsewhere_are_refused(wire: DirectoryWire, name: str) -> None:
    with pytest.raises(UsageRefused):
        wire.head(name)
    with pytest.raises(UsageRefused):
        list(wire.bundles(name, 0))
    with pytest.raises(UsageRefused):
        wire.publish(Bundle(name, 0, (), Log("court").heads[0]))
    for recipient, origin in ((name, "court"), ("court", name)):
        with pytest.raises(UsageRefused):
            wire.put_keys(recipient, origin, 0, b"")
        with pytest.raises(UsageRefused):
            list(wire.keys(recipient, origin))
        with pytest.raises(UsageRefused):
            wire.acknowledge(recipient, origin, 0)
    assert not wire.root.exists()


def test_a_reader_of_the_head_before_finds_its_files(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 250)
    reading = wire.bundles("court", 0)
    log.append(50)
    wire.publish(log.bundle(250, 300))
    assert next(reading).entries == log.entries[:256]
    old = DirectoryWire(wire.root)
    (wire.root / "court/checkpoint").write_text(log.heads[250])
    assert read_all(old) == log.entries[:250]


def test_a_full_file_serves_for_a_partial_one(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 250, 300, 310)
    (wire.root / "court/checkpoint").write_text(log.heads[250])  # whose partial files are gone
    bundles = list(wire.bundles("court", 3))
    assert [entry for bundle in bundles for entry in bundle.entries] == log.entries[3:250]
    (wire.root / "court/checkpoint").write_text(log.heads[290])  # so are these; the next wider ones serve
    assert read_all(wire, 250) == log.entries[250:290]
    (wire.root / "court/checkpoint").write_text(log.heads[200])
    (wire.root / "court/tile/entries/000").unlink()
    with pytest.raises(Malformed, match="missing") as caught:
        list(wire.bundles("court", 0))
    assert caught.value.where == "court/tile/entries/000.p/200"


@pytest.mark.parametrize(
    ("path", "harm"),
    [
        ("checkpoint", b"\xff"),
        ("checkpoint", b"nothing\n"),
        ("tile/entries/000", b"\xff\xff"),
        ("tile/entries/001.p/44", b""),
        ("tile/0/001.p/44", b"short"),
        ("tile/0/001.p/44", bytes(8193)),
    ],
)
def test_what_cannot_be_read_is_named(wire: DirectoryWire, path: str, harm: bytes) -> None:
    Log("court").publish(wire, 256, 300)
    (wire.root / "court" / path).write_bytes(harm)
    with pytest.raises(Malformed) as caught:
        list(wire.bundles("court", 0))
    assert caught.value.where == f"court/{path}"


def test_no_link_is_followed(wire: DirectoryWire, tmp_path: Path) -> None:
    Log("court").publish(wire, 2)
    place = wire.root / "court/tile/entries/000.p/2"
    secret = tmp_path / "secret"
    place.rename(secret)
    place.symlink_to(secret)
    with pytest.raises(Malformed) as caught:
        list(wire.bundles("court", 0))
    assert caught.value.where == "court/tile/entries/000.p/2"


def test_a_folder_in_the_place_of_a_file_is_named(wire: DirectoryWire) -> None:
    Log("court").publish(wire, 2)
    (wire.root / "court/checkpoint").unlink()
    (wire.root / "court/checkpoint").mkdir()
    with pytest.raises(Malformed, match="regular"):
        wire.head("court")


def test_a_wire_that_contradicts_itself_is_not_continued(wire: DirectoryWire) -> None:
    log = Log("court")
    log.publish(wire, 5)
    tile = wire.root / "court/tile/0/000.p/5"
    tile.write_bytes(bytes(len(tile.read_bytes())))
    log.append(1)
    with pytest.raises(ProofInvalid) as caught:
        DirectoryWire(wire.root).publish(log.bundle(5, 6))
    assert caught.value.where == "court/checkpoint"


def test_a_disk_that_refuses_is_told_of(tmp_path: Path) -> None:
    root = tmp_path / "wire"
    root.write_text("a file where the folder should be")
    with pytest.raises(Unready) as caught:
        Log("court").publish(DirectoryWire(root), 1)
    assert caught.value.where == "court"
    with pytest.raises(Unready):
        DirectoryWire(root).put_keys("police", "court", 1, b"")


def test_the_cost_of_a_publication_is_flat(tmp_path: Path) -> None:
    class Counting(DyingDisk):
        def _step(self) -> None:
            self.left = (self.left or 0) + 1

    disk = Counting(None)
    wire = DirectoryWire(tmp_path, disk)
    log = Log("court")
    log.publish(wire, *range(250, 2050, 250))
    costs = []
    for fresh in (False, True):
        for _ in range(3):
            log.append(1)
            disk.left = 0
            size = len(log.entries)
            (DirectoryWire(tmp_path, disk) if fresh else wire).publish(log.bundle(size - 1, size))
            costs.append(disk.left)
    assert max(costs) <= 25


def test_key_bundles_wait_until_acknowledged(wire: DirectoryWire) -> None:
    wire.put_keys("police", "court", 12, b"twelve")
    wire.put_keys("police", "court", 9, b"nine")
    wire.put_keys("police", "court", 100, b"hundred")
    wire.put_keys("prosecutor", "court", 9, b"for another")
    wire.put_keys("police", "prosecutor", 9, b"of another")
    assert list(wire.keys("police", "court")) == [(9, b"nine"), (12, b"twelve"), (100, b"hundred")]
    wire.put_keys("police", "court", 12, b"anew")
    wire.acknowledge("police", "court", 9)
    wire.acknowledge("police", "court", 9)
    assert list(wire.keys("police", "court")) == [(12, b"anew"), (100, b"hundred")]
    assert list(wire.keys("prosecutor", "court")) == [(9, b"for another")]
    assert "keys/police/court/0000000000000012" in contents(wire.root)


def test_a_key_bundle_acknowledged_while_read_is_passed_over(wire: DirectoryWire) -> None:
    wire.put_keys("police", "court", 1, b"one")
    wire.put_keys("police", "court", 2, b"two")
    found = wire.keys("police", "court")
    assert next(found) == (1, b"one")
    wire.acknowledge("police", "court", 2)
    assert list(found) == []


def test_key_bundles_of_impossible_sizes(wire: DirectoryWire) -> None:
    for covers in (-1, 10**16):
        with pytest.raises(UsageRefused):
            wire.put_keys("police", "court", covers, b"")


def test_other_names_among_key_bundles_are_passed_over(wire: DirectoryWire) -> None:
    wire.put_keys("police", "court", 1, b"one")
    folder = wire.root / "keys/police/court"
    for name in ("2", "000000000000000٢", ".0000000000000003.tmp", "0000000000000004x"):
        (folder / name).write_bytes(b"x")
    assert list(wire.keys("police", "court")) == [(1, b"one")]
    wire.put_keys("police", "court", 5, b"five")
    assert not (folder / ".0000000000000003.tmp").exists()


def test_keys_of_the_log_open_its_heads() -> None:
    assert LOGS["court"][1] == log_public(KEYS["court"])
