"""`accord serve`: this agency's part of an HTTPS wire, for the others to read."""

from __future__ import annotations

import threading

from accord.adapters.https import Seen
from accord.bootstrap import Settings, address_of, open_server, stop_by_signals
from accord.cli.call import Call
from accord.cli.words import Commands, command

ANYWHERE = "0.0.0.0:8443"
_ABOUT = """\
Serves the folder of an HTTPS wire until it is stopped: heads and entries to every member of
the exchange, key bundles to their recipients alone. Nobody gets anything without a
certificate of the exchange's authority. It needs no key but that of its own certificate, and
may run beside every other command; any web server with the configuration of deploy/ does as well.

Says of each request its method, kind, status and size, and never who asked for what.

Example:
  accord serve --listen 0.0.0.0:8443 --home /srv/accord/court
"""


def add(commands: Commands) -> None:
    """The command serve."""
    made = command(commands, "serve", _serve, "serve this agency's part of an HTTPS wire", _ABOUT)
    made.add_argument(
        "--listen", metavar="HOST:PORT", default=ANYWHERE, help="where to listen (default: %(default)s)"
    )


def _serve(call: Call) -> int:
    host, port = address_of(call.arguments.listen, "--listen")
    with open_server(Settings.read(call.home), host, port, _Told(call)) as server:
        stop = threading.Event()
        stop_by_signals(stop.set)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        call.console.line({"serving": f"{host}:{server.port}"}, f"serving at {host}:{server.port}")
        stop.wait()
        server.shutdown()
        thread.join()
    call.console.line({"stopped": True}, "stopped")
    return 0


class _Told:
    """Says each request on a line; requests come from many threads."""

    def __init__(self, call: Call) -> None:
        self._console = call.console
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> None:
        said = {"method": seen.method, "kind": seen.kind, "status": seen.status, "bytes": seen.size}
        with self._lock:
            self._console.line(said, f"{seen.method} {seen.kind} {seen.status} {seen.size}")
