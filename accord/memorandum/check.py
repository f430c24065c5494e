"""Check a memorandum: every fault at once, each with its line, its reason and what to do.

Three kinds of finding. A *fault* refuses the file. What is *missing* keeps a draft from being adopted and is
no fault in a draft. An *alarm* stops nothing. Disk and clock are the caller's.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from accord.errors import MemorandumRefused
from accord.memorandum.agreement import Memorandum
from accord.memorandum.checks import promises, sharing, terms, words
from accord.memorandum.draft import Draft
from accord.memorandum.faults import Fault, Found, placed
from accord.memorandum.model import Document, as_document
from accord.memorandum.signature import Tally, tally
from accord.memorandum.source import Lines, Path
from accord.schema import Vocabulary

ALARM_DAYS = (60, 30, 7)
LONGEST_FILE = 1_000_000

_RULES = (
    terms.agencies,
    terms.exchange,
    terms.witnesses,
    terms.suppression,
    terms.publishing,
    words.numbers,
    words.codes,
    words.ids,
    sharing.entitlements,
    sharing.involvements,
    promises.obligations,
    promises.findings,
)
_UNSURE = ("unknown", "role-", "named-", "not-its-act", "cannot-publish", "no-coordinator")
# Asked only where names are right, because what an unknown name would open is unknown too.
_LATER_RULES = (sharing.granting, sharing.dead_entitlements, promises.computable)


@dataclass(frozen=True)
class Report:
    """What was found. `memorandum` is there if nothing refuses it; `tally` if signatures were given."""

    faults: tuple[Fault, ...]
    missing: tuple[Fault, ...]
    alarms: tuple[Fault, ...]
    memorandum: Memorandum | None
    tally: Tally | None = None

    @property
    def complete(self) -> bool:
        """No fault, and nothing missing: it can be adopted."""
        return not self.faults and not self.missing


def check(
    data: bytes,
    vocabulary: Vocabulary,
    *,
    clauses: bytes | None = None,
    previous: Memorandum | None = None,
    signatures: bytes | None = None,
    now: datetime | None = None,
) -> Report:
    """Check a file as far as the caller can show what stands beside it.

    `clauses`: the bytes of the .md file; `previous`: the version before; `signatures`: the bytes of FILE.sig
    (empty: none yet); `now`: the time (aware) at which it should be in force. What is None is not checked.
    """
    document, lines, form = _read(data)
    if document is None:
        return Report(placed(form, lines), (), (), None)
    draft = Draft(document, vocabulary)
    found = [*_by_rules(draft), *_hashes(draft, clauses), *_rollback(document, previous)]
    memorandum = None if found else Memorandum(data, document, vocabulary)
    counted = None
    missing = [*_missing(document)]
    alarms = [*_renewed(document, previous), *_times(document, now), *promises.unanswerable(document)]
    if memorandum is not None and signatures is not None:
        counted = tally(memorandum, signatures, previous)
        found += counted.faults
        missing += counted.missing
    found += [one for one in alarms if one.kind == "lapsed"]
    alarms = [one for one in alarms if one.kind != "lapsed"]
    return Report(
        placed(found, lines),
        placed(missing, lines),
        placed(alarms, lines),
        None if found else memorandum,
        counted,
    )


def refuse_faults(data: bytes, vocabulary: Vocabulary) -> Memorandum:
    """The memorandum, if no rule refuses it; raises MemorandumRefused that lists every fault."""
    report = check(data, vocabulary)
    if report.memorandum is None:
        lines = "\n".join(f"  {one}" for one in report.faults)
        count = len(report.faults)
        raise MemorandumRefused(
            f"{count} fault{'s' if count > 1 else ''} in this memorandum\n{lines}",
            advice="Mend each line, then run: accord memorandum check.",
        )
    return report.memorandum


# ---- Reading ----


def _read(data: bytes) -> tuple[Document | None, Lines, list[Found]]:
    try:
        if len(data) > LONGEST_FILE:
            raise ValueError("the file is too long")
        text = data.decode()
        tree = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        return None, Lines(""), [Found("not-toml", (), f"this is not TOML ({error})")]
    lines = Lines(text)
    try:
        return as_document(tree), lines, []
    except ValidationError as error:
        return (
            None,
            lines,
            [Found("form", _path(one["loc"]), _message(one["type"], one["msg"])) for one in error.errors()],
        )


def _path(location: tuple[str | int, ...]) -> Path:
    return tuple(part for part in location if part != "[key]")


def _message(kind: str, text: str) -> str:
    known = {"missing": "this is missing", "extra_forbidden": "this is not known here"}
    return known.get(kind, text.removeprefix("Value error, "))


# ---- Rules ----


def _by_rules(draft: Draft) -> list[Found]:
    found = [one for rule in _RULES for one in rule(draft)]
    names_are_right = not any(one.kind.startswith(_UNSURE) for one in found)
    if names_are_right:
        found += [one for rule in _LATER_RULES for one in rule(draft)]
    return found


def _hashes(draft: Draft, clauses: bytes | None) -> Iterator[Found]:
    terms_ = draft.document.exchange
    if terms_.vocabulary and terms_.vocabulary != draft.vocabulary.sha256.hex():
        yield Found("vocabulary-changed", ("exchange", "vocabulary"), "the hash is of another register")
    if clauses is None:
        return
    if terms_.clauses and terms_.clauses != hashlib.sha256(clauses).hexdigest():
        yield Found("clauses-changed", ("exchange", "clauses"), "the hash is of another file of clauses")
    yield from terms.clauses(draft, clause_numbers(clauses))


def clause_numbers(clauses: bytes) -> frozenset[str]:
    """The clauses of an .md file: numbers like 3.2 that begin a line."""
    text = clauses.decode("utf-8", "replace")
    return frozenset(re.findall(r"^([1-9][0-9]?\.[1-9][0-9]?)\s", text, re.MULTILINE))


def _rollback(document: Document, previous: Memorandum | None) -> Iterator[Found]:
    if previous is None:
        return
    terms_ = document.exchange
    if terms_.name != previous.exchange:
        yield Found("another-exchange", ("exchange", "name"), f"the version before is of {previous.exchange}")
    if terms_.version != previous.version + 1:
        yield Found("rollback", ("exchange", "version"), f"version {previous.version + 1} comes next")
    if terms_.previous != previous.sha256.hex():
        yield Found("rollback", ("exchange", "previous"), "this is not the hash of the version before")
    for number, one in enumerate(document.agency):
        before = previous.agencies.get(one.slug)
        if before is not None and one.keys[: len(before.keys)] != before.keys:
            yield Found("keys-rewritten", ("agency", number, "keys"), f"the keys of {one.slug} were changed")


def _renewed(document: Document, previous: Memorandum | None) -> Iterator[Found]:
    """Who has other keys than in the version before, and from which size of its log on."""
    for number, one in enumerate(document.agency):
        before = previous.agencies.get(one.slug) if previous is not None else None
        for row in one.keys[len(before.keys) :] if before is not None and before.keys else ():
            text = f"{one.slug} renews its keys, from size {row.from_size} of its log on"
            yield Found("keys-renewed", ("agency", number, "keys"), text)


# ---- What a draft lacks, and what time does ----


def _missing(document: Document) -> Iterator[Found]:
    if not document.exchange.vocabulary:
        yield Found(
            "vocabulary-missing", ("exchange", "vocabulary"), "the hash of the vocabulary is not filled in"
        )
    if not document.exchange.clauses:
        yield Found("clauses-missing", ("exchange", "clauses"), "the hash of the clauses is not filled in")
    for number, one in enumerate(document.agency):
        if not one.keys:
            yield Found("keys-missing", ("agency", number), f"{one.slug} is not enrolled")


def _blanks(document: Document) -> Iterator[Found]:
    for name, key in document.witness.keys.items():
        if key is None:
            yield Found("witness-key-missing", ("witness", "keys"), f"{name} has no key")
    for number, rule in enumerate(document.involvement):
        if rule.authority is not None and "__" in rule.authority:
            yield Found(
                "authority-blank", ("involvement", number, "authority"), "the authority is left blank"
            )


def _times(document: Document, now: datetime | None) -> Iterator[Found]:
    yield from _blanks(document)
    if now is None:
        return
    terms_ = document.exchange
    path = ("exchange", "valid_until")
    left = terms_.valid_until - now
    if now < terms_.valid_from:
        yield Found("not-yet-valid", ("exchange", "valid_from"), "it is not in force yet")
    elif -left > terms_.grace.timedelta:
        yield Found("lapsed", path, "it has ended, and so has its grace")
    elif left <= timedelta(0):
        yield Found("in-grace", path, "it has ended; its grace runs")
    elif due := [days for days in ALARM_DAYS if left <= timedelta(days=days)]:
        yield Found("ends-soon", path, f"it ends within {min(due)} days")
