"""Keys that change with the size of a log: every head verifies under one row only; a row is written into any draft."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.adapters.sqlite import SqliteDatabase
from accord.errors import AccordError, RenewalAwaited, SignatureInvalid
from accord.keys import LogKeys, LogPrivateKey, generate_log_key, log_public
from accord.ledger import Log, leaf_hash, open_checkpoint, open_head
from accord.memorandum import Agency, KeysRow, Memorandum, enrol
from accord.projection.disclosure import READS_STEPS
from tests.unit.memorandum.good import (
    CLAUSES,
    SLUGS,
    enrolled,
    hpke_bytes,
    log_key,
    renewal,
    successor,
    vocabulary,
)

ORIGIN = "cook/court"
ACTS = st.lists(
    st.one_of(st.integers(1, 7), st.sampled_from(["renew now", "renew later", "adopt"])), max_size=25
)


class World:
    """A log, the keys that sign for it, and the agency as a memorandum would have it."""

    def __init__(self) -> None:
        self.database = SqliteDatabase(Path(":memory:"), READS_STEPS)
        self.rows: list[tuple[int, LogPrivateKey]] = [(0, generate_log_key(bytes(32)))]
        self.made: tuple[int, LogPrivateKey] | None = None
        self.signing = LogKeys(self.rows)
        self.log = Log(self.database, ORIGIN, self.signing.at)

    def append(self, count: int) -> None:
        """Append, or be told that the log waits, and then nothing has changed."""
        at = range(self.log.size, self.log.size + count)
        leaves = [(index, leaf_hash(b"%d" % index), b"") for index in at]
        if self.made is not None and self.log.size + count >= self.made[0]:
            with pytest.raises(RenewalAwaited):
                self.log.extend([leaf for _, leaf, _ in leaves], 0)
            return
        extension = self.log.extend([leaf for _, leaf, _ in leaves], 0)
        with self.database.transaction() as transaction:
            transaction.executemany("INSERT INTO stored_events (idx, leaf, state) VALUES (?, ?, ?)", leaves)
            for statement, rows in extension.statements:
                transaction.executemany(statement, rows)
        self.log.confirm(extension)

    def renew(self, after: int) -> None:
        """Make a further key, for when the log has grown so much."""
        if self.made is None:
            start = max(self.log.size + 1 + after, self.rows[-1][0] + 1)
            self.made = (start, generate_log_key(bytes([len(self.rows)]) * 32))
            self.signing.follow(self.rows, start)

    def adopt(self) -> None:
        """The memorandum names it."""
        if self.made is not None:
            self.rows.append(self.made)
            self.made = None
            self.signing.follow(self.rows)

    @property
    def agency(self) -> Agency:
        rows = (
            KeysRow.model_construct(log=log_public(key), hpke=b"", from_size=start)
            for start, key in self.rows
        )
        return Agency("court", "court", tuple(rows))


@given(ACTS)
@settings(max_examples=60, deadline=None)
def test_every_head_verifies_under_the_key_of_its_size_and_under_no_other(acts: list[int | str]) -> None:
    world = World()
    for act in acts:
        if isinstance(act, int):
            world.append(act)
        elif act == "adopt":
            world.adopt()
        else:
            world.renew(0 if act == "renew now" else 9)
    agency = world.agency
    for size in range(world.log.size + 1):
        note = world.log.head(size)
        assert open_head(note, ORIGIN, agency.log_key_at).root == world.log.root(size)
        for row in agency.keys:
            if row.log == agency.log_key_at(size):
                assert open_checkpoint(note, ORIGIN, row.log).size == size
            else:
                with pytest.raises(SignatureInvalid):
                    open_checkpoint(note, ORIGIN, row.log)
    world.database.close()


# ---- Rows in a draft ----

blanks = st.sampled_from(["", " ", "  # a comment, with ] and { in it", "\t"])


@st.composite
def layouts(draw: st.DrawFn) -> tuple[str, str]:
    """How a list of one row may be written, before and behind the row."""
    if draw(st.booleans()):
        return "keys = [" + draw(st.sampled_from(["", " "])), draw(
            st.sampled_from(["]", " ]", ",]", ", ]  # c"])
        )
    lines = draw(st.lists(blanks, max_size=3))
    before = (
        "keys = ["
        + draw(blanks)
        + "".join(f"\n{one}" for one in lines)
        + "\n"
        + draw(st.sampled_from(["", "  "]))
    )
    lines = draw(st.lists(blanks, max_size=3))
    behind = (
        draw(st.sampled_from(["", ",", " ,"])) + draw(blanks) + "".join(f"\n{one}" for one in lines) + "\n]"
    )
    return before, behind + draw(blanks)


@given(layouts(), st.sampled_from(SLUGS), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_row_is_added_to_keys_however_they_are_written(
    layout: tuple[str, str], slug: str, windows: bool
) -> None:
    before, behind = layout
    text = successor(enrolled()).decode()
    for row in re.findall(r"(?m)^keys = \[(\{.*\})\]", text):
        text = text.replace(f"\nkeys = [{row}]", f"\n{before}{row}{behind}")
    draft = (text.replace("\n", "\r\n") if windows else text).encode()
    made = enrol(draft, [renewal(slug, 9)], vocabulary(), clauses=CLAUSES)
    keys = Memorandum.parse(made, vocabulary()).agencies[slug].keys
    assert [row.from_size for row in keys] == [0, 9]
    assert keys[1].log == log_public(log_key(slug, "second"))
    assert keys[1].hpke == hpke_bytes(slug, "second")
    assert list(comments(made)) == list(comments(draft))
    assert made.count(b"\r\n") == (made.count(b"\n") if windows else 0)
    assert without_new_row(made) == without_new_row(draft)


def comments(text: bytes) -> Iterator[bytes]:
    """What stands behind a # outside of strings; here no string holds one."""
    for line in text.splitlines():
        if b"#" in line and b'"' not in line.split(b"#")[0]:
            yield line.partition(b"#")[2]


def without_new_row(text: bytes) -> dict[str, object]:
    """All that a draft says but for renewed keys."""
    said = tomllib.loads(text.decode())
    for agency in said["agency"]:
        agency["keys"] = agency["keys"][:1]
    return said


def test_keys_that_are_written_as_tables_are_refused_with_what_to_do() -> None:
    text = successor(enrolled()).decode()
    row = re.findall(r"(?m)^keys = \[\{ (.*) \}\]", text)[0]
    table = "[[agency.keys]]\n" + row.replace(", ", "\n")
    draft = text.replace(f"\nkeys = [{{ {row} }}]", f"\n{table}").encode()
    with pytest.raises(AccordError, match="a list is expected"):
        enrol(draft, [renewal("police", 9)], vocabulary(), clauses=CLAUSES)
