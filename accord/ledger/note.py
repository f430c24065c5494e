"""C2SP signed-note: a text and the signatures under it.

    <text, one or more lines, each ended by U+000A>          signed as it stands, last newline included
    <an empty line>                                          the last one of the note
    — <key name> <base64(key id (4) ‖ signature)>            one or more, each ended by U+000A

A note that parses re-serializes to the same bytes: UTF-8, no control characters but the newline, standard
base64 with padding and no stray bits. Lines of unknown keys are kept as they are and say nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from accord.errors import Malformed, SignatureInvalid, UsageRefused

ED25519 = 0x01  # signature type identifier bytes (signed-note, "Signature types")
COSIGNATURE_V1 = 0x04
MAX_NOTE_BYTES = 1_000_000
_ROOM_TO_SIGN = 1_000
MAX_SIGNATURES = 100  # a verifier must accept at least 16

PublicKey = Ed25519PublicKey | bytes  # bytes: the 32 bytes of RFC 8032
_UNFIT = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")  # below U+0020 but the newline; half characters


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, its id (4 bytes) and what it made (1 byte or more)."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, without its newline."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.blob).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note; nothing about it is verified until `signatures_by` has been asked for a key."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: str | bytes) -> Note:
        """Parse a note strictly: `str(Note.parse(data))` is `data`. Raises Malformed (C2SP signed-note)."""
        whole = _decode(data)
        require_clean(whole)
        body, separator, tail = whole.rpartition("\n\n")
        if not separator or not tail.endswith("\n"):
            raise Malformed("a note is a text, an empty line and signature lines, each ended by a newline")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise Malformed(f"a note has more than {MAX_SIGNATURES} signatures")
        return cls(body + "\n", tuple(_parse_signature(line) for line in lines))

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line + "\n" for signature in self.signatures)

    def signed_also(self, *signatures: Signature) -> Note:
        """Return the note with more signature lines after those it has."""
        return Note(self.text, self.signatures + signatures)

    def names(self, name: str, public_key: PublicKey) -> bool:
        """Whether a line claims to be of this key; it is not verified by that."""
        known = key_id(name, public_key)
        return any((line.name, line.key_id) == (name, known) for line in self.signatures)

    def signatures_by(self, name: str, key_id: bytes) -> tuple[Signature, ...]:
        """Return the lines of one key; raises SignatureInvalid if there are none.

        A key is known by name and id together; a line that shares only one of them is of another key.
        """
        found = tuple(line for line in self.signatures if (line.name, line.key_id) == (name, key_id))
        if not found:
            raise SignatureInvalid("the note is not signed by the expected key")
        return found


def key_id(name: str, public_key: PublicKey, kind: int = ED25519) -> bytes:
    """Compute a key's id: SHA-256(name ‖ 0x0A ‖ kind ‖ public key)[:4] (C2SP signed-note, "Signatures")."""
    require_key_name(name)
    material = name.encode() + b"\n" + bytes([kind]) + public_bytes(public_key)
    return sha256(material).digest()[:4]


def sign_note(text: str, name: str, private_key: Ed25519PrivateKey) -> Note:
    """Sign a text that ends in a newline with an Ed25519 key; raises UsageRefused if no note can hold it."""
    return Signer(name, private_key).sign(text)


class Signer:
    """An Ed25519 key under the name by which notes know it; raises UsageRefused for a name that no note can carry."""

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self.name = name
        self._id = key_id(name, private_key.public_key())
        self._key = private_key

    def sign(self, text: str) -> Note:
        """Sign a text that ends in a newline; raises UsageRefused if no note can hold it."""
        try:
            require_clean(text)
        except Malformed as fault:
            raise UsageRefused(fault.message) from fault
        if not text.endswith("\n") or len(text.encode()) > MAX_NOTE_BYTES - _ROOM_TO_SIGN:
            raise UsageRefused("no note holds a text without a newline at its end, or one that is too long")
        return Note(text, (Signature(self.name, self._id, self._key.sign(text.encode())),))


def verify_note(note: Note, name: str, public_key: PublicKey) -> None:
    """Verify that a key signed the note, with every line that claims to be its own.

    Raises SignatureInvalid (C2SP signed-note, "Ed25519 signatures").
    """
    for signature in note.signatures_by(name, key_id(name, public_key)):
        verify_ed25519(public_key, signature.blob, note.text.encode())


def verify_ed25519(public_key: PublicKey, signature: bytes, message: bytes) -> None:
    """Verify one Ed25519 signature (RFC 8032); raises SignatureInvalid."""
    try:
        Ed25519PublicKey.from_public_bytes(public_bytes(public_key)).verify(signature, message)
    except (InvalidSignature, ValueError) as fault:  # ValueError: not a point of the curve
        raise SignatureInvalid("a signature of the expected key does not verify") from fault


def public_bytes(public_key: PublicKey) -> bytes:
    """Return the 32 bytes of an Ed25519 public key; raises UsageRefused for bytes of another length."""
    raw = public_key if isinstance(public_key, bytes) else public_key.public_bytes_raw()
    if len(raw) != 32:
        raise UsageRefused("an Ed25519 public key is 32 bytes")
    return raw


def require_key_name(name: str) -> None:
    """Refuse, with UsageRefused, a name that no signature line can carry (empty, or with a space or plus)."""
    if not _is_key_name(name):
        raise UsageRefused("a key name is not empty and has no space, plus or control character")


def require_clean(text: str) -> None:
    """Refuse, with Malformed, a text with a control character other than the newline, or not UTF-8."""
    if _UNFIT.search(text):
        raise Malformed("a note holds a control character other than the newline, or half a character")


def strict_base64(text: str) -> bytes:
    """Decode standard base64 that encodes back to the same text (RFC 4648, 4); raises Malformed."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as fault:
        raise Malformed("not base64") from fault
    if base64.b64encode(data).decode() != text:  # stray bits in the last character, or data after padding
        raise Malformed("base64 that has another, shorter or cleaner, spelling")
    return data


def _decode(data: str | bytes) -> str:
    try:
        raw = data if isinstance(data, bytes) else data.encode()
        text = raw.decode()
    except UnicodeError as fault:
        raise Malformed("a note is UTF-8") from fault
    if len(raw) > MAX_NOTE_BYTES:
        raise Malformed(f"a note is larger than {MAX_NOTE_BYTES} bytes")
    return text


def _parse_signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not _is_key_name(parts[1]):
        raise Malformed("a signature line is an em dash, a key name and base64, with one space between")
    blob = strict_base64(parts[2])
    if len(blob) < 5:
        raise Malformed("a signature line holds four bytes of key id and a signature")
    return Signature(parts[1], blob[:4], blob[4:])


@lru_cache(maxsize=256)
def _is_key_name(name: str) -> bool:
    return bool(name) and not _UNFIT.search(name) and not any(char.isspace() or char == "+" for char in name)
