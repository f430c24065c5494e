"""Who the memorandum lets into which file, as rows that one query computes with.

Each rule of involvement is written out: one row for each publisher, each agency that it can let in and each
publisher whose files it opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from accord.memorandum import Involvement, Memorandum

TRIGGER = "Involvement"
Rows = list[dict[str, Any]]


def rows(memorandum: Memorandum, reads: Callable[[str, list[str]], bool]) -> tuple[Rows, Rows, list[str]]:
    """The rows of involvement and involvement_until, and the fields that name agencies and that the role does not read."""
    found: Rows = []
    until: Rows = []
    unread: dict[str, None] = {}
    for rule in memorandum.involvements:
        naming = [
            kind for kind in sorted(rule.kinds) if rule.names in memorandum.vocabulary.events[kind].names
        ]
        hidden = [kind for kind in naming if not reads(kind, [str(rule.names)])]
        unread.update((f"{rule.names} of {kind}", None) for kind in hidden)
        found += [row for row in _written_out(rule, memorandum) if row["kind"] not in hidden]
        until += [{"number": rule.number, "kind": kind} for kind in sorted(rule.until)]
    return found, until, list(unread)


def _written_out(rule: Involvement, memorandum: Memorandum) -> Iterator[dict[str, Any]]:
    agencies = memorandum.agencies
    publishers = [slug for slug, one in agencies.items() if one.role in rule.by]
    named = [slug for slug, one in agencies.items() if not rule.roles or one.role in rule.roles]
    recipients = named if rule.slug is None else [rule.slug]
    every = {spec.file_class for spec in memorandum.vocabulary.events.values()}
    classes = sorted(every - rule.except_files) if rule.except_files else [""]
    for kind, publisher, recipient in product(sorted(rule.kinds) or [""], publishers, recipients):
        owners = [slug for slug, one in agencies.items() if one.role in rule.opens] or [publisher]
        for owner, file_class in product(owners, classes):
            if recipient not in (publisher, owner):
                yield {
                    "number": rule.number,
                    "kind": kind,
                    "publisher": publisher,
                    "field": rule.names or "",
                    "recipient": recipient,
                    "owner": owner,
                    "joined": int(bool(rule.opens)),
                    "file_class": file_class,
                    "history": int(rule.history == "all"),
                    "clause": rule.clause,
                }
