"""Cosignatures: a witness, a time, and the very text that the log signed."""

from __future__ import annotations

import pytest

from accord.errors import Malformed, SignatureInvalid, UsageRefused
from accord.ledger import (
    Checkpoint,
    Cosignature,
    Note,
    Signature,
    cosign,
    key_id,
    open_checkpoint,
    sign_checkpoint,
    verify_cosignature,
)
from tests.unit.ledger.keys import HEAD, LOG, ORIGIN, OTHER, WITNESS, WITNESS_NAME

TIME = 1679315147
PUBLIC = WITNESS.public_key()
NOTE = Note.parse(sign_checkpoint(HEAD, LOG))
COSIGNED = NOTE.signed_also(cosign(HEAD.text, WITNESS_NAME, WITNESS, TIME))


def test_what_is_signed_is_two_lines_and_the_text() -> None:
    blob = COSIGNED.signatures[1].blob
    message = f"cosignature/v1\ntime {TIME}\n{HEAD.text}".encode()
    assert blob[:8] == TIME.to_bytes(8, "big")
    PUBLIC.verify(blob[8:], message)


def test_a_cosigned_head_tells_its_time_and_still_opens() -> None:
    assert verify_cosignature(Note.parse(str(COSIGNED)), WITNESS_NAME, PUBLIC) == TIME
    assert open_checkpoint(str(COSIGNED), ORIGIN, LOG.public_key()) == HEAD


def test_the_earliest_of_several_times_counts() -> None:
    earlier = COSIGNED.signed_also(cosign(HEAD.text, WITNESS_NAME, WITNESS, TIME - 1))
    assert verify_cosignature(earlier, WITNESS_NAME, PUBLIC) == TIME - 1


def test_a_head_that_the_witness_did_not_cosign_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        verify_cosignature(NOTE, WITNESS_NAME, PUBLIC)
    with pytest.raises(SignatureInvalid):
        verify_cosignature(COSIGNED, WITNESS_NAME, OTHER.public_key())
    other = Note(Checkpoint(ORIGIN, 4183, HEAD.root).text, COSIGNED.signatures)
    with pytest.raises(SignatureInvalid):
        verify_cosignature(other, WITNESS_NAME, PUBLIC)


def test_every_flipped_bit_of_time_and_signature_is_refused() -> None:
    line = COSIGNED.signatures[1]
    for bit in range(8 * len(line.blob)):
        blob = (int.from_bytes(line.blob, "big") ^ (1 << bit)).to_bytes(72, "big")
        with pytest.raises((SignatureInvalid, Malformed)):
            verify_cosignature(
                NOTE.signed_also(Signature(line.name, line.key_id, blob)), WITNESS_NAME, PUBLIC
            )


def test_one_bad_line_of_the_witness_spoils_its_good_one() -> None:
    line = COSIGNED.signatures[1]
    with pytest.raises(SignatureInvalid):
        verify_cosignature(
            COSIGNED.signed_also(Signature(line.name, line.key_id, bytes(72))), WITNESS_NAME, PUBLIC
        )


def test_a_plain_signature_is_no_cosignature_nor_the_reverse() -> None:
    with pytest.raises(SignatureInvalid):
        verify_cosignature(NOTE, ORIGIN, LOG.public_key())
    cosigned_by_log = Note(HEAD.text, (cosign(HEAD.text, ORIGIN, LOG, TIME),))
    with pytest.raises(SignatureInvalid):
        open_checkpoint(str(cosigned_by_log), ORIGIN, LOG.public_key())
    stripped = Cosignature.parse(cosigned_by_log.signatures[0].blob).signature
    passed_off = Note(HEAD.text, (Signature(ORIGIN, key_id(ORIGIN, LOG.public_key()), stripped),))
    with pytest.raises(SignatureInvalid):
        open_checkpoint(str(passed_off), ORIGIN, LOG.public_key())


@pytest.mark.parametrize("blob", [b"", bytes(71), bytes(73), b"\x80" + bytes(71)])
def test_any_other_length_or_time_is_malformed(blob: bytes) -> None:
    with pytest.raises(Malformed):
        Cosignature.parse(blob)


def test_only_checkpoints_and_writable_times_are_cosigned() -> None:
    with pytest.raises(Malformed):
        cosign("any text\n", WITNESS_NAME, WITNESS, TIME)
    with pytest.raises(UsageRefused):
        cosign(HEAD.text, WITNESS_NAME, WITNESS, -1)
    with pytest.raises(UsageRefused):
        cosign(HEAD.text, WITNESS_NAME, WITNESS, 2**63)
    with pytest.raises(UsageRefused):
        cosign(HEAD.text, "two words", WITNESS, TIME)
