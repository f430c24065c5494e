"""The handshake that joins two agencies' files of one matter: the gateway sends it, so that nobody has to
remember.

When a record names an agency to act (a charge its court, a sentence its supervisor or programme), a
referral goes to it. When an event of ours points into a file from which a matter was referred to us, the
referral is accepted, under our own number for the matter. Neither is sent twice for one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from accord.gateway.references import numbers_of
from accord.memorandum import Memorandum

SOURCE = "accord:handshake"
_NAMED = {
    "SentenceImposed": {"supervised_by": "supervision", "program_by": "program_intake"},
    "ReleaseConditionsSet": {"supervised_by": "supervision", "program_by": "program_intake"},
}


def referrals(
    memorandum: Memorandum, own: str, kind: str, values: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """(agency, purpose) of the referrals that an event of ours calls for."""
    agencies = memorandum.agencies
    if kind == "ChargeFiled":
        courts = memorandum.roles.get("court", ())
        return [(courts[0], "charges_filed")] if len(courts) == 1 and courts[0] != own else []
    named = _NAMED.get(kind, {})
    called = ((str(values.get(field)), purpose) for field, purpose in named.items())
    return [(slug, purpose) for slug, purpose in called if slug in agencies and slug != own]


def matter_number(
    memorandum: Memorandum, own: str, subject: str, values: Iterable[Mapping[str, Any]]
) -> dict[str, str] | None:
    """Our own number for a matter: the emitter's matter key where it is one, else the first of ours in its events."""
    for kind, pattern in memorandum.numbers.get(own, {}).items():
        if pattern.fullmatch(subject):
            return {"kind": kind, "issuer": own, "value": subject}
    for one in values:
        for number in numbers_of(one):
            if number["issuer"] == own:
                return dict(number)
    return None


def referral_data(
    to_agency: str, purpose: str, numbers: Sequence[Mapping[str, str]], occurred_on: str, arrest: str | None
) -> dict[str, Any]:
    """The data of a CaseReferred, in its JSON form."""
    data: dict[str, Any] = {
        "occurred_on": occurred_on,
        "to_agency": to_agency,
        "purpose": purpose,
        "case_numbers": list(numbers),
    }
    return data if arrest is None else {**data, "arrest": arrest}


def acceptance_data(
    referral: bytes, from_agency: str, number: Mapping[str, str], occurred_on: str
) -> dict[str, Any]:
    """The data of a ReferralAccepted, in its JSON form."""
    return {
        "occurred_on": occurred_on,
        "referral": referral.hex(),
        "from_agency": from_agency,
        "case_number": dict(number),
    }
