"""What a records system may call the files that it leaves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from accord.bootstrap import take_inbox
from tests.exchange import arrest, found

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
