"""A log directory in memory: written as it grows, read back, and attacked file by file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from accord.errors import Malformed, ProofInvalid, UsageRefused
from accord.ledger import (
    Bundle,
    TileNodes,
    Tree,
    build_tile,
    consistency_proof,
    encode_bundle,
    inclusion_proof,
    leaf_hash,
    root_from_tiles,
    root_hash,
    tiles_between,
    verify_consistency,
    verify_directory,
    verify_inclusion,
)

Files = dict[str, bytes]


class Log:
    """A log that keeps every complete node and writes its files at each size it is told to publish."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.entries: list[bytes] = []
        self.files: Files = {}
        self.published = 0

    def append(self, entries: Sequence[bytes]) -> None:
        self.entries += entries
        made = self.tree.append_many(leaf_hash(entry) for entry in entries)
        self.nodes.update({(level, index): value for level, index, value in made})

    def publish(self) -> None:
        for place in tiles_between(self.published, self.tree.size):
            if isinstance(place, Bundle):
                first = place.index * 256
                data = encode_bundle(self.entries[first : first + place.width])
            else:
                data = build_tile(place, lambda level, index: self.nodes[level, index])
            self.files[place.path] = data
        self.published = self.tree.size

    def verify(self, files: Files | None = None) -> list[str]:
        at = self.files if files is None else files
        return verify_directory(self.tree.size, self.tree.root(), at, at.__getitem__)


def grown(*steps: int) -> Log:
    log = Log()
    for step in steps:
        log.append([f"entry {log.tree.size + number}".encode() for number in range(step)])
        log.publish()
    return log


@pytest.fixture(scope="module")
def small() -> Log:
    return grown(1, 2, 3, 5)


@pytest.fixture(scope="module")
def large() -> Log:
    return grown(0, 100, 150, 5, 1, 1, 300, 200_00, 50_000)


def test_a_directory_written_in_steps_verifies_with_its_superseded_files(small: Log, large: Log) -> None:
    assert sorted(small.files) == sorted(
        f"tile/{kind}/000.p/{width}" for kind in ("entries", "0") for width in (1, 3, 6, 11)
    )
    assert small.verify() == []
    assert large.verify() == []
    assert Log().verify() == []
    assert any(path.startswith("tile/2/") for path in large.files)


