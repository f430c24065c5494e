"""Fetching from one agency's server: kept connections, ends to everything, another try, and going on where it broke off.

Whatever may pass raises Unreachable, naming the agency: no answer, a slow or broken one, a refusal, a redirection. Only what
the server has sent whole is handed on; whether it is right is for whoever knows the signatures.

    answer                 what it means
    200, 206, 304          the file, the rest of it, the file as we know it
    204                    done
    404, 410               it is not there, or not for us: None
    429, 5xx               tried again, then Unreachable
    anything else          Unreachable
"""

from __future__ import annotations

import io
import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Any, TypeVar
from urllib.parse import urlsplit

from accord.adapters.https.door import Door
from accord.errors import Malformed, Unreachable, UsageRefused

_CHUNK = 1 << 16
_HEADERS = 65_536
_RANGE = re.compile(r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})")
_TRUST = "See to the certificates and the authority, here and there."
_SURE = 2.0  # seconds after which a file that changes again has another time: some servers tell versions apart by it alone


T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class Patience:
    """How long to wait, in seconds: for a connection, for an answer to begin and while it stalls, between tries.

    `rate`, in bytes a second, is how slow a line may be.
    """

    connect: float = 5.0
    answer: float = 30.0
    between: tuple[float, ...] = (0.2, 1.0)
    rate: float = 2_000.0
    sleep: Callable[[float], None] = field(default=time.sleep, compare=False)


@dataclass(slots=True, frozen=True)
class Known:
    """A file as it was fetched before, and the tag by which its server knows it; no tag where that cannot be relied on."""

    data: bytes
    tag: str


@dataclass(slots=True)
class _Part:
    """What has come of a file so far."""

    tag: str = ""
    data: bytearray = field(default_factory=bytearray)


class _Passing(Exception):
    """An answer that another try may better."""


class Peer:
    """The server of one agency, `slug`, at an https URL, which may have a path."""

    def __init__(
        self, slug: str, url: str, context: Callable[[], ssl.SSLContext], patience: Patience | None = None
    ) -> None:
        """Raises UsageRefused for what is no such URL; nothing is connected, nor `context` called, before it is needed."""
        self.slug = slug
        self._host, self._port, self._base = _split(url, slug)
        self._context = context
        self._patience = patience or Patience()
        self._connection: HTTPSConnection | None = None

    def get(self, path: str, limit: int, known: Known | None = None) -> Known | None:
        """A file of at most `limit` bytes; `known` itself where it has not changed; None if there is none.

        Raises Malformed where it is longer, Unreachable where it cannot be had now.
        """
        part = _Part()
        return self._tried(path, lambda: self._get(path, limit, known, part))

    def delete(self, path: str) -> None:
        """Have a file removed; well if it is not there. Raises Unreachable."""
        self._tried(path, lambda: self._delete(path))

    def unreachable(self, message: str, path: str, advice: str | None = None) -> Unreachable:
        """That this agency's server does not do what it must."""
        return Unreachable(f"{self.slug}: {message}", where=path, advice=advice)

    def close(self) -> None:
        """Close the connection; the next request makes another."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
        self._connection = None

    # ---- Tries ----

    def _tried(self, path: str, act: Callable[[], T]) -> T:
        waits = iter(self._patience.between)
        while True:
            kept = self._connection is not None
            try:
                return act()
            except (OSError, HTTPException, _Passing) as error:
                self.close()
                if _is_final(error):
                    raise self._failed(error, path) from error
                if not kept:  # else it may have been closed long since: at once, on a new one
                    wait = next(waits, None)
                    if wait is None:
                        raise self._failed(error, path) from error
                    self._patience.sleep(wait)
            except BaseException:
                self.close()
                raise

    def _failed(self, error: Exception, path: str) -> Unreachable:
        advice = _TRUST if isinstance(error, ssl.SSLError) else "It is tried again on the next beat."
        return self.unreachable(f"cannot be reached ({_reason(error)})", path, advice)

    # ---- One try ----

    def _get(self, path: str, limit: int, known: Known | None, part: _Part) -> Known | None:
        headers = {"Accept": "application/json"} if path.endswith("/") else {}
        if part.data:
            headers |= {"Range": f"bytes={len(part.data)}-", "If-Range": part.tag}
        elif known is not None and known.tag:
            headers["If-None-Match"] = known.tag
        response = self._ask("GET", path, headers)
        if response.status == 304 and known is not None:
            self._drain(response)
            return known
        if response.status not in (200, 206):
            self._refused(response, path)
            return None
        self._begin(response, part)
        self._read(response, part, path, limit)
        return Known(bytes(part.data), part.tag)

    def _delete(self, path: str) -> None:
        response = self._ask("DELETE", path, {})
        if response.status == 204:
            self._drain(response)
        else:
            self._refused(response, path)

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> _Response:
        if self._connection is None:
            made = HTTPSConnection(
                self._host, self._port, timeout=self._patience.connect, context=self._context()
            )
            made.response_class = partial(_Response, patience=self._patience)  # type: ignore[assignment]
            made.connect()
            self._connection = made
        assert self._connection.sock is not None
        self._connection.sock.settimeout(self._patience.connect)
        self._connection.request(
            method, f"{self._base}/{path}", headers={"Accept-Encoding": "identity", **headers}
        )
        response = self._connection.getresponse()
        assert isinstance(response, _Response)
        return response

    def _begin(self, response: _Response, part: _Part) -> None:
        """Make a part ready for what is coming: all of it, or the rest."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise _Passing("it encodes what it sends")
        if response.status == 206:
            said = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            rest = (
                said is not None and int(said[1]) == len(part.data) > 0 and int(said[2]) + 1 == int(said[3])
            )
            if not rest:
                part.data.clear()
                raise _Passing("it sends another part than was asked for")
            return
        part.data.clear()
        part.tag = _sure_tag(response)

    def _read(self, response: _Response, part: _Part, path: str, limit: int) -> None:
        length = response.length
        if length is None and not response.chunked:
            raise _Passing("it does not say how much it sends")
        room = limit - len(part.data)
        if length is not None and length > room:
            raise Malformed(f"the file is longer than {limit:,} bytes", where=path)
        response.door.renew(self._patience.answer, 2 * room + _HEADERS)
        try:
            while chunk := response.read1(_CHUNK):
                part.data += chunk
                if len(part.data) > limit:
                    raise Malformed(f"the file is longer than {limit:,} bytes", where=path)
            if response.length:
                raise _Passing("it broke off")
            response.close()  # or the connection takes no further request
        except (OSError, HTTPException, _Passing):
            if not part.tag:  # what has come may be of another version than what would come next
                part.data.clear()
            raise

    def _refused(self, response: _Response, path: str) -> None:
        """Return where there is no such file; else raise what it means."""
        status = response.status
        self._drain(response)
        if status in (404, 410):
            return
        if status == 429 or status >= 500:
            raise _Passing(f"it answers with {status}")
        advice = (
            _TRUST if status in (400, 401, 403) else "See to its address, and to how it serves the folder."
        )
        raise self.unreachable(f"answers with {status}", path, advice)

    def _drain(self, response: _Response) -> None:
        """Read what nobody wants to know, so that the connection can be kept."""
        room = _CHUNK
        while room > 0 and (chunk := response.read1(room)):
            room -= len(chunk)
        if not response.isclosed() and response.length != 0:
            self.close()
        response.close()


