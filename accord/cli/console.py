"""What a command says: answers on stdout as text or JSON, progress, notes and errors on stderr."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, TextIO

from accord.errors import AccordError

_BETWEEN = 0.1  # seconds between two lines of progress


class Console:
    """Both streams of one command; `as_json` says in which form it answers."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        self._out, self._err = out, err
        self.as_json = as_json
        self._live = err.isatty()
        self._shown = False
        self._next = 0.0

    def answer(self, said: Mapping[str, Any], text: str) -> None:
        """The one answer of a command: as a JSON object, or as text."""
        if self.as_json:
            text = json.dumps(said, indent=2, ensure_ascii=False)
        self._print(text)

    def line(self, said: Mapping[str, Any], text: str) -> None:
        """One of many answers, readable at once: a JSON object on a line, or a line of text."""
        self._print(json.dumps(said, ensure_ascii=False) if self.as_json else text)
        self._out.flush()

    def _print(self, text: str) -> None:
        self._clear()
        self._out.write(text if text.endswith("\n") else text + "\n")

    def progress(self, line: str) -> None:
        """How far long work has come; shown on a terminal only, in place."""
        if self._live and time.monotonic() >= self._next:
            self._next = time.monotonic() + _BETWEEN
            self._err.write(f"\r\x1b[K{line}")
            self._err.flush()
            self._shown = True

    def note(self, line: str) -> None:
        """A remark beside the answer, for people; not said with --json."""
        if not self.as_json:
            self._clear()
            self._err.write(f"accord: {line}\n")

    def failed(self, error: AccordError) -> None:
        """An error: `accord: where: message` and what to do; with --json one JSON object."""
        self._clear()
        if self.as_json:
            said = {
                "error": type(error).__name__,
                "where": error.where,
                "message": error.message,
                "advice": error.advice,
                "exit_code": error.exit_code,
            }
            self._err.write(json.dumps(said, ensure_ascii=False) + "\n")
            return
        self._err.write(f"accord: {error}\n")
        if error.advice:
            self._err.write(f"    {error.advice}\n")

    def flush(self) -> None:
        """What was said is out; raises BrokenPipeError where nobody reads."""
        self._clear()
        self._out.flush()

    def _clear(self) -> None:
        if self._shown:
            self._err.write("\r\x1b[K")
            self._err.flush()
            self._shown = False
