"""What somebody hostile or careless can hand to the commands: nothing is half taken, no value is repeated, no traceback."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accord.bootstrap import opened
from tests.exchange import EXAMPLE, Exchange, arrest, small
from tests.running import Run, Said, runner
from tests.unit.cli.test_emit import MAPPING, lines

SECRET = "Jane Doe of Elm Street"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process."""
    return runner(capsys, monkeypatch)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    return small(tmp_path_factory.mktemp("attacked"))


@pytest.fixture
def exchange(untouched: Exchange, tmp_path: Path) -> Exchange:
    return untouched.copy(tmp_path / "exchange")


def size(exchange: Exchange, slug: str = "police") -> int:
    with opened(exchange.home(slug), {}, write=False) as agency:
        return agency.log.size


def event(**changes: Any) -> dict[str, Any]:
    one = arrest("A2400010")
    made = {
        "source": one.source,
        "id": one.id,
        "type": one.type,
        "subject": one.subject,
        "data": one.data,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not ...}


def with_data(**changes: Any) -> dict[str, Any]:
    return event(data={**arrest("A2400010").data, **changes})


HOSTILE: dict[str, dict[str, Any]] = {
    "a name as an extension": event(victim=SECRET),
    "a name as the name of an extension": event(**{SECRET: 1}),
    "a name as a field": with_data(victim_name=SECRET),
    "a name as the name of a field": with_data(**{SECRET: True}),
    "a name as a code": with_data(arrest_kind=SECRET),
    "a name as a number": with_data(arrest_number=SECRET),
    "a name as a kind": event(type=SECRET),
    "a name as a version": event(specversion=SECRET),
    "a name as a time": event(time=SECRET),
    "a name as a citation": with_data(warrant={"number": SECRET}, arrest_kind="bad"),
    "a name as a reference": with_data(warrant=SECRET),
    "a number of the wrong kind": with_data(
        arrest_number={"kind": SECRET, "issuer": "police", "value": "A2400010"}
    ),
    "an issuer that is none": with_data(
        arrest_number={"kind": "arrest", "issuer": SECRET, "value": "A2400010"}
    ),
    "a list for a text": event(subject=[SECRET]),
    "text for data": event(data=SECRET),
    "another agency's act": event(type="ChargeFiled"),
    "no subject": event(subject=...),
    "a subject without end": event(subject="a" * 10_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_event_is_refused_and_nothing_of_it_repeated(
    exchange: Exchange, run: Run, name: str
) -> None:
    before = size(exchange)
    for words in ([], ["--json"]):
        said = run(
            "emit", *words, "--home", exchange.home("police"), stdin=json.dumps(HOSTILE[name]).encode()
        )
        assert said.code == 2, said.out
        assert "Jane" not in said.out + said.err
        assert "Traceback" not in said.err
    assert size(exchange) == before


@given(data=st.binary(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_end_with_an_exit_code(untouched: Exchange, run: Run, data: bytes) -> None:
    said = run("emit", "--home", untouched.home("court"), stdin=data)
    assert said.code == 3  # not adopted there: before anything is read


@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.text(),
            lambda one: st.lists(one) | st.dictionaries(st.text(), one),
            max_leaves=8,
        ).map(lambda said: json.dumps(said).encode()),
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_input_is_refused_or_nothing(untouched: Exchange, run: Run, data: bytes) -> None:
    said = run("emit", "--json", "--home", untouched.home("police"), stdin=data)
    assert said.code in (0, 2)
    assert not any(json.loads(line)["outcome"] == "accepted" for line in said.out.splitlines())


def receipt_of(exchange: Exchange, run: Run) -> dict[str, Any]:
    said = run("emit", "--json", "--home", exchange.home("police"), stdin=lines(arrest("A2400010")))
    found: dict[str, Any] = said.lines[0]["receipt"]
    return found


def flipped(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[0] ^= 1
    return base64.b64encode(data).decode()


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another index": lambda one: {**one, "index": one["index"] - 1},
    "another leaf": lambda one: {**one, "leaf": flipped(one["leaf"])},
    "another path": lambda one: {**one, "inclusion": [*one["inclusion"][:-1], flipped(one["inclusion"][-1])]},
    "a longer path": lambda one: {**one, "inclusion": [*one["inclusion"], one["leaf"]]},
    "another log": lambda one: {**one, "origin": "walkthrough/prosecutor"},
    "another head": lambda one: {**one, "head": one["head"].replace("police\n", "police\n1", 1)},
    "no signature": lambda one: {**one, "head": one["head"].split("\n\n")[0] + "\n\n"},
    "base64 with spaces": lambda one: {**one, "leaf": one["leaf"] + " "},
    "index as text": lambda one: {**one, "index": str(one["index"])},
    "index as a boolean": lambda one: {**one, "index": True},
    "a key more": lambda one: {**one, "note": "x"},
    "a key less": lambda one: {name: value for name, value in one.items() if name != "grade"},
    "another event": lambda one: {**one, "event_id": "ab" * 16},
    "its event in capitals": lambda one: {**one, "event_id": one["event_id"].upper()},
    "a better grade": lambda one: {**one, "grade": "witnessed"},
    "a list": lambda one: [one],
    "nothing": lambda one: {},
    "a line of emit without a receipt": lambda one: {"outcome": "summary"},
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_receipt_is_a_fault(exchange: Exchange, run: Run, name: str) -> None:
    forged = json.dumps(FORGERIES[name](receipt_of(exchange, run)))
    said = run("verify", "--receipt", "-", "--home", exchange.home("police"), stdin=forged.encode())
    assert said.code == 1
    assert "Traceback" not in said.err


def test_a_receipt_of_a_log_outside_the_exchange_is_refused(exchange: Exchange, run: Run) -> None:
    forged = json.dumps({**receipt_of(exchange, run), "origin": "elsewhere/police"})
    assert run("verify", "--receipt", "-", "--home", exchange.home("police"), stdin=forged.encode()).code == 2


def test_a_receipt_may_be_checked_by_another_agency_as_far_as_it_sees_the_event(
    exchange: Exchange, run: Run
) -> None:
    one = receipt_of(exchange, run)

    def checked(slug: str, receipt: dict[str, Any]) -> Said:
        words = ["verify", "--json", "--receipt", "-", "--home", exchange.home(slug)]
        return run(*words, stdin=json.dumps(receipt).encode())

    (there,) = checked("advocacy", one).json["receipts"]
    assert there["event_seen"] is False  # it has not received the log
    for slug in ("police", "advocacy"):
        run("sync", "--home", exchange.home(slug))
    (there,) = checked("advocacy", one).json["receipts"]
    assert there == {
        "event_id": one["event_id"],
        "origin": one["origin"],
        "index": one["index"],
        "event_seen": True,
    }
    said = checked("advocacy", {**one, "event_id": "ab" * 16})
    (fault,) = said.json["faults"]
    assert (said.code, fault["log"], fault["index"], fault["file"]) == (
        1,
        "police",
        one["index"],
        "receipt 1",
    )


def test_a_home_whose_keys_are_locked_says_so(exchange: Exchange, run: Run) -> None:
    (exchange.home("police") / "keys" / "passphrase").unlink()
    missing = run("cases", "--home", exchange.home("police"))
    assert (missing.code, "ACCORD_PASSPHRASE" in missing.err) == (2, True)
    wrong = run("cases", "--home", exchange.home("police"), environment={"ACCORD_PASSPHRASE": SECRET})
    assert wrong.code == 2
    assert SECRET not in wrong.err


def test_a_damaged_database_is_no_traceback(exchange: Exchange, run: Run) -> None:
    for suffix in ("-wal", "-shm"):
        (exchange.home("police") / f"store.db{suffix}").unlink(missing_ok=True)
    (exchange.home("police") / "store.db").write_bytes(b"not a database at all" * 1000)
    said = run("cases", "--home", exchange.home("police"))
    assert said.code == 3
    assert said.err.startswith("accord: store.db: ")
    found = run("verify", "--json", "--home", exchange.home("police"))
    assert found.code == 1
    assert (found.json["faults"][0]["log"], found.json["faults"][0]["file"]) == ("police", "store.db")


def test_an_altered_memorandum_in_a_home_stops_it(exchange: Exchange, run: Run) -> None:
    path = next((exchange.home("police") / "memorandum").glob("*.toml"))
    path.write_text(path.read_text().replace('within = "24h"', 'within = "99h"', 1))
    assert run("cases", "--home", exchange.home("police")).code == 2


def test_a_signature_by_another_key_is_not_counted(exchange: Exchange, run: Run, tmp_path: Path) -> None:
    for suffix in (".toml", ".md"):
        shutil.copy(EXAMPLE / f"memorandum{suffix}", tmp_path / f"draft{suffix}")
    other = tmp_path / "police"
    assert run("init", other, "--memorandum", tmp_path / "draft.toml", "--agency", "police").code == 0
    (tmp_path / "signed.toml").write_bytes(exchange.text)
    (tmp_path / "signed.md").write_bytes(exchange.clauses)
    said = run("memorandum", "sign", tmp_path / "signed.toml", "--home", other)
    assert said.code != 0
    assert not (tmp_path / "signed.toml.sig").exists()


def test_rejects_cannot_run_as_formulas_and_come_back_as_they_were(
    exchange: Exchange, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "map.toml").write_text(MAPPING)
    table = b"number,when,officer\n=cmd(),2024-06-03T21:15:00,@x\n"
    rejects = tmp_path / "rejects.csv"
    words = ["--map", tmp_path / "map.toml", "--rejects", rejects, "--home", exchange.home("police")]
    assert run("emit", *words, stdin=table).code == 2
    assert "\n'=cmd()" in rejects.read_text()
