"""Two exchanges, founded once; what a command writes is written into a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange import Exchange, county, small
from tests.running import Run, runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process."""
    return runner(capsys, monkeypatch)


@pytest.fixture(scope="session")
def small_exchange(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    """Police, prosecutor, advocacy: one arrest, referred, accepted and charged. Only to be read."""
    return small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def county_exchange(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    """All seven agencies and a few cases of the walkthrough. Only to be read."""
    return county(tmp_path_factory.mktemp("county"))


@pytest.fixture
def exchange(small_exchange: Exchange, tmp_path: Path) -> Exchange:
    """A copy of the small exchange, to be changed."""
    return small_exchange.copy(tmp_path / "exchange")
