"""Detached signatures: FILE.sig, one line per agency, over the exact bytes of the TOML.

    — <exchange>/<slug> <base64(key id (4) ‖ Ed25519 signature (64))> 0x0A

the signature line of a C2SP signed note. Key id: the first 4 bytes of
SHA-256(name ‖ 0x0A ‖ 0xFF ‖ "accord/1 memorandum" ‖ 0x0A ‖ public key); 0xFF marks a kind of signature that
C2SP does not assign. The signature is over "accord/1 memorandum" ‖ 0x0A ‖ the TOML bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from accord.errors import Malformed, SignatureInvalid
from accord.keys import LogPrivateKey, log_public, sign, verify
from accord.memorandum.agreement import Memorandum
from accord.memorandum.faults import Found
from accord.memorandum.model import decode_key

CONTEXT = "accord/1 memorandum"
MOST_LINES = 100
_LINE = re.compile(r"— ([a-z][a-z0-9-]*/[a-z][a-z0-9-]*) ([A-Za-z0-9+/]+={0,2})")
_PATH = ("exchange", "signatures_needed")


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line of FILE.sig, read and not yet verified."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Whose signatures verify, what is wrong with other lines, and what a quorum lacks."""

    signed: tuple[str, ...]
    faults: tuple[Found, ...]
    missing: tuple[Found, ...]


def key_id(name: str, public: bytes) -> bytes:
    """The 4 bytes by which a line names its key (C2SP signed-note, "Signatures")."""
    return hashlib.sha256(name.encode() + b"\n\xff" + CONTEXT.encode() + b"\n" + public).digest()[:4]


def sign_memorandum(
    memorandum: Memorandum, slug: str, key: LogPrivateKey, previous: Memorandum | None = None
) -> str:
    """The line, with its line feed, that this agency adds to FILE.sig.

    The key is the one that the memorandum names as the agency's; or, where the agency changes its key, also
    the one that `previous` names: it then signs once with each. Raises SignatureInvalid for any other key.
    """
    public = log_public(key)
    named = [one.agencies[slug].log_key for one in (memorandum, previous) if one and slug in one.agencies]
    if public not in named:
        raise SignatureInvalid(
            f"the memorandum does not name this key as {slug}'s", advice="Enrol the agency's card first."
        )
    name = f"{memorandum.exchange}/{slug}"
    return f"{SignatureLine(name, key_id(name, public), sign(key, CONTEXT, memorandum.text))}\n"


def append_signature(existing: bytes, line: str) -> bytes:
    """FILE.sig with one line more; unchanged if it has that line. Raises Malformed."""
    parse_signatures(existing)
    parse_signatures(line.encode())
    return existing if line.encode() in existing.splitlines(keepends=True) else existing + line.encode()


def parse_signatures(data: bytes) -> tuple[SignatureLine, ...]:
    """Read FILE.sig strictly: what is read would be written with the same bytes; raises Malformed."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("a signature file is UTF-8") from error
    lines = text.split("\n")
    if lines.pop() != "" or len(lines) > MOST_LINES:
        raise Malformed("a signature file is lines, each ended by a line feed")
    return tuple(_line(number, line) for number, line in enumerate(lines, 1))


def _line(number: int, text: str) -> SignatureLine:
    match = _LINE.fullmatch(text)
    if match is None:
        raise Malformed("not a signature line", where=f"line {number}")
    try:
        raw = decode_key(match.group(2))
    except ValueError as error:
        raise Malformed(str(error), where=f"line {number}") from error
    if len(raw) != 68:
        raise Malformed("a key id and an Ed25519 signature are 68 bytes", where=f"line {number}")
    return SignatureLine(match.group(1), raw[:4], raw[4:])


def verified(memorandum: Memorandum, lines: Iterable[SignatureLine], keys: Memorandum) -> frozenset[str]:
    """The agencies among `lines` whose signature over `memorandum` verifies under a key that `keys` names."""
    return frozenset(slug for line in lines if (slug := _signer(memorandum, line, keys)) is not None)


def _signer(memorandum: Memorandum, line: SignatureLine, keys: Memorandum) -> str | None:
    exchange, slug = line.name.split("/")
    agency = keys.agencies.get(slug)
    if exchange != keys.exchange or agency is None or agency.log_key is None:
        return None
    return slug if _by(memorandum, line, agency.log_key) else None


def _by(memorandum: Memorandum, line: SignatureLine, public: bytes) -> bool:
    """Whether a line is this key's signature over the memorandum."""
    if line.key_id != key_id(line.name, public):
        return False
    try:
        verify(public, CONTEXT, memorandum.text, line.signature)
    except SignatureInvalid:
        return False
    return True


def _by_a_key_before(memorandum: Memorandum, line: SignatureLine) -> bool:
    """Whether an agency that renews its keys signed with one of those before: for who knows the version before."""
    exchange, slug = line.name.split("/")
    rows = memorandum.agencies[slug].keys if slug in memorandum.agencies else ()
    return exchange == memorandum.exchange and any(_by(memorandum, line, row.log) for row in rows[:-1])


def tally(memorandum: Memorandum, data: bytes, previous: Memorandum | None = None) -> Tally:
    """Count FILE.sig against the quorum of the version itself, and of the version before if given."""
    try:
        lines = parse_signatures(data)
    except Malformed as error:
        return Tally((), (Found("signature", (), str(error)),), ())
    faults = [*_line_faults(memorandum, lines, previous)]
    signed = verified(memorandum, lines, memorandum)
    missing = [*_lacking(memorandum, signed, "")]
    if previous is not None:
        missing += _lacking(
            previous, verified(memorandum, lines, previous), "under the keys of the version before: "
        )
    return Tally(tuple(sorted(signed)), tuple(faults), tuple(missing))


def _line_faults(
    memorandum: Memorandum, lines: Iterable[SignatureLine], previous: Memorandum | None
) -> Iterable[Found]:
    seen: set[tuple[str, bytes]] = set()
    for line in lines:
        if (line.name, line.key_id) in seen:
            yield Found("signature", (), f"{line.name} signs twice")
        seen.add((line.name, line.key_id))
        signed = any(_signer(memorandum, line, one) for one in (memorandum, previous) if one is not None)
        if not signed and not (previous is None and _by_a_key_before(memorandum, line)):
            yield Found("signature", (), f"the line of {line.name} proves nothing")


def _lacking(terms: Memorandum, signed: frozenset[str], where: str) -> Iterable[Found]:
    needed = terms.document.exchange.signatures_needed
    if len(signed) < needed:
        yield Found("signatures-missing", _PATH, f"{where}{len(signed)} of {needed} have signed")
    for slug in terms.document.exchange.always_signs:
        if slug not in signed:
            yield Found("signatures-missing", _PATH, f"{where}{slug} has not signed, and always must")
