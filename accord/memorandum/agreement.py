"""A memorandum that has been checked: the agreement as the other rooms ask it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from accord.domain import WATCHING
from accord.memorandum.entitlement import Audience, Entitlement, Readers, Rights, resolve
from accord.memorandum.model import (
    AgencyTable,
    Document,
    Duration,
    FindingTable,
    InvolvementTable,
    KeysRow,
    ObligationTable,
    operational,
)
from accord.schema import Vocabulary

OF_ANOTHER_VERSION = -1
"""In place of a rule's number: a rule that this version of the memorandum does not have."""


@dataclass(frozen=True, slots=True)
class Agency:
    """A member: slug, role, and its public keys, the oldest first.

    `log_key` (32, Ed25519) and `hpke_key` (65, uncompressed P-256) are the newest; None before enrolment.
    """

    slug: str
    role: str
    keys: tuple[KeysRow, ...] = ()

    @property
    def log_key(self) -> bytes | None:
        """The newest log key."""
        return self.keys[-1].log if self.keys else None

    @property
    def hpke_key(self) -> bytes | None:
        """The newest HPKE key."""
        return self.keys[-1].hpke if self.keys else None

    def keys_at(self, size: int) -> KeysRow | None:
        """The keys in force for a log of `size` entries; None if none is."""
        return next((row for row in reversed(self.keys) if row.from_size <= size), None)

    def log_key_at(self, size: int) -> bytes | None:
        """The log key that signs for a log of `size` entries; None if none does."""
        row = self.keys_at(size)
        return row.log if row else None

    @property
    def stated_roots(self) -> dict[int, bytes]:
        """The roots (32) that the rows state, by the size at which the log had each."""
        return {row.from_size - 1: row.root for row in self.keys if row.root}

    def given_up(self, size: int, held: int) -> bool:
        """Whether the key of a log of `size` entries was given up, and its history then is settled by a stated root that a
        copy of `held` entries has come to: nothing that this key signs any more is the log's own word.
        """
        return any(row.root and size < row.from_size <= held + 1 for row in self.keys)


@dataclass(frozen=True, slots=True)
class Involvement:
    """One rule by which an event makes one agency part of a case. A list of slugs is one rule for each.

    `kinds` empty means every kind. Exactly one of `slug` (that agency) and `names` (the agency that this
    field of the event names, if its role is in `roles`) is set. `opens` empty means the file the event is
    in; else the joined files of those roles. `number` counts the rules of the memorandum from 0, and is a
    place in one version alone: rules that say the same are equal, whatever their numbers.
    """

    number: int = field(compare=False)
    kinds: frozenset[str]
    by: frozenset[str]
    slug: str | None
    names: str | None
    roles: frozenset[str]
    opens: tuple[str, ...]
    except_files: frozenset[str]
    history: str
    until: frozenset[str]
    lapses: timedelta | None
    granted_by: tuple[str, ...]
    authority: str | None
    clause: str

    def concerns(self, kind: str, role: str) -> bool:
        """Does an event of this kind, published by this role, set this rule off?"""
        return (not self.kinds or kind in self.kinds) and role in self.by

    def agency(self, values: Mapping[str, Any], agencies: Mapping[str, Agency]) -> str | None:
        """The slug of the agency that is let in by an event with these values; None if nobody is."""
        slug = self.slug if self.names is None else values.get(self.names)
        named = agencies.get(slug) if slug is not None else None
        if named is None or (self.roles and named.role not in self.roles):
            return None
        return named.slug


@dataclass(frozen=True, slots=True)
class LocalCode:
    """A code of the community's own: its meaning and the core code it counts as (None for statutes)."""

    code: str
    meaning: str
    counts_as: str | None


