"""The second peer: a straightforward pipeline by hand, as somebody who knows the libraries writes it.

    publish   check with the same models; three groups of fields, Avro; AES-256-GCM for each group under a key for this file
              and group; Ed25519 over the whole; SQLite, WAL, a durable transaction for every 500
    receive   verify each signature, open three groups, read the Avro, tables in SQLite, a transaction for every 500

Group keys are derived per file from three master keys that its readers hold already (HMAC-SHA256), so it makes no grants;
it has no log that can be checked for omissions, no ratchet, and shows kind, file and sizes to whoever sees the wire.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from struct import Struct
from typing import Any

import fastavro
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accord import catalog
from accord.domain import EVENTS, OfficialNumber
from tests.bench.measure import Figures, Stopwatch, size_of, stored
from tests.bench.workload import Made, events

KINDS = ("ReferralAccepted", "CaseReferred", "ChargeFiled", "ChargeAmended")
GROUPS = {  # everyone in the case; those who follow it; the court alone
    "ReferralAccepted": (("referral", "from_agency"), (), ("case_number",)),
    "CaseReferred": (("to_agency",), ("occurred_at", "purpose", "arrest"), ("case_numbers",)),
    "ChargeFiled": (
        ("count", "referral", "arrest"),
        ("occurred_at", "offense", "severity", "jurisdiction", "dv_designated"),
        ("docket_number", "statute"),
    ),
    "ChargeAmended": (
        ("charge",),
        ("old_severity", "severity", "offense", "dv_designated", "amendment_reason"),
        ("old_statute", "statute"),
    ),
}
BATCH = 500
_MASTER = tuple(hashlib.sha256(f"group {number}".encode()).digest() for number in range(3))
_SIGNING = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"signing").digest())
_FRONT = Struct("<B16s16siq")  # kind, event id, file, occurred_on, recorded_at
_LENGTH = Struct("<H")
_EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC).date()


@lru_cache(maxsize=8192)
def _ciphers(file: bytes) -> tuple[AESGCM, AESGCM, AESGCM]:
    first, second, third = (AESGCM(hmac.digest(master, file, "sha256")) for master in _MASTER)
    return first, second, third


def _schemas() -> dict[str, list[Any]]:
    """For each kind the Avro schemas of its groups; named types are defined in the first group that uses them."""
    made: dict[str, list[Any]] = {}
    for kind in KINDS:
        schema = json.loads((catalog.schemas() / "events" / f"{kind}.avsc").read_text())
        whole = _inlined(schema["fields"], {})
        fields = {one["name"]: one for one in whole}
        made[kind] = [
            fastavro.parse_schema(
                {"type": "record", "name": f"G{number}", "fields": _once([fields[n] for n in names])}
            )
            for number, names in enumerate(GROUPS[kind])
        ]
    return made


def _inlined(value: Any, known: dict[str, Any]) -> Any:
    """Every named type in full at each use, logical types away, so that any choice of fields is a schema."""
    if isinstance(value, str):
        return known.get(value, value)
    if isinstance(value, list):
        return [_inlined(one, known) for one in value]
    kept = {k: value[k] for k in ("name", "symbols", "size") if k in value}
    if value.get("type") in ("record", "enum", "fixed"):
        kept["type"] = value["type"]
        if "fields" in value:
            kept["fields"] = _inlined(value["fields"], known)
        known[value["name"]] = kept
        return kept
    if value.get("type") == "array":
        return {"type": "array", "items": _inlined(value["items"], known)}
    inner = _inlined(value["type"], known)
    return {**kept, "type": inner} if "name" in value else inner


def _once(fields: list[Any]) -> list[Any]:
    """A named type in full at its first use, by its name after that."""
    seen: set[str] = set()

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.get("type") in ("record", "enum", "fixed"):
            if value["name"] in seen:
                return value["name"]
            seen.add(value["name"])
        return {k: walk(v) if k in ("type", "fields", "items") else v for k, v in value.items()}

    return [walk(one) for one in fields]


_SCHEMAS = _schemas()


def _plain(value: Any) -> Any:
    if isinstance(value, OfficialNumber):
        return {"kind": value.kind, "issuer": value.issuer, "value": value.value}
    if isinstance(value, datetime):
        return int(value.timestamp() * 1_000_000)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def seal(made: Made, recorded_at: int) -> tuple[bytes, bytes]:
    """One event, checked, encoded, encrypted and signed: body and signature."""
    model = EVENTS[made.kind].model_validate(made.data)
    values = {name: _plain(value) for name, value in model.__dict__.items()}
    day = (datetime.fromisoformat(made.occurred_on).date() - _EPOCH_DAY).days
    front = _FRONT.pack(KINDS.index(made.kind), made.event_id, made.file, day, recorded_at)
    parts, nonces = [front], os.urandom(36)
    for number, (cipher, schema) in enumerate(zip(_ciphers(made.file), _SCHEMAS[made.kind], strict=True)):
        out = BytesIO()
        fastavro.schemaless_writer(out, schema, values)
        nonce = nonces[number * 12 : number * 12 + 12]
        text = cipher.encrypt(nonce, out.getvalue(), front)
        parts += (_LENGTH.pack(len(text)), nonce, text)
    body = b"".join(parts)
    return body, _SIGNING.sign(body)


def _database(path: Path, *tables: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for table in tables:
        connection.execute(table)
    return connection


_EVENT = (
    "CREATE TABLE event (seq INTEGER PRIMARY KEY, event_id BLOB NOT NULL UNIQUE, file BLOB NOT NULL, "
    "body BLOB NOT NULL, signature BLOB NOT NULL)"
)
_STORE = "INSERT INTO event (event_id, file, body, signature) VALUES (?, ?, ?, ?)"


def _batches(told: list[Made], size: int) -> Iterator[list[Made]]:
    for start in range(0, len(told), size):
        yield told[start : start + size]


def publish(root: Path, count: int, batch: int = BATCH) -> Figures:
    """Everything a publisher does, in batches; then, outside the clock, files of 500 messages each as its wire."""
    told, watch = list(events(count)), Stopwatch()
    database = _database(root / "publisher.db", _EVENT)
    with watch:
        for some in _batches(told, batch):
            now = time.time_ns() // 1000
            rows = [(made.event_id, made.file, *seal(made, now)) for made in some]
            database.execute("BEGIN IMMEDIATE")
            database.executemany(_STORE, rows)
            database.execute("COMMIT")
    figures = watch.figures(len(told))
    _write_wire(database, root / "handmade")
    database.close()
    figures.store, figures.wire = stored(root / "publisher.db"), size_of(root / "handmade")
    return figures


def lone(root: Path, count: int) -> Figures:
    """A transaction for each event."""
    return publish(root, count, 1)


def _write_wire(database: sqlite3.Connection, folder: Path) -> None:
    folder.mkdir()
    rows = database.execute("SELECT body, signature FROM event ORDER BY seq")
    for number in range(1 << 30):
        some = rows.fetchmany(BATCH)
        if not some:
            break
        framed = b"".join(_LENGTH.pack(len(body)) + body + signature for body, signature in some)
        (folder / f"{number:06}").write_bytes(framed)


# ---- The reader ----

_COLUMNS = {kind: tuple(name for group in GROUPS[kind] for name in group) for kind in KINDS}
_TABLES = [
    "CREATE TABLE event (event TEXT NOT NULL PRIMARY KEY, file TEXT NOT NULL, kind TEXT NOT NULL, "
    "occurred_on INTEGER NOT NULL, recorded_at INTEGER NOT NULL) WITHOUT ROWID",
    *(
        f"CREATE TABLE {kind} (event TEXT NOT NULL PRIMARY KEY, {', '.join(_COLUMNS[kind])}) WITHOUT ROWID"
        for kind in KINDS
    ),
]
_INTO_EVENT = "INSERT INTO event VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_INTO = {
    kind: f"INSERT INTO {kind} VALUES (?{', ?' * len(_COLUMNS[kind])}) ON CONFLICT DO NOTHING"
    for kind in KINDS
}


def _column(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return f"{value['kind']}:{value['issuer']}:{value['value']}"
    if isinstance(value, list):
        return ",".join(map(_column, value))
    return value


def _messages(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += 2
        yield data[at : at + length], data[at + length : at + length + 64]
        at += length + 64


def _open(
    body: bytes, verify: Callable[[bytes, bytes], None], signature: bytes
) -> tuple[tuple[Any, ...], str, list[Any]]:
    """One message, verified and opened: the row of `event`, the kind, the row of the kind's table."""
    verify(signature, body)
    number, event_id, file, day, recorded_at = _FRONT.unpack_from(body)
    kind, event, at = KINDS[number], event_id.hex(), _FRONT.size
    front, row = body[:at], [event]
    for cipher, schema in zip(_ciphers(file), _SCHEMAS[kind], strict=True):
        (length,) = _LENGTH.unpack_from(body, at)
        text = cipher.decrypt(body[at + 2 : at + 14], body[at + 14 : at + 14 + length], front)
        at += 14 + length
        values: Any = fastavro.schemaless_reader(BytesIO(text), schema, None)
        row += map(_column, values.values())
    return (event, file.hex(), kind, day, recorded_at), kind, row


def receive(root: Path, count: int) -> Figures:
    """Verify, open and project what `publish` left on the wire."""
    watch, public = Stopwatch(), _SIGNING.public_key()
    database = _database(root / "reader.db", *_TABLES)
    with watch:
        for path in sorted((root / "handmade").iterdir()):
            headers: list[tuple[Any, ...]] = []
            rows: dict[str, list[Any]] = {kind: [] for kind in KINDS}
            for body, signature in _messages(path.read_bytes()):
                header, kind, row = _open(body, public.verify, signature)
                headers.append(header)
                rows[kind].append(row)
            database.execute("BEGIN IMMEDIATE")
            database.executemany(_INTO_EVENT, headers)
            for kind, several in rows.items():
                database.executemany(_INTO[kind], several)
            database.execute("COMMIT")
    seen = database.execute("SELECT COUNT(*) FROM event").fetchone()[0]
    assert seen == count, seen
    database.close()
    figures = watch.figures(seen)
    figures.store = stored(root / "reader.db")
    return figures
