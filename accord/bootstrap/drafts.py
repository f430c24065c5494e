"""A memorandum on its way to be adopted, as files: NAME.toml, NAME.md, NAME.toml.sig; and what this home adopted before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from accord.bootstrap.disk import replace_file
from accord.bootstrap.home import adopted_files, read_draft
from accord.bootstrap.keyring import Keys, read_keys, read_passphrase
from accord.bootstrap.settings import Settings
from accord.errors import MemorandumRefused, UsageRefused
from accord.keys import log_public
from accord.memorandum import (
    Memorandum,
    Report,
    TrustedMemoranda,
    append_signature,
    check,
    enrol,
    read_any_card,
    row_of,
    sign_memorandum,
)
from accord.schema import Vocabulary


def adopted_versions(home: Path, vocabulary: Vocabulary) -> tuple[Memorandum, ...]:
    """Every version that a home has adopted, the oldest first; needs no key."""
    trusted = TrustedMemoranda(vocabulary, Settings.read(home).exchange)
    for path in adopted_files(home):
        text, clauses, signatures = read_draft(path)
        trusted.update(text, signatures, clauses, None)
    return trusted.versions


def check_draft(path: Path, vocabulary: Vocabulary, now: datetime | None, home: Path | None = None) -> Report:
    """Check a draft and what lies beside it; with a home, also whether it follows on what that has adopted.

    Raises UsageRefused for a draft of another exchange than the home's.
    """
    text, clauses, signatures = read_draft(path)
    report = check(text, vocabulary, clauses=clauses, signatures=signatures, now=now)
    draft = report.memorandum
    if home is None or draft is None:
        return report
    if draft.exchange != Settings.read(home).exchange:
        raise UsageRefused(
            "the memorandum of another exchange than the home's",
            where=str(path),
            advice="Check it without a home, or name a home of that exchange.",
        )
    previous = _before(draft, adopted_versions(home, vocabulary))
    if previous is None:
        return report
    return check(text, vocabulary, clauses=clauses, signatures=signatures, now=now, previous=previous)


def _before(draft: Memorandum, versions: tuple[Memorandum, ...]) -> Memorandum | None:
    earlier = [one for one in versions if one.text == draft.text]
    held = versions[: versions.index(earlier[0])] if earlier else versions
    return held[-1] if held else None


def enrol_draft(path: Path, cards: Mapping[str, bytes], vocabulary: Vocabulary) -> list[str]:
    """Write the keys of cards (file name: bytes) and both hashes into a draft; the agencies that are new in it.

    A card whose keys stand there already changes nothing, so that the same command can be given again.
    """
    text, clauses, signatures = read_draft(path)
    draft = Memorandum.parse(text, vocabulary)
    new: dict[str, bytes] = {}
    for data in cards.values():
        card = read_any_card(data)
        known = draft.agencies.get(card.agency)
        if known is None or row_of(card) not in known.keys:
            new[card.agency] = data
    if new:
        replace_file(
            path, enrol(text, list(new.values()), vocabulary, clauses=clauses, signatures=signatures)
        )
    return sorted(new)


def sign_draft(path: Path, vocabulary: Vocabulary, home: Path, environment: Mapping[str, str]) -> Memorandum:
    """Add this home's signature to NAME.toml.sig; what it signs is checked first. Again changes nothing.

    Where the version renews this agency's keys it signs twice, once with the key that the version before names.

    Raises MemorandumRefused for a draft with faults, or one in which keys or hashes are still missing.
    """
    settings = Settings.read(home)
    text, clauses, signatures = read_draft(path)
    report = check(text, vocabulary, clauses=clauses)
    memorandum = report.memorandum
    lacking = "\n".join(f"  {one}" for one in (*report.faults, *report.missing))
    if memorandum is None or lacking:
        raise MemorandumRefused(
            f"this cannot be signed yet\n{lacking}", where=str(path), advice="Run: accord memorandum check."
        )
    if memorandum.exchange != settings.exchange:
        raise UsageRefused("the memorandum of another exchange", where=str(path))
    previous = _before(memorandum, adopted_versions(home, vocabulary))
    keys = read_keys(home, read_passphrase(home, environment))
    for line in _lines(memorandum, settings.agency, keys, previous):
        signatures = append_signature(signatures, line)
    replace_file(path.with_suffix(".toml.sig"), signatures)
    return memorandum


def _lines(memorandum: Memorandum, slug: str, keys: Keys, previous: Memorandum | None) -> Iterator[str]:
    """An agency's lines under a memorandum, by its newest key there and its newest in the version before."""
    publics = {one.agencies[slug].log_key for one in (previous, memorandum) if one and slug in one.agencies}
    held = [pair.log for pair in keys.pairs if log_public(pair.log) in publics]
    for key in held or [keys.pairs[-1].log]:  # a strange key is refused, with what to do
        yield sign_memorandum(memorandum, slug, key, previous)


def sign_together(
    root: Path,
    text: bytes,
    cards: Sequence[bytes],
    clauses: bytes,
    vocabulary: Vocabulary,
    environment: Mapping[str, str],
) -> tuple[bytes, bytes]:
    """Enrol these cards, and let every home below one folder sign: the memorandum's text, and all signatures.

    For a demonstration or a test, where one hand holds every agency's home; real agencies each sign for themselves.
    """
    text = enrol(text, cards, vocabulary, clauses=clauses)
    memorandum = Memorandum.parse(text, vocabulary)
    signatures = b""
    for slug in memorandum.agencies:
        keys = read_keys(root / slug, read_passphrase(root / slug, environment))
        signatures = append_signature(signatures, sign_memorandum(memorandum, slug, keys.pairs[-1].log))
    return text, signatures
