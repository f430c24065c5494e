"""Whoever can write where the wire lies can change nothing unnoticed: each change is told of, and where."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from accord.adapters.directory import DirectoryWire, Fault, Progress, inspect
from accord.ledger import (
    TILE_WIDTH,
    Bundle,
    Checkpoint,
    Tile,
    Tree,
    decode_bundle,
    encode_bundle,
    encode_tile,
    leaf_hash,
    parse_path,
    sign_checkpoint,
    sign_note,
)
from tests.unit.adapters.wire_world import (
    KEYS,
    KNOWN,
    LOGS,
    Log,
    QuickDisk,
    contents,
    copied,
    entry,
    faults,
    key_bundle,
)

Wires = Callable[[], Path]


def made(root: Path, court: tuple[int, ...], police: tuple[int, ...]) -> Path:
    wire = DirectoryWire(root, QuickDisk())
    Log("court").publish(wire, *court)
    if police:
        Log("police").publish(wire, *police)
        wire.put_keys("court", "police", police[-1], key_bundle("police", "court", police[-1], 1))
    wire.put_keys("police", "court", court[-1], key_bundle("court", "police", court[-1], 1))
    return root


@pytest.fixture(scope="module")
def stencil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two logs, of 300 and of 12 entries, with superseded files and pending keys."""
    return made(tmp_path_factory.mktemp("wire"), (100, 250, 280, 300), (2, 5, 12))


@pytest.fixture
def root(stencil: Path, tmp_path: Path) -> Path:
    return copied(stencil, tmp_path / "wire")


def expected(path: str, data: bytes, at: int) -> Fault:
    """Where a change to this byte is to be told of."""
    slug, _, name = path.partition("/")
    if slug == "keys":
        return Fault(path.split("/")[2], None, path, "")
    if name == "checkpoint":
        return Fault(slug, None, path, "")
    place = parse_path(name)
    if isinstance(place, Tile):
        index = None if place.level else place.index * TILE_WIDTH + at // 32
        return Fault(slug, index, path, "")
    end, index = 0, place.index * TILE_WIDTH - 1
    while end <= at:
        end += 2 + int.from_bytes(data[end : end + 2], "big")
        index += 1
    return Fault(slug, index, path, "")


def located(found: list[Fault]) -> list[Fault]:
    return [Fault(fault.log, fault.index, fault.file, "") for fault in found]


def flip(root: Path, path: str, data: bytes, at: int) -> None:
    """Change one byte, inspect, change it back."""
    file = os.open(root / path, os.O_RDWR)
    try:
        os.pwrite(file, bytes([data[at] ^ (1 << at % 8)]), at)
        assert located(faults(root)) == [expected(path, data, at)], (path, at)
        os.pwrite(file, data[at : at + 1], at)
    finally:
        os.close(file)


def test_every_byte_of_a_small_wire(tmp_path: Path) -> None:
    root = made(tmp_path, (2, 12), ())
    assert faults(root) == []
    count = 0
    for path, data in contents(root).items():
        for at in range(len(data)):
            flip(root, path, data, at)
            count += 1
    assert count > 37_000
    assert faults(root) == []


def test_bytes_of_a_wire_with_full_tiles(root: Path) -> None:
    assert faults(root) == []
    dice = random.Random(1)
    for path, data in contents(root).items():
        for at in sorted({0, 1, len(data) - 1, *dice.sample(range(len(data)), min(40, len(data)))}):
            flip(root, path, data, at)
    assert faults(root) == []


