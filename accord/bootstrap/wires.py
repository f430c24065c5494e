"""From the settings of a wire to the wire, and to how all that lies on it is verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from accord.adapters.directory import DirectoryWire, Fault, Progress, inspect
from accord.bootstrap.settings import KafkaSettings, Settings
from accord.errors import UsageRefused
from accord.ports import Wire
from accord.replica import Judge

Known = Mapping[str, tuple[str, bytes]]  # slug -> origin and public key of each log


def _nothing() -> None:
    """A wire of files has nothing to leave."""


def _silent(note: str) -> None:
    """Where a wire is read by its files, the head that lies there says it."""


@dataclass(slots=True, frozen=True)
class Carrier:
    """A wire, and what reads everything on it that this home can see, faults and progress as they are found.

    `heartbeat` says, with our newest head, that we are there; `close` leaves the wire.
    """

    wire: Wire
    inspect: Callable[[Known], Iterator[Fault | Progress]]
    heartbeat: Callable[[str], None] = _silent
    close: Callable[[], None] = _nothing


def open_wire(settings: Settings, judge: Judge) -> Carrier:
    """The wire that the settings name; `judge` says of a record on it whose it is, where anybody could put one there."""
    if isinstance(settings.wire, KafkaSettings):
        return _open_kafka(settings, settings.wire, judge)
    directory = settings.wire.directory
    return Carrier(DirectoryWire(directory), partial(inspect, directory))


def _open_kafka(settings: Settings, said: KafkaSettings, judge: Judge) -> Carrier:
    try:
        from accord.adapters.kafka import KafkaWire, Servers, inspect_topics
    except ImportError as error:
        raise UsageRefused(
            "this home's wire is Kafka, and the software for it is not installed",
            where=str(settings.home),
            advice="Run: pip install 'accord-exchange[kafka]'.",
        ) from error
    servers = Servers(said.servers, said.authority, said.certificate, said.key)
    wire = KafkaWire(settings.exchange, servers, judge)
    return Carrier(
        wire,
        partial(inspect_topics, settings.exchange, settings.agency, servers),
        partial(wire.heartbeat, settings.agency),
        wire.close,
    )
