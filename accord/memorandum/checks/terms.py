"""Who takes part, when, how it is signed, what is too small to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from accord.domain import OPERATIONAL, ROLES
from accord.memorandum.draft import Draft
from accord.memorandum.entitlement import COORDINATOR
from accord.memorandum.faults import Found
from accord.memorandum.model import AgencyTable, KeysRow
from accord.memorandum.source import Path

SMALLEST_CELL = 10


def agencies(draft: Draft) -> Iterator[Found]:
    """Each agency once, with a known role and keys of its own, their sizes rising from 0."""
    slugs = Counter(one.slug for one in draft.document.agency)
    keys = Counter(key for one in draft.document.agency for row in one.keys for key in {row.log, row.hpke})
    for number, one in enumerate(draft.document.agency):
        if slugs[one.slug] > 1:
            yield Found("duplicate", ("agency", number, "slug"), f"two agencies are called {one.slug}")
        if one.role not in ROLES:
            yield Found("unknown-role", ("agency", number, "role"), f"no role is called {one.role}")
        yield from _keys(number, one, keys)
    if COORDINATOR not in draft.held:
        yield Found("no-coordinator", ("agency",), "no agency is the coordinating agency")


def _keys(number: int, one: AgencyTable, all_keys: Counter[bytes]) -> Iterator[Found]:
    sizes = [row.from_size for row in one.keys]
    if sizes and (sizes[0] != 0 or sorted(set(sizes)) != sizes):
        yield Found("form", ("agency", number, "keys"), "from_size begins at 0 and rises with each row")
    if any(row.root and not row.from_size for row in one.keys):
        yield Found("form", ("agency", number, "keys"), "before the first entry a log has no root to state")
    if any(all_keys[key] > 1 for row in one.keys for key in _unrepeated(one.keys, row)):
        yield Found("duplicate", ("agency", number, "keys"), "a key stands here that stands elsewhere too")


def _unrepeated(rows: tuple[KeysRow, ...], row: KeysRow) -> list[bytes]:
    """A pair may change one key and keep the other: a key of this agency's own row before is no repeat."""
    own = Counter(key for one in rows for key in {one.log, one.hpke})
    return [key for key in (row.log, row.hpke) if own[key] == 1]


def exchange(draft: Draft) -> Iterator[Found]:
    """Dates in order, a quorum of more than half with the coordinating agency in it."""
    terms = draft.document.exchange
    if terms.valid_until <= terms.valid_from:
        yield Found("times", ("exchange", "valid_until"), "it ends before it begins")
    for name in ("grace", "publish_within", "beat"):
        if getattr(terms, name).unit not in {"grace": "d", "publish_within": "hd", "beat": "sm"}[name]:
            yield Found("times", ("exchange", name), f"{name} is not a length of this kind")
    if (terms.version == 1) != (terms.previous == ""):
        yield Found(
            "rollback",
            ("exchange", "previous"),
            "the first version has no previous one; every other names it",
        )
    yield from _quorum(draft)


def _quorum(draft: Draft) -> Iterator[Found]:
    terms, size = draft.document.exchange, len(draft.document.agency)
    if not size / 2 < terms.signatures_needed <= size:
        yield Found(
            "quorum",
            ("exchange", "signatures_needed"),
            f"{terms.signatures_needed} of {size} is not a quorum",
        )
    for slug in terms.always_signs:
        if slug not in draft.role_of:
            yield Found("unknown-agency", ("exchange", "always_signs"), f"no agency is called {slug}")
    if not set(draft.held.get(COORDINATOR, ())) <= set(terms.always_signs):
        yield Found("quorum", ("exchange", "always_signs"), "the coordinating agency need not sign")


def witnesses(draft: Draft) -> Iterator[Found]:
    """As many witnesses as are needed, each with a key of its own."""
    table = draft.document.witness
    if table.needed > len(table.keys):
        yield Found(
            "witness", ("witness", "needed"), f"{table.needed} are needed and {len(table.keys)} named"
        )
    keys = [key for key in table.keys.values() if key is not None]
    members = {row.log for one in draft.document.agency for row in one.keys}
    if len(set(keys)) < len(keys) or members & set(keys):
        yield Found("duplicate", ("witness", "keys"), "a witness's key is somebody else's too")


def suppression(draft: Draft) -> Iterator[Found]:
    """No minimum below that of clause 9.2, and both guards against differencing on."""
    table = draft.document.suppression
    for name in ("minimum", "rate_minimum"):
        if getattr(table, name) < SMALLEST_CELL:
            yield Found("suppression", ("suppression", name), f"{name} is below {SMALLEST_CELL}")
    if table.totals_only_below < table.minimum:
        yield Found(
            "suppression", ("suppression", "totals_only_below"), "smaller than a single cell's minimum"
        )
    if not table.complementary:
        yield Found("suppression", ("suppression", "complementary"), "a withheld cell could be worked out")
    if not table.register_tables:
        yield Found("suppression", ("suppression", "register"), "two tables could be subtracted")


def publishing(draft: Draft) -> Iterator[Found]:
    """A role publishes what the vocabulary says is its act, and nothing else."""
    for name, kinds in draft.document.publishes.items():
        roles = OPERATIONAL if name == "operational" else (name,)
        if not set(roles) <= set(ROLES):
            yield Found("unknown-role", ("publishes", name), f"no role is called {name}")
            continue
        for kind in kinds:
            spec = draft.spec(kind)
            if spec is None:
                yield Found("unknown-event", ("publishes", name), f"no event is called {kind}")
            elif others := sorted(set(roles) - spec.publishers):
                yield Found(
                    "not-its-act", ("publishes", name), f"{kind} is not an act of {', '.join(others)}"
                )
    yield from _published_twice(draft)


def _published_twice(draft: Draft) -> Iterator[Found]:
    for name, kinds in draft.document.publishes.items():
        shared = set(draft.document.publishes.get("operational", ())) if name in OPERATIONAL else set()
        for kind in sorted(shared & set(kinds)):
            yield Found("duplicate", ("publishes", name), f"{kind} stands under operational too")


def clauses(draft: Draft, numbers: frozenset[str]) -> Iterator[Found]:
    """Every clause that is cited stands in the file of clauses."""
    document = draft.document
    cited: list[tuple[Path, str]] = [
        ((table, "clause"), getattr(document, table).clause) for table in _TABLES
    ]
    for name in ("involvement", "entitlement", "obligation", "finding"):
        cited += [
            ((name, number, "clause"), one.clause) for number, one in enumerate(getattr(document, name))
        ]
    for path, clause in cited:
        if clause not in numbers:
            yield Found("unknown-clause", path, f"there is no clause {clause}")


_TABLES = ("exchange", "witness", "suppression", "inquiry", "expungement", "retention")
