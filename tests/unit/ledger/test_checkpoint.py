"""Checkpoints: three strict lines under the log's own signature."""

from __future__ import annotations

import pytest

from accord.errors import Malformed, SignatureInvalid, UsageRefused
from accord.ledger import MAX_SIZE, Checkpoint, Note, Signature, open_checkpoint, sign_checkpoint, sign_note
from tests.unit.ledger.keys import HEAD, LOG, ORIGIN, OTHER

PUBLIC = LOG.public_key()
ROOT = HEAD.text.split("\n")[2]


def test_a_signed_checkpoint_opens_to_what_was_signed() -> None:
    note = sign_checkpoint(HEAD, LOG)
    assert note.startswith(f"{ORIGIN}\n4182\n{ROOT}\n\n— {ORIGIN} ")
    assert open_checkpoint(note, ORIGIN, PUBLIC) == HEAD
    assert open_checkpoint(note.encode(), ORIGIN, PUBLIC.public_bytes_raw()) == HEAD


def test_extension_lines_are_carried_and_signed() -> None:
    head = Checkpoint(ORIGIN, 0, HEAD.root, ("first extension", "— second 2"))
    note = sign_checkpoint(head, LOG)
    assert open_checkpoint(note, ORIGIN, PUBLIC) == head
    with pytest.raises(SignatureInvalid):
        open_checkpoint(note.replace("first extension\n", ""), ORIGIN, PUBLIC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        HEAD.text[:-1],
        HEAD.text + "\n",
        "\n" + HEAD.text,
        f"{ORIGIN}\n4182\n",
        f"\n4182\n{ROOT}\n",
        f"{ORIGIN}\n\n4182\n{ROOT}\n",
        HEAD.text.replace("\n", "\r\n"),
        HEAD.text.replace("4182", "04182"),
        HEAD.text.replace("4182", "00"),
        HEAD.text.replace("4182", "+4182"),
        HEAD.text.replace("4182", "-1"),
        HEAD.text.replace("4182", " 4182"),
        HEAD.text.replace("4182", "4_182"),
        HEAD.text.replace("4182", "0x10"),
        HEAD.text.replace("4182", "4182.0"),
        HEAD.text.replace("4182", "\u0664"),  # an Arabic-Indic digit, which int() takes
        HEAD.text.replace("4182", str(MAX_SIZE + 1)),
        HEAD.text.replace("4182", "9" * 5000),
        HEAD.text.replace("=", ""),
        HEAD.text.replace(ROOT, ROOT + "="),
        HEAD.text.replace(ROOT, ROOT + " "),
        HEAD.text.replace(ROOT, "AAAA"),
        HEAD.text.replace(ROOT, "A" * 44),
        HEAD.text.replace(ROOT, "A" * 42 + "B="),  # stray bits
        HEAD.text + "extension\n\n",
        HEAD.text + "extension without newline",
    ],
)
def test_any_other_text_is_malformed_even_if_signed(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text)
    if text.endswith("\n") and "\r" not in text:
        with pytest.raises(Malformed):
            open_checkpoint(str(sign_note(text, ORIGIN, LOG)), ORIGIN, PUBLIC)


def test_the_largest_size_is_accepted() -> None:
    head = Checkpoint(ORIGIN, MAX_SIZE, HEAD.root)
    assert Checkpoint.parse(head.text) == head


def test_a_head_of_another_log_under_the_same_key_is_refused() -> None:
    other = Checkpoint("cook.example/police", 4182, HEAD.root)
    with pytest.raises(SignatureInvalid):
        open_checkpoint(sign_checkpoint(other, LOG), ORIGIN, PUBLIC)
    under_our_name = str(sign_note(other.text, ORIGIN, LOG))
    with pytest.raises(SignatureInvalid, match="another log"):
        open_checkpoint(under_our_name, ORIGIN, PUBLIC)


def test_a_head_signed_by_another_key_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        open_checkpoint(sign_checkpoint(HEAD, OTHER), ORIGIN, PUBLIC)


def test_every_changed_byte_of_a_signed_head_is_refused() -> None:
    note = sign_checkpoint(HEAD, LOG).encode()
    for at in range(len(note)):
        for bit in range(8):
            changed = note[:at] + bytes([note[at] ^ (1 << bit)]) + note[at + 1 :]
            with pytest.raises((Malformed, SignatureInvalid)):
                open_checkpoint(changed, ORIGIN, PUBLIC)


def test_signatures_of_others_do_not_hinder() -> None:
    note = Note.parse(sign_checkpoint(HEAD, LOG)).signed_also(Signature("w", b"abcd", b"unknown"))
    assert open_checkpoint(str(note), ORIGIN, PUBLIC) == HEAD


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("", 1, HEAD.root),
        Checkpoint("two words", 1, HEAD.root),
        Checkpoint("two\nlines", 1, HEAD.root),
        Checkpoint(ORIGIN, -1, HEAD.root),
        Checkpoint(ORIGIN, MAX_SIZE + 1, HEAD.root),
        Checkpoint(ORIGIN, 1, b"short"),
        Checkpoint(ORIGIN, 1, HEAD.root, ("",)),
        Checkpoint(ORIGIN, 1, HEAD.root, ("a\nb",)),
        Checkpoint(ORIGIN, 1, HEAD.root, ("a\rb",)),
    ],
)
def test_a_head_without_a_strict_text_is_not_signed(head: Checkpoint) -> None:
    with pytest.raises(UsageRefused):
        sign_checkpoint(head, LOG)
