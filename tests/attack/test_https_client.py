"""A server that lies, breaks off, stalls or talks for ever: a named fault or Unreachable, in time, and nothing half-read."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest

from accord.adapters.authority import issue
from accord.adapters.directory import DirectoryWire, Fault, Unreached
from accord.adapters.https import HttpsWire, Identity, Patience, Peer, client_context, inspect, server_context
from accord.adapters.https.wire import LARGEST_LIST
from accord.errors import LogRolledBack, Malformed, ProofInvalid, Unreachable, Unready, UsageRefused
from accord.ledger import Tree
from accord.memorandum import Agency
from accord.memorandum.model import KeysRow
from accord.replica import HeadReader, check_head, verify_bundle
from tests.contract.worlds import certified
from tests.unit.adapters.wire_world import KNOWN, LOGS, Log, QuickDisk, contents, key_bundle

QUICK = Patience(connect=0.5, answer=0.5, between=(0.01, 0.01), rate=1e6)
OLD = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
NOW = format_datetime(datetime.now(UTC), usegmt=True)
Act = Callable[[str, str], bytes | None]


def ok(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A response as a decent server gives it; `length` is what it says of its body."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


TAGGED = ('ETag: "one"', f"Last-Modified: {OLD}", f"Date: {NOW}")
MISSING = ok(b"", status="404 Not Found")


@dataclass
class Liar:
    """A TLS server whose answers a test makes up: (path, whole request) -> bytes; None closes the connection after."""

    act: Act = field(default=lambda path, request: MISSING)
    paths: list[str] = field(default_factory=list)
    connections: int = 0
    pace: tuple[int, float] | None = None  # so many bytes at once, and seconds between
    stopped: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket, context: ssl.SSLContext) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(connection, context), daemon=True).start()

    def send(self, connection: ssl.SSLSocket, said: bytes) -> None:
        """Send an answer, at its pace."""
        if self.pace is None:
            connection.sendall(said)
            return
        size, pause = self.pace
        for at in range(0, len(said), size):
            if self.stopped.wait(pause if at else 0):
                return
            connection.sendall(said[at : at + size])

    def _one(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        connection.settimeout(10)
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
            while not self.stopped.is_set():
                request = self._request(secured)
                path = request.split(" ")[1][1:]
                self.paths.append(path)
                said = self.act(path, request)
                if said is None:
                    return
                self.send(secured, said)
                if b"Connection: close" in said or (b"Content-Length" not in said and b"chunked" not in said):
                    return
                head, _, body = said.partition(b"\r\n\r\n")
                said_length = re.search(rb"Content-Length: ([0-9]+)\r\n", head + b"\r\n")
                if said_length is None or int(said_length[1]) > len(body):
                    return  # it breaks off

    def _request(self, connection: ssl.SSLSocket) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                raise ConnectionError
            data += part
        return data.decode()


@pytest.fixture
def identities(tmp_path: Path) -> dict[str, Identity]:
    return certified(tmp_path / "tls", "court", "police")


@pytest.fixture
def liar(identities: dict[str, Identity]) -> Iterator[tuple[Liar, str]]:
    made = Liar()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        context = server_context(identities["court"])
        thread = threading.Thread(target=made.serve, args=(listener, context), daemon=True)
        thread.start()
        yield made, f"https://127.0.0.1:{listener.getsockname()[1]}"
        made.stopped.set()


def reader() -> HeadReader:
    """Opens the court's heads."""
    origin, public = LOGS["court"]
    keys = KeysRow.model_construct(log=public, hpke=b"", from_size=0)
    return HeadReader(origin, Agency("court", "court", (keys,)))


