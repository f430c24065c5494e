"""Avro bytes of an event's values, or of a part of them: one encoding for each value, and no other accepted.

    C3 01            marker of Avro's single-object encoding
    8 bytes          fingerprint of the restricted schema, CRC-64-AVRO, little-endian
    body             Avro binary encoding; sets sorted, without duplicates

fastavro accepts overlong varints, any byte as a boolean, split blocks and trailing bytes; `Restricted.decode`
encodes again and compares, so each of them is refused.

Source: Apache Avro 1.12.0 specification, "Single-object encoding", "Binary encoding".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from threading import Lock
from types import MappingProxyType
from typing import Any, Final

import fastavro

from accord.errors import IntakeRefused, Malformed, SchemaRefused
from accord.schema import avro
from accord.schema.oneform import check_of
from accord.schema.vocabulary import Vocabulary

MARKER: Final = b"\xc3\x01"
LONGEST: Final = 32 * 1024
"""No restricted record is longer, in bytes: an entry is at most 32 KiB."""
_read: Final[Callable[..., Any]] = fastavro.schemaless_reader
_write: Final[Callable[..., None]] = fastavro.schemaless_writer


class Restricted:
    """One kind of event's schema restricted to some of its fields.

    `fields` are in schema order; `fingerprint` is the 8 bytes of the single-object encoding; `canonical` is
    the parsing canonical form. Obtained from `Codec`, so that each exists once.
    """

    __slots__ = ("_checks", "_head", "_schema", "canonical", "fields", "fingerprint", "kind")

    def __init__(self, kind: str, schema: Mapping[str, Any], vocabulary: Vocabulary) -> None:
        self.kind = kind
        self.fields: tuple[str, ...] = tuple(one["name"] for one in schema["fields"])
        self.canonical = avro.canonical(schema)
        self.fingerprint = avro.rabin(self.canonical.encode())
        self._head = MARKER + self.fingerprint
        # The canonical form has no logical types, so fastavro leaves values plain.
        self._schema = fastavro.parse_schema(json.loads(self.canonical))
        checks = ((f["name"], check_of(f, vocabulary.number, vocabulary.citation)) for f in schema["fields"])
        self._checks = tuple((name, check) for name, check in checks if check is not None)

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Encode these fields of `values`; other keys are not read.

        Raises `IntakeRefused` where a value is not the plain value its field needs, or all are too long.
        """
        body = BytesIO()
        body.write(self._head)
        try:
            _write(body, self._schema, values)
        except Exception as error:
            raise IntakeRefused("a value does not fit its Avro type", where=self.kind) from error
        made = body.getvalue()
        if len(made) > LONGEST:
            raise IntakeRefused("is longer than an entry may be", where=self.kind)
        return made

    def decode(self, data: bytes) -> dict[str, Any]:
        """Decode what `encode` made; optional fields that are absent are None.

        Raises `Malformed` for every other byte string: too long, another schema's fingerprint, not Avro, or
        Avro that `encode` would not have written; also for a set that is not sorted, an int below its
        minimum, a time that no calendar shows, and a string outside the grammar of its field, so that a
        publisher who leaves out the gate cannot send free text.
        """
        if len(data) > LONGEST or data[:10] != self._head:
            raise self._malformed(
                "is too long" if len(data) > LONGEST else "is not of this restricted schema"
            )
        try:
            values: dict[str, Any] = _read(BytesIO(data[10:]), self._schema, None)
        except Exception as error:
            raise self._malformed("is not Avro of its schema") from error
        for name, good in self._checks:
            value = values[name]
            if value is not None and not good(value):
                raise Malformed("is not the one form of its value", where=f"{self.kind}.{name}")
        if self.encode(values) != data:
            raise self._malformed("is not the one encoding of its values")
        return values

    def _malformed(self, reason: str) -> Malformed:
        return Malformed(reason, where=self.kind)


class Codec:
    """Makes and keeps the restricted schemas of a vocabulary; may be shared by threads.

    `by_fingerprint` maps the fingerprint of every restricted schema made so far to it: a closed set, made
    from the memorandum before anything is read.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._lock = Lock()
        self._asked: dict[tuple[str, tuple[str, ...], int | None], Restricted] = {}
        self._by_fingerprint: dict[bytes, Restricted] = {}
        self.by_fingerprint: Mapping[bytes, Restricted] = MappingProxyType(self._by_fingerprint)

    def restricted(self, kind: str, fields: Iterable[str], version: int | None = None) -> Restricted:
        """The schema of `kind` restricted to `fields`, in any order; the same object for the same schema.

        `version` counts the recorded versions from 1, for what was written before the schema in force; None
        is the one in force. Raises `SchemaRefused` for an unknown kind, version or field.
        """
        asked = (kind, tuple(fields), version)
        found = self._asked.get(asked)
        if found is None:
            with self._lock:
                found = self._asked[asked] = self._restricted(*asked)
        return found

    def whole(self, kind: str) -> Restricted:
        """The schema of `kind` with all its fields."""
        return self.restricted(kind, [one["name"] for one in self._schema(kind, None)["fields"]])

    def decode(self, data: bytes) -> tuple[Restricted, dict[str, Any]]:
        """Decode by the fingerprint in the bytes, which must be of the closed set. Raises `Malformed`."""
        found = self.by_fingerprint.get(data[2:10])
        if found is None:
            raise Malformed("no restricted schema has this fingerprint")
        return found, found.decode(data)

    def _schema(self, kind: str, version: int | None) -> Mapping[str, Any]:
        current = self._vocabulary.schemas.get(kind)
        if current is None:
            raise SchemaRefused("there is no such kind of event", where=kind)
        versions = (*self._vocabulary.past.get(kind, ()), current)
        if version is not None and not 1 <= version <= len(versions):
            raise SchemaRefused("there is no such version of this kind of event", where=kind)
        return versions[-1 if version is None else version - 1]

    def _restricted(self, kind: str, fields: tuple[str, ...], version: int | None) -> Restricted:
        schema = self._schema(kind, version)
        for name in {*fields} - {one["name"] for one in schema["fields"]}:
            raise SchemaRefused("this kind of event has no such field", where=f"{kind}.{name}")
        made = Restricted(kind, avro.restrict(schema, frozenset(fields)), self._vocabulary)
        known = self._by_fingerprint.setdefault(made.fingerprint, made)
        if known.canonical != made.canonical:
            raise SchemaRefused("two restricted schemas have one fingerprint", where=kind)
        return known
