"""The events that every contender is given: files of a prosecutor's office, five events each, from a seeded generator.

    1 ReferralAccepted   from the police        lets the coordinator, the auditor and the police into the file
    2 CaseReferred       to the court           lets the court in, with the history
    3 ChargeFiled        first count
    4 ChargeFiled        second count
    5 ChargeAmended      the first count

A hundred files are open at a time: first event of each, second event of each, and so on.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

EVENTS_PER_FILE = 5
GRANTS_PER_FILE = 2
OPEN_FILES = 100
SOURCE = "/prosecutor/records"

_OFFENSES = ("assault", "threats", "stalking", "property_damage")
_SEVERITIES = ("felony", "gross_misdemeanor", "misdemeanor")
_STATUTES = ("CO-3.01", "CO-3.02", "CO-3.06", "CO-9.99")
_REASONS = ("plea_agreement", "evidence", "legal_correction")


@dataclass(slots=True, frozen=True)
class Made:
    """One event: `data` are its fields in their JSON form, references as event ids in hex."""

    event_id: bytes
    file: bytes
    id: str
    kind: str
    subject: str
    occurred_on: str
    data: dict[str, Any]


def events(count: int, seed: int = 1, first_file: int = 0) -> Iterator[Made]:
    """At least `count` events, whole blocks of open files; the same for the same seed."""
    for start in range(first_file, first_file + -(-count // EVENTS_PER_FILE), OPEN_FILES):
        block = [_file(number, seed) for number in range(start, start + OPEN_FILES)]
        for step in range(EVENTS_PER_FILE):
            for made in block:
                yield made[step]


def _file(number: int, seed: int) -> list[Made]:
    chance = random.Random(f"{seed}/{number}")
    year, serial = divmod(number, 90_000)
    subject = f"P{19 + year:02}-{10_000 + serial}"
    docket = {"kind": "docket", "issuer": "court", "value": f"CR-{2019 + year}-{10_000 + serial}"}
    own = {"kind": "prosecution", "issuer": "prosecutor", "value": subject}
    day = date(2024, 1, 2) + timedelta(days=chance.randrange(600))
    referral, arrest = _id(seed, number, "referral").hex(), _id(seed, number, "arrest").hex()
    counts = [_charge(chance, n, docket, referral, arrest, day) for n in (1, 2)]
    said = [
        ("ReferralAccepted", {"referral": referral, "from_agency": "police", "case_number": own}),
        (
            "CaseReferred",
            {"to_agency": "court", "purpose": "charges_filed", "case_numbers": [own], "arrest": arrest},
        ),
        ("ChargeFiled", counts[0]),
        ("ChargeFiled", counts[1]),
        ("ChargeAmended", _amendment(chance, counts[0], _id(seed, number, "2").hex())),
    ]
    return [
        Made(
            _id(seed, number, str(step)),
            _id(seed, number, "file"),
            f"{subject}/{step}",
            kind,
            subject,
            (day + timedelta(days=20 * (step == EVENTS_PER_FILE - 1))).isoformat(),
            data,
        )
        for step, (kind, data) in enumerate(said)
    ]


def _charge(
    chance: random.Random, count: int, docket: dict[str, str], referral: str, arrest: str, day: date
) -> dict[str, Any]:
    return {
        "occurred_at": f"{day.isoformat()}T{chance.randrange(8, 18):02}:{chance.randrange(60):02}:00-06:00",
        "referral": referral,
        "arrest": arrest,
        "docket_number": docket,
        "count": count,
        "statute": chance.choice(_STATUTES),
        "offense": chance.choice(_OFFENSES),
        "severity": chance.choice(_SEVERITIES),
        "jurisdiction": "tribal",
        "dv_designated": chance.random() < 0.85,
    }


def _amendment(chance: random.Random, charge: dict[str, Any], charged_by: str) -> dict[str, Any]:
    return {
        "charge": charged_by,
        "old_statute": charge["statute"],
        "old_severity": charge["severity"],
        "statute": chance.choice(_STATUTES),
        "offense": charge["offense"],
        "severity": "misdemeanor",
        "dv_designated": charge["dv_designated"],
        "amendment_reason": chance.choice(_REASONS),
    }


def _id(seed: int, number: int, what: str) -> bytes:
    return hashlib.sha256(f"{seed}/{number}/{what}".encode()).digest()[:16]
