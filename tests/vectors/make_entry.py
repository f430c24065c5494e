"""Write the vectors of what stands in a log: `python -m tests.vectors.make_entry`.

Made with accord.seal and accord.gateway; `check_entry.py` checks them without either. Nothing in them is random but one
thing: HPKE draws a key of its own, so a pair key that is there and still opens is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accord import catalog
from accord.errors import AccordError
from accord.gateway import Receipt
from accord.keys import (
    expand,
    generate_hpke_key,
    generate_log_key,
    hpke_open,
    hpke_public,
    hpke_seal,
    log_public,
)
from accord.ledger import Checkpoint, Included, Tree, inclusion_proof, leaf_hash, sign_checkpoint
from accord.memorandum import Memorandum
from accord.replica import pair_info
from accord.schema import Codec, Vocabulary
from accord.seal import (
    Book,
    GrantTerms,
    Handing,
    Head,
    MadeGrant,
    OwnRing,
    Position,
    ShareTerms,
    associated,
    control_chain,
    grant_record,
    make_key_bundle,
    parse_entry,
    record,
    seal_control,
    seal_event,
)
from accord.seal.entry import SIZE_CLASSES, serialize
from accord.sources import SeededEntropy

FOLDER = Path(__file__).parent / "entry"
ENTROPY = SeededEntropy(b"vectors")
LOG = generate_log_key(sha256(b"vector log key").digest())
HPKE = generate_hpke_key(sha256(b"vector hpke key").digest())
SECRET, PAIR = sha256(b"vector file secret").digest(), sha256(b"vector pair key").digest()
Case = dict[str, Any]


@cache
def book() -> Book:
    vocabulary = Vocabulary.load(catalog.schemas())
    text = (catalog.examples() / "walkthrough" / "memorandum.toml").read_bytes()
    return Book(Memorandum.parse(text, vocabulary), vocabulary, Codec(vocabulary))


def origin() -> str:
    return f"{book().memorandum.exchange}/police"


def some(name: str, size: int = 16) -> bytes:
    """Bytes that stand for random ones."""
    return ENTROPY.draw(size, name.encode())


def plain(value: Any) -> Any:
    """A value as JSON holds it: bytes as lower-case hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def standing(ring: OwnRing, label: str) -> tuple[int, bytes]:
    """The next use of a chain, and k at it."""
    return ring.hand_out(label, history=False)[-1]


# ---- Chains ----


def chains() -> list[Case]:
    cases = []
    for label in ("coordinator", "#coordinator+court", "court@reeducation", "", "="):
        ring = OwnRing(SECRET)
        if label == "coordinator":
            ring.begin_anew(label, 2)
        for n in range(3):
            locator, key = ring.keys(label) or (b"", b"")
            event = ring.event_key(label, n) or b""
            _, k = standing(ring, label)
            begun = 2 if label == "coordinator" and n == 2 else 0
            where = {"secret": SECRET, "label": label, "begun": begun, "n": n}
            cases.append(plain({**where, "k": k, "e": event, "locator": locator, "key": key}))
            ring.use(label)
    for n in (0, 1, 7):
        chain = control_chain(PAIR, n)
        said = {"k": chain.key, "e": chain.event_key, "locator": chain.keys[0], "key": chain.keys[1]}
        cases.append(plain({"pair": PAIR, "label": None, "n": n, **said}))
    return cases


# ---- The form of an entry ----


def raw_entry(size: int) -> bytes:
    locators = sorted(some(f"locator {number}", 32) for number in range(8))
    slots = [(one, some(f"nonce {one.hex()}", 12), some(f"text {one.hex()}", size + 16)) for one in locators]
    return serialize(some("entry id"), some("memorandum", 32), size, slots)


def entries() -> list[Case]:
    good = raw_entry(256)
    slot = (len(good) - 51) // 8
    first, second = good[50 : 50 + slot], good[50 + slot : 50 + 2 * slot]
    rest = good[50 + 2 * slot :]
    bad = {
        "no bytes": b"",
        "one byte less": good[:-1],
        "one byte more": good + b"\x00",
        "another version": b"\x04" + good[1:],
        "an overlong version": b"\x82\x00" + good[1:],
        "seven slots promised": good[:49] + b"\x0e" + good[50:],
        "a block with its size": good[:49] + b"\x0f" + good[50:],
        "slots out of order": good[:50] + second + first + rest,
        "two slots of one locator": good[:50] + first + first + rest,
        "another length of one ciphertext": good[: 50 + 44] + b"\xa2\x04" + good[50 + 46 :],
        "no end of the slots": good[:-1] + b"\x02",
    }
    cases: list[Case] = [{"name": f"class {size}", "valid": True, "size": size} for size in SIZE_CLASSES]
    for case in cases:
        case["data"] = raw_entry(case["size"]).hex()
    return cases + [{"name": name, "valid": False, "data": data.hex()} for name, data in bad.items()]


