"""What a mapping may not do, checked before a row is read; every fault with its key and what to do.

The three rules for translating local codes (docs/spec/mapping.md):

    1. A source code that puts an outcome on a survivor or witness becomes the agency's own decision if its
       record states one, else `unspecified`. The mapping marks such codes (`about_a_person`); one that shows
       itself by its words and is not marked is refused.
    2. The code it becomes must be fed by other source codes too; else it would still say the same thing.
    3. A source code that is only about a survivor, witness or child is no event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from accord.gateway.mapping import columns as reads
from accord.gateway.mapping.codes import UNSPECIFIED
from accord.gateway.mapping.model import Condition, Event, MappingFile, Translation, Value
from accord.gateway.mapping.scope import places
from accord.schema import EventSpec, FieldSpec, Vocabulary

Faults = Iterator[tuple[str, str]]

# Words of a column's name that no field may be read from, beside those that point at a survivor.
BARRED_COLUMNS = frozenset(
    """
    name address location residence home phone birth race sex gender note text comment narrative dob ssn email
    remark city town judge age
    """.split()  # noqa: SIM905 -- a list of words is read as words
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ESCAPE = re.compile(r"\\[A-Za-z]")  # \b, \w, \d ...: no letters of a code
_LOCAL_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SOURCES = {
    "date": {"column", "template", "after", "earlier"},
    "time": {"column", "template", "earlier"},
    "code": {"constant", "translate", "earlier"},
    "codes": {"constant", "translate", "earlier"},
    "int": {"column", "constant", "days", "earlier"},
    "bool": {"column", "constant", "translate", "earlier"},
    "number": {"column", "template", "number", "earlier"},
    "numbers": {"numbers", "earlier"},
    "citation": {"column", "template", "earlier"},
    "hmac": {"earlier"},
    "event": {"reference", "earlier"},
    "events": {"reference", "earlier"},
    "agency": {"constant"},
}


def words(text: str) -> set[str]:
    """The words of a name or a code, in lower case, a plural also as its singular."""
    found = {part.lower() for part in _PARTS.findall(text)}
    return found | {word[:-1] for word in found if word.endswith("s")}


def faults(mapping: MappingFile, vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Every fault of a mapping, as (key, what is wrong and what to do)."""
    found = [*_templates(mapping)]
    if found:
        return found
    return [
        *_head(mapping),
        *_columns(mapping, vocabulary),
        *_translations(mapping, vocabulary),
        *_events(mapping, vocabulary),
    ]


def _templates(mapping: MappingFile) -> Faults:
    for where, template in _all_templates(mapping):
        try:
            places(template)
        except ValueError as error:
            yield where, f"is not a template: {error}"
    for where, pattern in _all_patterns(mapping):
        try:
            re.compile(pattern)
        except re.error as error:
            yield where, f"is not a regular expression: {error}"


def _all_templates(mapping: MappingFile) -> Faults:
    head = mapping.mapping
    yield from (("mapping.source", head.source), ("mapping.subject", head.subject))
    for name, table in mapping.translate.items():
        yield f"translate.{name}.from", table.source
    for at, event in enumerate(mapping.event):
        where = f"event[{at}] {event.type}"
        yield from ((where, text) for text in (event.id, event.source, event.subject) if text)
        if event.earlier is not None:
            yield from ((where, text) for text in (event.earlier.id, event.earlier.source) if text)
        for values in (event.on, *event.fields.values()):
            for value in values:
                yield from ((where, text) for text in _texts(value) if text)


def _texts(value: Value) -> list[str | None]:
    texts = [value.template]
    texts += [one.value for one in (*(value.numbers or ()), *([value.number] if value.number else ()))]
    if (cited := value.reference) is not None:
        texts += [cited.number, cited.id, cited.count, cited.source]
    return texts


def _all_patterns(mapping: MappingFile) -> Faults:
    for name, table in mapping.translate.items():
        yield from ((f"translate.{name}.rewrite", step[0]) for step in table.rewrite)
        yield from ((f"translate.{name}.patterns", str(row[0])) for row in table.patterns)
    for where, value in _values(mapping):
        yield from ((where, step[0]) for step in value.rewrite)
    for where, one in _conditions(mapping):
        if one.matches is not None:
            yield where, one.matches


