"""Writing an entry: an event onto the chains of its file, a control entry onto the chains of its readers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from accord.errors import GrantFaulty, SlotUnopened
from accord.keys import expand, gcm_open, gcm_seal
from accord.memorandum import Memorandum
from accord.seal.chain import Chain
from accord.seal.reading import OWN_LABEL, Book
from accord.seal.records import record
from accord.seal.ring import OwnRing, Position
from accord.seal.sealing import seal
from accord.sources import Entropy

_WRAP = b"accord/1 wrap"
_KEY_MESSAGE = b"accord/1 key message "
_GRANT_KEYS = b"accord/1 grant keys"
_ONCE = bytes(12)  # a wrapping key seals one message only, so its nonce can stand still
_LEAST_KEYS = 32


@dataclass(slots=True, frozen=True)
class Head:
    """The header's own fields of an event to be sealed; days and microseconds UTC."""

    kind: str
    file: bytes
    event_id: bytes
    supersedes: bytes | None
    correction_reason: str | None
    occurred_on: int
    recorded_at: int
    seen: tuple[int, ...]


def seal_event(
    book: Book,
    origin: bytes,
    entry_id: bytes,
    head: Head,
    values: Mapping[str, Any],
    ring: OwnRing,
    entropy: Entropy,
    labels: Sequence[str] = (),
) -> tuple[bytes, list[Position]]:
    """Seal an event for the readers that the memorandum gives it; returns the entry and the uses counted.

    The header slot comes first among the positions.
    """
    plan = book.plan(head.kind)
    memorandum = book.memorandum
    labels = labels or book.event_labels(head.kind, values)
    keys, uses = [], []
    for label in labels:  # one chain can serve two audiences of an entry: those who see and those who count
        pair = ring.keys(label)
        assert pair is not None
        keys.append(pair)
        uses.append(ring.use(label))
    texts = [part.restricted.encode(values) if part.audience.fields else b"" for part in plan.parts]
    numbers: list[int] = []

    def contents(slots: Sequence[int]) -> list[bytes]:
        numbers.extend(slots[: len(labels)])
        return [_header(head, plan.fingerprint, bytes(slots[1:])), *texts]

    data = seal(origin, entry_id, memorandum.sha256, keys, contents, entropy)
    return data, [Position(*place) for place in zip(numbers, labels, uses, strict=True)]


def _header(head: Head, schema: bytes, table: bytes) -> bytes:
    return record("header").encode(
        {
            "kind": head.kind,
            "schema": schema,
            "file": head.file,
            "event_id": head.event_id,
            "supersedes": head.supersedes,
            "correction_reason": head.correction_reason,
            "occurred_on": head.occurred_on,
            "recorded_at": head.recorded_at,
            "seen": head.seen,
            "table": table,
        }
    )


def seal_control(
    origin: bytes,
    entry_id: bytes,
    memorandum: Memorandum,
    plaintext: bytes,
    readers: Sequence[Chain],
    own: OwnRing,
    entropy: Entropy,
) -> tuple[bytes, list[Position]]:
    """Seal one plaintext to each reader's control chain and to the publisher itself; counts the uses."""
    own_keys = own.keys(OWN_LABEL)
    assert own_keys is not None
    keys = [own_keys, *(chain.keys for chain in readers)]
    numbers: list[int] = []

    def contents(slots: Sequence[int]) -> list[bytes]:
        numbers.append(slots[0])
        return [plaintext] * len(keys)

    data = seal(origin, entry_id, memorandum.sha256, keys, contents, entropy)
    for chain in readers:
        chain.advance()
    return data, [Position(numbers[0], OWN_LABEL, own.use(OWN_LABEL))]


class Handing(NamedTuple):
    """One chain handed to a recipient: its label, the use it is handed out from, and k at that use."""

    label: str
    start: int
    key: bytes


@dataclass(slots=True, frozen=True)
class GrantTerms:
    """Why and to whom a file is opened; `rule` is the place of the involvement rule in the memorandum."""

    recipient: str
    file: bytes
    file_class: str
    history: bool
    rule: int
    because_origin: str
    because_event: bytes
    recorded_at: int
    entries: tuple[int, ...]


def grant_record(
    book: Book, origin: bytes, entry_id: bytes, pair_key: bytes, terms: GrantTerms, handed: Sequence[Handing]
) -> tuple[bytes, bytes]:
    """The plaintext of a grant and its key message."""
    numbered = [(*book.chain_number(one.label), one) for one in handed]
    plain = [(number, one) for number, agencies, one in numbered if not agencies]
    named = [(number, agencies, one) for number, agencies, one in numbered if agencies]
    keys = [one.key for _, one in plain] + [one.key for _, _, one in named]
    message = key_message(origin, terms.recipient, entry_id, pair_key, keys)
    places = book.places
    plaintext = record("grant").encode(
        {
            "recipient": places[terms.recipient],
            "file": terms.file,
            "file_class": terms.file_class,
            "history": terms.history,
            "sets": [number for number, _ in plain],
            "starts": [one.start for _, one in plain],
            "named": [
                {"set": number, "agencies": agencies, "start": one.start} for number, agencies, one in named
            ],
            "rule": terms.rule,
            "because_origin": places[terms.because_origin],
            "because_event": terms.because_event,
            "recorded_at": terms.recorded_at,
            "entries": terms.entries,
            "keys": keys_digest(keys),
            "key_message": hashlib.sha256(message).digest(),
        }
    )
    return plaintext, message


def keys_digest(keys: Sequence[bytes]) -> bytes:
    """What a grant says of the chain keys that it hands over: SHA-256, which names them and tells nothing of them."""
    return hashlib.sha256(_GRANT_KEYS + b"".join(keys)).digest()


def key_message(
    origin: bytes, recipient: str, entry_id: bytes, pair_key: bytes, keys: Sequence[bytes]
) -> bytes:
    """Chain keys under AES-256-GCM with a key used once (NIST SP 800-38F, 3.1), zeros up to a power of two keys."""
    room = _LEAST_KEYS
    while room < len(keys):
        room *= 2
    plaintext = b"".join(keys) + bytes(32 * (room - len(keys)))
    return gcm_seal(expand(pair_key, _WRAP + entry_id), _ONCE, plaintext, _bound(origin, recipient))


def open_key_message(
    origin: bytes,
    recipient: str,
    entry_id: bytes,
    pair_key: bytes,
    message: bytes,
    count: int,
    digest: bytes,
) -> list[bytes]:
    """The chain keys of a grant; raises GrantFaulty unless they are the ones that the grant names by their digest."""
    try:
        plaintext = gcm_open(expand(pair_key, _WRAP + entry_id), _ONCE, message, _bound(origin, recipient))
    except SlotUnopened as error:
        raise GrantFaulty("a key message does not open under the pair key") from error
    keys = [plaintext[i * 32 : i * 32 + 32] for i in range(count)]
    if len(plaintext) < 32 * count or any(plaintext[32 * count :]) or keys_digest(keys) != digest:
        raise GrantFaulty("a key message holds other keys than its grant names")
    return keys


def _bound(origin: bytes, recipient: str) -> bytes:
    return _KEY_MESSAGE + bytes([len(origin)]) + origin + recipient.encode()