# ---- Events ----

ARREST = {
    "arrest_number": {"kind": "arrest", "issuer": "police", "value": "A2400001"},
    "occurred_at": 1_717_470_900_000_000,
    "arrest_kind": "on_view",
    "offenses": ["assault"],
    "mandatory_arrest": True,
    "dual_arrest": False,
}


def values(kind: str, **given: Any) -> dict[str, Any]:
    return {name: given.get(name) for name in book().vocabulary.events[kind].names}


def referral(agency: str) -> dict[str, Any]:
    numbers = [ARREST["arrest_number"]]
    return values("CaseReferred", to_agency=agency, purpose="charging_decision", case_numbers=numbers)


def head(kind: str, number: int) -> Head:
    return Head(
        kind, some("file"), some(f"event {number}"), None, None, 19_877, 1_717_480_000_000_000 + number, SEEN
    )


SEEN = (3, 0, 127, 128, 16_384, 2**40 - 1)


def plan_of(kind: str) -> Case:
    """What a reader must know of a kind: docs/spec/memorandum.md and vocabulary.md say how it follows."""
    plan = book().plan(kind)
    parts = [
        {
            "labels": part.labels,
            "fields": part.restricted.fields,
            "schema": json.loads(part.restricted.canonical),
            "admitted": {name: found for name in part.audience.fields if (found := admitted(kind, name))},
        }
        for part in plan.parts
    ]
    return plain({"schema": plan.fingerprint, "header_labels": plan.header_labels, "parts": parts})


def admitted(kind: str, name: str) -> Case | None:
    """What the memorandum narrows a field to: its codes, its agencies, or the patterns of its issuers."""
    spec, memorandum = book().vocabulary.events[kind].field(name).spec, book().memorandum
    if spec.type in ("number", "numbers"):
        return {
            "numbers": {
                slug: {one: pattern.pattern for one, pattern in kinds.items()}
                for slug, kinds in memorandum.numbers.items()
            }
        }
    if spec.type == "agency":
        return {"codes": sorted(memorandum.agencies)}
    if spec.list and book().vocabulary.lists[spec.list].local and spec.type in ("code", "codes"):
        local = memorandum.local_codes.get(spec.list, frozenset())
        return {"codes": sorted({*book().vocabulary.lists[spec.list].codes, *local})}
    return None


def publishes() -> list[str]:
    """The kinds that the publisher of these entries may publish."""
    memorandum = book().memorandum
    return sorted(memorandum.publishes(memorandum.agencies["police"].role))


def sealed(kind: str, said: dict[str, Any], number: int, ring: OwnRing) -> tuple[bytes, list[Position]]:
    entry_id = some(f"entry {number}")
    return seal_event(book(), origin().encode(), entry_id, head(kind, number), said, ring, ENTROPY)


def event_case(name: str, kind: str, data: bytes, held: dict[str, tuple[int, bytes]], **said: Any) -> Case:
    """`held`: label -> (use the chain stands at, k at that use)."""
    chains_held = {label: {"n": n, "k": k.hex()} for label, (n, k) in held.items()}
    case = {"name": name, "origin": origin(), "kinds": {kind: plan_of(kind)}, "file": some("file").hex()}
    case |= {"publishes": publishes(), "reasons": sorted(book().correction_reasons - {None})}
    return {**case, "held": chains_held, "entry": data.hex(), "expect": "opened", **plain(said)}


