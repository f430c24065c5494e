"""Commands run in the process of a test."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from accord.cli import main


@dataclass
class Said:
    """What one command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer, with --json."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The answers of a command that gives many, with --json."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        """The error, with --json."""
        return json.loads(self.err)


Run = Callable[..., Said]


def runner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command: its words, bytes of standard input, the environment's variables (none unless given)."""

    def ran(*words: object, stdin: bytes = b"", environment: dict[str, str] | None = None) -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = main([str(word) for word in words], environment or {})
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return ran
