"""How a process fares, over plain HTTP on the machine itself: /healthz, /readyz, /metrics.

    /healthz    200 while turns are taken, also turns that fail: 503 when none has ended for long (restart it)
    /readyz     200 after a turn that ended well; 503, with why, before the first and while turns fail
    /metrics    Prometheus' text exposition

Nothing of it holds a field's value or a file's name.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn
from typing import Any

from accord.errors import Unready
from accord.web.exposition import CONTENT_TYPE, Figure, exposition

STUCK = 3600.0  # seconds without the end of a turn: longer than a backlog takes to be received in between two looks
_PLAIN = "text/plain; charset=utf-8"


@dataclass(slots=True)
class Vitals:
    """What one process last did; `stuck` seconds without the end of a turn are too long.

    Written by its one working thread, read by those that answer.
    """

    process: str
    stuck: float = STUCK
    figures: Sequence[Figure] = ()
    trouble: str = "no turn has ended yet"
    turns: int = 0
    failures: int = 0
    ended: float = field(default_factory=time.monotonic)
    well_at: float = 0.0  # seconds since 1970

    def went_well(self, figures: Sequence[Figure]) -> None:
        """A turn has ended well."""
        self.figures, self.trouble, self.well_at = figures, "", time.time()
        self._count()

    def failed(self, why: str) -> None:
        """A turn has failed, or could not be taken."""
        self.trouble = why
        self.failures += 1
        self._count()

    def _count(self) -> None:
        self.turns += 1
        self.ended = time.monotonic()

    def all(self) -> list[Figure]:
        """Every figure, the process's own among them."""
        by = {"process": self.process}
        own = [
            Figure("accord_turns_total", "Turns taken.", self.turns, by, "counter"),
            Figure("accord_turn_failures_total", "Turns that failed.", self.failures, by, "counter"),
            Figure("accord_ready", "Whether the last turn ended well.", not self.trouble, by),
            Figure("accord_last_beat_timestamp_seconds", "When a turn last ended well.", self.well_at, by),
        ]
        return [*own, *self.figures]


class HealthServer(ThreadingMixIn, TCPServer):
    """Answers at an address of this machine. Raises Unready where it cannot be had."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], vitals: Vitals) -> None:
        self.vitals = vitals
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        try:
            super().__init__(address, BaseRequestHandler)
        except OSError as error:
            raise Unready(
                f"cannot listen there ({error.strerror})", where=f"{address[0]}:{address[1]}"
            ) from error

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from a thread of its own, until `shutdown`."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """One connection."""
        _Handler(request, client_address, self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off concerns nobody."""

    def answer(self, path: str) -> tuple[int, str, str]:
        """Status, content type and text."""
        vitals = self.vitals
        if path == "/metrics":
            return 200, CONTENT_TYPE, exposition(vitals.all())
        if path == "/readyz":
            return (503, _PLAIN, f"{vitals.trouble}\n") if vitals.trouble else (200, _PLAIN, "ready\n")
        if path == "/healthz":
            stuck = time.monotonic() - vitals.ended > vitals.stuck
            return (503, _PLAIN, "no turn has ended for long\n") if stuck else (200, _PLAIN, "alive\n")
        return 404, _PLAIN, "/healthz /readyz /metrics\n"


class _Handler(BaseHTTPRequestHandler):
    timeout = 5.0
    server: HealthServer

    def do_GET(self) -> None:
        """Answer."""
        status, kind, text = self.server.answer(self.path)
        data = text.encode()
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        """Nobody needs to know who asked."""