def opened(kind: str, number: int, said: dict[str, Any], held: Sequence[str], places: list[Position]) -> Case:
    """What a reader of these chains finds in the entry."""
    fields = [
        name
        for part, place in zip(book().plan(kind).parts, places[1:], strict=True)
        if place.label in held
        for name in part.restricted.fields
    ]
    one = head(kind, number)
    return {
        "header": {
            "kind": kind,
            "schema": book().plan(kind).fingerprint,
            "file": one.file,
            "event_id": one.event_id,
            "supersedes": None,
            "correction_reason": None,
            "occurred_on": one.occurred_on,
            "recorded_at": one.recorded_at,
            "seen": list(one.seen),
            "table": table(places),
        },
        "values": {name: said[name] for name in fields},
        "positions": [[place.slot, place.label, place.n] for place in places if place.label in held],
    }


def table(places: list[Position]) -> bytes:
    """Slot numbers of the audiences, then of the decoys in the order they were drawn; the latter from the entry itself."""
    return TABLES[tuple(places)]


TABLES: dict[tuple[Position, ...], bytes] = {}


def note_table(data: bytes, places: list[Position], ring: OwnRing) -> None:
    entry = parse_entry(data)
    keys = ring.keys_at(places[0].label, places[0].n)
    assert keys is not None
    bound = associated(origin().encode(), entry.entry_id, entry.memorandum) + entry.locators[places[0].slot]
    text = AESGCM(keys[1]).decrypt(entry.nonces[places[0].slot], entry.ciphertexts[places[0].slot], bound)
    said = record("header").decode(text.rstrip(b"\x00")[:-1])
    TABLES[tuple(places)] = said["table"]


def events() -> list[Case]:
    ring, cases = OwnRing(SECRET), []
    stories = [
        ("ArrestMade", values("ArrestMade", **ARREST)),
        ("CaseReferred", referral("prosecutor")),
        ("CaseReferred", referral("reeducation")),
    ]
    for number, (kind, said) in enumerate(stories):
        labels = book().event_labels(kind, said)
        held = {label: standing(ring, label) for label in labels}
        data, places = sealed(kind, said, number, ring)
        note_table(data, places, ring)
        readers = {"publisher": list(labels)}
        for slug in ("prosecutor", "court", "reeducation", "advocacy", "auditor"):
            readers[slug] = [label for label in labels if book().admits(label, slug)]
        for reader, mine in readers.items():
            some_held = {label: held[label] for label in mine}
            name = f"{kind} {number} read by {reader}"
            if labels[0] in mine:
                found = opened(kind, number, said, mine, places)
                cases.append(event_case(name, kind, data, some_held, **found))
            else:
                cases.append(event_case(name, kind, data, some_held, expect="nothing"))
        if number == 0:
            cases += faulty_events(kind, data, held, places)
    return cases


