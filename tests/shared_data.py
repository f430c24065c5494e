"""Where the tests find the material that is shared with the project but not part of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


def shared(*parts: str) -> Path:
    """Return a path in the folder `shared` beside the repository.

    Where it is absent the test is skipped; on the build server (CI=true) it fails instead, so that what is
    not checked there cannot go unnoticed.
    """
    path = REPOSITORY.parent.joinpath("shared", *parts)
    if not path.exists():
        message = f"needs {Path('shared', *parts)} beside the repository"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