def _values(mapping: MappingFile) -> Iterator[tuple[str, Value]]:
    for at, event in enumerate(mapping.event):
        for name, values in {"on": event.on, **event.fields}.items():
            yield from ((f"event[{at}] {event.type}.{name}", value) for value in values)


def _conditions(mapping: MappingFile) -> Iterator[tuple[str, Condition]]:
    """The conditions under which something is said (not those under which nothing is)."""
    for at, event in enumerate(mapping.event):
        yield from ((f"event[{at}] {event.type}.when", one) for one in event.when)
    for where, value in _values(mapping):
        yield from ((f"{where}.when", one) for one in value.when)


def _head(mapping: MappingFile) -> Faults:
    head = mapping.mapping
    try:
        ZoneInfo(head.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield "mapping.timezone", "is not a time zone of the IANA database; write one such as America/Chicago"
    if not places(head.subject):
        yield "mapping.subject", "names no column: all rows would be one matter"
    if head.order and not head.group:
        yield "mapping.order", "orders the rows of a group; give mapping.group too"
    for at, event in enumerate(mapping.event):
        if not places(event.id):
            yield f"event[{at}] {event.type}.id", "names no column: all rows would be one event"
        if event.each is not None and not head.group:
            yield f"event[{at}] {event.type}.each", "belongs to a mapping with a group"


def _columns(mapping: MappingFile, vocabulary: Vocabulary) -> Faults:
    carried = reads.carried(mapping)
    for column, places_ in sorted(carried.items()):
        barred = next(iter(sorted(words(column) & BARRED_COLUMNS)), None) or vocabulary.person_word(column)
        if barred:
            yield (
                places_[0],
                f"reads the column {column}, whose name has the barred word {barred}; leave out",
            )
        if column in mapping.left_out:
            yield f"left_out.{column}", f"is left out and yet read by {places_[0]}; decide"


def _translations(mapping: MappingFile, vocabulary: Vocabulary) -> Faults:
    for name, table in mapping.translate.items():
        where = f"translate.{name}"
        yield from _targets(where, table, vocabulary)
        yield from _about_persons(where, table, vocabulary)
    used = {value.translate for _, value in _values(mapping)}
    for name in sorted(set(mapping.translate) - used):
        yield f"translate.{name}", "is used by no field; take it out"


def _targets(where: str, table: Translation, vocabulary: Vocabulary) -> Faults:
    targets = [*table.rows.items(), *((str(row[0]), row[1]) for row in table.patterns)]
    if table.into == "bool":
        for source, target in targets:
            if not isinstance(target, bool):
                yield f"{where}.rows.{source}", "becomes true or false, without quotes"
        if table.default is None:
            yield f"{where}.default", 'is missing: a translation to "bool" is total only with a default'
        return
    if table.default is not None:
        yield f"{where}.default", "is for true and false; a code without a row becomes `unspecified`"
    if table.into not in vocabulary.lists:
        yield f"{where}.list", f"there is no list {table.into} in the vocabulary"
        return
    for source, target in targets:
        yield from _codes(vocabulary, table.into, [target], f"{where}.rows.{source}")


def _about_persons(where: str, table: Translation, vocabulary: Vocabulary) -> Faults:
    """Rules 1 and 2 of translation."""
    marked = set(table.about_a_person)
    for source in sorted(set(table.rows) | set(table.not_stated)):
        if source not in marked and (word := vocabulary.person_word(source)):
            yield (
                f"{where}.rows.{source}",
                f"is about a person ({word}): list it under about_a_person (rule 1)",
            )
    feeds = [(source, target, source in marked) for source, target in table.rows.items()]
    feeds += [(str(row[0]), row[1], _personal(str(row[0]), vocabulary)) for row in table.patterns]
    covered = {UNSPECIFIED, table.default, *(target for _, target, personal in feeds if not personal)}
    for source, target, personal in feeds:
        if personal and target not in covered:
            yield (
                f"{where}.rows.{source}",
                f"only codes about a person become {target}, so it would still say the same (rule 2); "
                "choose a code that others become too, or `unspecified`",
            )


def _personal(pattern: str, vocabulary: Vocabulary) -> bool:
    """Whether a source code, or a pattern of such codes, shows itself to be about a person."""
    return vocabulary.person_word(_ESCAPE.sub(" ", pattern)) is not None


def _events(mapping: MappingFile, vocabulary: Vocabulary) -> Faults:
    for at, event in enumerate(mapping.event):
        where = f"event[{at}] {event.type}"
        spec = vocabulary.events.get(event.type)
        if spec is None:
            yield where, "is not an event of the vocabulary"
            continue
        yield from _event(mapping, event, spec, vocabulary, where)
    for where, one in _conditions(mapping):
        admits = one.one_of or ([one.matches] if one.matches else [])
        if admits and all(_personal(source, vocabulary) for source in admits):
            yield where, "says something only for codes about a person, which is no event (rule 3)"


def _event(mapping: MappingFile, event: Event, spec: EventSpec, vocabulary: Vocabulary, where: str) -> Faults:
    for value in event.on:
        yield from _value(mapping, event, vocabulary.header["occurred_on"], value, f"{where}.on")
    for name, values in event.fields.items():
        if name not in spec.names:
            yield f"{where}.fields.{name}", "is not a field of this event"
            continue
        for value in values:
            yield from _value(mapping, event, spec.field(name).spec, value, f"{where}.fields.{name}")
            yield from _constant(vocabulary, spec.field(name).spec, value.constant, f"{where}.fields.{name}")
    for field in spec.fields:
        if field.required and field.name not in event.fields:
            yield f"{where}.fields.{field.name}", "is required and missing"
    for name in event.only_if_changed:
        if name not in event.fields or event.earlier is None:
            yield f"{where}.only_if_changed", f"{name} must be a field, and the event needs `earlier`"
    if event.only_if_changed and event.unchanged is None:
        yield f"{where}.unchanged", "say why a row without a change yields nothing"
    if event.earlier is not None and event.earlier.type not in vocabulary.events:
        yield f"{where}.earlier.type", "is not an event of the vocabulary"


def _value(mapping: MappingFile, event: Event, spec: FieldSpec, value: Value, where: str) -> Faults:
    given = next(iter(value.model_fields_set & {*_ALL_SOURCES}))
    if given not in _SOURCES[spec.type]:
        allowed = ", ".join(sorted(_SOURCES[spec.type]))
        yield where, f"a {spec.type} cannot come from {given}; it comes from {allowed}"
    if given == "earlier" and event.earlier is None:
        yield where, "looks at an earlier event; give the event's `earlier`"
    if value.previous and not mapping.mapping.group:
        yield where, "looks at the previous row of a group; give mapping.group"
    if given == "translate":
        table = mapping.translate.get(value.translate or "")
        wanted = "bool" if spec.type == "bool" else spec.list
        if table is None:
            yield where, f"there is no translation {value.translate}"
        elif table.into != wanted:
            yield where, f"needs a translation to the list {wanted}"
    if value.combine == "largest" and spec.type not in {"int", "date"}:
        yield where, "only numbers and dates have a largest"


_ALL_SOURCES = frozenset().union(*_SOURCES.values())


_CONSTANTS: dict[str, tuple[type, str]] = {
    "int": (int, "a whole number"),
    "bool": (bool, "true or false"),
    "codes": (list, "a list of codes"),
}


def _constant(vocabulary: Vocabulary, spec: FieldSpec, constant: object, where: str) -> Faults:
    if constant is None:
        return
    wanted, said = _CONSTANTS.get(spec.type, (str, "a text"))
    if type(constant) is not wanted:
        yield where, f"the constant is not {said}"
    elif spec.list is not None:
        codes = constant if isinstance(constant, list) else [constant]
        yield from _codes(vocabulary, spec.list, codes, where)


def _codes(vocabulary: Vocabulary, name: str, codes: list[object], where: str) -> Faults:
    listed = vocabulary.lists[name]
    for code in codes:
        local = listed.local and isinstance(code, str) and _LOCAL_CODE.fullmatch(code)
        if code not in listed.codes and code != UNSPECIFIED and not local:
            yield where, f"is a code that is not in the list {name}"
