"""Writing an entry: an event onto the chains of its file, a control entry onto the chains of its readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from accord.errors import GrantFaulty, SlotUnopened
from accord.keys import expand, gcm_open, gcm_seal, mac
from accord.memorandum import Memorandum
from accord.seal.book import OWN_LABEL, Book
from accord.seal.chain import Chain
from accord.seal.header import Header, write_header
from accord.seal.records import record
from accord.seal.ring import OwnRing, Position
from accord.seal.sealing import seal
from accord.sources import Entropy

_WRAP = b"accord/1 wrap"
_COMMIT = b"accord/1 commit"
_KEY_MESSAGE = b"accord/1 key message "
_ONCE = bytes(12)  # a wrapping key seals one message only, so its nonce can stand still
_LEAST_KEYS = 32


class Head(NamedTuple):
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
        use, pair = ring.spend(label)
        uses.append(use)
        keys.append(pair)
    texts = [part.restricted.encode(values) if part.audience.fields else b"" for part in plan.parts]
    numbers: list[int] = []

    def contents(slots: Sequence[int]) -> list[bytes]:
        numbers.extend(slots[: len(labels)])
        return [_header(head, plan.fingerprint, bytes(slots[1:])), *texts]

    data = seal(origin, entry_id, memorandum.sha256, keys, contents, entropy)
    return data, list(map(Position, numbers, labels, uses))


def _header(head: Head, schema: bytes, table: bytes) -> bytes:
    return write_header(
        Header(
            head.kind,
            schema,
            head.file,
            head.event_id,
            head.supersedes,
            head.correction_reason,
            head.occurred_on,
            head.recorded_at,
            head.seen,
            table,
        )
    )


def seal_control(
    origin: bytes,
    entry_id: bytes,
    memorandum: Memorandum,
    plaintext: bytes,
    readers: Sequence[tuple[Chain, bytes]],
    own: OwnRing,
    entropy: Entropy,
) -> tuple[bytes, list[Position]]:
    """Seal a plaintext to the publisher itself, and to each reader's control chain what that reader is told; counts the
    uses.
    """
    use, own_keys = own.spend(OWN_LABEL)
    keys = [own_keys, *(chain.keys for chain, _ in readers)]
    texts = [plaintext, *(text for _, text in readers)]
    numbers: list[int] = []

    def contents(slots: Sequence[int]) -> list[bytes]:
        numbers.append(slots[0])
        return texts

    data = seal(origin, entry_id, memorandum.sha256, keys, contents, entropy)
    for chain, _ in readers:
        chain.advance()
    return data, [Position(numbers[0], OWN_LABEL, use)]


class Handing(NamedTuple):
    """One chain handed to a recipient: its label, the use it is handed out from, and k at that use."""

    label: str
    start: int
    key: bytes


class GrantTerms(NamedTuple):
    """Which file is opened, and because of which event; microseconds UTC."""

    file: bytes
    file_class: str
    because_origin: str
    because_event: bytes
    recorded_at: int


class ShareTerms(NamedTuple):
    """What one agency is given; `rule` is the place of the involvement rule in the memorandum."""

    recipient: str
    rule: int
    history: bool
    handed: Sequence[Handing]
    entries: tuple[int, ...]


@dataclass(slots=True)
class MadeGrant:
    """The whole plaintext of a grant, what each reader is told of it, and the recipients' key messages."""

    whole: bytes
    readers: dict[str, bytes]
    messages: dict[str, bytes]


