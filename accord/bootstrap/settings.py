"""What HOME/agency.toml says.

exchange = "cook"
agency = "police"
wire = "../wire"            a directory that all agencies share; or a table:

[wire]
kind = "kafka"
servers = ["broker.example:9093"]
authority = "tls/authority.pem"     paths of PEM files, relative to the home; all three, or none for plain text
certificate = "tls/police.pem"
key = "tls/police.key"
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accord.bootstrap.disk import replace_file
from accord.errors import UsageRefused
from accord.sources import Clock, Entropy, SeededEntropy, SteppedClock, SystemClock, SystemEntropy

FILE = "agency.toml"
KINDS = ("directory", "kafka")
_FILES = ("authority", "certificate", "key")
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
    def read(cls, home: Path, said: Any) -> WireSettings | KafkaSettings:
        """What agency.toml has under `wire`; raises KeyError, TypeError or ValueError."""
        if isinstance(said, str):
            return cls.of_directory(home / said)
        if said["kind"] not in KINDS:
            raise ValueError(said["kind"])
        if said["kind"] == "kafka":
            return KafkaSettings.read(home, said)
        return cls(said["kind"], (home / str(said["directory"])).resolve())

    def lines(self, home: Path) -> list[str]:
        """What agency.toml says of it."""
        return [f'wire = "{os.path.relpath(self.directory, home)}"']


@dataclass(slots=True, frozen=True)
class KafkaSettings:
    """A Kafka broker's addresses, and the PEM files for TLS: without them, plain text."""

    servers: tuple[str, ...]
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def read(cls, home: Path, said: Any) -> KafkaSettings:
        """What agency.toml has in its table `wire`; raises KeyError, TypeError or ValueError."""
        servers = tuple(str(one) for one in said["servers"])
        if not servers or isinstance(said["servers"], str) or not all(":" in one for one in servers):
            raise ValueError("servers")
        if not any(name in said for name in _FILES):
            return cls(servers)
        return cls(servers, *((home / str(said[name])).resolve() for name in _FILES))

    def lines(self, home: Path) -> list[str]:
        """What agency.toml says of it."""
        named = ", ".join(f'"{one}"' for one in self.servers)
        lines = ["", "[wire]", 'kind = "kafka"', f"servers = [{named}]"]
        if self.authority and self.certificate and self.key:
            files = zip(_FILES, (self.authority, self.certificate, self.key), strict=True)
            lines += [f'{name} = "{os.path.relpath(path, home)}"' for name, path in files]
        return lines


@dataclass(slots=True, frozen=True)
class Settings:
    """What agency.toml says. `seed` and `clock` (microseconds UTC) stand only in a demonstration's home."""

    home: Path
    exchange: str
    agency: str
    wire: WireSettings | KafkaSettings
    seed: bytes | None = None
    clock: int | None = None

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
        if self.seed is not None:
            lines += ["", "[demonstration]", f'seed = "{self.seed.hex()}"', f"clock = {self.clock}"]
        replace_file(self.home / FILE, ("\n".join(lines) + "\n").encode())

    def sources(self) -> tuple[Clock, Entropy]:
        """Where this home's time and randomness come from."""
        if self.seed is None or self.clock is None:
            return SystemClock(), SystemEntropy()
        return SteppedClock(self.clock, _STEP), SeededEntropy(self.seed + self.agency.encode())
