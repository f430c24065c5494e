"""Check the vectors of the ledger's formats: `python check_ledger.py [FOLDER]`.

It follows docs/spec/ledger.md and shares nothing with the program that made the vectors: it imports the
standard library and `cryptography` only, and verifies proofs by the recursive definition where the library
walks bits. Exits 1 and names every case that does not behave as its file says.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Case = dict[str, Any]
ENTRIES = [b"entry %d" % number for number in range(600)]


class MalformedError(Exception):
    """The bytes are not what the format allows."""


class SignatureError(Exception):
    """A signature is missing or wrong."""


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mth(entries: list[bytes]) -> bytes:
    if not entries:
        return sha(b"")
    if len(entries) == 1:
        return sha(b"\x00" + entries[0])
    k = split(len(entries))
    return sha(b"\x01" + mth(entries[:k]) + mth(entries[k:]))


def split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


# --- proofs: the root is computed by descending to the leaf, taking hashes from the end of the proof


def inclusion_root(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    if not 0 <= index < size or any(len(item) != 32 for item in proof):
        return None
    if size == 1:
        return None if proof else leaf
    if not proof:
        return None
    k, last = split(size), proof[-1]
    inside = (index, k) if index < k else (index - k, size - k)
    child = inclusion_root(leaf, *inside, proof[:-1])
    if child is None:
        return None
    return sha(b"\x01" + child + last) if index < k else sha(b"\x01" + last + child)


def consistency_roots(
    old: int, new: int, proof: list[bytes], known: bytes | None
) -> tuple[bytes, bytes] | None:
    """Return (old root, new root) that a proof implies; `known` is the old root while it is itself a node."""
    if not 0 < old <= new or any(len(item) != 32 for item in proof):
        return None
    if old == new:
        if known is not None:
            return None if proof else (known, known)
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    k, last = split(new), proof[-1]
    if old <= k:
        inner = consistency_roots(old, k, proof[:-1], known)
        return inner and (inner[0], sha(b"\x01" + inner[1] + last))
    inner = consistency_roots(old - k, new - k, proof[:-1], None)
    return inner and (sha(b"\x01" + last + inner[0]), sha(b"\x01" + last + inner[1]))


# --- notes


def unbase64(text: str) -> bytes:
    if not re.fullmatch(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", text):
        raise MalformedError("base64")
    data = base64.b64decode(text)
    if base64.b64encode(data).decode() != text:
        raise MalformedError("base64")
    return data


def open_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    if re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise MalformedError("control character")
    match = re.fullmatch(r"((?s:.)*\n)\n((?:— [^\n]+ [^\n]+\n)+)", note)
    if not match:
        raise MalformedError("layout")
    lines = []
    for line in match.group(2).split("\n")[:-1]:
        name, blob = line.removeprefix("— ").split(" ") if line.count(" ") == 2 else ("", "")
        data = unbase64(blob)
        if not re.fullmatch(r"[^\s+]+", name) or len(data) < 5:
            raise MalformedError("signature line")
        lines.append((name, data[:4], data[4:]))
    return match.group(1), lines


def parse_checkpoint(text: str) -> tuple[str, int, bytes]:
    match = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n(?:[^\n]+\n)*", text)
    if not match:
        raise MalformedError("checkpoint")
    size, root = int(match.group(2)), unbase64(match.group(3))
    if size >= 2**63 or len(root) != 32:
        raise MalformedError("checkpoint")
    return match.group(1), size, root


def signatures_of(lines: list[tuple[str, bytes, bytes]], name: str, kind: int, key: bytes) -> list[bytes]:
    key_id = sha(name.encode() + b"\n" + bytes([kind]) + key)[:4]
    found = [blob for other, identifier, blob in lines if (other, identifier) == (name, key_id)]
    if not found:
        raise SignatureError("missing")
    return found


def require_ed25519(key: bytes, signature: bytes, message: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message.encode())
    except InvalidSignature:
        raise SignatureError("wrong") from None


def open_checkpoint(case: Case) -> None:
    key = bytes.fromhex(case["public_key"])
    text, lines = open_note(case["note"])
    for signature in signatures_of(lines, case["origin"], 1, key):
        require_ed25519(key, signature, text)
    origin, _, _ = parse_checkpoint(text)
    if origin != case["origin"]:
        raise SignatureError("another log")


def open_cosignature(case: Case) -> None:
    key = bytes.fromhex(case["public_key"])
    text, lines = open_note(case["note"])
    parse_checkpoint(text)
    for blob in signatures_of(lines, case["witness"], 4, key):
        time = int.from_bytes(blob[:8], "big")
        if len(blob) != 72 or time >= 2**63:
            raise MalformedError("cosignature")
        require_ed25519(key, blob[8:], f"cosignature/v1\ntime {time}\n{text}")
        if time != case["time"]:
            raise SignatureError("another time")


# --- tiles


def path_of(level: object, index: int, width: int) -> str:
    digits = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        digits = f"x{index % 1000:03}/{digits}"
    return f"tile/{level}/{digits}" + (f".p/{width}" if width != 256 else "")


def parse_path(path: str) -> tuple[object, int, int] | None:
    match = re.fullmatch(r"tile/(entries|\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?", path, re.ASCII)
    if not match:
        return None
    level: object = match.group(1) if match.group(1) == "entries" else int(match.group(1))
    place = level, int(re.sub("[x/]", "", match.group(2))), int(match.group(3) or 256)
    ok = path_of(*place) == path and 0 < place[2] <= 256 and (level == "entries" or int(str(level)) < 64)
    return place if ok else None


def parse_bundle(data: bytes, width: int) -> list[bytes] | None:
    entries = []
    for _ in range(width):
        length = int.from_bytes(data[:2], "big")
        if len(data) < 2 + length:
            return None
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    return None if data else entries


def rows(size: int) -> dict[tuple[object, int], int]:
    """Every tile and bundle of a tree of this size, with its width."""
    found: dict[tuple[object, int], int] = {}
    for level in ("entries", *range(8)):
        count = size // 256 ** (0 if level == "entries" else int(level))
        for index in range(-(-count // 256)):
            found[level, index] = min(256, count - 256 * index)
    return found


def content(level: object, index: int, width: int) -> bytes:
    if level == "entries":
        entries = ENTRIES[256 * index : 256 * index + width]
        return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
    span = 256 ** int(str(level))
    first = 256 * index
    return b"".join(mth(ENTRIES[i * span : (i + 1) * span]) for i in range(first, first + width))


# --- one check for each file; each yields what is wrong


def check_tree(case: Case) -> bool:
    entries, at, parts = ENTRIES[: case["size"]], 0, []
    for bit in reversed(range(case["size"].bit_length())):
        if case["size"] >> bit & 1:
            parts.append(mth(entries[at : at + (1 << bit)]).hex())
            at += 1 << bit
    return bool(case["root"] == mth(entries).hex() and case["frontier"] == parts)


def check_inclusion(case: Case) -> bool:
    proof = [bytes.fromhex(item) for item in case["proof"]]
    root = inclusion_root(bytes.fromhex(case["leaf"]), case["index"], case["size"], proof)
    honest = not case["valid"] or case["root"] == mth(ENTRIES[: case["size"]]).hex()
    return honest and (root == bytes.fromhex(case["root"])) is case["valid"]


def check_consistency(case: Case) -> bool:
    proof, old_root = [bytes.fromhex(item) for item in case["proof"]], bytes.fromhex(case["old_root"])
    roots = consistency_roots(case["old"], case["new"], proof, old_root)
    honest = not case["valid"] or case["root"] == mth(ENTRIES[: case["new"]]).hex()
    return honest and (roots == (old_root, bytes.fromhex(case["root"]))) is case["valid"]


def expect(case: Case, attempt: Callable[[Case], None]) -> bool:
    try:
        attempt(case)
    except MalformedError:
        return bool(case["expect"] == "malformed")
    except SignatureError:
        return bool(case["expect"] == "signature")
    return bool(case["expect"] == "valid")


def check_files(case: Case) -> bool:
    before, after = rows(case["old"]), rows(case["new"])
    due = {(*place, width) for place, width in after.items() if before.get(place) != width}
    told = set()
    for file in case["written"]:
        place = parse_path(file["path"])
        if place is None:
            return False
        told.add(place)
        data = content(*place)
        if (len(data), sha(data).hex(), data.hex()) != (
            file["bytes"],
            file["sha256"],
            file.get("hex", data.hex()),
        ):
            return False
    return told == due


def check_path(case: Case) -> bool:
    told = (case["level"], case["index"], case["width"]) if case["valid"] else None
    return parse_path(case["path"]) == told


def check_bundle(case: Case) -> bool:
    told = [bytes.fromhex(entry) for entry in case["entries"]] if case["valid"] else None
    return parse_bundle(bytes.fromhex(case["data"]), case["width"]) == told


CHECKS: dict[str, Callable[[Case], bool]] = {
    "tree": check_tree,
    "inclusion": check_inclusion,
    "consistency": check_consistency,
    "checkpoint": lambda case: expect(case, open_checkpoint),
    "cosignature": lambda case: expect(case, open_cosignature),
    "files": check_files,
    "paths": check_path,
    "bundles": check_bundle,
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
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "ledger"
    found = list(faults(given))
    print("\n".join(found) or "every case behaves as its file says")
    sys.exit(bool(found))
