"""Where a process tells how it fares: at an address of either family."""

from __future__ import annotations

import socket
from http.client import HTTPConnection

import pytest

from accord.errors import Unready
from accord.web import HealthServer, Vitals


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_it_answers_at_its_address(host: str) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with HealthServer((host, 0), Vitals("projector")) as server:
        server.start()
        connection = HTTPConnection(host, server.port, timeout=5)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
        server.shutdown()


def test_an_address_that_cannot_be_had() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Unready, match="cannot listen"):
        HealthServer(("127.0.0.1", taken.getsockname()[1]), Vitals("projector"))