def grant_record(
    book: Book,
    origin: bytes,
    entry_id: bytes,
    pair_key: Callable[[str], bytes],
    terms: GrantTerms,
    shares: Sequence[ShareTerms],
    watching: Sequence[str] = (),
) -> MadeGrant:
    """One grant for every agency that one event lets into a file; those who watch are told all of it."""
    publisher = origin.rpartition(b"/")[2].decode()
    made: dict[str, dict[str, Any]] = {}
    messages: dict[str, bytes] = {}
    for share in sorted(shares, key=lambda one: book.places[one.recipient]):
        slug = share.recipient
        said, keys = _share(book, publisher, terms.file_class, share)
        messages[slug] = key_message(origin, slug, entry_id, pair_key(slug), keys)
        said["key_message"] = sha256(messages[slug]).digest()
        made[slug] = said
    common = {
        "file": terms.file,
        "file_class": terms.file_class,
        "because_origin": book.places[terms.because_origin],
        "because_event": terms.because_event,
        "recorded_at": terms.recorded_at,
    }
    encode = record("grant").encode
    whole = encode({**common, "shares": list(made.values())})
    if len(made) == 1:
        return MadeGrant(whole, dict.fromkeys((*watching, *made), whole), messages)
    parts = {
        slug: encode({**common, "shares": [said]}) for slug, said in made.items() if slug not in watching
    }
    return MadeGrant(whole, dict.fromkeys(watching, whole) | parts, messages)


def _share(
    book: Book, publisher: str, file_class: str, share: ShareTerms
) -> tuple[dict[str, Any], list[bytes]]:
    """A share as its record says it, and the chain keys in its order."""
    handed = share.handed
    labels = book.labels_for(publisher, file_class, share.recipient)
    front = handed[: len(labels)]
    whole = tuple([one.label for one in front]) == labels and not any(one.start for one in front)
    numbered = [(*book.chain_number(one.label), one) for one in (handed[len(labels) :] if whole else handed)]
    named = [(number, agencies, one) for number, agencies, one in numbered if agencies]
    if whole and len(named) < len(numbered):  # a chain that began anew besides
        whole, numbered = False, [(*book.chain_number(one.label), one) for one in handed]
    plain = [(number, one) for number, agencies, one in numbered if not agencies]
    said = {
        "recipient": book.places[share.recipient],
        "rule": share.rule,
        "history": share.history,
        "whole": whole,
        "sets": [number for number, _ in plain],
        "starts": [one.start for _, one in plain],
        "named": [
            {"set": number, "agencies": agencies, "start": one.start} for number, agencies, one in named
        ],
        "entries": share.entries,
    }
    keys = [one.key for one in front] if whole else [one.key for _, one in plain]
    return said, keys + [one.key for _, _, one in named]


def key_message(
    origin: bytes, recipient: str, entry_id: bytes, pair_key: bytes, keys: Sequence[bytes]
) -> bytes:
    """A MAC of the chain keys, then the keys under AES-256-GCM, each with a key used once (NIST SP 800-38F, 3.1).

    Zeros fill up to a power of two keys. The MAC in front commits to the keys, which AES-GCM does not, and is random
    to all others: two agencies that are given the same keys get messages that have nothing in common. The grant names
    the whole by its SHA-256.
    """
    room = _LEAST_KEYS
    while room < len(keys):
        room *= 2
    plaintext = b"".join(keys)
    wrap = expand(pair_key, _WRAP + entry_id)
    sealed = gcm_seal(wrap, _ONCE, plaintext.ljust(32 * room, b"\0"), _bound(origin, recipient))
    return _commitment(pair_key, entry_id, plaintext) + sealed


def open_key_message(
    origin: bytes, recipient: str, entry_id: bytes, pair_key: bytes, message: bytes, count: int
) -> list[bytes]:
    """The chain keys of a share; raises GrantFaulty unless they are as many as it names, and committed to by the message."""
    commitment, sealed = message[:32], message[32:]
    try:
        plaintext = gcm_open(expand(pair_key, _WRAP + entry_id), _ONCE, sealed, _bound(origin, recipient))
    except SlotUnopened as error:
        raise GrantFaulty("a key message does not open under the pair key") from error
    keys, rest = plaintext[: 32 * count], plaintext[32 * count :]
    if len(keys) < 32 * count or any(rest) or _commitment(pair_key, entry_id, keys) != commitment:
        raise GrantFaulty("a key message holds other keys than its grant names")
    return [keys[i * 32 : i * 32 + 32] for i in range(count)]


def _commitment(pair_key: bytes, entry_id: bytes, keys: bytes) -> bytes:
    return mac(expand(pair_key, _COMMIT + entry_id), keys)


def _bound(origin: bytes, recipient: str) -> bytes:
    return _KEY_MESSAGE + bytes([len(origin)]) + origin + recipient.encode()
