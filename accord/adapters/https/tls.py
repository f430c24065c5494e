"""Mutual TLS 1.3: both sides show a certificate of the exchange's authority; the common name is an agency's slug."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accord.errors import Unready


@dataclass(slots=True, frozen=True)
class Identity:
    """PEM files: the authority that everybody trusts, our certificate with what stands behind it, and its private key."""

    authority: Path
    certificate: Path
    key: Path


def server_context(identity: Identity) -> ssl.SSLContext:
    """For a server: nobody gets further than the handshake without a certificate. Raises Unready."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, identity)
    context.num_tickets = (
        0  # each connection shows its certificate anew, so that one that has ended is noticed
    )
    return context


def client_context(identity: Identity) -> ssl.SSLContext:
    """For a client: the server's certificate names the host that was asked for. Raises Unready."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, identity)


def _context(protocol: int, identity: Identity) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for path in (identity.authority, identity.certificate, identity.key):
        if not path.is_file():
            raise _unready(path, "not found")
    try:
        context.load_verify_locations(identity.authority)
    except (OSError, ssl.SSLError) as error:
        raise _unready(identity.authority, "not a certificate of an authority in PEM") from error
    try:
        context.load_cert_chain(identity.certificate, identity.key, password=_no_passphrase)
    except (OSError, ssl.SSLError) as error:
        raise _unready(identity.certificate, "not a certificate and its private key in PEM") from error
    return context


def _no_passphrase() -> str:
    return ""  # or OpenSSL would ask whoever sits at the terminal


def _unready(path: Path, message: str) -> Unready:
    return Unready(message, where=str(path), advice="See [wire] in agency.toml: authority, certificate, key.")


def common_name(certificate: Mapping[str, Any] | None) -> str:
    """The one common name of a verified certificate, as `ssl.SSLSocket.getpeercert` gives it; empty if it has not one."""
    names = [
        value
        for part in (certificate or {}).get("subject", ())
        for kind, value in part
        if kind == "commonName"
    ]
    return str(names[0]) if len(names) == 1 else ""
