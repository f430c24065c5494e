"""The command as such: exit codes, where errors go, what happens when nobody reads or somebody interrupts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from accord import __version__
from accord.bootstrap import Agency
from accord.gateway import Group, Outcome
from tests.exchange import Exchange, arrest
from tests.running import Run
from tests.unit.cli.test_emit import lines

COMMAND = [sys.executable, "-m", "accord"]


def test_an_error_says_where_what_and_what_to_do(run: Run, tmp_path: Path) -> None:
    said = run("cases", "--home", tmp_path)
    first, advice = said.err.splitlines()
    assert first.startswith(f"accord: {tmp_path}: ")
    assert advice.startswith("    ")
    assert said.out == ""


def test_an_error_is_json_with_json(run: Run, tmp_path: Path) -> None:
    said = run("cases", "--json", "--home", tmp_path)
    assert said.error.keys() == {"error", "where", "message", "advice", "exit_code"}
    assert (said.code, said.error["exit_code"], said.error["error"]) == (2, 2, "UsageRefused")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nothing"],
        ["case"],
        ["cases", "too", "many"],
        ["cases", "--no-such-flag"],
        ["demo", "--cases", "x"],
        ["memorandum"],
        ["cases", "--hom", "x"],
    ],
)
def test_misuse_is_refused_with_where_to_look(run: Run, words: list[str]) -> None:
    said = run(*words)
    assert said.code == 2
    assert "--help" in said.err


def test_misuse_repeats_no_value(run: Run, tmp_path: Path) -> None:
    for words in (
        ["cases", "JaneDoe"],
        ["JaneDoe"],
        ["demo", "--example", "JaneDoe"],
        ["demo", "--cases", "JaneDoe"],
    ):
        said = run(*words)
        assert said.code == 2
        assert "JaneDoe" not in said.err


def test_verify_names_the_log_the_index_and_what_is_wrong(exchange: Exchange, run: Run) -> None:
    bundle = next(
        path
        for path in sorted((exchange.wire / "police").rglob("entries/*"))
        if path.is_file() or path.is_dir()
    )
    path = next(one for one in sorted([bundle, *bundle.rglob("*")]) if one.is_file())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    said = run("verify", "--home", exchange.home("advocacy"))
    assert said.code == 1
    assert said.out.startswith("police")
    found = run("verify", "--json", "--home", exchange.home("advocacy")).json
    assert found["verified"] is False
    assert found["faults"][0]["log"] == "police"
    assert found["faults"][0]["index"] is not None


def test_an_interruption_is_clean(exchange: Exchange, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def emit(self: Agency, groups: Iterator[Group]) -> Iterator[Outcome]:
        yield from ()
        raise KeyboardInterrupt

    monkeypatch.setattr(Agency, "emit", emit)
    said = run("emit", "--home", exchange.home("police"), stdin=lines(arrest("A2400010")))
    assert said.code == 130
    assert "interrupted" in said.err
    assert "Traceback" not in said.err


def test_the_command_in_a_process_of_its_own(exchange: Exchange) -> None:
    police = str(exchange.home("police"))
    emitted = subprocess.run(
        [*COMMAND, "emit", "-", "--home", police],
        input=lines(arrest("A2400010")),
        capture_output=True,
        check=False,
    )
    assert (emitted.returncode, emitted.stdout[:8]) == (0, b"accepted")
    environment = {**os.environ, "ACCORD_HOME": police}
    listed = subprocess.run([*COMMAND, "cases"], env=environment, capture_output=True, check=False)
    assert (listed.returncode, b"A2400001" in listed.stdout) == (0, True)
    refused = subprocess.run([*COMMAND, "case", "x", "--home", police], capture_output=True, check=False)
    assert (refused.returncode, refused.stdout, refused.stderr[:7]) == (2, b"", b"accord:")
    version = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=False)
    assert version.stdout == f"accord {__version__}\n"


def test_nobody_reads_the_output(exchange: Exchange, tmp_path: Path) -> None:
    path = tmp_path / "many.ndjson"
    path.write_bytes(lines(*(arrest(f"A24{number:05}") for number in range(100, 400))))
    process = subprocess.Popen(
        [*COMMAND, "emit", path, "--home", exchange.home("police")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert errors == b""


def test_a_real_interruption_leaves_a_home_that_works(exchange: Exchange, run: Run) -> None:
    police = exchange.home("police")
    process = subprocess.Popen(
        [*COMMAND, "emit", "-", "--home", str(police)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(lines(arrest("A2400010")))
    process.stdin.flush()
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert out == b""
    assert run("emit", "--home", police, stdin=lines(arrest("A2400010"))).code == 0
    assert run("verify", "--home", police).code == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_standard_stream_that_is_closed_takes_everything(exchange: Exchange, closed: str) -> None:
    words = [*COMMAND, "cases", "--home", str(exchange.home("police"))]
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) == (">&-" not in closed.replace("2>&-", ""))
