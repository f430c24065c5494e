"""One agency's home on disk: what `accord init` makes and every other command opens.

HOME/agency.toml          who we are, where the wire is
HOME/enrolment.json       our public keys, self-signed: the card that the board compares by voice
HOME/renewal.json         the same of the keys that we renewed them by last, signed by the old key too
HOME/keys/                log.pem, hpke.pem, storage.pem: encrypted PKCS#8; passphrase, unless it is given otherwise;
                          log-2.pem, hpke-2.pem and so on: keys that came later, beside those before, which are kept
HOME/memorandum/          every adopted version: NNNN.toml, NNNN.md, NNNN.toml.sig
HOME/store.db             events, log and outbox       HOME/replica.db     every other log, verified
HOME/projection.db        what our role may see        HOME/reads.db       our own reading log
HOME/lock                 held by the one process that writes; a lock on HOME itself by those who wait for it

Where agency.toml names a database in PostgreSQL, the four stores are schemas there.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from accord.bootstrap.disk import replace_file, written
from accord.bootstrap.keyring import make_keys
from accord.bootstrap.settings import Settings, WireSettings
from accord.errors import HomeLocked, UsageRefused
from accord.keys import hpke_public
from accord.memorandum import Memorandum, make_card
from accord.schema import Vocabulary

_ASKED_EVERY = 0.01  # seconds


def initialise(
    home: Path,
    memorandum: Memorandum,
    slug: str,
    environment: Mapping[str, str],
    *,
    wire: WireSettings | None = None,
    seed: bytes | None = None,
    clock: int | None = None,
    store: str | None = None,
) -> bytes:
    """Make a home with fresh keys and its enrolment card; returns the card's bytes. A home that is there is
    left as it is.

    Raises UsageRefused if the memorandum has no such agency, or the home is another's.
    """
    agency = memorandum.agencies.get(slug)
    if agency is None:
        raise UsageRefused("the memorandum has no such agency", where=slug, advice="Name it by its slug.")
    if (home / "agency.toml").exists():
        settings = Settings.read(home)
        if (settings.exchange, settings.agency) != (memorandum.exchange, slug):
            raise UsageRefused("this is another agency's home", where=str(home))
        return (home / "enrolment.json").read_bytes()
    for folder in (home, home / "keys"):  # what this role may see lies there in the clear
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)  # also one that was there
    (home / "memorandum").mkdir(exist_ok=True)
    wire = wire or WireSettings.of_directory(home.parent / "wire")
    if wire.kind != "kafka":  # from now on one that is not there is not mounted, and is no empty wire
        wire.directory.mkdir(parents=True, exist_ok=True)
    settings = Settings(home, memorandum.exchange, slug, wire, seed, clock, store)
    keys = make_keys(home, settings, environment)
    first = keys.pairs[0]
    card = make_card(
        memorandum.exchange, slug, agency.role, first.log, hpke_public(first.hpke), moment(settings)
    )
    replace_file(home / "enrolment.json", card)
    settings.write()  # last: a home without it is made again
    return card


def moment(settings: Settings) -> datetime:
    """The time by the home's clock."""
    return datetime.fromtimestamp(settings.sources()[0].now() / 1e6, UTC)


@contextmanager
def locked(home: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the home for writing; raises HomeLocked if another process does.

    One that stays at work there is asked to let others in, and waited for so many seconds.
    """
    with written(home / "lock"):
        opened = (home / "lock").open("a")
    with opened as file:
        if not _taken(file.fileno()):
            _ask(home, file.fileno(), patience)
        yield


def asked_for(home: Path) -> bool:
    """Whether another process waits for the home."""
    with _folder(home) as folder:
        return not _taken(folder)


def _ask(home: Path, lock: int, patience: float) -> None:
    until = time.monotonic() + patience
    with _folder(home) as folder:
        fcntl.flock(folder, fcntl.LOCK_SH)  # gone with this process, whatever becomes of it
        while not _taken(lock):
            if time.monotonic() >= until:
                raise HomeLocked(
                    "another process of this agency is at work here",
                    where=str(home),
                    advice="Wait until it has ended.",
                )
            time.sleep(_ASKED_EVERY)


@contextmanager
def _folder(home: Path) -> Iterator[int]:
    """The home itself: who waits for the lock holds it, with others who wait."""
    with written(home):
        descriptor = os.open(home, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def adopted_files(home: Path) -> list[Path]:
    """The adopted memoranda (the .toml files) in the order of their versions."""
    return sorted((home / "memorandum").glob("[0-9]*.toml"))


def keep_memorandum(home: Path, version: int, text: bytes, clauses: bytes, signatures: bytes) -> None:
    """Keep an adopted version; the .toml last, so that a version is there whole or not at all.

    One that is there stays as it is: what is handed in with the same text may lack what made it adoptable.
    """
    folder = home / "memorandum"
    kept = folder / f"{version:04}.toml"
    if kept.exists() and kept.read_bytes() == text:
        return
    for suffix, data in ((".md", clauses), (".toml.sig", signatures), (".toml", text)):
        replace_file(folder / f"{version:04}{suffix}", data)


def read_draft(path: Path) -> tuple[bytes, bytes, bytes]:
    """A memorandum's exact bytes, its clause file's and its signatures' (empty where there are none)."""
    try:
        text = path.read_bytes()
        clauses = path.with_suffix(".md").read_bytes()
    except FileNotFoundError as error:
        raise UsageRefused(
            "not found", where=str(error.filename), advice="A memorandum is two files: NAME.toml and NAME.md."
        ) from error
    signatures = path.with_suffix(".toml.sig")
    return text, clauses, signatures.read_bytes() if signatures.exists() else b""


def parse_draft(path: Path, vocabulary: Vocabulary) -> Memorandum:
    """A memorandum from its .toml alone, checked; raises MemorandumRefused or UsageRefused."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageRefused(error.strerror or "cannot be read", where=str(path)) from error
    return Memorandum.parse(text, vocabulary)
