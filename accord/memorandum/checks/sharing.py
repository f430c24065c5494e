"""Who may see what, and who is part of a case: names that exist, and rights that can come to life."""

from __future__ import annotations

from collections.abc import Iterator

from accord.domain import ROLES, WATCHING
from accord.memorandum.agreement import Involvement
from accord.memorandum.draft import FILE_CLASSES, Draft
from accord.memorandum.entitlement import COORDINATOR, MOST_AUDIENCES
from accord.memorandum.faults import Found
from accord.memorandum.model import EntitlementTable, InvolvementTable, operational

LINKS = frozenset({"CaseLinked", "CaseUnlinked"})
JUSTICE = frozenset({"law_enforcement", "prosecution", "court", "probation"})


def entitlements(draft: Draft) -> Iterator[Found]:
    """Known roles, events, fields; a naming field that holds an agency; at most seven audiences."""
    for number, table in enumerate(draft.document.entitlement):
        path = ("entitlement", number)
        for role in table.role:
            if role not in ROLES:
                yield Found("unknown-role", (*path, "role"), f"no role is called {role}")
        for kind, fields in table.sees.items():
            if draft.spec(kind) is None:
                yield Found("unknown-event", (*path, "sees", kind), f"no event is called {kind}")
                continue
            for field in fields:
                if field not in draft.fields(kind):
                    yield Found("unknown-field", (*path, "sees", kind), f"{kind} has no field {field}")
            yield from _named(draft, table, number, kind)
    yield from _counted_and_shown(draft)
    for kind in draft.vocabulary.events:
        count = len(draft.rights.audiences(kind))
        if count > MOST_AUDIENCES:
            yield Found("too-many-audiences", ("entitlement",), f"{kind} has {count} audiences")


def _counted_and_shown(draft: Draft) -> Iterator[Found]:
    """What a role may only count no other entitlement shows it, be it only when it is named."""
    for number, table in enumerate(draft.document.entitlement):
        if table.only is None:
            continue
        for kind, fields in table.sees.items():
            for role, name in ((role, name) for role in table.role for name in fields):
                if any(one.only is None for one in draft.rights.of(role, kind, name)):
                    text = f"{name} of {kind} is shown to {role} elsewhere"
                    yield Found("counted-and-shown", ("entitlement", number, "sees", kind), text)


def _named(draft: Draft, table: EntitlementTable, number: int, kind: str) -> Iterator[Found]:
    if table.named is not None and not draft.names_agency(kind, table.named):
        message = f"{kind} has no field {table.named} that holds an agency"
        yield Found("named-field", ("entitlement", number, "named"), message)


def dead_entitlements(draft: Draft) -> Iterator[Found]:
    """Each right of a role that somebody holds is opened to it by some rule."""
    for number, table in enumerate(draft.document.entitlement):
        for kind in table.sees:
            if draft.spec(kind) is None:
                continue
            path = ("entitlement", number, "sees", kind)
            if not draft.publishers(kind):
                yield Found("dead-entitlement", path, f"nobody publishes {kind}")
                continue
            for role in table.role:
                if role in draft.held and _dead(draft, role, kind):
                    yield Found("dead-entitlement", path, f"no involvement ever opens {kind} to {role}")


def _dead(draft: Draft, role: str, kind: str) -> bool:
    publishers = [one for one in draft.publishers(kind) if one in draft.held]
    return bool(publishers) and not any(draft.opens_to(role, one, kind) for one in publishers)


def involvements(draft: Draft) -> Iterator[Found]:
    """Rules that name known things, one agency each, and no one who may not be let in so."""
    for number, table in enumerate(draft.document.involvement):
        for finder in (_events, _until, _by, _agency, _roles, _opens, _authority):
            yield from (
                Found(kind, ("involvement", number, key), text) for kind, key, text in finder(draft, table)
            )


_Said = Iterator[tuple[str, str, str]]


def _kinds(draft: Draft, table: InvolvementTable) -> list[str]:
    known = draft.vocabulary.events
    return list(known) if "*" in table.event else [kind for kind in table.event if kind in known]


def _events(draft: Draft, table: InvolvementTable) -> _Said:
    for key in ("event", "until"):
        for kind in getattr(table, key):
            if kind not in draft.vocabulary.events and (kind, table.event) != ("*", ("*",)):
                yield "unknown-event", key, f"no event is called {kind}"
    for kind in table.event:
        if kind in LINKS:
            yield "link-opens", "event", f"{kind} would let somebody in"
    if "*" in table.event and any(not _slug_of(draft, one) for one in table.agency):
        yield "unknown-agency", "agency", "a rule for every event names its agency by slug"


