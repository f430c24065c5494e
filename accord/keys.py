"""Every cryptographic act of Accord: sign, verify, HPKE, AES-256-GCM, expand.

Each use carries a context, so that what was made for one purpose is never taken for another:

    signature   Ed25519 over   context ‖ 0x0A ‖ data          (RFC 8032; a context holds no line feed)
    HPKE        info         = context ‖ what it is bound to  (RFC 9180, base mode)
    AES-256-GCM AAD          = context ‖ what it is bound to  (NIST SP 800-38D)
    expand      info         = label                          (RFC 5869, one block)

Contexts begin with "accord/1 ". A checkpoint note (C2SP) is signed without one; its first line is an
origin, in which no space can stand, so the two never meet.

Keys travel as raw public bytes: 32 for Ed25519, 65 for P-256 (0x04 ‖ x ‖ y). Verify raises; it never
returns a bool.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from accord.errors import (
    GrantFaulty,
    Malformed,
    RenewalAwaited,
    SignatureInvalid,
    SlotUnopened,
    UsageRefused,
)

HpkePrivateKey = ec.EllipticCurvePrivateKey
LogPrivateKey = Ed25519PrivateKey

CONTEXT_PREFIX = "accord/1 "
KEY_SIZE = 32
LOG_KEY_SIZE = 32
HPKE_KEY_SIZE = 65
NONCE_SIZE = 12
TAG_SIZE = 16
SEED_SIZE = 32
SIGNATURE_SIZE = 64

# RFC 9180, section 7: DHKEM(P-256, HKDF-SHA256) 0x0010, HKDF-SHA256 0x0001, AES-256-GCM 0x0002.
SUITE_ID = bytes.fromhex("001000010002")
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


# ---- Signatures ----


def generate_log_key(seed: bytes | None = None) -> LogPrivateKey:
    """A new Ed25519 log key; from a 32-byte seed the same key each time (demonstrations only)."""
    if seed is None:
        return Ed25519PrivateKey.generate()
    return Ed25519PrivateKey.from_private_bytes(_sized(seed, SEED_SIZE, "a seed"))


def sign(key: LogPrivateKey, context: str, data: bytes) -> bytes:
    """Sign `data` for one purpose: 64 bytes, Ed25519 (RFC 8032) over context ‖ 0x0A ‖ data."""
    return key.sign(_in_context(context) + data)


def verify(public: bytes, context: str, data: bytes, signature: bytes) -> None:
    """Check a signature made by `sign`; raises SignatureInvalid, also for a key of the wrong size."""
    try:
        _log_public(public).verify(signature, _in_context(context) + data)
    except (InvalidSignature, ValueError) as error:
        raise SignatureInvalid("the signature does not verify under the key given") from error


def log_public(key: LogPrivateKey) -> bytes:
    """The 32 raw bytes of a log key's public half."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def check_log_key(public: bytes) -> bytes:
    """Return the bytes if they are an Ed25519 public key's 32; raises Malformed."""
    if len(public) != LOG_KEY_SIZE:
        raise Malformed("an Ed25519 public key has 32 bytes")
    return public


class LogKeys:
    """The private keys of one log, each with the log size from which it signs, the oldest first.

    Whatever speaks for the log at a size (its head, the key bundles that go with it) is signed by the key in force at
    that size. From `stop` on, if there is one, nobody signs: a further key has been made, and is not agreed on yet.
    """

    def __init__(self, rows: Sequence[tuple[int, LogPrivateKey]], stop: int | None = None) -> None:
        self.follow(rows, stop)

    def follow(self, rows: Sequence[tuple[int, LogPrivateKey]], stop: int | None = None) -> None:
        """From now on these are the keys; whoever was handed this object signs by them."""
        self._rows = tuple(rows)
        self.stop = stop

    def at(self, size: int) -> LogPrivateKey:
        """The key that signs for the log at this size; raises RenewalAwaited."""
        if self.stop is not None and size >= self.stop:
            raise RenewalAwaited(
                f"our log waits: it may have {self.stop - 1} entries under the key that is given up, and goes on when the "
                "version of the memorandum with our new keys is adopted here",
                advice="Have HOME/renewal.json enrolled and signed, then run: accord memorandum adopt FILE.",
            )
        return self._agreed_on(size)

    def public_at(self, size: int) -> bytes:
        """The 32 public bytes of the key that is agreed on for the log at this size."""
        return log_public(self._agreed_on(size))

    def _agreed_on(self, size: int) -> LogPrivateKey:
        return next(key for from_size, key in reversed(self._rows) if from_size <= size)


