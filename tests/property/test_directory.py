"""Whatever is published, again or half-way: the wire is that of an undisturbed publisher."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.adapters.directory import DirectoryWire
from accord.ledger import Tree, leaf_hash, open_checkpoint, verify_consistency
from tests.unit.adapters.wire_world import (
    LOGS,
    DyingDisk,
    Log,
    QuickDisk,
    Stopped,
    contents,
    copied,
    faults,
    key_bundle,
)

WORLD = Log("court")
WORLD.append(1100)

# entries more · how far before the wire's end the bundle begins · changes until death, twice · a new process
Act = tuple[int, int, int | None, int | None, bool]
_ACTS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2, 3, 17, 100, 255, 256]),
        st.sampled_from([0, 0, 0, 1, 30, 256]),
        st.none() | st.integers(0, 30),
        st.none() | st.integers(0, 20),
        st.booleans(),
    ),
    max_size=8,
)


def size_of(wire: DirectoryWire) -> int:
    head = wire.head("court")
    return 0 if head is None else open_checkpoint(head, *LOGS["court"]).size


def require_whole(wire: DirectoryWire) -> None:
    """A reader finds all that the head promises, and proofs that lead to it."""
    head = wire.head("court")
    if head is None:
        return
    checkpoint = open_checkpoint(head, *LOGS["court"])
    tree, at = Tree(), 0
    for bundle in wire.bundles("court", 0):
        tree.append_many([leaf_hash(entry) for entry in bundle.entries])
        verify_consistency(tree.size, checkpoint.size, bundle.proof, tree.root(), checkpoint.root)
        at += len(bundle.entries)
    assert at == checkpoint.size


@settings(max_examples=60, deadline=None)
@given(acts=_ACTS)
def test_any_history_gives_the_undisturbed_wire(acts: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, calm = Path(folder) / "wire", DirectoryWire(Path(folder) / "calm", QuickDisk())
        disk = DyingDisk(None)
        wire = DirectoryWire(root, disk)
        for more, back, death, second_death, fresh in acts:
            size = size_of(wire)
            end = min(size + more, len(WORLD.entries))
            start = max(size - min(back, 256 - (end - size)), 0)
            for disk.left in (death, second_death):
                wire = DirectoryWire(root, disk) if fresh else wire
                with suppress(Stopped):
                    wire.publish(WORLD.bundle(start, end))
                require_whole(wire)
                assert faults(root, since=0) == []
            if size_of(wire) == end and wire.head("court") is not None:
                calm.publish(WORLD.bundle(size, end))
        disk.left = None
        size = size_of(wire)
        for one in (wire, calm):
            one.publish(WORLD.bundle(size, size))
        assert contents(root) == contents(calm.root)
        assert faults(root) == []


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize(
    "sizes",
    [(0, 5), (5, 8), (250, 256), (250, 300), (256, 257), (257, 300), (300, 512), (510, 600)],
    ids=lambda sizes: f"{sizes[0]}-{sizes[1]}",
)
def test_death_at_every_change(tmp_path: Path, sizes: tuple[int, int], fresh: bool) -> None:
    """Then the same again, or more: nothing tells that it happened."""
    before, after = sizes
    early = [size for size in (3, 200, 250, 490) if size < before] + [before] * (before > 0)

    stencil = DirectoryWire(tmp_path / "stencil", QuickDisk())
    for start, end in zip([0, *early], early, strict=False):
        stencil.publish(WORLD.bundle(start, end))

    def begun(name: str) -> DirectoryWire:
        if stencil.root.exists():
            copied(stencil.root, tmp_path / name)
        return DirectoryWire(tmp_path / name, QuickDisk())

    def publish(wire: DirectoryWire, end: int) -> None:
        wire.publish(WORLD.bundle(size_of(wire), end))

    expected = {}
    for visible in (False, True):  # had the new head been seen when the process died?
        for more in (0, 1):
            calm = begun(f"calm {visible} {more}")
            if visible:
                publish(calm, after)
            publish(calm, after + more)
            expected[visible, more] = contents(calm.root)
    died, alive = True, 0
    while died:
        for more in (0, 1):
            wire = begun(f"wire {alive} {more}")
            disk = DyingDisk(alive)
            dying = DirectoryWire(wire.root, disk)
            died = False
            try:
                publish(dying, after)
            except Stopped:
                died = True
            require_whole(dying)
            assert faults(wire.root, since=0) == []
            disk.left = None
            visible = size_of(dying) == after
            publish(DirectoryWire(wire.root, QuickDisk()) if fresh else dying, after + more)
            assert contents(wire.root) == expected[visible, more]
        alive += 1
    assert alive > 8


def test_death_while_a_key_bundle_is_left(tmp_path: Path) -> None:
    data, later = key_bundle("court", "police", 7), key_bundle("court", "police", 8)
    for alive in range(12):
        root = tmp_path / str(alive)
        with suppress(Stopped):
            DirectoryWire(root, DyingDisk(alive)).put_keys("police", "court", 7, data)
        assert list(DirectoryWire(root).keys("police", "court")) in ([], [(7, data)])
        assert faults(root, since=0) == []
        DirectoryWire(root).put_keys("police", "court", 7, data)
        DirectoryWire(root).put_keys("police", "court", 8, later)
        assert list(DirectoryWire(root).keys("police", "court")) == [(7, data), (8, later)]
        assert faults(root) == []


def test_death_while_a_key_bundle_is_acknowledged(tmp_path: Path) -> None:
    data = key_bundle("court", "police", 7)
    for alive in range(3):
        wire = DirectoryWire(tmp_path / str(alive))
        wire.put_keys("police", "court", 7, data)
        with suppress(Stopped):
            DirectoryWire(wire.root, DyingDisk(alive)).acknowledge("police", "court", 7)
        assert list(wire.keys("police", "court")) in ([], [(7, data)])
        wire.acknowledge("police", "court", 7)
        assert list(wire.keys("police", "court")) == []
