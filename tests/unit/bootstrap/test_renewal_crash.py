"""A process that dies while it renews or adopts keys leaves a home that opens, and the same command goes on from there.

It is killed (SIGKILL, by itself) just before the file of each number takes its place.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from accord.bootstrap import verify_home
from accord.gateway import Accepted
from tests.exchange import Exchange, arrest, found
from tests.renewing import next_version

DYING = """
import os, signal, sys
from accord.cli import main

left = int(sys.argv[1])

def before(event, arguments):
    global left
    if event == "os.rename" and not str(arguments[1]).endswith(".db"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(before)
sys.exit(main(sys.argv[2:]))
"""


def killed(after: int, *words: object) -> bool:
    """Run a command that dies before the rename behind so many; whether it did."""
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(after), *map(str, words)], capture_output=True, timeout=60
    )
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    made = found(tmp_path_factory.mktemp("founded"), "police", "prosecutor")
    made.release()
    return made


def goes_on(exchange: Exchange) -> None:
    (outcome,) = exchange.emit("police", arrest())
    assert isinstance(outcome, Accepted)
    exchange.sync_all()
    for slug in exchange.slugs:
        assert list(verify_home(exchange.agency(slug))) == []
    exchange.release()


def test_renewing(founded: Exchange, tmp_path: Path) -> None:
    deaths = 0
    while True:
        exchange = founded.copy(tmp_path / f"{deaths}")
        home = exchange.home("police")
        died = killed(deaths, "keys", "renew", "--after", "0", "--home", home)
        if not died:
            break
        assert not (home / "renewal.json").exists()  # so far nobody knows, and nothing waits
        assert isinstance(exchange.emit("police", arrest("A2400009"))[0], Accepted)
        version = next_version(exchange, exchange.agency("police").renew_keys(0))
        for slug in exchange.slugs:
            exchange.agency(slug).adopt(*version)
        goes_on(exchange)
        assert len(exchange.agency("police").own_rows) == 2
        exchange.release()
        deaths += 1
    assert deaths == 3  # two keys and the card


def test_adopting(founded: Exchange, tmp_path: Path) -> None:
    renewed = founded.copy(tmp_path / "renewed")
    version = next_version(renewed, renewed.agency("police").renew_keys(0))
    renewed.agency("prosecutor").adopt(*version)
    renewed.release()
    path = renewed.root / "memorandum-2.toml"
    deaths = 0
    while True:
        exchange = renewed.copy(tmp_path / f"{deaths}")
        died = killed(deaths, "memorandum", "adopt", path, "--home", exchange.home("police"))
        size = exchange.agency("police").log.size
        exchange.agency("police").adopt(*version)
        assert exchange.agency("police").log.size == size + died
        goes_on(exchange)
        if not died:
            break
        deaths += 1
    assert deaths == 3  # clauses, signatures, text
