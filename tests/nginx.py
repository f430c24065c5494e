"""nginx with the project's own configuration, its paths and port put in; started by a test and stopped by it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from accord.adapters.https import Identity
from tests.ports import free_port
from tests.shared_data import REPOSITORY

CONFIGURATION = REPOSITORY / "deploy" / "nginx" / "accord.conf"


def needed(program: str) -> str:
    """The path of a program; the test is skipped where it is not there, and on the build server fails."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"needs {program}")
        pytest.skip(f"needs {program}")
    return found


def configured(root: Path, identity: Identity, port: int, run: Path) -> str:
    """The configuration as shipped, with this folder, these certificates and this port."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    for shipped, here in {
        "listen [::]:8443 ssl;": "",
        "listen 8443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/accord/tls/agency.pem": str(identity.certificate),
        "/etc/accord/tls/agency.key": str(identity.key),
        "/etc/accord/tls/authority.pem": str(identity.authority),
        "/var/lib/accord/home/wire": str(root),
        "/run/accord-nginx": str(run),
        "/var/log/accord-nginx": str(run),
    }.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    return text + ("" if os.geteuid() else "\nuser root;\n")  # a worker of the tests' own user


@contextmanager
def served_by_nginx(root: Path, identity: Identity, port: int | None = None) -> Iterator[str]:
    """The address of an nginx that serves a folder."""
    program, port = needed("nginx"), port or free_port()
    with tempfile.TemporaryDirectory(prefix="accord-nginx-") as name:
        run = Path(name)
        (run / "nginx.conf").write_text(configured(root, identity, port, run), encoding="utf-8")
        words = [
            program,
            "-p",
            name,
            "-c",
            str(run / "nginx.conf"),
            "-e",
            str(run / "start.log"),
            "-g",
            "daemon off;",
        ]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            try:
                _wait(port, process, run)
                yield f"https://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes], run: Path) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
            assert time.monotonic() < until, (run / "start.log").read_text()
            time.sleep(0.02)
