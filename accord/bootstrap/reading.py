"""What a reader at this home asks by: a case by any name that the agency knows, a time, and the record of the read."""

from __future__ import annotations

import fcntl
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accord.bootstrap.agency import Agency
from accord.errors import HomeLocked, Overtaken, UsageRefused
from accord.projection import EVER, File, Views

SHORTEST_PREFIX = 6
SHORT = 12  # hex digits of a file id that people are shown
_HEX = re.compile(rf"[0-9a-f]{{{SHORTEST_PREFIX},32}}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_SEE = "`accord cases` lists the files that this agency may see."


@dataclass(slots=True, frozen=True, order=True)
class Place:
    """A file that may be seen here: its publisher and its id (hex), and its class."""

    origin: str
    file: str
    file_class: str

    @property
    def name(self) -> str:
        """The file's name, which no other has: publisher/id."""
        return f"{self.origin}/{self.file}"


def current_views(agency: Agency) -> Views:
    """The views of this home's projection, which catches up first with what it missed.

    It missed something if it was made anew, or a sync died between receiving and projecting. While another process works
    in this home, that one catches up.
    """
    if agency.projection.position < agency.replica.last:
        try:
            with agency.stores.locked():
                for batch in agency.replica.feed(agency.projection.position):
                    agency.projection.apply(batch)
        except (HomeLocked, Overtaken):
            pass
    return Views(agency.projection)


def record_read(agency: Agency, who: str, what: str, case: str | None = None) -> None:
    """Write a read into this home's private reading log before its answer is shown; readers wait for each other."""
    with _reading(agency):
        agency.reads.log.reload()
        agency.reads.record(who, what, case)


@contextmanager
def _reading(agency: Agency) -> Iterator[None]:
    with (agency.settings.home / "reads.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# ---- A case by name ----


def find_case(agency: Agency, seen: Views, ref: str) -> Place:
    """The file that goes by a name: our own number or matter key, a number that we have read, or a file id.

    A file id may be shortened to six hex digits or more, and may stand behind its publisher, as publisher/id. Of files of
    one case any stands for the case. Raises UsageRefused where nothing goes by the name or several cases do; the message
    never repeats it.
    """
    visible = _visible(agency, seen)
    for found in _ways(agency, ref, visible):
        if found:
            return _one(seen, found, visible)
    raise UsageRefused("no case goes by this name here", where="REF", advice=_SEE)


def _ways(agency: Agency, ref: str, visible: dict[File, Place]) -> Iterator[list[Place]]:
    """What a name may mean, the surest first."""
    file = ref.lower()
    yield [place for place in visible.values() if place.file == file]
    if "/" in ref:
        yield _by_id(file, visible)
    yield from _named(agency, ref, visible)
    yield _by_id(file, visible)


def _visible(agency: Agency, seen: Views) -> dict[File, Place]:
    rows = seen.query("files", as_of=EVER)
    return {
        (row["origin"], row["file"]): Place(row["origin"], row["file"], row["file_class"]) for row in rows
    }


def _by_id(ref: str, visible: dict[File, Place]) -> list[Place]:
    publisher, _, start = ref.rpartition("/")
    if not _HEX.fullmatch(start):
        return []
    several = [place for place in visible.values() if place.file.startswith(start)]
    return [place for place in several if publisher in ("", place.origin)]


def _named(agency: Agency, ref: str, visible: dict[File, Place]) -> Iterator[list[Place]]:
    """Files by name, the likeliest first: our own, then those of the number's issuer, then any that cite it."""
    own = agency.store.query("SELECT file FROM matter WHERE subject = ?", (ref,))
    own += agency.store.query("SELECT file FROM number WHERE value = ? AND issuer = ?", (ref, agency.slug))
    yield _known(((agency.slug, row[0]) for row in own), visible)
    cited = agency.replica.database.query(
        "SELECT origin, file, issuer FROM cited_number WHERE value = ?", (ref,)
    )
    yield _known(((row[0], row[1]) for row in cited if row[0] == row[2]), visible)
    ours = agency.store.query("SELECT file FROM number WHERE value = ?", (ref,))
    every = [(agency.slug, row[0]) for row in ours] + [(row[0], row[1]) for row in cited]
    yield _known(every, visible)


def _known(found: Iterable[tuple[str, bytes]], visible: dict[File, Place]) -> list[Place]:
    keys = dict.fromkeys((origin, bytes(file).hex()) for origin, file in found)
    places = [visible[key] for key in keys if key in visible]
    return [place for place in places if place.file_class == "case"] or places


def _one(seen: Views, found: list[Place], visible: dict[File, Place]) -> Place:
    first = min(found)
    joined = set(seen.files_of(first.file, origin=first.origin))
    if any((place.origin, place.file) not in joined for place in found):
        offered = words(visible)
        files = ", ".join(offered[place.origin, place.file] for place in sorted(found)[:8])
        raise UsageRefused(
            "several cases go by this name", where="REF", advice=f"Give the file id, or more of it: {files}."
        )
    return first


def words(files: Iterable[File]) -> dict[File, str]:
    """What each of these files may be called, no two by one word: the start of its id, behind its publisher where another
    shares that; the whole id where even that is not enough.
    """
    known = list(files)
    alone = Counter(file[:SHORT] for _, file in known)
    of_one = Counter((origin, file[:SHORT]) for origin, file in known)
    found = {}
    for origin, file in known:
        said = file[:SHORT] if of_one[origin, file[:SHORT]] == 1 else file
        found[origin, file] = said if alone[file[:SHORT]] == 1 else f"{origin}/{said}"
    return found


def words_of(seen: Views) -> dict[File, str]:
    """What each file that may be seen here is called."""
    return words((row["origin"], row["file"]) for row in seen.query("files", as_of=EVER))


_OWN_NAMES = "SELECT file, subject FROM matter UNION SELECT file, value FROM number WHERE issuer = ?"


def known_names(agency: Agency) -> dict[tuple[str, str], list[str]]:
    """What files go by here: our own matter keys and numbers, and the numbers that other publishers gave their own."""
    found: dict[tuple[str, str], set[str]] = {}
    own = agency.store.query(_OWN_NAMES, (agency.slug,))
    for file, name in own:
        found.setdefault((agency.slug, bytes(file).hex()), set()).add(name)
    rows = agency.replica.database.query(
        "SELECT DISTINCT origin, file, value FROM cited_number WHERE origin = issuer"
    )
    for origin, file, name in rows:
        found.setdefault((origin, bytes(file).hex()), set()).add(name)
    for row in agency.projection.db.query("SELECT origin, file FROM sealed_file"):
        found.pop((row[0], row[1]), None)
    return {key: sorted(several) for key, several in found.items()}


# ---- A time ----


def parse_as_of(said: str, zone: ZoneInfo) -> int:
    """Microseconds UTC of a time as people write it: a date means its end, a time without offset is local.

    Raises UsageRefused.
    """
    try:
        if not "1900" <= said[:4] <= "2199":
            raise ValueError("outside the calendar")
        if _DATE.fullmatch(said):
            following = datetime.combine(date.fromisoformat(said) + timedelta(days=1), time(), tzinfo=zone)
            return _micros(following) - 1
        if _TIME.fullmatch(said):
            moment = datetime.fromisoformat(said)
            return _micros(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        pass
    raise UsageRefused(
        "expected a date or a time in ISO 8601, from 1900 to 2199",
        where="--as-of",
        advice="For example 2025-01-31 (its end), 2025-01-31T09:05 (local) or 2025-01-31T16:05:00Z.",
    )


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
