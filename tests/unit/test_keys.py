"""Keys: published vectors, one independent computation each, and every misuse refused by name."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import AccordError, GrantFaulty, Malformed, SignatureInvalid, SlotUnopened, UsageRefused
from accord.keys import (
    SUITE_ID,
    check_hpke_key,
    check_log_key,
    expand,
    fingerprint,
    gcm_open,
    gcm_seal,
    generate_hpke_key,
    generate_log_key,
    hpke_open,
    hpke_public,
    hpke_seal,
    load_hpke_key,
    load_log_key,
    log_public,
    mac,
    mac_two,
    sign,
    store_private,
    verify,
)

CONTEXT = "accord/1 test"
LOG = generate_log_key(bytes(32))
HPKE = generate_hpke_key(bytes(32))

# ---- Signatures ----


def test_ed25519_is_rfc_8032_test_1() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert log_public(generate_log_key(seed)).hex() == public


@given(st.binary(max_size=100))
def test_what_is_signed_verifies_for_its_purpose_only(data: bytes) -> None:
    signature = sign(LOG, CONTEXT, data)
    verify(log_public(LOG), CONTEXT, data, signature)
    for context, said in (("accord/1 other", data), (CONTEXT, data + b"x"), ("accord/1 tes", b"t\n" + data)):
        with pytest.raises(SignatureInvalid):
            verify(log_public(LOG), context, said, signature)


def test_every_flipped_bit_of_a_signature() -> None:
    signature = sign(LOG, CONTEXT, b"data")
    for bit in range(512):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SignatureInvalid):
            verify(log_public(LOG), CONTEXT, b"data", bytes(flipped))


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), b"\xff" * 32])
def test_a_key_that_is_none_verifies_nothing(public: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        verify(public, CONTEXT, b"data", sign(LOG, CONTEXT, b"data"))


@pytest.mark.parametrize("context", ["", "test", "accord/2 test", "accord/1 a\nb"])
def test_a_use_without_a_context(context: str) -> None:
    with pytest.raises(UsageRefused):
        sign(LOG, context, b"data")


# ---- HPKE ----


def test_derived_key_pair_is_rfc_9180_a_3_1() -> None:
    """Appendix A.3.1, DHKEM(P-256, HKDF-SHA256): ikmR, skRm, pkRm."""
    key = generate_hpke_key(bytes.fromhex("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550"))
    scalar = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2"
    assert key.private_numbers().private_value == int(scalar, 16)
    assert hpke_public(key).hex() == (
        "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
        "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
    )


def independent_hpke_open(key: ec.EllipticCurvePrivateKey, info: bytes, message: bytes) -> bytes:
    """RFC 9180, sections 4, 4.1 and 5.1, written again with hmac and the curve alone."""
    enc, ciphertext = message[6:71], message[71:]
    kem, suite = b"KEM" + message[:2], b"HPKE" + message[:6]

    def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, "sha256")

    def longer(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
        text = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
        return hmac.digest(prk, text + b"\1", "sha256")[:length]

    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), enc)
    shared = key.exchange(ec.ECDH(), theirs)
    secret = longer(kem, extract(kem, b"", b"eae_prk", shared), b"shared_secret", enc + hpke_public(key), 32)
    context = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    schedule = extract(suite, secret, b"secret", b"")
    return gcm_open(
        longer(suite, schedule, b"key", context, 32),
        longer(suite, schedule, b"base_nonce", context, 12),
        ciphertext,
        b"",
    )


@given(st.binary(max_size=100), st.binary(max_size=40))
def test_hpke_opens_and_so_does_an_independent_reading_of_the_rfc(plaintext: bytes, info: bytes) -> None:
    message = hpke_seal(hpke_public(HPKE), info, plaintext)
    assert message.startswith(SUITE_ID)
    assert hpke_open(HPKE, info, message) == plaintext
    assert independent_hpke_open(HPKE, info, message) == plaintext


def test_every_flipped_byte_of_an_hpke_message() -> None:
    message = hpke_seal(hpke_public(HPKE), b"info", bytes(32))
    for position in range(len(message)):
        flipped = bytearray(message)
        flipped[position] ^= 1
        with pytest.raises((Malformed, GrantFaulty)):
            hpke_open(HPKE, b"info", bytes(flipped))


@pytest.mark.parametrize("length", [0, 6, 86])
def test_a_short_hpke_message(length: int) -> None:
    with pytest.raises(Malformed):
        hpke_open(HPKE, b"info", hpke_seal(hpke_public(HPKE), b"info", bytes(32))[:length])


def test_another_reader_or_purpose() -> None:
    message = hpke_seal(hpke_public(HPKE), b"info", bytes(32))
    with pytest.raises(GrantFaulty):
        hpke_open(HPKE, b"other", message)
    with pytest.raises(GrantFaulty):
        hpke_open(generate_hpke_key(), b"info", message)


@pytest.mark.parametrize(
    "public", [b"", bytes(65), b"\4" + b"\1" * 64, b"\2" + b"\1" * 32, b"\4" + bytes(64)]
)
def test_a_point_that_is_none(public: bytes) -> None:
    with pytest.raises(Malformed):
        check_hpke_key(public)
    with pytest.raises(Malformed):
        hpke_seal(public, b"info", b"")


def test_sizes_of_public_keys() -> None:
    assert len(check_log_key(log_public(LOG))) == 32
    assert len(check_hpke_key(hpke_public(HPKE))) == 65
    with pytest.raises(Malformed):
        check_log_key(bytes(31))


# ---- Symmetric ----


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40))
def test_expand_is_one_block_of_rfc_5869(key: bytes, label: bytes) -> None:
    assert expand(key, label) == HKDFExpand(SHA256(), 32, label).derive(key)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_expand_takes_keys_of_32_bytes_alone(size: int) -> None:
    with pytest.raises(UsageRefused):
        expand(bytes(size), b"label")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.binary(max_size=300))
def test_a_mac_is_hmac_sha_256(key: bytes, first: bytes, second: bytes) -> None:
    """Also of messages that fill a block of the hash and more."""
    theirs = hmac.digest(key, first, "sha256"), hmac.digest(key, second, "sha256")
    assert (mac(key, first), mac(key, second)) == theirs
    assert mac_two(key, first, second) == theirs


def test_a_mac_is_rfc_4231_case_2_under_a_key_filled_up_to_32_bytes() -> None:
    """HMAC fills a short key with zeros, so the vector's four bytes are a key of 32."""
    vector = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert mac(b"Jefe".ljust(32, b"\0"), b"what do ya want for nothing?").hex() == vector


