"""From the settings of a wire to the wire, to how all that lies on it is verified, and to what serves it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from accord.adapters.directory import DirectoryWire, Fault, Progress
from accord.adapters.directory import inspect as inspect_directory
from accord.adapters.https import HttpsWire, Identity, Peer, Seen, WireServer, client_context, server_context
from accord.adapters.https import inspect as inspect_https
from accord.bootstrap.settings import Settings
from accord.errors import Unreachable, UsageRefused
from accord.ledger import KeyAt
from accord.ports import Wire
from accord.replica import Judge

if TYPE_CHECKING:
    from accord.adapters.kafka import Servers

Known = Mapping[
    str, tuple[str, KeyAt]
]  # slug -> origin of each log, and the public key that it has at a size


def _nothing() -> None:
    return


def _awaited(origins: Iterable[str], seconds: float) -> bool:
    """A wire that cannot tell when something is new."""
    time.sleep(seconds)
    return False


def _looked_at(origins: Iterable[str]) -> None:
    """A wire that is asked log by log."""


@dataclass(slots=True, frozen=True)
class Carrier:
    """A wire, what reads everything on it that this home can see, faults and progress as found, and how to let go of it.

    `look` is told which logs are asked for next. `wait` waits for so many seconds, and less where one of these logs has
    something new: whether it has. `forget` drops what was concluded from the public keys known so far: others are known
    now. `begin_turn` says that a turn begins: how long an agency is waited for in it is counted anew. `require` sees that
    what carries the wire is there at all; it raises Unreachable.
    """

    wire: Wire
    inspect: Callable[[Known], Iterator[Fault | Progress]]
    close: Callable[[], None] = _nothing
    forget: Callable[[], None] = _nothing
    look: Callable[[Iterable[str]], None] = _looked_at
    wait: Callable[[Iterable[str], float], bool] = _awaited
    begin_turn: Callable[[], None] = _nothing
    require: Callable[[], None] = _nothing


def open_wire(settings: Settings, judge: Judge) -> Carrier:
    """The wire that the settings name; nothing is connected before it is used.

    `judge` says whose a record is, on a wire where anybody could put one.
    """
    if settings.wire.kind == "kafka":
        return _open_kafka(settings, judge)
    directory = settings.wire.directory
    own, require = DirectoryWire(directory), partial(_require_folder, directory)
    if settings.wire.kind == "directory":
        return Carrier(own, partial(inspect_directory, directory), wait=own.wait, require=require)
    context = cache(partial(client_context, _identity(settings)))
    others = {slug: url for slug, url in settings.wire.agencies.items() if slug != settings.agency}
    wire = HttpsWire(settings.agency, own, {slug: Peer(slug, url, context) for slug, url in others.items()})
    return Carrier(
        wire, partial(inspect_https, wire), wire.close, begin_turn=wire.begin_turn, require=require
    )


def _require_folder(directory: Path) -> None:
    """A wire's folder is made with the home: one that is gone is not mounted, and is no empty wire."""
    if not os.path.isdir(directory):
        raise Unreachable(
            "the folder of the wire is not there",
            where=str(directory),
            advice="Mount it. If it is gone for good, make it anew, empty: each agency publishes its whole log there.",
        )


def _open_kafka(settings: Settings, judge: Judge) -> Carrier:
    servers = _servers(settings)
    from accord.adapters.kafka import KafkaWire, inspect_topics

    wire = KafkaWire(settings.exchange, servers, judge)
    inspect = partial(inspect_topics, settings.exchange, settings.agency, servers)
    return Carrier(
        wire,
        inspect,
        wire.close,
        forget=wire.forget,
        look=wire.look,
        wait=wire.wait,
    )


def _servers(settings: Settings) -> Servers:
    try:
        from accord.adapters.kafka import Servers
    except ImportError as error:
        raise UsageRefused(
            "this home's wire is Kafka, and the software for it is not installed",
            where=str(settings.home),
            advice="Install the wheel that Accord came in with it: pip install 'accord_exchange-...whl[kafka]'.",
        ) from error
    tls = settings.wire.tls
    files = (tls.authority, tls.certificate, tls.key) if tls else ()
    return Servers(settings.wire.servers, *files)


class Shared(Protocol):
    """A worker's part in the logs that it shares with the agency's other workers."""

    def mine(self) -> frozenset[str]:
        """The logs, by slug, that are this worker's now. Raises Unready."""
        ...

    def close(self) -> None:
        """Leave them to the others."""
        ...


def open_share(settings: Settings, slugs: Iterable[str]) -> Shared:
    """Take part in receiving these agencies' logs, our own not counted. Raises UsageRefused where the wire is not Kafka."""
    if settings.wire.kind != "kafka":
        raise UsageRefused(
            "logs are shared among workers over Kafka only",
            where="--share",
            advice="Leave it out: one projector receives every log.",
        )
    servers = _servers(settings)
    from accord.adapters.kafka import Share

    others = [slug for slug in slugs if slug != settings.agency]
    return Share(settings.exchange, settings.agency, others, servers)


def open_server(settings: Settings, host: str, port: int, tell: Callable[[Seen], None]) -> WireServer:
    """What serves this agency's part of an HTTPS wire to the others. Raises UsageRefused, Unready."""
    settings.wire.directory.mkdir(parents=True, exist_ok=True)
    return WireServer((host, port), settings.wire.directory, server_context(_identity(settings)), tell)


def _identity(settings: Settings) -> Identity:
    tls = settings.wire.tls
    if settings.wire.kind != "https" or tls is None:
        raise UsageRefused(
            "this home's wire is not one over HTTPS",
            where="agency.toml",
            advice="A directory wire needs no server; see accord init --wire https.",
        )
    return Identity(tls.authority, tls.certificate, tls.key)
