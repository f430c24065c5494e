"""Obligations and findings: each can be matched, has one owner, and is visible to owner and coordinator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from accord.domain import OPERATIONAL, ROLES
from accord.memorandum.draft import Draft
from accord.memorandum.entitlement import COORDINATOR
from accord.memorandum.faults import Found
from accord.memorandum.model import ConditionTable, Document, ObligationTable

# Said by the logs themselves, not by events: any rule of involvement; entries without a file.
INVOLVEMENT = "Involvement"
GRANT = "Grant"
ATTESTATIONS = frozenset({GRANT, "KeysDropped", "KeysDestroyed"})
REFERENCES = frozenset({"event", "events"})

_Said = Iterator[tuple[str, str, str]]


def obligations(draft: Draft) -> Iterator[Found]:
    """Every promise has a form that can be computed."""
    ids = Counter(one.id for table in (draft.document.obligation, draft.document.finding) for one in table)
    for number, one in enumerate(draft.document.obligation):
        said = [("duplicate", "id", f"{one.id} stands here twice")] if ids[one.id] > 1 else []
        said += _form(draft, one)
        yield from (Found(kind, ("obligation", number, key), text) for kind, key, text in said)


def computable(draft: Draft) -> Iterator[Found]:
    """Every promise can be computed by the coordinating agency and by each possible owner."""
    for number, one in enumerate(draft.document.obligation):
        if not any(_form(draft, one)):
            said = _visible(draft, one)
            yield from (Found(kind, ("obligation", number, key), text) for kind, key, text in said)


def unanswerable(document: Document) -> Iterator[Found]:
    """Promises that no log can answer in this version: said, and shown as not computed; never as kept."""
    for number, one in enumerate(document.obligation):
        lacking = [kind for kind in one.response if kind in ATTESTATIONS - {GRANT}]
        if lacking:
            text = f"{one.id}: no log holds {' or '.join(lacking)} entries in this version"
            yield Found("not-computed-yet", ("obligation", number, "response"), text)


def findings(draft: Draft) -> Iterator[Found]:
    """What may be found missing is optional, and shown to the coordinating agency."""
    for number, one in enumerate(draft.document.finding):
        spec = draft.spec(one.event)
        if spec is None:
            yield Found("unknown-event", ("finding", number, "event"), f"no event is called {one.event}")
            continue
        for name in one.lacks:
            path = ("finding", number, "lacks")
            if name not in spec.names:
                yield Found("unknown-field", path, f"{one.event} has no field {name}")
            elif spec.field(name).required:
                yield Found("finding-form", path, f"{name} is required and never missing")
            elif not draft.shows(COORDINATOR, one.event, name):
                yield Found("finding-form", path, f"the coordinating agency is not shown {name}")


# ---- Form ----


def _form(draft: Draft, one: ObligationTable) -> _Said:
    special = {INVOLVEMENT} if one.trigger == INVOLVEMENT else set()
    events = [("trigger", one.trigger), *(("response", kind) for kind in one.response)]
    events += [("stopped_by", one.stopped_by)] if one.stopped_by else []
    for key, kind in events:
        if kind not in draft.vocabulary.events and kind not in special | (
            ATTESTATIONS if key == "response" else set()
        ):
            yield "unknown-event", key, f"no event is called {kind}"
        elif kind in draft.vocabulary.events and not draft.publishers(kind):
            yield "obligation-form", key, f"nobody publishes {kind}"
    if one.within.unit not in "hd":
        yield "obligation-form", "within", "a promise is counted in hours or days"
    yield from _matching(draft, one)
    yield from _conditions(draft, one)
    yield from _owner(draft, one)


def _matching(draft: Draft, one: ObligationTable) -> _Said:
    attested = set(one.response) <= ATTESTATIONS
    if attested != (one.on == ("because",)) or (set(one.response) & ATTESTATIONS and not attested):
        yield "obligation-form", "on", 'attestations, and they alone, are matched on "because"'
    elif one.on == ("file",):
        yield from _same_file(draft, one)
    elif not attested:
        yield from _references(draft, one)
    for key in ("of", "or_of"):
        name = getattr(one, key)
        if name is not None and not _is_reference(draft, one.trigger, name):
            yield "unknown-field", key, f"{one.trigger} has no reference {name}"
    if one.of and one.or_of:
        yield "obligation-form", "or_of", "of and or_of exclude each other"
    if one.clock and not _has_type(draft, one.trigger, one.clock, {"date"}):
        yield "unknown-field", "clock", f"{one.trigger} has no date {one.clock}"


def _same_file(draft: Draft, one: ObligationTable) -> _Said:
    for kind in one.response:
        trigger, response = draft.spec(one.trigger), draft.spec(kind)
        if trigger and response and trigger.file_class != response.file_class:
            yield "obligation-form", "on", f"{kind} never stands in the file of {one.trigger}"
        elif not draft.publishers(kind) & draft.publishers(one.trigger):
            yield "obligation-form", "on", f"{kind} and {one.trigger} have no publisher in common"


def _references(draft: Draft, one: ObligationTable) -> _Said:
    targets = _targets(draft, one)
    for name in one.on:
        citing = [kind for kind in one.response if name in draft.fields(kind)]
        if not citing:
            yield "unknown-field", "on", f"no response has a field {name}"
        elif not all(_is_reference(draft, kind, name) for kind in citing):
            yield "obligation-form", "on", f"{name} is no reference"
        elif (kinds := set(draft.vocabulary.fields[name].kinds)) and targets and not kinds & targets:
            yield "obligation-form", "on", f"{name} never cites {one.trigger}"
    known = {name for name in one.on if any(name in draft.fields(kind) for kind in one.response)}
    for kind in one.response if known else ():
        if kind in draft.vocabulary.events and not known & set(draft.fields(kind)):
            yield "obligation-form", "on", f"{kind} has none of these fields"


def _targets(draft: Draft, one: ObligationTable) -> set[str]:
    """The kinds that a response may cite; empty if any."""
    if draft.spec(one.trigger) is None:
        return set()
    targets = set() if one.of else {one.trigger}
    for name in (one.of, one.or_of):
        if name is not None and name in draft.vocabulary.fields:
            kinds = draft.vocabulary.fields[name].kinds
            if not kinds:
                return set()
            targets |= set(kinds)
    return targets


def _conditions(draft: Draft, one: ObligationTable) -> _Said:
    for condition in one.when:
        yield from _condition(draft, "when", condition, [one.trigger])
    for condition in one.response_when:
        yield from _condition(draft, "response_when", condition, one.response)


def _condition(draft: Draft, key: str, condition: ConditionTable, kinds: Iterable[str]) -> _Said:
    having = [kind for kind in kinds if condition.field in draft.fields(kind)]
    if not having:
        yield "unknown-field", key, f"no such event has a field {condition.field}"
        return
    if (condition.any_of is None) == (condition.present is None):
        yield "obligation-form", key, "a condition says any_of or present, one of the two"
    for value in condition.any_of or ():
        if value not in _values(draft, condition.field):
            yield "unknown-code", key, f"{condition.field} never has a value written so"


def _values(draft: Draft, name: str) -> set[str | bool]:
    spec = draft.vocabulary.fields[name]
    if spec.type == "bool":
        return {True, False}
    if spec.type not in ("code", "codes") or spec.list is None:
        return set()
    known = draft.vocabulary.lists.get(spec.list)
    return {*(known.codes if known else ()), *draft.document.codes.get(spec.list, ())}


def _owner(draft: Draft, one: ObligationTable) -> _Said:
    if one.owner in ("publisher", "every") or one.trigger not in {*draft.vocabulary.events, INVOLVEMENT}:
        return
    if one.owner in ROLES:
        holders = len(draft.held.get(one.owner, ()))
        if holders != 1:
            yield "owner-unclear", "owner", f"{one.owner} is held by {holders} agencies"
    elif not draft.names_agency(one.trigger, one.owner):
        yield (
            "owner-unclear",
            "owner",
            f"{one.owner} is no role, and no field of {one.trigger} that holds an agency",
        )


def _is_reference(draft: Draft, kind: str, name: str) -> bool:
    return _has_type(draft, kind, name, REFERENCES)


def _has_type(draft: Draft, kind: str, name: str, types: Iterable[str]) -> bool:
    spec = draft.spec(kind)
    return spec is not None and name in spec.names and spec.field(name).spec.type in types


# ---- Who can compute it ----


def _visible(draft: Draft, one: ObligationTable) -> _Said:
    """The coordinating agency sees all of it; each possible owner sees it, its own acts included."""
    if one.trigger == INVOLVEMENT:
        return
    field = one.owner if draft.names_agency(one.trigger, one.owner) else None
    viewers = [(role, field) for role in _owners(draft, one, field)] + [(COORDINATOR, None)]
    for role, named in viewers:
        for problem in _unseen(draft, one, role, named):
            yield "cannot-compute", "trigger", f"{one.id}: {role} {problem}"
    if not viewers[:-1]:
        yield "owner-unclear", "owner", f"{one.id}: no owner could give the response"


def _owners(draft: Draft, one: ObligationTable, field: str | None) -> list[str]:
    """The roles that can be the owner; where a field names it, those that can give every response, or any."""
    if one.owner in ROLES:
        return [one.owner]
    if one.owner == "every":
        return [role for role in ROLES if role in draft.held]
    responding = [draft.publishers(kind) for kind in one.response]
    candidates = draft.publishers(one.trigger) if field is None else frozenset(OPERATIONAL)
    able = candidates.intersection(*responding) or candidates & frozenset().union(*responding)
    return sorted(role for role in able if role in draft.held)


def _unseen(draft: Draft, one: ObligationTable, role: str, named: str | None) -> Iterator[str]:
    needed = [one.of, one.or_of, one.clock, *(condition.field for condition in one.when)]
    if draft.names_agency(one.trigger, one.owner):
        needed.append(one.owner)
    if not (one.owner == "publisher" and role in draft.publishers(one.trigger)):
        yield from _event_unseen(draft, role, one.trigger, [name for name in needed if name], named)
    fields = {*one.on, *(condition.field for condition in one.response_when)}
    for kind in one.response:
        # What an owner itself answered it knows; what others answered is in nobody's promise but theirs.
        if kind not in ATTESTATIONS and role not in draft.publishers(kind):
            yield from _event_unseen(draft, role, kind, sorted(fields & set(draft.fields(kind))), None)


def _event_unseen(draft: Draft, role: str, kind: str, fields: list[str], named: str | None) -> Iterator[str]:
    others = [one for one in draft.publishers(kind) if one in draft.held and one != role]
    if not others:
        return
    if not draft.reads_header(role, kind, named):
        yield f"cannot open {kind}"
    elif not any(draft.opens_to(role, one, kind) for one in others):
        yield f"is never let into the file of {kind}"
    for name in fields:
        if not draft.shows(role, kind, name, named):
            yield f"cannot see {name} of {kind}"
