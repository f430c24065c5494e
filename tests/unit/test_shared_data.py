"""What is absent beside the repository is skipped here and a failure on the build server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import shared_data


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_data, "REPOSITORY", tmp_path / "repository")


@pytest.mark.usefixtures("alone")
def test_absent_material_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="shared"):
        shared_data.shared("vectors")


@pytest.mark.usefixtures("alone")
def test_absent_material_is_a_failure_on_the_build_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="shared"):
        shared_data.shared("vectors")


@pytest.mark.usefixtures("alone")
def test_present_material_is_found(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    assert shared_data.shared() == tmp_path / "shared"
