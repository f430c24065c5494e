"""`accord broker prepare` and `accord broker check`: a Kafka broker for an exchange."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from accord import catalog
from accord.bootstrap import parse_draft
from accord.cli.call import Call
from accord.cli.words import Commands, Parser, command
from accord.errors import UsageRefused
from accord.schema import Vocabulary

if TYPE_CHECKING:
    from accord.adapters.kafka import Preparation

OPERATOR = "broker"
_PREPARE = """\
Makes every topic that the exchange needs, with its settings, and allows each agency what it has
to do there, by the common name of its certificate: its log and its heads are written by it
alone, key bundles are read by whom they are for. What is there already stays; nothing is taken
away, and what denies stays too: see check. Run again it does nothing.

FOLDER is that of `accord broker certificates`: the broker's own certificate is the operator's.
Without --tls the connection is plain text, for a broker on this machine.

Example:
  accord broker prepare broker.example:9093 --memorandum memorandum.toml --tls tls
"""
_CHECK = """\
Compares the broker with what the exchange needs, and says what is missing, what an agency needs
and is denied, what is set otherwise, and what is allowed to more than need it: topics, their
settings, permits, whether every listener for clients asks for certificates, and whether
anybody needs no permit. Changes nothing. Ends with 1 if anything is wrong.

A broker does not show super.users and allow.everyone.if.no.acl.found, which its authorizer
goes by. They are read from the file with which the broker is started; where it is not given
with --settings they are told as unseen, and are not known to be right. What overrides the file
when the broker is started is not in it.

Example:
  accord broker check broker.example:9093 --memorandum m.toml --tls tls --settings server.properties
"""


def add(words: Commands) -> None:
    """The commands prepare and check."""
    _add_flags(
        command(words, "prepare", _prepare, "topics and permits on a Kafka broker", _PREPARE, home=False)
    )
    check = command(
        words, "check", _check, "what a Kafka broker lacks, or allows to too many", _CHECK, home=False
    )
    _add_flags(check)
    check.add_argument(
        "--settings",
        metavar="FILE",
        action="append",
        default=[],
        help="the server.properties of the broker; repeated, of each broker",
    )


def _add_flags(made: Parser) -> None:
    made.add_argument("server", metavar="HOST:PORT", nargs="+", help="where the broker is reached")
    made.add_argument("--memorandum", metavar="FILE", required=True, help="the agreement, or a draft of it")
    made.add_argument("--tls", metavar="FOLDER", help="authority.pem, broker.pem and broker.key")


@contextmanager
def _administered(call: Call) -> Iterator[Preparation]:
    try:
        from accord.adapters.kafka import Servers, administered
    except ImportError as error:
        raise UsageRefused(
            "the software for Kafka is not installed",
            advice="Install the wheel that Accord came in with it: pip install 'accord_exchange-...whl[kafka]'.",
        ) from error
    arguments = call.arguments
    memorandum = parse_draft(Path(arguments.memorandum), Vocabulary.load(catalog.schemas()))
    servers = Servers(tuple(arguments.server))
    if arguments.tls is not None:
        servers = Servers(servers.addresses, *_certificates(Path(arguments.tls)))
    with administered(memorandum.exchange, tuple(memorandum.agencies), servers) as preparation:
        yield preparation


def _certificates(folder: Path) -> tuple[Path, Path, Path]:
    """The authority's certificate, the operator's, and its key."""
    if not folder.is_dir():
        raise UsageRefused(
            "there is no such folder", where=str(folder), advice="Make it: accord broker certificates."
        )
    files = (folder / "authority.pem", folder / f"{OPERATOR}.pem", folder / f"{OPERATOR}.key")
    if missing := [one.name for one in files if not one.is_file()]:
        raise UsageRefused(
            f"the folder lacks {', '.join(missing)}",
            where=str(folder),
            advice="--tls is the folder of accord broker certificates, with the broker's own certificate and key.",
        )
    return files


def _prepare(call: Call) -> int:
    with _administered(call) as preparation:
        done = preparation.prepare()
    said = {"topics": done.topics, "settings": done.settings, "permits": done.permits}
    lines = [
        *(f"made the topic {one}" for one in done.topics),
        *(f"put right {one}" for one in done.settings),
        *(f"allowed: {one}" for one in done.permits),
    ]
    call.console.answer(said, "\n".join(lines) or "everything was there already")
    return 0


def _check(call: Call) -> int:
    with _administered(call) as preparation:
        from accord.adapters.kafka import read_settings

        kept = dict(read_settings(Path(one)) for one in call.arguments.settings)
        found = list(preparation.check(kept))
    said = [{"kind": one.kind, "where": one.where, "reason": one.reason} for one in found]
    wrong = [one for one in found if one.kind != "unseen"]
    lines = [str(one) for one in found]
    if not wrong:
        lines.append("nothing else is missing or too open" if found else "nothing is missing or too open")
    call.console.answer({"ready": not wrong, "findings": said}, "\n".join(lines))
    return 1 if wrong else 0
