"""`accord cases`, `case`, `overdue` and `replay`: what this agency may see. Every read is recorded first."""

from __future__ import annotations

from accord.bootstrap import Agency, current_views, find_case, known_names, words_of
from accord.cli import owed, render, timeline
from accord.cli.call import Call, moment
from accord.cli.words import Commands, add_as_of, command
from accord.memorandum import Memorandum
from accord.projection import replay

_CASES = """\
Every case of which this agency may see anything: the files that referrals have joined, their
publishers, how many events, the first and the last day, and the numbers that it goes by here.
Incident, order and notice files are never joined.

Example:
  accord cases --home /srv/accord/advocacy
"""
_CASE = """\
One case from first to last, with every field and its state: a value, not stated (the publisher
left it out), withheld (no clause shows it to this role), awaiting a key (entitled; since when,
from whom), may only be counted, sealed, expunged, not understood; then what is missing, and
which logs are silent. Grants that are owed are told by `accord overdue`.

REF is a number or matter key of this agency, a number of another that this agency has read, or
a file id of which six hex digits are enough. Where files of two publishers have one id, the
publisher is named before it, as publisher/id; `accord cases` lists words that fit.

Examples:
  accord case A2400104 --home /srv/accord/police
  accord case 3f2a9c --as-of 2024-06-30 --home /srv/accord/advocacy
  accord case police/3f2a9c --home /srv/accord/advocacy
"""
_OVERDUE = """\
What the memorandum promises and the events do not show: due within a day, overdue, answered
late, or not to be told since the owner's log is silent; grants that are owed as well. For each
agency the promises by clause with how many are in each state and why they were made, then its
ten oldest that are not answered; with --all every one. --json always holds all of them.

Examples:
  accord overdue --as-of 2024-06-30 --home /srv/accord/advocacy
  accord overdue --all --home /srv/accord/advocacy
"""
_REPLAY = """\
The case as another agency could see it at a time: every field with the state it had there and
then. Values are shown only where this home's own keys open them. The coordinating agency and
the auditor may replay any role; others their own.

Example:
  accord replay A2400104 --as-of 2024-06-30T17:00 --as probation --home /srv/accord/auditor
"""


def add(commands: Commands) -> None:
    """The commands that read."""
    command(commands, "cases", _cases, "what cases this agency may see", _CASES)
    made = command(commands, "case", _case, "one case as a timeline", _CASE)
    made.add_argument("ref", metavar="REF", help="a number, a matter key, a file id, or publisher/id")
    add_as_of(made)
    made = command(commands, "overdue", _overdue, "promises that are due, overdue or late", _OVERDUE)
    add_as_of(made)
    made.add_argument("--all", action="store_true", help="every promise, not only the oldest")
    made = command(commands, "replay", _replay, "a case as a role could see it at a time", _REPLAY)
    made.add_argument("ref", metavar="REF", help="a number, a matter key, a file id, or publisher/id")
    add_as_of(made, required=True)
    made.add_argument("--as", metavar="ROLE", dest="who", required=True, help="a role, or an agency's slug")


def _cases(call: Call) -> int:
    with call.agency() as agency:
        memorandum = agency.memorandum
        seen = call.views(agency, "cases")
        names = known_names(agency)
        found = seen.cases()
        refs = words_of(seen)
        for case in found:
            files = [(one["origin"], one["file"]) for one in case["files"]]
            case["ref"] = refs[files[0]]
            case["names"] = sorted({name for file in files for name in names.get(file, ())})
        said = {
            "agency": agency.slug,
            "exchange": memorandum.exchange,
            "cases": found,
            "lacking": _lacking(call, agency),
        }
        call.console.answer(said, render.cases(found))
    return 0


def _case(call: Call) -> int:
    with call.agency() as agency:
        as_of, memorandum, lacking = call.as_of(agency), agency.memorandum, _lacking(call, agency)
        place = find_case(agency, current_views(agency), call.arguments.ref)
        seen = call.views(agency, "case", place.name)
        found = seen.case(place.file, as_of, place.origin)
        found |= {"agency": agency.slug, "as_of": render.instant(as_of), "lacking": lacking}
        call.console.answer(found, timeline.case(found, memorandum.timezone))
    return 0


def _lacking(call: Call, agency: Agency) -> list[str]:
    """The logs of which keys have not come; people are told that what these hold is not shown."""
    found = [log.slug for log in agency.replica.logs() if log.lacks]
    if found:
        call.console.note(f"not all is here: keys from {', '.join(found)} have not come yet")
    return found


def _overdue(call: Call) -> int:
    with call.agency() as agency:
        as_of, memorandum = call.as_of(agency), agency.memorandum
        seen = call.views(agency, "overdue")
        found = seen.overdue(as_of)
        call.console.answer(
            found, owed.overdue(found, memorandum.timezone, words_of(seen), every=call.arguments.all)
        )
    return 0


def _replay(call: Call) -> int:
    with call.agency() as agency:
        as_of, memorandum = call.as_of(agency), agency.memorandum
        place = find_case(agency, current_views(agency), call.arguments.ref)
        seen = call.views(agency, f"replay as {_who(memorandum, call.arguments.who)}", place.name)
        found = replay(seen, place.file, as_of, call.arguments.who, place.origin)
        found["as_of"] = render.instant(as_of)
        title = f"as {found['agency']} ({found['role']}) could see it on {moment(as_of, memorandum.timezone)}"
        call.console.answer(found, timeline.case(found, memorandum.timezone, title))
    return 0


def _who(memorandum: Memorandum, said: str) -> str:
    """A name as it goes into the reading log: only one that the memorandum knows."""
    known = {*memorandum.agencies, *(one.role for one in memorandum.agencies.values())}
    return said if said in known else "nobody known"
