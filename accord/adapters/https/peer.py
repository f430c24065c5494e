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
import math
import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Any, TypeVar
from urllib.parse import urlsplit

from accord.adapters.https.door import Deadline, Door
from accord.errors import Malformed, Unreachable, UsageRefused

_CHUNK = 1 << 16
_HEADERS = 65_536
_RANGE = re.compile(r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})")
_TRUST = "See to the certificates and the authority, here and there."
_SURE = timedelta(
    seconds=2
)  # after which a file that changes again has another time: some servers tell versions apart by it alone


T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class Patience:
    """How long to wait, in seconds: for a connection, for an answer to begin and while it stalls, between tries, in a turn.

    `rate`, in bytes a second, is how slow a line may be. `monotonic` tells the seconds that go by.
    """

    connect: float = 5.0
    answer: float = 30.0
    between: tuple[float, ...] = (0.2, 1.0)
    turn: float = 180.0  # a full bundle comes in that over a line of 4 kB a second
    rate: float = 8_000.0  # 64 kbit/s, what a telephone line or a weak mobile signal still has
    sleep: Callable[[float], None] = field(default=time.sleep, compare=False)
    monotonic: Callable[[], float] = field(default=time.monotonic, compare=False)


@dataclass(slots=True, frozen=True)
class Known:
    """A file as it was fetched before, and the tag by which its server knows it; no tag where that cannot be relied on.

    `changed` and `asked` are when it was last changed and when that was said, by its server's clock, if it tells.
    """

    data: bytes
    tag: str
    changed: datetime | None = None
    asked: datetime | None = None

    @property
    def age(self) -> int | None:
        """How old the file was, in microseconds; None where its server does not tell."""
        if self.changed is None or self.asked is None:
            return None
        return max(0, (self.asked - self.changed) // timedelta(microseconds=1))


@dataclass(slots=True)
class _Part:
    """What has come of a file so far."""

    path: str
    tag: str = ""
    data: bytearray = field(default_factory=bytearray)
    changed: datetime | None = None
    asked: datetime | None = None


class _Passing(Exception):
    """An answer that another try may better."""


class Peer:
    """The server of one agency, `slug`, at an https URL, which may have a path.

    A file is waited for as long as its size takes at the patience's rate, however often it is tried; all files of a turn
    together as long as `Patience.turn`. Only waiting for the server counts.
    """

    def __init__(
        self, slug: str, url: str, context: Callable[[], ssl.SSLContext], patience: Patience | None = None
    ) -> None:
        """Raises UsageRefused for what is no such URL; nothing is connected, nor `context` called, before it is needed."""
        self.slug = slug
        self._host, self._port, self._base = _split(url, slug)
        self._context = context
        self._patience = patience or Patience()
        self._connection: HTTPSConnection | None = None
        self.begin_turn()

    def begin_turn(self, *, for_all: bool = False) -> None:
        """Count anew how long the server is waited for.

        With `for_all` a turn is as long as what comes takes at the patience's rate: for who cannot go on another time.
        """
        self._spare = self._patience.turn
        self._turn_rate = self._patience.rate if for_all else math.inf

    def get(self, path: str, limit: int, known: Known | None = None) -> Known | None:
        """A file of at most `limit` bytes; `known`, asked for again, where it has not changed; None if there is none.

        Raises Malformed where it is longer, Unreachable where it cannot be had now.
        """
        part = _Part(path)
        return self._tried(path, limit, lambda deadline: self._get(limit, known, part, deadline))

    def delete(self, path: str) -> None:
        """Have a file removed; well if it is not there. Raises Unreachable."""
        self._tried(path, 0, lambda deadline: self._delete(path, deadline))

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

    def _tried(self, path: str, limit: int, act: Callable[[Deadline], T]) -> T:
        """What `act` makes of the time that there is for a file of at most `limit` bytes, with another try or two."""
        if self._spare <= 0:
            raise self._too_slow(path)
        turn = Deadline(self._spare, self._turn_rate, monotonic=self._patience.monotonic)
        try:
            return self._try(path, limit, act, turn)
        except Unreachable as error:
            if turn.left() <= 0:
                raise self._too_slow(path) from error
            raise
        finally:
            self._spare = turn.left()

    def _try(self, path: str, limit: int, act: Callable[[Deadline], T], turn: Deadline) -> T:
        waits = iter(self._patience.between)
        deadline = self._for_file(limit, turn)
        while True:
            kept = self._connection is not None
            try:
                return act(deadline)
            except (OSError, HTTPException, _Passing) as error:
                self.close()
                if _is_final(error):
                    raise self._failed(error, path) from error
                if kept:  # it may have been closed long since: at once, on a new one
                    deadline = self._for_file(limit, turn)
                    continue
                wait = next(waits, math.inf)
                if wait >= deadline.left():
                    raise self._failed(error, path) from error
                self._patience.sleep(wait)
            except BaseException:
                self.close()
                raise

    def _for_file(self, size: int, turn: Deadline) -> Deadline:
        return Deadline(self._patience.answer + size / self._patience.rate, within=turn)

    def _too_slow(self, path: str) -> Unreachable:
        advice = "What has come stays; the next beat goes on behind it. See to its server, and to the line."
        return self.unreachable(
            f"is too slow (it was waited for {self._patience.turn:g} seconds in one turn)", path, advice
        )

    def _failed(self, error: Exception, path: str) -> Unreachable:
        advice = _TRUST if isinstance(error, ssl.SSLError) else "It is tried again on the next beat."
        return self.unreachable(f"cannot be reached ({_reason(error)})", path, advice)

    # ---- One try ----

    def _get(self, limit: int, known: Known | None, part: _Part, deadline: Deadline) -> Known | None:
        path = part.path
        headers = {"Accept": "application/json"} if path.endswith("/") else {}
        if part.data:
            headers |= {"Range": f"bytes={len(part.data)}-", "If-Range": part.tag}
        elif known is not None and known.tag:
            headers["If-None-Match"] = known.tag
        response = self._ask("GET", path, headers, deadline)
        if response.status == 304 and known is not None:
            self._drain(response)
            changed = _moment(response, "Last-Modified") or known.changed
            return replace(known, changed=changed, asked=_moment(response, "Date"))
        if response.status not in (200, 206):
            self._refused(response, path)
            return None
        self._begin(response, part)
        self._read(response, part, limit, deadline)
        return Known(bytes(part.data), part.tag, part.changed, part.asked)

    def _delete(self, path: str, deadline: Deadline) -> None:
        response = self._ask("DELETE", path, {}, deadline)
        if response.status == 204:
            self._drain(response)
        else:
            self._refused(response, path)

    def _ask(self, method: str, path: str, headers: dict[str, str], deadline: Deadline) -> _Response:
        connection = self._connected(deadline)
        stalls = Deadline(self._patience.answer, self._patience.rate, deadline)
        connection.response_class = partial(_Response, deadline=stalls)  # type: ignore[assignment]
        connection.request(method, f"{self._base}/{path}", headers={"Accept-Encoding": "identity", **headers})
        response = connection.getresponse()
        assert isinstance(response, _Response)
        return response

    def _connected(self, deadline: Deadline) -> HTTPSConnection:
        """The connection, which takes a request in the time that there is for one."""
        seconds = min(self._patience.connect, deadline.left())
        if seconds <= 0:
            raise TimeoutError
        if self._connection is None:
            made = HTTPSConnection(self._host, self._port, timeout=seconds, context=self._context())
            made.connect()
            self._connection = made
        assert self._connection.sock is not None
        self._connection.sock.settimeout(seconds)
        return self._connection

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
        part.changed, part.asked = _moment(response, "Last-Modified"), _moment(response, "Date")
        part.tag = _sure_tag(response, part)

    def _read(self, response: _Response, part: _Part, limit: int, deadline: Deadline) -> None:
        length = response.length
        if length is None and not response.chunked:
            raise _Passing("it does not say how much it sends")
        room = limit - len(part.data)
        if length is not None and length > room:
            raise Malformed(f"the file is longer than {limit:,} bytes", where=part.path)
        if length is not None:
            deadline.at_most(self._patience.answer + length / self._patience.rate)
        response.door.renew(
            Deadline(self._patience.answer, self._patience.rate, deadline), 2 * room + _HEADERS
        )
        try:
            while chunk := response.read1(_CHUNK):
                part.data += chunk
                if len(part.data) > limit:
                    raise Malformed(f"the file is longer than {limit:,} bytes", where=part.path)
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
        self, sock: Any, debuglevel: int = 0, method: Any = None, url: Any = None, *, deadline: Deadline
    ) -> None:
        self.door = Door(sock, deadline, _HEADERS)
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


def _moment(response: HTTPResponse, header: str) -> datetime | None:
    """The time that a header holds (RFC 9110, 5.6.7); None if it holds none."""
    try:
        found = parsedate_to_datetime(response.headers.get(header, ""))
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _sure_tag(response: HTTPResponse, part: _Part) -> str:
    """The tag of a file whose next version will have another; empty where that is not sure (RFC 9110, 8.8.2.2)."""
    tag = response.headers.get("ETag", "")
    if part.changed is None or part.asked is None or part.asked - part.changed < _SURE:
        return ""
    return tag if tag.startswith('"') else ""


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