@dataclass(frozen=True, eq=False)
class Memorandum:
    """One version of the agreement, by the SHA-256 of its exact bytes. Made by `parse`."""

    text: bytes = field(repr=False)
    document: Document = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)

    @classmethod
    def parse(cls, data: bytes, vocabulary: Vocabulary) -> Memorandum:
        """Read and check a memorandum; raises MemorandumRefused with every fault at once.

        What only a draft lacks (keys, hashes, signatures) is no fault here; see `check` and `trusted`.
        """
        from accord.memorandum.check import refuse_faults  # check needs this class

        return refuse_faults(data, vocabulary)

    @cached_property
    def sha256(self) -> bytes:
        """The version's id: SHA-256 of the exact bytes of the TOML."""
        return hashlib.sha256(self.text).digest()

    @cached_property
    def exchange(self) -> str:
        """The exchange's slug, first part of every log's origin."""
        return self.document.exchange.name

    @cached_property
    def version(self) -> int:
        """1 for the first, then one more each time."""
        return self.document.exchange.version

    @cached_property
    def previous(self) -> bytes | None:
        """SHA-256 of the version before; None in the first."""
        return bytes.fromhex(self.document.exchange.previous) or None

    @cached_property
    def timezone(self) -> ZoneInfo:
        """occurred_on, fixed days and quarters are local to it."""
        return self.document.exchange.timezone

    @cached_property
    def beat(self) -> timedelta:
        """Bundles leave on it; zero: at once."""
        return self.document.exchange.beat.timedelta

    @cached_property
    def private_heads_at(self) -> time:
        """The local time at which heads of reading logs leave, once a day."""
        return time.fromisoformat(self.document.exchange.private_heads_at)

    @cached_property
    def publish_within(self) -> timedelta:
        """From the act to its publication."""
        return self.document.exchange.publish_within.timedelta

    @cached_property
    def valid_from(self) -> datetime:
        """In force from (UTC)."""
        return self.document.exchange.valid_from

    @cached_property
    def valid_until(self) -> datetime:
        """In force until (UTC), then `grace` with alarms."""
        return self.document.exchange.valid_until

    @cached_property
    def grace(self) -> timedelta:
        """How long after `valid_until` publishing goes on, with alarms."""
        return self.document.exchange.grace.timedelta

    # ---- Who ----

    @cached_property
    def agencies(self) -> Mapping[str, Agency]:
        """The members by slug, in the order of the file."""
        return MappingProxyType({one.slug: _agency(one) for one in self.document.agency})

    @cached_property
    def roles(self) -> Mapping[str, tuple[str, ...]]:
        """The slugs that hold each role; a role that nobody holds is not there."""
        held: dict[str, tuple[str, ...]] = {}
        for one in self.document.agency:
            held[one.role] = (*held.get(one.role, ()), one.slug)
        return MappingProxyType(held)

    def watching(self, file_class: str = "") -> tuple[str, ...]:
        """The slugs that are told of every grant in files of this class, and of what agencies say to each other."""
        roles = WATCHING[:1] if file_class == "incident" else WATCHING
        return tuple(slug for role in roles for slug in self.roles.get(role, ()))

    def publishes(self, role: str) -> frozenset[str]:
        """The kinds of event that agencies of this role may publish."""
        return self._publishes.get(role, frozenset())

    @cached_property
    def _publishes(self) -> dict[str, frozenset[str]]:
        return published(self.document)

    # ---- Who sees what ----

    @cached_property
    def rights(self) -> Rights:
        """The entitlements and the audiences compiled from them."""
        return Rights(self.document.entitlement, self.vocabulary)

    def audiences(self, kind: str) -> tuple[Audience, ...]:
        """The audiences of a kind, at most 7, sorted by label; `index` is the position."""
        return self.rights.audiences(kind)

    def header(self, kind: str) -> Audience:
        """Who may read the header of this kind; `fields` is empty, `index` is -1."""
        return self.rights.header(kind)

    def readers(self, audience: Audience, values: Mapping[str, Any]) -> Readers:
        """The readers of one event's slot, with the agencies that `values` (plain) name."""
        return resolve(audience, values, self.agencies) if audience.named else audience.plain

    @property
    def role_sets(self) -> tuple[tuple[str, ...], ...]:
        """Every distinct sorted role set over all audiences and headers; the position is its number."""
        return self.rights.role_sets

    def entitled(self, role: str, kind: str) -> frozenset[str]:
        """Fields that a role may see, count, or see when named."""
        return self.rights.entitled(role, kind)

    def shown(self, role: str, kind: str) -> frozenset[str]:
        """Fields that a role may see, always or when named; not those that it may only count."""
        return self.rights.shown(role, kind)

    def entitlements(self, role: str, kind: str, field: str) -> tuple[Entitlement, ...]:
        """The entitlements (clause, purpose, named, only) that give this field to this role."""
        return self.rights.of(role, kind, field)

    # ---- Who is part of a case; what is promised ----

    @cached_property
    def involvements(self) -> tuple[Involvement, ...]:
        """The rules, a list of slugs written out as one rule for each."""
        return written_out(self.document)

    def rules_for(self, kind: str, role: str) -> tuple[Involvement, ...]:
        """The rules that an event of this kind, published by this role, sets off."""
        rules = self._rules.get((kind, role))
        if rules is None:
            rules = tuple(rule for rule in self.involvements if rule.concerns(kind, role))
            self._rules[(kind, role)] = rules
        return rules

    @cached_property
    def _rules(self) -> dict[tuple[str, str], tuple[Involvement, ...]]:
        return {}

    def number_of(self, rule: Involvement | None) -> int:
        """The number that a rule of any version has in this one; OF_ANOTHER_VERSION if none here says the same."""
        return OF_ANOTHER_VERSION if rule is None else self._rule_numbers.get(rule, OF_ANOTHER_VERSION)

    @cached_property
    def _rule_numbers(self) -> dict[Involvement, int]:
        return {rule: rule.number for rule in reversed(self.involvements)}  # of two alike the first

    def rule_of(self, number: int) -> Involvement | None:
        """The rule of that number; None for OF_ANOTHER_VERSION. Raises IndexError for what is no number of a rule."""
        if number < OF_ANOTHER_VERSION:
            raise IndexError(number)
        return None if number == OF_ANOTHER_VERSION else self.involvements[number]

    @property
    def obligations(self) -> tuple[ObligationTable, ...]:
        """The promises, in the order of the file."""
        return self.document.obligation

    @cached_property
    def promised_by(self) -> Mapping[str, tuple[ObligationTable, ...]]:
        """The promises that each kind of event starts."""
        kinds = {one.trigger for one in self.obligations}
        return {kind: tuple(one for one in self.obligations if one.trigger == kind) for kind in kinds}

    @property
    def findings(self) -> tuple[FindingTable, ...]:
        """What should have come before, and is asked about where it is not there."""
        return self.document.finding

    # ---- Numbers and codes ----

    @cached_property
    def numbers(self) -> Mapping[str, Mapping[str, re.Pattern[str]]]:
        """Slug to kind of number to its pattern; a number is right if the pattern matches all of it."""
        patterns = self.document.numbers.items()
        return MappingProxyType(
            {slug: {k: re.compile(p) for k, p in kinds.items()} for slug, kinds in patterns}
        )

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, LocalCode]]:
        """List to local code to its meaning and core code."""
        return MappingProxyType(
            {
                name: {code: LocalCode(code, row.meaning, row.counts_as) for code, row in rows.items()}
                for name, rows in self.document.codes.items()
            }
        )

    @cached_property
    def local_codes(self) -> Mapping[str, frozenset[str]]:
        """List to the codes that this memorandum adds; "obligation" holds the ids of its obligations."""
        lists = {name: frozenset(rows) for name, rows in self.codes.items()}
        return MappingProxyType(lists | {"obligation": frozenset(one.id for one in self.obligations)})


