"""A copy of the schema folder that a test may spoil."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from accord.catalog import schemas
from accord.schema import Fault, check


class Sandbox:
    """The schema folder in `root`; every method writes files, `faults` checks them."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "schemas"
        shutil.copytree(schemas(), self.folder)

    def path(self, kind: str) -> Path:
        return self.folder / "events" / f"{kind}.avsc"

    def event(self, kind: str) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.path(kind).read_bytes())
        return made

    def write(self, kind: str, schema: object) -> None:
        self.path(kind).write_text(json.dumps(schema))

    def field(self, kind: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The schema and, within it, the field."""
        schema = self.event(kind)
        return schema, next(one for one in schema["fields"] if one["name"] == name)

    def change(self, kind: str, name: str, **attributes: Any) -> None:
        """Set attributes of a field; None in `attributes` takes one out, [None] is a JSON null."""
        schema, field = self.field(kind, name)
        for key, value in attributes.items():
            if value is None:
                field.pop(key)
            else:
                field[key] = None if value == [None] else value
        self.write(kind, schema)

    def add(self, kind: str, name: str, avro: object, **attributes: Any) -> None:
        schema = self.event(kind)
        schema["fields"].append({"name": name, "type": avro, "doc": "a field", "niem": "-", **attributes})
        self.write(kind, schema)

    def register(self, old: str, new: str) -> None:
        path = self.folder / "register.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def append(self, text: str) -> None:
        path = self.folder / "register.toml"
        path.write_text(path.read_text() + "\n" + text)

    def faults(self) -> list[Fault]:
        return check(self.folder)

    def reasons(self, field: str = "", file: str = "") -> list[str]:
        """The reasons given for a field, of one file or of any."""
        return [f.reason for f in self.faults() if f.field == field and (not file or f.file == file)]
