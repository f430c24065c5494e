"""The schema checker: every fault of a schema folder, with the file, the field and the reason.

    schemas/
    ├── register.toml           read first; see register.py
    ├── events/<Kind>.avsc      one Avro record for each event of the register, and nothing else
    └── recorded/<Kind>.<n>.avsc  see evolution.py

A field is denied unless it is registered; its Avro type follows from the register, so a string that is
neither a code, an agency, a citation nor an official number cannot be written down. The checker says why, in
words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from accord.errors import SchemaRefused
from accord.schema import avro
from accord.schema.faults import Fault
from accord.schema.register import FILE, read
from accord.schema.specs import CodeList, FieldSpec, Register, Version

STRINGS: Final = frozenset({"local-code", "citation", "agency", "official-number"})
NOT_PINNED: Final = "is not the version that the register pins; record it with `accord schemas record`"
_EVENT_KEYS: Final = frozenset(
    ["type", "name", "namespace", "doc", "niem", "publishers", "file", "expects", "fields"]
)
_FIELD_KEYS: Final = frozenset(
    ["name", "type", "default", "doc", "niem", "kinds", "number_kind", "unit", "minimum", "required_when"],
)


@dataclass(frozen=True)
class Folder:
    """A schema folder as read: the register, each schema inlined, each file's bytes, what is wrong.

    `past` has, for each event, the recorded versions before the last, inlined, oldest first.
    """

    register: Register
    schemas: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    written: Mapping[str, bytes] = field(default_factory=dict)
    past: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def look(folder: Path) -> Folder:
    """Read a schema folder and check all but its history. Raises `SchemaRefused` if it cannot be read."""
    try:
        register, faults = read((folder / FILE).read_bytes())
        written = {path.stem: path.read_bytes() for path in sorted((folder / "events").glob("*.avsc"))}
    except OSError as error:
        raise SchemaRefused("the folder has no register that can be read", where=str(folder)) from error
    schemas = {}
    for kind, data in written.items():
        checker = _Event(register, kind)
        schema = checker.read(data)
        faults += checker.faults
        if schema is not None:
            schemas[kind] = schema
    faults += _unregistered(register, written) + _unused(register, schemas)
    past = {}
    for kind, event in register.events.items():
        kept = [recorded(folder, kind, number, one) for number, one in enumerate(event.versions[:-1], 1)]
        past[kind] = tuple(one for one in kept if not isinstance(one, Fault))
        faults += [one for one in kept if isinstance(one, Fault)]
    return Folder(register, schemas, written, past, tuple(faults))


def recorded(folder: Path, kind: str, number: int, version: Version) -> dict[str, Any] | Fault:
    """A recorded version of an event's schema, inlined, or why it is not what the register pins."""
    file = recorded_file(kind, number)
    try:
        data = (folder / file).read_bytes()
    except OSError:
        return Fault(file, "", "is gone: a recorded version is kept for ever")
    if hashlib.sha256(data).digest() != version.sha256:
        return Fault(file, "", "was altered: its SHA-256 is not the one that the register pins")
    try:
        schema: dict[str, Any] = avro.inline(json.loads(data))
        same = avro.fingerprint(schema) == version.fingerprint
    except (ValueError, SchemaRefused):
        return Fault(file, "", "is not a schema")
    return schema if same else Fault(file, "", "has another fingerprint than the register pins")


def recorded_file(kind: str, number: int) -> str:
    """Where version `number` (from 1) of an event's schema is kept, relative to the schema folder."""
    return f"recorded/{kind}.{number}.avsc"


def _unregistered(register: Register, written: Mapping[str, bytes]) -> list[Fault]:
    faults = [Fault(FILE, f"events.{k}", "has no schema") for k in register.events.keys() - written.keys()]
    for kind in register.events.keys() & written.keys():
        versions = register.events[kind].versions
        if not versions or versions[-1].sha256 != hashlib.sha256(written[kind]).digest():
            faults.append(Fault(f"events/{kind}.avsc", "", NOT_PINNED))
    return faults


def _unused(register: Register, schemas: Mapping[str, dict[str, Any]]) -> list[Fault]:
    used = {one["name"] for schema in schemas.values() for one in schema["fields"]}
    return [Fault(FILE, f"fields.{name}", "is used by no event") for name in register.fields.keys() - used]


def enum_name(code_list: str) -> str:
    """The Avro name of a fixed code list: `order_end` -> OrderEnd."""
    return "".join(part.capitalize() for part in code_list.split("_"))


def expected(register: Register, spec: FieldSpec) -> avro.Schema:
    """The one Avro type, inlined, that a registered field may have (inside a union with null if optional)."""
    kind = spec.type
    if kind in {"codes", "numbers", "events"}:
        return {"type": "array", "items": _single(register, kind[:-1], spec)}
    return _single(register, kind, spec)


def _single(register: Register, kind: str, spec: FieldSpec) -> avro.Schema:
    if kind == "code":
        return _code(register.lists[spec.list or ""])
    if kind == "number":
        return _number(register)
    if kind == "citation":
        return {"type": "string", "logicalType": "citation", "list": spec.list}
    return _PLAIN[kind]


