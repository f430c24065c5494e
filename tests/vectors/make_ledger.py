"""Write the vectors of the ledger's formats: `python -m tests.vectors.make_ledger`.

Made with accord.ledger; `check_ledger.py` checks them without it. Nothing in them is random.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accord.ledger import (
    Bundle,
    Checkpoint,
    Note,
    Signature,
    Tile,
    Tree,
    build_tile,
    consistency_proof,
    cosign,
    encode_bundle,
    inclusion_proof,
    leaf_hash,
    sign_checkpoint,
    sign_note,
    tiles_between,
)

FOLDER = Path(__file__).parent / "ledger"
ENTRIES = [f"entry {number}".encode() for number in range(600)]
LOG = Ed25519PrivateKey.from_private_bytes(sha256(b"vector log key").digest())
OTHER = Ed25519PrivateKey.from_private_bytes(sha256(b"vector other key").digest())
WITNESS = Ed25519PrivateKey.from_private_bytes(sha256(b"vector witness key").digest())
ORIGIN, WITNESS_NAME, TIME = "county.example/court", "witness.example/w1", 1_767_225_600
Case = dict[str, Any]

tree = Tree()
NODES = {(level, index): value for level, index, value in tree.append_many(map(leaf_hash, ENTRIES))}


def node(level: int, index: int) -> bytes:
    return NODES[level, index]


def grown(size: int) -> Tree:
    small = Tree()
    small.append_many(map(leaf_hash, ENTRIES[:size]))
    return small


def root(size: int) -> bytes:
    return grown(size).root()


def flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def trees() -> list[Case]:
    sizes = [*range(18), 255, 256, 257, 600]
    return [
        {"size": n, "root": root(n).hex(), "frontier": [part.hex() for part in grown(n).frontier]}
        for n in sizes
    ]


def inclusion() -> list[Case]:
    cases = []
    for index, size in [
        (0, 1),
        (0, 2),
        (1, 2),
        (2, 3),
        (3, 7),
        (6, 7),
        (7, 8),
        (0, 13),
        (299, 600),
        (599, 600),
    ]:
        good = {
            "index": index,
            "size": size,
            "leaf": NODES[0, index].hex(),
            "proof": [item.hex() for item in inclusion_proof(index, size, node)],
            "root": root(size).hex(),
        }
        cases.append({"name": f"leaf {index} of {size}", **good, "valid": True})
        cases += [
            {"name": f"leaf {index} of {size}, {why}", **bad, "valid": False} for why, bad in _bend(good)
        ]
        moved = {**good, "index": size}
        cases.append({"name": f"leaf {index} of {size}, index beyond the tree", **moved, "valid": False})
        wrong = {**good, "leaf": flip(NODES[0, index]).hex()}
        cases.append({"name": f"leaf {index} of {size}, another leaf", **wrong, "valid": False})
    return cases


def consistency() -> list[Case]:
    cases = []
    for old, new in [(1, 1), (1, 2), (2, 3), (3, 4), (3, 7), (4, 7), (6, 7), (8, 8), (256, 600), (300, 600)]:
        good = {
            "old": old,
            "new": new,
            "proof": [item.hex() for item in consistency_proof(old, new, node)],
            "old_root": root(old).hex(),
            "root": root(new).hex(),
        }
        cases.append({"name": f"{old} to {new}", **good, "valid": True})
        cases += [{"name": f"{old} to {new}, {why}", **bad, "valid": False} for why, bad in _bend(good)]
        forked = {**good, "old_root": flip(root(old)).hex()}
        cases.append({"name": f"{old} to {new}, another old root", **forked, "valid": False})
    backwards = {**good, "old": 600, "new": 300}
    nothing = {**good, "old": 0, "old_root": root(0).hex(), "proof": []}
    cases.append({"name": "600 to 300", **backwards, "valid": False})
    cases.append({"name": "0 to 600", **nothing, "valid": False})
    return cases


def _bend(good: Case) -> list[tuple[str, Case]]:
    """The ways to bend a proof that inclusion and consistency have in common."""
    proof: list[str] = good["proof"]
    bent: list[tuple[str, Case]] = [
        ("one hash more", {**good, "proof": [*proof, "00" * 32]}),
        ("another root", {**good, "root": flip(bytes.fromhex(good["root"])).hex()}),
    ]
    if proof:
        first = flip(bytes.fromhex(proof[0])).hex()
        bent.append(("one hash fewer", {**good, "proof": proof[:-1]}))
        bent.append(("a flipped bit", {**good, "proof": [first, *proof[1:]]}))
        bent.append(("a short hash", {**good, "proof": [proof[0][:-2], *proof[1:]]}))
    return bent


def checkpoints() -> list[Case]:
    head = Checkpoint(ORIGIN, 600, root(600))
    note = sign_checkpoint(head, LOG)
    line = Note.parse(note).signatures[0]
    b64root = head.text.split("\n")[2]
    extended = Checkpoint(ORIGIN, 600, root(600), ("an extension",))
    unknown = Signature("someone.example/else", b"\0\1\2\3", b"anything")
    forged = Signature(line.name, line.key_id, bytes(64))

    def signed(text: str) -> str:
        return str(sign_note(text, ORIGIN, LOG))

    good = {
        "a signed head": note,
        "an empty log": sign_checkpoint(Checkpoint(ORIGIN, 0, root(0)), LOG),
        "an extension line": sign_checkpoint(extended, LOG),
        "a line of an unknown key": str(Note.parse(note).signed_also(unknown)),
    }
    malformed = {
        "a size with a leading zero": signed(head.text.replace("600", "0600")),
        "a size with a sign": signed(head.text.replace("600", "+600")),
        "a size of 2^63": signed(head.text.replace("600", str(2**63))),
        "a root of 31 bytes": signed(head.text.replace(b64root, "A" * 42)),
        "a root without padding": signed(head.text.replace(b64root, b64root.rstrip("="))),
        "a root with stray bits": signed(head.text.replace(b64root, "A" * 42 + "B=")),
        "an empty extension line": signed(head.text + "\n"),
        "two lines only": signed(f"{ORIGIN}\n600\n"),
        "carriage returns": note.replace("\n", "\r\n"),
        "no newline at the end": note[:-1],
        "an empty line at the end": note + "\n",
        "no signature": head.text,
        "a hyphen for the em dash": note.replace("—", "-"),
        "a signature with stray bits": note.replace("\n\n", "\n\n— k AAAAAAB=\n"),
        "a plus in a key name": note.replace("\n\n", "\n\n— k+k AAAAAAA=\n"),
    }
    unsigned = {
        "another key": sign_checkpoint(head, OTHER),
        "another log under the same key": sign_checkpoint(
            Checkpoint("county.example/police", 1, root(1)), LOG
        ),
        "another origin line under our key": signed(head.text.replace("court", "police")),
        "a changed size": note.replace("600", "601"),
        "a second, forged line of the same key": str(Note.parse(note).signed_also(forged)),
    }
    groups = (("valid", good), ("malformed", malformed), ("signature", unsigned))
    base = {"origin": ORIGIN, "public_key": LOG.public_key().public_bytes_raw().hex()}
    return [
        {"name": name, **base, "note": text, "expect": expect}
        for expect, group in groups
        for name, text in group.items()
    ]


def cosignatures() -> list[Case]:
    head = Checkpoint(ORIGIN, 600, root(600))
    note = Note.parse(sign_checkpoint(head, LOG))
    line = cosign(head.text, WITNESS_NAME, WITNESS, TIME)
    later = Signature(line.name, line.key_id, (TIME + 1).to_bytes(8, "big") + line.blob[8:])
    beyond = Signature(line.name, line.key_id, b"\x80" + line.blob[1:])
    other = Note(Checkpoint(ORIGIN, 599, root(599)).text, note.signatures)
    base = {"witness": WITNESS_NAME, "public_key": WITNESS.public_key().public_bytes_raw().hex()}
    cases = [
        ("a cosigned head", note.signed_also(line), "valid"),
        ("no cosignature", note, "signature"),
        ("a changed time", note.signed_also(later), "signature"),
        ("a time of 2^63 or more", note.signed_also(beyond), "malformed"),
        (
            "a short cosignature",
            note.signed_also(Signature(line.name, line.key_id, line.blob[:-1])),
            "malformed",
        ),
        ("a cosignature of another head", other.signed_also(line), "signature"),
        ("another witness", note.signed_also(cosign(head.text, WITNESS_NAME, OTHER, TIME)), "signature"),
    ]
    return [
        {"name": name, **base, "note": str(whole), "time": TIME, "expect": expect}
        for name, whole, expect in cases
    ]


def files() -> list[Case]:
    """Every file that a log writes when it grows in steps, with the digest of its bytes."""
    cases, steps = [], [0, 1, 3, 255, 256, 257, 600]
    for old, new in pairwise(steps):
        written = []
        for place in tiles_between(old, new):
            if isinstance(place, Bundle):
                data = encode_bundle(ENTRIES[256 * place.index :][: place.width])
            else:
                data = build_tile(place, node)
            file = {"path": place.path, "bytes": len(data), "sha256": sha256(data).hexdigest()}
            written.append(file | ({"hex": data.hex()} if len(data) < 100 else {}))
        cases.append({"old": old, "new": new, "written": written})
    return cases


def paths() -> list[Case]:
    places: list[Tile | Bundle] = [
        Tile(0, 0),
        Tile(0, 999, 1),
        Tile(1, 1000, 255),
        Tile(63, 1234067),
        Bundle(1234067),
        Bundle(5, 17),
    ]
    good: list[Case] = [
        {
            "path": place.path,
            "level": place.level if isinstance(place, Tile) else "entries",
            "index": place.index,
            "width": place.width,
            "valid": True,
        }
        for place in places
    ]
    bad = ["tile/00/000", "tile/64/000", "tile/0/0", "tile/0/x000/000", "tile/0/000.p/0", "tile/0/000.p/256"]
    bad += [
        "tile/0/000.p/01",
        "tile/entries/000/",
        "/tile/0/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000\n",
    ]
    return good + [{"path": path, "valid": False} for path in bad]


def bundles() -> list[Case]:
    good = [[b""], [b"a", b"", b"bc"], [b"x" * 300]]
    cases: list[Case] = [
        {
            "data": encode_bundle(entries).hex(),
            "width": len(entries),
            "entries": [entry.hex() for entry in entries],
            "valid": True,
        }
        for entries in good
    ]
    bad = [("", 1), ("00", 1), ("0001", 1), ("000000", 1), ("00016100", 1), ("000161", 2), ("00026162ff", 1)]
    return cases + [{"data": data, "width": width, "valid": False} for data, width in bad]


def everything() -> dict[str, str]:
    """Every vector file by name, as text."""
    made = {
        "tree": trees(),
        "inclusion": inclusion(),
        "consistency": consistency(),
        "checkpoint": checkpoints(),
        "cosignature": cosignatures(),
        "files": files(),
        "paths": paths(),
        "bundles": bundles(),
    }
    return {
        f"{name}.json": json.dumps(cases, indent=1, ensure_ascii=False) + "\n" for name, cases in made.items()
    }


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for file_name, text in everything().items():
        (target / file_name).write_bytes(text.encode())
