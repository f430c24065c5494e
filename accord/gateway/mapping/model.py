"""The shape of a mapping file: strict models of its TOML, nothing computed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Scalar = str | int | bool


class Strict(BaseModel):
    """Unknown keys and wrong types are faults; nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


def exactly_one(model: BaseModel, names: tuple[str, ...]) -> None:
    """Raise ValueError unless exactly one of these keys is given."""
    given = [name for name in names if getattr(model, name) is not None]
    if len(given) != 1:
        said = ", ".join(given) if given else "none"
        raise ValueError(f"needs exactly one of {', '.join(names)} (given: {said})")


class Condition(Strict):
    """A test of one column: stated or not, one of, none of, or wholly matched by a pattern."""

    column: str
    stated: bool | None = None
    one_of: list[str] | None = Field(None, alias="in")
    not_in: list[str] | None = None
    matches: str | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        exactly_one(self, ("stated", "one_of", "not_in", "matches"))
        return self


class Number(Strict):
    """An official number in full: kind, issuing agency, and a template for the value."""

    kind: str
    issuer: str
    value: str


class Reference(Strict):
    """A citation: by official number (and count), or by the idempotency key of an own event."""

    number: str | None = None
    kind: str | None = None
    issuer: str | None = None
    count: str | None = None
    id: str | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Reference:
        exactly_one(self, ("number", "id"))
        if (self.kind is None) != (self.issuer is None):
            raise ValueError("kind and issuer go together")
        if self.id is not None and (self.kind or self.issuer or self.count):
            raise ValueError("kind, issuer and count belong to a citation by number")
        if self.number is not None and self.source is not None:
            raise ValueError("source belongs to a citation by id")
        return self


class Days(Strict):
    """A length in whole days: an amount and its unit, rounded down; a unit without a row is not stated."""

    column: str
    unit: str
    units: dict[str, int]


class After(Strict):
    """A date, some days later; no length stated means none added."""

    column: str
    days: Days


class Value(Strict):
    """Where one field's value comes from: exactly one source, and how it is read."""

    when: list[Condition] = []
    column: str | None = None
    template: str | None = None
    constant: Scalar | list[str] | None = None
    translate: str | None = None
    number: Number | None = None
    numbers: list[Number] | None = None
    reference: Reference | None = None
    days: Days | None = None
    after: After | None = None
    earlier: str | None = None
    previous: bool = False
    rewrite: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    upper: bool = False
    format: str | None = None
    combine: Literal["agree", "first", "largest"] = "agree"

    @model_validator(mode="after")
    def _one_source(self) -> Value:
        exactly_one(self, SOURCES)
        if (self.rewrite or self.upper) and self.column is None and self.template is None:
            raise ValueError("rewrite and upper belong to a column or a template")
        return self


SOURCES = (
    "column",
    "template",
    "constant",
    "translate",
    "number",
    "numbers",
    "reference",
    "days",
    "after",
    "earlier",
)


def _alternatives(value: object) -> object:
    """A bare string is a template; a single table is the only alternative."""
    if isinstance(value, str):
        return [{"template": value}]
    return value if isinstance(value, list) else [value]


Alternatives = Annotated[list[Value], BeforeValidator(_alternatives)]


class Translation(Strict):
    """Source codes to codes of one list of the vocabulary, or to true and false (`list = "bool"`)."""

    into: str = Field(alias="list")
    source: str = Field(alias="from")
    rewrite: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    upper: bool = False
    rows: dict[str, str | bool] = {}
    patterns: list[Annotated[list[Any], Field(min_length=2, max_length=2)]] = []
    not_stated: list[str] = []
    about_a_person: list[str] = []
    default: bool | None = None


class Earlier(Strict):
    """An own event published before, named by its idempotency key."""

    id: str
    type: str
    source: str | None = None
    missing: str | None = None


class Event(Strict):
    """One kind of event that a row, or a group of rows, may say."""

    type: str
    id: str
    on: Alternatives
    source: str | None = None
    subject: str | None = None
    each: Literal["row", "group"] | None = None
    when: list[Condition] = []
    later_only: bool = False
    earlier: Earlier | None = None
    only_if_changed: dict[str, str] = {}
    unchanged: str | None = None
    fields: dict[str, Alternatives] = {}


class Nothing(Strict):
    """Rows that say nothing to anybody, and why."""

    when: Annotated[list[Condition], Field(min_length=1)]
    why: Annotated[str, Field(min_length=3)]


class Check(Strict):
    """A test of a row: dates in sequence, not too far apart, a number not above a bound, or `when` alone."""

    why: Annotated[str, Field(min_length=3)]
    action: Literal["flag", "refuse"]
    when: list[Condition] = []
    sequence: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    apart: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    days: int | None = None
    column: str | None = None
    at_most: int | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Check:
        if self.when and self.sequence is None and self.apart is None and self.at_most is None:
            return self
        exactly_one(self, ("sequence", "apart", "at_most"))
        if (self.apart is not None) != (self.days is not None):
            raise ValueError("apart and days go together")
        if (self.at_most is not None) != (self.column is not None):
            raise ValueError("column and at_most go together")
        return self


class Head(Strict):
    """What holds for the whole mapping."""

    name: str
    about: str
    timezone: str
    source: str
    subject: str
    case: str | None = None
    fold: Literal["refuse", "first", "second"] = "refuse"
    dates: str = "iso"
    times: str = "iso"
    empty: list[str] = [""]
    record_ends: dt.date | None = None
    group: list[str] = []
    order: list[str] = []
    otherwise: str = "no event of this mapping applies"


class MappingFile(Strict):
    """A whole mapping file."""

    mapping: Head
    left_out: dict[str, Annotated[str, Field(min_length=3)]] = {}
    translate: dict[str, Translation] = {}
    nothing: list[Nothing] = []
    check: list[Check] = []
    event: Annotated[list[Event], Field(min_length=1)]
