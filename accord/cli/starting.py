"""`accord init`: a home for an agency."""

from __future__ import annotations

from pathlib import Path

from accord import catalog
from accord.bootstrap import TlsSettings, WireSettings, initialise, parse_draft, store_url
from accord.cli.call import Call
from accord.cli.words import Commands, command
from accord.errors import UsageRefused
from accord.memorandum import Memorandum, spoken
from accord.schema import Vocabulary

HTTPS = "https"
KAFKA = "kafka://"
_ABOUT = """\
Makes the agency's keys and HOME/enrolment.json, the card with its public keys, and prints the
card's hash. Send the card to whoever keeps the memorandum, and compare the hash by voice. A
home that is there already is left as it is. In a folder that is there the home is made all the
same, and nobody but its owner may look into it from then on (0700).

The keys are encrypted under ACCORD_PASSPHRASE, or what is in the file that
ACCORD_PASSPHRASE_FILE names; where neither is set, under a passphrase made up and kept in
HOME/keys.

With --wire https the agency's part of the wire lies in HOME/wire, to be served by `accord
serve`; --tls names the folder with authority.pem, SLUG.pem and SLUG.key, and --at where each
other agency serves its own. HOME/agency.toml holds it all and can be changed later.

With --wire kafka://HOST:PORT,... the wire is a Kafka broker; --tls names the same folder, and
without it the connection is plain text, for a broker on this machine.

With --store the stores are in PostgreSQL; the URL holds no password (see PGPASSFILE). The tables
are made by `accord store prepare`, or when the home is first used.

Examples:
  accord init /srv/accord/police --memorandum memorandum.toml --agency police
  accord init court --memorandum m.toml --agency court --wire https --tls tls --at police=https://police.example:8443
  accord init court --memorandum m.toml --agency court --wire kafka://broker.example:9093 --tls tls
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
    made.add_argument(
        "--wire",
        metavar="DIR",
        help='the directory that all agencies share (default: HOME/../wire), "https", or kafka://HOST:PORT,...',
    )
    made.add_argument("--tls", metavar="DIR", help="the certificates (https, kafka)")
    made.add_argument(
        "--at",
        metavar="SLUG=URL",
        action="append",
        default=[],
        help="where another agency serves its part of the wire (https); may be repeated",
    )
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
    wire = _wire(call, home, draft)
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


def _wire(call: Call, home: Path, draft: Memorandum) -> WireSettings | None:
    arguments = call.arguments
    if arguments.wire == HTTPS:
        if arguments.tls is None:
            raise UsageRefused(
                "a wire over HTTPS needs certificates",
                where="--tls",
                advice="See: accord broker certificates --help.",
            )
        tls = TlsSettings.of_folder(Path(arguments.tls), arguments.agency)
        return WireSettings(HTTPS, (home / "wire").resolve(), tls, _addresses(arguments.at, draft))
    if arguments.at:
        raise UsageRefused("--at is for a wire over HTTPS", where="--wire")
    if arguments.wire is not None and arguments.wire.startswith(KAFKA):
        return _kafka(arguments.wire, arguments.tls, arguments.agency)
    if arguments.tls is not None:
        raise UsageRefused("--tls is for a wire over HTTPS or Kafka", where="--wire")
    return WireSettings.of_directory(Path(arguments.wire)) if arguments.wire else None


def _kafka(wire: str, tls: str | None, slug: str) -> WireSettings:
    files = None if tls is None else TlsSettings.of_folder(Path(tls), slug)
    try:
        return WireSettings.of_kafka(wire.removeprefix(KAFKA).split(","), files)
    except ValueError as error:
        raise UsageRefused(
            "not the address of a broker", where="--wire", advice="kafka://HOST:PORT,HOST:PORT"
        ) from error


def _addresses(said: list[str], draft: Memorandum) -> dict[str, str]:
    found = {}
    for one in said:
        slug, equals, url = one.partition("=")
        if not equals or slug not in draft.agencies or not url.startswith("https://"):
            raise UsageRefused(
                "not an agency of the memorandum and its address",
                where="--at",
                advice="SLUG=https://HOST:PORT",
            )
        found[slug] = url
    return found
