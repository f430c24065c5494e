"""What every process needs that stays at work: an address to listen at, and an end when it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable

from accord.errors import UsageRefused


def address_of(text: str, where: str) -> tuple[str, int]:
    """Host and port of HOST:PORT, an IPv6 address with or without brackets; raises UsageRefused, naming `where`."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not (port.isascii() and port.isdigit() and int(port) < 65_536):
        raise UsageRefused("not a host and a port", where=where, advice="Write HOST:PORT.")
    return host, int(port)


def stop_by_signals(stop: Callable[[], None]) -> None:
    """Have SIGTERM and SIGINT call `stop`, from now until the process ends: a second one harms nothing."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