@dataclass
class World:
    """The police, and a court whose server does as `liar.act` says."""

    liar: Liar
    url: str
    wire: HttpsWire
    log: Log
    files: dict[str, bytes]

    def honest(self, path: str, request: str) -> bytes:
        """What a decent server answers."""
        if path.startswith("keys/") and path.endswith("/"):
            return ok(b"[]")
        return ok(self.files[path], *TAGGED) if path in self.files else MISSING

    def lie(self, about: str, answer: Callable[[], bytes | None]) -> None:
        """Answer honestly but about one path."""
        self.liar.act = lambda path, request: answer() if path == about else self.honest(path, request)

    def read(self, start: int = 0) -> list[bytes]:
        """Read and verify the log as a replica does."""
        tree, entries = Tree(), []
        heads = reader()
        for bundle in self.wire.bundles("court", start):
            tree = verify_bundle(tree, bundle, heads).tree
            entries += bundle.entries
        return entries


@pytest.fixture
def world(liar: tuple[Liar, str], identities: dict[str, Identity], tmp_path: Path) -> Iterator[World]:
    log, root = Log("court"), tmp_path / "served"
    log.publish(DirectoryWire(root, QuickDisk()), 256, 300)
    peer = Peer("court", liar[1], partial(client_context, identities["police"]), QUICK)
    wire = HttpsWire("police", DirectoryWire(tmp_path / "own", QuickDisk()), {"court": peer})
    made = World(liar[0], liar[1], wire, log, contents(root))
    liar[0].act = made.honest
    yield made
    wire.close()


FULL = "court/tile/entries/000"
PARTIAL = "court/tile/entries/001.p/44"


def test_an_honest_one_is_read_over_one_connection(world: World) -> None:
    assert world.read() == world.log.entries
    assert world.wire.head("court") == world.log.heads[300]
    assert world.liar.connections == 1


# ---- What may pass ----


@pytest.mark.parametrize("tags", [TAGGED, ()])
def test_a_transfer_that_breaks_off_goes_on(world: World, tags: tuple[str, ...]) -> None:
    """Where it broke off, if the server says that it is the same file; else from its beginning."""
    whole, asked = world.files[FULL], []

    def act(path: str, request: str) -> bytes | None:
        if path != FULL:
            return world.honest(path, request)
        wanted = next(
            (line for line in request.split("\r\n") if line.startswith("Range: ")), "Range: bytes=0-"
        )
        asked.append(first := int(wanted.split("=")[1][:-1]))
        half = whole[first : first + len(whole) // 3 + 1]
        if first:
            span = f"Content-Range: bytes {first}-{len(whole) - 1}/{len(whole)}"
            return ok(half, span, *tags, status="206 Partial Content", length=len(whole) - first)
        return ok(half, *tags, length=len(whole)) if len(asked) < 3 else ok(whole, *tags)

    world.liar.act = act
    assert world.read() == world.log.entries
    assert len(asked) == 3
    assert (asked[1] > 0) == (asked[2] > asked[1]) == bool(tags)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: None,
        lambda: b"",
        lambda: b"nothing of HTTP\r\n\r\n",
        lambda: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        lambda: b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        lambda: b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello",
        lambda: b"HTTP/1.1 200 OK\r\n\r\nfor as long as it takes",
        lambda: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        lambda: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort",
        lambda: ok(b"x" * 10, length=1000),
        lambda: ok(b"x" * 10, "Content-Encoding: gzip"),
        lambda: ok(b"x" * 10, "Content-Range: bytes 0-9/20", status="206 Partial Content"),
        lambda: ok(b"x" * 10, status="206 Partial Content"),
        lambda: ok(b"", status="304 Not Modified"),
        lambda: ok(b"", "Location: https://127.0.0.1/", status="302 Found"),
        lambda: ok(b"", status="401 Unauthorized"),
        lambda: ok(b"no", status="403 Forbidden"),
        lambda: ok(b"", status="418 Teapot"),
        lambda: ok(b"e" * 200_000, status="500 Oh"),
        lambda: ok(b"", status="503 Busy"),
        lambda: MISSING,
    ],
)
@pytest.mark.parametrize("path", [FULL, PARTIAL])
def test_what_may_pass_is_no_fault_of_the_log(
    world: World, path: str, answer: Callable[[], bytes | None]
) -> None:
    world.lie(path, answer)
    began = time.monotonic()
    with pytest.raises(Unreachable, match="court"):
        world.read()
    assert time.monotonic() - began < 10
    world.liar.act = world.honest
    assert world.read() == world.log.entries


