"""The next version of an exchange's memorandum, with cards in it and every agency's signature, as its board would make it.

card = exchange.agency("court").renew_keys(0)
exchange.agency("court").adopt(*next_version(exchange, card))
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from accord.bootstrap import enrol_draft, read_draft, sign_draft
from accord.memorandum import read_any_card
from tests.exchange import SLUGS, Exchange, vocabulary


def next_draft(exchange: Exchange, *cards: bytes) -> Path:
    """The version after the exchange's newest, with these cards in it; nobody has signed. The exchange goes on from it."""
    before = exchange.text
    number = int(re.findall(rb"(?m)^version = (\d+)$", before)[0]) + 1
    text = re.sub(rb"(?m)^version = \d+$", b"version = %d" % number, before)
    previous = hashlib.sha256(before).hexdigest().encode()
    text = re.sub(rb'(?m)^previous = "[^"]*"', b'previous = "%s"' % previous, text)
    path = exchange.root / f"memorandum-{number}.toml"
    path.write_bytes(text)
    path.with_suffix(".md").write_bytes(exchange.clauses)
    enrol_draft(path, {read_any_card(card).agency: card for card in cards}, vocabulary())
    exchange.text = path.read_bytes()
    return path


def next_version(exchange: Exchange, *cards: bytes) -> tuple[bytes, bytes, bytes]:
    """Text, clauses and signatures of that version."""
    return signed(exchange, next_draft(exchange, *cards))


def signed(exchange: Exchange, path: Path) -> tuple[bytes, bytes, bytes]:
    """The same of a draft, once every agency has signed it."""
    for slug in SLUGS:
        sign_draft(path, vocabulary(), exchange.home(slug), {})
    return read_draft(path)
