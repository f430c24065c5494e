"""How a schema may change: every version ever recorded stays, and each can read each.

A change is compatible when the new schema reads what every recorded one wrote (backward) and every recorded
one reads what the new one writes (forward), by the rules of schema resolution:

    may change      a new optional field; an optional field taken out; a code added to a list or taken out
                    (its enum has the default "unspecified" on both sides); docs, NIEM names, publishers
    may not         a new required field, or a required one taken out; required <-> optional; another type,
                    name or size; another unit, minimum or kind of number

Accord is stricter than Avro in three places: types are never promoted (int -> long), since readers re-encode
and compare; a field's name is never used again for another type, even after it was taken out; and what the
same bytes would then mean (unit, logical type, kind of number) never changes.

Source: Apache Avro 1.12.0 specification, "Schema Resolution".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from accord.errors import SchemaRefused
from accord.schema import avro
from accord.schema.faults import Fault, refuse
from accord.schema.generate import source
from accord.schema.lint import NOT_PINNED, Folder, look, recorded, recorded_file
from accord.schema.register import FILE
from accord.schema.specs import Registered
from accord.schema.vocabulary import Vocabulary


def history(folder: Path, found: Folder) -> list[Fault]:
    """Every fault of a folder's history: lost or altered versions, and incompatible changes."""
    faults: list[Fault] = []
    pinned = set()
    for kind, event in found.register.events.items():
        for number, version in enumerate(event.versions, 1):
            pinned.add(recorded_file(kind, number))
            old = recorded(folder, kind, number, version)
            if isinstance(old, Fault):
                faults.append(old)
            elif kind in found.schemas:
                faults += _against(found.schemas[kind], old, kind, number)
    strays = {f"recorded/{path.name}" for path in (folder / "recorded").glob("*.avsc")} - pinned
    return faults + [Fault(file, "", "is not a version that the register pins") for file in sorted(strays)]


def _against(schema: avro.Schema, old: avro.Schema, kind: str, number: int) -> Iterator[Fault]:
    for where, reason in incompatibilities(schema, old):
        name, _, inner = where.partition(".")
        told = f"{inner}: {reason}" if inner else reason
        yield Fault(f"events/{kind}.avsc", name, f"{told} (against recorded version {number})")


def incompatibilities(new: avro.Schema, old: avro.Schema) -> Iterator[tuple[str, str]]:
    """Why two inlined records cannot read each other: (field, reason) for each cause."""
    for reader, writer, says in ((new, old, _BACKWARD), (old, new, _FORWARD)):
        for where, reason in _resolve(reader, writer, ""):
            yield where, f"{reason}: {says}"


_BACKWARD: Final = "the new schema could not read what was written by the recorded one"
_FORWARD: Final = "the recorded schema could not read what is written by the new one"


