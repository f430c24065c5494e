"""`accord broker`: what a wire on a network needs before it can start."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from accord import catalog
from accord.adapters.authority import AUTHORITY, Issued, found_authority, issue
from accord.bootstrap import parse_draft
from accord.cli import topics
from accord.cli.call import Call
from accord.cli.render import table
from accord.cli.words import Commands, command
from accord.errors import UsageRefused
from accord.memorandum import Memorandum
from accord.schema import Vocabulary

BROKER = "broker"
_WITHIN = (
    "localhost",
)  # where the broker reaches its own controller, as deploy/kafka/server.properties says
_CERTIFICATES = """\
Makes a small certificate authority in FOLDER, for trying an exchange out, and under it one
certificate for each agency of the memorandum, its common name the agency's slug, and one for
the broker or hub. Give each agency its own NAME.pem, NAME.key and authority.pem, and nobody
authority.key. Run again it keeps what is there, and renews what ends within 30 days.

NAME.keystore.pem is the key with its certificates in one file, as Kafka's programs read it.

Examples:
  accord broker certificates tls --memorandum memorandum.toml --broker broker.example
  accord broker certificates tls --memorandum memorandum.toml --host court=court.example
"""


def add(commands: Commands) -> None:
    """The commands below broker."""
    group = commands.add_parser(
        BROKER,
        help="what a wire on a network needs: certificates, topics, permits",
        description="What a wire on a network needs.",
    )
    words = group.add_subparsers(title="commands", metavar="COMMAND", dest="word", required=True)
    made = command(
        words, "certificates", _certificates, "a certificate for each agency", _CERTIFICATES, home=False
    )
    made.add_argument("folder", metavar="FOLDER", help="where to keep them")
    made.add_argument("--memorandum", metavar="FILE", required=True, help="the agreement, or a draft of it")
    made.add_argument(
        "--broker",
        metavar="HOST",
        action="append",
        default=[],
        help="a name or address of the broker, beside localhost; may be repeated",
    )
    made.add_argument(
        "--host",
        metavar="SLUG=HOST",
        action="append",
        default=[],
        help="a name or address at which an agency serves its own folder; may be repeated",
    )
    topics.add(words)


def _certificates(call: Call) -> int:
    memorandum = parse_draft(Path(call.arguments.memorandum), Vocabulary.load(catalog.schemas()))
    hosts = _hosts(call.arguments.host, memorandum) | {BROKER: [*_WITHIN, *call.arguments.broker]}
    folder, now = Path(call.arguments.folder), datetime.now(UTC)
    authority = found_authority(folder, now, f"Accord trial authority of {memorandum.exchange}")
    issued = [authority, *(issue(folder, name, now, hosts[name]) for name in hosts)]
    call.console.answer(
        {"folder": str(folder), "certificates": [_said(one) for one in issued]}, _text(issued)
    )
    return 0


def _hosts(said: list[str], memorandum: Memorandum) -> dict[str, list[str]]:
    """Where each agency can be reached, by slug."""
    hosts: dict[str, list[str]] = {slug: [] for slug in memorandum.agencies}
    if taken := hosts.keys() & {AUTHORITY, BROKER}:
        raise UsageRefused("the name of an agency is that of another certificate", where=taken.pop())
    for one in said:
        slug, equals, host = one.partition("=")
        if not equals or slug not in hosts:
            raise UsageRefused(
                "not an agency of the memorandum and its host", where="--host", advice="Write SLUG=HOST."
            )
        hosts[slug].append(host)
    return hosts


def _said(one: Issued) -> dict[str, object]:
    return {
        "name": one.name,
        "certificate": str(one.certificate),
        "key": str(one.key),
        "expires": one.expires.isoformat(),
        "made": one.made,
    }


def _text(issued: list[Issued]) -> str:
    rows = [
        [one.name, str(one.certificate), f"{one.expires:%Y-%m-%d}", "made" if one.made else "was there"]
        for one in issued
    ]
    return "\n".join(table(["name", "certificate", "until", ""], rows))
