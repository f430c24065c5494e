"""Whole exchanges over HTTPS: the same digests as over a directory, and agencies that cannot be reached for a while."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from accord.adapters.directory import Unreached
from accord.adapters.https import Identity, Patience, Peer, server_context
from accord.bootstrap import Settings, opened, verify_home, wires
from accord.projection import digest
from tests.contract.worlds import certified
from tests.exchange import EXAMPLE, Exchange, acceptance, arrest, charge, county, found, referral
from tests.ports import free_port
from tests.running import Run, runner
from tests.served_exchange import Serve, by_nginx, ours, servers
from tests.unit.adapters.wire_world import contents

CASES = int(os.environ.get("ACCORD_HTTPS_CASES", "3"))  # of the walkthrough; more make a soak
THREE = ("police", "prosecutor", "advocacy")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def digests(exchange: Exchange) -> dict[str, str]:
    found = {}
    for slug in exchange.slugs:
        with opened(exchange.home(slug), {}) as agency:
            found[slug] = digest(agency.projection)
    return found


def pending(exchange: Exchange) -> list[str]:
    """Key bundles that nobody has taken."""
    return [
        path
        for slug in exchange.slugs
        for path in contents(exchange.home(slug) / "wire")
        if path.split("/")[0] == "keys" and path.split("/")[1] in exchange.slugs
    ]


@pytest.fixture(scope="module")
def over_a_directory(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return digests(county(tmp_path_factory.mktemp("directory"), CASES))


@pytest.mark.parametrize("serve", [ours, by_nginx])
def test_the_walkthrough_gives_the_same_digests_as_over_a_directory(
    tmp_path: Path, serve: Serve, over_a_directory: dict[str, str]
) -> None:
    with servers(tmp_path, serve) as running:
        exchange = county(tmp_path, CASES, wires=running.wires())
        assert digests(exchange) == over_a_directory
        assert pending(exchange) == []
        with opened(exchange.home("auditor"), {}) as auditor:
            assert list(verify_home(auditor)) == []
            assert sum(auditor.replica.sizes().values()) > 100


def three(root: Path, **options: Any) -> Exchange:
    exchange = found(root, *THREE, **options)
    exchange.emit("police", arrest(), referral())
    exchange.sync_all()
    return exchange


def test_an_agency_that_cannot_be_reached_does_not_keep_the_others(tmp_path: Path, run: Run) -> None:
    with servers(tmp_path) as running:
        exchange = three(tmp_path, wires=running.wires())
        running.stop("police")
        exchange.emit("prosecutor", acceptance(), charge())
        done = exchange.agency("prosecutor").sync()
        assert done.published
        assert list(done.unreached) == ["police"]
        seen = exchange.agency("advocacy").sync()
        assert seen.received
        assert "police" in seen.unreached["police"]
        exchange.release()

        home = exchange.home("advocacy")
        said = run("sync", "--home", home, "--json")
        assert said.code == 3
        assert [one["log"] for one in said.json["unreached"]] == ["police"]
        assert "not reached" in run("sync", "--home", home).out
        said = run("verify", "--home", home, "--json")
        assert (said.code, said.json["faults"]) == (3, [])
        assert [one["log"] for one in said.json["unreached"]] == ["police"]

        running.start("police")
        assert run("sync", "--home", home).code == 0
        assert run("verify", "--home", home).code == 0


def test_an_agency_with_a_slow_server_does_not_keep_the_others(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers, a few bytes at a time, within a proper connection: given up after a turn's time, in each turn anew."""
    monkeypatch.setattr(wires, "Peer", partial(Peer, patience=Patience(turn=1.0)))
    with servers(tmp_path) as running:
        exchange = three(tmp_path, wires=running.wires())
        exchange.emit("prosecutor", acceptance(), charge())
        exchange.agency("prosecutor").sync()
        agency, home = exchange.agency("advocacy"), exchange.home("advocacy")
        began = time.monotonic()
        for turn, next_turn in ((agency.receive, agency.sync), (agency.sync, agency.receive)):
            running.stop("police")
            with dripping(running.identities["police"], running.ports["police"]):
                seen = turn()
                assert "police: is too slow" in seen.unreached["police"]
                assert agency.replica.sizes()["prosecutor"] == exchange.agency("prosecutor").log.size
            running.start("police")
            assert next_turn().unreached == {}
        running.stop("police")
        exchange.release()
        with dripping(running.identities["police"], running.ports["police"]):
            said = run("verify", "--home", home, "--json")
            assert (said.code, said.json["faults"]) == (3, [])
            assert [one["log"] for one in said.json["unreached"]] == ["police"]
        assert time.monotonic() - began < 15


@contextmanager
def dripping(identity: Identity, port: int) -> Iterator[None]:
    """A server with a proper certificate, whose every answer is 60,000 bytes at 3,000 a second."""
    stopped = threading.Event()

    def one(connection: socket.socket) -> None:
        with suppress(OSError), server_context(identity).wrap_socket(connection, server_side=True) as secured:
            secured.recv(65_536)
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
            for _ in range(100):
                if not stopped.wait(0.2):
                    secured.sendall(b"x" * 600)

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", port)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield
        stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_an_agency_that_was_away_catches_up(tmp_path: Path) -> None:
    """It published while nobody could reach it, and the others did so meanwhile: at the end it is as if nothing had been."""
    calm = three(tmp_path / "calm")
    calm.emit("prosecutor", acceptance(), charge())
    calm.emit("police", arrest("A2400002"), referral("A2400002"))
    calm.sync_all()
    calm.release()
    with servers(tmp_path / "https") as running:
        exchange = three(tmp_path / "https", wires=running.wires())
        running.stop("prosecutor")
        exchange.emit("prosecutor", acceptance(), charge())
        exchange.emit("police", arrest("A2400002"), referral("A2400002"))
        for slug in THREE:
            exchange.agency(slug).sync()
        running.start("prosecutor")
        exchange.sync_all()
        exchange.release()
        assert digests(exchange) == digests(calm)
        assert pending(exchange) == []


