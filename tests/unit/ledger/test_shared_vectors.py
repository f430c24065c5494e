"""The published vectors: every case of transparency-dev/merkle, every file of the Tessera test log."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from accord.errors import ProofInvalid
from accord.ledger import (
    Bundle,
    Checkpoint,
    Note,
    Tile,
    TileNodes,
    Tree,
    consistency_proof,
    decode_bundle,
    inclusion_proof,
    key_id,
    leaf_hash,
    open_checkpoint,
    parse_path,
    root_from_tiles,
    root_hash,
    verify_consistency,
    verify_directory,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from tests.shared_data import shared

VERIFIERS = {
    ("inclusion", verify_inclusion, ("leafHash", "leafIdx", "treeSize", "proof", "root")),
    ("consistency", verify_consistency, ("size1", "size2", "proof", "root1", "root2")),
    ("subtreeinclusion", verify_subtree_inclusion, ("leafHash", "leafIdx", "start", "end", "proof", "root")),
    ("subtreeconsistency", verify_subtree_consistency, ("start", "end", "size", "proof", "root1", "root2")),
}


def plain(value: Any) -> Any:
    """Turn a case's value into an argument: base64 into bytes, a null proof into an empty one."""
    if isinstance(value, str):
        return b64decode(value, validate=True)
    return [plain(item) for item in value or ()] if not isinstance(value, int) else value


def test_every_merkle_case_behaves_as_its_file_says() -> None:
    folder = shared("vectors", "merkle-rfc6962", "testdata")
    counts: Counter[tuple[str, bool]] = Counter()
    wrong = []
    for kind, verify, names in VERIFIERS:
        for path in sorted((folder / kind).rglob("*.json")):
            case = json.loads(path.read_text(encoding="utf-8"))
            refused = False
            try:
                verify(*(plain(case[name]) for name in names))
            except ProofInvalid:
                refused = True
            counts[kind, refused] += 1
            if refused != case["wantErr"]:
                wrong.append(f"{path.relative_to(folder)}: {case['desc']}")
    assert wrong == []
    assert sum(counts.values()) == len(list(folder.rglob("*.json"))), "a case of an unknown kind was left out"
    assert all(counts[kind, refused] > 0 for kind, _, _ in VERIFIERS for refused in (True, False))


@pytest.fixture(scope="module")
def tessera() -> Path:
    return shared("vectors", "tlog-tiles-tessera", "testdata")


@pytest.fixture(scope="module")
def log_key(tessera: Path) -> tuple[str, bytes]:
    """The log's name and public key, from the script that made it (name+key id+base64(0x01 ‖ key))."""
    found = re.search(r'LOG_PUBLIC_KEY="(.+)\+([0-9a-f]{8})\+(.+)"', (tessera / "build_log.sh").read_text())
    assert found
    name, identifier, material = found.group(1), found.group(2), b64decode(found.group(3))
    assert material[0] == 1
    assert key_id(name, material[1:]).hex() == identifier
    return name, material[1:]


def checkpoints(tessera: Path, log_key: tuple[str, bytes]) -> dict[int, Checkpoint]:
    """Every checkpoint of the log, opened with its key, by size; all but the last are named by it."""
    opened = {}
    for path in sorted((tessera / "log").glob("checkpoint*")):
        data = path.read_bytes()
        assert str(Note.parse(data)).encode() == data
        checkpoint = open_checkpoint(data, *log_key)
        assert path.suffix in ("", f".{checkpoint.size}")
        opened[checkpoint.size] = checkpoint
    assert sorted(opened) == list(range(max(opened) + 1))
    assert len(opened) > 1
    return opened


def entries_of(tessera: Path, size: int) -> list[bytes]:
    return decode_bundle((tessera / "log" / Bundle(0, size).path).read_bytes(), size)


def test_every_tessera_checkpoint_is_the_root_of_its_entries(
    tessera: Path, log_key: tuple[str, bytes]
) -> None:
    heads = checkpoints(tessera, log_key)
    entries = entries_of(tessera, max(heads))
    tree = Tree()
    assert heads[0].root == tree.root()
    for size, entry in enumerate(entries, start=1):
        tree.append(leaf_hash(entry))
        assert heads[size].root == tree.root()


def test_every_tessera_tile_verifies_and_has_its_own_path(tessera: Path, log_key: tuple[str, bytes]) -> None:
    log = tessera / "log"
    paths = [path.relative_to(log).as_posix() for path in (log / "tile").rglob("*") if path.is_file()]
    heads = checkpoints(tessera, log_key)
    last = heads[max(heads)]
    kinds = Counter(type(parse_path(path)) for path in paths)
    assert kinds[Tile] > 0
    assert kinds[Bundle] > 0
    assert all(parse_path(path).path == path for path in paths)
    assert verify_directory(last.size, last.root, paths, lambda path: (log / path).read_bytes()) == []


def test_every_tessera_head_proves_every_entry_and_every_later_head(
    tessera: Path, log_key: tuple[str, bytes]
) -> None:
    log = tessera / "log"
    heads = checkpoints(tessera, log_key)
    leaves = [leaf_hash(entry) for entry in entries_of(tessera, max(heads))]
    for size in range(1, max(heads) + 1):

        def read(path: str) -> bytes:
            return (log / path).read_bytes()

        nodes = TileNodes(size, read)
        assert root_hash(size, nodes) == root_from_tiles(size, read) == heads[size].root
        for index in range(size):
            proof = inclusion_proof(index, size, nodes)
            verify_inclusion(leaves[index], index, size, proof, heads[size].root)
        for old in range(1, size + 1):
            proof = consistency_proof(old, size, nodes)
            verify_consistency(old, size, proof, heads[old].root, heads[size].root)
