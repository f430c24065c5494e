"""The trial authority: certificates that TLS takes, made once, private keys for their owner only."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from accord.adapters.authority import CERTIFICATE_DAYS, RENEW_DAYS, found_authority, issue
from accord.errors import UsageRefused
from tests.unit.adapters.wire_world import contents

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found_authority(tmp_path / "tls", NOW)
    issue(tmp_path / "tls", "court", NOW, ["court.example", "127.0.0.1"])
    issue(tmp_path / "tls", "police", NOW)
    return tmp_path / "tls"


def context(folder: Path, name: str, purpose: ssl.Purpose) -> ssl.SSLContext:
    made = ssl.create_default_context(purpose, cafile=str(folder / "authority.pem"))
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    made.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return made


def shake_hands(
    server: ssl.SSLContext, client: ssl.SSLContext, host: str
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    one, two = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(one, two, server_side=True),
        client.wrap_bio(two, one, server_hostname=host),
    ]
    done = 0
    for _ in range(10):
        for end in ends:
            try:
                end.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                pass
        if done >= 4:
            break
    return ends[0], ends[1]


@pytest.mark.parametrize("host", ["court.example", "127.0.0.1"])
def test_both_sides_of_a_handshake_take_them(folder: Path, host: str) -> None:
    server, client = (
        context(folder, "court", ssl.Purpose.CLIENT_AUTH),
        context(folder, "police", ssl.Purpose.SERVER_AUTH),
    )
    at_server, at_client = shake_hands(server, client, host)
    assert (at_server.getpeercert() or {})["subject"] == ((("commonName", "police"),),)
    assert (at_client.getpeercert() or {})["subject"] == ((("commonName", "court"),),)


def test_another_host_and_another_authority_are_refused(folder: Path, tmp_path: Path) -> None:
    found_authority(tmp_path / "other", NOW)
    issue(tmp_path / "other", "police", NOW)
    server = context(folder, "court", ssl.Purpose.CLIENT_AUTH)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, context(folder, "police", ssl.Purpose.SERVER_AUTH), "police.example")
    stranger = context(tmp_path / "other", "police", ssl.Purpose.SERVER_AUTH)
    stranger.load_verify_locations(folder / "authority.pem")
    with pytest.raises(ssl.SSLError):
        shake_hands(server, stranger, "court.example")


def test_a_second_verifier_takes_the_chain(folder: Path) -> None:
    leaf, authority = x509.load_pem_x509_certificates((folder / "court.pem").read_bytes())
    verifier = PolicyBuilder().store(Store([authority])).time(NOW)
    verifier.build_server_verifier(x509.DNSName("court.example")).verify(leaf, [])


def test_again_changes_nothing(folder: Path) -> None:
    before = contents(folder)
    assert not found_authority(folder, NOW + timedelta(days=9)).made
    assert not issue(folder, "court", NOW + timedelta(days=9), ["127.0.0.1"]).made
    assert not issue(folder, "police", NOW).made
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("later", "hosts"), [(0, ["other.example"]), (CERTIFICATE_DAYS - RENEW_DAYS + 1, [])]
)
def test_a_new_host_or_a_near_end_renews_under_the_same_key(
    folder: Path, later: int, hosts: list[str]
) -> None:
    key = (folder / "court.key").read_bytes()
    moment = NOW + timedelta(days=later)
    issued = issue(folder, "court", moment, hosts)
    assert issued.made
    assert issued.expires == moment + timedelta(days=CERTIFICATE_DAYS)
    assert (folder / "court.key").read_bytes() == key
    leaf = x509.load_pem_x509_certificates((folder / "court.pem").read_bytes())[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"court.example", *hosts}


def test_private_keys_are_for_their_owner(folder: Path) -> None:
    for path in folder.iterdir():
        private = b"PRIVATE KEY" in path.read_bytes()
        assert private == (path.suffix == ".key" or path.name.endswith(".keystore.pem"))
        assert stat.S_IMODE(path.stat().st_mode) == (0o600 if private else 0o644), path.name


def test_what_cannot_be_used_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageRefused, match="no authority"):
        issue(tmp_path, "court", NOW)
    with pytest.raises(UsageRefused, match="name or address"):
        issue(folder, "court", NOW, ["cöurt.example"])
    with pytest.raises(UsageRefused, match="ends before"):
        found_authority(folder, NOW + timedelta(days=5 * 365))
    (folder / "police.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(UsageRefused, match="not a certificate"):
        issue(folder, "police", NOW)