def test_an_agency_whose_address_we_do_not_know_is_named(tmp_path: Path) -> None:
    with servers(tmp_path, slugs=THREE[:2]) as running:
        exchange = found(tmp_path, *THREE[:2], wires=running.wires())
        done = exchange.agency("police").sync()
        assert "prosecutor" not in done.unreached
        assert "do not know where" in done.unreached["advocacy"]
        faults = list(verify_home(exchange.agency("police")))
        assert {one.log for one in faults} == set(done.unreached)
        assert all(isinstance(one, Unreached) for one in faults)
        exchange.release()


def accord(*words: object, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "accord", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        **options,
    )


def test_a_home_made_for_https_serves_until_it_is_stopped(tmp_path: Path, run: Run) -> None:
    certified(tmp_path / "tls", "court")
    port = free_port()
    words = ["--wire", "https", "--tls", tmp_path / "tls", "--at", "police=https://police.example:8443"]
    made = run(
        "init", tmp_path / "court", "--memorandum", EXAMPLE / "memorandum.toml", "--agency", "court", *words
    )
    assert made.code == 0, made.err
    wire = Settings.read(tmp_path / "court").wire
    assert wire.kind == "https"
    assert dict(wire.agencies) == {"police": "https://police.example:8443"}
    assert wire.directory == tmp_path / "court" / "wire"
    process = accord("serve", "--listen", f"127.0.0.1:{port}", "--home", tmp_path / "court")
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"serving at 127.0.0.1:{port}\n"
        again = accord("serve", "--listen", f"127.0.0.1:{port}", "--home", tmp_path / "court")
        _, error = again.communicate(timeout=30)
        assert again.returncode == 3
        assert "cannot listen" in error
        time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=30)
    assert (process.returncode, out, error) == (0, "stopped\n", "")


def test_what_cannot_be_served_is_refused(tmp_path: Path, run: Run) -> None:
    memorandum = ["--memorandum", EXAMPLE / "memorandum.toml", "--agency", "court"]
    assert "--tls" in run("init", tmp_path / "a", *memorandum, "--wire", "https").err
    assert "--at" in run("init", tmp_path / "a", *memorandum, "--at", "police=https://x").err
    tls = ["--wire", "https", "--tls", tmp_path / "nowhere"]
    assert run("init", tmp_path / "a", *memorandum, *tls, "--at", "police=http://x").code == 2
    assert not (tmp_path / "a").exists()
    assert run("init", tmp_path / "a", *memorandum, *tls).code == 0
    said = run("serve", "--home", tmp_path / "a")
    assert said.code == 3
    assert "authority.pem" in said.err
    assert run("serve", "--home", tmp_path / "a", "--listen", "8443").code == 2
    assert run("init", tmp_path / "b", *memorandum).code == 0
    assert "not one over HTTPS" in run("serve", "--home", tmp_path / "b").err


def test_a_server_whose_files_were_changed_stops_that_log_alone(tmp_path: Path, run: Run) -> None:
    with servers(tmp_path) as running:
        exchange = three(tmp_path, wires=running.wires())
        exchange.emit("police", arrest("A2400002"), referral("A2400002"))
        exchange.agency("police").sync()
        exchange.emit("prosecutor", acceptance(), charge())
        exchange.agency("prosecutor").sync()
        exchange.release()
        before = exchange.agency("advocacy").replica.sizes()
        exchange.release()
        (bundle,) = (running.folder("police") / "police" / "tile" / "entries" / "000.p").glob(
            str(
                max(
                    int(one.name)
                    for one in (running.folder("police") / "police/tile/entries/000.p").iterdir()
                )
            )
        )
        data = bytearray(bundle.read_bytes())
        data[-100] ^= 1
        bundle.write_bytes(data)

        home = exchange.home("advocacy")
        said = run("sync", "--home", home, "--json")
        assert said.code == 1
        logs = {one["log"]: one for one in said.json["logs"]}
        assert logs["police"]["fault"]
        assert logs["police"]["entries"] == before["police"]
        assert logs["prosecutor"]["fault"] is None
        assert logs["prosecutor"]["entries"] > before["prosecutor"]
        assert said.json["unreached"] == []
        found = run("verify", "--home", home, "--json")
        assert found.code == 1
        assert {one["log"] for one in found.json["faults"]} == {"police"}


def test_a_receiver_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed at any moment of receiving: nothing twice, nothing lost, no key bundle left over at the end."""
    calm = found(tmp_path / "calm", *THREE)
    with servers(tmp_path / "https") as running:
        exchange = found(tmp_path / "https", *THREE, wires=running.wires())
        events = [one for number in range(150) for one in _case(number)]
        for one in (calm, exchange):
            one.emit("police", *events)
            one.agency("police").sync()
        calm.sync_all()
        calm.release()
        exchange.release()
        home, killed = exchange.home("advocacy"), 0
        for tenth in range(1, 12):
            process = accord("sync", "--home", home)
            try:
                process.wait(0.25 + tenth / 10)
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
            process.communicate()
        assert killed > 3
        exchange.sync_all()
        exchange.release()
        assert digests(exchange) == digests(calm)
        assert pending(exchange) == []


def _case(number: int) -> list[Any]:
    name = f"A24{number:05}"
    return [arrest(name), referral(name)]
