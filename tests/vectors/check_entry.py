"""Check the vectors of what stands in a log: `python check_entry.py [FOLDER]`.

It follows docs/spec/entry.md, receipt.md, wire.md and ledger.md and shares nothing with the program that made the
vectors: the standard library, `cryptography` and `fastavro` are all it imports, beside the published schemas
(schemas/wire). HPKE is opened step by step as RFC 9180 writes it. Exits 1 and names every case that does not behave as
its file says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import fastavro
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Case = dict[str, Any]
DAY = 86_400_000_000  # microseconds
WIRE = Path(__file__).resolve().parents[2] / "schemas" / "wire"


class WrongError(Exception):
    """What is read is not what it should be; the text is what the vectors call it."""


def wrong_unless(good: bool, what: str = "malformed") -> None:
    if not good:
        raise WrongError(what)


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(key: bytes, label: bytes) -> bytes:
    """HKDF-Expand to 32 bytes (RFC 5869, 2.3)."""
    return mac(key, label + b"\x01")


def gcm(key: bytes, nonce: bytes, text: bytes, bound: bytes, what: str) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, text, bound)
    except InvalidTag as error:
        raise WrongError(what) from error


# ---- Avro ----


def crc64(data: bytes) -> bytes:
    """CRC-64-AVRO, bit by bit, little-endian."""
    crc = 0xC15D213AA4D7A795
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xC15D213AA4D7A795 if crc & 1 else 0)
    return crc.to_bytes(8, "little")


def canonical(schema: Any) -> str:
    return str(fastavro.schema.to_parsing_canonical_form(schema))


def decode(schema: Any, data: bytes) -> dict[str, Any]:
    """The values of a record's bytes; wrong unless they are its one encoding."""
    parsed = fastavro.parse_schema(schema)
    try:
        values = fastavro.schemaless_reader(io.BytesIO(data), parsed, None)
    except Exception as error:
        raise WrongError("malformed") from error
    again = io.BytesIO()
    fastavro.schemaless_writer(again, parsed, values)
    wrong_unless(again.getvalue() == data)
    assert isinstance(values, dict)
    return values


def single(schema: Any, data: bytes, other: str = "malformed") -> dict[str, Any]:
    """A record in Avro's single-object encoding; `other` is what the bytes of another schema are called."""
    wrong_unless(data[:10] == b"\xc3\x01" + crc64(canonical(schema).encode()), other)
    return decode(schema, data[10:])


def wire(name: str) -> Any:
    return json.loads((WIRE / f"{name}.avsc").read_text(encoding="utf-8"))


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


# ---- Chains ----


def at(key: bytes, uses: int) -> bytes:
    for _ in range(uses):
        key = expand(key, b"accord/1 next")
    return key


def event_key(k: bytes) -> bytes:
    return expand(k, b"accord/1 event")


def locator(k: bytes) -> bytes:
    return expand(event_key(k), b"accord/1 locator")


def slot_key(k: bytes) -> bytes:
    return expand(event_key(k), b"accord/1 key")


def check_chain(case: Case) -> bool:
    if case["label"] is None:
        k = at(expand(bytes.fromhex(case["pair"]), b"accord/1 control"), case["n"])
    else:
        anew = f"~{case['begun']}" if case["begun"] else ""
        first = expand(bytes.fromhex(case["secret"]), f"accord/1 chain {case['label']}{anew}".encode())
        k = at(first, case["n"] - case["begun"])
    made = {"k": k, "e": event_key(k), "locator": locator(k), "key": slot_key(k)}
    return all(case[name] == value.hex() for name, value in made.items())


# ---- Entries ----


