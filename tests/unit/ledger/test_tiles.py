"""Tile paths, tile and bundle bytes, and which files a growing log writes."""

from __future__ import annotations

import pytest

from accord.errors import Malformed, UsageRefused
from accord.ledger import (
    Bundle,
    Tile,
    Tree,
    build_tile,
    decode_bundle,
    decode_tile,
    encode_bundle,
    encode_tile,
    hash_tiles,
    parse_path,
    tile_width,
    tiles_between,
    tiles_of,
)
from tests.unit.ledger.reference import WORLD, Reference, leaves_of


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(0, 999, 255), "tile/0/999.p/255"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile(2, 1234067), "tile/2/x001/x234/067"),  # the example of the specification
        (Tile(63, 10**18), "tile/63/x001/x000/x000/x000/x000/x000/000"),
        (Bundle(0), "tile/entries/000"),
        (Bundle(1234067, 5), "tile/entries/x001/x234/067.p/5"),
    ],
)
def test_paths_are_those_of_the_specification(place: Tile | Bundle, path: str) -> None:
    assert place.path == path
    assert parse_path(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/000/",
        "tile/0/000\n",
        " tile/0/000",
        "/tile/0/000",
        "./tile/0/000",
        "tile/../tile/0/000",
        "tile//0/000",
        "tile\\0\\000",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/100/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/x01/000",
        "tile/0/X001/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.P/1",
        "tile/0/000.p/1/",
        "tile/0/\u0660\u0660\u0660",  # Arabic-Indic zeros, which int() takes
        "tile/entries/000.tmp",
        "tile/entry/000",
        "tile/data/000",
        "TILE/0/000",
    ],
)
def test_any_other_path_is_malformed(path: str) -> None:
    with pytest.raises(Malformed):
        parse_path(path)


def test_the_tiles_of_70000_are_those_of_the_specification() -> None:
    tiles = [place for place in tiles_of(70_000) if isinstance(place, Tile)]
    assert tiles == [
        *(Tile(0, index) for index in range(273)),
        Tile(0, 273, 112),
        Tile(1, 0),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert [place for place in tiles_of(256) if isinstance(place, Tile)] == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []
    assert list(tiles_of(1)) == [Bundle(0, 1), Tile(0, 0, 1)]


def test_tiles_between_are_those_that_the_old_size_lacks() -> None:
    sizes = [*range(5), *range(253, 260), *range(510, 515), 65_535, 65_536, 65_537, 65_792, 70_000]
    needed = {size: list(tiles_of(size)) for size in sizes}
    for old in sizes:
        for new in sizes:
            if old > new:
                with pytest.raises(UsageRefused):
                    list(tiles_between(old, new))
            else:
                had = set(needed[old])
                assert list(tiles_between(old, new)) == [item for item in needed[new] if item not in had]


def test_an_append_writes_as_many_files_in_a_large_log_as_in_a_small_one() -> None:
    assert list(tiles_between(300, 301)) == [Bundle(1, 45), Tile(0, 1, 45)]
    assert list(tiles_between(10**9 + 1, 10**9 + 2)) == [Bundle(3906250, 2), Tile(0, 3906250, 2)]
    assert sum(1 for _ in tiles_between(2**40 - 1, 2**40)) == 7  # a full tile at each of levels 0 to 4


def test_every_width_to_a_level_two_tile() -> None:
    for size in (0, 1, 255, 256, 257, 65_536, 70_000):
        for level in range(4):
            total = size // 256**level
            widths = [tile_width(level, index, size) for index in range(total // 256 + 2)]
            assert sum(widths) == total
            assert all(width == 256 for width in widths[: total // 256])


def test_tiles_built_from_nodes_are_the_tiles_built_from_leaves() -> None:
    world = Reference(leaves_of(1000))
    tiles = dict(hash_tiles([world.leaves], Tree()))
    assert set(tiles) == {place for place in tiles_of(1000) if isinstance(place, Tile)}
    for tile, data in tiles.items():
        assert data == build_tile(tile, world.node)
        assert decode_tile(data, tile.width) == [
            world.node(8 * tile.level, 256 * tile.index + i) for i in range(tile.width)
        ]


@pytest.mark.parametrize("width", [1, 2, 255, 256])
def test_a_tile_of_another_length_is_malformed(width: int) -> None:
    data = bytes(32 * width)
    assert encode_tile(decode_tile(data, width)) == data
    for bad in (b"", data[:-1], data + b"\0", data[:-32], data + bytes(32)):
        with pytest.raises(Malformed):
            decode_tile(bad, width)


def test_a_tile_holds_1_to_256_hashes() -> None:
    for hashes in ([], [bytes(32)] * 257, [bytes(31)], [bytes(33), bytes(31)]):
        with pytest.raises(UsageRefused):
            encode_tile(hashes)


@pytest.mark.parametrize("entries", [[b""], [b"a", b"", b"bc"], [bytes(65_535)], [b"x"] * 256])
def test_a_bundle_keeps_its_entries_and_every_cut_is_malformed(entries: list[bytes]) -> None:
    data = encode_bundle(entries)
    assert decode_bundle(data, len(entries)) == entries
    for bad in (data[:-1], data[:1], b"", data + b"\0", data + b"\0\0"):
        with pytest.raises(Malformed):
            decode_bundle(bad, len(entries))
    for width in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(Malformed):
            decode_bundle(data, width)


def test_a_bundle_holds_1_to_256_entries_of_at_most_65535_bytes() -> None:
    for entries in ([], [b""] * 257, [bytes(65_536)]):
        with pytest.raises(UsageRefused):
            encode_bundle(entries)


def test_tiles_begin_with_an_empty_tree() -> None:
    tree = Tree()
    tree.append(WORLD.leaves[0])
    with pytest.raises(UsageRefused):
        list(hash_tiles([WORLD.leaves], tree))
