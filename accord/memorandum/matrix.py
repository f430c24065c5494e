"""Role by event by field, with the clause of each right: what a board reads before it signs."""

from __future__ import annotations

from typing import Any

from accord.domain import ROLES
from accord.memorandum.agreement import Memorandum
from accord.memorandum.entitlement import COORDINATOR, Entitlement

SHORT = dict(zip(ROLES, ("LE", "PR", "CT", "PB", "RE", "CO", "AU"), strict=True))
HEADER = "(header)"
WIDTH = 10
LEGEND = """\
LE law enforcement   PR prosecution   CT court   PB probation   RE re-education programme
CO coordinating agency   AU auditor
5.2    is shown, under this clause          5.2@   only if the event names its agency
4.7#   may count, and is never shown        own    publishes it, and reads all of its own
std    always (clause 4.1)                  .      withheld
(header) kind, file, event id, supersedes, correction_reason, occurred_on
"""


def matrix(memorandum: Memorandum) -> list[dict[str, Any]]:
    """One row for each role, event and field (and header) that the role may see or count; JSON-able.

    Keys: role, event, field ("(header)" for the header), clause, purpose, named, only.
    """
    rows = []
    for kind, spec in memorandum.vocabulary.events.items():
        for role in ROLES:
            header = memorandum.rights.header_rights(role, kind)
            rows += [_row(role, kind, HEADER, one) for one in _distinct(header)]
            for name in spec.names:
                rows += [_row(role, kind, name, one) for one in memorandum.entitlements(role, kind, name)]
    return rows


def matrix_text(memorandum: Memorandum) -> str:
    """The same as tables, one for each event, after a legend."""
    parts = [LEGEND]
    for kind, spec in memorandum.vocabulary.events.items():
        by = ", ".join(role for role in ROLES if kind in memorandum.publishes(role)) or "nobody"
        parts.append(f"{kind}: {spec.doc}\n  published by {by}\n{_table(memorandum, kind)}")
    return "\n".join(parts)


def _row(role: str, kind: str, name: str, one: Entitlement) -> dict[str, Any]:
    return {
        "role": role,
        "event": kind,
        "field": name,
        "clause": one.clause,
        "purpose": one.purpose,
        "named": one.named,
        "only": one.only if name != HEADER else None,
    }


def _distinct(rights: tuple[Entitlement, ...]) -> list[Entitlement]:
    """One right for each clause, purpose and naming field: they all open the one header."""
    return list({(one.clause, one.purpose, one.named): one for one in rights}.values())


def _table(memorandum: Memorandum, kind: str) -> str:
    names = (HEADER, *memorandum.vocabulary.events[kind].names)
    lines = [_line("", list(SHORT.values()))]
    lines += [_line(name, [_cell(memorandum, role, kind, name) for role in ROLES]) for name in names]
    return "\n".join(lines) + "\n"


def _line(name: str, cells: list[str]) -> str:
    return (f"  {name:<22}" + "".join(f"{cell:<{WIDTH}}" for cell in cells)).rstrip()


def _cell(memorandum: Memorandum, role: str, kind: str, name: str) -> str:
    if name == HEADER:
        rights = _distinct(memorandum.rights.header_rights(role, kind))
    else:
        rights = list(memorandum.entitlements(role, kind, name))
    marks = sorted(dict.fromkeys(_mark(one, name) for one in rights), key=lambda mark: mark[-1] in "@#")
    publishing = [one for one in ROLES if kind in memorandum.publishes(one)]
    if role in publishing:
        alone = publishing == [role] and len(memorandum.roles.get(role, ())) < 2
        marks = ["own", *([] if alone else marks)]
    elif name == HEADER and role == COORDINATOR:
        marks = marks or ["std"]
    return _fitted(marks) or "."


def _fitted(marks: list[str]) -> str:
    """As many clauses as fit in a column; "+" says that there are more."""
    kept = len(marks)
    while len(text := ",".join(marks[:kept]) + ("+" if kept < len(marks) else "")) > WIDTH - 1:
        kept -= 1
    return text


def _mark(one: Entitlement, name: str) -> str:
    suffix = "@" if one.named else "#" if one.only and name != HEADER else ""
    return one.clause + suffix
