"""`accord init`: a home for an agency."""

from __future__ import annotations

from pathlib import Path

from accord import catalog
from accord.bootstrap import WireSettings, initialise, parse_draft, store_url
from accord.cli.call import Call
from accord.cli.words import Commands, command
from accord.memorandum import spoken
from accord.schema import Vocabulary

_ABOUT = """\
Makes the agency's keys and HOME/enrolment.json, the card with its public keys, and prints the
card's hash. Send the card to whoever keeps the memorandum, and compare the hash by voice. A
home that is there already is left as it is.

The keys are encrypted under ACCORD_PASSPHRASE; where that is not set, under a passphrase made
up and kept in HOME/keys.

With --store the stores are in PostgreSQL; the URL holds no password (see PGPASSFILE). The tables
are made by `accord store prepare`, or when the home is first used.

Example:
  accord init /srv/accord/police --memorandum memorandum.toml --agency police
"""


def add(commands: Commands) -> None:
    """The command init."""
    made = command(commands, "init", _init, "make the home of an agency", _ABOUT, home=False)
    made.add_argument("place", metavar="HOME", help="the directory to make")
    made.add_argument(
        "--memorandum", metavar="FILE", required=True, help="the draft, or any version, that names the agency"
    )
    made.add_argument(
        "--agency", metavar="SLUG", required=True, help="which agency of the memorandum this is"
    )
    made.add_argument("--wire", metavar="DIR", help="the directory wire (default: HOME/../wire)")
    made.add_argument(
        "--store",
        metavar="URL",
        help="a database in PostgreSQL for the stores (default: SQLite files in HOME)",
    )


def _init(call: Call) -> int:
    arguments = call.arguments
    home = Path(arguments.place)
    there = (home / "agency.toml").exists()
    draft = parse_draft(Path(arguments.memorandum), Vocabulary.load(catalog.schemas()))
    wire = WireSettings.of_directory(Path(arguments.wire)) if arguments.wire else None
    store = store_url(arguments.store) if arguments.store else None
    card = initialise(home, draft, arguments.agency, call.environment, wire=wire, store=store)
    said = {
        "home": str(home),
        "agency": arguments.agency,
        "made": not there,
        "card": str(home / "enrolment.json"),
        "sha256": spoken(card).replace(" ", ""),
    }
    lines = [
        f"{'This home was there already' if there else 'Made the home of'} {arguments.agency}: {home}",
        f"Card: {home / 'enrolment.json'}",
        f"  {spoken(card)}",
        "Send the card to whoever keeps the memorandum and read them these digits; then, there:",
        f"  accord memorandum enrol {arguments.memorandum} CARD...",
    ]
    call.console.answer(said, "\n".join(lines))
    return 0
