"""A mapping file, loaded and checked: TOML bytes in, a `Mapping` that can be trusted out."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from accord.errors import MappingRefused
from accord.gateway.mapping.model import MappingFile
from accord.gateway.mapping.reading import Own, Reading
from accord.gateway.mapping.rules import faults
from accord.gateway.tables import Selection
from accord.schema import Vocabulary

SIZE_LIMIT = 1 << 20


@dataclass(frozen=True)
class Mapping:
    """Columns to fields, local codes to codes, rows to events."""

    file: MappingFile
    vocabulary: Vocabulary

    @property
    def name(self) -> str:
        """The mapping's own name."""
        return self.file.mapping.name

    @property
    def case_column(self) -> str | None:
        """The column that counts cases, for a selection of the first N."""
        return self.file.mapping.case

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of event that this mapping can make."""
        return tuple(dict.fromkeys(event.type for event in self.file.event))

    @classmethod
    def load(cls, path: Path, vocabulary: Vocabulary) -> Mapping:
        """Read a mapping file. Raises MappingRefused with every fault: its key, and what to do."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise MappingRefused("cannot be read", where=path.name, advice="Check the path.") from error
        return cls.parse(data, vocabulary, path.name)

    @classmethod
    def parse(cls, data: bytes, vocabulary: Vocabulary, where: str = "mapping") -> Mapping:
        """The same from bytes; `where` names them in errors."""
        file = _shaped(_toml(data, where), where)
        found = faults(file, vocabulary)
        if found:
            lines = "\n".join(f"  {key}: {what}" for key, what in found)
            raise MappingRefused(f"{len(found)} fault(s):\n{lines}", where=where, advice="Mend each key.")
        return cls(file, vocabulary)

    def read(
        self,
        source: Path | BinaryIO,
        *,
        now: dt.datetime,
        selection: Selection | None = None,
        own: Own | None = None,
        zone: ZoneInfo | None = None,
    ) -> Reading:
        """Start reading a CSV input (.csv, .gz, .xz, told by its first bytes); iterate over the result.

        `now` is aware; a date or time more than a day after it is refused. `selection` keeps only some
        cases. `own(source, id)` finds the data of an own earlier event, in JSON form. `zone` is the exchange's, for
        the day of an act whose moment is known. Raises IntakeRefused if the header does not fit.
        """
        return Reading(self.file, self.vocabulary, source, now, selection, own, zone)


def _toml(data: bytes, where: str) -> dict[str, object]:
    if len(data) > SIZE_LIMIT:
        raise MappingRefused("is larger than 1 MiB", where=where, advice="Is this a mapping file?")
    try:
        return tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingRefused(f"is not TOML: {error}", where=where, advice="Mend the file.") from error


def _shaped(tree: dict[str, object], where: str) -> MappingFile:
    try:
        return MappingFile.model_validate(tree)
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, one['loc']))}: {_said(one['msg'])}" for one in error.errors()]
        said = f"{len(lines)} fault(s):\n" + "\n".join(lines)
        raise MappingRefused(said, where=where, advice="Mend each key.") from error


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")
