"""A small server of one agency's folder: a thread for each connection, each with an end.

What an outsider can hold up is bounded: so many connections in all and for each name, so much time for a handshake, a
request and an answer, so many bytes of a request. What it tells is method, kind of thing, status and size:
never a name or a path.
"""

from __future__ import annotations

import io
import os
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn
from typing import Any

from accord.adapters.https.door import Deadline, Door
from accord.adapters.https.serving import Answer, Asked, answer, ask
from accord.adapters.https.tls import common_name
from accord.errors import Unready

_CHUNK = 1 << 16


@dataclass(slots=True, frozen=True)
class Limits:
    """What one connection may take: seconds, bytes, bytes a second, connections."""

    handshake: float = 5.0
    request: float = 30.0  # also how long a connection may be idle
    request_bytes: int = 16_384
    rate: float = 2_000.0  # a slower reader is let go
    connections: int = 64
    connections_each: int = 8


@dataclass(slots=True, frozen=True)
class Seen:
    """One request, as far as a log may tell of it; status 0: no request came of the connection."""

    method: str
    kind: str
    status: int
    size: int


class WireServer(ThreadingMixIn, TCPServer):
    """Serves the folder `root` of a directory wire at an address (host, port; port 0 for any free one).

    `serve_forever` serves until another thread calls `shutdown`. Raises Unready where the address cannot be had.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        root: Path,
        context: ssl.SSLContext,
        tell: Callable[[Seen], None] = lambda seen: None,
        limits: Limits | None = None,
    ) -> None:
        self.root = root
        self.limits = limits or Limits()
        self.tell = tell
        self._context = context
        self._slots = threading.BoundedSemaphore(self.limits.connections)
        self._names: Counter[str] = Counter()
        self._connections: set[ssl.SSLSocket] = set()
        self._lock = threading.Lock()
        self._closed = False
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        try:
            super().__init__(address, BaseRequestHandler)  # `finish_request` makes the handlers
        except OSError as error:
            raise Unready(
                f"cannot listen there ({error.strerror})",
                where=f"{address[0]}:{address[1]}",
                advice="Choose another address or port.",
            ) from error

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection if there is room for one more."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One connection, from its handshake to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands, then answer whoever has shown a certificate."""
        request.settimeout(self.limits.handshake)
        request.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # head and body of an answer leave at once
        try:
            secured = self._context.wrap_socket(request, server_side=True)
        except OSError:  # of which ssl.SSLError is one
            self.tell(Seen("-", "handshake", 0, 0))
            return
        with secured:
            name = common_name(secured.getpeercert())
            if self._enter(name, secured):
                try:
                    _Handler(secured, client_address, self, name)
                finally:
                    self._leave(name, secured)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off: nothing of ours is at stake."""
        self.tell(Seen("-", "broken", 0, 0))

    def server_close(self) -> None:
        """Stop listening, and end every connection: who was in the midst of a file goes on later."""
        with self._lock:
            self._closed = True
            for one in self._connections:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def _enter(self, name: str, connection: ssl.SSLSocket) -> bool:
        with self._lock:
            if self._closed or not name or self._names[name] >= self.limits.connections_each:
                return False
            self._names[name] += 1
            self._connections.add(connection)
            return True

    def _leave(self, name: str, connection: ssl.SSLSocket) -> None:
        with self._lock:
            self._connections.discard(connection)
            self._names[name] -= 1
            if not self._names[name]:
                del self._names[name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WireServer

    def __init__(self, connection: socket.socket, address: Any, server: WireServer, name: str) -> None:
        self._name = name
        self._asked = Asked("other")
        super().__init__(connection, address, server)

    def setup(self) -> None:
        """Read through a door."""
        super().setup()
        limits = self.server.limits
        self._door = Door(self.connection, Deadline(limits.request), limits.request_bytes)
        self.rfile.close()
        self.rfile = io.BufferedReader(self._door)

    def handle_one_request(self) -> None:
        """One request, whatever its method."""
        self._door.renew(Deadline(self.server.limits.request), self.server.limits.request_bytes)
        self._asked = Asked("other")
        try:
            self.raw_requestline = self.rfile.readline(_CHUNK)
            if not self.raw_requestline:
                self.close_connection = True
            elif self.parse_request():
                self._asked = ask(self.requestline.split()[1])  # `path` has had its first slashes made one
                self._send(self._answer())
        except (TimeoutError, OSError):
            self.close_connection = True

    def _answer(self) -> Answer:
        said = {key.lower(): value for key, value in self.headers.items()}
        if said.get("content-length", "0") != "0" or "transfer-encoding" in said:
            self.close_connection = True  # what follows is not a request, and is not read
            return Answer(413, {})
        return answer(self.server.root, self.command, self._asked, self._name, said)

    def _send(self, made: Answer) -> None:
        size = made.length if made.file is not None else len(made.body)
        self._until = time.monotonic() + self.server.limits.request
        try:
            self.send_response_only(made.status)
            for key, value in {"Date": self.date_time_string(), **made.headers}.items():
                self.send_header(key, value)
            if made.status not in (204, 304):
                self.send_header("Content-Length", str(size))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.connection.settimeout(self.server.limits.request)
            self.end_headers()
            self._write(made.body)
            if made.file is not None:
                self._copy(made.file, made.length)
        finally:
            if made.file is not None:
                os.close(made.file)
        self.server.tell(Seen(self._method(), self._asked.kind, made.status, size))

    def _copy(self, file: int, left: int) -> None:
        while left:
            part = os.read(file, min(left, _CHUNK))
            if not part:  # shorter than it was: whoever reads must notice
                raise ConnectionAbortedError
            self._write(part)
            left -= len(part)

    def _write(self, data: bytes) -> None:
        if data:
            self.connection.settimeout(max(0.001, self._until - time.monotonic()))
            self.connection.sendall(data)
            self._until += len(data) / self.server.limits.rate

    def _method(self) -> str:
        return self.command if self.command in ("GET", "DELETE") else "other"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no request: a status and nothing that was sent to us."""
        self.close_connection = True
        self.command = self.command or "-"
        self._send(Answer(int(code), {}))

    def handle_expect_100(self) -> bool:
        """Nobody is asked to go on: no request here has a body."""
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        """What is to be told, `tell` is told."""
