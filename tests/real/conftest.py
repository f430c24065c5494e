"""What every test that kills processes starts from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.killing import Driver, scratch


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder in memory, where that holds, for the homes of one module."""
    with scratch() as root:
        yield root


@pytest.fixture(scope="module")
def driver(folder: Path) -> Iterator[Driver]:
    """A process that does with homes what it is told, and may be killed."""
    driver = Driver(folder)
    yield driver
    driver.close()
