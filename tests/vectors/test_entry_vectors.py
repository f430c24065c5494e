"""What stands in a log: vectors made by one program, checked by another that shares nothing with it, and read by ours."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from accord.errors import (
    AccordError,
    EvidenceFault,
    GrantFaulty,
    Malformed,
    OverDisclosed,
    ProofInvalid,
    SignatureInvalid,
    SlotUnopened,
)
from accord.gateway import Receipt
from accord.keys import hpke_open
from accord.replica import pair_info
from accord.seal import (
    OpenedGrant,
    Ring,
    associated,
    control_chain,
    match_header,
    open_key_bundle,
    open_key_message,
    open_slot,
    parse_entry,
    read_control,
    read_event,
    record,
)
from tests.vectors import make_entry

FOLDER = make_entry.FOLDER
CHECKER = FOLDER.parent / "check_entry.py"
SPECIFICATION = FOLDER.parents[2] / "docs" / "spec"
NAMES = {
    Malformed: "malformed",
    SlotUnopened: "unopened",
    OverDisclosed: "over_disclosed",
    GrantFaulty: "grant_faulty",
    ProofInvalid: "proof",
    SignatureInvalid: "signature",
}
Case = dict[str, Any]


def cases(name: str) -> list[Case]:
    found: list[Case] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases(name), ids=lambda one: one["name"])


def outcome(act: Callable[[], str]) -> str:
    try:
        return act()
    except AccordError as fault:
        return NAMES[type(fault)]


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-I",
        "-X",
        "utf8",
        str(CHECKER),
        str(folder),
    ]  # isolated: no accord by accident
    return subprocess.run(command, capture_output=True, encoding="utf-8")


# ---- Made, and checked by the other program ----


def test_the_vectors_checked_in_are_those_that_are_made() -> None:
    made = make_entry.everything()
    assert sorted(made) == sorted(path.name for path in FOLDER.iterdir())
    for name, text in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: run tests/vectors/make_entry.py"


def test_the_checker_shares_nothing_with_the_maker() -> None:
    imported = set()
    for statement in ast.walk(ast.parse(CHECKER.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            imported.add((statement.module or "").split(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"cryptography", "fastavro"}


def test_the_checker_agrees_with_every_case() -> None:
    done = check(FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("chains", {"key": "00" * 32}),
        ("entries", {"valid": False}),
        ("events", {"values": {}}),
        ("events", {"positions": []}),
        ("controls", {"chains": []}),
        ("pairs", {"pair": "00" * 32}),
        ("keys", {"valid": False}),
        ("records", {"valid": False}),
        ("receipts", {"expect": "proof"}),
    ],
)
def test_the_checker_notices_a_wrong_case_in_every_file(name: str, change: Case, tmp_path: Path) -> None:
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    changed = cases(name)
    changed[0].update(change)
    (tmp_path / f"{name}.json").write_text(json.dumps(changed), encoding="utf-8")
    done = check(tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{name} 0:"), done.stdout + done.stderr


# ---- Read by ours ----


@each("entries")
def test_our_reading_of_entries(case: Case) -> None:
    valid = outcome(lambda: parse_entry(bytes.fromhex(case["data"])) and "valid") == "valid"
    assert valid is case["valid"]


@each("events")
def test_our_reading_of_events(case: Case) -> None:
    entry, ring = parse_entry(bytes.fromhex(case["entry"])), Ring()
    for label, held in case["held"].items():
        ring.hold(label, held["n"], bytes.fromhex(held["k"]))
    found: Case = {}

    def read() -> str:
        headers = [label for label in case["held"] if label.startswith("#")]
        place = match_header(entry, ring, headers)
        if place is None:
            return "nothing"
        reading = read_event(make_entry.book(), case["origin"], 0, entry, ring, place)
        if reading.event.file.hex() != case["file"]:
            raise Malformed("another file than the chain's")
        found["values"] = make_entry.plain(reading.event.values)
        found["positions"] = [[one.slot, one.label, one.n] for one in reading.positions]
        return "opened"

    assert outcome(read) == case["expect"]
    if case["expect"] == "opened":
        assert found == {"values": case["values"], "positions": case["positions"]}
    else:
        assert (
            all(ring.n[label] == held["n"] for label, held in case["held"].items()) or "file" in case["name"]
        )


@each("controls")
def test_our_reading_of_control_entries(case: Case) -> None:
    entry, pair = parse_entry(bytes.fromhex(case["entry"])), bytes.fromhex(case["pair"])
    chain, origin = control_chain(pair, case["n"]), case["origin"].encode()
    if chain.locator not in entry.locators:
        assert case["expect"] == "nothing"
        return
    bound = associated(origin, entry.entry_id, entry.memorandum)
    plaintext = open_slot(entry, entry.locators.index(chain.locator), chain.keys[1], bound)

    def read() -> str:
        said = read_control(make_entry.book(), case["origin"], 0, entry, plaintext)
        return granted(case, said, pair) if isinstance(said, OpenedGrant) else "opened"

    if case["expect"] != "over_disclosed":  # that is for who takes a grant: tests/attack
        assert outcome(read) == case["expect"]


def granted(case: Case, said: OpenedGrant, pair: bytes) -> str:
    message, origin = bytes.fromhex(case["message"]), case["origin"].encode()
    mine = [one for one in said.shares if one.recipient == case["recipient"]]
    if not mine:
        return "nothing"
    (share,) = mine
    if hashlib.sha256(message).digest() != share.key_message:
        return "awaiting"
    keys = open_key_message(origin, case["recipient"], said.entry_id, pair, message, len(share.chains))
    chains = [[label, start, key.hex()] for (label, start), key in zip(share.chains, keys, strict=True)]
    assert chains == case["chains"]
    return "opened"


@each("pairs")
def test_our_reading_of_pair_keys(case: Case) -> None:
    private = ec.derive_private_key(int(case["private"], 16), ec.SECP256R1())
    info = pair_info(case["origin"], case["recipient"], case["generation"])
    try:
        opened = hpke_open(private, info, bytes.fromhex(case["sealed"])).hex()
    except EvidenceFault:
        opened = None
    assert (opened == case["pair"]) is case["valid"]


@each("keys")
def test_our_reading_of_key_bundles(case: Case) -> None:
    data, public = bytes.fromhex(case["data"]), bytes.fromhex(case["public"])
    asked = (case["origin"], case["recipient"], case["covers"])
    valid = outcome(lambda: open_key_bundle(data, *asked, public) and "valid") == "valid"
    assert valid is case["valid"]


@each("records")
def test_our_reading_of_records(case: Case) -> None:
    reader = record(case["record"], marked=case["record"] != "bundle")
    valid = outcome(lambda: reader.decode(bytes.fromhex(case["data"])) and "valid") == "valid"
    assert valid is case["valid"]


@each("receipts")
def test_our_reading_of_receipts(case: Case) -> None:
    def read() -> str:
        Receipt.parse(json.dumps(case["receipt"])).verify(lambda size: bytes.fromhex(case["public"]))
        return "valid"

    assert outcome(read) == case["expect"]


# ---- The specification speaks of the same bytes ----


def test_the_specification_shows_a_chain_that_is_in_the_vectors() -> None:
    text = (SPECIFICATION / "entry.md").read_text(encoding="utf-8")
    first = cases("chains")[0]
    assert all(first[name] in text for name in ("secret", "k", "e", "locator", "key"))


def test_the_specification_shows_a_receipt_that_is_in_the_vectors() -> None:
    text = (SPECIFICATION / "receipt.md").read_text(encoding="utf-8")
    shown = text.partition("```json\n")[2].partition("```")[0]
    assert json.loads(shown) == cases("receipts")[0]["receipt"]


def test_every_record_of_the_wire_is_specified() -> None:
    text = "".join((SPECIFICATION / name).read_text(encoding="utf-8") for name in ("entry.md", "wire.md"))
    for path in sorted((FOLDER.parents[2] / "schemas" / "wire").glob("*.avsc")):
        assert path.name in text, f"{path.name} is specified nowhere"
        for field in json.loads(path.read_text(encoding="utf-8"))["fields"]:
            assert field["name"] in text, f"{path.name}: {field['name']} is specified nowhere"
