"""A receipt: what an emitter keeps to show that an event is in the log, checkable offline and by others.

    {"event_id": hex, "origin": log, "index": n, "leaf": base64, "inclusion": [base64 ...], "head":
    checkpoint note,
     "grade": "recorded here"}

`leaf` is the entry's leaf hash, `inclusion` its path to the root of `head` (RFC 9162, 2.1.3).
"""

from __future__ import annotations

import base64
import json
import re
from binascii import b2a_base64
from dataclasses import asdict, dataclass
from typing import Any

from accord.errors import Malformed
from accord.ledger import Checkpoint, Included, KeyAt, open_head, verify_inclusion

RECORDED_HERE = "recorded here"
_EVENT_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class Receipt:
    """An event's place in its publisher's log, with the proof."""

    event_id: str
    origin: str
    index: int
    leaf: str
    inclusion: tuple[str, ...]
    head: str
    grade: str = RECORDED_HERE

    @classmethod
    def make(cls, event_id: bytes, origin: str, place: Included) -> Receipt:
        """The receipt of an event from its place in the log."""
        proof = tuple(map(_text, place.proof))
        return cls(event_id.hex(), origin, place.index, _text(place.leaf), proof, place.head)

    def as_json(self) -> dict[str, Any]:
        """The receipt as it is printed."""
        return {**asdict(self), "inclusion": list(self.inclusion)}

    @classmethod
    def parse(cls, text: str) -> Receipt:
        """Read a receipt strictly: these keys, these types, an event id, a known grade, strict base64; raises Malformed."""
        try:
            said = json.loads(text)
        except ValueError as error:
            raise Malformed("a receipt is one JSON object") from error
        shape = {
            "event_id": str,
            "origin": str,
            "index": int,
            "leaf": str,
            "inclusion": list,
            "head": str,
            "grade": str,
        }
        if not isinstance(said, dict) or said.keys() != shape.keys():
            raise Malformed("a receipt has the keys " + ", ".join(shape))
        for name, kind in shape.items():
            if type(said[name]) is not kind:
                raise Malformed("not of the type a receipt has there", where=name)
        if any(type(one) is not str for one in said["inclusion"]):
            raise Malformed("not of the type a receipt has there", where="inclusion")
        if not _EVENT_ID.fullmatch(said["event_id"]):
            raise Malformed("an event id is 32 lower-case hex digits", where="event_id")
        if said["grade"] != RECORDED_HERE:
            raise Malformed("a grade that no receipt has", where="grade")
        return cls(**{**said, "inclusion": tuple(said["inclusion"])})

    @property
    def leaf_hash(self) -> bytes:
        """The entry's leaf hash."""
        return _bytes(self.leaf)

    def verify(self, key_at: KeyAt) -> Checkpoint:
        """Check head signature, by the key that its log had at that size, and inclusion offline; returns the head.

        Raises SignatureInvalid, ProofInvalid or Malformed.
        """
        checkpoint = open_head(self.head, self.origin, key_at)
        proof = [_bytes(one) for one in self.inclusion]
        verify_inclusion(_bytes(self.leaf), self.index, checkpoint.size, proof, checkpoint.root)
        return checkpoint


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("not strict base64")
    return data
