"""Verify receipts offline: by themselves, and against the log as this home holds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from accord.adapters.directory import Fault
from accord.bootstrap.agency import Agency
from accord.errors import EvidenceFault, UsageRefused
from accord.gateway import Receipt
from accord.ledger import Checkpoint, Tree
from accord.memorandum import Agency as Member
from accord.seal import origin_of


@dataclass(slots=True)
class Checked:
    """One receipt, the `number`th (from 1): what it says, and why that is wrong, if it is.

    `seen`: this home sees that the entry holds the event that the receipt names; only who can open it does.
    """

    number: int
    receipt: Receipt | None = None
    slug: str = ""
    fault: str = ""
    seen: bool = False

    def as_fault(self) -> Fault:
        """The fault, with its place in the log and among the receipts."""
        index = None if self.receipt is None else self.receipt.index
        return Fault(self.slug, index, f"receipt {self.number}", self.fault)


class _Claim(NamedTuple):
    """A receipt that is right by itself: what is noted of it, what it says, and its head."""

    noted: Checked
    receipt: Receipt
    head: Checkpoint


def verify_receipts(agency: Agency, texts: Iterable[str]) -> list[Checked]:
    """Check receipts: head signature, inclusion, that the logs as we know them have those leaves and roots, and that each
    entry holds that event, where we can see it.

    Each log is read once. Raises UsageRefused for a log that is not of this exchange.
    """
    memorandum = agency.memorandum
    members = {origin_of(memorandum, slug): member for slug, member in agency.trusted.members.items()}
    checked, claims = list[Checked](), defaultdict[str, list[_Claim]](list)
    for number, text in enumerate(texts, start=1):
        noted = Checked(number)
        checked.append(noted)
        try:
            claim = _alone(noted, text, members)
        except EvidenceFault as fault:
            noted.fault = f"{fault.where}: {fault.message}" if fault.where else fault.message
        else:
            claims[noted.slug].append(claim)
    for slug, several in claims.items():
        _against_log(agency, slug, several)
        _against_events(agency, slug, [one for one in several if not one.noted.fault])
    return checked


def _alone(noted: Checked, text: str, members: Mapping[str, Member]) -> _Claim:
    """A receipt by itself, under the keys of the memorandum; raises EvidenceFault, UsageRefused."""
    noted.receipt = receipt = Receipt.parse(text)
    member = members.get(receipt.origin)
    if member is None:
        raise UsageRefused("the receipt is of a log that is not of this exchange", where="origin")
    noted.slug = member.slug
    return _Claim(noted, receipt, receipt.verify(member.log_key_at))


def _against_log(agency: Agency, slug: str, claims: list[_Claim]) -> None:
    """One pass over our copy of a log, against the leaves and the roots that receipts claim."""
    leaves, roots = defaultdict[int, list[_Claim]](list), defaultdict[int, list[_Claim]](list)
    for one in claims:
        leaves[one.receipt.index].append(one)
        roots[one.head.size].append(one)
    tree = Tree()
    for leaf in _leaves(agency, slug, max(roots)):
        for one in leaves.get(tree.size, ()):
            if one.receipt.leaf_hash != leaf:
                one.noted.fault = "our copy of the log holds another entry there"
        tree.append(leaf)
        for one in roots.get(tree.size, ()):
            if not one.noted.fault and one.head.root != tree.root():
                one.noted.fault = "the receipt's head is of another log than the one we hold: a fork"


def _against_events(agency: Agency, slug: str, claims: list[_Claim]) -> None:
    """Whether the entries hold the events that receipts name, as far as this home has opened them: its own it knows all."""
    wanted = {one.receipt.index for one in claims}
    database = agency.store if slug == agency.slug else agency.replica.database
    rows = database.stream(*(_OWN_EVENTS if slug == agency.slug else (_EVENTS, (slug,))))
    claimed = {bytes.fromhex(one.receipt.event_id) for one in claims}
    there: dict[int, bytes] = {}
    somewhere: set[bytes] = set()
    for event_id, index in rows:
        if index in wanted:
            there[index] = bytes(event_id)
        if event_id in claimed:
            somewhere.add(bytes(event_id))
    for noted, receipt, _ in claims:
        event_id, known = bytes.fromhex(receipt.event_id), there.get(receipt.index)
        noted.seen = known == event_id
        elsewhere = known is None and (slug == agency.slug or event_id in somewhere)
        if not noted.seen and (known is not None or elsewhere):
            noted.fault = "the entry there holds another event than the receipt names"


_OWN_EVENTS = ("SELECT event_id, idx FROM event", ())
_EVENTS = "SELECT event_id, idx FROM foreign_event WHERE origin = ?"


def _leaves(agency: Agency, slug: str, size: int) -> Iterable[bytes]:
    if slug == agency.slug:
        rows = agency.store.stream("SELECT leaf FROM stored_events WHERE idx < ? ORDER BY idx", (size,))
    else:
        found = agency.replica.database.query("SELECT no FROM origin WHERE slug = ?", (slug,))
        first = found[0][0] << 40 if found else 0
        rows = agency.replica.database.stream(
            "SELECT leaf FROM entry WHERE pos >= ? AND pos < ? ORDER BY pos",
            (first, first + (size if found else 0)),
        )
    return (bytes(row[0]) for row in rows)
