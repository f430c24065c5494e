"""What somebody puts in the place of one log's checkpoint stops that log, and no other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.exchange import acceptance, arrest, found, referral

SLUGS = ("police", "prosecutor", "court", "advocacy")


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[3] ^= 0x80
    path.write_bytes(data)


def _linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def _piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _in_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _huge(path: Path) -> None:
    path.write_bytes(bytes(2 << 20))


@pytest.mark.parametrize("damage", [_flipped, _linked, _piped, _in_a_folder, _huge])
def test_every_other_log_goes_on_and_so_does_this_one_when_it_is_mended(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    exchange = found(tmp_path, *SLUGS)
    exchange.sync_all()
    reader, checkpoint = exchange.agency("advocacy"), exchange.wire / "court" / "checkpoint"
    before = reader.replica.sizes()
    exchange.emit("police", arrest("A2400001"), referral("A2400001"))
    exchange.agency("police").sync()
    whole = checkpoint.read_bytes()
    damage(checkpoint)
    for _ in range(2):
        reader.sync()
    held = reader.replica.sizes()
    assert held["police"] > before["police"]
    assert held["court"] == before["court"]
    (stopped,) = [log for log in reader.replica.logs() if log.fault]
    assert stopped.slug == "court"
    _restore(checkpoint, whole)
    exchange.sync_all()
    assert not [log for log in reader.replica.logs() if log.fault]
    exchange.release()


def _restore(path: Path, data: bytes) -> None:
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()
    path.write_bytes(data)


def test_what_waits_in_our_log_is_released_all_the_same(tmp_path: Path) -> None:
    exchange = found(tmp_path, *SLUGS)
    exchange.sync_all()
    _flipped(exchange.wire / "court" / "checkpoint")
    exchange.emit("prosecutor", acceptance("A2400001"))
    assert exchange.agency("prosecutor").publisher.waiting()
    exchange.emit("police", arrest("A2400001"), referral("A2400001"))
    exchange.agency("police").sync()
    assert exchange.agency("prosecutor").sync().released == 1
    exchange.release()
