"""Who stays in a home sees that another waits for it, and the other has it once it is left."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from accord.bootstrap.home import asked_for, locked
from accord.errors import HomeLocked


def test_who_waits_is_seen_and_let_in(tmp_path: Path) -> None:
    came = threading.Event()

    def come() -> None:
        with locked(tmp_path, 10.0):
            came.set()

    with locked(tmp_path):
        assert not asked_for(tmp_path)
        other = threading.Thread(target=come)
        other.start()
        until = time.monotonic() + 10
        while not asked_for(tmp_path):
            assert time.monotonic() < until
        assert not came.is_set()
    other.join(10)
    assert came.is_set()
    assert not asked_for(tmp_path)


def test_who_waits_in_vain_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(HomeLocked), locked(tmp_path, 0.05):
            pass
        assert not asked_for(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