def _resolve(reader: avro.Schema, writer: avro.Schema, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(reader, list) or isinstance(writer, list):
        yield from _resolve_union(_branches(reader), _branches(writer), where)
    elif _kind(reader) != _kind(writer):
        yield where, "has another type"
    elif _kind(reader) in avro.NAMED:
        yield from _resolve_named(reader, writer, where)
    elif _kind(reader) == "array":
        yield from _resolve(reader["items"], writer["items"], where)
    elif _logical(reader) != _logical(writer):
        yield where, "has another logical type, so the same bytes would mean something else"


def _branches(schema: avro.Schema) -> list[avro.Schema]:
    return schema if isinstance(schema, list) else [schema]


def _kind(schema: avro.Schema) -> str:
    return str(schema["type"] if isinstance(schema, dict) else schema)


def _logical(schema: avro.Schema) -> tuple[object, object]:
    return (schema.get("logicalType"), schema.get("list")) if isinstance(schema, dict) else (None, None)


def _resolve_union(
    readers: list[avro.Schema], writers: list[avro.Schema], where: str
) -> Iterator[tuple[str, str]]:
    for writer in writers:
        likely = [reader for reader in readers if _alike(reader, writer)]
        if likely:
            yield from _resolve(likely[0], writer, where)
        elif _kind(writer) == "null":
            yield where, "may be absent on one side and is required on the other"
        else:
            yield where, "has another type"


def _alike(reader: avro.Schema, writer: avro.Schema) -> bool:
    named = _kind(reader) in avro.NAMED
    return _kind(reader) == _kind(writer) and (not named or reader["name"] == writer["name"])


def _resolve_named(
    reader: Mapping[str, Any], writer: Mapping[str, Any], where: str
) -> Iterator[tuple[str, str]]:
    if reader["name"] != writer["name"]:
        yield where, "has a type of another name"
    elif reader["type"] == "fixed" and reader["size"] != writer["size"]:
        yield where, "has another size"
    elif reader["type"] == "enum":
        lost = [symbol for symbol in writer["symbols"] if symbol not in reader["symbols"]]
        if lost and reader.get("default") not in reader["symbols"]:
            yield where, f"lacks the code {lost[0]} and has no default to read it as"
    elif reader["type"] == "record":
        yield from _resolve_record(reader, writer, where)


def _resolve_record(
    reader: Mapping[str, Any], writer: Mapping[str, Any], where: str
) -> Iterator[tuple[str, str]]:
    written = {one["name"]: one for one in writer["fields"]}
    for one in reader["fields"]:
        inner = f"{where}.{one['name']}".lstrip(".")
        if one["name"] in written:
            yield from _same_meaning(one, written[one["name"]], inner)
            yield from _resolve(one["type"], written[one["name"]]["type"], inner)
        elif "default" not in one:
            yield inner, "is required, has no default, and the other side does not have it"


def _same_meaning(one: Mapping[str, Any], other: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    for key in ("unit", "minimum", "number_kind"):
        if one.get(key) != other.get(key):
            yield where, f"has another {key}, so the same bytes would mean something else"


def record(folder: Path, models: Path | None = None) -> tuple[str, ...]:
    """Record every changed schema of a folder as its event's next version; the kinds recorded, in order.

    Writes `recorded/<Kind>.<n>.avsc` first, then the register, then the generated `models` if that module is
    given. If the process dies between, the checker says so and the same command goes on. Raises
    `SchemaRefused` where the folder has any other fault, an incompatible change included; nothing is
    written then.
    """
    found = look(folder)
    events = found.register.events
    changed = [
        kind for kind in events if kind in found.written and not _is_last(events[kind], found.written[kind])
    ]
    refuse(fault for fault in (*found.faults, *history(folder, found)) if not _is_due(fault, changed, found))
    text = (folder / FILE).read_bytes().decode()
    for kind in changed:
        data = found.written[kind]
        _write(folder / recorded_file(kind, len(events[kind].versions) + 1), data)
        text = _pinned(text, kind, avro.fingerprint(found.schemas[kind]), hashlib.sha256(data).digest())
    if changed:
        _write(folder / FILE, text.encode())
    if models is not None:
        _write(models, source(Vocabulary.load(folder)).encode())
    return tuple(changed)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_bytes(data)
    unfinished.replace(path)


def _is_due(fault: Fault, changed: list[str], found: Folder) -> bool:
    """Whether a fault is only that a change is not recorded yet, or was recorded but not yet pinned."""
    next_files = {recorded_file(kind, len(found.register.events[kind].versions) + 1) for kind in changed}
    unpinned = fault.file in {f"events/{kind}.avsc" for kind in changed} and fault.reason == NOT_PINNED
    return unpinned or fault.file in next_files


def _is_last(event: Registered, data: bytes) -> bool:
    return bool(event.versions) and event.versions[-1].sha256 == hashlib.sha256(data).digest()


def _pinned(text: str, kind: str, fingerprint: bytes, sha256: bytes) -> str:
    row = f'    {{ fingerprint = "{fingerprint.hex()}", sha256 = "{sha256.hex()}" }},\n'
    table = re.compile(
        rf"(^\[events\.{kind}\]\n(?:(?!\[).*\n)*?versions = \[\n(?:    \{{.*\}},\n)*)(\])", re.MULTILINE
    )
    made, count = table.subn(lambda match: match[1] + row + match[2], text)
    if count != 1:
        raise SchemaRefused(
            "its table in the register is not laid out as the others are", where=f"events.{kind}"
        )
    return made
