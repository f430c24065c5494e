"""Whoever reaches the server of an agency's folder: nothing without a certificate, and with one only what is theirs."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from accord.adapters.authority import found_authority, issue
from accord.adapters.directory import DirectoryWire
from accord.adapters.https import Identity, Limits, Seen
from tests.contract.worlds import certified, served
from tests.nginx import served_by_nginx
from tests.unit.adapters.wire_world import Log, QuickDisk

SECRET = b"nobody may read this"
QUICK = Limits(handshake=0.5, request=0.5, rate=1e8, connections=8, connections_each=3)


@dataclass
class Place:
    """A server of the court's folder, and everybody's certificates."""

    host: str
    port: int
    root: Path
    tls: Path
    identities: dict[str, Identity]
    seen: list[Seen]

    def connect(self, name: str | None = "police", identity: Identity | None = None) -> ssl.SSLSocket:
        """A connection with a certificate, or without one."""
        context = ssl.create_default_context(cafile=str(self.tls / "authority.pem"))
        identity = identity or (self.identities[name] if name else None)
        if identity is not None:
            context.load_cert_chain(identity.certificate, identity.key)
        return context.wrap_socket(
            socket.create_connection((self.host, self.port), 5), server_hostname=self.host
        )

    def say(self, request: bytes, name: str | None = "police", identity: Identity | None = None) -> bytes:
        """All that comes back for some bytes."""
        with self.connect(name, identity) as connection:
            return exchange(connection, request)

    def ask(self, method: str, path: str, name: str = "police", headers: str = "") -> tuple[int, bytes]:
        """Status and body of one request."""
        said = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n".encode("latin-1")
        head, _, body = self.say(said, name).partition(b"\r\n\r\n")
        return int(head.split()[1]) if head else 0, body


def exchange(connection: ssl.SSLSocket, request: bytes) -> bytes:
    parts = []
    try:
        connection.sendall(request)
        while part := connection.recv(65536):
            parts.append(part)
    except (ConnectionError, ssl.SSLError):
        pass
    return b"".join(parts)


def fill(root: Path) -> None:
    """What a folder has on it, and beside it what nobody may see."""
    wire = DirectoryWire(root, QuickDisk())
    Log("court").publish(wire, 200, 300)
    for recipient in ("police", "prosecutor"):
        wire.put_keys(recipient, "court", 300, f"for the {recipient}".encode())
    (root.parent / "secret").write_bytes(SECRET)
    (root / "secret").write_bytes(SECRET)
    (root / "court" / ".checkpoint.tmp").write_bytes(SECRET)
    (root / "court" / "tile" / "entries" / "007").symlink_to(root.parent / "secret")
    (root / "linked").symlink_to(root / "court")
    (root / "keys" / "police" / "court" / "0000000000000007").symlink_to(root.parent / "secret")
    (root / "keys" / "linked").symlink_to(root / "keys" / "police")


def lying(root: Path) -> dict[str, bytes]:
    """Every file of a folder by its path, and where links lead."""
    return {
        str(path.relative_to(root)): os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture(params=["ours", "nginx"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    fill(tmp_path / "wire")
    identities = certified(tmp_path / "tls", "court", "police", "prosecutor", "linked")
    with ExitStack() as stack:
        seen: list[Seen] = []
        if request.param == "ours":
            url, seen = stack.enter_context(served(tmp_path / "wire", identities["court"]))
        else:
            url = stack.enter_context(served_by_nginx(tmp_path / "wire", identities["court"]))
        yield Place(
            "127.0.0.1", int(url.rpartition(":")[2]), tmp_path / "wire", tmp_path / "tls", identities, seen
        )


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Place]:
    """Our own server with little patience."""
    fill(tmp_path / "wire")
    identities = certified(tmp_path / "tls", "court", "police", "prosecutor")
    with served(tmp_path / "wire", identities["court"], QUICK) as (url, seen):
        yield Place(
            "127.0.0.1", int(url.rpartition(":")[2]), tmp_path / "wire", tmp_path / "tls", identities, seen
        )


# ---- Who ----


def test_what_a_member_may_read(place: Place) -> None:
    for name in ("police", "prosecutor"):
        status, body = place.ask("GET", "/court/checkpoint", name)
        assert (status, body) == (200, (place.root / "court/checkpoint").read_bytes())
        assert place.ask("GET", "/court/tile/entries/000", name)[0] == 200
        assert place.ask("GET", f"/keys/{name}/court/0000000000000300", name) == (
            200,
            f"for the {name}".encode(),
        )
        assert b'"0000000000000300"' in place.ask("GET", f"/keys/{name}/court/", name)[1]


def stranger(folder: Path, name: str = "police", *, now: datetime | None = None) -> Identity:
    """A certificate for a name under an authority that this folder holds, or holds from now on."""
    now = now or datetime.now(UTC)
    authority = found_authority(folder, now)
    issued = issue(folder, name, now, days=1)
    return Identity(authority.certificate, issued.certificate, issued.key)


def refused(place: Place, name: str | None = None, identity: Identity | None = None) -> None:
    for path in ("/court/checkpoint", "/keys/police/court/0000000000000300", "/keys/police/court/"):
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        try:
            said = place.say(request, name, identity)
        except (ssl.SSLError, ConnectionError):
            continue
        assert b"200" not in said.split(b"\r\n")[0]
        assert b"cook/court" not in said
        assert b"for the police" not in said


def test_nothing_without_a_certificate(place: Place) -> None:
    refused(place, None)


def test_nothing_with_a_certificate_of_another_authority(place: Place, tmp_path: Path) -> None:
    refused(place, identity=stranger(tmp_path / "other"))


def test_nothing_with_a_certificate_that_has_ended(place: Place) -> None:
    refused(place, identity=stranger(place.tls, "police-2", now=datetime.now(UTC) - timedelta(days=3)))


def test_nothing_with_a_certificate_that_one_member_made_for_another(place: Place) -> None:
    """A member's certificate is no authority."""
    forged = place.tls / "forged"
    forged.mkdir()
    (forged / "authority.pem").write_bytes(place.identities["prosecutor"].certificate.read_bytes())
    (forged / "authority.key").write_bytes(place.identities["prosecutor"].key.read_bytes())
    issued = issue(forged, "police", datetime.now(UTC))
    chain = issued.certificate.read_bytes() + (forged / "authority.pem").read_bytes()
    issued.certificate.write_bytes(chain)
    refused(place, identity=Identity(place.tls / "authority.pem", issued.certificate, issued.key))