_PLAIN: Final[Mapping[str, avro.Schema]] = {
    "time": {"type": "long", "logicalType": "timestamp-micros"},
    "date": {"type": "int", "logicalType": "date"},
    "int": "int",
    "bool": "boolean",
    "hmac": {"type": "fixed", "name": f"{avro.NAMESPACE}.Commitment", "size": 32},
    "event": {"type": "fixed", "name": f"{avro.NAMESPACE}.EventId", "size": 16},
    "agency": {"type": "string", "logicalType": "agency"},
}


def _code(codes: CodeList) -> avro.Schema:
    if codes.local or codes.of == "memorandum":
        return {"type": "string", "logicalType": "local-code", "list": codes.name}
    return _enum(enum_name(codes.name), codes.codes)


def _enum(name: str, symbols: Mapping[str, str]) -> avro.Schema:
    return {
        "type": "enum",
        "name": f"{avro.NAMESPACE}.{name}",
        "symbols": [*symbols],
        "default": "unspecified",
    }


def _number(register: Register) -> avro.Schema:
    kinds = _enum("NumberKind", {**register.number_kinds, "unspecified": ""})
    parts: list[tuple[str, avro.Schema]] = [
        ("kind", kinds),
        ("issuer", {"type": "string", "logicalType": "agency"}),
        ("value", {"type": "string", "logicalType": "official-number"}),
    ]
    return {
        "type": "record",
        "name": f"{avro.NAMESPACE}.OfficialNumber",
        "fields": [{"name": name, "type": kind} for name, kind in parts],
    }


def undocumented(schema: avro.Schema) -> avro.Schema:
    """The inlined schema without its docs."""
    if isinstance(schema, list):
        return [undocumented(branch) for branch in schema]
    if isinstance(schema, dict):
        return {key: undocumented(value) for key, value in schema.items() if key != "doc"}
    return schema


def text_in(schema: avro.Schema) -> Iterator[str]:
    """Why an inlined type could carry free text: one reason for each place where it could."""
    if isinstance(schema, list):
        for branch in schema:
            yield from text_in(branch)
    elif isinstance(schema, dict) and schema.get("type") == "record":
        for part in schema["fields"]:
            yield from text_in(part["type"])
    elif isinstance(schema, dict) and schema.get("type") == "array":
        yield from text_in(schema["items"])
    elif isinstance(schema, dict) and schema.get("type") == "map":
        yield "a map holds keys that are free text"
    elif _base(schema) == "bytes":
        yield "bytes without a fixed size hold anything, text included"
    elif _base(schema) == "string" and not (
        isinstance(schema, dict) and str(schema.get("logicalType")) in STRINGS
    ):
        yield "an unconstrained string is free text; only " + ", ".join(sorted(STRINGS)) + " may be strings"


def _base(schema: avro.Schema) -> object:
    return schema.get("type") if isinstance(schema, dict) else schema


