"""Accord: lone emit, backlog emit, and receive-verify-open-project, through the library.

The memorandum is the walkthrough's with one line more: the court sees the number of a ReferralAccepted too, so that
it opens every slot of these kinds of event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from accord import catalog
from accord.bootstrap import Agency, Settings, WireSettings, initialise, sign_together
from accord.gateway import Accepted, Group, Submission
from accord.memorandum import Memorandum
from accord.schema import Vocabulary
from tests.bench.measure import Figures, Stopwatch, size_of, stored
from tests.bench.workload import EVENTS_PER_FILE, GRANTS_PER_FILE, SOURCE, Made, events

PUBLISHER, READER = "prosecutor", "court"
_ALL_SLOTS = b"""[[entitlement]]
role = "court"
clause = "5.3"
purpose = "adjudicate"
[entitlement.sees]
ReferralAccepted = ["case_number"]

"""
_FIRST_OBLIGATION = b"[[obligation]]\n"
_OPENED = "SELECT kind, COUNT(*), MIN(opened), MAX(opened) FROM event GROUP BY kind"


def found(
    root: Path,
    wire: WireSettings | None = None,
    beat: int | None = None,
    adopting: Iterable[str] = (PUBLISHER, READER),
) -> None:
    """Homes for all seven agencies, with fresh keys; those that take part have adopted.

    `wire` is a directory's unless given; `beat` in seconds the memorandum's own unless given.
    """
    vocabulary = Vocabulary.load(catalog.schemas())
    example = catalog.examples() / "walkthrough"
    text, clauses = (example / "memorandum.toml").read_bytes(), (example / "memorandum.md").read_bytes()
    text = text.replace(_FIRST_OBLIGATION, _ALL_SLOTS + _FIRST_OBLIGATION, 1)
    if beat is not None:
        text = text.replace(b'beat = "10s"', f'beat = "{beat}s"'.encode(), 1)
    draft = Memorandum.parse(text, vocabulary)
    wire = wire or WireSettings.of_directory(root / "wire")
    cards = [initialise(root / slug, draft, slug, {}, wire=wire) for slug in draft.agencies]
    text, signatures = sign_together(root, text, cards, clauses, vocabulary, {})
    (root / "agreement.toml").write_bytes(text)
    (root / "agreement.toml.sig").write_bytes(signatures)
    adopt(root, adopting)


def adopt(root: Path, slugs: Iterable[str]) -> None:
    """These agencies adopt the memorandum that all have signed."""
    text, signatures = (root / "agreement.toml").read_bytes(), (root / "agreement.toml.sig").read_bytes()
    clauses = (catalog.examples() / "walkthrough" / "memorandum.md").read_bytes()
    for slug in slugs:
        agency = open_agency(root, slug)
        agency.adopt(text, clauses, signatures)
        agency.close()


def open_agency(root: Path, slug: str) -> Agency:
    """An agency from its home."""
    return Agency(Settings.read(root / slug), {})


def group(made: Made) -> Group:
    """An event as the prosecutor's records system hands it in; an amendment cites the count by its own record's id."""
    data = {"occurred_on": made.occurred_on, **made.data}
    if made.kind == "ChargeAmended":
        data["charge"] = {"id": f"{made.subject}/2"}
    return Group((Submission(SOURCE, made.id, made.kind, made.subject, data),))


def lone(root: Path, count: int) -> Figures:
    """A durable receipt for each event before the next is handed in."""
    found(root)
    agency = open_agency(root, PUBLISHER)
    publisher, groups, watch = agency.publisher, [group(made) for made in events(count)], Stopwatch()
    accepted = 0
    with watch:
        for one in groups:
            accepted += sum(isinstance(outcome, Accepted) for outcome in publisher.emit([one]))
    return _emitted(agency, root, watch.figures(len(groups)), accepted)


def backlog(root: Path, count: int) -> Figures:
    """All events handed in at once; then, outside the clock, published to a wire of files."""
    found(root)
    agency = open_agency(root, PUBLISHER)
    publisher, groups, watch = agency.publisher, [group(made) for made in events(count)], Stopwatch()
    with watch:
        accepted = sum(isinstance(outcome, Accepted) for outcome in publisher.emit(groups))
    figures = _emitted(agency, root, watch.figures(len(groups)), accepted, publish=True)
    figures.wire = size_of(root / "wire" / PUBLISHER)
    return figures


def _emitted(agency: Agency, root: Path, figures: Figures, accepted: int, publish: bool = False) -> Figures:
    entries = figures.events * (EVENTS_PER_FILE + GRANTS_PER_FILE) // EVENTS_PER_FILE
    adoption = 1  # the entry before them that says which memorandum we follow
    assert accepted == figures.events, "an event was refused"
    assert agency.log.size == entries + adoption, agency.log.size
    if publish:
        publish_all(agency)
    agency.close()
    figures.store = stored(root / PUBLISHER / "store.db")
    return figures


def publish_all(agency: Agency) -> None:
    """Put the whole log on the wire, with key bundles for every other agency."""
    agency._publish(
        agency._shown()
    )  # the first step of a sync; what follows it reads, and is not asked for here


def receive(root: Path, count: int) -> Figures:
    """Verify, store, open and project a log that `backlog` has published, as a role that opens every slot."""
    agency = open_agency(root, READER)
    assert agency.projection.position == 0
    watch = Stopwatch()
    with watch:
        for items in agency.replica.receive(PUBLISHER):
            agency.project(items)
    figures = watch.figures(opened_in_full(agency, count))
    agency.close()
    figures.store = stored(root / READER / "replica.db", root / READER / "projection.db")
    return figures


def opened_in_full(agency: Agency, count: int) -> int:
    """How many events its projection holds: as many as that, with every slot opened."""
    seen = 0
    for kind, some, least, most in agency.projection.db.query(_OPENED):
        every = sum(1 << part.audience.index for part in agency.book.plan(kind).parts)
        assert least == most == every, f"a slot of {kind} was not opened"
        seen += some
    assert seen == count, seen
    return seen


def groups_of(made: Iterable[Made]) -> Iterator[Group]:
    """Events one after another, as they are handed in."""
    return map(group, made)