def test_no_plain_http(place: Place) -> None:
    with socket.create_connection((place.host, place.port), 5) as connection:
        connection.sendall(b"GET /court/checkpoint HTTP/1.1\r\nHost: x\r\n\r\n")
        said = b""
        try:
            while part := connection.recv(65536):
                said += part
        except ConnectionError:
            pass
    assert b"cook/court" not in said


# ---- What ----


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_keys_are_for_their_recipient_alone(place: Place, method: str) -> None:
    before = lying(place.root)
    for name in ("prosecutor", "court"):
        for path in ("/keys/police/court/", "/keys/police/court/0000000000000300"):
            status, body = place.ask(method, path, name)
            assert status in (403, 404, 405)
            assert b"for the police" not in body
            assert b"0300" not in body
    assert lying(place.root) == before


def test_a_name_in_another_form_is_another_name(place: Place) -> None:
    for name in ("Police", "police2", "polic", "xpolice", "police,CN=x", "police/CN=prosecutor"):
        (place.tls / f"{name}.pem").parent.mkdir(exist_ok=True)
        issued = issue(place.tls, name, datetime.now(UTC))
        identity = Identity(place.tls / "authority.pem", issued.certificate, issued.key)
        said = place.say(
            b"GET /keys/police/court/0000000000000300 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            identity=identity,
        )
        assert b"for the police" not in said, name


def _attributes(*pairs: tuple[x509.ObjectIdentifier, str]) -> list[x509.RelativeDistinguishedName]:
    return [x509.RelativeDistinguishedName([x509.NameAttribute(oid, value)]) for oid, value in pairs]