def test_every_file_cut_short_grown_or_emptied(root: Path) -> None:
    for path, data in contents(root).items():
        for harmed in (data[:-1], data + b"\x00", data + b"\n", data[: len(data) // 2], b"", data * 2):
            (root / path).write_bytes(harmed)
            found = faults(root)
            assert {fault.file for fault in found} == {path}
            assert {fault.log for fault in found} == {expected(path, data, 0).log}
        (root / path).write_bytes(data)


def test_every_file_that_is_needed_taken_away(root: Path) -> None:
    superseded = {"280", "24", "5"}
    for path, data in contents(root).items():
        if path.startswith("keys/") or path.rpartition("/")[2] in superseded:
            continue  # the publisher or the recipient may have done it
        (root / path).unlink()
        found = faults(root)
        assert [(fault.file, fault.reason) for fault in found] == [(path, "the file is missing")]
        (root / path).write_bytes(data)


def test_any_two_files_changed_for_each_other(root: Path) -> None:
    files = contents(root)
    for one in files:
        for other in files:
            if one >= other or files[one] == files[other]:
                continue
            (root / one).write_bytes(files[other])
            (root / other).write_bytes(files[one])
            assert {one, other} <= {fault.file for fault in faults(root)}
            (root / one).write_bytes(files[one])
            (root / other).write_bytes(files[other])


EXTRA = [
    "stray",
    "hidden/deep/file",
    "Court/checkpoint",
    "auditor/checkpoint",
    "court/Checkpoint",
    "court/checkpoint.old",
    "court/.checkpoint.tmp",
    "court/.superseded.tmp",
    "court/tile/0/.001.tmp",
    "court/tile/0/1",
    "court/tile/00/000",
    "court/tile/0/000.p/0",
    "court/tile/0/000.p/256",
    "court/tile/0/000.p/007",
    "court/tile/0/x000/000",
    "court/tile/0/002",
    "court/tile/0/001.p/45",
    "court/tile/1/000",
    "court/tile/2/000.p/1",
    "court/tile/64/000",
    "court/tile/entries/000.P/4",
    "court/tile/entries/001",
    "court/tile/entries/002/000",
    "court/tile/Entries/000",
    "court/tile/0/\u0660\u0660\u0660",
    "court/tile/0/000 ",
    "keys/stray",
    "keys/court/stray",
    "keys/auditor/court/0000000000000001",
    "keys/court/auditor/0000000000000001",
    "keys/Court/police/0000000000000001",
    "keys/court/police/1",
    "keys/court/police/00000000000000001",
    "keys/court/police/000000000000000x",
    "keys/court/police/.0000000000000001.tmp",
    "keys/court/police/0000000000000001/deep",
]


@pytest.mark.parametrize("path", EXTRA)
def test_a_file_too_many(root: Path, path: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(b"x")
    found = faults(root)
    assert [fault.file for fault in found] == [path]
    folder, *rest = path.split("/")
    publisher = rest[1] if folder == "keys" and len(rest) > 1 else folder
    assert found[0].log == (publisher if publisher in LOGS else "")


def test_empty_folders_say_nothing(root: Path) -> None:
    for path in ("court/tile/0/007.p", "court/odd", "keys/auditor/court", "elsewhere/in/here"):
        (root / path).mkdir(parents=True)
    assert faults(root) == []


@pytest.mark.parametrize(
    "path", ["court/tile/0/000", "court/checkpoint", "keys/police/court/0000000000000300"]
)
def test_links_pipes_and_folders(root: Path, tmp_path: Path, path: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    (root / path).rename(elsewhere)
    for change in (lambda: (root / path).symlink_to(elsewhere), lambda: os.mkfifo(root / path)):
        change()
        found = faults(root)
        assert {fault.file for fault in found} == {path}
        assert any("a link" in fault.reason or "no regular file" in fault.reason for fault in found)
        (root / path).unlink()


def test_a_linked_folder(root: Path, tmp_path: Path) -> None:
    (root / "court/tile").rename(tmp_path / "tile")
    (root / "court/tile").symlink_to(tmp_path / "tile")
    assert [(fault.file, fault.index) for fault in faults(root)] == [("court/tile", None)]


def test_an_old_head_beside_newer_files(root: Path) -> None:
    log = Log("court")
    log.append(300)
    for size in (280, 250, 100, 1, 0):
        (root / "court/checkpoint").write_text(log.heads[size])
        found = faults(root)
        assert {fault.log for fault in found} == {"court"}
        assert any("beyond the end" in fault.reason for fault in found)


def test_an_old_wire_in_its_place_is_whole(tmp_path: Path) -> None:
    """Only who has seen the newer head can tell: the replica does."""
    assert faults(made(tmp_path / "old", (2, 5), (3,))) == []


def forked(size: int, at: int) -> list[bytes]:
    entries = [entry("court", number) for number in range(size)]
    entries[at] = entry("court", 9999)
    return entries


def rewrite(root: Path, entries: list[bytes], levels: int) -> Tree:
    """Write a whole log anew, entries and hash tiles up to a level, over what is there."""
    tree = Tree()
    nodes = {(level, index): value for level, index, value in tree.append_many(map(leaf_hash, entries))}
    for path in contents(root / "court"):
        if path == "checkpoint":
            continue
        place = parse_path(path)
        first = place.index * TILE_WIDTH
        if isinstance(place, Bundle):
            (root / "court" / path).write_bytes(encode_bundle(entries[first : first + place.width]))
        elif place.level < levels:
            row = [nodes[place.level * 8, first + at] for at in range(place.width)]
            (root / "court" / path).write_bytes(encode_tile(row))
    return tree


def test_two_heads_of_one_size(root: Path) -> None:
    """Signed by the log's own key: the checkpoint is at fault, or all the rest is."""
    tree = Tree()
    tree.append_many(map(leaf_hash, forked(300, 7)))
    head = sign_checkpoint(Checkpoint("cook/court", 300, tree.root()), KEYS["court"])
    (root / "court/checkpoint").write_text(head)
    assert [(fault.log, fault.file) for fault in faults(root)] == [("court", "court/checkpoint")]


@pytest.mark.parametrize(("levels", "file"), [(1, "court/tile/entries/000"), (2, "court/checkpoint")])
def test_an_entry_rewritten_with_the_tiles_above_it(root: Path, levels: int, file: str) -> None:
    rewrite(root, forked(300, 7), levels)
    found = faults(root)
    assert [fault.file for fault in found] == [file]
    if levels == 1:
        assert found[0].index == 0  # the bundle's first: which of them it was, nothing is left to tell


def test_an_entry_of_the_last_bundle_rewritten_with_its_tile(root: Path) -> None:
    rewrite(root, forked(300, 270), 1)
    assert [fault.file for fault in faults(root)] == ["court/checkpoint"]


@pytest.mark.parametrize("at", [0, 7, 255, 256, 299])
def test_an_entry_rewritten_alone(root: Path, at: int) -> None:
    rewrite(root, forked(300, at), 0)
    found = faults(root)
    assert ("court", at) in {(fault.log, fault.index) for fault in found}
    assert {fault.index for fault in found} == {at}
    assert all("entries" in fault.file for fault in found)


def test_entries_changed_for_each_other(root: Path) -> None:
    path = root / "court/tile/entries/000"
    entries = decode_bundle(path.read_bytes(), 256)
    entries[3], entries[200] = entries[200], entries[3]
    path.write_bytes(encode_bundle(entries))
    (found,) = faults(root)
    assert (found.file, found.index) == ("court/tile/entries/000", 3)
    assert "2 entries" in found.reason


def test_a_bundle_and_its_tile_both_harmed(root: Path) -> None:
    for path in ("court/tile/entries/000", "court/tile/0/000"):
        data = bytearray((root / path).read_bytes())
        data[100] ^= 1
        (root / path).write_bytes(data)
    found = faults(root)
    assert {"court/tile/entries/000", "court/tile/0/000"} <= {fault.file for fault in found}
    assert all(fault.log == "court" for fault in found)


def test_a_log_beside_a_harmed_one_is_whole(root: Path) -> None:
    (root / "court/tile/0/000").write_bytes(b"")
    (root / "court/checkpoint").write_bytes(b"")
    assert {fault.log for fault in faults(root)} == {"court"}


def test_entries_that_the_log_should_not_have_signed(tmp_path: Path) -> None:
    log = Log("court")
    log.append(3)
    log.entries[1] = log.entries[1][:-1]
    tree = Tree()
    tree.append_many(map(leaf_hash, log.entries))
    log.heads[3] = sign_checkpoint(Checkpoint("cook/court", 3, tree.root()), KEYS["court"])
    wire = DirectoryWire(tmp_path, QuickDisk())
    wire.publish(log.bundle(0, 3))
    assert located(faults(tmp_path)) == [Fault("court", 1, "court/tile/entries/000.p/3", "")]


def head_of_court() -> Checkpoint:
    tree = Tree()
    tree.append_many(leaf_hash(entry("court", number)) for number in range(300))
    return Checkpoint("cook/court", 300, tree.root())


HEADS = {
    "another log's key": lambda head: sign_checkpoint(head, KEYS["police"]),
    "another log's name": lambda head: str(sign_note(head.text, "cook/police", KEYS["police"])),
    "a head of another log": lambda head: str(
        sign_note(head.text.replace("court", "police"), "cook/court", KEYS["court"])
    ),
    "a second signature": lambda head: (
        sign_checkpoint(head, KEYS["court"]) + sign_checkpoint(head, KEYS["court"]).split("\n\n")[1]
    ),
    "a stranger's signature": lambda head: (
        str(sign_note(head.text, "cook/court", KEYS["court"]))
        + str(sign_note(head.text, "witness", KEYS["police"])).split("\n\n")[1]
    ),
    "no signature": lambda head: head.text + "\n",
    "a carriage return": lambda head: sign_checkpoint(head, KEYS["court"]).replace("\n", "\r\n"),
    "stray bits of base64": lambda head: _with_stray_bits(sign_checkpoint(head, KEYS["court"])),
    "not UTF-8": lambda head: sign_checkpoint(head, KEYS["court"]).encode() + b"\xff",
}


def _with_stray_bits(note: str) -> str:
    line = note.split("\n")[2]
    return note.replace(line, f"{line[:-2]}{chr(ord(line[-2]) + 1)}=")


@pytest.mark.parametrize("name", HEADS)
def test_heads_that_are_not_the_logs(root: Path, name: str) -> None:
    head = HEADS[name](head_of_court())
    (root / "court/checkpoint").write_bytes(head if isinstance(head, bytes) else head.encode())
    assert located(faults(root)) == [Fault("court", None, "court/checkpoint", "")]


def test_key_bundles_in_the_wrong_place(root: Path) -> None:
    ours = key_bundle("court", "police", 300, 1)
    for path, data in {
        "keys/police/court/0000000000000299": ours,
        "keys/court/police/0000000000000300": ours,
        "keys/court/court/0000000000000300": ours,
        "keys/police/court/0000000000000301": key_bundle("police", "police", 301, 1),
    }.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(data)
        slug = path.split("/")[2]
        assert located(faults(root)) == [Fault(slug, None, path, "")]
        (root / path).unlink()


def test_what_is_under_way_is_told_from_what_was_left(root: Path) -> None:
    extra = [
        "court/.checkpoint.tmp",
        "court/tile/entries/001.p/45",
        "keys/court/police/.0000000000000001.tmp",
    ]
    for path in extra:
        (root / path).write_bytes(b"x")
        os.utime(root / path, (1000, 1000))
    assert {fault.file for fault in faults(root)} == set(extra)
    assert {fault.file for fault in faults(root, since=1001)} == set(extra)
    assert faults(root, since=1000) == []
    (root / "court/tile/0/003").write_bytes(b"x")  # no single publication reaches that far
    assert [fault.file for fault in faults(root, since=1000)] == ["court/tile/0/003"]
    (root / "court/tile/0/003").unlink()
    (root / "court/stray").write_bytes(b"x")
    assert [fault.file for fault in faults(root, since=0)] == ["court/stray"]


def test_nothing_at_all(tmp_path: Path) -> None:
    assert faults(tmp_path / "nowhere") == []
    (tmp_path / "court").mkdir()
    assert faults(tmp_path) == []
    (tmp_path / "court/tile/0").mkdir(parents=True)
    assert faults(tmp_path) == []


def test_a_log_that_grows_while_it_is_inspected(tmp_path: Path) -> None:
    wire, log = DirectoryWire(tmp_path, QuickDisk()), Log("court")
    log.publish(wire, 100, 250, 280, 300)
    found = inspect(tmp_path, KNOWN, unfinished_since=0)
    assert isinstance(next(found), Progress)  # the head of 300 has been read, and the first bundle
    for start, end in ((300, 310), (310, 320), (320, 500), (500, 520), (520, 530)):
        log.append(end - start)
        wire.publish(log.bundle(start, end))
    assert [fault for fault in found if isinstance(fault, Fault)] == []
    found = inspect(tmp_path, KNOWN, unfinished_since=0)
    assert isinstance(next(found), Progress)
    log.append(10)
    wire.publish(log.bundle(530, 540))
    log.append(10)
    wire.publish(log.bundle(540, 550))
    for folder in ("entries", "0"):
        path = tmp_path / f"court/tile/{folder}/002.p/28"
        path.write_bytes(path.read_bytes()[::-1])
    assert [fault for fault in found if isinstance(fault, Fault)]


@contextmanager
def as_nobody(folder: Path) -> Iterator[Path]:
    """The folder, seen by a user who can be refused: the superuser cannot. It becomes that user's own meanwhile."""
    here = Path.cwd()
    if os.geteuid() != 0:
        yield folder
        return
    for one in (folder, *folder.rglob("*")):
        os.chown(one, _NOBODY, _NOBODY)
    os.chdir(folder)
    os.seteuid(_NOBODY)
    try:
        yield Path()
    finally:
        os.seteuid(0)
        os.chdir(here)


_NOBODY = 65534


def test_what_may_not_be_read(root: Path) -> None:
    with as_nobody(root) as seen:
        assert not faults(seen)
        for path in ("court", "court/tile/0", "court/checkpoint", "keys", "keys/court"):
            mode = (seen / path).stat().st_mode
            (seen / path).chmod(0)
            assert faults(seen)
            (seen / path).chmod(mode)


def test_names_that_cannot_be_shown(root: Path) -> None:
    (root / "court" / os.fsdecode(b"a\xff\n\x1b[31m")).write_bytes(b"x")
    (found,) = faults(root)
    assert found.file == r"court/a\udcff\n\x1b[31m"


def test_a_wire_harmed_in_many_places(root: Path) -> None:
    """Whatever lies there: faults are told, and nothing is raised."""
    whole = contents(root)
    needed = [path for path in whole if path.rpartition("/")[2] not in {"280", "24", "5"}]
    for seed in range(150):
        dice = random.Random(seed)
        harmed = dice.sample(sorted(whole), dice.randint(2, 6))
        for path in harmed:
            data = whole[path]
            (root / path).unlink()
            match dice.randrange(6):
                case 0:
                    (root / path).mkdir()
                case 1:
                    (root / path).write_bytes(data[: dice.randrange(len(data))])
                case 2:
                    (root / path).write_bytes(dice.randbytes(len(data)))
                case 3:
                    (root / path).write_bytes(
                        whole[dice.choice([one for one in whole if whole[one] != data])]
                    )
                case 4:
                    (root / path).write_bytes(
                        data[: len(data) // 2] + dice.randbytes(1) + data[len(data) // 2 :]
                    )
        found = faults(root)
        assert found or not set(harmed) & {path for path in needed if not path.startswith("keys/")}
        for path in harmed:
            if (root / path).is_dir():
                (root / path).rmdir()
            (root / path).write_bytes(whole[path])
    assert faults(root) == []


def test_progress_ends_with_the_whole_log(root: Path) -> None:
    told = [found for found in inspect(root, KNOWN) if isinstance(found, Progress)]
    assert told[-2:] == [Progress("police", 0, 12), Progress("police", 12, 12)]
    assert Progress("court", 300, 300) in told


def test_a_fault_is_told_in_one_line() -> None:
    fault = Fault("court", 7, "court/tile/0/000", "not the hash of the entry")
    assert str(fault) == "court, entry 7: court/tile/0/000: not the hash of the entry"
    assert str(Fault("", None, "stray", "no")) == "the wire: stray: no"
