"""Projections built again from the same logs, in other interleavings; each from a copy of an agency's home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from accord.bootstrap import Agency, opened
from accord.projection import digest
from accord.replica import Item


def rebuild(home: Path, order: Sequence[str], scratch: Path) -> str:
    """The digest of a projection that takes every log whole, one after the other in this order, from the replica."""
    with _copy(home, scratch, ("projection.db",)) as agency:
        logs: dict[str, list[Item]] = {slug: [] for slug in order}
        for batch in agency.replica.feed(0):
            for number, item in batch:
                logs[item.origin].append((number, item))
        said = (item for slug in order for _, item in logs[slug])
        _apply(agency, said)
        return digest(agency.projection)


def interleave(home: Path, order: Sequence[str], scratch: Path, stride: int = 3) -> str:
    """The same, a few entries of each log in turn."""
    with _copy(home, scratch, ("projection.db",)) as agency:
        logs: dict[str, list[Item]] = {slug: [] for slug in order}
        for batch in agency.replica.feed(0):
            for number, item in batch:
                logs[item.origin].append((number, item))
        _apply(agency, _in_turn([logs[slug] for slug in order], stride))
        return digest(agency.projection)


def receive_again(home: Path, order: Sequence[str], scratch: Path) -> str:
    """The digest after every log was received anew from the wire, in this order.

    The wire must have kept the key messages: a reader that took them acknowledges them, and they leave it.
    """
    with _copy(home, scratch, ("projection.db", "replica.db")) as agency:
        for slug in order:
            if slug == agency.slug:
                batches: Iterator[list[Item]] = agency.replica.absorb_own()
            else:
                batches = agency.replica.receive(slug)
            for items in batches:
                agency.project(items)
        return digest(agency.projection)


def _in_turn(logs: list[list[Item]], stride: int) -> Iterator[object]:
    at = 0
    while any(at < len(log) for log in logs):
        for log in logs:
            yield from (item for _, item in log[at : at + stride])
        at += stride


def _apply(agency: Agency, said: Iterator[object]) -> None:
    """Apply items under new numbers, in batches of uneven size."""
    batch = list(enumerate(said, 1))
    sizes = (1, 7, 100, 33)
    at = turn = 0
    while at < len(batch):
        size = sizes[turn % len(sizes)]
        agency.projection.apply(batch[at : at + size])
        at, turn = at + size, turn + 1


@contextmanager
def _copy(home: Path, scratch: Path, without: Sequence[str]) -> Iterator[Agency]:
    """A copy of a home beside a link to the same wire, without some of its databases."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    (scratch / "wire").symlink_to(home.parent / "wire", target_is_directory=True)
    dropped = [f"{name}{tail}" for name in without for tail in ("", "-wal", "-shm")]
    shutil.copytree(home, scratch / home.name, ignore=shutil.ignore_patterns(*dropped))
    with opened(scratch / home.name, {}) as agency:
        yield agency
