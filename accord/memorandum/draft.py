"""A memorandum on its way to being checked, with what the rules ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from accord.memorandum.agreement import Involvement, published, written_out
from accord.memorandum.entitlement import COORDINATOR, Rights
from accord.memorandum.model import Document
from accord.schema import EventSpec, Vocabulary

VOIDING = "EventVoided"
FILE_CLASSES = frozenset({"case", "incident", "order", "notice"})


@dataclass(frozen=True, eq=False)
class Draft:
    """A document beside the vocabulary. Names that are unknown are passed over; one rule names them."""

    document: Document
    vocabulary: Vocabulary

    @cached_property
    def held(self) -> dict[str, list[str]]:
        """Role to the slugs that hold it."""
        held: dict[str, list[str]] = {}
        for one in self.document.agency:
            held.setdefault(one.role, []).append(one.slug)
        return held

    @cached_property
    def role_of(self) -> dict[str, str]:
        """Slug to role."""
        return {one.slug: one.role for one in self.document.agency}

    @cached_property
    def published(self) -> dict[str, frozenset[str]]:
        """Role to the kinds it publishes here."""
        return published(self.document)

    def publishers(self, kind: str) -> frozenset[str]:
        """The roles that publish this kind here."""
        return frozenset(role for role, kinds in self.published.items() if kind in kinds)

    @cached_property
    def rights(self) -> Rights:
        """The entitlements, compiled."""
        return Rights(self.document.entitlement, self.vocabulary)

    @cached_property
    def rules(self) -> tuple[Involvement, ...]:
        """The involvement rules, written out."""
        return written_out(self.document)

    @cached_property
    def reach(self) -> frozenset[tuple[str, str, str]]:
        """(reader's role, publisher's role, class of file) for all that some involvement opens."""
        return frozenset(one for rule in self.rules for one in self._reach_of(rule))

    def _reach_of(self, rule: Involvement) -> list[tuple[str, str, str]]:
        readers = rule.roles if rule.slug is None else {self.role_of[rule.slug]}
        opened = []
        for kind in rule.kinds or self.vocabulary.events:
            if kind not in self.vocabulary.events:
                continue
            for file_class in self.file_classes(kind) - rule.except_files:
                for publisher in rule.opens or rule.by & self.publishers(kind):
                    opened += [(reader, publisher, file_class) for reader in readers]
        return opened

    def file_classes(self, kind: str) -> frozenset[str]:
        """The classes of file this kind can stand in; a voiding stands wherever what it voids does."""
        if kind == VOIDING:
            return FILE_CLASSES
        return frozenset({self.vocabulary.events[kind].file_class})

    def opens_to(self, role: str, publisher: str, kind: str) -> bool:
        """Is there a rule by which this role is let into the publisher's file with such an event?"""
        return publisher == role or any(
            (role, publisher, one) in self.reach for one in self.file_classes(kind)
        )

    def reads_header(self, role: str, kind: str, named: str | None = None) -> bool:
        """Is the header open to this role: always, or when `named` names its agency?"""
        rights = self.rights.header_rights(role, kind)
        return role == COORDINATOR or any(one.named is None or one.named == named for one in rights)

    def shows(self, role: str, kind: str, field: str, named: str | None = None) -> bool:
        """Is this field shown to this role: always, or when `named` names its agency? Counting is not."""
        rights = self.rights.of(role, kind, field)
        return any(one.only is None and (one.named is None or one.named == named) for one in rights)

    def spec(self, kind: str) -> EventSpec | None:
        """The vocabulary's entry for a kind; None for an unknown one."""
        return self.vocabulary.events.get(kind)

    def fields(self, kind: str) -> tuple[str, ...]:
        """The fields of a kind; none for an unknown one."""
        spec = self.spec(kind)
        return spec.names if spec else ()

    def names_agency(self, kind: str, field: str) -> bool:
        """Is this a field of this event that holds an agency?"""
        spec = self.spec(kind)
        return spec is not None and field in spec.names and spec.field(field).spec.type == "agency"