class Entry:
    """docs/spec/entry.md, "Entry": read byte by byte."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        wrong_unless(self._number() == 1)
        self.entry_id, self.memorandum = self._take(16), self._take(32)
        wrong_unless(self._number() == 8)
        self.slots: list[tuple[bytes, bytes, bytes]] = []
        for _ in range(8):
            where, nonce = self._take(32), self._take(12)
            self.slots.append((where, nonce, self._take(self._number())))
        wrong_unless(self._number() == 0)
        wrong_unless(self._at == len(data))
        sizes = {len(text) for _, _, text in self.slots}
        wrong_unless(len(sizes) == 1 and sizes <= {272, 528, 1040, 2064})
        names = [where for where, _, _ in self.slots]
        wrong_unless(all(one < other for one, other in pairwise(names)))

    def _take(self, size: int) -> bytes:
        wrong_unless(0 <= size <= len(self._data) - self._at)
        self._at += size
        return self._data[self._at - size : self._at]

    def _number(self) -> int:
        """A zigzag varint in as few bytes as it needs."""
        value = shift = 0
        while True:
            byte = self._take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        wrong_unless(byte != 0 or shift == 7)
        return value >> 1 ^ -(value & 1)

    def find(self, name: bytes) -> int | None:
        return next((number for number, slot in enumerate(self.slots) if slot[0] == name), None)

    def open(self, number: int, key: bytes, origin: str) -> bytes:
        where, nonce, text = self.slots[number]
        log = origin.encode()
        bound = b"accord/1 slot" + bytes([len(log)]) + log + self.entry_id + self.memorandum + where
        padded = gcm(key, nonce, text, bound, "unopened")
        end = padded.rfind(b"\x80")
        wrong_unless(end >= 0 and not any(padded[end + 1 :]))
        return padded[:end]


def check_entry(case: Case) -> bool:
    try:
        entry = Entry(bytes.fromhex(case["data"]))
    except WrongError:
        return case["valid"] is False
    return case["valid"] is True and len(entry.slots[0][2]) == case["size"] + 16


# ---- Events ----


def read_event(case: Case) -> Case:
    entry, (kind, plan) = Entry(bytes.fromhex(case["entry"])), *case["kinds"].items()
    held = {label: [one["n"], bytes.fromhex(one["k"])] for label, one in case["held"].items()}
    at_header = [
        (number, label)
        for label in held
        if label.startswith("#") and (number := entry.find(locator(held[label][1]))) is not None
    ]
    if not at_header:
        raise WrongError("nothing")
    (slot, label) = at_header[0]
    header = single(wire("header"), entry.open(slot, slot_key(held[label][1]), case["origin"]))
    table = list(header["table"])
    wrong_unless(sorted([*table, slot]) == list(range(8)))
    wrong_unless(header["kind"] == kind and header["schema"].hex() == plan["schema"])
    wrong_unless(label in plan["header_labels"] and header["file"].hex() == case["file"])
    wrong_unless(kind in case["publishes"])
    wrong_unless((header["supersedes"] is None) == (header["correction_reason"] is None))
    wrong_unless(header["correction_reason"] in (None, *case["reasons"]))
    wrong_unless(-719_162 <= header["occurred_on"] <= 2_932_896 and all(size >= 0 for size in header["seen"]))
    wrong_unless(-719_162 * DAY <= header["recorded_at"] < 2_932_897 * DAY)
    positions, values = [[slot, label, held[label][0]]], {}
    uses = dict.fromkeys(held, 0)
    uses[label] = 1
    for number, part in zip(table, plan["parts"], strict=False):
        for name in part["labels"]:
            if name not in held:
                continue
            k = at(held[name][1], uses[name])
            if locator(k) == entry.slots[number][0]:
                text = entry.open(number, slot_key(k), case["origin"])
                said = single(part["schema"], text, "over_disclosed")
                wrong_unless(all(has(rule, said[field]) for field, rule in part["admitted"].items()))
                values.update(said)
                positions.append([number, name, held[name][0] + uses[name]])
                uses[name] += 1
                break
    return {"header": plain(header), "values": plain(values), "positions": positions}


def has(rule: Case, value: Any) -> bool:
    """Whether the memorandum has a value: a code or an agency of its own, a number within its issuer's pattern."""
    several = value if isinstance(value, list) else [] if value is None else [value]
    if "codes" in rule:
        return all(one in rule["codes"] for one in several)
    patterns = rule["numbers"]
    found = [(patterns.get(one["issuer"], {}).get(one["kind"]), one["value"]) for one in several]
    return all(pattern is not None and re.fullmatch(pattern, text) for pattern, text in found)


def check_event(case: Case) -> bool:
    try:
        found = read_event(case)
    except WrongError as error:
        return case["expect"] == str(error)
    return case["expect"] == "opened" and all(case[name] == value for name, value in found.items())


# ---- Control entries ----


def check_control(case: Case) -> bool:
    entry = Entry(bytes.fromhex(case["entry"]))
    pair = bytes.fromhex(case["pair"])
    k = at(expand(pair, b"accord/1 control"), case["n"])
    slot = entry.find(locator(k))
    if slot is None:
        return case["expect"] == "nothing"
    said = single(wire(case["record"]), entry.open(slot, slot_key(k), case["origin"]))
    if plain(said) != case["says"]:
        return False
    if case["record"] != "grant":
        return case["expect"] == "opened"
    try:
        share = share_of(case, said)
        chains = open_share(case, entry, said["file_class"], share, pair)
    except WrongError as error:
        return case["expect"] == str(error)
    return case["expect"] == "opened" and chains == case["chains"]


