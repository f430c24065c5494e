"""The register: which fields, codes, numbers and events there are. Bytes in, a `Register` and its faults out.

register.toml
├── roles, files            what each role and each class of file is
├── numbers, citations      the grammars of the only strings that are not codes
├── barred                  words that no name may have
├── lists.<list>            meaning, codes.<code> = meaning; local = true: a memorandum may add
├── header.<field>          the fields of the header that have a meaning of their own
├── fields.<field>          type, list, kinds, number_kind, unit, minimum, niem, meaning
└── events.<Kind>           file, versions = [{ fingerprint, sha256 }], oldest first
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from accord.schema import floor
from accord.schema.faults import Fault
from accord.schema.patterns import PatternError, check_within
from accord.schema.specs import CodeList, FieldSpec, Grammar, Register, Registered, Version
from accord.schema.words import Barred

FILE: Final = "register.toml"
TYPES: Final = frozenset(
    [
        "time",
        "date",
        "code",
        "codes",
        "int",
        "bool",
        "number",
        "numbers",
        "citation",
        "hmac",
        "event",
        "events",
        "agency",
    ],
)
_NAME: Final = re.compile(r"[a-z]+(?:_[a-z]+)*")
_NIEM: Final = re.compile(r"-|~?(?:nc|j):[A-Z][A-Za-z]+")
_HEX: Final = re.compile(r"[0-9a-f]+")
_SECTIONS: Final = frozenset(
    ["version", "roles", "files", "numbers", "citations", "barred", "lists", "header", "fields", "events"],
)
_FIELD_KEYS: Final = frozenset(["type", "list", "kinds", "number_kind", "unit", "minimum", "niem", "meaning"])


def read(data: bytes) -> tuple[Register, list[Fault]]:
    """Read a register. What could not be read is left out and named by a fault."""
    try:
        text = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Register(hashlib.sha256(data).digest()), [Fault(FILE, "", f"is not TOML: {error}")]
    reader = _Reader(text)
    return reader.register(hashlib.sha256(data).digest()), reader.faults


class _Reader:
    """Reads one register and keeps a list of what is wrong."""

    def __init__(self, text: dict[str, Any]) -> None:
        self.text = text
        self.faults: list[Fault] = []

    def register(self, sha256: bytes) -> Register:
        for unknown in sorted(set(self.text) - _SECTIONS):
            self.fault(unknown, "the register has no such section")
        if self.text.get("version") != 1:
            self.fault("version", "only version 1 of the register is understood")
        barred, kinds = self.barred(), self.meanings("numbers.kinds")
        made = Register(
            sha256,
            roles=self.meanings("roles"),
            files=self.meanings("files"),
            number=self.grammar("numbers", floor.NUMBERS),
            letters_in_a_run=self.at_most("numbers", "letters_in_a_run", floor.LETTERS_IN_A_RUN),
            number_kinds=kinds,
            citation=self.grammar("citations", floor.CITATIONS),
            barred=barred,
            lists=dict(self.lists()),
            header=dict(self.specs("header")),
            fields=dict(self.specs("fields")),
            events=dict(self.events()),
        )
        self.cross(made)
        return made

    def fault(self, name: str, reason: str) -> None:
        self.faults.append(Fault(FILE, name, reason))

    def table(self, path: str) -> dict[str, Any]:
        found: Any = self.text
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            self.fault(path, "the register needs this section")
            return {}
        return found

    def meanings(self, path: str) -> dict[str, str]:
        rows = self.table(path)
        return {
            key: self.meaning(f"{path}.{key}", value) for key, value in rows.items() if self.named(path, key)
        }

    def meaning(self, where: str, value: object) -> str:
        if isinstance(value, str) and value.strip():
            return value
        self.fault(where, "has no meaning written beside it")
        return ""

    def named(self, path: str, name: str) -> bool:
        if _NAME.fullmatch(name) and len(name) <= 40:
            return True
        self.fault(f"{path}.{name}", "is not a name: small letters, words joined by _, at most 40 characters")
        return False

    def whole(self, path: str, key: str) -> int:
        value = self.table(path).get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self.fault(f"{path}.{key}", "must be a positive whole number")
        return 0

    def at_most(self, path: str, key: str, most: int) -> int:
        value = self.whole(path, key)
        if value > most:
            self.fault(f"{path}.{key}", f"is more than {most}: longer strings would hold free text")
        return value

    def grammar(self, path: str, widest: floor.Widest) -> Grammar:
        """A grammar that admits nothing beyond the widest; what goes beyond could hold free text."""
        text, longest = self.table(path).get("grammar", ""), self.at_most(path, "longest", widest.longest)
        try:
            made = Grammar(re.compile(text), longest)
            check_within(text, widest.grammar, min(longest, widest.longest))
            return made
        except (re.error, TypeError, RecursionError, OverflowError):
            self.fault(f"{path}.grammar", "is not a regular expression")
        except PatternError as fault:
            self.fault(f"{path}.grammar", f"could hold free text: {fault}")
        return Grammar(re.compile("(?!)"), 0)

    def barred(self) -> Barred:
        rows = self.table("barred")
        words: dict[str, frozenset[str]] = {}
        for key, value in rows.items():
            if key == "allowed":
                continue
            if isinstance(value, list) and all(isinstance(word, str) for word in value):
                words[key] = frozenset(value)
            else:
                self.fault(f"barred.{key}", "must be a list of words")
        for group, needed in floor.BARRED.items():
            if gone := sorted(needed - words.get(group, frozenset())):
                self.fault(
                    f"barred.{group}", f"was taken out, and no register may give it up: {', '.join(gone)}"
                )
        persons = words.get("persons", frozenset()) | words.get("blame", frozenset())
        inside, whole = words.pop("inside", frozenset()), words.pop("whole", frozenset())
        allowed = self.meanings("barred.allowed") if "allowed" in rows else {}
        self.unpardoned(allowed)
        return Barred(frozenset().union(*words.values()), inside, whole, allowed, persons)

    def unpardoned(self, allowed: Mapping[str, str]) -> None:
        """A name may be allowed in spite of a word of the register's own, not of one of the floor's."""
        for name in sorted(allowed.keys() - floor.ALLOWED):
            if word := _FLOOR.find(name):
                self.fault(f"barred.allowed.{name}", f"has the word {word!r}, which no register may allow")

    def lists(self) -> Iterator[tuple[str, CodeList]]:
        for name, row in self.table("lists").items():
            where = f"lists.{name}"
            if not self.named("lists", name) or not isinstance(row, dict):
                continue
            for unknown in sorted(set(row) - {"meaning", "codes", "local", "of"}):
                self.fault(f"{where}.{unknown}", "a code list has no such key")
            of = row.get("of", "words")
            if of not in {"words", "citation", "memorandum"}:
                self.fault(where, "its codes are words, citation or memorandum")
            codes = self.meanings(f"{where}.codes") if "codes" in row else {}
            if of != "memorandum" and "unspecified" not in codes:
                self.fault(where, "has no `unspecified`, which every list has")
            yield (
                name,
                CodeList(name, codes, row.get("local") is True, self.meaning(where, row.get("meaning")), of),
            )

    def specs(self, section: str) -> Iterator[tuple[str, FieldSpec]]:
        for name, row in self.table(section).items():
            if not self.named(section, name):
                continue
            if not isinstance(row, dict):
                self.fault(f"{section}.{name}", "is not a table")
            elif self.typed(f"{section}.{name}", row):
                yield name, self.spec(f"{section}.{name}", name, row)

    def typed(self, where: str, row: dict[str, Any]) -> bool:
        for unknown in sorted(set(row) - _FIELD_KEYS):
            self.fault(where, f"a field has no key {unknown!r}")
        if row.get("type") in TYPES:
            return True
        self.fault(where, "has a type that could carry free text, or none: only " + ", ".join(sorted(TYPES)))
        return False

    def spec(self, where: str, name: str, row: dict[str, Any]) -> FieldSpec:
        niem = row.get("niem")
        if not isinstance(niem, str) or not _NIEM.fullmatch(niem):
            self.fault(
                where, 'has no NIEM name: write it, "~" before the nearest, or "-" where NIEM has none'
            )
            niem = "-"
        kinds, minimum = row.get("kinds", []), row.get("minimum", 0)
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            self.fault(where, "kinds must be a list of event kinds")
            kinds = []
        if isinstance(minimum, bool) or not isinstance(minimum, int) or minimum < 0:
            self.fault(where, "minimum must be a whole number, never negative")
            minimum = 0
        return FieldSpec(
            name,
            row["type"],
            self.optional(where, row, "list"),
            tuple(kinds),
            self.optional(where, row, "number_kind"),
            self.optional(where, row, "unit"),
            minimum,
            None if niem == "-" else niem,
            self.meaning(where, row.get("meaning")),
        )

    def optional(self, where: str, row: dict[str, Any], key: str) -> str | None:
        value = row.get(key)
        if value is None or isinstance(value, str):
            return value
        self.fault(where, f"{key} must be a word")
        return None

    def events(self) -> Iterator[tuple[str, Registered]]:
        for kind, row in self.table("events").items():
            where = f"events.{kind}"
            if not isinstance(row, dict) or set(row) != {"file", "versions"}:
                self.fault(where, "needs `file` and `versions`, and nothing else")
                continue
            versions = tuple(self.version(where, one) for one in self.rows(where, row["versions"]))
            yield kind, Registered(str(row["file"]), versions)

    def rows(self, where: str, value: object) -> list[Any]:
        if isinstance(value, list):
            return value
        self.fault(where, "versions must be a list")
        return []

    def version(self, where: str, row: object) -> Version:
        if isinstance(row, dict) and set(row) == {"fingerprint", "sha256"}:
            values = [row["fingerprint"], row["sha256"]]
            if all(isinstance(v, str) and _HEX.fullmatch(v) for v in values) and [*map(len, values)] == [
                16,
                64,
            ]:
                return Version(bytes.fromhex(values[0]), bytes.fromhex(values[1]))
        self.fault(where, "a version is { fingerprint = 16 hex digits, sha256 = 64 hex digits }")
        return Version(b"", b"")

    def cross(self, register: Register) -> None:
        """What the parts of a register say of each other."""
        names = [("lists", name, name) for name in register.lists]
        names += [("fields", name, name) for name in {**register.fields, **register.header}]
        names += [(f"lists.{n}.codes", c, c) for n, one in register.lists.items() for c in one.codes]
        names += [("numbers.kinds", kind, kind) for kind in register.number_kinds]
        for section, name, told in names:
            word = register.barred.find(name)
            if word is not None:
                self.fault(
                    f"{section}.{told}",
                    f"has the barred word {word!r}: it would point at a person or hold text",
                )
        for spec in (*register.fields.values(), *register.header.values()):
            self.fits(register, spec)
        for kind, event in register.events.items():
            if event.file not in register.files:
                self.fault(f"events.{kind}", "is in a class of file that the register does not know")

    def fits(self, register: Register, spec: FieldSpec) -> None:
        where = f"fields.{spec.name}"
        listed = spec.type in {"code", "codes", "citation"}
        if listed and spec.list not in register.lists:
            self.fault(where, "a code without a code list is free text")
        elif listed and (register.lists[spec.list or ""].of == "citation") != (spec.type == "citation"):
            self.fault(where, "a citation has a list of citations, a code a list of codes")
        for key, types in _BELONGS.items():
            if getattr(spec, key) and spec.type not in types:
                self.fault(where, f"{key} means nothing for this type")
        if spec.type == "int" and not spec.unit:
            self.fault(where, "an int needs its unit")
        if spec.number_kind and spec.number_kind not in register.number_kinds:
            self.fault(where, "the register has no such kind of number")
        for kind in spec.kinds:
            if kind not in register.events:
                self.fault(where, f"refers to {kind}, which is not an event")


_FLOOR: Final = Barred(frozenset().union(*floor.BARRED.values()), floor.BARRED["inside"])
_BELONGS: Final[Mapping[str, frozenset[str]]] = {
    "list": frozenset({"code", "codes", "citation"}),
    "kinds": frozenset({"event", "events"}),
    "number_kind": frozenset({"number"}),
    "unit": frozenset({"int"}),
    "minimum": frozenset({"int"}),
}