class _Event:
    """Checks the schema of one event and keeps a list of what is wrong."""

    def __init__(self, register: Register, kind: str) -> None:
        self.register = register
        self.kind = kind
        self.faults: list[Fault] = []

    def fault(self, name: str, reason: str) -> None:
        self.faults.append(Fault(f"events/{self.kind}.avsc", name, reason))

    def read(self, data: bytes) -> dict[str, Any] | None:
        try:
            raw = json.loads(data, object_pairs_hook=_once)
            if not isinstance(raw, dict) or raw.get("type") != "record":
                raise SchemaRefused("an event is an Avro record")
            self.barred(raw)
            schema: dict[str, Any] = avro.inline(raw)
        except SchemaRefused as error:
            self.fault(error.where or "", error.message)
            return None
        except ValueError:
            self.fault("", "is not JSON")
            return None
        except RecursionError:
            self.fault("", "is nested too deeply")
            return None
        self.event(schema)
        for one in schema["fields"]:
            self.field(one)
            self.rule(one, {other["name"] for other in schema["fields"]})
        self.once([one["name"] for one in schema["fields"]])
        return schema

    def once(self, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.fault(name, "is there twice")

    def barred(self, node: Any, name: str = "") -> None:
        """Barred words among the names and symbols anywhere in the schema, nested types included."""
        if isinstance(node, list):
            for part in node:
                self.barred(part, name)
            return
        if not isinstance(node, dict):
            return
        told = node.get("name") if isinstance(node.get("name"), str) else ""
        symbols = node.get("symbols") if isinstance(node.get("symbols"), list) else []
        for word in [told, *(symbols or [])]:
            found = self.register.barred.find(str(word)) if word else None
            if found is not None:
                reason = f"has the barred word {found!r}: it would point at a person or hold text"
                self.fault(str(told or name), reason if word == told else f"{word} {reason}")
        for key in ("fields", "items", "values", "type"):
            self.barred(node.get(key), str(told or name))

    def event(self, schema: dict[str, Any]) -> None:
        if schema["name"] != f"{avro.NAMESPACE}.{self.kind}":
            self.fault("", f"must be the record {avro.NAMESPACE}.{self.kind}, like its file")
        for unknown in sorted(set(schema) - _EVENT_KEYS):
            self.fault("", f"has the unknown attribute {unknown!r}")
        self.documented("", schema)
        if self.kind not in self.register.events:
            self.fault("", "is not registered: an event that the register does not name is denied")
        self.among("publishers", schema.get("publishers"), self.register.roles)
        self.among("expects", schema.get("expects"), self.register.events)
        if not schema.get("publishers"):
            self.fault("", "nobody may publish it: name its publishers")
        known = self.register.events.get(self.kind)
        if str(schema.get("file")) not in self.register.files:
            self.fault("", "is in a class of file that the register does not know")
        elif known is not None and known.file != schema["file"]:
            self.fault("", "is in another class of file than the register says")

    def among(self, key: str, value: object, known: Mapping[str, Any]) -> None:
        if not isinstance(value, list) or len({*map(str, value)}) != len(value):
            self.fault("", f"{key} must be a list, each once")
            return
        for one in value:
            if str(one) not in known:
                self.fault("", f"{key} names {one!r}, which the register does not know")

    def documented(self, name: str, node: dict[str, Any]) -> None:
        if not isinstance(node.get("doc"), str) or not node["doc"].strip():
            self.fault(name, "has no doc")
        if not isinstance(node.get("niem"), str) or not node["niem"].strip():
            self.fault(name, 'has no NIEM name (write "-" where NIEM has none)')

    def field(self, node: dict[str, Any]) -> None:
        name = node["name"]
        for unknown in sorted(set(node) - _FIELD_KEYS):
            self.fault(name, f"has the unknown attribute {unknown!r}")
        self.documented(name, node)
        for reason in text_in(node["type"]):
            self.fault(name, reason)
        spec = self.register.fields.get(name)
        if name in self.register.header:
            self.fault(name, "belongs to the header, not to an event")
        elif spec is None:
            self.fault(name, "is not registered: a field that the register does not name is denied")
        else:
            self.as_registered(node, spec)

    def as_registered(self, node: dict[str, Any], spec: FieldSpec) -> None:
        if spec.type in {"code", "codes", "citation"} and spec.list not in self.register.lists:
            return  # the register has that fault already
        found, optional = undocumented(node["type"]), False
        if isinstance(found, list):
            optional = len(found) == 2 and found[0] == "null"
            found = found[1] if optional else found
        right = expected(self.register, spec)
        if found != right:
            self.fault(spec.name, _difference(found, right, spec))
        if optional and ("default" not in node or node["default"] is not None):
            self.fault(spec.name, "is optional and needs the default null")
        if not optional and "default" in node:
            self.fault(spec.name, "is required and has no default")
        if node.get("niem") != (spec.niem or "-"):
            self.fault(spec.name, "has another NIEM name than the register")
        self.attributes(node, spec)

    def attributes(self, node: dict[str, Any], spec: FieldSpec) -> None:
        right: dict[str, Any] = {
            "kinds": [*spec.kinds] or None,
            "number_kind": spec.number_kind,
            "unit": spec.unit,
            "minimum": spec.minimum if spec.type == "int" else None,
        }
        for key, value in right.items():
            if node.get(key) != value:
                self.fault(spec.name, f"{key} is not what the register says")

    def rule(self, node: dict[str, Any], names: set[str]) -> None:
        if "required_when" not in node:
            return
        rule = node["required_when"]
        shaped = (
            isinstance(rule, dict) and set(rule) == {"field", "any_of"} and isinstance(rule["field"], str)
        )
        if not shaped or not isinstance(node["type"], list):
            self.fault(node["name"], "required_when is of an optional field: { field, any_of }")
            return
        spec = self.register.fields.get(rule["field"]) if rule["field"] in names else None
        codes = self.register.lists.get(spec.list or "") if spec is not None and spec.type == "code" else None
        known: Mapping[str, str] = codes.codes if codes is not None else {}
        wanted = rule["any_of"] if isinstance(rule["any_of"], list) else []
        if not wanted or not all(isinstance(code, str) and code in known for code in wanted):
            self.fault(node["name"], "required_when names another field of the event, and codes of its list")


def _difference(found: avro.Schema, right: avro.Schema, spec: FieldSpec) -> str:
    found_items, right_items = _items(found), _items(right)
    if _base(found_items) == _base(right_items) == "enum":
        if found_items["name"] != right_items["name"]:
            return f"must be the enum {right_items['name']}, of the code list {spec.list}"
        if set(found_items.get("symbols", ())) != set(right_items["symbols"]):
            return f"its enum has other codes than the list {spec.list} of the register"
        if found_items.get("symbols") != right_items["symbols"]:
            return f"its enum has the codes of the list {spec.list} in another order"
        return 'its enum needs the default "unspecified" and nothing else'
    return (
        f"is registered as {spec.type}; its Avro type must be {avro.canonical(right)}, with its logical type"
    )


def _items(schema: avro.Schema) -> Any:
    return schema["items"] if isinstance(schema, dict) and schema.get("type") == "array" else schema


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise SchemaRefused("an attribute is there twice")
    return made
