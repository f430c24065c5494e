"""Which columns of the input each part of a mapping reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from accord.gateway.mapping.model import (
    Check,
    Condition,
    Days,
    Event,
    MappingFile,
    Reference,
    Translation,
    Value,
)
from accord.gateway.mapping.scope import places


def of_conditions(conditions: Iterable[Condition]) -> Iterator[str]:
    """The columns that are tested."""
    return (one.column for one in conditions)


def of_translation(table: Translation) -> list[str]:
    """The columns that are translated: one, or those of a template."""
    return places(table.source) if "{" in table.source else [table.source]


def of_value(mapping: MappingFile, value: Value) -> Iterator[str]:
    """The columns whose content may reach an event by this value."""
    if value.column is not None:
        yield value.column
    templates = [value.template, *_numbers(value), *_reference(value.reference)]
    for template in templates:
        yield from places(template) if template is not None else ()
    if value.translate in mapping.translate:
        yield from of_translation(mapping.translate[value.translate or ""])
    yield from _lengths(value)


def _numbers(value: Value) -> list[str]:
    return [one.value for one in (*(value.numbers or ()), *([value.number] if value.number else ()))]


def _reference(reference: Reference | None) -> list[str | None]:
    return [] if reference is None else [reference.number, reference.count, reference.id, reference.source]


def _lengths(value: Value) -> Iterator[str]:
    days: Days | None = value.days
    if value.after is not None:
        yield value.after.column
        days = value.after.days
    if days is not None:
        yield from (days.column, days.unit)


def of_check(check: Check) -> Iterator[str]:
    """The columns that a check compares."""
    yield from of_conditions(check.when)
    yield from (*(check.sequence or ()), *(check.apart or ()), *([check.column] if check.column else ()))


def carried(mapping: MappingFile) -> dict[str, list[str]]:
    """Every column whose content may reach an event or its key, with where."""
    found: dict[str, list[str]] = {}
    for where, column in _carried(mapping):
        found.setdefault(column, []).append(where)
    return found


def _carried(mapping: MappingFile) -> Iterator[tuple[str, str]]:
    head = mapping.mapping
    for key in ("source", "subject"):
        yield from ((f"mapping.{key}", column) for column in places(getattr(head, key)))
    for at, event in enumerate(mapping.event):
        yield from _of_event(mapping, event, f"event[{at}] {event.type}")


def _of_event(mapping: MappingFile, event: Event, where: str) -> Iterator[tuple[str, str]]:
    earlier = event.earlier
    keys = {"id": event.id, "source": event.source, "subject": event.subject}
    if earlier is not None:
        keys |= {"earlier.id": earlier.id, "earlier.source": earlier.source}
    for key, template in keys.items():
        yield from ((f"{where}.{key}", column) for column in places(template or ""))
    for name, values in {"on": event.on, **event.fields}.items():
        for value in values:
            yield from ((f"{where}.{name}", column) for column in of_value(mapping, value))


def tested(mapping: MappingFile) -> set[str]:
    """Every column that is only looked at: conditions, checks, grouping, the case."""
    head = mapping.mapping
    found = {*head.group, *head.order, *([head.case] if head.case else ())}
    for nothing in mapping.nothing:
        found |= {*of_conditions(nothing.when)}
    for check in mapping.check:
        found |= {*of_check(check)}
    for event in mapping.event:
        found |= {*of_conditions(event.when)}
        for values in (event.on, *event.fields.values()):
            for value in values:
                found |= {*of_conditions(value.when)}
    return found
