"""Write the vectors of signature lines, enrolment and renewal cards: `python -m tests.vectors.make_memorandum`.

Made with accord.memorandum; `check_memorandum.py` checks them without it. Nothing in them is random.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from accord.keys import generate_hpke_key, generate_log_key, hpke_public, log_public, sign
from accord.memorandum import make_card, make_renewal, spoken
from accord.memorandum.signature import CONTEXT, SignatureLine, key_id

FOLDER = Path(__file__).parent / "memorandum"
TEXT = b'[exchange]\nname = "county"\n# any bytes: the signature does not read them\n'
CREATED = datetime(2025, 6, 1, tzinfo=UTC)


def signatures() -> list[dict[str, Any]]:
    """One good line and its faults, each with the public key it is checked against."""
    name = "county/court"
    key = generate_log_key(sha256(b"vector log key").digest())
    public = log_public(key)
    good = str(SignatureLine(name, key_id(name, public), sign(key, CONTEXT, TEXT)))
    other = str(SignatureLine(name, key_id(name, public), sign(key, "accord/1 enrolment", TEXT)))
    foreign = str(SignatureLine(name, b"\0\0\0\0", sign(key, CONTEXT, TEXT)))
    lines = [
        ("good", good + "\n", True),
        ("another purpose", other + "\n", False),
        ("another key id", foreign + "\n", False),
        ("another name", good.replace("court", "clerk") + "\n", False),
        ("no line feed", good, False),
        ("carriage return", good + "\r\n", False),
        ("hyphen for dash", good.replace("—", "-") + "\n", False),
        ("two spaces", good.replace(" county", "  county") + "\n", False),
        ("no padding", good.rstrip("=") + "\n", False),
        ("a bit flipped", good[:40] + ("A" if good[40] != "A" else "B") + good[41:] + "\n", False),
    ]
    shared = {"text": TEXT.decode(), "name": name, "public": base64.b64encode(public).decode()}
    return [shared | {"case": case, "line": line, "valid": valid} for case, line, valid in lines]


def cards() -> list[dict[str, Any]]:
    """One good card and its faults."""
    log = generate_log_key(sha256(b"vector log key").digest())
    hpke = hpke_public(generate_hpke_key(sha256(b"vector hpke key").digest()))
    good = make_card("county", "court", "court", log, hpke, CREATED)
    made = [
        ("good", good, True),
        ("another role", good.replace(b'"role":"court"', b'"role":"clerk"'), False),
        ("another time", good.replace(b"2025", b"2026"), False),
        ("a space", good.replace(b'","created', b'", "created'), False),
        ("no line feed", good[:-1], False),
        ("another format", good.replace(b"accord/1", b"accord/2"), False),
        ("a key more", good.replace(b'{"agency"', b'{"a":"b","agency"'), False),
    ]
    return [_card(*one) for one in made]


def renewals() -> list[dict[str, Any]]:
    """Two good renewal cards and their faults."""
    before, log = (
        generate_log_key(sha256(name).digest()) for name in (b"vector log key", b"vector log key 2")
    )
    hpke = hpke_public(generate_hpke_key(sha256(b"vector hpke key 2").digest()))
    good = make_renewal("county", "court", log, hpke, before, 4183, sha256(b"root").digest(), CREATED)
    planned = make_renewal("county", "court", log, hpke, before, 5000, b"", CREATED)
    said = json.loads(good)
    swapped = said | {"signature": said["signature_before"], "signature_before": said["signature"]}
    made = [
        ("good", good, True),
        ("no root is stated", planned, True),
        ("another size", good.replace(b"4183", b"4182"), False),
        ("a size as text", good.replace(b"4183", b'"4183"'), False),
        ("a size with a point", good.replace(b"4183", b"4183.0"), False),
        ("no root", good.replace(said["root"].encode(), b""), False),
        ("the signatures in each other's place", _written(swapped), False),
        ("signed by the new key alone", _written(said | {"signature_before": said["signature"]}), False),
        ("signed by the old key alone", _written(said | {"signature": said["signature_before"]}), False),
        ("another format", good.replace(b"accord/1 renewal", b"accord/1 enrolment"), False),
        ("a space", good.replace(b'","created', b'", "created'), False),
        ("no line feed", good[:-1], False),
        ("a key more", good.replace(b'{"agency"', b'{"a":"b","agency"'), False),
    ]
    return [_card(*one) for one in made]


def _written(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _card(case: str, card: bytes, valid: bool) -> dict[str, Any]:
    return {
        "case": case,
        "card": card.decode(),
        "sha256": sha256(card).hexdigest(),
        "spoken": spoken(card),
        "valid": valid,
    }


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for name, vectors in (("signatures", signatures()), ("cards", cards()), ("renewals", renewals())):
        text = json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
