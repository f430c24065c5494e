"""Fixed keys and one fixed head for the tests of notes."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accord.ledger import Checkpoint, leaf_hash

LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
ORIGIN = "cook.example/court"
WITNESS_NAME = "witness.example/w1"
HEAD = Checkpoint(ORIGIN, 4182, leaf_hash(b"any root"))
