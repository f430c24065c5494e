"""A member gives its own file the id of another's: each word that a list offers leads to one case, reads are told apart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from accord.projection import Views
from tests.exchange import START, Exchange, acceptance, arrest, found, referral
from tests.running import Run


@pytest.fixture
def copied(tmp_path: Path) -> Exchange:
    """The prosecutor's file on the second arrest has the id of the police's on the first."""
    exchange = found(tmp_path, "police", "prosecutor", "advocacy")
    for number in ("A2400001", "A2400002"):
        exchange.emit("police", arrest(number), referral(number))
    exchange.sync_all()
    prosecutor = exchange.agency("prosecutor")
    views = Views(exchange.agency("advocacy").projection)
    ids = [bytes.fromhex(one["file"]) for case in views.cases() for one in case["files"]]
    taken = {
        bytes(row[0]): number
        for number in ("A2400001", "A2400002")
        for row in exchange.agency("police").store.query(
            "SELECT file FROM matter WHERE subject = ?", (number,)
        )
    }
    batch = prosecutor._writer.batch(())
    prosecutor._writer.open_file(
        batch, next(one for one in ids if taken[one] == "A2400001"), "case", "P24-0002"
    )
    prosecutor._writer.commit(batch)
    exchange.emit("prosecutor", acceptance("A2400001", "P24-0001"), acceptance("A2400002", "P24-0002"))
    exchange.sync_all()
    exchange.set_clocks(START + timedelta(hours=1))
    return exchange


@pytest.mark.parametrize("slug", ["police", "advocacy"])
def test_every_case_of_a_list_is_found_by_the_word_that_the_list_offers(
    copied: Exchange, run: Run, slug: str
) -> None:
    home = ["--home", copied.home(slug)]
    listed = run("cases", "--json", *home).json["cases"]
    offered = [line.split()[0] for line in run("cases", *home).out.splitlines()[1:-1]]
    assert len(set(offered)) == len(listed) == 2
    for case, word in zip(listed, offered, strict=True):
        told = run("case", word, "--json", *home).json
        assert (case["ref"], told["files"]) == (word, case["files"])
        replayed = run("replay", word, "--as-of", "2025-06-01", "--as", slug, "--json", *home).json
        assert replayed["files"] == case["files"]


def test_a_file_id_of_two_cases_is_refused_with_words_that_name_each(copied: Exchange, run: Run) -> None:
    home = ["--home", copied.home("advocacy")]
    cases = run("cases", "--json", *home).json["cases"]
    ids = [one["file"] for case in cases for one in case["files"]]
    shared = next(one for one in ids if ids.count(one) == 2)
    for ref in (shared, shared[:6]):
        said = run("case", ref, *home)
        assert (said.code, "several cases" in said.err) == (2, True)
        offered = said.err.split("more of it: ")[1].strip().rstrip(".").split(", ")
        assert offered == [f"police/{shared[:12]}", f"prosecutor/{shared[:12]}"]
        told = [run("case", word, "--json", *home).json["files"] for word in offered]
        assert sorted(told, key=str) == sorted((case["files"] for case in cases), key=str)
    assert run("case", f"Police/{shared[:6].upper()}", *home).code == 0
    assert run("case", f"court/{shared}", *home).code == 2
    assert run("case", f"police/{shared[:5]}", *home).code == 2


def test_the_reading_log_says_whose_file_was_read(copied: Exchange, run: Run) -> None:
    home = ["--home", copied.home("advocacy")]
    cases = run("cases", "--json", *home).json["cases"]
    for case in cases:
        run("case", case["ref"], *home)
    with_agency = copied.agency("advocacy")
    read = [one["case"] for one in with_agency.reads.reads() if one["what"] == "case"]
    assert len(set(read)) == 2
    assert set(read) <= {f"{one['origin']}/{one['file']}" for case in cases for one in case["files"]}
    copied.release()


def test_a_promise_names_the_publisher_of_its_file(copied: Exchange, run: Run) -> None:
    text = run("overdue", "--all", "--as-of", "2025-03-01", "--home", copied.home("advocacy")).out
    shared = [word for word in text.split() if word.startswith(("police/", "prosecutor/"))]
    assert shared
