"""Shared settings of all tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.real.postgres import Server, server

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30

if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.mkdtemp(prefix="accord-tests-", dir=_MEMORY))

settings.register_profile("accord", deadline=None)  # machines are noisy; speed is measured by make bench
settings.load_profile("accord")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no folder behind in memory; the workers of one run share it."""
    if hasattr(config, "workerinput"):
        return
    root = os.environ.get("PYTEST_DEBUG_TEMPROOT", "")
    if root.startswith(str(_MEMORY / "accord-tests-")):
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server that the tests of this process share; each makes databases of its own in it."""
    with server() as running:
        yield running
