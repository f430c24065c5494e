"""The two processes of an agency, started as processes on real homes over a directory wire."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from accord import catalog
from accord.adapters.https import Peer, client_context
from accord.bootstrap import initialise, locked, parse_draft
from accord.gateway import Receipt, Submission
from accord.projection import Views
from tests.exchange import EXAMPLE, Exchange, acceptance, arrest, charge, found, referral, vocabulary
from tests.ports import free_port
from tests.served_exchange import Servers

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


def start(name: str, home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(name, home, *arguments),
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
        key = exchange.agency("police").memorandum.agencies["police"].log_key_at
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


def asked(port: int, path: str) -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()


def figures(port: int) -> dict[str, float]:
    status, text = asked(port, "/metrics")
    assert status == 200
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_the_processes_tell_how_they_fare(exchange: Exchange) -> None:
    """Figures of both, and a log in JSON that says nothing of what the events hold."""
    police, advocacy = exchange.home("police"), exchange.home("advocacy")
    leave(police, "0001", line(arrest()), line(referral()), line(arrest(on="2024-02-31")))
    ports = {"gateway": free_port(), "projector": free_port()}
    running = {
        name: start(name, home, "--listen", f"127.0.0.1:{ports[name]}", "--log", "json")
        for name, home in (("gateway", police), ("projector", advocacy))
    }
    try:
        for name, process in running.items():
            wait_for(lambda port=ports[name]: ready(port), process)
        wait_for((police / "done" / "0001.ndjson").exists)
        wait_for(lambda: figures(ports["gateway"])["accord_own_log_entries"] > 2)
        wait_for(lambda: figures(ports["projector"])['accord_log_entries{log="police"}'] > 2)
        gateway, projector = (figures(ports[name]) for name in ("gateway", "projector"))
        assert asked(ports["gateway"], "/healthz") == (200, "alive\n")
        assert asked(ports["gateway"], "/elsewhere")[0] == 404
    finally:
        said = {name: stop(process) for name, process in running.items()}
    assert gateway["accord_outbox_entries"] == gateway["accord_waiting_events"] == 0
    assert gateway['accord_ready{process="gateway"}'] == 1
    assert projector['accord_log_stopped{log="police"}'] == projector["accord_alarms"] == 0
    assert projector['accord_log_unreached{log="police"}'] == 0
    assert projector["accord_projection_behind_items"] == 0
    assert projector["accord_obligation_oldest_overdue_seconds"] >= 0
    for text in said.values():
        lines = [json.loads(one) for one in text.splitlines()]
        assert {one["level"] for one in lines} == {"info"}
        assert lines[-1]["message"] == "stopped"
        assert "A2400001" not in text


def ready(port: int) -> bool:
    try:
        return asked(port, "/readyz")[0] == 200
    except OSError:
        return False


def test_a_process_whose_turns_fail_is_not_ready_and_says_why(exchange: Exchange) -> None:
    advocacy, port = exchange.home("advocacy"), free_port()
    exchange.wire.rename(exchange.root / "away")
    exchange.wire.write_text("a file where the folder should be", encoding="utf-8")
    police = exchange.home("police")
    leave(police, "0001", line(arrest()))
    process = start("gateway", police, "--listen", f"127.0.0.1:{port}")
    try:
        wait_for(lambda: _refused(port), process)
        status, why = asked(port, "/readyz")
        assert status == 503
        assert asked(port, "/healthz")[0] == 200
        assert figures(port)['accord_turn_failures_total{process="gateway"}'] >= 1
        exchange.wire.unlink()
        (exchange.root / "away").rename(exchange.wire)
        wait_for(lambda: ready(port), process)
    finally:
        said = stop(process)
    assert why.strip() in said
    assert once("projector", advocacy).returncode == 0


def test_a_file_that_cannot_be_read_holds_up_neither_the_next_nor_publication(exchange: Exchange) -> None:
    police, port = exchange.home("police"), free_port()
    leave(police, "0002", line(arrest()))
    bad = police / "inbox" / "0001-Smith.ndjson"
    bad.symlink_to("/proc/self/mem")  # opens, and cannot be read
    process = start("gateway", police, "--listen", f"127.0.0.1:{port}")
    try:
        wait_for(lambda: _refused(port), process)
        why = asked(port, "/readyz")
        bad.unlink()
        wait_for(lambda: ready(port), process)
        assert figures(port)["accord_outbox_entries"] == 0
    finally:
        said = stop(process)
    assert why == (503, "a file of the inbox cannot be read (Input/output error)\n")
    assert str(bad) in said
    before = said.index("entries published")
    assert said.index("0002.ndjson: 1 receipts") < before < said.index("cannot be read")


def _refused(port: int) -> bool:
    try:
        return asked(port, "/readyz") != (503, "no turn has ended yet\n")
    except OSError:
        return False


def test_an_address_that_is_taken_is_refused(exchange: Exchange) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            command("gateway", exchange.home("police"), "--listen", address),
            cwd=REPOSITORY,
            capture_output=True,
            encoding="utf-8",
        )
    assert done.returncode == 3
    assert "cannot listen" in done.stderr


def test_a_small_office_follows_the_wire_with_one_process(exchange: Exchange) -> None:
    """accord sync --follow: what others publish arrives, what we append leaves, until SIGTERM."""
    advocacy = exchange.home("advocacy")
    process = subprocess.Popen(
        [sys.executable, "-m", "accord", "sync", "--follow", "--home", str(advocacy)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("following")
        leave(exchange.home("police"), "0001", line(arrest()), line(referral()))
        assert once("gateway", exchange.home("police")).returncode == 0
        wait_for(lambda: "received" in (process.stdout.readline() if process.stdout else ""), process)
        stray = exchange.wire / "keys" / "advocacy" / "police" / f"{1:016}"
        stray.parent.mkdir(parents=True, exist_ok=True)
        stray.write_bytes(b"no key bundle")
        leave(exchange.home("police"), "0002", line(arrest("A2400002")))
        assert once("gateway", exchange.home("police")).returncode == 0
        wait_for(lambda: "ALARM police" in (process.stdout.readline() if process.stdout else ""), process)
    finally:
        said = stop(process)
    assert said.rstrip().endswith("stopped")
    (case, _) = Views(exchange.agency("advocacy").projection).cases()
    assert case["events"] == 2


def test_the_wire_s_server_as_a_process(tmp_path: Path) -> None:
    made = Servers(tmp_path, slugs=("court", "police"))
    draft = parse_draft(EXAMPLE / "memorandum.toml", vocabulary())
    initialise(tmp_path / "court", draft, "court", {}, wire=made.wires()["court"])
    port, health = made.ports["court"], free_port()
    words = ["--serve", f"127.0.0.1:{port}", "--listen", f"127.0.0.1:{health}", "--log", "json"]
    process = start("wire", tmp_path / "court", *words)
    try:
        wait_for(lambda: ready(health), process)
        peer = Peer("court", f"https://127.0.0.1:{port}", partial(client_context, made.identities["police"]))
        assert peer.get("court/checkpoint", 100) is None
        peer.close()
        wait_for(lambda: figures(health).get('accord_requests_total{kind="checkpoint",status="404"}') == 1)
        made.folder("court").rename(tmp_path / "away")
        wait_for(lambda: not ready(health), process)
        (tmp_path / "away").rename(made.folder("court"))
        wait_for(lambda: ready(health), process)
    finally:
        said = [json.loads(one) for one in stop(process).splitlines()]
    assert [one["kind"] for one in said if "kind" in one] == ["checkpoint"]
    assert said[-1]["message"] == "stopped"


@pytest.mark.parametrize("name", ["gateway", "projector", "wire"])
def test_help_says_what_the_process_does(name: str) -> None:
    asked = [sys.executable, "-m", f"services.{name}", "--help"]
    done = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, encoding="utf-8")
    assert done.returncode == 0
    words = set(re.findall(r"[-\w]+", done.stdout))
    assert {"--home", "--listen", "--log", "--serve" if name == "wire" else "--once", "SIGTERM"} <= words


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


@pytest.mark.parametrize("name", ["gateway", "projector", "wire"])
def test_what_the_system_refuses_ends_a_process_in_words(exchange: Exchange, name: str) -> None:
    settings = exchange.home("police") / "agency.toml"
    settings.unlink()
    settings.mkdir()  # where even root cannot read a file
    words = command(name, exchange.home("police"), *([] if name == "wire" else ["--once"]))
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, encoding="utf-8")
    assert done.returncode == 3
    assert done.stderr.startswith(f"{name}: {settings}: Is a directory\n")


def test_without_an_adopted_memorandum_the_process_ends_and_says_what_to_do(tmp_path: Path) -> None:
    draft = parse_draft(catalog.examples() / "model" / "memorandum.toml", vocabulary())
    initialise(tmp_path / "police", draft, next(iter(draft.agencies)), {})
    done = once("gateway", tmp_path / "police")
    assert done.returncode == 3
    assert "adopt" in done.stderr
