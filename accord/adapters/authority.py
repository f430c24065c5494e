"""A small certificate authority, for trying Accord out over TLS: X.509 (RFC 5280), P-256, SHA-256.

FOLDER/authority.pem, authority.key         the authority: keep its key off every other machine
FOLDER/<name>.pem, <name>.key               certificate with its authority behind it, and its private key (PKCS#8)
FOLDER/<name>.keystore.pem                  both in one file, as Kafka's PEM key stores want them

A certificate's common name is the slug of an agency, and serves its owner as a client and as a server. An exchange of
real cases takes certificates from an authority that its board trusts; Accord asks nothing of them but that name.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from accord.errors import UsageRefused

AUTHORITY = "authority"
AUTHORITY_DAYS = 5 * 365
CERTIFICATE_DAYS = 397  # what most software accepts at most
RENEW_DAYS = 30
_EARLIER = timedelta(hours=1)  # clocks differ


@dataclass(slots=True, frozen=True)
class Issued:
    """A certificate that lies in a folder; `made` says that it was not there before in this form."""

    name: str
    certificate: Path
    key: Path
    expires: datetime
    made: bool


def found_authority(folder: Path, now: datetime, called: str = "Accord trial authority") -> Issued:
    """Make an authority in a folder, or find the one that is there. Raises UsageRefused where it has expired."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate, key = folder / f"{AUTHORITY}.pem", folder / f"{AUTHORITY}.key"
    found = _certificate(certificate)
    if found is not None and key.exists():
        if found.not_valid_after_utc < now + timedelta(days=CERTIFICATE_DAYS):
            raise UsageRefused(
                "this authority ends before a certificate of today would",
                where=str(certificate),
                advice="Make a new one in another folder, and give its certificates to everybody.",
            )
        return Issued(AUTHORITY, certificate, key, found.not_valid_after_utc, False)
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    public = private.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    builder = _begun(name, name, public, now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    builder = builder.add_extension(identifier, critical=False)
    made = builder.sign(private, SHA256())
    _keep(key, _pkcs8(private), 0o600)
    _keep(certificate, made.public_bytes(Encoding.PEM), 0o644)
    return Issued(AUTHORITY, certificate, key, made.not_valid_after_utc, True)


def issue(
    folder: Path, name: str, now: datetime, hosts: Iterable[str] = (), *, days: int = CERTIFICATE_DAYS
) -> Issued:
    """Issue a certificate for a name, under the folder's authority.

    `hosts` are the DNS names and addresses at which its owner can be reached as a server. One that is there is left as it
    is, unless it lacks one of these hosts or has less than 30 days to live; then it is renewed under the same key.
    Raises UsageRefused where there is no authority.
    """
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    signer, authority = _authority(folder)
    found = _certificate(certificate)
    wanted = set(map(_general, hosts))
    if found is not None and key.exists():
        wanted |= _hosts(found)
        fresh = found.not_valid_after_utc >= now + timedelta(days=RENEW_DAYS)
        if fresh and found.issuer == authority.subject and wanted == _hosts(found):
            return Issued(name, certificate, key, found.not_valid_after_utc, False)
    private = _private(key) if key.exists() else ec.generate_private_key(ec.SECP256R1())
    made = _issued(name, wanted, private.public_key(), signer, authority, now, days)
    chain = made.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)
    _keep(key, _pkcs8(private), 0o600)
    _keep(folder / f"{name}.keystore.pem", _pkcs8(private) + chain, 0o600)
    _keep(certificate, chain, 0o644)
    return Issued(name, certificate, key, made.not_valid_after_utc, True)


def _issued(
    name: str,
    hosts: set[x509.GeneralName],
    public: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    now: datetime,
    days: int,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
    builder = _begun(subject, authority.subject, public, now, days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(uses, critical=False)
    builder = builder.add_extension(identifier, critical=False).add_extension(by, critical=False)
    if hosts:
        named = sorted(hosts, key=repr)
        builder = builder.add_extension(x509.SubjectAlternativeName(named), critical=False)
    return builder.sign(signer, SHA256())


def _begun(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError as error:
        raise UsageRefused("not the name or address of a host", advice="Write it in ASCII.") from error


def _hosts(certificate: x509.Certificate) -> set[x509.GeneralName]:
    try:
        return set(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return set()


def _authority(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    certificate = _certificate(folder / f"{AUTHORITY}.pem")
    if certificate is None or not (folder / f"{AUTHORITY}.key").exists():
        raise UsageRefused("there is no authority in this folder", where=str(folder))
    return _private(folder / f"{AUTHORITY}.key"), certificate


def _certificate(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None
    except ValueError as error:
        raise UsageRefused("not a certificate", where=str(path)) from error


def _private(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise UsageRefused("not a private key without a passphrase", where=str(path)) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UsageRefused("not a P-256 key", where=str(path))
    return key


def _pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _keep(path: Path, data: bytes, mode: int) -> None:
    """Write a file whole or not at all, under rights that it has from its first byte on."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
