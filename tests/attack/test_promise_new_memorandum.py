"""Promise: what a later memorandum gives is given from then on, in files open before as well; nothing before it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.bootstrap import read_keys, read_passphrase
from accord.memorandum import Memorandum, append_signature, sign_memorandum
from accord.seal import OpenedEvent
from tests.exchange import Exchange, arrest, found, vocabulary

MORE = """
[[entitlement]]
role = "court"
clause = "5.3"
purpose = "know that an arrest was on a warrant"
[entitlement.sees]
ArrestMade = ["warrant"]
"""


def second_version(exchange: Exchange) -> tuple[bytes, bytes]:
    """The next memorandum, which lets the court see one field more, with every agency's signature."""
    text = exchange.text.decode()
    text = re.sub(r"(?m)^version = 1$", "version = 2", text)
    text = re.sub(r'(?m)^previous = ""', f'previous = "{hashlib.sha256(exchange.text).hexdigest()}"', text)
    text = text.replace(
        "\n# ---- What we promise each other ----", MORE + "\n# ---- What we promise each other ----"
    )
    memorandum, signatures = Memorandum.parse(text.encode(), vocabulary()), b""
    for slug in memorandum.agencies:
        keys = read_keys(exchange.home(slug), read_passphrase(exchange.home(slug), {}))
        line = sign_memorandum(memorandum, slug, keys.pairs[0].log, exchange.agency("police").memorandum)
        signatures = append_signature(signatures, line)
    return text.encode(), signatures


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police", "court", "advocacy")
    made.emit("police", arrest())
    made.sync_all()
    yield made
    made.release()


def arrests(exchange: Exchange, slug: str) -> list[OpenedEvent]:
    items = (item for batch in exchange.agency(slug).replica.feed(0) for _, item in batch)
    return [item for item in items if isinstance(item, OpenedEvent) and item.kind == "ArrestMade"]


def correct(exchange: Exchange) -> None:
    again = arrest(supersedes={"id": "arrest-A2400001"}, correction_reason="typing")
    again.id = "arrest-again"
    exchange.emit("police", again)
    exchange.sync_all()


def test_a_new_right_opens_what_comes_after_in_a_file_that_was_open(exchange: Exchange) -> None:
    text, signatures = second_version(exchange)
    for slug in exchange.slugs:
        exchange.agency(slug).adopt(text, exchange.clauses, signatures)
    exchange.sync_all()
    correct(exchange)
    before, after = arrests(exchange, "court")
    assert "warrant" not in before.values
    assert "warrant" in after.values


def test_without_the_new_memorandum_it_stays_withheld(exchange: Exchange) -> None:
    correct(exchange)
    assert ["warrant" in event.values for event in arrests(exchange, "court")] == [False, False]


def test_the_projection_is_built_anew_under_the_new_memorandum(exchange: Exchange) -> None:
    text, signatures = second_version(exchange)
    for slug in exchange.slugs:
        exchange.agency(slug).adopt(text, exchange.clauses, signatures)
    exchange.release()
    correct(exchange)
    projection = exchange.agency("court").projection
    assert projection.memorandum.version == 2
    kinds = [row[0] for row in projection.db.query("SELECT kind FROM event")]
    assert kinds.count("ArrestMade") == 2