def test_a_server_that_errs_once_is_asked_again(world: World) -> None:
    said = iter([ok(b"", status="503 Busy"), None])
    world.lie(FULL, lambda: next(said, ok(world.files[FULL])))
    assert world.read() == world.log.entries


@pytest.mark.parametrize("path", [FULL, "court/checkpoint"])
@pytest.mark.parametrize("start", [0, 30])
def test_a_server_that_drips_is_given_up_in_time(world: World, path: str, start: int) -> None:
    """A byte now and then, in the head of the answer or in its body."""
    whole = ok(world.files[path])
    head = whole.index(b"\r\n\r\n") + 4 if start else 5

    @contextmanager
    def dripping() -> Iterator[None]:
        serve = world.liar._one

        def one(connection: socket.socket, context: ssl.SSLContext) -> None:
            with suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                while True:
                    asked = world.liar._request(secured).split(" ")[1][1:]
                    if asked != path:
                        secured.sendall(world.honest(asked, ""))
                        continue
                    secured.sendall(whole[:head])
                    for at in range(head, len(whole)):
                        secured.sendall(whole[at : at + 1])
                        time.sleep(0.1)

        world.liar._one = one  # type: ignore[method-assign]
        yield
        world.liar._one = serve  # type: ignore[method-assign]

    began = time.monotonic()
    with dripping(), pytest.raises(Unreachable, match="no answer in time"):
        world.read() if path == FULL else world.wire.head("court")
    assert time.monotonic() - began < 5


# ---- Slow ones ----


def patient(world: World, identities: dict[str, Identity], root: Path, patience: Patience) -> World:
    """The same world, read with this patience."""
    peer = Peer("court", world.url, partial(client_context, identities["police"]), patience)
    return replace(
        world, wire=HttpsWire("police", DirectoryWire(root / "other", QuickDisk()), {"court": peer})
    )


def test_a_checkpoint_that_claims_to_be_large_is_refused_at_once(world: World) -> None:
    world.liar.pace = (600, 0.2)
    world.lie("court/checkpoint", lambda: ok(b"x" * 999_999))
    began = time.monotonic()
    with pytest.raises(Malformed, match="longer than 65,536 bytes") as caught:
        world.wire.head("court")
    assert time.monotonic() - began < 1
    assert caught.value.where == "court/checkpoint"


def test_a_checkpoint_with_many_cosignatures_is_none_too_large(world: World) -> None:
    note = world.log.heads[300] + "".join(
        f"— a-witness-with-a-rather-long-name.example/{number:03} {'A' * 104}\n" for number in range(99)
    )
    world.lie("court/checkpoint", lambda: ok(note.encode()))
    assert world.wire.head("court") == note


@pytest.mark.parametrize("path", [FULL, "court/checkpoint"])
def test_a_server_slower_than_a_slow_line_is_given_up_in_time(
    world: World, identities: dict[str, Identity], tmp_path: Path, path: str
) -> None:
    """Bytes come and come, and each of them would buy another moment: but fewer than the rate asks for."""
    slow = patient(
        world, identities, tmp_path, Patience(0.5, 0.5, (0.01,) * 9, rate=10_000, sleep=time.sleep)
    )
    world.liar.pace = (100, 0.02)
    world.lie(path, lambda: ok(b"x" * 20_000))
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"court: cannot be reached .no answer in time"):
        slow.read()
    assert (
        0.5 < time.monotonic() - began < 4
    )  # the time of one file is 2.5: 10 tries of a second were offered
    slow.wire.close()


