"""Positions in few bytes, for the tables of a home: slot (1), number of the label (2), use (4), little-endian."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

from accord.errors import Damaged
from accord.ports import Database, Parameters, typed, unpacked
from accord.seal.ring import Position

_ROW = Struct("<BHI")


class Labels:
    """The names of chains, numbered in a table `label (id, label)`; new ones wait to be written with the next append."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_label: dict[str, int] = {}
        self._by_id: dict[int, str] = {}
        self._new: list[Parameters] = []
        self.reload()

    def reload(self) -> None:
        """Forget what was not written."""
        self._new.clear()
        rows = self._database.query("SELECT id, label FROM label")
        self._by_id = {row[0]: row[1] for row in typed(rows, self._database.name, int, str)}
        self._by_label = {label: number for number, label in self._by_id.items()}

    def number(self, label: str) -> int:
        """The number of a label, a new one if it has none."""
        number = self._by_label.get(label)
        if number is None:
            number = len(self._by_id) + 1
            self._by_id[number] = label
            self._by_label[label] = number
            self._new.append((number, label))
        return number

    def label(self, number: int) -> str:
        """The label of a number; raises Damaged where there is none."""
        known = self._by_id.get(number)
        if known is None:
            known = self._written_since(number)
        return known

    def _written_since(self, number: int) -> str:
        """One that another process has written meanwhile."""
        rows = self._database.query("SELECT label FROM label WHERE id = ?", (number,))
        for (label,) in typed(rows, self._database.name, str):
            self._by_id[number] = label
            self._by_label[label] = number
            return str(label)
        raise Damaged(
            "a chain has no name", where=self._database.name, advice="Bring back a copy that is whole."
        )

    def unwritten(self) -> list[tuple[str, list[Parameters]]]:
        """Statements that write the new labels; they count as written then."""
        rows, self._new = self._new, []
        return [("INSERT INTO label (id, label) VALUES (?, ?)", rows)] if rows else []

    def pack(self, positions: Iterable[Position]) -> bytes:
        return b"".join(_ROW.pack(one.slot, self.number(one.label), one.n) for one in positions)

    def unpack(self, data: bytes) -> tuple[Position, ...]:
        rows = unpacked(data, _ROW, self._database.name)
        return tuple(Position(slot, self.label(label), n) for slot, label, n in rows)
