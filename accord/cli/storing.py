"""`accord store prepare`: the tables of the stores, made or brought up to date."""

from __future__ import annotations

from dataclasses import replace

from accord.bootstrap import Settings, prepare_stores, store_url
from accord.cli.call import Call
from accord.cli.words import Commands, command

_GROUP = """\
Where a home's stores are in PostgreSQL and its logins may not change tables, the owner's login
makes them, once, and again after an update of Accord.
"""
_PREPARE = """\
Makes the stores that HOME/agency.toml names, or brings them up to date, and keeps what is in
them. With --store it does so under another login than the home's own: the owner's. Passwords
come from the file that PGPASSFILE names. To do it twice changes nothing.

Example:
  accord store prepare --home /srv/accord/police --store postgresql://accord_police_owner@db.example/accord_police
"""


def add(commands: Commands) -> None:
    """The commands below store."""
    about = "what the stores of this home are kept in"
    group = commands.add_parser(
        "store", help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=_GROUP
    )
    below = group.add_subparsers(title="commands", metavar="COMMAND", dest="word_below", required=True)
    made = command(below, "prepare", _prepare, "make the stores, or bring them up to date", _PREPARE)
    made.add_argument("--store", metavar="URL", help="the same database under another login")


def _prepare(call: Call) -> int:
    settings = Settings.read(call.home)
    if call.arguments.store is not None:
        settings = replace(settings, store=store_url(call.arguments.store))
    prepare_stores(settings)
    call.console.answer({"prepared": True}, "The stores are there, and up to date.")
    return 0
