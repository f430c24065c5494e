"""What a person or a program reads from a projection, as plain data that is ready for JSON.

Times are ISO 8601 in UTC, dates ISO 8601, ids lower-case hex. `as_of` is recorded time in microseconds:
what had been recorded by then, corrected and joined as it was then, with the values that this home can open
now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from accord.errors import UsageRefused
from accord.memorandum import Agency, Memorandum
from accord.projection import states
from accord.projection.groups import Groups
from accord.projection.owed import EVER, File, Owed
from accord.projection.runner import Projection
from accord.projection.states import States
from accord.projection.values import day, instant, shown
from accord.seal import KEYS_ASKED

FEW = 8  # files of a case that are asked about one by one; of more, everything is asked at once


@dataclass(frozen=True, slots=True)
class Header:
    """One row of the query `headers`."""

    entry: int
    event: str
    origin: str
    index: int
    file: str
    file_class: str
    kind: str
    occurred_on: int
    occurred_at: int | None
    recorded_at: int
    supersedes: str | None
    correction_reason: str | None
    memorandum: str
    opened: int
    awaiting: int


class Views(Owed):
    """The questions that may be put to one projection."""

    def __init__(self, projection: Projection) -> None:
        super().__init__(projection)
        self._vocabulary = projection.vocabulary
        self._held = held = {
            kind: frozenset(one.parameters) & frozenset(self._vocabulary.events[kind].names)
            for kind, one in self._statements.on.items()
        }
        counts = {
            kind: frozenset(name for one in several for name in one.parameters) - {"tally", "quarter"}
            for kind, several in self._statements.counts.items()
        }
        self.states = States(projection.memoranda, self._vocabulary, held, counts)
        self._tables = {kind: one.writes[0] for kind, one in self._statements.on.items()}
        self._types = {
            kind: {one.spec.name: one.spec.type for one in spec.fields}
            for kind, spec in self._vocabulary.events.items()
        }

    def columns(self, kind: str) -> list[str]:
        """The fields of a kind for which its table has a column."""
        return sorted(self._held.get(kind, ()))

    # ---- Cases ----

    def cases(self, as_of: int = EVER) -> list[dict[str, Any]]:
        """Every case and every other file: id, class, its files, how many events, first and last day."""
        joined = self._joined(as_of)
        found: dict[File, dict[str, Any]] = {}
        for row in self.query("files", as_of=as_of):  # by id: the first names its case
            case = found.setdefault(
                joined.of((row["origin"], row["file"])),
                {
                    "case": row["file"],
                    "class": row["file_class"],
                    "files": [],
                    "events": 0,
                    "first_on": row["first_on"],
                    "last_on": row["last_on"],
                },
            )
            case["files"].append({"origin": row["origin"], "file": row["file"]})
            case["events"] += row["events"]
            case["first_on"] = min(case["first_on"], row["first_on"])
            case["last_on"] = max(case["last_on"], row["last_on"])
        listed = sorted(
            found.values(), key=lambda case: (case["first_on"], case["case"], case["files"][0]["origin"])
        )
        return [
            {**case, "first_on": day(case["first_on"]), "last_on": day(case["last_on"])} for case in listed
        ]

    def _joined(self, as_of: int) -> Groups[File]:
        joined = Groups[File]()
        for row in self.query("links", as_of=as_of):
            joined.join((row["origin"], row["file"]), (row["other_origin"], row["other_file"]))
        return joined

    def files_of(self, file: str, as_of: int = EVER, origin: str | None = None) -> list[File]:
        """The files joined with this one as of a time, itself included, sorted by id.

        Raises UsageRefused if no such file had been read by then, or if two publishers use the id and none
        is named.
        """
        start = self._start(file, as_of, origin)
        found, waiting = {start}, [start]
        said: dict[File, dict[File, int]] = {}
        while waiting:
            one = waiting.pop()
            others = [
                other for other, says in self._said(one, as_of, said).items() if says and other not in found
            ]
            if len(found) + len(others) > FEW:
                return self._all_joined_to(start, as_of)
            for other in others:
                if self._said(other, as_of, said).get(one):
                    found.add(other)
                    waiting.append(other)
        return sorted(found, key=lambda one: (one[1], one[0]))

    def _all_joined_to(self, start: File, as_of: int) -> list[File]:
        joined = self._joined(as_of)
        files = [(row["origin"], row["file"]) for row in self.query("files", as_of=as_of)]
        return [one for one in files if joined.of(one) == joined.of(start)]

    def _start(self, file: str, as_of: int, origin: str | None) -> File:
        found = self._projection.db.query(
            "SELECT DISTINCT origin FROM event WHERE file = ? AND recorded_at <= ? ORDER BY origin",
            (file, as_of),
        )
        origins = [row[0] for row in found if origin in (None, row[0])]
        if len(origins) != 1:
            raise UsageRefused(
                "two publishers use this file id" if origins else "no such file had been read here by then",
                advice="Name the publisher."
                if origins
                else "See `accord cases` for the files that this agency may see.",
            )
        return origins[0], file

    def _said(self, one: File, as_of: int, known: dict[File, dict[File, int]]) -> dict[File, int]:
        if one not in known:
            rows = self.query("said", origin=one[0], file=one[1], as_of=as_of)
            known[one] = {(row["other_origin"], row["other_file"]): row["says"] for row in rows}
        return known[one]

    def case(self, file: str, as_of: int = EVER, origin: str | None = None) -> dict[str, Any]:
        """One case as a timeline: its files, every event with the state of every field, and what is missing.

        `file` is the id (hex) of any file of the case. Events are sorted by day, minute where visible, and
        id; `unexpected` says that what one should follow is missing. `missing` holds the overdue obligations
        that its events started, `silent` those of whose log nothing was heard for a day.
        """
        files = self.files_of(file, as_of, origin)
        events = [event for one in files for _, event in self.events_of(one, as_of)]
        events.sort(key=_when)
        self._flag_unexpected(events)
        promises = self._promises_of(files, as_of)
        return {
            "case": files[0][1],
            "files": [{"origin": origin, "file": file} for origin, file in files],
            "events": events,
            "missing": [row for row in promises if row["state"] == "overdue"],
            "silent": [row for row in promises if row["state"] == "silent"],
            "obligations": promises,
        }

    def _promises_of(self, files: list[File], as_of: int) -> list[dict[str, Any]]:
        if len(files) <= FEW:
            return [row for one in files for row in self._promises(as_of, one)]
        found: dict[File, list[dict[str, Any]]] = {one: [] for one in files}
        for row in self.obligations(as_of):
            found.get((row["origin"], row["file"]), []).append(row)
        return [row for one in files for row in found[one]]

    def _flag_unexpected(self, events: list[dict[str, Any]]) -> None:
        """Say of each event whether what it follows is missing, as far as this role would see it.

        An event that refers to an event of an expected kind, in another file even, is as expected.
        """
        present = {event["kind"] for event in events if event["status"] != "voided"}
        for event in events:
            spec = self._vocabulary.events.get(event["kind"])
            visible = [kind for kind in spec.expects if self._reads(kind)] if spec else []
            event["unexpected"] = bool(
                visible and not present & set(visible) and not self._refers(event, frozenset(visible))
            )

    def _reads(self, kind: str) -> bool:
        return kind in self.memorandum.publishes(self.role) or self.role in self.memorandum.header(kind).roles

    def _refers(self, event: Mapping[str, Any], kinds: frozenset[str]) -> bool:
        types = self._types[event["kind"]]
        for name, said in event["fields"].items():
            if types[name] in ("event", "events") and said["state"] == states.READABLE:
                cited = said["value"] if isinstance(said["value"], list) else [said["value"]]
                for one in cited:
                    rows = self._rows("SELECT kind FROM event WHERE event = :event", {"event": one})
                    if any(row["kind"] in kinds for row in rows):
                        return True
        return False

    def events_of(self, one: File, as_of: int) -> list[tuple[Header, dict[str, Any]]]:
        """The events of one file, each as its header and as `case` shows it."""
        today = self._today(as_of)
        return [(header, self._event(header, row, today)) for header, row in self._events(one, as_of)]

    def memorandum_of(self, header: Header) -> Memorandum | None:
        """The memorandum under which an entry was sealed; None if this home does not have it."""
        return self._projection.memoranda.get(bytes.fromhex(header.memorandum))

    @property
    def members(self) -> dict[str, Agency]:
        """Every agency of the memorandum in force or of one before it, as the newest that has it says."""
        versions = sorted(self._projection.memoranda.values(), key=lambda one: one.version)
        return {slug: agency for one in versions for slug, agency in one.agencies.items()}

    def _headers(self, one: File, as_of: int) -> list[Header]:
        statement = self._statements.queries["headers"]
        found = self._projection.db.query(statement.sql, {"origin": one[0], "file": one[1], "as_of": as_of})
        return [Header(*row) for row in found]

    def _events(self, one: File, as_of: int) -> Iterator[tuple[Header, dict[str, Any]]]:
        """The events of a file, each with its stored values, its correction and its seal."""
        where = {"origin": one[0], "file": one[1]}
        corrected = {row["entry"]: row for row in self.query("corrections", **where, as_of=as_of)}
        sealed = self._rows("SELECT state FROM sealed_file WHERE file = :file AND origin = :origin", where)
        granted = [
            row["recorded_at"]
            for row in self.query("grants", **where, as_of=as_of)
            if row["recipient"] == self.agency
        ]
        for header in self._headers(one, as_of):
            yield (
                header,
                {
                    "values": self._values(header),
                    "later": corrected.get(header.entry),
                    "sealed": sealed[0]["state"] if sealed else "",
                    "since": max(header.recorded_at, min(granted, default=0)),
                },
            )

    def _values(self, header: Header) -> Mapping[str, Any]:
        table = self._tables.get(header.kind)
        if table is None:
            return {}
        rows = self._rows(f"SELECT * FROM {table} WHERE entry = :entry", {"entry": header.entry})  # noqa: S608  # declared
        return rows[0] if rows else {}

    def _event(self, header: Header, row: Mapping[str, Any], today: int) -> dict[str, Any]:
        later = row["later"]
        expires_on = row["values"].get("expires_on")
        status = states.IN_FORCE if expires_on is None or expires_on >= today else states.EXPIRED
        return {
            **self._face(header),
            "status": status if later is None else "voided" if later["voided"] else "corrected",
            "superseded_by": later["event"] if later else None,
            "understood": header.kind in self._types and self.memorandum_of(header) is not None,
            "fields": self._fields(header, row),
        }

    def _face(self, header: Header) -> dict[str, Any]:
        return {
            "event": header.event,
            "kind": header.kind,
            "origin": header.origin,
            "index": header.index,
            "file": header.file,
            "class": header.file_class,
            "occurred_on": day(header.occurred_on),
            "occurred_at": None if header.occurred_at is None else instant(header.occurred_at),
            "recorded_at": instant(header.recorded_at),
            "supersedes": header.supersedes,
            "correction_reason": header.correction_reason,
        }

    def _fields(self, header: Header, row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        types = self._types.get(header.kind, {})
        known = self.states.of(header.kind, header.memorandum, header.opened, header.awaiting, row["sealed"])
        for name, state in known.items():
            value = row["values"].get(name) if state == states.READABLE else None
            if state == states.READABLE:
                found[name] = (
                    {"state": states.NOT_STATED}
                    if value is None
                    else {"state": state, "value": shown(types[name], value)}
                )
            elif state == states.AWAITING:
                found[name] = {"state": state, "since": instant(row["since"]), "from": header.origin}
            else:
                found[name] = {"state": state}
        return found

    # ---- Lists ----

    def listing(self, name: str, as_of: int) -> list[dict[str, Any]]:
        """The rows of a list of this role's SQL (`Statements.lists`), values as `case` shows them."""
        return [
            {column: self._shown(column, value) for column, value in row.items()}
            for row in self.query(name, as_of=as_of)
        ]

    def _shown(self, column: str, value: Any) -> Any:
        spec = self._vocabulary.fields.get(column) or self._vocabulary.header.get(column)
        return value if spec is None else shown(spec.type, value)

    # ---- Counts ----

    def counts(self, as_of: int = EVER) -> dict[str, Any]:
        """How many events and fields this agency opened and was denied; opened includes fields not stated."""
        fields = dict.fromkeys(("opened", states.WITHHELD, states.AWAITING, states.COUNTED, states.SEALED), 0)
        events = 0
        for row in self.query("masks", as_of=as_of):
            events += row["events"]
            known = self.states.of(row["kind"], row["sha256"], row["opened"], row["awaiting"], row["sealed"])
            for state in known.values():
                name = "opened" if state == states.READABLE else state
                fields[name] = fields.get(name, 0) + row["events"]
        unknown = self._rows("SELECT COUNT(*) AS n FROM not_understood", {})[0]["n"]
        return {"events": events, "fields": fields, "entries_not_understood": unknown}

    def counted(self) -> list[dict[str, Any]]:
        """What may only be counted: kind, field, value, quarter (like "2025-Q1") and how many; never with a
        case.
        """
        return [
            {**row, "quarter": f"{row['quarter'] // 4}-Q{row['quarter'] % 4 + 1}"}
            for row in self.query("counts")
        ]

    def faults(self) -> list[dict[str, Any]]:
        """Faults noticed here, and what others told of our own entries: origin, index, kind and detail."""
        told = self._rows(_TOLD, {"agency": self.agency, "asked": KEYS_ASKED})
        return [*self._rows(_NOTICED, {}), *told]

    def alarms(self) -> list[dict[str, Any]]:
        """As `faults`, and events that claim to supersede what they may not, and event ids that several logs use."""
        found = self.faults()
        for row in self._rows("SELECT event, origin FROM false_succession ORDER BY origin, event", {}):
            detail = f"event {row['event']} supersedes what it may not"
            found.append(
                {"origin": row["origin"], "index": None, "kind": "false correction", "detail": detail}
            )
        for row in self._rows("SELECT event, origin, other FROM shared_id ORDER BY event", {}):
            detail = f"event {row['event']} is an id of {row['other']} too: one of them has copied it"
            found.append(
                {"origin": row["origin"], "index": None, "kind": "shared event id", "detail": detail}
            )
        return found


_NOTICED = 'SELECT origin, idx AS "index", kind, detail FROM alarm ORDER BY origin, idx, kind, detail'
_TOLD = """
    SELECT about_origin AS origin, about_idx AS "index", fault AS kind, 'told by ' || origin AS detail FROM notice
    WHERE about_origin = :agency AND fault <> :asked
    GROUP BY about_origin, about_idx, fault, origin ORDER BY about_idx, fault, origin
"""


def _when(event: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return event["occurred_on"], event["occurred_at"] or "", event["recorded_at"], event["event"]