def test_every_changed_bit_of_every_file_is_caught_and_its_place_named(small: Log) -> None:
    for path, data in small.files.items():
        for bit in range(8 * len(data)):
            changed = (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")
            with pytest.raises((ProofInvalid, Malformed)) as caught:
                small.verify({**small.files, path: changed})
            assert caught.value.where is not None
            # Where a bundle and its leaf tile disagree, the message names both.
            assert path in str(caught.value)


def test_every_cut_or_longer_file_is_caught(large: Log) -> None:
    chosen = [path for path in large.files if ".p/" in path or path.startswith(("tile/1", "tile/2"))]
    for path in chosen:
        data = large.files[path]
        for changed in (b"", data[:-1], data + b"\0"):
            with pytest.raises((ProofInvalid, Malformed)) as caught:
                verify_one(large, path, changed)
            assert path in str(caught.value)


def verify_one(log: Log, path: str, changed: bytes) -> None:
    log.verify({**log.files, path: changed})


def test_every_missing_file_of_the_current_size_is_named(large: Log) -> None:
    needed = [place.path for place in tiles_between(0, large.tree.size)]
    for path in needed[::37] + needed[-4:]:
        rest = {name: data for name, data in large.files.items() if name != path}
        with pytest.raises(ProofInvalid, match="missing") as caught:
            large.verify(rest)
        assert caught.value.where == path


def test_superseded_files_may_be_gone(small: Log) -> None:
    rest = {path: data for path, data in small.files.items() if path.endswith("/11")}
    assert small.verify(rest) == []


@pytest.mark.parametrize(
    "path", ["tile/0/000.p/11.tmp", "tile/0/.000.p/12", "tile/entries/x000/000", "notes"]
)
def test_an_unexpected_file_is_refused_by_its_path(small: Log, path: str) -> None:
    with pytest.raises(Malformed) as caught:
        small.verify({**small.files, path: b""})
    assert caught.value.where == path


def test_files_beyond_the_head_are_named_and_not_read(small: Log) -> None:
    beyond = ["tile/0/000", "tile/0/000.p/12", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/001"]
    files = {**small.files, **dict.fromkeys(beyond, b"not read")}
    assert small.verify(files) == beyond


def test_another_root_or_a_consistent_rewrite_is_refused(small: Log) -> None:
    rewritten = Log()
    rewritten.append([b"another entry", *small.entries[1:]])
    rewritten.publish()
    assert rewritten.verify() == []
    with pytest.raises(ProofInvalid, match="signed root"):
        small.verify(rewritten.files)


def test_proofs_from_tiles_verify_at_every_kind_of_size() -> None:
    log = grown(600)
    for size in (1, 2, 255, 256, 257, 511, 512, 513, 600):
        log_at = grown(size)
        nodes = TileNodes(size, log_at.files.__getitem__)
        root = log_at.tree.root()
        assert root_hash(size, nodes) == root
        assert root_from_tiles(size, log_at.files.__getitem__) == root
        for index in {0, size // 3, size // 2, size - 1}:
            proof = inclusion_proof(index, size, nodes)
            verify_inclusion(leaf_hash(log.entries[index]), index, size, proof, root)
        for old in {1, size // 2 or 1, size}:
            proof = consistency_proof(old, size, nodes)
            verify_consistency(old, size, proof, grown(old).tree.root(), root)


def test_a_proof_reads_few_tiles_of_a_large_log(large: Log) -> None:
    def counting(path: str) -> bytes:
        reads.append(path)
        return large.files[path]

    reads: list[str] = []
    size = large.tree.size
    nodes = TileNodes(size, counting)
    proof = inclusion_proof(33_333, size, nodes)
    verify_inclusion(leaf_hash(large.entries[33_333]), 33_333, size, proof, large.tree.root())
    assert len(reads) == len(set(reads)) <= 6


def test_nodes_outside_the_tree_are_refused(small: Log) -> None:
    nodes = TileNodes(small.tree.size, small.files.__getitem__)
    for place in ((0, 11), (0, -1), (1, 5), (3, 1), (4, 0), (8, 0)):
        with pytest.raises(UsageRefused):
            nodes(*place)


def test_the_cache_of_tiles_does_not_grow_with_the_log(large: Log) -> None:
    def counting(path: str) -> bytes:
        reads.append(path)
        return large.files[path]

    reads: list[str] = []
    nodes = TileNodes(large.tree.size, counting)
    for index in range(0, large.tree.size, 256):
        assert nodes(0, index) == leaf_hash(large.entries[index])
    assert len(reads) == len(set(reads)) > 100
    nodes(0, large.tree.size - 1)  # read a moment ago
    assert len(reads) == len(set(reads))
    nodes(0, 0)  # given up since
    assert reads[-1] == reads[0]


def test_a_wrong_upper_tile_is_named(large: Log) -> None:
    upper = [path for path in large.files if path.startswith(("tile/1/", "tile/2/"))]
    size = large.tree.size
    needed = {place.path for place in tiles_between(0, size)}
    for path in upper:
        changed = {**large.files, path: bytes(len(large.files[path]))}
        if path in needed:
            with pytest.raises(ProofInvalid) as caught:
                root_from_tiles(size, changed.__getitem__)
            assert caught.value.where == path


def test_a_tile_of_the_wrong_length_is_named(small: Log) -> None:
    with pytest.raises(Malformed) as caught:
        root_from_tiles(11, lambda path: small.files[path] + b"\0")
    assert caught.value.where == "tile/0/000.p/11"


def test_the_root_is_recomputed_while_reading_each_file_once(large: Log) -> None:
    def once(path: str) -> bytes:
        return remaining.pop(path)

    remaining = dict(large.files)
    assert verify_directory(large.tree.size, large.tree.root(), large.files, once) == []
    assert remaining == {}


def halves(items: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    yield items[: len(items) // 2]
    yield items[len(items) // 2 :]


def test_the_same_entries_give_the_same_files_however_they_came() -> None:
    whole, stepwise = grown(1000), Log()
    for part in halves(whole.entries):
        stepwise.append(part)
    stepwise.publish()
    assert stepwise.files == whole.files
