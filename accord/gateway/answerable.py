"""Whom an event may ask to act: an agency that can answer, so that no promise is overdue for ever.

A field of an event names the owner of an obligation (`owner = "to_agency"` in the memorandum). The agency named
must be one that may publish a response to it; nobody refers a matter to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accord.errors import IntakeRefused
from accord.memorandum import ConditionTable, Memorandum

REFERRAL = "CaseReferred"
_ADVICE = "Name an agency that the memorandum lets answer."


def refuse_unanswerable(memorandum: Memorandum, own: str, kind: str, values: Mapping[str, Any]) -> None:
    """Raises IntakeRefused where an event of `own` asks an agency to act that cannot answer."""
    if kind == REFERRAL and values["to_agency"] == own:
        raise IntakeRefused(
            "nobody refers a matter to itself (clause 3.3)", where="to_agency", advice="Name another agency."
        )
    for one in memorandum.promised_by.get(kind, ()):
        slug = values.get(one.owner)
        if slug is None or not all(_holds(condition, values) for condition in one.when):
            continue
        if not set(one.response) & memorandum.publishes(memorandum.agencies[slug].role):
            raise IntakeRefused(
                f"this agency cannot answer: {one.id} asks for {' or '.join(one.response)}",
                where=one.owner,
                advice=_ADVICE,
            )


def _holds(condition: ConditionTable, values: Mapping[str, Any]) -> bool:
    value = values.get(condition.field)
    if condition.any_of is None:
        return value is not None
    return not set(condition.any_of).isdisjoint(value if isinstance(value, list) else [value])
