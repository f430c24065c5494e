"""What the register says, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from accord.schema.words import Barred


@dataclass(frozen=True)
class FieldSpec:
    """One registered field.

    `type` is one of the thirteen types of the vocabulary; `list` the code list of a code, a set of codes or a
    citation; `kinds` the event kinds a reference may point to (() = any); `number_kind` the kind of official
    number (None = any); `unit` and `minimum` are of an int; `niem` is None where NIEM has no name.
    """

    name: str
    type: str
    list: str | None
    kinds: tuple[str, ...]
    number_kind: str | None
    unit: str | None
    minimum: int
    niem: str | None
    doc: str


@dataclass(frozen=True)
class CodeList:
    """Codes and their meanings. `local`: a memorandum may add codes of its own.

    `of` is "words", "citation" (its codes are citations) or "memorandum" (its codes are obligation ids).
    """

    name: str
    codes: Mapping[str, str]
    local: bool
    doc: str
    of: str = "words"


def number_key(number: Mapping[str, str]) -> tuple[str, str, str]:
    """What official numbers are sorted by."""
    return number["kind"], number["issuer"], number["value"]


@dataclass(frozen=True)
class Version:
    """One recorded version of an event's schema: its fingerprint (8 bytes) and the file's SHA-256."""

    fingerprint: bytes
    sha256: bytes


@dataclass(frozen=True)
class Registered:
    """What the register says of one event kind: its class of file and its versions, oldest first."""

    file: str
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Grammar:
    """A pattern to be matched whole, and the greatest length in characters, tested first."""

    pattern: re.Pattern[str]
    longest: int

    def admits(self, value: str) -> bool:
        """Whether `value` is within the grammar."""
        return len(value) <= self.longest and self.pattern.fullmatch(value) is not None


@dataclass(frozen=True)
class Register:
    """The register as read; see the picture at the top of this module. `sha256` is of the exact bytes."""

    sha256: bytes
    roles: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    number: Grammar = Grammar(re.compile("(?!)"), 0)
    letters_in_a_run: int = 0
    number_kinds: Mapping[str, str] = field(default_factory=dict)
    citation: Grammar = Grammar(re.compile("(?!)"), 0)
    barred: Barred = field(default_factory=Barred)
    lists: Mapping[str, CodeList] = field(default_factory=dict)
    header: Mapping[str, FieldSpec] = field(default_factory=dict)
    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    events: Mapping[str, Registered] = field(default_factory=dict)