_O, _CN = NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME
SUBJECTS = {
    "a name within another attribute": _attributes((_O, "a,CN=police"), (_CN, "prosecutor")),
    "the same, last": _attributes((_CN, "prosecutor"), (_O, "a,CN=police")),
    "two names": _attributes((_CN, "prosecutor"), (_CN, "police")),
    "two names, the other way": _attributes((_CN, "police"), (_CN, "prosecutor")),
    "two at once": [
        x509.RelativeDistinguishedName(
            [x509.NameAttribute(_CN, "police"), x509.NameAttribute(_O, "a")],
        ),
        *_attributes((_CN, "prosecutor")),
    ],
    "a quoted one": _attributes((_O, '"a'), (_CN, "prosecutor"), (_O, 'b",CN=police')),
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_certificate_speaks_for_its_one_common_name(place: Place, subject: str) -> None:
    """The authority has signed all of these."""
    signer = load_pem_private_key((place.tls / "authority.key").read_bytes(), None)
    authority = x509.load_pem_x509_certificate((place.tls / "authority.pem").read_bytes())
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    builder = x509.CertificateBuilder(authority.subject, x509.Name(SUBJECTS[subject]), key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = builder.sign(signer, SHA256())
    files = place.tls / "odd.pem", place.tls / "odd.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    before = lying(place.root)
    for method in (b"GET", b"DELETE"):
        request = b" /keys/police/court/0000000000000300 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        said = place.say(method + request, identity=Identity(place.tls / "authority.pem", *files))
        assert b"for the police" not in said
    assert lying(place.root) == before


ELSEWHERE = [
    "/",
    "/court",
    "/court/",
    "/court/tile/",
    "/court/tile/entries/",
    "/keys/",
    "/keys/police/",
    "/keys/police/court",
    "/keys/police/court/.",
    "/keys/police/court/..",
    "/keys/police/../prosecutor/court/0000000000000300",
    "/keys/police/%2e%2e/prosecutor/court/0000000000000300",
    "/keys/police/..%2fprosecutor%2fcourt/0000000000000300",
    "/keys/police/court/../../prosecutor/court/0000000000000300",
    "//keys/prosecutor/court/0000000000000300",
    "//keys/police/court/0000000000000300",
    "//court/checkpoint",
    "///court/checkpoint",
    "/court//checkpoint",
    "/court/tile//entries/000",
    "/keys//police/court/0000000000000300",
    "/keys/police/court//0000000000000300",
    "/keys/police/court/0000000000000300/",
    "/keys/police/court/0000000000000300?x",
    "/keys/police/court/0000000000000300%00",
    "/keys/police/court/%30000000000000300",
    "/keys/checkpoint",
    "/keys/tile/entries/000",
    "/secret",
    "/../secret",
    "/..%2fsecret",
    "/%2e%2e/secret",
    "/court/../secret",
    "/court/../../secret",
    "/court/..%2f..%2fsecret",
    "/court/%2e%2e/%2e%2e/secret",
    "/court/tile/entries/../../../secret",
    "/court/.checkpoint.tmp",
    "/court/.superseded.tmp",
    "/court/checkpoint/",
    "/court/checkpoint?x=1",
    "/court/%63heckpoint",
    "/COURT/checkpoint",
    "/court/tile/entries/007",
    "/court/tile/entries/000.p",
    "/court/tile/entries/000.p/",
    "/court/tile/0/0",
    "/court/tile/00/000",
    "/linked/checkpoint",
    "http://x/court/checkpoint",
    "https://x/keys/prosecutor/court/0000000000000300",
    "secret",
    "*",
    "/court/checkpoint\\..\\..\\secret",
    "/etc/passwd",
    "/" + "a" * 5000,
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_other_path_leads_anywhere(place: Place, path: str) -> None:
    name = "linked" if "linked" in path else "police"
    for method in ("GET", "DELETE"):
        before = lying(place.root)
        status, body = place.ask(method, path, name)
        assert SECRET not in body
        assert b"for the prosecutor" not in body
        assert b"root:" not in body
        if path not in (
            "http://x/court/checkpoint",
        ):  # the absolute form of a path that is served (RFC 9112, 3.2.2)
            assert status in (0, 400, 403, 404, 405, 414), path
        assert lying(place.root) == before


def test_no_link_is_followed(place: Place) -> None:
    for path in ("/keys/police/court/0000000000000007", "/court/tile/entries/007"):
        status, body = place.ask("GET", path)
        assert status in (403, 404)
        assert SECRET not in body
    for path in ("/keys/linked/court/0000000000000300", "/keys/linked/court/", "/linked/checkpoint"):
        status, body = place.ask("GET", path, "linked")
        assert status in (403, 404)
        assert b"police" not in body
    before = lying(place.root)
    place.ask("DELETE", "/keys/police/court/0000000000000007")
    assert lying(place.root.parent)["secret"] == SECRET
    assert lying(place.root).keys() >= before.keys() - {"keys/police/court/0000000000000007"}


def test_our_server_removes_nothing_behind_a_link(quick: Place) -> None:
    identity = issue(quick.tls, "linked", datetime.now(UTC))
    quick.identities["linked"] = Identity(quick.tls / "authority.pem", identity.certificate, identity.key)
    before = lying(quick.root)
    assert quick.ask("DELETE", "/keys/linked/court/0000000000000300", "linked")[0] == 404
    assert lying(quick.root) == before


def test_only_a_key_bundle_is_ever_removed_and_nothing_written(place: Place) -> None:
    before = lying(place.root)
    for path in ("/court/checkpoint", "/court/tile/entries/000", "/keys/police/court/", "/keys/police/"):
        assert place.ask("DELETE", path)[0] in (403, 404, 405)
        assert place.ask("DELETE", path, headers="Depth: infinity\r\n")[0] in (403, 404, 405)
    for method in (
        "PUT",
        "POST",
        "PATCH",
        "MKCOL",
        "MOVE",
        "COPY",
        "PROPFIND",
        "TRACE",
        "OPTIONS",
        "get",
        "X",
    ):
        for path in ("/court/checkpoint", "/keys/police/court/0000000000000300", "/keys/police/court/1"):
            headers = "Destination: /court/tile/0/009\r\nContent-Length: 5\r\n\r\nhello"
            status, _ = place.ask(method, path, headers=headers)
            assert status in (0, 400, 403, 404, 405, 413, 501), (method, path, status)
    assert lying(place.root) == before
    assert place.ask("DELETE", "/keys/police/court/0000000000000300")[0] == 204
    assert place.ask("DELETE", "/keys/police/court/0000000000000300")[0] == 404
    gone = before.keys() - lying(place.root).keys()
    assert gone == {"keys/police/court/0000000000000300"}


def test_a_file_is_fetched_again_only_where_it_has_changed_and_in_parts(place: Place) -> None:
    request = "GET /court/tile/entries/000 HTTP/1.1\r\nHost: x\r\n{}Connection: close\r\n\r\n"
    head, _, whole = place.say(request.format("").encode()).partition(b"\r\n\r\n")
    tag = next(line[6:] for line in head.decode().split("\r\n") if line.startswith("ETag: "))
    strong = tag.removeprefix("W/")
    for said in (tag, strong, f"W/{strong}", f'"x", W/{strong}', "*"):  # RFC 9110, 13.1.2
        same = place.say(request.format(f"If-None-Match: {said}\r\n").encode())
        assert same.startswith(b"HTTP/1.1 304"), said
        assert same.endswith(b"\r\n\r\n")
    for said in ('"x"', 'W/"x"', strong[1:-1], f"w/{strong}"):
        assert place.say(request.format(f"If-None-Match: {said}\r\n").encode()).endswith(whole), said
    part = place.say(request.format(f"Range: bytes=100-\r\nIf-Range: {tag}\r\n").encode())
    assert part.startswith(b"HTTP/1.1 206")
    assert part.partition(b"\r\n\r\n")[2] == whole[100:]
    other = place.say(request.format('Range: bytes=100-\r\nIf-Range: "x"\r\n').encode())
    assert other.partition(b"\r\n\r\n")[2] == whole
    beyond = place.say(request.format(f"Range: bytes={len(whole)}-\r\n").encode())
    assert beyond.startswith(b"HTTP/1.1 416")


# ---- How much, and how long ----


def test_huge_heads_are_cut_off(place: Place) -> None:
    for headers in (f"X: {'a' * 200_000}\r\n", "X: y\r\n" * 50_000, f"Cookie: {'b' * 9000}\r\n" * 3):
        status, body = place.ask("GET", "/court/checkpoint", headers=headers)
        assert status in (0, 400, 414, 431, 494)
        assert b"cook/court" not in body
    assert place.ask("GET", "/court/checkpoint")[0] == 200


def test_a_body_is_not_taken_for_the_next_request(place: Place) -> None:
    hidden = b"DELETE /keys/police/court/0000000000000300 HTTP/1.1\r\nHost: x\r\n\r\n"
    for headers in (
        f"Content-Length: {len(hidden)}\r\n",
        "Transfer-Encoding: chunked\r\n",
        f"Content-Length: {len(hidden)}\r\nTransfer-Encoding: chunked\r\n",
        f"Content-Length: 0\r\nContent-Length: {len(hidden)}\r\n",
    ):
        request = f"GET /court/checkpoint HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode() + hidden
        with place.connect() as connection:
            connection.settimeout(1)
            try:
                said = exchange(connection, request)
            except TimeoutError:
                said = b""
        assert b" 204 " not in said
        assert "keys/police/court/0000000000000300" in lying(place.root)


def drips(connection: socket.socket, data: bytes, between: float) -> float:
    """Send a byte now and then; returns after how many seconds the other side has had enough."""
    began = time.monotonic()
    connection.settimeout(between)
    for at in range(len(data)):
        try:
            connection.sendall(data[at : at + 1])
            if not connection.recv(1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def test_a_slow_client_is_let_go_and_keeps_nobody(quick: Place) -> None:
    request = b"GET /court/checkpoint HTTP/1.1\r\nX: " + b"a" * 500
    with quick.connect() as slow, socket.create_connection((quick.host, quick.port), 5) as silent:
        assert quick.ask("GET", "/court/checkpoint", "prosecutor")[0] == 200
        assert drips(slow, request, 0.05) < 3
        silent.settimeout(3)
        assert silent.recv(1) == b""  # no handshake came


def test_who_does_not_read_the_answer_is_let_go(quick: Place) -> None:
    (quick.root / "court/tile/entries/000").write_bytes(bytes(16 << 20))
    with quick.connect() as lazy:
        lazy.sendall(b"GET /court/tile/entries/000 HTTP/1.1\r\nHost: x\r\n\r\n" * 4)
        time.sleep(2)
        assert quick.ask("GET", "/court/checkpoint", "prosecutor")[0] == 200
        got = 0
        lazy.settimeout(5)
        try:
            while part := lazy.recv(1 << 20):
                got += len(part)
        except OSError:
            pass
    assert got < 16 << 20


def test_one_member_cannot_take_every_connection(quick: Place) -> None:
    with ExitStack() as stack:
        for _ in range(QUICK.connections_each):
            stack.enter_context(quick.connect("police")).sendall(b"G")
        time.sleep(0.1)
        assert quick.ask("GET", "/court/checkpoint", "police")[0] == 0
        assert quick.ask("GET", "/court/checkpoint", "prosecutor")[0] == 200


def test_nobody_without_a_certificate_can_take_every_connection_for_long(quick: Place) -> None:
    with ExitStack() as stack:
        for _ in range(QUICK.connections + 4):
            stack.enter_context(socket.create_connection((quick.host, quick.port), 5))
        time.sleep(QUICK.handshake * 2)
        assert quick.ask("GET", "/court/checkpoint")[0] == 200


def test_what_is_told_says_nothing_of_whom_or_what(quick: Place) -> None:
    quick.ask("GET", "/court/checkpoint")
    quick.ask("GET", "/keys/police/court/0000000000000300")
    quick.ask("SECRETMETHOD", "/keys/police/court/0000000000000300?secret")
    quick.ask("GET", "/secret")
    quick.say(b"secret\r\n\r\n")
    until = time.monotonic() + 5
    while len(quick.seen) < 5 and time.monotonic() < until:
        time.sleep(0.02)
    assert len(quick.seen) == 5
    for seen in quick.seen:
        assert seen.method in ("GET", "DELETE", "other", "-")
        assert seen.kind in ("checkpoint", "tile", "keys", "key", "other", "handshake", "broken")
        assert not any(
            "secret" in str(value).lower() or "police" in str(value) for value in (seen.method, seen.kind)
        )
