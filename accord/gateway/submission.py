"""What an agency's own system hands to its gateway: one event, not yet checked."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Submission:
    """One event as submitted, in the JSON form of vocabulary values.

    `source` and `id` together are the idempotency key (CloudEvents 1.0, clause 3.1.1); `subject` is the
    emitter's own matter key; all three stay in the home. `type` is the event kind. `data` holds
    `occurred_on` (ISO date), optionally `supersedes` and `correction_reason`, and the event's fields;
    a reference may be a citation (`{"number": ...}` or `{"id": ..., "source": ...}`). `row` is the line
    of the input it came from, counted from 1 with the first data row, or None.
    """

    source: str
    id: str
    type: str
    subject: str
    data: dict[str, Any] = field(default_factory=dict)
    row: int | None = None


@dataclass(slots=True, frozen=True)
class Group:
    """Submissions that are taken or refused together.

    `rows` are the row numbers they were made from, ascending; `original` holds those rows' cells as
    read, in the order of `rows`, so that a group refused later can be written to a rejects file.
    `flags` names the checks of the mapping that these rows fail without being refused.
    """

    submissions: tuple[Submission, ...]
    rows: tuple[int, ...] = ()
    original: tuple[tuple[str, ...], ...] = ()
    flags: tuple[str, ...] = ()
