"""Founds a demonstration: a home for each agency of an example, one wire, a memorandum that all of them signed.

Everything is drawn from one seed and told by a clock that moves by itself, so that the same run gives the same bytes.
These keys can be made again by anybody: never use a demonstration's home for a real case.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from accord.bootstrap import Agency, Settings, initialise, opened, read_draft, read_keys, read_passphrase
from accord.errors import AccordError, UsageRefused
from accord.memorandum import Memorandum, append_signature, enrol, sign_memorandum
from accord.schema import Vocabulary
from accord.sources import SteppedClock

SEED = b"accord demonstration"
WIRE = "wire"
_MOST_PASSES = 50
_ENVIRONMENT: Mapping[str, str] = {}  # a demonstration asks nothing of the environment


@dataclass(slots=True)
class Exchange:
    """The agencies of a demonstration, all opened in this process."""

    home: Path
    vocabulary: Vocabulary
    agencies: dict[str, Agency]
    published: dict[str, int] = field(default_factory=dict)

    @property
    def memorandum(self) -> Memorandum:
        """The memorandum that all agencies follow."""
        return next(iter(self.agencies.values())).memorandum

    @property
    def coordinator(self) -> Agency:
        """The agency that coordinates, else the first."""
        for agency in self.agencies.values():
            if agency.role == "coordinator":
                return agency
        return next(iter(self.agencies.values()))

    def move_to(self, moment: int) -> None:
        """Move every agency's clock forward to `moment` (microseconds UTC)."""
        for agency in self.agencies.values():
            move(agency, moment)

    def sync(self) -> None:
        """Let every agency publish, receive and project until nobody has anything new."""
        for _ in range(_MOST_PASSES):
            for slug in self.agencies:
                self.publish(slug)
            behind = [slug for slug in self.agencies if self._behind(slug)]
            for slug in behind:
                self.agencies[slug].receive()
            if not behind:
                return

    def publish(self, slug: str) -> None:
        """Let one agency try again what waits, and publish what is new in its log."""
        agency = self.agencies[slug]
        if agency.log.size != self.published.get(slug) or agency.publisher.waiting():
            agency.publish()
            self.published[slug] = agency.log.size

    def bring(self, origin: str, slug: str) -> None:
        """Bring one agency what another has in its log."""
        if self.agencies[slug].replica.sizes().get(origin, 0) < self.agencies[origin].log.size:
            self.publish(origin)
            self.agencies[slug].receive()

    def _behind(self, slug: str) -> bool:
        known = self.agencies[slug].replica.sizes()
        return any(known.get(other, 0) < one.log.size for other, one in self.agencies.items())

    def end(self) -> int:
        """Sync once more at one time for all, leave that time in every home, and return it (microseconds UTC)."""
        self.sync()
        self.move_to(max(agency.clock.now() for agency in self.agencies.values()))
        for agency in self.agencies.values():
            agency.sync()
        self.sync()
        last = max(agency.clock.now() for agency in self.agencies.values())
        self.move_to(last)
        for agency in self.agencies.values():
            replace(agency.settings, clock=last).write()
        return last


def move(agency: Agency, moment: int) -> None:
    """Move one agency's clock forward to `moment` (microseconds UTC)."""
    assert isinstance(agency.clock, SteppedClock)
    agency.clock.move_to(moment)


def clear(home: Path) -> None:
    """Make way for a demonstration: remove an earlier one. Raises UsageRefused if anything else is there."""
    if not home.exists():
        return
    if home.is_symlink() or not home.is_dir() or not _is_demonstration(home):
        raise UsageRefused(
            "there is something here that is not a demonstration",
            where=str(home),
            advice="Name another folder with --home; nothing was touched.",
        )
    for entry in home.iterdir():
        shutil.rmtree(entry)


def _is_demonstration(home: Path) -> bool:
    entries = list(home.iterdir())
    homes = [entry for entry in entries if entry.name != WIRE]
    return all(entry.is_dir() and not entry.is_symlink() for entry in entries) and (
        all(map(_is_home, homes)) and (bool(homes) or not entries)
    )


def _is_home(folder: Path) -> bool:
    try:
        return Settings.read(folder).seed == SEED
    except (AccordError, OSError, UnicodeDecodeError):
        return False


@contextmanager
def founded(home: Path, example: Path, clock: int, vocabulary: Vocabulary) -> Iterator[Exchange]:
    """Found the exchange of an example in an empty or new folder and open all its agencies.

    `clock` is the time at which it is founded (microseconds UTC). What a founding that fails has made is removed.
    """
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            exchange = _found(home, example, clock, vocabulary, stack)
        except BaseException:
            stack.close()
            for entry in home.iterdir():
                shutil.rmtree(entry)
            raise
        yield exchange


def _found(home: Path, example: Path, clock: int, vocabulary: Vocabulary, stack: ExitStack) -> Exchange:
    text, clauses, _ = read_draft(example / "memorandum.toml")
    draft = Memorandum.parse(text, vocabulary)
    cards = [
        initialise(home / slug, draft, slug, _ENVIRONMENT, wire=home / WIRE, seed=SEED, clock=clock)
        for slug in draft.agencies
    ]
    text = enrol(text, cards, vocabulary, clauses=clauses)
    memorandum = Memorandum.parse(text, vocabulary)
    signatures = b""
    for slug in memorandum.agencies:
        keys = read_keys(home / slug, read_passphrase(home / slug, _ENVIRONMENT))
        signatures = append_signature(signatures, sign_memorandum(memorandum, slug, keys.log))
    agencies: dict[str, Agency] = {}
    for slug in memorandum.agencies:
        agency = stack.enter_context(opened(home / slug, _ENVIRONMENT, vocabulary=vocabulary))
        agency.adopt(text, clauses, signatures)
        agencies[slug] = agency
    exchange = Exchange(home, vocabulary, agencies)
    exchange.sync()
    return exchange