def share_of(case: Case, said: Case) -> Case:
    """The share of a grant that is its reader's own ("Taking a grant", 1 and 2)."""
    agencies, shares = case["agencies"], said["shares"]
    recipients = [one["recipient"] for one in shares]
    wrong_unless(bool(shares) and all(one < other for one, other in pairwise(recipients)))
    places = [*recipients, said["because_origin"]]
    for one in shares:
        wrong_unless(len(one["sets"]) == len(one["starts"]) and not (one["whole"] and one["sets"]))
        wrong_unless(all(use >= 0 for use in (*one["starts"], *(row["start"] for row in one["named"]))))
        sets = [*one["sets"], *(row["set"] for row in one["named"])]
        wrong_unless(one["rule"] >= -1 and all(0 <= number < 2 * len(case["role_sets"]) for number in sets))
        places += [place for row in one["named"] for place in row["agencies"]]
    wrong_unless(all(0 <= place < len(agencies) for place in places))
    for one in shares:
        handed = [label_of(case, number, []) for number in one["sets"]]
        handed += [label_of(case, row["set"], row["agencies"]) for row in one["named"]]
        wrong_unless(all(label in case["sealable"] for label in handed))
    wrong_unless(case["origin"].rpartition("/")[2] in agencies)
    role = case["roles"][case["recipient"]]
    if not (role == "coordinator" or (role == "auditor" and said["file_class"] != "incident")):
        wrong_unless(all(agencies[place] == case["recipient"] for place in recipients), "over_disclosed")
    own = [one for one in shares if agencies[one["recipient"]] == case["recipient"]]
    wrong_unless(bool(own), "nothing")
    return dict(own[0])


def open_share(case: Case, entry: Entry, file_class: str, share: Case, pair: bytes) -> list[list[Any]]:
    """The chains that a share hands over ("Taking a grant", 3 to 5)."""
    message = bytes.fromhex(case["message"])
    rows = [
        [label_of(case, number, []), start]
        for number, start in zip(share["sets"], share["starts"], strict=True)
    ]
    if share["whole"]:
        wrong_unless(file_class == "case", "a case of another file class")
        rows = [[label, 0] for label in sorted(case["static"], key=str.encode) if admits(case, label)]
    rows += [[label_of(case, one["set"], one["agencies"]), one["start"]] for one in share["named"]]
    wrong_unless(all(admits(case, label) for label, _ in rows), "over_disclosed")
    wrong_unless(sha(message) == share["key_message"], "awaiting")
    log = case["origin"].encode()
    bound = b"accord/1 key message " + bytes([len(log)]) + log + case["recipient"].encode()
    wrap = expand(pair, b"accord/1 wrap" + entry.entry_id)
    wrong_unless(len(message) >= 32 + 16, "grant_faulty")
    text = gcm(wrap, bytes(12), message[32:], bound, "grant_faulty")
    used = text[: 32 * len(rows)]
    wrong_unless(len(used) == 32 * len(rows) and not any(text[len(used) :]), "grant_faulty")
    wrong_unless(mac(expand(pair, b"accord/1 commit" + entry.entry_id), used) == message[:32], "grant_faulty")
    room = len(text) // 32
    wrong_unless(room >= 32 and room & (room - 1) == 0 and (room == 32 or room < 2 * len(rows)))
    return [[*row, used[32 * place : 32 * place + 32].hex()] for place, row in enumerate(rows)]


def label_of(case: Case, number: int, agencies: list[int]) -> str:
    roles = "+".join(case["role_sets"][number // 2])
    return "#" * (number % 2) + roles + "".join("@" + case["agencies"][place] for place in agencies)


def admits(case: Case, label: str) -> bool:
    """Whether the recipient is one of the readers that a label names."""
    roles, *agencies = label.removeprefix("#").split("@")
    return case["recipient"] in agencies or case["roles"][case["recipient"]] in roles.split("+")


# ---- Pair keys: RFC 9180, base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM ----


def labelled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return mac(salt or bytes(32), b"HPKE-v1" + suite + label + ikm)


def labelled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return mac(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\x01")[:length]


def open_pair(case: Case) -> bytes:
    sealed = bytes.fromhex(case["sealed"])
    wrong_unless(sealed[:6] == bytes.fromhex("001000010002") and len(sealed) == 6 + 65 + 32 + 16)
    enc, text = sealed[6:71], sealed[71:]
    private = ec.derive_private_key(int(case["private"], 16), ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    public = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), enc))
    kem, hpke = b"KEM\x00\x10", b"HPKE" + sealed[:6]
    prk = labelled_extract(kem, b"", b"eae_prk", shared)
    secret = labelled_expand(kem, prk, b"shared_secret", enc + public, 32)
    info = "\n".join(["accord/1 pair", case["origin"], case["recipient"], str(case["generation"])]).encode()
    context = b"\x00" + labelled_extract(hpke, b"", b"psk_id_hash", b"")
    context += labelled_extract(hpke, b"", b"info_hash", info)
    root = labelled_extract(hpke, secret, b"secret", b"")
    key = labelled_expand(hpke, root, b"key", context, 32)
    nonce = labelled_expand(hpke, root, b"base_nonce", context, 12)
    return gcm(key, nonce, text, b"", "unopened")


def check_pair(case: Case) -> bool:
    try:
        return open_pair(case).hex() == case["pair"] and case["valid"] is True
    except (WrongError, ValueError):
        return case["valid"] is False


# ---- Key bundles and records ----


def check_keys(case: Case) -> bool:
    data = bytes.fromhex(case["data"])
    try:
        said = decode(wire("keys"), data)
        generations = [one["generation"] for one in said["pair_keys"]]
        for rising in (generations, said["messages"]):
            wrong_unless(all(one < other for one, other in pairwise(rising)))
        count = len(said["messages"])
        wrong_unless(count > 0 and count & (count - 1) == 0 and len(data) <= 1 << 20)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["public"]))
        key.verify(data[-64:], b"accord/1 keys\n" + hashlib.sha256(data[:-64]).digest())
        wrong_unless(all(said[name] == case[name] for name in ("origin", "recipient", "covers")))
    except (WrongError, InvalidSignature):
        return case["valid"] is False
    return case["valid"] is True


