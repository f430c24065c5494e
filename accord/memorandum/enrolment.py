"""Enrolment: each agency's public keys enter the draft, all of them before anyone signs.

A card is canonical JSON (keys sorted, no spaces, ASCII) and a line feed:

    {"agency":"court","created":"2019-01-01T00:00:00Z","exchange":"model","format":"accord/1 enrolment",
     "hpke_key":"<base64 of 65>","log_key":"<base64 of 32>","role":"court","signature":"<base64 of 64>"}

`signature` is by the log key over "accord/1 enrolment" ‖ 0x0A ‖ the canonical JSON of all but itself. It
shows that who made the card holds the log key; that the card is that agency's, people tell each other by
voice: the SHA-256 of the card's bytes, read aloud in groups.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from accord.errors import Malformed
from accord.keys import LogPrivateKey, check_hpke_key, check_log_key, log_public, sign, verify
from accord.memorandum.cards import TIME, base64_of, canonical, read_canonical
from accord.memorandum.model import decode_key

CONTEXT = "accord/1 enrolment"
_FIELDS = ("agency", "created", "exchange", "format", "hpke_key", "log_key", "role", "signature")


@dataclass(frozen=True, slots=True)
class Card:
    """A card whose signature verified: what an agency says of itself. `sha256` (32) is what is read aloud."""

    exchange: str
    agency: str
    role: str
    log_key: bytes
    hpke_key: bytes
    created: datetime
    sha256: bytes


def make_card(
    exchange: str, agency: str, role: str, log_key: LogPrivateKey, hpke_key: bytes, created: datetime
) -> bytes:
    """The bytes of enrolment.json for these keys (`hpke_key`: 65 public bytes), made at `created` (aware)."""
    said = {
        "agency": agency,
        "created": created.astimezone(UTC).strftime(TIME),
        "exchange": exchange,
        "format": CONTEXT,
        "hpke_key": base64_of(check_hpke_key(hpke_key)),
        "log_key": base64_of(log_public(log_key)),
        "role": role,
    }
    return canonical(said | {"signature": base64_of(sign(log_key, CONTEXT, canonical(said)))}) + b"\n"


def read_card(data: bytes) -> Card:
    """Read a card strictly and verify its signature; raises Malformed or SignatureInvalid."""
    said = read_canonical(data, CONTEXT, _FIELDS)
    try:
        log_key, hpke_key, signature = (
            decode_key(said[name]) for name in ("log_key", "hpke_key", "signature")
        )
        created = datetime.strptime(said["created"], TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise Malformed("an enrolment card with a key or a time that is none") from error
    check_log_key(log_key)
    check_hpke_key(hpke_key)
    unsigned = {name: value for name, value in said.items() if name != "signature"}
    verify(log_key, CONTEXT, canonical(unsigned), signature)
    digest = hashlib.sha256(data).digest()
    return Card(said["exchange"], said["agency"], said["role"], log_key, hpke_key, created, digest)
