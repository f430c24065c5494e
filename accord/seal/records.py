"""The fixed records inside slots and on the wire: one encoding each, strictly read.

An Avro reader is kinder than an audit trail can be (overlong varints, split blocks, trailing bytes), so
what is read is written again and compared.
"""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from typing import Any

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

from accord import catalog
from accord.errors import Malformed

MARKER = b"\xc3\x01"
MAX_RECORD = 1 << 20


class Record:
    """One Avro record of schemas/wire; with `marked`, in single-object encoding (Avro 1.12, single object).

    `decode` raises Malformed for anything but the bytes that `encode` makes of the same values.
    """

    def __init__(self, name: str, *, marked: bool) -> None:
        schema = json.loads((catalog.schemas() / "wire" / f"{name}.avsc").read_text())
        self.name = name
        self._schema = fastavro.parse_schema(schema)
        self.fingerprint = bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
        self.prefix = MARKER + self.fingerprint if marked else b""

    def encode(self, values: dict[str, Any]) -> bytes:
        out = BytesIO()
        out.write(self.prefix)
        fastavro.schemaless_writer(out, self._schema, values)
        return out.getvalue()

    def recognises(self, data: bytes) -> bool:
        """Whether the fingerprint in front is this record's."""
        return data.startswith(self.prefix)

    def decode(self, data: bytes) -> dict[str, Any]:
        if len(data) > MAX_RECORD or not data.startswith(self.prefix):
            raise Malformed(f"not a {self.name} record")
        try:
            values = fastavro.schemaless_reader(BytesIO(data[len(self.prefix) :]), self._schema, None)
        except Exception as error:
            raise Malformed(f"not a {self.name} record") from error
        if not isinstance(values, dict) or self.encode(values) != data:
            raise Malformed(f"a {self.name} record in another encoding than its one form")
        return values


@cache
def record(name: str, *, marked: bool = True) -> Record:
    """The record of schemas/wire/<name>.avsc."""
    return Record(name, marked=marked)
