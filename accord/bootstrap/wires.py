"""From the settings of a wire to the wire, and to how all that lies on it is verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from accord.adapters.directory import DirectoryWire, Fault, Progress, inspect
from accord.bootstrap.settings import Settings
from accord.ports import Wire

Known = Mapping[str, tuple[str, bytes]]  # slug -> origin and public key of each log


@dataclass(slots=True, frozen=True)
class Carrier:
    """A wire, and what reads everything on it that this home can see, faults and progress as they are found."""

    wire: Wire
    inspect: Callable[[Known], Iterator[Fault | Progress]]


def open_wire(settings: Settings) -> Carrier:
    """The wire that the settings name."""
    directory = settings.wire.directory
    return Carrier(DirectoryWire(directory), partial(inspect, directory))
