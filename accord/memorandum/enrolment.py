"""Enrolment: each agency's public keys enter the draft, all of them before anyone signs.

A card is canonical JSON (keys sorted, no spaces, ASCII) and a line feed:

    {"agency":"court","created":"2019-01-01T00:00:00Z","exchange":"model","format":"accord/1 enrolment",
     "hpke_key":"<base64 of 65>","log_key":"<base64 of 32>","role":"court","signature":"<base64 of 64>"}

`signature` is by the log key over "accord/1 enrolment" ‖ 0x0A ‖ the canonical JSON of all but itself. It
shows that who made the card holds the log key; that the card is that agency's, people tell each other by
voice: the SHA-256 of the card's bytes, read aloud in groups.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accord.errors import Malformed, MemorandumRefused
from accord.keys import LogPrivateKey, check_hpke_key, check_log_key, log_public, sign, verify
from accord.memorandum.check import refuse_faults
from accord.memorandum.model import decode_key
from accord.memorandum.source import Lines, Path
from accord.schema import Vocabulary

CONTEXT = "accord/1 enrolment"
_FIELDS = ("agency", "created", "exchange", "format", "hpke_key", "log_key", "role", "signature")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_LONGEST_CARD = 4096


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
        "created": created.astimezone(UTC).strftime(_TIME),
        "exchange": exchange,
        "format": CONTEXT,
        "hpke_key": _base64(check_hpke_key(hpke_key)),
        "log_key": _base64(log_public(log_key)),
        "role": role,
    }
    return _canonical(said | {"signature": _base64(sign(log_key, CONTEXT, _canonical(said)))}) + b"\n"


def read_card(data: bytes) -> Card:
    """Read a card strictly and verify its signature; raises Malformed or SignatureInvalid."""
    said = _said(data)
    try:
        log_key, hpke_key, signature = (
            decode_key(said[name]) for name in ("log_key", "hpke_key", "signature")
        )
        created = datetime.strptime(said["created"], _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise Malformed("an enrolment card with a key or a time that is none") from error
    check_log_key(log_key)
    check_hpke_key(hpke_key)
    unsigned = {name: value for name, value in said.items() if name != "signature"}
    verify(log_key, CONTEXT, _canonical(unsigned), signature)
    digest = hashlib.sha256(data).digest()
    return Card(said["exchange"], said["agency"], said["role"], log_key, hpke_key, created, digest)


def spoken(card: bytes) -> str:
    """The SHA-256 of a card's bytes in 16 groups of four hex digits, to be compared by voice."""
    digest = hashlib.sha256(card).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, 64, 4))


def _said(data: bytes) -> dict[str, str]:
    try:
        said = json.loads(data) if len(data) <= _LONGEST_CARD else None
    except (ValueError, RecursionError) as error:
        raise Malformed("an enrolment card is JSON") from error
    if not isinstance(said, dict) or tuple(sorted(said)) != _FIELDS or said["format"] != CONTEXT:
        raise Malformed("an enrolment card of another shape")
    if not all(isinstance(value, str) for value in said.values()) or _canonical(said) + b"\n" != data:
        raise Malformed("an enrolment card is canonical JSON, ended by a line feed")
    return said


def _canonical(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


# ---- Into the draft ----


def enrol(
    data: bytes, cards: Sequence[bytes], vocabulary: Vocabulary, *, clauses: bytes, signatures: bytes = b""
) -> bytes:
    """The draft with the cards' keys and both hashes written in, every comment kept.

    `signatures` are the bytes of FILE.sig: once anyone has signed, nothing is enrolled. Raises
    MemorandumRefused for a draft with faults and for a card of another exchange, of an unknown agency, of
    one that has keys or a second card, or of another role; Malformed or SignatureInvalid for a card that
    proves nothing.
    """
    if signatures:
        raise MemorandumRefused(
            "somebody has signed these bytes already",
            advice="Remove FILE.sig, enrol every card, and sign anew.",
        )
    memorandum = refuse_faults(fill_hashes(data, vocabulary, clauses), vocabulary)
    read = [read_card(card) for card in cards]
    _refuse_strangers(
        read, memorandum.exchange, {one.slug: (one.role, one.keys) for one in memorandum.agencies.values()}
    )
    text, lines = memorandum.text.decode().split("\n"), Lines(memorandum.text.decode())
    slugs = list(memorandum.agencies)
    for card in sorted(read, key=lambda one: slugs.index(one.agency), reverse=True):
        number = slugs.index(card.agency)
        after = max(_line(lines, ("agency", number, key)) for key in ("slug", "role"))
        text.insert(after, _keys_line(card, text[after - 1]))
    enrolled = "\n".join(text).encode()
    refuse_faults(enrolled, vocabulary)
    return enrolled


def fill_hashes(data: bytes, vocabulary: Vocabulary, clauses: bytes) -> bytes:
    """The draft with `vocabulary` and `clauses` of [exchange] set to these SHA-256; every comment kept."""
    hashes = {"vocabulary": vocabulary.sha256.hex(), "clauses": hashlib.sha256(clauses).hexdigest()}
    try:
        tomllib.loads(data.decode())
    except ValueError as error:
        raise MemorandumRefused(f"this is not TOML ({error})") from error
    text, lines = data.decode().split("\n"), Lines(data.decode())
    for name, digest in hashes.items():
        number = _line(lines, ("exchange", name)) - 1
        text[number], found = re.subn(
            rf"^(\s*{name}\s*=\s*)(?:\"[^\"]*\"|'[^']*')", rf'\g<1>"{digest}"', text[number]
        )
        if not found:
            raise MemorandumRefused(
                f"exchange.{name} must stand on a line of its own", where=f"line {number + 1}"
            )
    return "\n".join(text).encode()


def _line(lines: Lines, path: Path) -> int:
    if not lines.has(path):
        raise MemorandumRefused("this must be written out in the draft", where=".".join(map(str, path)))
    return lines.line(path) or 0


def _keys_line(card: Card, neighbour: str) -> str:
    ending = "\r" if neighbour.endswith("\r") else ""
    row = f'log = "{_base64(card.log_key)}", hpke = "{_base64(card.hpke_key)}", from_size = 0'
    return f"keys = [{{ {row} }}]{ending}"


def _refuse_strangers(
    cards: Iterable[Card], exchange: str, agencies: dict[str, tuple[str, Sequence[object]]]
) -> None:
    seen: set[str] = set()
    for card in cards:
        if card.exchange != exchange:
            raise MemorandumRefused("a card of another exchange", where=card.agency)
        if card.agency not in agencies:
            raise MemorandumRefused("no agency of this memorandum has this name", where=card.agency)
        role, keys = agencies[card.agency]
        if card.role != role:
            raise MemorandumRefused(
                "the card claims another role than the memorandum gives", where=card.agency
            )
        if card.agency in seen or keys:
            raise MemorandumRefused("this agency is enrolled already", where=card.agency)
        seen.add(card.agency)
