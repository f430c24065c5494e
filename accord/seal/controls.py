"""What a control entry says: grants, adoptions, notices, heads of reading logs, keys asked for.

Control entries stand on the chain between the publisher and us. Agencies, role sets and rules are named by their
place in the memorandum of the entry.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from accord.errors import Malformed
from accord.schema import MOMENTS
from accord.seal.book import Book, numbered, slug_of
from accord.seal.entry import Entry
from accord.seal.opened import (
    Control,
    OpenedAdoption,
    OpenedGrant,
    OpenedNotice,
    OpenedReadsHead,
    Share,
)
from accord.seal.records import record

KEYS_ASKED = "keys_asked"


def read_control(book: Book, origin: str, index: int, entry: Entry, plaintext: bytes) -> Control:
    """What a control entry says; raises Malformed for a record or an agency that is not known."""
    try:
        if record("grant").recognises(plaintext):
            return _grant(book, origin, index, entry, _said("grant", plaintext))
        if record("memorandum_adopted").recognises(plaintext):
            said = _said("memorandum_adopted", plaintext)
            if (said["adopted"], said["version"]) != (entry.memorandum, book.memorandum.version):
                raise Malformed("an adoption of another version than it is sealed under")
            return OpenedAdoption(slug_of(origin), index, entry.entry_id, entry.memorandum, **said)
        if record("keys_asked").recognises(plaintext):
            said = _said("keys_asked", plaintext)
            of, since, at = numbered(book.slugs, said["of"]), said["since"], said["recorded_at"]
            return OpenedNotice(
                slug_of(origin), index, entry.entry_id, entry.memorandum, KEYS_ASKED, of, since, bytes(16), at
            )
        if record("reads_head").recognises(plaintext):
            said = _said("reads_head", plaintext)
            return OpenedReadsHead(slug_of(origin), index, entry.entry_id, entry.memorandum, **said)
        said = _said("notice", plaintext)
        said["about_origin"] = numbered(book.slugs, said["about_origin"])
        return OpenedNotice(slug_of(origin), index, entry.entry_id, entry.memorandum, **said)
    except IndexError as error:
        raise Malformed("a control entry numbers an agency or a role set that does not exist") from error


def _said(name: str, plaintext: bytes) -> dict[str, Any]:
    said = record(name).decode(plaintext)
    counted = min(said.get(one, 0) for one in ("version", "since", "about_index"))
    if said["recorded_at"] not in MOMENTS or counted < 0:
        raise Malformed("a control entry with a time that no calendar shows, or a number below nought")
    return said


def _grant(book: Book, origin: str, index: int, entry: Entry, said: dict[str, Any]) -> OpenedGrant:
    rows = said["shares"]
    if not rows or any(one["recipient"] >= two["recipient"] for one, two in pairwise(rows)):
        raise Malformed("a grant that does not name each agency once, in order")
    publisher = slug_of(origin)
    if publisher not in book.places:
        raise Malformed("a grant by an agency that this memorandum does not have")
    return OpenedGrant(
        origin=publisher,
        index=index,
        entry_id=entry.entry_id,
        memorandum=entry.memorandum,
        file=said["file"],
        file_class=said["file_class"],
        because_origin=numbered(book.slugs, said["because_origin"]),
        because_event=said["because_event"],
        recorded_at=said["recorded_at"],
        shares=tuple(_share(book, publisher, said["file_class"], row) for row in rows),
    )


def _share(book: Book, publisher: str, file_class: str, said: dict[str, Any]) -> Share:
    sets, starts, named = said["sets"], said["starts"], said["named"]
    uses = (*starts, *(row["start"] for row in named))
    if len(sets) != len(starts) or (said["whole"] and sets) or min(uses, default=0) < 0:
        raise Malformed("a grant whose rows do not fit together")
    recipient = numbered(book.slugs, said["recipient"])
    if said["whole"]:
        chains = [(label, 0) for label in book.labels_for(publisher, file_class, recipient)]
    else:
        chains = [(book.chain_label(number), start) for number, start in zip(sets, starts, strict=True)]
    chains += [(book.chain_label(row["set"], tuple(row["agencies"])), row["start"]) for row in named]
    if (sets or named) and not book.all_labels(publisher).issuperset(label for label, _ in chains):
        raise Malformed("a grant of a chain that nothing of its publisher can be sealed on")
    rule = book.memorandum.rule_of(said["rule"])
    return Share(
        recipient=recipient,
        history="all" if said["history"] else "none",
        chains=tuple(chains),
        clause=rule.clause if rule else "",
        entries=tuple(said["entries"]),
        key_message=said["key_message"],
        rule=said["rule"],
    )