def check_record(case: Case) -> bool:
    data, unmarked = bytes.fromhex(case["data"]), case["record"] in ("bundle", "keys")
    try:
        decode(wire(case["record"]), data) if unmarked else single(wire(case["record"]), data)
    except WrongError:
        return case["valid"] is False
    return case["valid"] is True


# ---- Receipts ----

SHAPE = {
    "event_id": str,
    "origin": str,
    "index": int,
    "leaf": str,
    "inclusion": list,
    "head": str,
    "grade": str,
}


def strict(text: Any) -> bytes:
    wrong_unless(type(text) is str)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise WrongError("malformed") from error
    wrong_unless(base64.b64encode(data).decode() == text)
    return data


def head(note: str, origin: str, public: bytes) -> tuple[int, bytes]:
    """Size and root of a checkpoint signed by the log (docs/spec/ledger.md)."""
    text, _, signatures = note.partition("\n\n")
    key_id = sha(origin.encode() + b"\n\x01" + public)[:4]
    lines = [one for one in signatures.splitlines() if one.startswith(f"— {origin} ")]
    wrong_unless(len(lines) == 1, "signature")
    blob = strict(lines[0].rpartition(" ")[2])
    wrong_unless(blob[:4] == key_id, "signature")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], text.encode() + b"\n")
    except InvalidSignature as error:
        raise WrongError("signature") from error
    name, size, root = text.split("\n")
    wrong_unless(name == origin, "signature")
    return int(size), strict(root)


def root_from(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to, by the definition of RFC 9162, 2.1.3.1, turned around."""
    wrong_unless(0 <= index < size, "proof")
    if size == 1:
        wrong_unless(not proof, "proof")
        return leaf
    wrong_unless(bool(proof) and len(proof[-1]) == 32, "proof")
    k = 1
    while 2 * k < size:
        k *= 2
    if index < k:
        return sha(b"\x01" + root_from(leaf, index, k, proof[:-1]) + proof[-1])
    return sha(b"\x01" + proof[-1] + root_from(leaf, index - k, size - k, proof[:-1]))


def check_receipt(case: Case) -> bool:
    said = case["receipt"]
    try:
        wrong_unless(said.keys() == SHAPE.keys())
        wrong_unless(all(type(said[name]) is kind for name, kind in SHAPE.items()))
        leaf, proof = strict(said["leaf"]), [strict(one) for one in said["inclusion"]]
        size, root = head(said["head"], said["origin"], bytes.fromhex(case["public"]))
        wrong_unless(root_from(leaf, said["index"], size, proof) == root, "proof")
    except WrongError as error:
        return case["expect"] == str(error)
    return case["expect"] == "valid"


CHECKS: dict[str, Callable[[Case], bool]] = {
    "chains": check_chain,
    "entries": check_entry,
    "events": check_event,
    "controls": check_control,
    "pairs": check_pair,
    "keys": check_keys,
    "records": check_record,
    "receipts": check_receipt,
}


def faults(folder: Path) -> Iterator[str]:
    if {path.stem for path in folder.iterdir()} != set(CHECKS):
        yield "the folder does not hold just the files that are checked"
    for name, check in CHECKS.items():
        cases = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        if not cases:
            yield f"{name}: no cases"
        for number, case in enumerate(cases):
            if not check(case):
                yield f"{name} {number}: {case.get('name', '')}"


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "entry"
    found = list(faults(given))
    print("\n".join(found) or "every case behaves as its file says")
    sys.exit(bool(found))
