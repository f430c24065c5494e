"""An agency's server for a wire over HTTPS: what the others read of us, behind mutual TLS, until SIGTERM.

It reads HOME/agency.toml and the folder of the wire, and needs neither the home's lock nor its keys, so it may run as
another user, or on another machine that holds a copy of the folder. `accord serve` does the same by hand.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from accord.adapters.https import Seen
from accord.bootstrap import Settings, address_of, open_server, stop_by_signals
from accord.errors import AccordError
from accord.web import Figure, Vitals
from services import beat

_LOOKED_EVERY = 5.0  # seconds


class _Requests:
    """Counts requests by kind and status, and tells the log of each; they come from many threads."""

    def __init__(self, log: beat.Log, vitals: Vitals) -> None:
        self._log, self._vitals = log, vitals
        self._lock = threading.Lock()
        self._count: Counter[tuple[str, int]] = Counter()
        self._bytes = 0

    def __call__(self, seen: Seen) -> None:
        with self._lock:
            self._count[seen.kind, seen.status] += 1
            self._bytes += seen.size
            text = f"{seen.method} {seen.kind} {seen.status} {seen.size}"
            self._log.say(text, method=seen.method, kind=seen.kind, status=seen.status, bytes=seen.size)
            self._vitals.figures = self._figures()

    def looked_at(self, folder: Path) -> None:
        """Whether there is anything to serve; an agency that has published nothing has an empty folder."""
        with self._lock:
            if folder.is_dir():
                self._vitals.went_well(self._figures())
            else:
                self._vitals.failed("the folder of the wire is not there")

    def _figures(self) -> list[Figure]:
        about = "Requests by kind and status; 0: none came of the connection."
        requests = [
            Figure("accord_requests_total", about, count, {"kind": kind, "status": str(status)}, "counter")
            for (kind, status), count in self._count.items()
        ]
        return [*requests, Figure("accord_sent_bytes_total", "Bytes sent.", self._bytes, kind="counter")]


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Serve until stopped; returns the exit code."""
    parser = beat.words("wire", __doc__ or "")
    parser.add_argument(
        "--serve", metavar="HOST:PORT", default="0.0.0.0:8443", help="where to serve (default: %(default)s)"
    )
    asked = parser.parse_args(arguments)
    log, vitals, stop = (
        beat.Log("wire", as_json=asked.log == "json"),
        Vitals("wire"),
        threading.Event(),
    )
    requests = _Requests(log, vitals)
    try:
        settings = Settings.read(beat.home_of(asked, environment))
        address = address_of(asked.serve, "--serve")
        stop_by_signals(stop.set)
        with (
            beat.listening(asked.listen, vitals, log),
            open_server(settings, *address, requests) as server,
        ):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            requests.looked_at(settings.wire.directory)
            log.say(f"at work at port {server.port}")
            while not stop.wait(_LOOKED_EVERY):
                requests.looked_at(settings.wire.directory)
            server.shutdown()
        log.say("stopped")
    except (AccordError, OSError) as error:
        return log.failed(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
