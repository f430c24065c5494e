"""What an enrolment card and a renewal card have in common: canonical JSON, and a hash that is read aloud."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from accord.errors import Malformed

TIME = "%Y-%m-%dT%H:%M:%SZ"
_LONGEST = 4096


def canonical(said: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys, no spaces, ASCII; the line feed at a card's end is not in it."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def read_canonical(
    data: bytes, form: str, texts: Collection[str], numbers: Collection[str] = ()
) -> dict[str, Any]:
    """A card of this form, with these keys and no others, in its one encoding; raises Malformed."""
    said = _object(data)
    if said.keys() != {*texts, *numbers} or said["format"] != form:
        raise Malformed("a card of another shape")
    strange = [name for name in texts if type(said[name]) is not str]
    strange += [name for name in numbers if type(said[name]) is not int]
    if strange or canonical(said) + b"\n" != data:
        raise Malformed("a card is canonical JSON, ended by a line feed")
    return said


def form_of(data: bytes) -> str:
    """What a card says that it is; nothing about it is verified. Raises Malformed."""
    return str(_object(data).get("format"))


def spoken(card: bytes) -> str:
    """The SHA-256 of a card's bytes in 16 groups of four hex digits, to be compared by voice."""
    digest = hashlib.sha256(card).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, 64, 4))


def base64_of(raw: bytes) -> str:
    """Standard base64 with padding (RFC 4648)."""
    return base64.b64encode(raw).decode()


def _object(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data) if len(data) <= _LONGEST else None
    except (ValueError, RecursionError) as error:
        raise Malformed("a card is JSON") from error
    if not isinstance(said, dict):
        raise Malformed("a card is one JSON object")
    return said
