"""What changes between two versions: who gains and who loses which field, and what else is not the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from accord.memorandum.agreement import Memorandum
from accord.memorandum.matrix import HEADER


@dataclass(frozen=True, slots=True, order=True)
class FieldChange:
    """A right that is in one version only. `named`, `only` are empty where they do not apply."""

    role: str
    event: str
    field: str
    named: str
    only: str

    def __str__(self) -> str:
        how = f", when named by {self.named}" if self.named else ""
        return f"{self.role}: {self.event}.{self.field}{how}{', to count only' if self.only else ''}"


@dataclass(frozen=True, slots=True)
class OtherChange:
    """Something else: what it is, how it was and how it is (empty: not there)."""

    what: str
    old: str
    new: str

    def __str__(self) -> str:
        if not self.old or not self.new:
            return f"{'new' if self.new else 'gone'}: {self.what}: {self.new or self.old}"
        return f"changed: {self.what}: was {self.old}; is {self.new}"


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two versions."""

    gains: tuple[FieldChange, ...]
    losses: tuple[FieldChange, ...]
    others: tuple[OtherChange, ...]

    def as_json(self) -> dict[str, list[dict[str, str]]]:
        """Plain data: gains and losses (role, event, field, named, only), others (what, old, new)."""
        return {
            name: [{key: getattr(one, key) for key in one.__slots__} for one in getattr(self, name)]
            for name in ("gains", "losses", "others")
        }

    def text(self) -> str:
        """What a board reads."""
        parts = [
            _section("Who gains which field", self.gains),
            _section("Who loses which field", self.losses),
            _section("What else changes", self.others),
        ]
        return "\n".join(parts)


def difference(old: Memorandum, new: Memorandum) -> Difference:
    """Compare two versions; neither needs to be signed."""
    before, after = _rights(old), _rights(new)
    return Difference(
        tuple(sorted(after - before)), tuple(sorted(before - after)), tuple(_others(_parts(old), _parts(new)))
    )


def _rights(memorandum: Memorandum) -> frozenset[FieldChange]:
    rights = set()
    for one in memorandum.rights:
        rights.add(FieldChange(one.role, one.kind, HEADER, one.named or "", ""))
        if one.field is not None:
            rights.add(FieldChange(one.role, one.kind, one.field, one.named or "", one.only or ""))
    return frozenset(rights)


_Parts = dict[str, dict[str, str]]


def _others(old: _Parts, new: _Parts) -> Iterable[OtherChange]:
    for what in dict.fromkeys([*old, *new]):
        if what not in old or what not in new:
            yield OtherChange(what, _line(old.get(what, {})), _line(new.get(what, {})))
            continue
        for key in dict.fromkeys([*old[what], *new[what]]):
            before, after = (one[what].get(key, "nothing") for one in (old, new))
            if before != after:
                yield OtherChange(f"{what} {key}".rstrip(), before, after)


def _parts(memorandum: Memorandum) -> _Parts:
    """Everything but the entitlements: named things, each with what is said of it."""
    document = memorandum.document
    tables = ("exchange", "witness", "suppression", "inquiry", "expungement", "retention")
    parts: _Parts = {table: _said(getattr(document, table)) for table in tables}
    for agency in document.agency:
        parts[f"agency {agency.slug}"] = {"role": agency.role}
        for number, row in enumerate(agency.keys, 1):
            parts[f"key {number} of {agency.slug}"] = _said(row)
    parts |= {f"numbers of {slug}": dict(kinds) for slug, kinds in document.numbers.items()}
    parts |= {f"publishes {role}": dict.fromkeys(kinds, "yes") for role, kinds in document.publishes.items()}
    parts |= {
        f"code {name} {code}": _said(row)
        for name, rows in document.codes.items()
        for code, row in rows.items()
    }
    for table in ("obligation", "finding"):
        parts |= {f"{table} {one.id}": _said(one) for one in getattr(document, table)}
    return parts | _involvements(memorandum)


def _involvements(memorandum: Memorandum) -> _Parts:
    """Rules have no name: the event, the publishers and the one let in stand for it, marked where alike."""
    parts: _Parts = {}
    for table in memorandum.document.involvement:
        who = "+".join((*table.agency, *table.role))
        name = f"involvement on {'+'.join(table.event)} by {'+'.join(table.by)} of {who}"
        while name in parts:
            name += "'"
        parts[name] = _said(table)
    return parts


def _said(table: BaseModel) -> dict[str, str]:
    """What is said of a thing, without what is as it would be if nothing were said."""
    fields = type(table).model_fields
    return {key: _text(getattr(table, key)) for key in fields if getattr(table, key) != fields[key].default}


def _line(said: Mapping[str, str]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in said.items())


def _text(value: Any) -> str:
    if isinstance(value, BaseModel):
        return "{" + _line(_said(value)) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_text(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, bytes):
        return value.hex()
    return "none" if value is None else str(value)


def _section(title: str, changes: Iterable[object]) -> str:
    lines = [f"  {one}" for one in changes] or ["  nothing"]
    return "\n".join([title, *lines]) + "\n"
