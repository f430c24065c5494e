"""`accord schemas check|record`."""

from __future__ import annotations

from pathlib import Path

from accord import catalog, domain
from accord.cli.call import Call
from accord.cli.words import Commands, command
from accord.errors import UsageRefused
from accord.schema import check, record

_CHECK = """\
Refuses, with the reason: a field that is not registered, anything that could carry a person, a
survivor, a place or free text, a schema that differs from the register, a change that the
recorded versions could not be read with, and generated models that no longer follow from the
schemas. DIR is a folder like Accord's own schemas/, which is the default.

Example:
  accord schemas check proposal/schemas
"""
_RECORD = """\
Records every changed schema as its event's next version, pins it in the register and generates
the models again; refuses whatever `accord schemas check` would refuse.

Example:
  accord schemas record schemas
"""


def add(commands: Commands) -> None:
    """The commands below schemas."""
    group = commands.add_parser(
        "schemas", help="check the vocabulary of events", description="The schemas of events.", epilog=_CHECK
    )
    words = group.add_subparsers(title="commands", metavar="COMMAND", dest="word", required=True)
    made = command(words, "check", _check, "every fault of a folder of schemas", _CHECK, home=False)
    made.add_argument(
        "folder", metavar="DIR", nargs="?", help="the folder (default: the schemas that Accord uses)"
    )
    made = command(words, "record", _record, "record changed schemas as new versions", _RECORD, home=False)
    made.add_argument(
        "folder", metavar="DIR", nargs="?", help="the folder (default: the schemas that Accord uses)"
    )


def _folder(call: Call) -> tuple[Path, Path | None]:
    """The folder, and the models that are generated from it: only Accord's own has any."""
    folder = Path(call.arguments.folder) if call.arguments.folder else catalog.schemas()
    if not folder.is_dir():
        raise UsageRefused("there is no such folder", where=str(folder))
    own = folder.resolve() == catalog.schemas().resolve()
    return folder, Path(domain.__file__).with_name("events.py") if own else None


def _check(call: Call) -> int:
    folder, models = _folder(call)
    faults = check(folder, models)
    said = {
        "folder": str(folder),
        "faults": [{"file": one.file, "field": one.field, "reason": one.reason} for one in faults],
    }
    lines = [str(one) for one in faults]
    lines.append(f"{len(faults)} fault(s) in {folder}" if faults else f"{folder}: no fault")
    call.console.answer(said, "\n".join(lines))
    return 2 if faults else 0


def _record(call: Call) -> int:
    folder, models = _folder(call)
    kinds = record(folder, models)
    text = f"recorded {', '.join(kinds)}" if kinds else "nothing has changed"
    call.console.answer({"folder": str(folder), "recorded": list(kinds)}, text)
    return 0
