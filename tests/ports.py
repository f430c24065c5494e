"""Ports for the servers that tests start."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL = 32_768
_ANY = random.SystemRandom()


def free_port() -> int:
    """A port of 127.0.0.1 at which nobody listens.

    It lies below those that the system gives to outgoing connections, so that none of these can have it by the time that the
    server starts, or starts again.
    """
    lowest = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else _USUAL
    while True:
        port = _ANY.randrange(max(1024, lowest - 16_384), lowest)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
