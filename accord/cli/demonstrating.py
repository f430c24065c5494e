"""`accord demo`: a whole exchange in one process."""

from __future__ import annotations

from pathlib import Path

from accord import demo
from accord.cli.call import Call
from accord.cli.words import Commands, command

DEFAULT_HOME = "demo"
_ABOUT = """\
Founds an exchange below --home, a home for each agency and one wire between them, plays every
event through it, syncs, verifies every log, and shows what the coordinating agency sees: cases
as timelines, what is overdue, how many fields each role opened and was denied. Clock and keys
are seeded: the same every time, and never for real cases. An earlier demonstration in the same
place is replaced.

walkthrough is a small invented county; cook-county reads four public tables, which --data
names.

Examples:
  accord demo
  accord demo --example cook-county --data cook-county-2019 --cases 200
"""


def add(commands: Commands) -> None:
    """The command demo."""
    made = command(
        commands, "demo", _demo, "the whole exchange, invented or from public tables", _ABOUT, home=False
    )
    made.add_argument(
        "--example",
        choices=demo.EXAMPLES,
        default=demo.EXAMPLES[0],
        help="which example (default: %(default)s)",
    )
    made.add_argument("--data", metavar="DIR", help="the folder of the tables (cook-county)")
    made.add_argument("--cases", metavar="N", type=_count, help="how many cases (default: all)")
    made.add_argument("--home", metavar="DIR", help=f"where to found it (default: {DEFAULT_HOME})")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError
    return int(text)


def _demo(call: Call) -> int:
    arguments = call.arguments
    data = Path(arguments.data) if arguments.data else None
    home = Path(arguments.home or DEFAULT_HOME)
    result = demo.run(arguments.example, data, arguments.cases, home, call.console.progress)
    call.console.answer(result, demo.render(result))
    return 0 if result["verified"] else 1
