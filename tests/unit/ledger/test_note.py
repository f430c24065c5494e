"""Signed notes: what parses is one spelling only, and ours must verify."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from accord.errors import Malformed, SignatureInvalid, UsageRefused
from accord.ledger import COSIGNATURE_V1, Note, Signature, key_id, sign_note, verify_note
from tests.unit.ledger.keys import LOG, ORIGIN, OTHER

TEXT = "one line\n\nand one after an empty line\n"
PUBLIC = LOG.public_key()
GOOD = str(sign_note(TEXT, ORIGIN, LOG))
LINE = GOOD.split("\n")[-2]


def test_a_note_of_another_implementation_verifies() -> None:
    # The example in the documentation of golang.org/x/mod/sumdb/note.
    material = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = Note.parse(
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert key_id("PeterNeumann", material[1:]).hex() == "c74f20a3"
    verify_note(note, "PeterNeumann", material[1:])


def test_a_signed_note_verifies_and_keeps_its_bytes() -> None:
    note = Note.parse(GOOD.encode())
    assert str(note) == GOOD
    assert note.text == TEXT
    verify_note(note, ORIGIN, PUBLIC)
    verify_note(note, ORIGIN, PUBLIC.public_bytes_raw())


def test_the_key_id_depends_on_name_kind_and_key() -> None:
    ids = {
        key_id(ORIGIN, PUBLIC),
        key_id(ORIGIN, PUBLIC, COSIGNATURE_V1),
        key_id(ORIGIN + "2", PUBLIC),
        key_id(ORIGIN, OTHER.public_key()),
    }
    assert len(ids) == 4
    assert all(len(item) == 4 for item in ids)


@pytest.mark.parametrize(
    "bad",
    {
        "nothing": "",
        "no signature": TEXT,
        "no signature after the empty line": TEXT + "\n",
        "no empty line": f"text\n{LINE}\n",
        "no text": f"\n{LINE}\n",
        "no newline at the end": GOOD[:-1],
        "an empty line at the end": GOOD + "\n",
        "carriage returns": GOOD.replace("\n", "\r\n"),
        "a carriage return": GOOD.replace("one line", "one line\r"),
        "a tab": GOOD.replace("one line", "one\tline"),
        "a null": GOOD.replace("one line", "one\0line"),
        "a hyphen": GOOD.replace("—", "-"),
        "two spaces": GOOD.replace("— ", "—  "),
        "a space at the end": GOOD[:-1] + " \n",
        "a space at the start": GOOD.replace("— ", " — "),
        "no key name": f"text\n\n—  {LINE.split()[2]}\n",
        "a plus in the key name": GOOD.replace(ORIGIN, "a+b"),
        "a no-break space in the key name": GOOD.replace(ORIGIN, "a\u00a0b"),
        "no padding": GOOD[:-1].rstrip("=") + "\n",
        "padding twice": GOOD[:-1] + "=\n",
        "base64 of the URL alphabet": f"text\n\n— k {base64.urlsafe_b64encode(bytes([255] * 68)).decode()}\n",
        "base64 with stray bits": "text\n\n— k AAAAAAB=\n",
        "base64 that is not": "text\n\n— k ????\n",
        "base64 that is not ASCII": "text\n\n— k AAAAAAé=\n",
        "a key id and nothing else": "text\n\n— k AAAAAA==\n",
        "too many signatures": f"text\n\n{'— k AAAAAAA=' + chr(10)}" + "— k AAAAAAA=\n" * 100,
        "too many bytes": "t" * 1_000_000 + "\n\n— k AAAAAAA=\n",
        "half a character": "text \ud800\n\n— k AAAAAAA=\n",
    }.items(),
    ids=lambda item: item[0],
)
def test_any_other_spelling_is_malformed(bad: tuple[str, str]) -> None:
    with pytest.raises(Malformed):
        Note.parse(bad[1])


def test_bytes_that_are_not_utf8_are_malformed() -> None:
    with pytest.raises(Malformed):
        Note.parse(GOOD.encode() + b"\xff\n")


def test_a_hundred_signatures_are_accepted() -> None:
    data = "text\n\n" + "— k AAAAAAA=\n" * 100
    assert str(Note.parse(data)) == data


def test_lines_of_unknown_keys_are_kept_and_ignored() -> None:
    ours = Note.parse(GOOD)
    same_name = Signature(ORIGIN, b"\0\0\0\0", b"anything")
    same_id = Signature("somebody.else", ours.signatures[0].key_id, b"anything")
    note = Note(TEXT, (same_name, *ours.signatures, same_id))
    assert Note.parse(str(note)) == note
    verify_note(note, ORIGIN, PUBLIC)


def test_a_second_bad_line_of_our_own_key_is_refused() -> None:
    ours = Note.parse(GOOD)
    line = ours.signatures[0]
    forged = Signature(line.name, line.key_id, bytes(64))
    with pytest.raises(SignatureInvalid):
        verify_note(ours.signed_also(forged), ORIGIN, PUBLIC)


def test_a_note_signed_by_nobody_we_know_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        verify_note(sign_note(TEXT, ORIGIN, OTHER), ORIGIN, PUBLIC)
    with pytest.raises(SignatureInvalid):
        verify_note(sign_note(TEXT, "other.example", LOG), ORIGIN, PUBLIC)


def test_every_flipped_bit_of_text_and_signature_is_refused() -> None:
    note = Note.parse(GOOD)
    line = note.signatures[0]
    for bit in range(8 * len(line.blob)):
        blob = (int.from_bytes(line.blob, "big") ^ (1 << bit)).to_bytes(64, "big")
        with pytest.raises(SignatureInvalid):
            verify_note(Note(TEXT, (Signature(line.name, line.key_id, blob),)), ORIGIN, PUBLIC)
    for at in range(len(TEXT)):
        text = TEXT[:at] + chr(ord(TEXT[at]) ^ 1) + TEXT[at + 1 :]
        with pytest.raises(SignatureInvalid):
            verify_note(Note(text, (line,)), ORIGIN, PUBLIC)


def test_signatures_of_another_length_are_refused() -> None:
    line = Note.parse(GOOD).signatures[0]
    for blob in (line.blob[:-1], line.blob + b"\0", b"x"):
        with pytest.raises(SignatureInvalid):
            verify_note(Note(TEXT, (Signature(line.name, line.key_id, blob),)), ORIGIN, PUBLIC)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no newline", "k"),
        ("", "k"),
        ("a\rb\n", "k"),
        ("a\n\n— k AAAAAAA=", "k"),
        ("\ud800\n", "k"),
        ("text\n", "\ud800"),
        ("text\n", ""),
        ("text\n", "a b"),
        ("text\n", "a+b"),
    ],
)
def test_what_no_note_can_hold_is_not_signed(text: str, name: str) -> None:
    with pytest.raises(UsageRefused):
        sign_note(text, name, LOG)


def test_a_public_key_is_32_bytes_and_a_point() -> None:
    with pytest.raises(UsageRefused):
        key_id("k", bytes(31))
    not_a_point = b"\x02" + bytes(31)
    line = Signature("k", key_id("k", not_a_point), bytes(64))
    with pytest.raises(SignatureInvalid):
        verify_note(Note("text\n", (line,)), "k", not_a_point)
    assert isinstance(PUBLIC, Ed25519PublicKey)