def test_all_tries_together_have_the_time_of_one_file(
    world: World, identities: dict[str, Identity], tmp_path: Path
) -> None:
    """Fast enough, but never whole: what comes anew from the beginning buys no time."""
    patience = Patience(0.5, 0.5, (0.01,) * 200, rate=20_000)
    slow = patient(world, identities, tmp_path, patience)
    world.liar.pace = (1_000, 0.04)
    world.lie(FULL, lambda: ok(b"x" * 8_000, length=10_000))
    began = time.monotonic()
    with pytest.raises(Unreachable, match="court: cannot be reached"):
        slow.read()
    assert (
        0.9 < time.monotonic() - began < 3
    )  # 200 tries of 0.3 seconds were offered; 0.5 + 10,000 / 20,000 is 1
    slow.wire.close()


def test_a_turn_ends_and_the_next_goes_on_behind_it(
    world: World, identities: dict[str, Identity], tmp_path: Path
) -> None:
    now = [0.0]
    slow = patient(world, identities, tmp_path, Patience(turn=70, monotonic=lambda: now[0]))

    def answer(path: str, request: str) -> bytes | None:
        now[0] += 20
        return world.honest(path, request)

    world.liar.act, world.liar.pace = answer, (len(world.files[PARTIAL]) // 2, 0.01)
    tree, got, heads = Tree(), [], reader()
    for _ in range(2):
        slow.wire.begin_turn()
        with suppress(Unreachable):
            for bundle in slow.wire.bundles("court", tree.size):
                tree = verify_bundle(tree, bundle, heads).tree
                got.append(bundle.first_index)
        slow.wire.close()
    assert got == [0, 256]
    assert tree.size == 300
    assert world.liar.paths.count(FULL) == 1
    assert world.liar.paths.count(PARTIAL) == 2


def test_a_turn_that_is_over_is_told_and_asks_nothing_more(
    world: World, identities: dict[str, Identity], tmp_path: Path
) -> None:
    slow = patient(world, identities, tmp_path, Patience(0.5, 0.5, (0.01,), turn=0.2))
    world.liar.pace = (10, 0.01)
    for _ in range(2):
        with pytest.raises(Unreachable, match=r"court: is too slow .* 0\.2 seconds in one turn") as caught:
            slow.read()
        assert caught.value.advice
    asked = len(world.liar.paths)
    with pytest.raises(Unreachable, match="too slow"):
        slow.wire.acknowledge("police", "court", 300)
    assert len(world.liar.paths) == asked
    world.liar.pace = None
    slow.wire.begin_turn()
    assert slow.read() == world.log.entries
    slow.wire.close()


def test_only_waiting_for_the_server_counts(
    world: World, identities: dict[str, Identity], tmp_path: Path
) -> None:
    now = [0.0]
    slow = patient(world, identities, tmp_path, Patience(5, 5, (0.01,), turn=60, monotonic=lambda: now[0]))
    for bundle in slow.wire.bundles("court", 0):
        now[0] += 1_000  # what we do with it
        assert bundle.entries
    assert slow.wire.head("court") == world.log.heads[300]

    def answer(path: str, request: str) -> bytes | None:
        now[0] += 61
        return world.honest(path, request)

    world.liar.act = answer
    with suppress(Unreachable):
        slow.wire.head("court")
    with pytest.raises(Unreachable, match="too slow"):
        slow.wire.head("court")
    slow.wire.close()


def test_an_inspection_does_not_wait_for_a_server_that_is_too_slow(
    world: World, identities: dict[str, Identity], tmp_path: Path
) -> None:
    slow = patient(world, identities, tmp_path, Patience(0.5, 0.5, (0.01,), turn=0.5, rate=1e5))
    slow.wire.own.publish(Log("police").bundle(0, 0))
    world.liar.pace = (100, 0.02)
    began = time.monotonic()
    (away,) = [one for one in inspect(slow.wire, KNOWN) if isinstance(one, Fault)]
    assert isinstance(away, Unreached)
    assert away.log == "court"
    assert time.monotonic() - began < 4
    world.liar.pace = None
    assert [one for one in inspect(slow.wire, KNOWN) if isinstance(one, Fault)] == []
    slow.wire.close()


def test_an_inspection_reads_all_of_a_log_at_the_pace_of_a_slow_line(
    world: World, identities: dict[str, Identity], tmp_path: Path
) -> None:
    """It cannot go on another time, so that it has as long as the bytes take that come."""
    size = sum(len(data) for data in world.files.values())
    slow = patient(world, identities, tmp_path, Patience(0.5, 0.5, (0.01,), turn=0.3, rate=size / 5))
    slow.wire.own.publish(Log("police").bundle(0, 0))
    world.liar.pace = (size // 30, 0.03)
    began = time.monotonic()
    assert [one for one in inspect(slow.wire, KNOWN) if isinstance(one, Fault)] == []
    assert time.monotonic() - began > 0.6  # longer than a turn
    slow.wire.close()


def test_nobody_there(world: World, identities: dict[str, Identity], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    peer = Peer("court", f"https://127.0.0.1:{port}", partial(client_context, identities["police"]), QUICK)
    with pytest.raises(Unreachable, match="court: cannot be reached") as caught:
        peer.get("court/checkpoint", 100)
    assert caught.value.where == "court/checkpoint"
    assert caught.value.exit_code == 3


def test_a_server_under_another_name_or_authority(
    world: World, identities: dict[str, Identity], tmp_path: Path
) -> None:
    other = certified(tmp_path / "other", "court", "police")
    url = world.url.replace("127.0.0.1", "localhost")
    for where, identity in ((world.url, other["police"]), (url, identities["police"])):
        peer = Peer("court", where, partial(client_context, identity), QUICK)
        with pytest.raises(Unreachable, match="certificate") as caught:
            peer.get("court/checkpoint", 1000)
        assert "certificates" in (caught.value.advice or "")
    assert world.liar.paths == []


def test_our_own_certificate_has_ended(world: World, identities: dict[str, Identity], tmp_path: Path) -> None:
    folder = identities["police"].key.parent
    ended = issue(folder, "ended", datetime.now(UTC) - timedelta(days=3), days=1)
    identity = Identity(identities["police"].authority, ended.certificate, ended.key)
    peer = Peer("court", world.url, partial(client_context, identity), QUICK)
    with pytest.raises(Unreachable) as caught:
        peer.get("court/checkpoint", 1000)
    assert caught.value.advice
    peer.close()


def test_files_of_ours_that_are_not_there(world: World, tmp_path: Path) -> None:
    nothing = Identity(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    with pytest.raises(Unready, match="not found"):
        Peer("court", world.url, partial(client_context, nothing), QUICK).get("court/checkpoint", 100)


@pytest.mark.parametrize(
    "url", ["http://x", "court", "https://", "https://x?y", "https://a:b@x", "https://x:99999", "https://x#y"]
)
def test_what_is_no_address(url: str, identities: dict[str, Identity]) -> None:
    with pytest.raises(UsageRefused):
        Peer("court", url, partial(client_context, identities["police"]))


# ---- What the log must answer for ----


@pytest.mark.parametrize(
    "path", [FULL, PARTIAL, "court/tile/0/000", "court/tile/0/001.p/44", "court/tile/1/000.p/1"]
)
@pytest.mark.parametrize("harm", ["shorter", "longer", "other", "empty", "moved"])
def test_other_bytes_are_never_taken(world: World, path: str, harm: str) -> None:
    data = world.files[path]
    at = min(40, len(data) - 1)
    lie = {
        "shorter": data[:-1],
        "longer": data + b"\x00",
        "other": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
        "empty": b"",
        "moved": data[32:] + data[:32] if len(data) > 32 else bytes(32),
    }[harm]
    world.lie(path, lambda: ok(lie, *TAGGED))
    needed = path not in ("court/tile/0/000", "court/tile/1/000.p/1")  # for proofs to the head of 300
    try:
        assert world.read() == world.log.entries
    except (Malformed, ProofInvalid):
        needed = False
    assert not needed
    found = [one for one in inspect(world.wire, KNOWN) if isinstance(one, Fault)]
    assert path in {one.file for one in found}


def test_more_than_a_place_allows_is_not_read(world: World) -> None:
    limit = 256 * 65_537
    world.lie(FULL, lambda: ok(b"x", length=limit + 1))
    with pytest.raises(Malformed, match="longer than") as caught:
        world.read()
    assert caught.value.where == FULL
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 16
    world.lie("court/checkpoint", lambda: endless)
    with pytest.raises(Malformed, match="longer than") as caught:
        world.wire.head("court")
    assert caught.value.where == "court/checkpoint"


def test_an_old_head_after_a_new_one(world: World) -> None:
    tree = Tree()
    heads = reader()
    for bundle in world.wire.bundles("court", 0):
        tree = verify_bundle(tree, bundle, heads).tree
    world.lie("court/checkpoint", lambda: ok(world.log.heads[256].encode()))
    head = world.wire.head("court")
    assert head == world.log.heads[256]
    with pytest.raises(LogRolledBack, match="older head"):
        check_head(tree, heads.open(head or ""), heads)


def test_a_head_that_has_changed_is_noticed_even_under_its_old_tag(world: World) -> None:
    """Some servers make the tag of the time in seconds and the size: two versions within a second have the same."""
    young = ('ETag: "same"', f"Last-Modified: {NOW}", f"Date: {NOW}")
    notes = [world.log.heads[256], world.log.heads[300]]

    def act(path: str, request: str) -> bytes:
        if 'If-None-Match: "same"' in request:
            return ok(b"", status="304 Not Modified")
        return ok(notes.pop(0).encode(), *young)

    world.liar.act = act
    assert world.wire.head("court") == world.log.heads[256]
    assert world.wire.head("court") == world.log.heads[300]


def test_a_head_that_has_not_changed_is_not_sent_again(world: World) -> None:
    asked = []

    def act(path: str, request: str) -> bytes:
        asked.append('If-None-Match: "one"' in request)
        return ok(b"", status="304 Not Modified") if asked[-1] else world.honest(path, request)

    world.liar.act = act
    assert [world.wire.head("court") for _ in range(3)] == [world.log.heads[300]] * 3
    assert asked == [False, True, True]


EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
LAST = "Fri, 31 Dec 9999 23:59:59 GMT"


@pytest.mark.parametrize(
    ("headers", "silent"),
    [
        ((f"Last-Modified: {EPOCH}", "Date: Thu, 01 Jan 1970 00:00:07 GMT"), 7_000_000),
        ((f"Last-Modified: {EPOCH}", "Date: Thu, 01 Jan 1970 01:00:07 +0100"), 7_000_000),
        ((f"Last-Modified: {EPOCH}", "Date: Thu, 01 Jan 1970 00:00:07 -0000"), 7_000_000),
        ((f"Last-Modified: {LAST}", f"Date: {NOW}"), 0),
        ((f"Last-Modified: {NOW}",), None),
        ((f"Date: {NOW}",), None),
        (("Last-Modified: yesterday", f"Date: {NOW}"), None),
        (("Last-Modified: Fri, 99 Dec 9999 99:99:99 GMT", f"Date: {NOW}"), None),
        ((), None),
    ],
)
def test_how_long_an_agency_is_silent_is_what_its_server_says(
    world: World, headers: tuple[str, ...], silent: int | None
) -> None:
    world.lie("court/checkpoint", lambda: ok(world.log.heads[300].encode(), *headers))
    assert world.wire.head("court") == world.log.heads[300]
    assert world.wire.silent_for("court") == silent


@pytest.mark.parametrize(
    ("told", "silent"),
    [(("Last-Modified: Thu, 01 Jan 1970 00:00:30 GMT",), 10_000_000), ((), 40_000_000)],
)
def test_it_is_said_anew_with_a_head_that_has_not_changed(
    world: World, told: tuple[str, ...], silent: int
) -> None:
    first = ('ETag: "one"', f"Last-Modified: {EPOCH}", "Date: Thu, 01 Jan 1970 00:00:20 GMT")
    then = ("Date: Thu, 01 Jan 1970 00:00:40 GMT", *told)

    def act(path: str, request: str) -> bytes:
        known = 'If-None-Match: "one"' in request
        return (
            ok(b"", *then, status="304 Not Modified") if known else ok(world.log.heads[300].encode(), *first)
        )

    world.liar.act = act
    for expected in (20_000_000, silent, silent):
        assert world.wire.head("court") == world.log.heads[300]
        assert world.wire.silent_for("court") == expected


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[1]",
        b'[{"name"',
        b'["x"]',
        b"[" * 100_000,
        b"\xff",
        b"<html>",
        b'{"name": "0000000000000300"}',
        b"null",
    ],
)
def test_a_list_that_is_none(world: World, said: bytes) -> None:
    world.lie("keys/police/court/", lambda: ok(said))
    with pytest.raises(Unreachable, match="list"):
        list(world.wire.keys("police", "court"))


def test_a_list_that_is_too_long(world: World) -> None:
    world.lie("keys/police/court/", lambda: ok(b" " * (LARGEST_LIST + 1)))
    with pytest.raises(Unreachable, match="list"):
        list(world.wire.keys("police", "court"))


def test_names_of_a_list_lead_nowhere_else(world: World) -> None:
    names = [
        "../x",
        "0000000000000300/../x",
        "300",
        "",
        "0000000000000300\n",
        "\u0660" * 16,
        None,
        "0000000000000300?",
    ]
    listed = ", ".join(
        f'{{"name": {"null" if one is None else repr(one)[1:-1].join(chr(34) * 2)}}}' for one in names
    )
    world.lie("keys/police/court/", lambda: ok(f"[{listed}]".encode()))
    assert list(world.wire.keys("police", "court")) == []
    assert world.liar.paths == ["keys/police/court/"]


def test_an_inspection_tells_what_is_wrong_from_what_it_could_not_see(world: World) -> None:
    def found() -> list[Fault]:
        return [one for one in inspect(world.wire, KNOWN) if isinstance(one, Fault)]

    world.wire.own.publish(Log("police").bundle(0, 0))
    assert found() == []
    data = bytearray(world.files[FULL])
    data[5000] ^= 1
    world.lie(FULL, lambda: ok(bytes(data)))
    (fault,) = found()
    assert (fault.log, fault.file, type(fault)) == ("court", FULL, Fault)
    world.lie(FULL, lambda: MISSING)
    assert [(one.file, one.reason) for one in found()] == [(FULL, "the file is missing")]
    world.lie(FULL, lambda: ok(b"", status="503 Busy"))
    (away,) = found()
    assert isinstance(away, Unreached)
    assert away.log == "court"


def test_an_inspection_reads_the_keys_left_for_us(world: World) -> None:
    folder, name = "keys/police/court/", "0000000000000300"
    for data, faults in ((key_bundle("court", "police", 300), 0), (key_bundle("court", "police", 299), 1)):
        listed = ok(f'[{{"name": "{name}", "type": "file"}}]'.encode())
        answers = {folder: listed, folder + name: ok(data)}
        world.liar.act = lambda path, request, answers=answers: (
            answers.get(path) or world.honest(path, request)
        )
        found = [one for one in inspect(world.wire, KNOWN) if isinstance(one, Fault)]
        assert [one.file for one in found] == [folder + name] * faults


def test_nothing_is_asked_for_others(world: World) -> None:
    with pytest.raises(UsageRefused):
        list(world.wire.keys("prosecutor", "court"))
    with pytest.raises(UsageRefused):
        world.wire.acknowledge("prosecutor", "court", 1)
    with pytest.raises(UsageRefused):
        world.wire.put_keys("police", "court", 1, b"")
    with pytest.raises(UsageRefused):
        world.wire.publish(world.log.bundle(0, 300))
    assert world.liar.paths == []
