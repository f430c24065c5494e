"""The vectors are what the program makes today, and an independent reading of the specification agrees."""

from __future__ import annotations

import json

import pytest

from accord.errors import EvidenceFault
from accord.keys import verify
from accord.memorandum import read_card, read_renewal
from accord.memorandum.model import decode_key
from accord.memorandum.signature import CONTEXT, key_id, parse_signatures
from tests.vectors import check_memorandum, make_memorandum

MADE = {
    "signatures": make_memorandum.signatures(),
    "cards": make_memorandum.cards(),
    "renewals": make_memorandum.renewals(),
}


def test_the_vectors_are_what_is_made_today() -> None:
    for name, made in MADE.items():
        assert json.loads((make_memorandum.FOLDER / f"{name}.json").read_text(encoding="utf-8")) == made


def test_an_independent_check_agrees() -> None:
    assert check_memorandum.main() == sum(map(len, MADE.values()))


@pytest.mark.parametrize("vector", make_memorandum.signatures(), ids=lambda one: one["case"])
def test_our_own_reading_of_the_lines_agrees(vector: dict[str, str]) -> None:
    def check() -> None:
        (line,) = parse_signatures(vector["line"].encode())
        public = decode_key(vector["public"])
        if line.name == vector["name"] and line.key_id == key_id(line.name, public):
            verify(public, CONTEXT, vector["text"].encode(), line.signature)
        else:
            raise EvidenceFault("another name or key")

    _agrees(check, vector["valid"])


@pytest.mark.parametrize("vector", make_memorandum.cards(), ids=lambda one: one["case"])
def test_our_own_reading_of_the_cards_agrees(vector: dict[str, str]) -> None:
    _agrees(lambda: read_card(vector["card"].encode()), vector["valid"])


@pytest.mark.parametrize("vector", make_memorandum.renewals(), ids=lambda one: one["case"])
def test_our_own_reading_of_the_renewals_agrees(vector: dict[str, str]) -> None:
    _agrees(lambda: read_renewal(vector["card"].encode()), vector["valid"])


def _agrees(check: object, valid: object) -> None:
    if valid:
        check()  # type: ignore[operator]  # a function of this file
    else:
        with pytest.raises(EvidenceFault):
            check()  # type: ignore[operator]  # a function of this file
