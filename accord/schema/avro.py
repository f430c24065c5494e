"""Avro schemas as data: names resolved, parts taken, the canonical form, the fingerprint.

Inside this room a schema is held *inlined*: every use of a named type is its full definition, every name a
full name. So any subset of a record's fields is again a schema; `canonical` writes a second use of a name
as the name alone, as the specification wants it.

Source: Apache Avro 1.12.0 specification, "Names", "Parsing Canonical Form for Schemas", "Schema
Fingerprints".
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import Any, Final

from accord.errors import SchemaRefused

NAMESPACE: Final = "org.accord.v1"
PRIMITIVES: Final = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
NAMED: Final = frozenset({"record", "enum", "fixed"})

Schema = Any
"""A schema as JSON holds it: a string, a list (union) or an object."""

_EMPTY: Final = 0xC15D213AA4D7A795


def inline(schema: Schema) -> Schema:
    """Resolve every name of a schema to its full definition, under its full name.

    Attributes that the specification does not know are kept. Raises `SchemaRefused` for a name that is not
    defined before its use, is defined twice, or refers to itself (an event is finite).
    """
    return _inline(schema, NAMESPACE, {})


def _inline(schema: Schema, namespace: str, known: dict[str, Schema]) -> Schema:
    if isinstance(schema, str):
        return _resolve(schema, namespace, known)
    if isinstance(schema, list):
        return [_inline(branch, namespace, known) for branch in schema]
    if not isinstance(schema, dict) or "type" not in schema:
        raise SchemaRefused("this is not an Avro type")
    kind = schema["type"]
    if not isinstance(kind, str):
        return _inline(kind, namespace, known) if set(schema) == {"type"} else _not_a_type()
    if kind in NAMED:
        return _define(schema, namespace, known)
    if kind == "array":
        return {**schema, "items": _inline(schema.get("items"), namespace, known)}
    if kind == "map":
        return {**schema, "values": _inline(schema.get("values"), namespace, known)}
    resolved = _resolve(kind, namespace, known)
    return {**schema, "type": kind} if isinstance(resolved, str) and len(schema) > 1 else resolved


def _not_a_type() -> Schema:
    raise SchemaRefused("a type inside a type carries attributes that would be lost")


def _resolve(name: str, namespace: str, known: Mapping[str, Schema]) -> Schema:
    if name in PRIMITIVES:
        return name
    full = name if "." in name else f"{namespace}.{name}"
    if known.get(full) is None:
        raise SchemaRefused(f"{name} is not an Avro type, and no type of that name is defined before")
    return known[full]


def _define(schema: Mapping[str, Any], namespace: str, known: dict[str, Schema]) -> Schema:
    name = schema.get("name")
    if not isinstance(name, str) or not name:
        raise SchemaRefused(f"a {schema['type']} has no name")
    namespace = schema.get("namespace", namespace)
    full = name if "." in name else f"{namespace}.{name}"
    if full in known:
        raise SchemaRefused(f"{name} is defined twice")
    known[full] = None
    made = {**schema, "name": full}
    made.pop("namespace", None)
    if schema["type"] == "record":
        made["fields"] = [_field(field, full.rpartition(".")[0], known) for field in _fields(schema)]
    elif schema["type"] == "enum" and not _is_words(schema.get("symbols")):
        raise SchemaRefused(f"the enum {name} has no list of symbols, each once")
    elif schema["type"] == "fixed" and type(schema.get("size")) is not int:
        raise SchemaRefused(f"the fixed {name} has no size")
    known[full] = made
    return made


def _is_words(value: Any) -> bool:
    return (
        isinstance(value, list) and all(isinstance(one, str) for one in value) and len({*value}) == len(value)
    )


def _fields(schema: Mapping[str, Any]) -> list[Any]:
    fields = schema.get("fields")
    if not isinstance(fields, list):
        raise SchemaRefused(f"the record {schema.get('name')} has no list of fields")
    return fields


def _field(field: Any, namespace: str, known: dict[str, Schema]) -> dict[str, Any]:
    if not isinstance(field, dict) or not isinstance(field.get("name"), str):
        raise SchemaRefused("a field has no name")
    try:
        return {**field, "type": _inline(field.get("type"), namespace, known)}
    except SchemaRefused as fault:
        raise SchemaRefused(fault.message, where=fault.where or field["name"]) from fault


def restrict(schema: Mapping[str, Any], fields: Container[str]) -> dict[str, Any]:
    """The inlined record with only these fields, in schema order, under the same full name."""
    return {**schema, "fields": [field for field in schema["fields"] if field["name"] in fields]}


def canonical(schema: Schema) -> str:
    """The Parsing Canonical Form of an inlined schema."""
    return json.dumps(_bare(schema, set()), separators=(",", ":"), ensure_ascii=False)


def _bare(schema: Schema, seen: set[str]) -> Schema:
    if isinstance(schema, str):
        return schema
    if isinstance(schema, list):
        return [_bare(branch, seen) for branch in schema]
    kind = schema["type"]
    if kind == "array":
        return {"type": kind, "items": _bare(schema["items"], seen)}
    if kind == "map":
        return {"type": kind, "values": _bare(schema["values"], seen)}
    return kind if kind in PRIMITIVES else _bare_named(schema, seen)


def _bare_named(schema: Mapping[str, Any], seen: set[str]) -> Schema:
    name, kind = schema["name"], schema["type"]
    if name in seen:
        return name
    seen.add(name)
    made: dict[str, Any] = {"name": name, "type": kind}
    if kind == "record":
        made["fields"] = [{"name": f["name"], "type": _bare(f["type"], seen)} for f in schema["fields"]]
    elif kind == "enum":
        made["symbols"] = list(schema["symbols"])
    else:
        made["size"] = int(schema["size"])
    return made


def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (_EMPTY & -(crc & 1))
        rows.append(crc)
    return tuple(rows)


_TABLE: Final = _table()


def rabin(data: bytes) -> bytes:
    """CRC-64-AVRO of `data`: 8 bytes, little-endian, as single-object encoding writes it."""
    crc = _EMPTY
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(8, "little")


def fingerprint(schema: Schema) -> bytes:
    """The 8-byte fingerprint of a schema (inlined or as written)."""
    return rabin(canonical(inline(schema) if _as_written(schema) else schema).encode())


def _as_written(schema: Schema) -> bool:
    return isinstance(schema, dict) and "." not in schema.get("name", ".")
