"""The two processes of an agency, started as processes on real homes over a directory wire."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accord import catalog
from accord.bootstrap import initialise, locked, parse_draft
from accord.gateway import Receipt, Submission
from accord.projection import Views
from tests.exchange import Exchange, acceptance, arrest, charge, found, referral, vocabulary

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 60.0


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    made = found(tmp_path, "police", "prosecutor", "advocacy")
    made.release()
    return made


def command(name: str, home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"services.{name}", "--home", str(home), *arguments]


def once(name: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(name, home, "--once"), cwd=REPOSITORY, capture_output=True, encoding="utf-8"
    )


def start(name: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(name, home),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def stop(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    return said


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    until = time.monotonic() + PATIENCE
    while not happened():
        assert process is None or process.poll() is None, "the process ended"
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.05)


def line(one: Submission) -> str:
    said = {"source": one.source, "id": one.id, "type": one.type, "subject": one.subject, "data": one.data}
    return json.dumps({"specversion": "1.0", **said})


def leave(home: Path, name: str, *lines: str) -> Path:
    """What a records system does: write under another name, then rename."""
    inbox = home / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / f"{name}.part").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return (inbox / f"{name}.part").rename(inbox / f"{name}.ndjson")


def outcomes(home: Path, name: str) -> list[dict[str, Any]]:
    text = (home / "done" / f"{name}.receipts.ndjson").read_text(encoding="utf-8")
    return [json.loads(one) for one in text.splitlines()]


def test_what_is_left_in_the_inbox_reaches_the_coordinator(exchange: Exchange) -> None:
    police, advocacy = exchange.home("police"), exchange.home("advocacy")
    leave(police, "0001", line(arrest()), line(referral()))
    gateway = once("gateway", police)
    assert gateway.returncode == 0, gateway.stderr
    assert "2 receipts, 0 waiting, 0 refused" in gateway.stdout
    assert not list((police / "inbox").iterdir())
    assert sorted(path.name for path in (police / "done").iterdir()) == [
        "0001.ndjson",
        "0001.receipts.ndjson",
    ]
    for one in outcomes(police, "0001"):
        key = exchange.agency("police").memorandum.agencies["police"].log_key
        assert key is not None
        Receipt.parse(json.dumps(one["receipt"])).verify(key)
    exchange.release()
    projector = once("projector", advocacy)
    assert projector.returncode == 0, projector.stderr
    (case,) = Views(exchange.agency("advocacy").projection).cases()
    assert case["events"] == 2


def test_every_outcome_is_told_with_its_line(exchange: Exchange) -> None:
    prosecutor = exchange.home("prosecutor")
    wrong = arrest()
    leave(prosecutor, "0001", line(charge()), "{", line(wrong), "", line(arrest(on="2024-02-31")))
    assert once("gateway", prosecutor).returncode == 0
    said = outcomes(prosecutor, "0001")
    assert {one["row"] for one in said if "waiting" in one} == {1}
    assert {one["row"] for one in said if "refused" in one} == {2, 3, 5}
    assert all(one["refused"]["reason"] for one in said if "refused" in one)
    assert "A2400001" not in (prosecutor / "done" / "0001.receipts.ndjson").read_text(encoding="utf-8")


def test_the_same_file_again_gives_the_same_receipts_and_another_name(exchange: Exchange) -> None:
    police = exchange.home("police")
    for _ in range(2):
        leave(police, "0001", line(arrest()))
        assert once("gateway", police).returncode == 0
    assert outcomes(police, "0001") == outcomes(police, "0001.2")
    assert (police / "done" / "0001.ndjson").read_bytes() == (police / "done" / "0001.2.ndjson").read_bytes()


def test_what_is_no_json_at_all_is_refused_as_a_whole_and_no_half_written_file_is_taken(
    exchange: Exchange,
) -> None:
    police = exchange.home("police")
    leave(police, "table", "date,number", "2024-01-01,1")
    (police / "inbox" / "later.part").write_text("half", encoding="utf-8")
    assert once("gateway", police).returncode == 0
    (only,) = outcomes(police, "table")
    assert "not JSON" in only["refused"]["reason"]
    assert [path.name for path in (police / "inbox").iterdir()] == ["later.part"]


def test_gateway_and_projector_of_each_agency_work_side_by_side(exchange: Exchange) -> None:
    """Three agencies, six processes: what waited for another's referral is released without a person."""
    police, prosecutor = exchange.home("police"), exchange.home("prosecutor")
    leave(prosecutor, "first", line(acceptance()), line(charge()))
    leave(police, "first", line(arrest()), line(referral()))
    assert once("gateway", prosecutor).returncode == 0
    assert {"waiting"} == {kind for one in outcomes(prosecutor, "first") for kind in one if kind != "row"}
    names = [(name, slug) for slug in exchange.slugs for name in ("gateway", "projector")]
    running = [start(name, exchange.home(slug)) for name, slug in names]
    try:
        wait_for((police / "done" / "first.ndjson").exists, running[0])
    finally:
        said = [stop(process) for process in running]
    assert all(one.rstrip().endswith("stopped") for one in said), said
    for name in ("gateway", "projector", "projector", "gateway"):
        for slug in exchange.slugs:
            assert once(name, exchange.home(slug)).returncode == 0
    assert once("projector", exchange.home("advocacy")).returncode == 0
    assert not exchange.agency("prosecutor").publisher.waiting()
    seen = Views(exchange.agency("advocacy").projection).counts()["events"]
    assert (
        seen == 5
    )  # the four, and the referral of the charge to the court, which the gateway sends by itself


