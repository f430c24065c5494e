"""A county whose parameters make no sense is refused, with the folder named."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import UsageRefused
from accord.walkthrough import County
from tests.walkthrough_county import FOLDER


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mandatory_arrest = 700", "mandatory_arrest = 1001"),
        ("dispatch_minutes = [1, 14]", "dispatch_minutes = [14, 1]"),
        ("cases = 60", "cases = -1"),
        ("cases = 60", ""),
        ("cases = 60", "cases = "),
        ("emergency = 2\ntemporary = 2\nfinal = 2", "emergency = 0"),
    ],
)
def test_a_parameter_without_meaning(tmp_path: Path, old: str, new: str) -> None:
    text = (FOLDER / "county.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "county.toml").write_text(text.replace(old, new), encoding="utf-8")
    (tmp_path / "memorandum.toml").write_bytes((FOLDER / "memorandum.toml").read_bytes())
    with pytest.raises(UsageRefused):
        County.load(tmp_path)


def test_a_folder_without_a_county(tmp_path: Path) -> None:
    with pytest.raises(UsageRefused):
        County.load(tmp_path)
