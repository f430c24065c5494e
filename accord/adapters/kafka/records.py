"""One record of a log topic: a bundle under the head of its own end, in the one form of schemas/wire/bundle.avsc."""

from __future__ import annotations

from collections.abc import Sequence

from accord.errors import Malformed, UsageRefused
from accord.ledger import Checkpoint, Note
from accord.ports import Bundle
from accord.seal import record

MOST_ENTRIES = 256
MOST_BYTES = 900 * 1024
CONTENT_TYPE = [("content-type", b"application/vnd.accord.v1+avro")]


def require_publishable(bundle: Bundle) -> None:
    """Raise UsageRefused where a bundle has too much in it or another head than its end's; Malformed for its head."""
    fault = _fault(bundle)
    if fault is not None:
        raise UsageRefused(fault, where=bundle.origin)


def encode_bundle(exchange: str, bundle: Bundle) -> bytes:
    """The record of a bundle that can be published."""
    return record("bundle", marked=False).encode(
        {
            "origin": f"{exchange}/{bundle.origin}",
            "first_index": bundle.first_index,
            "entries": list(bundle.entries),
            "head": bundle.head,
            "proof": [],
        }
    )


def decode_bundle(exchange: str, slug: str, data: bytes | None) -> Bundle:
    """The bundle in a record of an agency's log topic, its signature not verified. Raises Malformed."""
    values = record("bundle", marked=False).decode(data or b"")
    if values["origin"] != f"{exchange}/{slug}":
        raise Malformed("a bundle of another log")
    bundle = Bundle(slug, values["first_index"], values["entries"], values["head"], values["proof"])
    fault = _fault(bundle) if bundle.entries else "a bundle with nothing in it"
    if fault is not None:
        raise Malformed(fault)
    return bundle


def beginning_at(bundle: Bundle, start: int) -> Bundle:
    """What a bundle holds from an index on, under the same head."""
    entries: Sequence[bytes] = bundle.entries[start - bundle.first_index :]
    return Bundle(bundle.origin, start, entries, bundle.head)


def head_size(note: str) -> int:
    """The size that a checkpoint note speaks of, its signature not verified. Raises Malformed."""
    return Checkpoint.parse(Note.parse(note).text).size


def _fault(bundle: Bundle) -> str | None:
    if len(bundle.entries) > MOST_ENTRIES:
        return f"a bundle has at most {MOST_ENTRIES} entries"
    if sum(map(len, bundle.entries)) > MOST_BYTES and len(bundle.entries) > 1:
        return "a bundle has at most 900 KiB of entries"
    if bundle.proof or bundle.first_index < 0 or head_size(bundle.head) != bundle.end:
        return "a bundle is published with the head of its own end"
    return None
