"""The TOML of a memorandum as strict models: what is written, before anything is concluded from it.

Nothing is kind here: a key that is not known, a number for a string, a list with the same thing twice
are faults. What the words mean together is the business of `check` and `entitlement`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from accord.domain import OPERATIONAL, ROLES
from accord.errors import AccordError
from accord.keys import check_hpke_key, check_log_key

_DURATION = re.compile(r"(0|[1-9][0-9]{0,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as it is written: hours run from the moment, days end with a local day."""

    count: int
    unit: Literal["s", "m", "h", "d"]

    @property
    def timedelta(self) -> timedelta:
        """The plain length, for clocks that do not care about the end of a day."""
        return timedelta(**{_UNITS[self.unit]: self.count})

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def _duration(value: object) -> object:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match:
        return Duration(int(match[1]), match[2])  # type: ignore[arg-type]  # the pattern admits units only
    raise ValueError('a length of time is written like "30d", "24h", "10s"')


def _lasting(value: Duration) -> Duration:
    if not value.count:
        raise ValueError("nothing can be done, or last, in no time: at least 1 is expected")
    return value


def _names(value: object) -> object:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValueError("one name or a list of names is expected")
    return tuple(values)


def _distinct(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) != len(value):
        raise ValueError("the same name stands here twice")
    return value


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("at least one name is expected")
    return value


def decode_key(text: str) -> bytes:
    """The bytes of base64 text (RFC 4648, standard, padded, the one encoding); raises ValueError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not standard base64") from error
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not the one base64 encoding of these bytes")
    return raw


def _log_key(value: object) -> object:
    return _key(value, check_log_key)


def _hpke_key(value: object) -> object:
    return _key(value, check_hpke_key)


def _key(value: object, check: Any) -> object:
    if not isinstance(value, str):
        raise ValueError("a key is base64 text")
    try:
        return check(decode_key(value))
    except AccordError as error:
        raise ValueError(error.message) from error


def _maybe_log_key(value: object) -> object:
    return None if value == "" else _log_key(value)


def _root(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a root is base64 text")
    raw = decode_key(value)
    if len(raw) not in (0, 32):
        raise ValueError("a root hash is 32 bytes")
    return raw


def _digest(value: str) -> str:
    if value and (len(value) != 64 or not set(value) <= set("0123456789abcdef")):
        raise ValueError("64 lower-case hex digits of a SHA-256, or empty in a draft")
    return value


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its offset, like 2025-01-01T00:00:00Z")
    return value.astimezone(UTC)


def _zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not a time zone of the IANA database") from error


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", max_length=32)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]
Clause = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]?\.[1-9][0-9]?$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Digest = Annotated[str, AfterValidator(_digest)]
Time = Annotated[datetime, AfterValidator(_utc)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Length = Annotated[Duration, BeforeValidator(_duration)]
SomeLength = Annotated[Duration, BeforeValidator(_duration), AfterValidator(_lasting)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names), AfterValidator(_distinct)]
SomeNames = Annotated[
    tuple[str, ...], BeforeValidator(_names), AfterValidator(_distinct), AfterValidator(_some)
]
LogKey = Annotated[bytes, BeforeValidator(_log_key)]
HpkeKey = Annotated[bytes, BeforeValidator(_hpke_key)]
Root = Annotated[bytes, BeforeValidator(_root)]
WitnessKey = Annotated[bytes | None, BeforeValidator(_maybe_log_key)]
Positive = Annotated[int, Field(ge=1)]


class Table(BaseModel):
    """A table of the file: closed, strict, never changed after reading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


class ExchangeTable(Table):
    """[exchange]: which version of which agreement this is, and its times."""

    name: Slug
    version: Positive
    previous: Digest
    vocabulary: Digest
    clauses: Digest
    valid_from: Time
    valid_until: Time
    grace: Length
    timezone: Zone
    beat: Length
    private_heads_at: ClockTime
    publish_within: SomeLength
    signatures_needed: Positive
    always_signs: SomeNames
    clause: Clause


class KeysRow(Table):
    """One pair of public keys and the log size from which it holds.

    `root` (32) is what the log had at the size before, `from_size` - 1, where that is stated; else empty.
    """

    log: LogKey
    hpke: HpkeKey
    from_size: Annotated[int, Field(ge=0)]
    root: Root = b""


