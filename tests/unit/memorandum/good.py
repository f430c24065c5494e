"""The model memorandum and what an exchange makes of it: keys, cards, signatures, the next version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from accord import catalog
from accord.keys import LogPrivateKey, generate_hpke_key, generate_log_key, hpke_public
from accord.memorandum import Memorandum, enrol, make_card, make_renewal, sign_memorandum
from accord.schema import Vocabulary

MODEL = catalog.examples() / "model" / "memorandum.toml"
GOOD = MODEL.read_bytes()
CLAUSES = MODEL.with_suffix(".md").read_bytes()
NOW = datetime(2025, 6, 1, tzinfo=UTC)
SLUGS = ("police", "prosecutor", "court", "probation", "reeducation", "advocacy", "auditor")

Spoil = Callable[[bytes], bytes]
SPOILT: tuple[Spoil, ...] = (  # a card of either kind in another encoding than its one
    lambda good: good[:-1],
    lambda good: good + b" ",
    lambda good: good.replace(b":", b": ", 1),
    lambda good: good.replace(b'{"agency"', b'{"a":"b","agency"'),
)


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.load(catalog.schemas())


@cache
def model() -> Memorandum:
    return Memorandum.parse(GOOD, vocabulary())


def edited(*edits: tuple[str, str], data: bytes = GOOD) -> bytes:
    """The text with each first occurrence replaced; the occurrence must be there."""
    text = data.decode()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


def seed(*words: str) -> bytes:
    return hashlib.sha256("/".join(words).encode()).digest()


@cache
def log_key(slug: str, generation: str = "first") -> LogPrivateKey:
    return generate_log_key(seed("log", slug, generation))


@cache
def hpke_bytes(slug: str, generation: str = "first") -> bytes:
    return hpke_public(generate_hpke_key(seed("hpke", slug, generation)))


def card(slug: str, *, exchange: str = "model", role: str | None = None, generation: str = "first") -> bytes:
    agency = model().agencies.get(slug)
    said = role or (agency.role if agency else "court")
    return make_card(exchange, slug, said, log_key(slug, generation), hpke_bytes(slug, generation), NOW)


@cache
def enrolled() -> bytes:
    """Version 1 with every agency's keys and both hashes, unsigned."""
    return enrol(GOOD, [card(slug) for slug in SLUGS], vocabulary(), clauses=CLAUSES)


def signed(data: bytes, *slugs: str) -> bytes:
    memorandum = Memorandum.parse(data, vocabulary())
    return "".join(sign_memorandum(memorandum, slug, log_key(slug)) for slug in slugs).encode()


def successor(data: bytes, *edits: tuple[str, str]) -> bytes:
    """The next version of `data`, with further edits."""
    version = Memorandum.parse(data, vocabulary()).version
    previous = hashlib.sha256(data).hexdigest()
    old = "" if version == 1 else Memorandum.parse(data, vocabulary()).document.exchange.previous
    return edited(
        (f"\nversion = {version}", f"\nversion = {version + 1}"),
        (f'previous = "{old}"', f'previous = "{previous}"'),
        *edits,
        data=data,
    )


def renewal(
    slug: str,
    from_size: int = 9,
    *,
    root: bytes = b"",
    exchange: str = "model",
    generation: str = "second",
    before: str = "first",
) -> bytes:
    """A card by which an agency renews its keys of the generation before."""
    log, given_up = log_key(slug, generation), log_key(slug, before)
    return make_renewal(exchange, slug, log, hpke_bytes(slug, generation), given_up, from_size, root, NOW)
