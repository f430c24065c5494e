"""Who is let into a file by an event, by the rules of the memorandum; decided at the moment of publishing.

A rule counts only if its publisher is allowed it, is itself part of the case and does not name itself. What
is handed over is every chain of the file that the agency's role is a reader of: with the history from the
first use on, without it from the event on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from accord.gateway.case import NEVER, CaseFile
from accord.memorandum import Involvement
from accord.replica import Moment, RuleEvent
from accord.seal import Book

_DAY = 86_400 * 1_000_000
_NOW: Moment = (1 << 63, "", 0)


class LetIn(NamedTuple):
    """One agency to be let into one file, or given more of it, because of an event of `origin`; `rule` let it in.

    `moment` is that of the event; one that is being recorded is newer than all that is known.
    """

    slug: str
    history: bool
    rule: Involvement | None
    origin: str
    event_id: bytes
    moment: Moment = _NOW


class Acts(NamedTuple):
    """What is known in joined files about parts in files of ours of one class, in no order of receipt.

    `let_in` has of each agency the first act that lets it in and the newest, and of those that give the history; `newest`
    when the newest was said, `own` the newest of ours by file and agency, `ends` when each kind was said last.
    """

    let_in: Sequence[LetIn]
    newest: Mapping[str, Moment]
    own: Mapping[bytes, Mapping[str, LetIn]]
    ends: Mapping[str, Moment]

    def newest_in(self, file: bytes) -> dict[str, Moment]:
        """When the newest act was said that lets each agency into this file of ours."""
        found = dict(self.newest)
        for slug, one in self.own.get(file, {}).items():
            found[slug] = max(one.moment, found.get(slug, NEVER))
        return found


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


def acts_in_joined(book: Book, reader: str, events: Iterable[RuleEvent], file_class: str, now: int) -> Acts:
    """What events in joined files say about parts in files of `reader`'s own; `now` in microseconds UTC.

    An act counts until one that ends the part it gives, by its rule, or the lapse of that rule.
    """
    known = sorted(events, key=lambda one: one.moment)
    ends = {event.kind: event.moment for event in known}
    let_in: list[LetIn] = []
    own: dict[bytes, dict[str, LetIn]] = {}
    for event in known:
        for one in let_in_by(book, event.origin, event.kind, event.event_id, event.named, file_class, reader):
            if _spent(one.rule, event.moment, ends, now):
                continue
            if event.origin == reader:
                own.setdefault(event.file, {})[one.slug] = one._replace(moment=event.moment)
            else:
                let_in.append(one._replace(moment=event.moment))
    newest = {one.slug: one for one in let_in}
    several = [*once(let_in), *once(reversed(let_in)), *newest.values()]
    return Acts(several, {slug: one.moment for slug, one in newest.items()}, own, ends)


def _spent(rule: Involvement | None, moment: Moment, ends: Mapping[str, Moment], now: int) -> bool:
    if rule is None:
        return False
    return lapsed(rule, moment[0], now) or any(ends.get(kind, NEVER) > moment for kind in rule.until)


def lapsed(rule: Involvement, since: int, now: int) -> bool:
    """Whether a part by this rule that counts from `since` has lapsed by `now`; both in microseconds UTC."""
    return rule.lapses is not None and since + rule.lapses.days * _DAY < now


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
    """Those who are not in the file yet, or only without its history; by acts not older than what was decided on."""
    known = once(one for one in let_in if one.moment >= file.decided.get(one.slug, NEVER))
    return [
        one for one in known if one.slug not in file.let_in or (one.history and not file.let_in[one.slug])
    ]
