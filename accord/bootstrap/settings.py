"""What HOME/agency.toml says.

exchange = "cook"
agency = "police"
wire = "../wire"                   a directory that all agencies share; or a table:

[wire]
kind = "https"
directory = "wire"                 our own log and the key bundles we leave for others: what our server serves
authority = "tls/authority.pem"    certificates in PEM; ours has our slug as its common name
certificate = "tls/police.pem"
key = "tls/police.key"

[wire.agencies]
court = "https://court.example:8443"     where each other agency serves its folder

[wire]
kind = "kafka"
servers = ["broker.example:9093"]
authority, certificate, key        as above; without them plain text, for a broker on this machine

Paths are relative to the home.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accord.bootstrap.disk import replace_file
from accord.errors import UsageRefused
from accord.sources import Clock, Entropy, SeededEntropy, SteppedClock, SystemClock, SystemEntropy

FILE = "agency.toml"
KINDS = ("directory", "https", "kafka")
_FILES = ("authority", "certificate", "key")
_STEP = 1000  # microseconds by which the clock of a demonstration moves at each look


@dataclass(slots=True, frozen=True)
class TlsSettings:
    """PEM files: the authority that all trust, our certificate, its private key."""

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def of_folder(cls, folder: Path, slug: str) -> TlsSettings:
        """The files that `accord broker certificates` makes for an agency."""
        folder = folder.resolve()
        return cls(folder / "authority.pem", folder / f"{slug}.pem", folder / f"{slug}.key")

    @classmethod
    def read(cls, home: Path, said: Mapping[str, Any]) -> TlsSettings:
        """What a table says; raises KeyError."""
        return cls(*((home / str(said[name])).resolve() for name in _FILES))

    def lines(self, home: Path) -> list[str]:
        """What a table says of it."""
        named = {"authority": self.authority, "certificate": self.certificate, "key": self.key}
        return [f"{name} = {_quoted(os.path.relpath(path, home))}" for name, path in named.items()]


@dataclass(slots=True, frozen=True)
class WireSettings:
    """Where the wire is; `kind` is one of KINDS.

    `directory` is that of a directory wire, or what our server serves; `agencies` (slug -> URL) are those of https,
    `servers` (host:port) those of kafka; `tls` of either.
    """

    kind: str
    directory: Path
    tls: TlsSettings | None = None
    agencies: Mapping[str, str] = field(default_factory=dict)
    servers: tuple[str, ...] = ()

    @classmethod
    def of_directory(cls, directory: Path) -> WireSettings:
        """A directory that every agency of the exchange reads and writes."""
        return cls("directory", directory.resolve())

    @classmethod
    def of_kafka(cls, servers: Iterable[str], tls: TlsSettings | None = None) -> WireSettings:
        """A Kafka broker, by its addresses. Raises ValueError for what is not host:port."""
        named = tuple(servers)
        if not named or not all(re.fullmatch(r"[^\s,\"]+:[0-9]{1,5}", one) for one in named):
            raise ValueError("servers")
        return cls("kafka", Path(), tls, servers=named)

    @classmethod
    def read(cls, home: Path, said: Any) -> WireSettings:
        """What agency.toml has under `wire`; raises KeyError, TypeError or ValueError."""
        if isinstance(said, str):
            return cls.of_directory(home / said)
        if said["kind"] not in KINDS:
            raise ValueError("kind")
        if said["kind"] == "kafka":
            tls = TlsSettings.read(home, said) if any(name in said for name in _FILES) else None
            return cls.of_kafka(map(str, said["servers"]), tls)
        directory = (home / str(said["directory"])).resolve()
        if said["kind"] == "directory":
            return cls.of_directory(directory)
        agencies = {str(slug): str(url) for slug, url in dict(said.get("agencies", {})).items()}
        return cls(said["kind"], directory, TlsSettings.read(home, said), agencies)

    def lines(self, home: Path) -> list[str]:
        """What agency.toml says of it."""
        if self.kind == "kafka":
            files = self.tls.lines(home) if self.tls else []
            return [
                "",
                "[wire]",
                'kind = "kafka"',
                f"servers = [{', '.join(map(_quoted, self.servers))}]",
                *files,
            ]
        where = _quoted(os.path.relpath(self.directory, home))
        if self.tls is None:
            return [f"wire = {where}"]
        table = ["", "[wire]", f'kind = "{self.kind}"', f"directory = {where}", *self.tls.lines(home)]
        return [
            *table,
            "",
            "[wire.agencies]",
            *(f"{slug} = {_quoted(url)}" for slug, url in self.agencies.items()),
        ]


@dataclass(slots=True, frozen=True)
class Settings:
    """What agency.toml says. `seed` and `clock` (microseconds UTC) stand only in a demonstration's home."""

    home: Path
    exchange: str
    agency: str
    wire: WireSettings
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


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