def faulty_events(
    kind: str, data: bytes, held: dict[str, tuple[int, bytes]], places: list[Position]
) -> list[Case]:
    def resealed(which: int, change: Callable[[bytes], bytes]) -> bytes:
        """The entry with another padded plaintext in one of its slots, under the right key."""
        entry, ring = parse_entry(data), OwnRing(SECRET)
        place = places[which]
        keys = ring.keys_at(place.label, place.n)
        assert keys is not None
        bound = associated(origin().encode(), entry.entry_id, entry.memorandum) + entry.locators[place.slot]
        cipher, nonce = AESGCM(keys[1]), entry.nonces[place.slot]
        text = change(cipher.decrypt(nonce, entry.ciphertexts[place.slot], bound))
        texts = [*entry.ciphertexts]
        texts[place.slot] = cipher.encrypt(nonce, text, bound)
        slots = list(zip(entry.locators, entry.nonces, texts, strict=True))
        return serialize(entry.entry_id, entry.memorandum, len(text), slots)

    def header_with(change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
        def changed(text: bytes) -> bytes:
            bare = record("header").encode(change(record("header").decode(text.rstrip(b"\x00")[:-1])))
            return bare + b"\x80" + bytes(len(text) - len(bare) - 1)

        return resealed(0, changed)

    def flipped(at: int) -> bytes:
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    slot = (len(data) - 51) // 8
    header, part = (50 + slot * places[which].slot for which in (0, 1))
    alien = b"\xc3\x01" + bytes(8) + b"\x80"  # no schema has a fingerprint of zeros
    cases: list[tuple[str, bytes, str]] = [
        ("a flipped bit in the header's ciphertext", flipped(header + 46), "unopened"),
        ("a flipped bit in the header's nonce", flipped(header + 32), "unopened"),
        ("a flipped bit in a part's ciphertext", flipped(part + slot - 1), "unopened"),
        ("a flipped bit in the entry id", flipped(1), "unopened"),
        ("a flipped bit in the memorandum", flipped(17), "unopened"),
        ("a header without padding", resealed(0, lambda text: bytes(len(text))), "malformed"),
        ("a header in another encoding", resealed(0, lambda text: text[:-1] + b"\x80"), "malformed"),
        ("a table that numbers a slot twice", header_with(lambda one: {**one, "table": one["table"][:1] * 7}), "malformed"),
        ("a table beyond the slots", header_with(lambda one: {**one, "table": bytes(range(2, 9))}), "malformed"),
        ("another schema than the kind has", header_with(lambda one: {**one, "schema": bytes(8)}), "malformed"),
        ("another file than the chain's", header_with(lambda one: {**one, "file": bytes(16)}), "malformed"),
        ("a day after all calendars", header_with(lambda one: {**one, "occurred_on": 2_932_897}), "malformed"),
        ("a day before all calendars", header_with(lambda one: {**one, "occurred_on": -719_163}), "malformed"),
        ("a time after all calendars", header_with(lambda one: {**one, "recorded_at": 2**62}), "malformed"),
        ("less than nothing seen", header_with(lambda one: {**one, "seen": [-1, *one["seen"][1:]]}), "malformed"),
        ("a reason without a correction", header_with(lambda one: {**one, "correction_reason": "typing"}), "malformed"),
        ("a correction without a reason", header_with(lambda one: {**one, "supersedes": bytes(16)}), "malformed"),
        ("a reason that is no code", header_with(
            lambda one: {**one, "supersedes": bytes(16), "correction_reason": "he said"}), "malformed"),
        ("a part with other fields", resealed(1, lambda text: alien + bytes(len(text) - len(alien))), "over_disclosed"),
    ]  # fmt: skip
    made = [event_case(name, kind, entry, held, expect=expect) for name, entry, expect in cases]
    made += [event_case(name, kind, entry, held, expect="malformed") for name, entry in foreign_values(kind)]
    moved = event_case("the entry in another log", kind, data, held, expect="unopened")
    moved["origin"] = origin().replace("police", "court")
    late = {label: (n + 1, expand(k, b"accord/1 next")) for label, (n, k) in held.items()}
    return [*made, moved, event_case("held from the use after", kind, data, late, expect="nothing")]


def foreign_values(kind: str) -> list[tuple[str, bytes]]:
    """Arrests with values that fit every schema and that this memorandum does not have; on the first uses."""
    number = ARREST["arrest_number"]
    odd = {
        "an issuer that is no agency": {"arrest_number": {**number, "issuer": "nobody"}},
        "a number outside its issuer's pattern": {"arrest_number": {**number, "value": "7-7"}},
        "a code that nobody agreed on": {"offenses": ["no_such_offense"]},
    }
    return [
        (name, sealed(kind, values(kind, **{**ARREST, **changes}), 0, OwnRing(SECRET))[0])
        for name, changes in odd.items()
    ]


# ---- Control entries, grants and key messages ----


def controls() -> list[Case]:
    entry_id = some("control entry")
    static = book().labels_for("police", "case", "court")
    ring = OwnRing(SECRET)
    all_of_it = given(
        "court", [Handing(label, *one) for label in static for one in ring.hand_out(label, history=False)]
    )
    ring.begin_anew(static[0], 4)
    labels = [*static, "@court"]
    handed = [Handing(label, *one) for label in labels for one in ring.hand_out(label, history=True)]
    history = given("court", handed, history=True, entries=(0, 5, 300))
    named = given("court", handed[-1:])
    theirs = book().labels_for("police", "case", "advocacy")
    watching = given(
        "advocacy", [Handing(label, *one) for label in theirs for one in ring.hand_out(label, history=True)]
    )
    cases = [
        grant_case("a grant of all chains", entry_id, [all_of_it], "court"),
        grant_case("a grant with the history", entry_id, [history], "court"),
        grant_case("a grant of a chain with agencies named", entry_id, [named], "court"),
        grant_case("a grant by a rule of an earlier version", entry_id, [named._replace(rule=-1)], "court"),
        grant_case("a grant of more than 32 chains", entry_id, [given("court", handed * 5)], "court"),
        grant_case("a grant to two, as one of them is told", entry_id, [watching, history], "court"),
        grant_case("a grant to two, as who watches is told", entry_id, [watching, history], "advocacy"),
        {
            **grant_case("a grant to another, as who watches is told", entry_id, [history], "advocacy"),
            "expect": "nothing",
        },
    ]
    cases += [*faulty_grants(entry_id, all_of_it, history), *malformed_grants(entry_id, watching, history)]
    adopted = {"adopted": book().memorandum.sha256, "version": 1, "recorded_at": 1_717_480_000_000_000}
    cases.append(
        control_case(
            "an adoption", entry_id, "memorandum_adopted", record("memorandum_adopted").encode(adopted)
        )
    )
    notice = {
        "fault": "over_disclosed",
        "about_origin": 1,
        "about_index": 4711,
        "about_entry": some("faulty"),
        "recorded_at": 1_717_480_000_000_000,
    }
    cases.append(control_case("a notice", entry_id, "notice", record("notice").encode(notice)))
    reads = {"note": "exchange/police/reads\n1\nroot\n", "recorded_at": 1_717_480_000_000_000}
    cases.append(
        control_case("a head of a reading log", entry_id, "reads_head", record("reads_head").encode(reads))
    )
    later = control_case(
        "not the next use of the control chain", entry_id, "notice", record("notice").encode(notice)
    )
    return [*cases, {**later, "n": 6, "expect": "nothing"}]


def control_case(name: str, entry_id: bytes, kind: str, plaintext: bytes) -> Case:
    """A control entry on use 5 of the chain to its reader, on use 0 of the publisher's own."""
    others = control_chain(sha256(b"another reader").digest(), 2)
    readers = [(control_chain(PAIR, 5), plaintext), (others, plaintext)]
    memorandum = book().memorandum
    data, _ = seal_control(
        origin().encode(), entry_id, memorandum, plaintext, readers, OwnRing(SECRET), ENTROPY
    )
    said = {"name": name, "origin": origin(), "recipient": "court", "pair": PAIR, "n": 5, "entry": data}
    return plain({**said, "record": kind, "expect": "opened", "says": record(kind).decode(plaintext)})


OTHER = sha256(b"another pair key").digest()
TERMS = GrantTerms(some("file"), "case", "police", some("event 0"), 1_717_480_000_000_000)


def given(
    slug: str, handed: Sequence[Handing], *, history: bool = False, entries: tuple[int, ...] = ()
) -> ShareTerms:
    return ShareTerms(slug, 3, history, handed, entries)


def made_grant(entry_id: bytes, shares: Sequence[ShareTerms], reader: str) -> MadeGrant:
    """A grant; `PAIR` is shared with the reader, and another key with all others."""
    return grant_record(
        book(), origin().encode(), entry_id, lambda slug: PAIR if slug == reader else OTHER, TERMS, shares
    )


def grant_case(name: str, entry_id: bytes, shares: Sequence[ShareTerms], reader: str) -> Case:
    """A grant as its reader is told of it, and what that hands over."""
    made = made_grant(entry_id, shares, reader)
    watching = book().memorandum.agencies[reader].role in ("coordinator", "auditor")
    case = said_case(
        name,
        entry_id,
        made.whole if watching else made.readers[reader],
        made.messages.get(reader, b""),
        reader,
    )
    handed = [each for one in shares if one.recipient == reader for each in one.handed]
    numbered = [one for one in handed if "@" not in one.label] + [one for one in handed if "@" in one.label]
    return {**case, "chains": [[one.label, one.start, one.key.hex()] for one in numbered]}


def said_case(name: str, entry_id: bytes, said: bytes, message: bytes, reader: str = "court") -> Case:
    """These words as a grant, and what its reader has to know of the memorandum."""
    memorandum = book().memorandum
    known = {
        "agencies": list(book().slugs),
        "roles": {slug: agency.role for slug, agency in memorandum.agencies.items()},
        "role_sets": [list(one) for one in memorandum.role_sets],
        "static": list(book().file_labels("police", TERMS.file_class)),
        "sealable": sorted(book().all_labels("police")),
    }
    case = control_case(name, entry_id, "grant", said)
    return {**case, "recipient": reader, **known, "message": message.hex(), "chains": []}


def faulty_grants(entry_id: bytes, all_of_it: ShareTerms, history: ShareTerms) -> list[Case]:
    """A message that the grant names, and that holds other keys than it says; and grants that say too much or too little."""
    made = made_grant(entry_id, [history], "court")
    message = made.messages["court"]
    front, key = message[:32], expand(PAIR, b"accord/1 wrap" + entry_id)
    bound = b"accord/1 key message " + bytes([len(origin())]) + origin().encode() + b"court"
    text = AESGCM(key).decrypt(bytes(12), message[32:], bound)

    def case(name: str, plaintext: bytes, other: bytes, expect: str = "grant_faulty") -> Case:
        said = record("grant").decode(plaintext)
        said["shares"][0]["key_message"] = sha256(other).digest()
        return {**said_case(name, entry_id, record("grant").encode(said), other), "expect": expect}

    def sealed_again(changed: bytes, bound: bytes = bound) -> bytes:
        return front + AESGCM(key).encrypt(bytes(12), changed, bound)

    whole = made_grant(entry_id, [all_of_it], "court").whole
    fewer = made_grant(entry_id, [all_of_it._replace(handed=all_of_it.handed[:-1])], "court")
    more = made_grant(
        entry_id, [all_of_it._replace(handed=[*all_of_it.handed, all_of_it.handed[0]])], "court"
    )
    sealable = (one for one in sorted(book().all_labels("police")) if "@" not in one)
    theirs = next(one for one in sealable if one and not book().admits(one, "court"))
    foreign = OwnRing(SECRET).hand_out(theirs, history=False)[0]
    alien = made_grant(entry_id, [given("court", [Handing(theirs, *foreign)])], "court")
    several = made_grant(entry_id, [all_of_it._replace(recipient="police"), history], "court")
    others = said_case("another agency's share", entry_id, several.whole, several.messages["court"])
    unnamed = said_case("a message it does not name", entry_id, made.whole, message + b"\x00")
    return [
        case("a key message that does not open", made.whole, message[:-1] + bytes([message[-1] ^ 1])),
        case("a key message with other keys", made.whole, sealed_again(bytes(32) + text[32:])),
        case("a key message that commits to other keys", made.whole, bytes(32) + message[32:]),
        case("a key message with more than zeros after its keys", made.whole, sealed_again(text[:-1] + b"\x01")),
        case("a key message for another recipient", made.whole, sealed_again(text, bound[:-5] + b"polic")),
        case("a key message of its digest alone", made.whole, message[:32]),
        case("all chains, and a key too few", whole, fewer.messages["court"]),
        case("all chains, and a key too many", whole, more.messages["court"]),
        case("a chain that the recipient is no reader of", alien.whole, alien.messages["court"], "over_disclosed"),
        {**others, "expect": "over_disclosed"},
        {**unnamed, "expect": "awaiting"},
    ]  # fmt: skip


def malformed_grants(entry_id: bytes, watching: ShareTerms, history: ShareTerms) -> list[Case]:
    said = record("grant").decode(made_grant(entry_id, [watching, history], "court").whole)
    one, other = said["shares"]

    def case(name: str, *shares: Case, **changes: Any) -> Case:
        plaintext = record("grant").encode({**said, "shares": list(shares), **changes})
        return {**said_case(name, entry_id, plaintext, b""), "expect": "malformed"}

    row = {"set": 0, "agencies": [1], "start": 0}
    return [
        case("no share"),
        case("shares that do not rise", *sorted((one, other), key=lambda one: -one["recipient"])),
        case("two shares of one agency", other, other),
        case("all chains, and a list of chains", {**other, "whole": True}),
        case("a start too few", {**other, "starts": other["starts"][:-1]}),
        case("a use before the first", {**other, "starts": [-1, *other["starts"][1:]]}),
        case("a named chain's use before the first", {**other, "named": [{**row, "start": -1}]}),
        case("a rule below that of another version", {**other, "rule": -2}),
        case("a role set that is not there", {**other, "sets": [9999, *other["sets"][1:]]}),
        case("a role set before the first", {**other, "sets": [-2, *other["sets"][1:]]}),
        case("an agency before the first", {**other, "named": [{**row, "agencies": [-1]}]}),
        case("a chain that nothing is sealed on", {**other, "named": [{**row, "agencies": [1, 1]}]}),
        case("agencies out of order", {**other, "named": [{**row, "agencies": [2, 1]}]}),
        case("an agency that is not there", {**other, "recipient": len(book().slugs)}),
        case("a cause by an agency that is not there", other, because_origin=-1),
    ]


# ---- Pair keys, key bundles, records ----


def pairs() -> list[Case]:
    """HPKE messages: kept from the last time if they still open, since each sealing draws anew."""
    cases = []
    private = HPKE.private_numbers().private_value.to_bytes(32, "big").hex()
    known = {one["name"]: one for one in _read("pairs")}
    for name, generation in (("generation 0", 0), ("generation 7", 7)):
        info = pair_info(origin(), "court", generation)
        sealed_key = bytes.fromhex(known[name]["sealed"]) if name in known else b""
        try:
            assert hpke_open(HPKE, info, sealed_key) == PAIR
        except (AccordError, AssertionError):
            sealed_key = hpke_seal(hpke_public(HPKE), info, PAIR)
        said = {"name": name, "origin": origin(), "recipient": "court", "generation": generation}
        cases.append(
            {**said, "private": private, "sealed": sealed_key.hex(), "pair": PAIR.hex(), "valid": True}
        )
    first = cases[0]
    data = bytearray.fromhex(first["sealed"])
    suite = bytes([*data[:1], data[1] ^ 1, *data[2:]])
    data[-1] ^= 1
    return [
        *cases,
        {**first, "name": "for another generation", "generation": 1, "valid": False},
        {**first, "name": "for another recipient", "recipient": "police", "valid": False},
        {**first, "name": "a flipped bit", "sealed": bytes(data).hex(), "valid": False},
        {**first, "name": "another suite", "sealed": suite.hex(), "valid": False},
        {**first, "name": "too short", "sealed": first["sealed"][:160], "valid": False},
    ]


def keys() -> list[Case]:
    def made(messages: Sequence[bytes], pair_keys: Sequence[tuple[int, bytes]] = ()) -> bytes:
        return make_key_bundle(origin(), "court", 300, pair_keys, messages, LOG, ENTROPY)

    good = made(
        [some("message one", 48), some("message two", 48), some("message three", 48)],
        [(0, b"pair"), (3, b"later")],
    )
    said = {"public": log_public(LOG), "origin": origin(), "recipient": "court", "covers": 300}
    unsigned = good[:-64]
    digest = sha256(unsigned).digest()
    cases = [
        ("three messages and a decoy, two pair keys", good, True),
        ("a decoy alone", made([]), True),
        ("a flipped bit in the signature", good[:-1] + bytes([good[-1] ^ 1]), False),
        ("a flipped bit in a message", good[:-300] + bytes([good[-300] ^ 1]) + good[-299:], False),
        ("without its signature", unsigned, False),
        ("a byte after it", good + b"\x00", False),
        ("signed for another purpose", unsigned + LOG.sign(b"accord/1 memorandum\n" + digest), False),
        ("signed without its SHA-256", unsigned + LOG.sign(b"accord/1 keys\n" + unsigned), False),
        ("messages out of order", signed_again(lambda one: one["messages"].reverse()), False),
        (
            "one message twice",
            signed_again(lambda one: one["messages"].__setitem__(1, one["messages"][0])),
            False,
        ),
        ("three messages", signed_again(lambda one: one["messages"].pop()), False),
        ("no messages", signed_again(lambda one: one["messages"].clear()), False),
        ("generations out of order", signed_again(lambda one: one["pair_keys"].reverse()), False),
    ]
    made_cases = [plain({"name": name, **said, "data": data, "valid": valid}) for name, data, valid in cases]
    first = made_cases[0]
    return [
        *made_cases,
        {**first, "name": "asked for another recipient", "recipient": "police", "valid": False},
        {**first, "name": "asked for another size", "covers": 301, "valid": False},
        {**first, "name": "asked for another log", "origin": origin() + "x", "valid": False},
    ]


def signed_again(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """A key bundle that is not as the form says, under a good signature."""
    said: dict[str, Any] = {
        "origin": origin(),
        "recipient": "court",
        "covers": 300,
        "pair_keys": [{"generation": 0, "sealed": b"pair"}, {"generation": 3, "sealed": b"later"}],
        "messages": [b"a", b"b", b"c", b"d"],
        "signature": bytes(64),
    }
    change(said)
    unsigned = record("keys", marked=False).encode(said)[:-64]
    return unsigned + LOG.sign(b"accord/1 keys\n" + sha256(unsigned).digest())


def records() -> list[Case]:
    adopted = record("memorandum_adopted").encode({"adopted": bytes(32), "version": 1, "recorded_at": 64})
    bundle = {"origin": "x/y", "first_index": 0, "entries": [b"one"], "head": "h\n", "proof": [bytes(32)]}
    carried = record("bundle", marked=False).encode(bundle)
    cases: list[tuple[str, str, bytes, bool]] = [
        ("an adoption", "memorandum_adopted", adopted, True),
        ("a bundle, without marker", "bundle", carried, True),
        ("another fingerprint", "memorandum_adopted", adopted[:9] + bytes([adopted[9] ^ 1]) + adopted[10:], False),
        ("without marker", "memorandum_adopted", adopted[10:], False),
        ("an overlong number", "memorandum_adopted", adopted[:42] + b"\x82\x00" + adopted[43:], False),
        ("a byte after it", "memorandum_adopted", adopted + b"\x00", False),
        ("a byte too few", "memorandum_adopted", adopted[:-1], False),
        ("an array in two blocks", "bundle", carried.replace(b"\x02\x06one\x00", b"\x02\x06one\x02\x06two\x00"), False),
        ("an array in a block with its size", "bundle", carried.replace(b"\x02\x06one\x00", b"\x01\x08\x06one\x00"), False),
    ]  # fmt: skip
    return [{"name": n, "record": kind, "data": data.hex(), "valid": ok} for n, kind, data, ok in cases]


# ---- Receipts ----


def receipts() -> list[Case]:
    leaves = [leaf_hash(b"entry %d" % number) for number in range(11)]
    tree = Tree()
    nodes = {(level, index): value for level, index, value in tree.append_many(leaves)}
    note = sign_checkpoint(Checkpoint(origin(), tree.size, tree.root()), LOG)
    cases: list[Case] = []
    for index in (0, 6, 10):
        proof = inclusion_proof(index, tree.size, lambda level, at: nodes[level, at])
        made = Receipt.make(some(f"event {index}"), origin(), Included(index, leaves[index], proof, note))
        cases.append({"name": f"leaf {index} of 11", "receipt": made.as_json(), "expect": "valid"})
    good = cases[1]["receipt"]
    bad: list[tuple[str, Case, str]] = [
        ("another index", {"index": 5}, "proof"),
        ("an index beyond the head", {"index": 11}, "proof"),
        ("a negative index", {"index": -1}, "proof"),
        ("another leaf", {"leaf": cases[0]["receipt"]["leaf"]}, "proof"),
        ("a shorter proof", {"inclusion": good["inclusion"][:-1]}, "proof"),
        ("a longer proof", {"inclusion": [*good["inclusion"], good["leaf"]]}, "proof"),
        ("another log", {"origin": origin() + "x"}, "signature"),
        ("another size in the head", {"head": note.replace("\n11\n", "\n12\n")}, "signature"),
        ("base64 with loose bits", {"leaf": good["leaf"][:-2] + "B="}, "malformed"),
        ("base64 with a line feed", {"leaf": good["leaf"] + "\n"}, "malformed"),
        ("a number as text", {"index": "6"}, "malformed"),
        ("true for a number", {"index": True}, "malformed"),
        ("a key that no receipt has", {"more": 1}, "malformed"),
    ]
    cases += [{"name": name, "receipt": {**good, **change}, "expect": expect} for name, change, expect in bad]
    short = {key: value for key, value in good.items() if key != "grade"}
    cases.append({"name": "a key is missing", "receipt": short, "expect": "malformed"})
    return [{**case, "public": log_public(LOG).hex()} for case in cases]


MAKERS: dict[str, Callable[[], list[Case]]] = {
    "chains": chains,
    "entries": entries,
    "events": events,
    "controls": controls,
    "pairs": pairs,
    "keys": keys,
    "records": records,
    "receipts": receipts,
}


def _read(name: str) -> list[Case]:
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def everything() -> dict[str, str]:
    """File name -> text."""
    return {
        f"{name}.json": "[\n" + ",\n".join(json.dumps(case, sort_keys=True) for case in make()) + "\n]\n"
        for name, make in MAKERS.items()
    }


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, text in everything().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"{name}: {text.count(chr(10)) - 2} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