def published(document: Document) -> dict[str, frozenset[str]]:
    """Role to the kinds it may publish, "operational" written out for the first five roles."""
    kinds: dict[str, frozenset[str]] = {}
    for name, events in document.publishes.items():
        for role in operational([name]):
            kinds[role] = kinds.get(role, frozenset()) | frozenset(events)
    return kinds


def written_out(document: Document) -> tuple[Involvement, ...]:
    """The involvement rules, a list of slugs as one rule for each."""
    slugs = {one.slug for one in document.agency}
    pairs = [(table, agency) for table in document.involvement for agency in table.agency]
    return tuple(_involvement(number, *pair, slugs) for number, pair in enumerate(pairs))


def _involvement(number: int, table: InvolvementTable, agency: str, slugs: set[str]) -> Involvement:
    return Involvement(
        number=number,
        kinds=frozenset() if "*" in table.event else frozenset(table.event),
        by=operational(table.by),
        slug=agency if agency in slugs else None,
        names=None if agency in slugs else agency,
        roles=frozenset(table.role),
        opens=() if table.opens == ("file",) else table.opens,
        except_files=frozenset(table.except_files),
        history=table.history,
        until=frozenset(table.until),
        lapses=_maybe(table.lapses),
        granted_by=table.granted_by,
        authority=table.authority,
        clause=table.clause,
    )


def _maybe(length: Duration | None) -> timedelta | None:
    return None if length is None else length.timedelta


def _agency(table: AgencyTable) -> Agency:
    return Agency(table.slug, table.role, table.keys)