class AgencyTable(Table):
    """[[agency]]: who may take part, as what; keys come with enrolment and are only ever added to."""

    slug: Slug
    role: str
    keys: Annotated[
        tuple[KeysRow, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
    ] = ()


class WitnessTable(Table):
    """[witness]: who signs the heads besides."""

    needed: Annotated[int, Field(ge=0)]
    keys: dict[Word, WitnessKey]
    on_failure: Literal["alarm"]
    clause: Clause


class SuppressionTable(Table):
    """[suppression]: what is too small to be shown."""

    minimum: int
    rate_minimum: int
    totals_only_below: int
    complementary: bool
    period: Literal["calendar quarter"]
    delay: Length
    register_tables: Annotated[bool, Field(alias="register")]
    clause: Clause


class InquiryTable(Table):
    """[inquiry]: when the coordinating agency asks, and about what: everything overdue, never one."""

    weekday: Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    overdue_by: Length
    rule: Annotated[Literal["every overdue obligation of each kind; never one chosen"], Field(alias="raise")]
    clause: Clause


class ExpungementTable(Table):
    """[expungement]: the wait before keys are destroyed, and the end of backups."""

    appeal_period: Length
    backups_end_within: Length
    clause: Clause


class RetentionTable(Table):
    """[retention]: years until entry bodies are pruned, by class of file."""

    case: Positive
    order: Positive
    incident: Positive
    notice: Positive
    clause: Clause


class InvolvementTable(Table):
    """[[involvement]]: an event that makes one agency part of a case."""

    event: SomeNames
    by: SomeNames
    agency: SomeNames
    role: Names = ()
    opens: SomeNames
    except_files: Names = ()
    history: Literal["none", "all"]
    until: Names = ()
    lapses: SomeLength | None = None
    granted_by: SomeNames = ("publisher",)
    authority: Text | None = None
    clause: Clause


class EntitlementTable(Table):
    """[[entitlement]]: what a role may see of an event, under a clause."""

    role: SomeNames
    clause: Clause
    purpose: Text
    named: Word | None = None
    only: Literal["count"] | None = None
    sees: dict[str, Names]


class ConditionTable(Table):
    """One condition of an obligation: the field has one of these values, or is present at all."""

    field: Word
    any_of: Annotated[
        tuple[str | bool, ...] | None, BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
    ] = None
    present: Literal[True] | None = None


Conditions = Annotated[
    tuple[ConditionTable, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
]


class ObligationTable(Table):
    """[[obligation]]: a promise, whose it is, and by when."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=40)]
    trigger: Word
    when: Conditions = ()
    owner: Word
    response: SomeNames
    response_when: Conditions = ()
    on: SomeNames
    of: Word | None = None
    or_of: Word | None = None
    early: bool = False
    clock: Word | None = None
    after: Literal["appeal_period"] | None = None
    stopped_by: Word | None = None
    within: SomeLength
    clause: Clause
    why: Text


class FindingTable(Table):
    """[[finding]]: what should have come before, and is not there."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=40)]
    event: Word
    lacks: SomeNames
    clause: Clause


class LocalCodeTable(Table):
    """A code of the community's own: what it means and which core code it counts as."""

    meaning: Text
    counts_as: Word | None = None


class Document(Table):
    """The whole file."""

    exchange: ExchangeTable
    agency: tuple[AgencyTable, ...]
    witness: WitnessTable
    suppression: SuppressionTable
    inquiry: InquiryTable
    expungement: ExpungementTable
    retention: RetentionTable
    numbers: dict[str, dict[str, str]]
    publishes: dict[str, Names]
    involvement: tuple[InvolvementTable, ...]
    entitlement: tuple[EntitlementTable, ...]
    obligation: tuple[ObligationTable, ...]
    finding: tuple[FindingTable, ...] = ()
    codes: dict[str, dict[str, LocalCodeTable]]


_ARRAYS = ("agency", "involvement", "entitlement", "obligation", "finding")


def as_document(tree: dict[str, Any]) -> Document:
    """Read a parsed TOML tree; raises pydantic's ValidationError with every fault of form."""
    shaped = {
        key: tuple(value) if key in _ARRAYS and isinstance(value, list) else value
        for key, value in tree.items()
    }
    return Document.model_validate(shaped)


def operational(roles: Iterable[str]) -> frozenset[str]:
    """The roles with "any" (all seven) and "operational" (the first five) written out."""
    written: set[str] = set()
    for role in roles:
        written |= set(ROLES) if role == "any" else set(OPERATIONAL) if role == "operational" else {role}
    return frozenset(written)
