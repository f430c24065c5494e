"""What is owed as one role sees it: promises with their states, findings, logs that are silent; and how questions are put.

Times are ISO 8601 in UTC, ids lower-case hex. `as_of` is recorded time in microseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from accord.errors import UsageRefused
from accord.projection.calendar import FIRST, day_of
from accord.projection.groups import Groups
from accord.projection.runner import Projection
from accord.projection.values import day, instant

EVER = (1 << 62) - 1
CALLED = ("due", "overdue", "late", "silent")

_NOT_THESE = "AND (l.entry_a, l.entry_b) NOT IN (VALUES {})"
_AT_ONCE = 20_000  # joinings that one statement names; what is left is walked, and changes nothing but the time it takes
_OF_ONE_FILE = "AND p.entry IN (SELECT entry FROM event WHERE file = :file AND origin = :origin)"

File = tuple[str, str]  # origin, file id (hex)


class Owed:
    """The questions about obligations that may be put to one projection. The ground of `Views`."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._statements = projection.statements
        self.memorandum, self.role, self.agency = projection.memorandum, projection.role, projection.agency

    def query(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of a named query of this role's SQL, as stored; raises UsageRefused for an unknown name."""
        statement = self._statements.queries.get(name)
        if statement is None:
            raise UsageRefused(
                f"there is no query {name!r}", advice=f"Known: {', '.join(sorted(self._statements.queries))}."
            )
        if "today" in statement.parameters:
            parameters["today"] = self._today(parameters["as_of"])
        return self._rows(statement.sql, {one: parameters.get(one) for one in statement.parameters})

    def _today(self, as_of: int) -> int:
        """The local day of a time, by which what ends on a date has ended; before all days where no time is said."""
        return FIRST if as_of >= EVER else day_of(as_of, self.memorandum.timezone)

    def _rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        names, found = self._projection.db.table(sql, parameters)
        return [dict(zip(names, row, strict=True)) for row in found]

    def obligations(self, as_of: int) -> list[dict[str, Any]]:
        """Every promise that an event started, with its state, as of a time; sorted by due time.

        Each: rule, clause, why, event, origin and file of the trigger, owner, due, response, matched_on,
        state.
        """
        return [_promise(row) for row in self._obligations(as_of, each=1)]

    def owed(self, as_of: int) -> list[dict[str, Any]]:
        """Those of them that call for somebody: due, overdue, late, or the owner's log is silent."""
        return [_promise(row) for row in self._obligations(as_of, each=0) if row["event"] is not None]

    def _obligations(self, as_of: int, each: int) -> list[dict[str, Any]]:
        return self.query("obligations", as_of=as_of, agency=self.agency, each=each)

    def _promises(self, as_of: int, one: File) -> list[dict[str, Any]]:
        """The same, for the events of one file."""
        sql = self._statements.queries["obligations"].sql.replace("/* of one file */", _OF_ONE_FILE)
        parameters = {"as_of": as_of, "agency": self.agency, "each": 1, "origin": one[0], "file": one[1]}
        return [_promise(row) for row in self._rows(sql, parameters)]

    def overdue(self, as_of: int) -> dict[str, Any]:
        """What is due or overdue: the promises in these states, the findings, how many are in each state.

        A promise to let an agency into a file has `recipient`, and no response. `not_computed` counts, per obligation, the
        promises that cannot be computed here; `not_computable` says why an obligation is not computed, or only in part.
        """
        counts: Counter[str] = Counter()
        unknown: Counter[str] = Counter()
        found = []
        for row in self._obligations(as_of, each=0):
            counts[row["state"]] += row["promises"]
            if row["state"] == "cannot be computed":
                unknown[row["rule"]] += row["promises"]
            if row["event"] is not None:
                found.append(_promise(row))
        for one in self.involvements(as_of):
            counts[one["state"]] += 1
            if one["state"] in CALLED:
                found.append(one)
        return {
            "as_of": instant(as_of),
            "obligations": found,
            "findings": [
                {**row, "occurred_on": day(row["occurred_on"])} for row in self.query("findings", as_of=as_of)
            ],
            "states": dict(sorted(counts.items())),
            "not_computed": dict(sorted(unknown.items())),
            "not_computable": self._projection.rules.not_computable,
            "silent_logs": self.silent_logs(as_of),
        }

    def involvements(self, as_of: int) -> list[dict[str, Any]]:
        """Who should have been let into a file and was not, or was late: promises of the exchange itself, as `obligations`.

        Computed by the coordinating agency and the auditor; empty for others. What was granted in time is not listed.
        """
        sql = self._statements.queries["involvements"].sql
        spare = ", ".join(f"({a}, {b})" for a, b in islice(self._spare(as_of), _AT_ONCE))
        if spare:
            sql = sql.replace("/* but not these */", _NOT_THESE.format(spare))
        rows = self._rows(sql, {"as_of": as_of, "memorandum": self.memorandum.sha256.hex()})
        return [
            _promise({**row, "response": None, "matched_on": None, "state": row.pop("state")}) for row in rows
        ]

    def _spare(self, as_of: int) -> Iterator[tuple[int, int]]:
        """The joinings, by their two entries, of files that earlier ones had joined already.

        Whoever leaves them out reaches the same files since the same times (Kruskal 1956), by one way each.
        """
        joined = Groups[File]()
        for row in self.query("joins", as_of=as_of) if self.query("joined_twice") else ():
            if not joined.join((row["origin_a"], row["file_a"]), (row["origin_b"], row["file_b"])):
                yield row["entry_a"], row["entry_b"]

    def silent_logs(self, as_of: int) -> list[str]:
        """Agencies that publish and whose last verified head is more than 24 h older than `as_of`, or was
        never seen.
        """
        known = {
            row["origin"]: row["verified_at"] for row in self._rows("SELECT origin, verified_at FROM log", {})
        }
        agencies = self.memorandum.agencies
        return [slug for slug in sorted(agencies) if known.get(slug, -EVER) < as_of - 86_400_000_000]


def _promise(row: dict[str, Any]) -> dict[str, Any]:
    row.pop("promises", None)
    row["due"] = None if row["due"] is None else instant(row["due"])
    return row
