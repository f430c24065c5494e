"""`accord keys show|renew`: an agency's keys, and how it comes by new ones."""

from __future__ import annotations

from typing import Any

from accord.bootstrap import Agency, keys_of, log_growth
from accord.cli.call import Call
from accord.cli.render import table
from accord.cli.words import Commands, command
from accord.memorandum import read_renewal, spoken

_GROUP = """\
An agency has a log key, which signs its log, and an HPKE key, to which the others seal keys for
it. Both change only by the memorandum, from a stated size of the log on, so that whatever was
signed before stays good. The order of things:

  accord keys renew --home /srv/accord/court                             (the agency)
  accord memorandum enrol memorandum-2.toml renewal.json                 (who keeps the draft)
  accord memorandum sign memorandum-2.toml --home /srv/accord/court      (each agency)
  accord memorandum adopt memorandum-2.toml --home /srv/accord/court     (each agency)
"""
_RENEW = """\
Makes a new log key and a new HPKE key in HOME/keys, and HOME/renewal.json, a card with the two
public keys, signed with the new log key and with the one that it follows. Prints the card's
hash: send the card to whoever keeps the memorandum, and compare the hash by voice. Make a
backup of the home at once. The old keys stay in it: what came before still needs them.

The old key signs until the log has grown by ENTRIES more; without --after it is 1000. Whatever is
published until the new version is adopted has to fit. `accord keys show` says by how much the
log grew in the last 30 days; for a renewal that the board may take a month over, double it. If
the number is reached before, the log waits: `emit` and `sync` say so and end with 3, nothing is
lost, and what others publish is still received.

If the old key may be in other hands, say --after 0: nothing more is signed with it. The log waits
from now on until the new version is adopted, and the card states the log's root, so that nobody
who has the old key can put another history in its place.

The same again prints the same card, unless its keys are now wanted earlier than it says.

Examples:
  accord keys renew --home /srv/accord/court
  accord keys renew --after 0 --home /srv/accord/court
"""
_SHOW = """\
Every pair of keys that this home has: from which size of its log each holds by the memorandum,
and whether it is in force, was before, comes later, or is made and not adopted yet. Also how
long the log is, and by how much it grew in the last 30 days.

Example:
  accord keys show --home /srv/accord/court
"""


def add(commands: Commands) -> None:
    """The commands below keys."""
    group = commands.add_parser(
        "keys",
        help="this agency's keys: show, renew",
        description="This agency's keys.",
        epilog=_GROUP,
    )
    words = group.add_subparsers(title="commands", metavar="COMMAND", dest="word", required=True)
    command(words, "show", _show, "the keys of this agency, and which is in force", _SHOW)
    made = command(words, "renew", _renew, "make new keys, and the card that the board enrols", _RENEW)
    made.add_argument(
        "--after",
        metavar="ENTRIES",
        type=_entries,
        help="how many entries the log may still grow by under the old key (default: 1000)",
    )


def _entries(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError("not a number of entries")
    return int(text)


def _renew(call: Call) -> int:
    with call.agency(write=True) as agency:
        data = agency.renew_keys(call.arguments.after)
        card, size = read_renewal(data), agency.log.size
        path = agency.settings.home / "renewal.json"
    said = {
        "agency": card.agency,
        "card": str(path),
        "from_size": card.from_size,
        "log_size": size,
        "sha256": spoken(data).replace(" ", ""),
    }
    left = card.from_size - 1 - size
    lines = [
        f"Card: {path}",
        f"  {spoken(data)}",
        f"Our log has {size} entries; the new keys hold from size {card.from_size} on, once that version is adopted here.",
        f"Until then it grows by {left} more, and then it waits." if left else "Until then it waits.",
        "Make a backup of the home now. Send the card to whoever keeps the memorandum and read them these digits;",
        "then, there:",
        "  accord memorandum enrol FILE CARD...",
    ]
    call.console.answer(said, "\n".join(lines))
    return 0


def _show(call: Call) -> int:
    with call.agency() as agency:
        said = _keys(agency)
    heads = ["from size", "", "log key", "root at the size before"]
    rows = [[str(one["from_size"]), one["state"], one["log_key"], one["root"] or ""] for one in said["keys"]]
    grown = f"The log has {said['log_size']} entries, {said['last_30_days']} of the last 30 days."
    call.console.answer(said, "\n".join([*table(heads, rows), grown]))
    return 0


def _keys(agency: Agency) -> dict[str, Any]:
    return {
        "agency": agency.slug,
        "log_size": agency.log.size,
        "last_30_days": log_growth(agency, days=30),
        "keys": keys_of(agency),
    }