def test_a_stop_in_the_middle_of_a_file_loses_nothing_and_says_nothing_twice(exchange: Exchange) -> None:
    police = exchange.home("police")
    count = 1500
    path = leave(police, "many", *(line(arrest(f"A24{number:05}")) for number in range(count)))
    process = start("gateway", police)
    wait_for(lambda: _logged(police) > 300, process)
    stop(process)
    part = _logged(police)
    assert path.exists(), "the whole file was taken before the stop; make it longer"
    assert not list((police / "done").iterdir())
    assert once("gateway", police).returncode == 0
    said = outcomes(police, "many")
    assert len({one["receipt"]["event_id"] for one in said}) == count
    assert len({one["receipt"]["index"] for one in said}) == count
    assert part < _logged(police)
    events = exchange.agency("police").store.query("SELECT COUNT(*) FROM event")[0][0]
    assert events == count


def _logged(home: Path) -> int:
    connection = sqlite3.connect(f"file:{home / 'store.db'}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT COUNT(*) FROM stored_events").fetchone()[0])
    finally:
        connection.close()


def test_a_home_that_somebody_holds_is_left_alone(exchange: Exchange) -> None:
    police = exchange.home("police")
    leave(police, "0001", line(arrest()))
    with locked(police):
        held = once("gateway", police)
        process = start("gateway", police)
        time.sleep(1.5)
        assert process.poll() is None, "a process that runs waits for its turn"
        assert (police / "inbox" / "0001.ndjson").exists()
    wait_for((police / "done" / "0001.ndjson").exists, process)
    stop(process)
    assert held.returncode == 3
    assert "another process" in held.stderr


@pytest.mark.parametrize("name", ["gateway", "projector"])
def test_help_says_what_the_process_does(name: str) -> None:
    asked = [sys.executable, "-m", f"services.{name}", "--help"]
    done = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, encoding="utf-8")
    assert done.returncode == 0
    assert {"--home", "--once", "SIGTERM"} <= set(done.stdout.replace(",", " ").split())


@pytest.mark.parametrize("name", ["gateway", "projector"])
def test_a_folder_that_is_no_home_is_refused_with_advice(name: str, tmp_path: Path) -> None:
    done = once(name, tmp_path)
    assert done.returncode == 2
    assert "Run: accord init." in done.stderr
    environment = {key: value for key, value in os.environ.items() if key != "ACCORD_HOME"}
    asked = [sys.executable, "-m", f"services.{name}"]
    homeless = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, encoding="utf-8", env=environment)
    assert homeless.returncode == 2
    assert "ACCORD_HOME" in homeless.stderr


def test_without_an_adopted_memorandum_the_process_ends_and_says_what_to_do(tmp_path: Path) -> None:
    draft = parse_draft(catalog.examples() / "model" / "memorandum.toml", vocabulary())
    initialise(tmp_path / "police", draft, next(iter(draft.agencies)), {})
    done = once("gateway", tmp_path / "police")
    assert done.returncode == 3
    assert "adopt" in done.stderr
