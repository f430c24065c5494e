"""Addresses as they are written at a command line; a process that is told to stop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from accord.bootstrap import address_of, stop_by_signals
from accord.cli import main
from accord.errors import UsageRefused


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8443", ("127.0.0.1", 8443)),
        ("court.example:0", ("court.example", 0)),
        ("[::1]:65535", ("::1", 65535)),
        ("::1:80", ("::1", 80)),
    ],
)
def test_an_address(text: str, address: tuple[str, int]) -> None:
    assert address_of(text, "--listen") == address


NONE = [
    "",
    ":",
    "8443",
    ":8443",
    "[]:8443",
    "host",
    "host:",
    "host:65536",
    "host:-1",
    "host:8443x",
    "host:\u0661",
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_address_is_refused_where_it_was_said(text: str) -> None:
    with pytest.raises(UsageRefused, match="--serve: not a host and a port"):
        address_of(text, "--serve")


def test_a_command_refuses_an_address_without_a_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--listen", ":8443", "--home", "nowhere"]) == UsageRefused.exit_code
    assert "not a host and a port" in capsys.readouterr().err


@pytest.fixture
def handlers() -> Iterator[None]:
    """Puts the handlers back that the tests run with."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("handlers")
def test_a_signal_says_stop_as_often_as_it_comes(number: signal.Signals) -> None:
    stop = threading.Event()
    stop_by_signals(stop.set)
    for _ in range(2):
        os.kill(os.getpid(), number)
        assert stop.wait(5)
