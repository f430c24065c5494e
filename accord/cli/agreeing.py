"""`accord memorandum check|show|diff|enrol|sign|adopt`: the agreement, from draft to adoption."""

from __future__ import annotations

from pathlib import Path

from accord import catalog
from accord.bootstrap import (
    adopted_versions,
    check_draft,
    enrol_draft,
    parse_draft,
    read_draft,
    sign_draft,
)
from accord.cli.call import Call, read_bytes
from accord.cli.words import Commands, Parser, command
from accord.errors import NotAdopted
from accord.memorandum import (
    Memorandum,
    difference,
    matrix,
    matrix_text,
    read_any_card,
    report_json,
    report_text,
    spoken,
    summary,
    summary_text,
)
from accord.schema import Vocabulary

_GROUP = """\
A memorandum is two files: NAME.toml, which the software enforces, and NAME.md, the words that
its clauses number. Its signatures are NAME.toml.sig. The order of things:

  accord memorandum check draft.toml
  accord memorandum enrol draft.toml police.json court.json ...
  accord memorandum sign draft.toml --home /srv/accord/police           (each agency)
  accord memorandum adopt draft.toml --home /srv/accord/police          (each agency)
"""
_CHECK = """\
Names every fault with its line, why it matters and what to do, then what is missing before it
can be adopted. An unsigned draft passes. With a home, it must also be of the home's exchange
and follow on the version that the home has adopted.

Example:
  accord memorandum check draft.toml
"""
_SHOW = """\
Who takes part, until when, what is promised; with --matrix, which role sees which field of
which event, under which clause. Without FILE, the version that the home has adopted.

Example:
  accord memorandum show draft.toml --matrix
"""
_DIFF = """\
Who gains and who loses which field, and what else changes, between two versions.

Example:
  accord memorandum diff memorandum-1.toml memorandum-2.toml
"""
_ENROL = """\
Writes the public keys of enrolment cards and of renewal cards, and the hashes of the vocabulary
and the clauses, into the draft. Renewed keys stand behind the agency's others, with the size of
its log from which they hold. Prints the hash of each card: compare it by voice with the agency before anyone
signs. All cards come before the first signature.

Example:
  accord memorandum enrol draft.toml police.json prosecutor.json court.json
"""
_SIGN = """\
Adds this agency's line to FILE.sig: a signature over the exact bytes of the file; where it renews
this agency's keys, one with the old key and one with the new. The draft is checked first.

Example:
  accord memorandum sign draft.toml --home /srv/accord/police
"""
_ADOPT = """\
Adopts the version that a quorum has signed, by an entry in this agency's log; from then on it
publishes and reads under it.

Example:
  accord memorandum adopt draft.toml --home /srv/accord/police
"""


def add(commands: Commands) -> None:
    """The commands below memorandum."""
    group = commands.add_parser(
        "memorandum",
        help="the agreement: check, show, compare, enrol, sign, adopt",
        description="The agreement.",
        epilog=_GROUP,
    )
    words = group.add_subparsers(title="commands", metavar="COMMAND", dest="word", required=True)
    _file(command(words, "check", _check, "every fault of a memorandum, and what a draft lacks", _CHECK))
    made = command(words, "show", _show, "what a memorandum says", _SHOW)
    made.add_argument(
        "file", metavar="FILE", nargs="?", help="the .toml file (default: what the home has adopted)"
    )
    made.add_argument("--matrix", action="store_true", help="role by event by field")
    made = command(words, "diff", _diff, "who gains and who loses which field", _DIFF, home=False)
    made.add_argument("old", metavar="OLD", help="the .toml file of the version before")
    made.add_argument("new", metavar="NEW", help="the .toml file of the version after")
    made = _file(command(words, "enrol", _enrol, "write the keys of cards into a draft", _ENROL, home=False))
    made.add_argument("cards", metavar="CARD", nargs="+", help="an agency's enrolment.json, or renewal.json")
    _file(command(words, "sign", _sign, "add this agency's signature", _SIGN))
    _file(command(words, "adopt", _adopt, "adopt what a quorum has signed", _ADOPT))


def _file(made: Parser) -> Parser:
    made.add_argument("file", metavar="FILE", help="the .toml file")
    return made


def _vocabulary() -> Vocabulary:
    return Vocabulary.load(catalog.schemas())


def _check(call: Call) -> int:
    report = check_draft(Path(call.arguments.file), _vocabulary(), call.now(), call.home_if_named)
    call.console.answer(report_json(report), report_text(report))
    return 2 if report.faults else 0


def _show(call: Call) -> int:
    memorandum = _shown(call)
    if call.arguments.matrix:
        call.console.answer({"rights": matrix(memorandum)}, matrix_text(memorandum))
    else:
        call.console.answer(summary(memorandum), summary_text(memorandum))
    return 0


def _shown(call: Call) -> Memorandum:
    if call.arguments.file is not None:
        return parse_draft(Path(call.arguments.file), _vocabulary())
    versions = adopted_versions(call.home, _vocabulary())
    if not versions:
        raise NotAdopted(
            "no memorandum is adopted", advice="Name a file, or run: accord memorandum adopt FILE."
        )
    return versions[-1]


def _diff(call: Call) -> int:
    vocabulary = _vocabulary()
    old, new = (parse_draft(Path(name), vocabulary) for name in (call.arguments.old, call.arguments.new))
    found = difference(old, new)
    call.console.answer(found.as_json(), found.text())
    return 0


def _enrol(call: Call) -> int:
    path = Path(call.arguments.file)
    cards = {name: read_bytes(name, call) for name in call.arguments.cards}
    new = enrol_draft(path, cards, _vocabulary())
    said = [
        {"agency": read_any_card(data).agency, "card": name, "sha256": spoken(data).replace(" ", "")}
        for name, data in cards.items()
    ]
    lines = [f"{read_any_card(data).agency}: {spoken(data)}" for data in cards.values()]
    lines.append(f"{len(new)} enrolled in {path}, {len(cards) - len(new)} there already")
    lines.append("Compare each hash by voice with the agency; then each signs: accord memorandum sign.")
    call.console.answer({"file": str(path), "enrolled": new, "cards": said}, "\n".join(lines))
    return 0


def _sign(call: Call) -> int:
    path = Path(call.arguments.file)
    memorandum = sign_draft(path, _vocabulary(), call.home, call.environment)
    signatures = str(path.with_suffix(".toml.sig"))
    said = {
        "file": str(path),
        "sha256": memorandum.sha256.hex(),
        "version": memorandum.version,
        "signatures": signatures,
    }
    call.console.answer(
        said, f"Signed version {memorandum.version}, SHA-256 {memorandum.sha256.hex()}: {signatures}"
    )
    return 0


def _adopt(call: Call) -> int:
    text, clauses, signatures = read_draft(Path(call.arguments.file))
    with call.agency(write=True) as agency:
        new = agency.adopt(text, clauses, signatures)
        memorandum = agency.memorandum
        said = {
            "agency": agency.slug,
            "version": memorandum.version,
            "sha256": memorandum.sha256.hex(),
            "adopted_now": new,
        }
        word = "adopted" if new else "had adopted"
        text_ = f"{agency.slug} {word} version {memorandum.version}, SHA-256 {memorandum.sha256.hex()}"
        call.console.answer(said, f"{text_}\nRun `accord sync` to tell the others.")
    return 0
