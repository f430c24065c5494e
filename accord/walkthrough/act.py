"""An act of an agency while its matter is being told: typed values, and references to other acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from accord.gateway.submission import Submission

POLICE, PROSECUTOR, COURT = "police", "prosecutor", "court"
PROBATION, PROGRAMME, ADVOCACY = "probation", "reeducation", "advocacy"
AGENCIES = (POLICE, PROSECUTOR, COURT, PROBATION, PROGRAMME, ADVOCACY)

# Kinds that have the field occurred_at.
TIMED = frozenset(
    [
        "ArrestMade",
        "ReportAvailable",
        "ReleasedFromCustody",
        "ChargeFiled",
        "ChargeDeclined",
        "ReleaseConditionsSet",
        "ProtectionOrderServed",
        "HearingHeld",
        "WarrantIssued",
        "RecordsSealed",
        "RecordsExpunged",
        "ProgramEnded",
        "ViolationReported",
        "ViolationAnswered",
        "CaseReferred",
    ]
)
NOTICES = frozenset(
    [
        "InquiryRaised",
        "InquiryAnswered",
        "EntryChallenged",
        "ChallengeAnswered",
        "RecordsSealed",
        "RecordsUnsealed",
        "RecordsExpunged",
        "LegalHold",
    ]
)


@dataclass(frozen=True, slots=True)
class Number:
    """An official number: its kind, the agency that issues it, and its value."""

    kind: str
    issuer: str
    value: str

    def json(self) -> dict[str, str]:
        """The full record, as a number field takes it."""
        return {"kind": self.kind, "issuer": self.issuer, "value": self.value}


@dataclass(eq=False, slots=True)
class Act:
    """One event before it is written down as a submission; `recorded` is when its agency hands it in."""

    agency: str
    kind: str
    matter: int
    serial: int
    subject: str
    occurred: dt.datetime
    recorded: dt.datetime
    fields: dict[str, Any] = field(default_factory=dict)
    incident: bool = False

    @property
    def source(self) -> str:
        """CloudEvents source: the records system of the agency."""
        return f"/walkthrough/{self.agency}"

    @property
    def id(self) -> str:
        """Matter and place in it; unique within a source."""
        return f"{self.matter:05d}-{self.serial:03d}"

    def references(self) -> list[tuple[str, Ref]]:
        """Every reference of this act, with the field it stands in."""
        found: list[tuple[str, Ref]] = []
        for name, value in self.fields.items():
            found += [
                (name, part)
                for part in (value if isinstance(value, list) else [value])
                if isinstance(part, Ref)
            ]
        return found


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an act, in the form in which the citing agency's own system can state it."""

    target: Act
    form: Literal["own", "number", "seen"]
    number: Number | None = None
    count: int | None = None

    def json(self) -> dict[str, Any]:
        """The citation as the gateway takes it; a "seen" one names the other agency's source and id."""
        if self.form == "own":
            return {"id": self.target.id}
        if self.form == "seen" or self.number is None:
            return {"id": self.target.id, "source": self.target.source}
        counted = {} if self.count is None else {"count": self.count}
        return {"number": self.number.json(), **counted}


def own(act: Act) -> Ref:
    """An agency's own earlier act, by its idempotency key."""
    return Ref(act, "own")


def by_number(act: Act, number: Number, count: int | None = None) -> Ref:
    """The act that carries an official number."""
    return Ref(act, "number", number, count)


def seen(act: Act) -> Ref:
    """Another agency's act without a number that the citing agency may see: cited from its screen."""
    return Ref(act, "seen")


@dataclass(frozen=True, slots=True)
class Cite:
    """What a submission's reference means: the field, and the source and id of the event cited."""

    field: str
    form: Literal["own", "number", "seen"]
    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Step:
    """One hand-in: at `at` (UTC), `agency` submits `submission`; `cites` says what its references mean."""

    at: dt.datetime
    agency: str
    submission: Submission
    cites: tuple[Cite, ...]

    def with_event_ids(self, event_id: Callable[[str, str], str]) -> Submission:
        """The submission with "seen" citations replaced by event ids in hex.

        A clerk reads such an id on the screen of the agency's own projection; a demonstration knows it from
        the receipt. `event_id` takes the cited event's source and id.
        """
        foreign = {(cite.source, cite.id) for cite in self.cites if cite.form == "seen"}
        data = {name: _replaced(value, foreign, event_id) for name, value in self.submission.data.items()}
        return replace(self.submission, data=data)


def _replaced(value: Any, foreign: set[tuple[str, str]], event_id: Callable[[str, str], str]) -> Any:
    if isinstance(value, list):
        return [_replaced(part, foreign, event_id) for part in value]
    if isinstance(value, dict) and (value.get("source"), value.get("id")) in foreign:
        return event_id(value["source"], value["id"])
    return value
