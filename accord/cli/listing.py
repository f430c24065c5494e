"""`accord list`: what is open, due next or in force, as this role's own SQL tells it. Every read is recorded first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accord.bootstrap import words_of
from accord.cli import render
from accord.cli.call import Call, moment
from accord.cli.words import Commands, add_as_of, command
from accord.errors import UsageRefused
from accord.projection import File

_LIST = """\
The lists of this agency's role: open charges and warrants, hearings to come, orders in force,
referrals that wait, people under supervision or enrolled, violations that nobody has answered.
Which there are depends on what the memorandum shows the role; without NAME they are named.

Examples:
  accord list --home /srv/accord/court
  accord list hearings_next --home /srv/accord/court
  accord list warrants_open --as-of 2024-06-30 --json --home /srv/accord/police
"""


def add(commands: Commands) -> None:
    """The command list."""
    made = command(commands, "list", _list, "what is open, due next or in force", _LIST)
    made.add_argument("name", metavar="NAME", nargs="?", help="a list; without it they are named")
    add_as_of(made)


def _list(call: Call) -> int:
    with call.agency() as agency:
        name, as_of, known = call.arguments.name, call.as_of(agency), agency.projection.statements.lists
        if name is None:
            named = render.table(["list", ""], [*map(list, known.items())])
            call.console.answer({"lists": known}, "\n".join(named))
            return 0
        if name not in known:
            raise UsageRefused("this role has no such list", where=name, advice=f"It has {', '.join(known)}.")
        seen = call.views(agency, f"list {name}")
        rows = seen.listing(name, as_of)
        said = {"agency": agency.slug, "list": name, "as_of": render.instant(as_of), "rows": rows}
        title = f"{name} as of {moment(as_of, agency.memorandum.timezone)}"
        call.console.answer(said, "\n".join([title, *_table(rows, words_of(seen))]))
    return 0


def _table(rows: list[dict[str, Any]], words: Mapping[File, str]) -> list[str]:
    if not rows:
        return ["nothing"]
    heads = [name for name in rows[0] if name != "event"]
    named = [{**row, "file": words[row["origin"], row["file"]]} if "file" in row else row for row in rows]
    return render.table(heads, [[_cell(row[name]) for name in heads] for row in named])


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return str(value["value"])
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    return str(value)