def _until(draft: Draft, table: InvolvementTable) -> _Said:
    opened = {one for kind in _kinds(draft, table) for one in draft.file_classes(kind)} - set(
        table.except_files
    )
    for kind in table.until:
        if kind not in draft.vocabulary.events or not opened:
            continue
        if not draft.publishers(kind):
            yield "never-ends", "until", f"nobody publishes {kind}"
        elif not draft.file_classes(kind) & opened:
            yield "never-ends", "until", f"{kind} never stands in the files that this rule opens"


def _by(draft: Draft, table: InvolvementTable) -> _Said:
    if table.by == ("any",):
        return
    known = set(table.event) <= {*draft.vocabulary.events, "*"}
    for role in table.by:
        if role not in ROLES:
            yield "unknown-role", "by", f"no role is called {role}"
        elif known and not any(role in draft.publishers(kind) for kind in _kinds(draft, table)):
            yield "cannot-publish", "by", f"{role} publishes none of these events"


def _agency(draft: Draft, table: InvolvementTable) -> _Said:
    for name in table.agency:
        if name in ROLES and not _slug_of(draft, name):
            holders = len(draft.held.get(name, ()))
            yield (
                "role-for-agency",
                "agency",
                f"{name} is a role, held by {holders} agencies, and not an agency",
            )
        elif not _slug_of(draft, name) and not all(
            draft.names_agency(kind, name) for kind in _kinds(draft, table)
        ):
            yield "unknown-agency", "agency", f"{name} is no agency, and no field of the event that holds one"
        elif not _slug_of(draft, name) and not table.role:
            yield "role-missing", "agency", f"{name} may name any agency"
        elif operational(table.by) == {draft.role_of.get(name)} and _alone(draft, name):
            yield "lets-itself-in", "agency", f"{name} alone could set this rule off"


def _slug_of(draft: Draft, name: str) -> bool:
    return name in draft.role_of


def _alone(draft: Draft, slug: str) -> bool:
    return len(draft.held[draft.role_of[slug]]) == 1


def _roles(draft: Draft, table: InvolvementTable) -> _Said:
    for role in table.role:
        if role not in ROLES:
            yield "unknown-role", "role", f"no role is called {role}"
        if role in WATCHING:
            yield "let-in-by-name", "role", f"{role} is never let in by being named"
    for name in table.agency:
        if _slug_of(draft, name) and table.role and draft.role_of[name] not in table.role:
            yield "unknown-role", "role", f"{name} does not have this role"


def _opens(draft: Draft, table: InvolvementTable) -> _Said:
    for role in () if table.opens == ("file",) else table.opens:
        if role not in ROLES:
            yield "unknown-role", "opens", f'{role} is no role; "file" stands alone'
    for role in table.granted_by:
        if role == COORDINATOR:
            yield "coordinator-grants", "granted_by", "the coordinating agency would hand over keys"
        elif role != "publisher" and role not in ROLES:
            yield "unknown-role", "granted_by", f"no role is called {role}"
    for name in table.except_files:
        if name not in FILE_CLASSES:
            yield "form", "except_files", f"no class of file is called {name}"


def _authority(draft: Draft, table: InvolvementTable) -> _Said:
    let_in = {draft.role_of[name] for name in table.agency if _slug_of(draft, name)} | set(table.role)
    if table.authority is None and (others := sorted((let_in & set(ROLES)) - JUSTICE)):
        yield "authority-missing", "agency", f"{', '.join(others)} would be let in without a law"


def granting(draft: Draft) -> Iterator[Found]:
    """Whoever must hand over keys under a rule can open the event that makes it so."""
    tables = [
        (number, table) for number, table in enumerate(draft.document.involvement) for _ in table.agency
    ]
    for (number, table), rule in zip(tables, draft.rules, strict=True):
        handing_on = [role for role in table.granted_by if role in ROLES]
        for role in dict.fromkeys([*rule.opens, *handing_on]):
            if role not in draft.held:
                continue
            for kind in sorted(rule.kinds & set(draft.vocabulary.events)):
                if reason := _cannot_grant(draft, rule, role, kind):
                    yield Found("cannot-grant", ("involvement", number), f"{role} {reason}")


def _cannot_grant(draft: Draft, rule: Involvement, role: str, kind: str) -> str | None:
    others = [one for one in rule.by & draft.publishers(kind) if one != role and one in draft.held]
    if not others:
        return None
    if not draft.reads_header(role, kind):
        return f"may not open {kind}"
    if rule.names is not None and not draft.shows(role, kind, rule.names):
        return f"may not see {rule.names} of {kind}"
    if not any(draft.opens_to(role, one, kind) for one in others):
        return f"is never let into the file of {kind}"
    return None