class _Through:
    """What a response takes for its socket."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def makefile(self, mode: str) -> io.BufferedReader:
        """Its reading side."""
        return io.BufferedReader(self._door, _CHUNK)


class _Response(HTTPResponse):
    """A response that is read through a door."""

    def __init__(
        self, sock: Any, debuglevel: int = 0, method: Any = None, url: Any = None, *, patience: Patience
    ) -> None:
        self.door = Door(sock, patience.answer, _HEADERS, patience.rate)
        super().__init__(_Through(self.door), debuglevel, method, url)  # type: ignore[arg-type]


def _split(url: str, slug: str) -> tuple[str, int, str]:
    """Host, port and path of an https URL; raises UsageRefused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        host = None
    if host is None or parts.scheme != "https" or parts.query or parts.fragment or parts.username is not None:
        raise UsageRefused(
            "not the address of a server", where=slug, advice="Write https://HOST[:PORT][/PATH]."
        )
    return host, port, parts.path.rstrip("/")


def _sure_tag(response: HTTPResponse) -> str:
    """The tag of a file whose next version will have another; empty where that is not sure (RFC 9110, 8.8.2.2)."""
    tag = response.headers.get("ETag", "")
    try:
        changed = parsedate_to_datetime(response.headers.get("Last-Modified", ""))
        age = (parsedate_to_datetime(response.headers.get("Date", "")) - changed).total_seconds()
    except (TypeError, ValueError):
        return ""
    return tag if tag.startswith('"') and age >= _SURE else ""


def _is_final(error: Exception) -> bool:
    """Whether another try would end alike: one side does not take the other's certificate."""
    if not isinstance(error, ssl.SSLError):
        return False
    return isinstance(error, ssl.SSLCertVerificationError) or "ALERT" in (error.reason or "")


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or 'broken').lower().replace('_', ' ')}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, IncompleteRead):
        return "it broke off"
    if isinstance(error, OSError):
        return error.strerror or "the connection broke"
    return str(error) if isinstance(error, _Passing) else "its answer is no HTTP"
