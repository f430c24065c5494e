"""Who is let into a file by an event, by the rules of the memorandum; decided at the moment of publishing.

A rule counts only if its publisher is allowed it, is itself part of the case and does not name itself. What
is handed over is every chain of the file that the agency's role is a reader of: with the history from the
first use on, without it from the event on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from accord.gateway.case import CaseFile
from accord.memorandum import Involvement
from accord.replica import RuleEvent
from accord.seal import Book


class LetIn(NamedTuple):
    """One agency to be let into one file, or given more of it, because of an event of `origin`; `rule` let it in."""

    slug: str
    history: bool
    rule: Involvement | None
    origin: str
    event_id: bytes


def let_in_by(
    book: Book,
    publisher: str,
    kind: str,
    event_id: bytes,
    values: Mapping[str, Any],
    file_class: str,
    reader: str,
) -> list[LetIn]:
    """Whom an event of `publisher` lets into a file of `reader`'s own.

    For `reader` the publisher itself the file is the event's; else a file that is joined to it, which only
    rules that open the joined files of the reader's role concern. Who has left lets nobody in.
    """
    agencies = book.memorandum.agencies
    found: dict[str, LetIn] = {}
    if publisher not in agencies:
        return []
    for rule in book.memorandum.rules_for(kind, agencies[publisher].role):
        if not _opens(rule, publisher, reader, agencies[reader].role, file_class):
            continue
        slug = rule.agency(values, agencies)
        if slug is None or slug in (publisher, reader):
            continue
        known = found.get(slug)
        if known is None or (rule.history == "all" and not known.history):
            found[slug] = LetIn(slug, rule.history == "all", rule, publisher, event_id)
    return list(found.values())


def let_in_by_joined(book: Book, reader: str, events: Iterable[RuleEvent], file_class: str) -> list[LetIn]:
    """Whom other agencies' events in joined files let into a file of `reader`'s own, but for those whose part has ended."""
    known = sorted(events, key=lambda one: one.seq)
    last = {event.kind: event.seq for event in known}
    found: list[LetIn] = []
    for event in known:
        if event.origin != reader:
            found += [
                one
                for one in let_in_by(
                    book, event.origin, event.kind, event.event_id, event.named, file_class, reader
                )
                if one.rule is None or not any(last.get(kind, 0) > event.seq for kind in one.rule.until)
            ]
    return once(found)


def once(several: Iterable[LetIn]) -> list[LetIn]:
    """Each agency once: by the first rule that lets it in, or by one that gives it the history."""
    found: dict[str, LetIn] = {}
    for one in several:
        known = found.get(one.slug)
        if known is None or (one.history and not known.history):
            found[one.slug] = one
    return list(found.values())


def _opens(rule: Involvement, publisher: str, reader: str, role: str, file_class: str) -> bool:
    if file_class in rule.except_files:
        return False
    if not rule.opens:
        return publisher == reader
    return role in rule.opens


def due(file: CaseFile, let_in: Iterable[LetIn]) -> list[LetIn]:
    """Those who are not in the file yet, or only without its history."""
    return [
        one for one in let_in if one.slug not in file.let_in or (one.history and not file.let_in[one.slug])
    ]
