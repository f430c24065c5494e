"""Translating local codes: total, counted, and never passed through."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from accord.gateway.mapping.scope import Beside, Cells, Read, Scope
from accord.schema import FieldSpec

UNSPECIFIED = "unspecified"
Patterns = list[tuple[re.Pattern[str], Any]]


def translated(scope: Scope, spec: FieldSpec, name: str, required: bool) -> Read:
    """A field's value by a translation; where the source says nothing, what stands for "not recorded"."""
    look = lookup(scope, name)
    absent: Any = _absent(scope, spec, name) if required else None

    if spec.type == "codes":

        def read_set(cells: Cells, beside: Beside) -> Any:
            code = look(cells)
            return absent if code is None else [code]

        return read_set

    def read(cells: Cells, beside: Beside) -> Any:
        code = look(cells)
        return absent if code is None else code

    return read


def _absent(scope: Scope, spec: FieldSpec, name: str) -> Any:
    default = scope.translations[name].default
    if spec.type == "bool":
        return default
    return [UNSPECIFIED] if spec.type == "codes" else UNSPECIFIED


def lookup(scope: Scope, name: str) -> Callable[[Cells], str | bool | None]:
    """A translation: the code of a source code; None where the source says nothing."""
    table = scope.translations[name]
    template = table.source if "{" in table.source else "{" + table.source + "}"
    text = scope.rewritten(scope.text(template), table.rewrite, table.upper)
    patterns = [(re.compile(pattern), code) for pattern, code in table.patterns]
    known: dict[str, str | bool | None] = {**table.rows, **dict.fromkeys(table.not_stated)}
    counted = scope.report.translated.setdefault(name, Counter())

    def look(cells: Cells) -> str | bool | None:
        source = text(cells)
        code = known[source] if source in known else _unlisted(scope, name, source, patterns, known)
        counted[str(code) if code is not None else "(not stated)"] += 1
        return code

    return look


def _unlisted(
    scope: Scope, name: str, source: str, patterns: Patterns, known: dict[str, Any]
) -> str | bool | None:
    if not source:
        return None
    for pattern, code in patterns:
        if pattern.match(source):
            if len(known) < 20_000:
                known[source] = code
            return code  # type: ignore[no-any-return]  # checked at load: a code, true or false
    default = scope.translations[name].default
    if default is not None:
        return default
    scope.report.unknown(name, source)
    return UNSPECIFIED
