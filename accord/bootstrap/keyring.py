"""A home's private keys: made, kept encrypted below HOME/keys, and read again.

A pair is a log key and an HPKE key. The first is log.pem and hpke.pem; those by which an agency renews its keys are
log-2.pem and hpke-2.pem, and so on. None is ever removed: what came before is signed by the old log key, and sealed to the
old HPKE key.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from accord.bootstrap.disk import replace_file
from accord.bootstrap.settings import Settings
from accord.errors import UsageRefused
from accord.keys import (
    HpkePrivateKey,
    LogPrivateKey,
    expand,
    fingerprint,
    generate_hpke_key,
    generate_log_key,
    load_hpke_key,
    load_log_key,
    log_public,
    store_private,
)

PASSPHRASE = "ACCORD_PASSPHRASE"  # noqa: S105 - the name of a variable
PASSPHRASE_FILE = "ACCORD_PASSPHRASE_FILE"  # noqa: S105 - and of one that names a file with it


@dataclass(slots=True, frozen=True)
class Pair:
    """A log key and the HPKE key that goes with it."""

    log: LogPrivateKey
    hpke: HpkePrivateKey


@dataclass(slots=True, frozen=True)
class Keys:
    """An agency's private keys: every pair that it made, the oldest first; `storage` (32) is what its stores' secrets are
    kept under.
    """

    pairs: tuple[Pair, ...]
    storage: bytes

    def log_key(self, public: bytes) -> LogPrivateKey | None:
        """The log key with this public half."""
        return next((pair.log for pair in self.pairs if log_public(pair.log) == public), None)


def make_keys(home: Path, settings: Settings, environment: Mapping[str, str]) -> Keys:
    """Make the first pair and the storage key of a new home."""
    if not environment.keys() & {PASSPHRASE, PASSPHRASE_FILE}:
        made = settings.seed.hex() if settings.seed is not None else secrets.token_urlsafe(32)
        replace_file(home / "keys" / "passphrase", made.encode(), private=True)
    passphrase = read_passphrase(home, environment)
    pair = make_pair(home, settings, passphrase, 1)
    storage = generate_log_key(_seed(settings, "storage"))
    _store(home, "storage", storage, passphrase)
    return Keys((pair,), _storage_key(storage))


def make_pair(home: Path, settings: Settings, passphrase: bytes, number: int) -> Pair:
    """Make the home's pair of this number (from 1) and keep it, encrypted; the log key last: with it the pair is whole."""
    further = "" if number == 1 else f"/{number}"
    pair = Pair(
        generate_log_key(_seed(settings, f"log{further}")),
        generate_hpke_key(_seed(settings, f"hpke{further}")),
    )
    _store(home, _name("hpke", number), pair.hpke, passphrase)
    _store(home, _name("log", number), pair.log, passphrase)
    return pair


def _seed(settings: Settings, name: str) -> bytes | None:
    if settings.seed is None:
        return None
    return fingerprint(settings.seed + f"{settings.agency}/{name}".encode())


def _store(home: Path, name: str, key: LogPrivateKey | HpkePrivateKey, passphrase: bytes) -> None:
    replace_file(home / "keys" / f"{name}.pem", store_private(key, passphrase), private=True)


def _name(kind: str, number: int) -> str:
    """What a key of a pair is called: log, log-2, log-3."""
    return kind if number == 1 else f"{kind}-{number}"


def read_keys(home: Path, passphrase: bytes) -> Keys:
    """Open the home's private keys; raises UsageRefused. A pair of which a key is missing was never finished."""
    folder = home / "keys"
    numbers = itertools.takewhile(
        lambda number: number == 1 or (folder / f"{_name('log', number)}.pem").exists(), itertools.count(1)
    )
    try:
        pairs = [_read_pair(folder, number, passphrase) for number in numbers]
        storage = load_log_key((folder / "storage.pem").read_bytes(), passphrase)
    except FileNotFoundError as error:
        raise UsageRefused("a key of this home is missing", where=str(folder)) from error
    return Keys(tuple(pairs), _storage_key(storage))


def _read_pair(folder: Path, number: int, passphrase: bytes) -> Pair:
    log, hpke = ((folder / f"{_name(kind, number)}.pem").read_bytes() for kind in ("log", "hpke"))
    return Pair(load_log_key(log, passphrase), load_hpke_key(hpke, passphrase))


def read_passphrase(home: Path, environment: Mapping[str, str]) -> bytes:
    """The passphrase of the keys: from the environment, or a file that it names, else from HOME/keys/passphrase."""
    if PASSPHRASE in environment:
        return environment[PASSPHRASE].encode()
    named = environment.get(PASSPHRASE_FILE)
    try:
        return (Path(named) if named else home / "keys" / "passphrase").read_bytes().strip()
    except OSError as error:
        raise UsageRefused(
            f"no passphrase for the keys ({error.strerror})",
            where=named,
            advice=f"Set {PASSPHRASE} or {PASSPHRASE_FILE}.",
        ) from error


def _storage_key(key: LogPrivateKey) -> bytes:
    raw = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return expand(raw, b"accord/1 storage")
