"""What a records system may call the files that it leaves, and what becomes of those that cannot be read."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from accord.bootstrap import Agency, Taken, await_inbox, take_inbox
from accord.errors import AccordError, Unready
from tests.exchange import Exchange, arrest, found

NAMES = {
    "as long as a name can be": b"A" * 248 + b".ndjson",
    "letters of two bytes, as long": "é".encode() * 124 + b".ndjson",
    "a byte that is no letter": b"export\xfe.ndjson",
    "two lines": b"export\nof today.ndjson",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_is_taken_and_the_next_too(tmp_path: Path, name: str) -> None:
    exchange = found(tmp_path, "police")
    home, agency = exchange.home("police"), exchange.agency("police")
    inbox = home / "inbox"
    inbox.mkdir()
    files = {os.fsdecode(NAMES[name]): "A2400001", "z.ndjson": "A2400002"}
    for called, number in files.items():
        one = arrest(number)
        said = {
            "source": one.source,
            "id": one.id,
            "type": one.type,
            "subject": one.subject,
            "data": one.data,
        }
        (inbox / called).write_text(json.dumps(said) + "\n")
    for _ in range(2):
        taken = list(take_inbox(agency))
        assert [(one.receipts, one.refused) for one in taken] == [(1, 0), (1, 0)]
        assert all(one.name.isprintable() for one in taken)
        assert not list(inbox.iterdir())
        for path in sorted((home / "done").iterdir()):
            if not path.name.endswith(".receipts.ndjson"):
                path.rename(inbox / (path.name if path.name == "z.ndjson" else os.fsdecode(NAMES[name])))
    assert len(list((home / "done").glob("*.receipts.ndjson"))) == 2
    exchange.release()


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police")
    yield made
    made.release()


def leave(home: Path, name: str, number: str) -> None:
    """One arrest in a file of this name."""
    one = arrest(number)
    said = {"source": one.source, "id": one.id, "type": one.type, "subject": one.subject, "data": one.data}
    (home / "inbox").mkdir(exist_ok=True)
    (home / "inbox" / name).write_text(json.dumps(said) + "\n")


def unreadable(home: Path, name: str) -> None:
    """A file that opens and cannot be read, whoever tries: the first page of a process's own memory."""
    (home / "inbox").mkdir(exist_ok=True)
    (home / "inbox" / name).symlink_to("/proc/self/mem")


def taken(agency: Agency) -> tuple[list[Taken], AccordError | None]:
    """What was taken of the inbox, and what was raised behind it."""
    found: list[Taken] = []
    try:
        for one in take_inbox(agency):
            found.append(one)
    except AccordError as error:
        return found, error
    return found, None


@contextmanager
def no_more_files() -> Iterator[None]:
    """A process that may open no further file."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_file_that_cannot_be_read_holds_up_no_other(exchange: Exchange) -> None:
    home = exchange.home("police")
    unreadable(home, "0001.ndjson")
    leave(home, "0002.ndjson", "A2400002")
    unreadable(home, "0003.ndjson")
    leave(home, "0004.ndjson", "A2400004")
    found, error = taken(exchange.agency("police"))
    assert [(one.name, one.receipts) for one in found] == [("0002.ndjson", 1), ("0004.ndjson", 1)]
    assert isinstance(error, Unready)
    assert (error.message, error.where) == (
        "a file of the inbox cannot be read (Input/output error), nor can 1 more",
        str(home / "inbox" / "0001.ndjson"),
    )
    assert sorted(one.name for one in (home / "inbox").iterdir()) == ["0001.ndjson", "0003.ndjson"]
    assert len(list((home / "done").iterdir())) == 4
    for name in ("0001.ndjson", "0003.ndjson"):
        (home / "inbox" / name).unlink()
        leave(home, name, "A2400001")
    found, error = taken(exchange.agency("police"))
    assert ([one.receipts for one in found], error) == ([1, 1], None)


@pytest.mark.parametrize("name", ["inbox", "done"])
@pytest.mark.parametrize("target", [None, "nowhere"])
def test_a_place_that_is_taken_is_told_and_passes(exchange: Exchange, name: str, target: str | None) -> None:
    place = exchange.home("police") / name
    if target is None:
        place.write_text("")
    else:
        place.symlink_to(target)
    for _ in range(2):
        found, error = taken(exchange.agency("police"))
        assert (found, type(error), error and error.where) == ([], Unready, str(place))
    place.unlink()
    assert taken(exchange.agency("police")) == ([], None)


def test_an_inbox_that_cannot_be_listed_is_not_an_empty_one(exchange: Exchange) -> None:
    agency = exchange.agency("police")
    leave(exchange.home("police"), "0001.ndjson", "A2400001")
    assert await_inbox(agency, 0.0)
    with no_more_files(), pytest.raises(Unready, match="cannot be used") as told:
        await_inbox(agency, 0.0)
    assert told.value.where == str(exchange.home("police") / "inbox")


def test_outcomes_take_no_other_file_s_place(exchange: Exchange) -> None:
    home, agency = exchange.home("police"), exchange.agency("police")
    leave(home, "y.receipts.ndjson", "A2400001")
    before = (home / "inbox" / "y.receipts.ndjson").read_bytes()
    assert taken(agency)[1] is None
    leave(home, "y.ndjson", "A2400002")
    assert taken(agency)[1] is None
    assert (home / "done" / "y.receipts.2.ndjson").read_bytes() == before
    names = {"y.ndjson", "y.receipts.ndjson", "y.receipts.2.ndjson", "y.receipts.2.receipts.ndjson"}
    assert {one.name for one in (home / "done").iterdir()} == names
