"""What HOME/agency.toml says.

exchange = "cook"
agency = "police"
wire = "../wire"            a directory that all agencies share; or a table [wire] with `kind`

[store]
url = "postgresql://accord_police_publisher@host/accord_police"     absent: SQLite files in the home
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from accord.bootstrap.disk import replace_file
from accord.errors import UsageRefused
from accord.sources import Clock, Entropy, SeededEntropy, SteppedClock, SystemClock, SystemEntropy

FILE = "agency.toml"
KINDS = ("directory",)
_STEP = 1000  # microseconds by which the clock of a demonstration moves at each look


@dataclass(slots=True, frozen=True)
class WireSettings:
    """Where the wire is; `kind` is one of KINDS."""

    kind: str
    directory: Path

    @classmethod
    def of_directory(cls, directory: Path) -> WireSettings:
        """A directory that every agency of the exchange reads and writes."""
        return cls("directory", directory.resolve())

    @classmethod
    def read(cls, home: Path, said: Any) -> WireSettings:
        """What agency.toml has under `wire`; raises KeyError, TypeError or ValueError."""
        if isinstance(said, str):
            return cls.of_directory(home / said)
        if said["kind"] not in KINDS:
            raise ValueError(said["kind"])
        return cls(said["kind"], (home / str(said["directory"])).resolve())

    def lines(self, home: Path) -> list[str]:
        """What agency.toml says of it."""
        return [f'wire = "{os.path.relpath(self.directory, home)}"']


def store_url(url: str) -> str:
    """A database's URL, as it may stand in agency.toml; raises UsageRefused."""
    said = urlsplit(url)
    if said.scheme not in ("postgresql", "postgres") or len(said.path) < 2 or set(url) & set('"\\\n'):
        raise UsageRefused(
            "not the URL of a database", where="[store] url", advice="Say postgresql://LOGIN@HOST/DATABASE."
        )
    if said.password is not None or "password" in parse_qs(said.query):
        raise UsageRefused(
            "a password does not belong into agency.toml",
            where="[store] url",
            advice="Put it into the file that PGPASSFILE names, or use a certificate.",
        )
    return url


@dataclass(slots=True, frozen=True)
class Settings:
    """What agency.toml says. `seed` and `clock` (microseconds UTC) stand only in a demonstration's home.

    `store` is the URL of the agency's database; None: SQLite files in the home.
    """

    home: Path
    exchange: str
    agency: str
    wire: WireSettings
    seed: bytes | None = None
    clock: int | None = None
    store: str | None = None

    @classmethod
    def read(cls, home: Path) -> Settings:
        """Read HOME/agency.toml; raises UsageRefused."""
        path = home / FILE
        try:
            said = tomllib.loads(path.read_text())
            demonstration = said.get("demonstration", {})
            return cls(
                home,
                str(said["exchange"]),
                str(said["agency"]),
                WireSettings.read(home, said["wire"]),
                bytes.fromhex(demonstration["seed"]) if demonstration else None,
                int(demonstration["clock"]) if demonstration else None,
                store_url(said["store"]["url"]) if "store" in said else None,
            )
        except FileNotFoundError as error:
            raise UsageRefused(
                "not the home of an agency", where=str(home), advice="Run: accord init."
            ) from error
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            raise UsageRefused("cannot be read as an agency's settings", where=str(path)) from error

    def write(self) -> None:
        """Write HOME/agency.toml."""
        lines = [f'exchange = "{self.exchange}"', f'agency = "{self.agency}"', *self.wire.lines(self.home)]
        if self.store is not None:
            lines += ["", "[store]", f'url = "{self.store}"']
        if self.seed is not None:
            lines += ["", "[demonstration]", f'seed = "{self.seed.hex()}"', f"clock = {self.clock}"]
        replace_file(self.home / FILE, ("\n".join(lines) + "\n").encode())

    def sources(self) -> tuple[Clock, Entropy]:
        """Where this home's time and randomness come from."""
        if self.seed is None or self.clock is None:
            return SystemClock(), SystemEntropy()
        return SteppedClock(self.clock, _STEP), SeededEntropy(self.seed + self.agency.encode())
