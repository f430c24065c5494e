"""What is held stays as it was agreed on, whatever is handed in with the same text."""

from __future__ import annotations

from pathlib import Path

from tests.exchange import found


def test_a_version_that_is_held_is_not_replaced_by_what_lacks_its_signatures(tmp_path: Path) -> None:
    exchange = found(tmp_path, "police", "advocacy")
    home = exchange.home("police")
    before = {path.name: path.read_bytes() for path in (home / "memorandum").iterdir()}
    some = b"\n".join(exchange.signatures.splitlines()[:2]) + b"\n"
    for clauses, signatures in (
        (exchange.clauses, b""),
        (exchange.clauses, some),
        (b"other", exchange.signatures),
    ):
        assert exchange.agency("police").adopt(exchange.text, clauses, signatures) is False
        assert {path.name: path.read_bytes() for path in (home / "memorandum").iterdir()} == before
        exchange.release()
    assert exchange.agency("police").memorandum.version == 1
    exchange.release()