def test_expand_is_rfc_5869_case_1_cut_to_a_block() -> None:
    prk = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    assert expand(prk, bytes.fromhex("f0f1f2f3f4f5f6f7f8f9")).hex() == okm


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_gcm_opens_under_the_same_words_only(plaintext: bytes, aad: bytes) -> None:
    key, nonce = fingerprint(b"key"), bytes(12)
    sealed = gcm_seal(key, nonce, plaintext, aad)
    assert gcm_open(key, nonce, sealed, aad) == plaintext
    for attempt in (
        (fingerprint(b"other"), nonce, sealed, aad),
        (key, b"1" * 12, sealed, aad),
        (key, nonce, sealed, aad + b"x"),
        (key, nonce, sealed[:-1], aad),
        (key, b"", sealed, aad),
    ):
        with pytest.raises(SlotUnopened):
            gcm_open(*attempt)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: generate_log_key(bytes(31)),
        lambda: generate_hpke_key(bytes(33)),
        lambda: gcm_seal(bytes(16), bytes(12), b"", b""),
        lambda: gcm_seal(bytes(32), bytes(8), b"", b""),
        lambda: gcm_open(bytes(16), bytes(12), b"", b""),
        lambda: store_private(LOG, b""),
    ],
)
def test_misuse(misuse: object) -> None:
    with pytest.raises(UsageRefused):
        misuse()  # type: ignore[operator]  # a lambda of the table


# ---- At rest ----


def test_private_keys_are_stored_encrypted_only() -> None:
    log, hpke = store_private(LOG, b"passphrase"), store_private(HPKE, b"passphrase")
    assert log_public(load_log_key(log, b"passphrase")) == log_public(LOG)
    assert hpke_public(load_hpke_key(hpke, b"passphrase")) == hpke_public(HPKE)
    assert b"ENCRYPTED" in log
    attempts = [
        (load_log_key, log, b"wrong"),
        (load_log_key, hpke, b"passphrase"),
        (load_hpke_key, log, b"passphrase"),
        (load_log_key, b"-----BEGIN PRIVATE KEY-----", b"x"),
        (load_log_key, log[:60], b"passphrase"),
    ]
    for load, pem, passphrase in attempts:
        with pytest.raises(UsageRefused):
            load(pem, passphrase)


def test_a_key_on_another_curve_is_not_taken() -> None:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    other = ec.generate_private_key(ec.SECP384R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    with pytest.raises(UsageRefused):
        load_hpke_key(pem, b"x")


def test_seeds_give_the_same_key_and_none_gives_another() -> None:
    assert log_public(generate_log_key(hashlib.sha256(b"a").digest())) == log_public(
        generate_log_key(hashlib.sha256(b"a").digest())
    )
    assert log_public(generate_log_key()) != log_public(generate_log_key())
    assert hpke_public(generate_hpke_key()) != hpke_public(generate_hpke_key())


def test_no_error_repeats_a_secret() -> None:
    with pytest.raises(AccordError) as refused:
        load_log_key(store_private(LOG, b"the-passphrase"), b"another-passphrase")
    assert "another" not in f"{refused.value!r} {refused.value} {refused.value.advice}"
