"""A mapping's tests of a row against itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from accord.errors import IntakeRefused
from accord.gateway.mapping.model import Check
from accord.gateway.mapping.scope import Cells, Scope

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


class Checks:
    """All checks of a mapping, compiled."""

    def __init__(self, scope: Scope, checks: list[Check]) -> None:
        self._scope = scope
        self._checks = [(self._compiled(one), one) for one in checks]

    def flags(self, cells: Cells) -> tuple[str, ...]:
        """The reasons of the flags that the row fails. Raises IntakeRefused where a check refuses it."""
        found: list[str] = []
        for fails, one in self._checks:
            if not fails(cells):
                continue
            if one.action == "refuse":
                columns = one.sequence or one.apart or [one.column or one.when[0].column]
                raise IntakeRefused(one.why, where=", ".join(columns))
            found.append(one.why)
            self._scope.report.flags[one.why] += 1
        return tuple(found)

    def _compiled(self, one: Check) -> Callable[[Cells], bool]:
        if one.sequence is None and one.apart is None and one.at_most is None:
            return self._scope.test(one.when)
        fails = self._kind(one)
        if not one.when:
            return fails
        test = self._scope.test(one.when)
        return lambda cells: test(cells) and fails(cells)

    def _kind(self, one: Check) -> Callable[[Cells], bool]:
        if one.at_most is not None:
            return self._bounded(str(one.column), one.at_most)
        read = self._scope.date
        first, second = (self._scope.columns[name] for name in one.sequence or one.apart or ())
        days = one.days

        def fails(cells: Cells) -> bool:
            if not cells[first] or not cells[second]:
                return False
            try:
                between = (read(cells[second][:10]) - read(cells[first][:10])).days
            except IntakeRefused:
                return False  # the field that reads this column says so
            return between < 0 if days is None else abs(between) > days

        return fails

    def _bounded(self, column: str, most: int) -> Callable[[Cells], bool]:
        at = self._scope.columns[column]
        return lambda cells: _WHOLE.fullmatch(cells[at]) is not None and int(cells[at]) > most
