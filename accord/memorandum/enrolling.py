"""Cards into a draft: an agency's first keys, and the keys that it renews them by, each as a row of its `keys`."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence

from accord.errors import MemorandumRefused
from accord.memorandum.agreement import Agency, Memorandum
from accord.memorandum.cards import base64_of, form_of
from accord.memorandum.check import refuse_faults
from accord.memorandum.enrolment import Card, read_card
from accord.memorandum.model import KeysRow
from accord.memorandum.renewal import CONTEXT as RENEWAL
from accord.memorandum.renewal import Renewal, read_renewal
from accord.memorandum.source import Lines, Path, end_of_array
from accord.schema import Vocabulary


def read_any_card(data: bytes) -> Card | Renewal:
    """An enrolment card or a renewal card, whichever it says it is; raises Malformed or SignatureInvalid."""
    return read_renewal(data) if form_of(data) == RENEWAL else read_card(data)


def row_of(card: Card | Renewal) -> KeysRow:
    """The row of keys that a card is about."""
    start, root = (card.from_size, card.root) if isinstance(card, Renewal) else (0, b"")
    return KeysRow.model_construct(log=card.log_key, hpke=card.hpke_key, from_size=start, root=root)


def enrol(
    data: bytes, cards: Sequence[bytes], vocabulary: Vocabulary, *, clauses: bytes, signatures: bytes = b""
) -> bytes:
    """The draft with the cards' keys and both hashes written in, every comment kept.

    `signatures` are the bytes of FILE.sig: once anyone has signed, nothing is enrolled. Raises
    MemorandumRefused for a draft with faults and for a card of another exchange, of an unknown agency, a second one of
    an agency; an enrolment card of an agency that has keys, or of another role; a renewal card that the agency's newest
    key in the draft has not signed, or whose size is not above that key's. Malformed or SignatureInvalid for a card
    that proves nothing.
    """
    if signatures:
        raise MemorandumRefused(
            "somebody has signed these bytes already",
            advice="Remove FILE.sig, enrol every card, and sign anew.",
        )
    memorandum = refuse_faults(fill_hashes(data, vocabulary, clauses), vocabulary)
    read = [read_any_card(card) for card in cards]
    _refuse_strangers(read, memorandum.exchange, memorandum.agencies)
    text, slugs = memorandum.text.decode(), list(memorandum.agencies)
    for card in read:
        write = _with_row if isinstance(card, Renewal) else _with_keys
        text = write(text, slugs.index(card.agency), row_of(card))
    enrolled = refuse_faults(text.encode(), vocabulary)
    _refuse_miswritten(read, memorandum, enrolled)
    return enrolled.text


def _with_keys(text: str, number: int, row: KeysRow) -> str:
    """The text with the first keys of an agency on a line of their own."""
    written, lines = text.split("\n"), Lines(text)
    after = max(_line(lines, ("agency", number, key)) for key in ("slug", "role"))
    ending = "\r" if written[after - 1].endswith("\r") else ""
    written.insert(after, f"keys = [{_row(row)}]{ending}")
    return "\n".join(written)


def _with_row(text: str, number: int, row: KeysRow) -> str:
    """The text with a further row of an agency's keys: on a line of its own where the list has more than one line."""
    last, close = end_of_array(text, _line(Lines(text), ("agency", number, "keys")))
    comma = "" if text[last - 1] in "[," else ","
    if "\n" not in text[last:close]:
        return f"{text[:last]}{comma} {_row(row)}{text[last:]}"
    end = text.index("\n", last) + 1
    begin = text.rfind("\n", 0, last) + 1
    indent = re.match(r"[ \t]*", text[begin:last])[0]  # type: ignore[index]  # it matches nothing at least
    ending = "\r\n" if text[end - 2] == "\r" else "\n"
    return f"{text[:last]}{comma}{text[last:end]}{indent}{_row(row)},{ending}{text[end:]}"


def _row(row: KeysRow) -> str:
    root = f', root = "{base64_of(row.root)}"' if row.root else ""
    keys = f'log = "{base64_of(row.log)}", hpke = "{base64_of(row.hpke)}"'
    return f"{{ {keys}, from_size = {row.from_size}{root} }}"


def _refuse_miswritten(cards: Iterable[Card | Renewal], before: Memorandum, enrolled: Memorandum) -> None:
    """See that a program has read what was written as it was meant."""
    new = {card.agency: (row_of(card),) for card in cards}
    for slug, agency in enrolled.agencies.items():
        if agency.keys != before.agencies[slug].keys + new.get(slug, ()):
            raise MemorandumRefused(
                "the keys could not be written into the draft",
                where=slug,
                advice="Write `keys` as the model does.",
            )


def fill_hashes(data: bytes, vocabulary: Vocabulary, clauses: bytes) -> bytes:
    """The draft with `vocabulary` and `clauses` of [exchange] set to these SHA-256; every comment kept."""
    hashes = {"vocabulary": vocabulary.sha256.hex(), "clauses": hashlib.sha256(clauses).hexdigest()}
    try:
        tomllib.loads(data.decode())
    except ValueError as error:
        raise MemorandumRefused(f"this is not TOML ({error})") from error
    text, lines = data.decode().split("\n"), Lines(data.decode())
    for name, digest in hashes.items():
        number = _line(lines, ("exchange", name)) - 1
        text[number], found = re.subn(
            rf"^(\s*{name}\s*=\s*)(?:\"[^\"]*\"|'[^']*')", rf'\g<1>"{digest}"', text[number]
        )
        if not found:
            raise MemorandumRefused(
                f"exchange.{name} must stand on a line of its own", where=f"line {number + 1}"
            )
    return "\n".join(text).encode()


def _line(lines: Lines, path: Path) -> int:
    if not lines.has(path):
        raise MemorandumRefused("this must be written out in the draft", where=".".join(map(str, path)))
    return lines.line(path) or 0


def _refuse_strangers(cards: Iterable[Card | Renewal], exchange: str, agencies: Mapping[str, Agency]) -> None:
    seen: set[str] = set()
    for card in cards:
        if card.exchange != exchange:
            raise MemorandumRefused("a card of another exchange", where=card.agency)
        if card.agency not in agencies:
            raise MemorandumRefused("no agency of this memorandum has this name", where=card.agency)
        if card.agency in seen:
            raise MemorandumRefused("this agency is enrolled already, by another card", where=card.agency)
        _refuse(card, agencies[card.agency])
        seen.add(card.agency)


def _refuse(card: Card | Renewal, agency: Agency) -> None:
    reason = _not_first(card, agency) if isinstance(card, Card) else _not_next(card, agency)
    if reason:
        raise MemorandumRefused(reason, where=card.agency)


def _not_first(card: Card, agency: Agency) -> str:
    if card.role != agency.role:
        return "the card claims another role than the memorandum gives"
    return "this agency is enrolled already" if agency.keys else ""


def _not_next(card: Renewal, agency: Agency) -> str:
    if not agency.keys:
        return "this agency is not enrolled yet: its enrolment card comes first"
    if {card.log_key, card.hpke_key} & {key for row in agency.keys for key in (row.log, row.hpke)}:
        return "these keys of the agency stand there already"
    if card.log_key_before != agency.log_key:
        return "the card is not signed by the agency's newest key in this memorandum"
    if card.from_size <= agency.keys[-1].from_size:
        return "the card's size is not above that from which the key before holds"
    return ""
