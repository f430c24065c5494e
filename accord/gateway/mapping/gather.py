"""Rows of one group brought together, whatever their order in the input, in bounded memory.

Sorted runs of at most `RUN` rows go to unnamed temporary files (deleted as they are made) and are merged;
an input that fits one run is never written. Groups come out in the order of their keys.
"""

from __future__ import annotations

import heapq
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from operator import itemgetter
from typing import IO

from accord.gateway.tables import Row

RUN = 10_000
Keyed = tuple[tuple[str, ...], tuple[str, ...], int, tuple[str, ...]]


Key = tuple[str, ...]


class Gather:
    """Takes rows with their keys, then gives back the rows that share a key."""

    def __init__(self, stack: ExitStack, run: int = RUN) -> None:
        self._stack, self._run = stack, run
        self._runs: list[Iterator[Keyed]] = []
        self._held: list[Keyed] = []

    def add(self, key: Key, order: Key, row: Row) -> None:
        """Take one row."""
        self._held.append((key, order, row.number, row.cells))
        if len(self._held) == self._run:
            self._runs.append(_spilled(sorted(self._held), self._stack))
            self._held = []

    def groups(self) -> Iterator[list[Row]]:
        """Lists of the rows that share a key, each in the order given (then of the input)."""
        merged = heapq.merge(*self._runs, iter(sorted(self._held)))
        for _, members in groupby(merged, key=itemgetter(0)):
            yield [Row(number, cells) for _, _, number, cells in members]


def _spilled(held: list[Keyed], stack: ExitStack) -> Iterator[Keyed]:
    file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 -- closed by the caller's stack
    stack.enter_context(file)
    file.writelines(json.dumps(one) + "\n" for one in held)
    file.seek(0)
    return _read_back(file)


def _read_back(file: IO[str]) -> Iterator[Keyed]:
    for line in file:
        key, order, number, cells = json.loads(line)
        yield tuple(key), tuple(order), number, tuple(cells)
