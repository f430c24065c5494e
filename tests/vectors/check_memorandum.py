"""Check the vectors of signature lines, enrolment and renewal cards by docs/spec/memorandum.md alone.

Imports nothing from accord: `python tests/vectors/check_memorandum.py`. Raises AssertionError.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FOLDER = Path(__file__).parent / "memorandum"


def strict(text: str) -> bytes:
    """Base64 that has one form only."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError(text)
    return raw


def check_line(vector: dict[str, Any]) -> None:
    """Raises ValueError or InvalidSignature for a line that does not count."""
    match = re.fullmatch("\u2014 ([^ ]+) ([^ ]+)\n", vector["line"])
    if match is None or match[1] != vector["name"]:
        raise ValueError(vector["line"])
    raw, public = strict(match[2]), strict(vector["public"])
    named = f"{match[1]}\n".encode() + b"\xffaccord/1 memorandum\n" + public
    if len(raw) != 68 or raw[:4] != hashlib.sha256(named).digest()[:4]:
        raise ValueError(vector["line"])
    key = Ed25519PublicKey.from_public_bytes(public)
    key.verify(raw[4:], b"accord/1 memorandum\n" + vector["text"].encode())


def check_card(vector: dict[str, Any]) -> None:
    """Raises ValueError or InvalidSignature for a card that proves nothing."""
    card = vector["card"]
    said = json.loads(card)
    names = ["agency", "created", "exchange", "format", "hpke_key", "log_key", "role", "signature"]
    if list(said) != names or said["format"] != "accord/1 enrolment":
        raise ValueError(card)
    if json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n" != card:
        raise ValueError(card)
    signature, public = strict(said.pop("signature")), strict(said["log_key"])
    if (len(public), len(strict(said["hpke_key"]))) != (32, 65):
        raise ValueError(card)
    unsigned = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    Ed25519PublicKey.from_public_bytes(public).verify(signature, b"accord/1 enrolment\n" + unsigned)


def check_renewal(vector: dict[str, Any]) -> None:
    """Raises ValueError or InvalidSignature for a renewal card that proves nothing."""
    card = vector["card"]
    said = json.loads(card)
    texts = {"agency", "created", "exchange", "format", "hpke_key", "log_key", "log_key_before", "root"}
    texts |= {"signature", "signature_before"}
    if said.keys() != texts | {"from_size"} or said["format"] != "accord/1 renewal":
        raise ValueError(card)
    if not all(isinstance(said[name], str) for name in texts) or type(said["from_size"]) is not int:
        raise ValueError(card)
    if json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n" != card:
        raise ValueError(card)
    if not 0 < said["from_size"] < 2**53 or len(strict(said["root"])) not in (0, 32):
        raise ValueError(card)
    if len(strict(said["hpke_key"])) != 65:
        raise ValueError(card)
    signatures = {"log_key": said.pop("signature"), "log_key_before": said.pop("signature_before")}
    unsigned = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    for name, signature in signatures.items():
        key = Ed25519PublicKey.from_public_bytes(strict(said[name]))
        key.verify(strict(signature), b"accord/1 renewal\n" + unsigned)


def main() -> int:
    """Check every vector; returns how many there were."""
    count = 0
    for name, check in (("signatures", check_line), ("cards", check_card), ("renewals", check_renewal)):
        for vector in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")):
            try:
                check(vector)
                valid = True
            except (ValueError, InvalidSignature):
                valid = False
            assert valid == vector["valid"], (name, vector["case"])
            if name != "signatures":
                digest = hashlib.sha256(vector["card"].encode()).hexdigest()
                assert digest == vector["sha256"] == vector["spoken"].replace(" ", "")
            count += 1
    return count


if __name__ == "__main__":
    print(main(), "vectors")
