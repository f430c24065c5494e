"""Renewal: an agency's next keys, and the size of its log from which they hold.

A renewal card is canonical JSON (keys sorted, no spaces, ASCII) and a line feed:

    {"agency":"court","created":"2025-06-01T00:00:00Z","exchange":"model","format":"accord/1 renewal",
     "from_size":4183,"hpke_key":"<base64 of 65>","log_key":"<base64 of 32>","log_key_before":"<base64 of 32>",
     "root":"<base64 of 32, or empty>","signature":"<base64 of 64>","signature_before":"<base64 of 64>"}

Both signatures are over "accord/1 renewal" ‖ 0x0A ‖ the canonical JSON of all but the two. `signature` is by the new
log key: who made the card holds it. `signature_before` is by the key that is given up: the card comes from whoever held
that, so it is the agency, or a thief. Which of the two, people tell each other by voice, as for the first card.
`root` is the log's at `from_size` - 1, where the log was that long when the card was made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accord.errors import Malformed
from accord.keys import LogPrivateKey, check_hpke_key, check_log_key, log_public, sign, verify
from accord.memorandum.cards import TIME, base64_of, canonical, read_canonical
from accord.memorandum.model import decode_key

CONTEXT = "accord/1 renewal"
_SIGNATURES = ("signature", "signature_before")
_TEXTS = (
    "agency",
    "created",
    "exchange",
    "format",
    "hpke_key",
    "log_key",
    "log_key_before",
    "root",
    *_SIGNATURES,
)
_LARGEST_SIZE = 2**53 - 1  # what every JSON reader can count to


@dataclass(frozen=True, slots=True)
class Renewal:
    """A renewal card whose two signatures verified. `root` (32) is empty where none is stated; `sha256` is read aloud."""

    exchange: str
    agency: str
    log_key: bytes
    hpke_key: bytes
    log_key_before: bytes
    from_size: int
    root: bytes
    created: datetime
    sha256: bytes


def make_renewal(
    exchange: str,
    agency: str,
    log_key: LogPrivateKey,
    hpke_key: bytes,
    before: LogPrivateKey,
    from_size: int,
    root: bytes,
    created: datetime,
) -> bytes:
    """The bytes of renewal.json: `log_key` and `hpke_key` (65 public bytes) after `before`, made at `created` (aware)."""
    said: dict[str, Any] = {
        "agency": agency,
        "created": created.astimezone(UTC).strftime(TIME),
        "exchange": exchange,
        "format": CONTEXT,
        "from_size": from_size,
        "hpke_key": base64_of(check_hpke_key(hpke_key)),
        "log_key": base64_of(log_public(log_key)),
        "log_key_before": base64_of(log_public(before)),
        "root": base64_of(root),
    }
    signed = {
        name: sign(key, CONTEXT, canonical(said))
        for name, key in zip(_SIGNATURES, (log_key, before), strict=True)
    }
    return canonical(said | {name: base64_of(one) for name, one in signed.items()}) + b"\n"


def read_renewal(data: bytes) -> Renewal:
    """Read a renewal card strictly and verify both signatures; raises Malformed or SignatureInvalid."""
    said = read_canonical(data, CONTEXT, _TEXTS, numbers=("from_size",))
    try:
        keys = [decode_key(said[name]) for name in ("log_key", "hpke_key", "log_key_before", "root")]
        signatures = [decode_key(said[name]) for name in _SIGNATURES]
        created = datetime.strptime(said["created"], TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise Malformed("a renewal card with a key, a root or a time that is none") from error
    log_key, hpke_key, before, root = keys
    if len(root) not in (0, 32) or not 0 < said["from_size"] <= _LARGEST_SIZE:
        raise Malformed("a renewal card with a size or a root that no log has")
    check_hpke_key(hpke_key)
    unsigned = canonical({name: value for name, value in said.items() if name not in _SIGNATURES})
    for key, signature in zip((log_key, before), signatures, strict=True):
        verify(check_log_key(key), CONTEXT, unsigned, signature)
    digest = hashlib.sha256(data).digest()
    sizes = (said["from_size"], root, created, digest)
    return Renewal(said["exchange"], said["agency"], log_key, hpke_key, before, *sizes)