@lru_cache(maxsize=256)
def _log_public(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def _in_context(context: str) -> bytes:
    if not context.startswith(CONTEXT_PREFIX) or "\n" in context:
        raise UsageRefused('a context begins with "accord/1 " and is one line')
    return context.encode("ascii") + b"\n"


# ---- HPKE ----


def generate_hpke_key(seed: bytes | None = None) -> HpkePrivateKey:
    """A new P-256 key for HPKE; from a 32-byte seed (demonstrations) by DeriveKeyPair, RFC 9180, 7.1.3."""
    if seed is None:
        return ec.generate_private_key(ec.SECP256R1())
    return ec.derive_private_key(_derived_scalar(_sized(seed, SEED_SIZE, "a seed")), ec.SECP256R1())


def hpke_seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Seal to a P-256 public key: suite id (6) ‖ enc (65) ‖ ciphertext and tag (RFC 9180, base mode).

    Base mode authenticates nobody: whoever sends it signs it. Raises Malformed for a bad key.
    """
    return SUITE_ID + _SUITE.encrypt(plaintext, _hpke_public(public), info)


def hpke_open(private: HpkePrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Open what `hpke_seal` made; raises Malformed for another suite, GrantFaulty if it does not open."""
    if sealed[: len(SUITE_ID)] != SUITE_ID:
        raise Malformed("sealed with an HPKE suite that is not used here")
    if len(sealed) < len(SUITE_ID) + HPKE_KEY_SIZE + TAG_SIZE:
        raise Malformed("shorter than an HPKE message can be")
    try:
        return _SUITE.decrypt(sealed[len(SUITE_ID) :], private, info)
    except (InvalidTag, ValueError) as error:
        raise GrantFaulty("the sealed key does not open for this agency and purpose") from error


def hpke_open_any(private: Iterable[HpkePrivateKey], info: bytes, sealed: bytes) -> bytes:
    """Open what was sealed to one of these keys; raises as `hpke_open` does with the last of them."""
    fault = GrantFaulty("no key to open it with")
    for key in private:
        try:
            return hpke_open(key, info, sealed)
        except GrantFaulty as error:
            fault = error
    raise fault


def hpke_public(key: HpkePrivateKey) -> bytes:
    """The 65 bytes of a P-256 key's public half, uncompressed (SEC 1, 2.3.3)."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def check_hpke_key(public: bytes) -> bytes:
    """Return the bytes if they are an uncompressed point on P-256; raises Malformed."""
    _hpke_public(public)
    return public


@lru_cache(maxsize=256)
def _hpke_public(public: bytes) -> ec.EllipticCurvePublicKey:
    if len(public) != HPKE_KEY_SIZE or public[0] != 4:
        raise Malformed("a P-256 public key is an uncompressed point of 65 bytes")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError as error:
        raise Malformed("not a point on P-256") from error


def _derived_scalar(ikm: bytes) -> int:
    suite = b"HPKE-v1KEM" + SUITE_ID[:2]
    prk = hmac.digest(b"", suite + b"dkp_prk" + ikm, "sha256")
    for counter in range(256):
        info = (32).to_bytes(2, "big") + suite + b"candidate" + bytes([counter])
        scalar = int.from_bytes(hmac.digest(prk, info + b"\x01", "sha256"), "big")
        if 0 < scalar < _P256_ORDER:
            return scalar
    raise UsageRefused("this seed yields no P-256 key")  # RFC 9180: DeriveKeyPairError, about 2^-8192


# ---- Symmetric keys ----


def expand(key: bytes, label: bytes) -> bytes:
    """HKDF-Expand (RFC 5869, 2.3) of a 32-byte key to 32 bytes: one HMAC-SHA256 of label ‖ 0x01."""
    return mac(_sized(key, KEY_SIZE, "a key"), label + b"\x01")


# HMAC (RFC 2104) over the plain hash: OpenSSL looks its algorithm up at every call, and sealing and opening spend
# their time in it, so this takes half as long as hmac.digest.
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_INNER_REST = b"\x36" * 32
_OUTER_REST = b"\x5c" * 32


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) under a key of 32 bytes: 32 bytes."""
    inner = sha256(key.translate(_INNER) + _INNER_REST + message).digest()
    return sha256(key.translate(_OUTER) + _OUTER_REST + inner).digest()


def mac_two(key: bytes, first: bytes, second: bytes) -> tuple[bytes, bytes]:
    """HMAC-SHA256 of two messages under one key of 32 bytes."""
    inner, outer = key.translate(_INNER) + _INNER_REST, key.translate(_OUTER) + _OUTER_REST
    return (
        sha256(outer + sha256(inner + first).digest()).digest(),
        sha256(outer + sha256(inner + second).digest()).digest(),
    )


def gcm_seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """AES-256-GCM: ciphertext ‖ 16-byte tag. The caller never uses a (key, nonce) pair twice."""
    return AESGCM(_sized(key, KEY_SIZE, "an AES-256 key")).encrypt(
        _sized(nonce, NONCE_SIZE, "a nonce"), plaintext, aad
    )


def gcm_open(key: bytes, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """Open what `gcm_seal` made; raises SlotUnopened. AES-GCM alone does not commit to its key."""
    cipher = AESGCM(_sized(key, KEY_SIZE, "an AES-256 key"))
    try:
        return cipher.decrypt(nonce, ciphertext, aad)
    except (InvalidTag, ValueError) as error:
        raise SlotUnopened("the ciphertext does not open under this key, nonce and context") from error


def fingerprint(data: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return sha256(data).digest()


def _sized(value: bytes, size: int, what: str) -> bytes:
    if len(value) != size:
        raise UsageRefused(f"{what} has {size} bytes")
    return value


# ---- Private keys at rest ----


def store_private(key: LogPrivateKey | HpkePrivateKey, passphrase: bytes) -> bytes:
    """A private key as encrypted PKCS#8 in PEM (RFC 5958, RFC 8018); an empty passphrase is refused."""
    if not passphrase:
        raise UsageRefused("a private key is never stored without a passphrase")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def load_log_key(pem: bytes, passphrase: bytes) -> LogPrivateKey:
    """The Ed25519 log key of an encrypted PKCS#8 file; raises UsageRefused."""
    key = _load_private(pem, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageRefused("this file does not hold an Ed25519 key", advice="Name the file of the log key.")
    return key


def load_hpke_key(pem: bytes, passphrase: bytes) -> HpkePrivateKey:
    """The P-256 key of an encrypted PKCS#8 file; raises UsageRefused."""
    key = _load_private(pem, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageRefused("this file does not hold a P-256 key", advice="Name the file of the HPKE key.")
    return key


def _load_private(pem: bytes, passphrase: bytes) -> object:
    if b"BEGIN ENCRYPTED PRIVATE KEY" not in pem:
        raise UsageRefused("not an encrypted PKCS#8 file", advice="A key of Accord is always encrypted.")
    try:
        return load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError) as error:
        raise UsageRefused("the key does not open", advice="Check the passphrase.") from error
