"""A PostgreSQL server of our own, from the binaries that pgserver brings; on 127.0.0.1, and gone when the tests are.

    with server() as running:
        url = running.database("accord_police")

The server trusts whoever connects, unless `strict`: then everybody but the superuser shows a password.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.ports import free_port

_SETTINGS = {
    "shared_buffers": "64MB",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "tcp_keepalives_idle": "10",
    "logging_collector": "off",
}


def _binaries() -> Path:
    """The folder of PostgreSQL's programs; skips where pgserver is not installed, and fails on the build server."""
    found = find_spec("pgserver")  # not imported: it would make users and folders
    if found is None or found.origin is None:
        message = "needs PostgreSQL: pip install pgserver"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return Path(found.origin).parent / "pginstall" / "bin"


@dataclass
class Server:
    """A running server; `root` is its folder, `port` where it listens on 127.0.0.1."""

    root: Path
    programs: Path
    port: int
    user: str | None
    process: subprocess.Popen[bytes] | None = None
    made: int = 0
    databases: set[str] = field(default_factory=set)

    def url(self, database: str = "postgres", login: str = "postgres") -> str:
        """How to reach a database as some login."""
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.root / "data"), "-p", str(self.port)]
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen([*command, *settings], stdout=log, stderr=log, user=self.user)
        self.wait()

    def wait(self) -> None:
        """Wait until it answers; start it again if it has ended."""
        if self.process is None or self.process.poll() is not None:
            self.start()
            return
        until = time.monotonic() + 30
        while True:
            try:
                self.ask("SELECT 1")
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.root / "log").read_text()[-2000:]
                assert time.monotonic() < until, (self.root / "log").read_text()[-2000:]
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT ends every session at once, SIGQUIT is a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
        self.process = None

    def ask(self, question: str, *arguments: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Put a question as the superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(question.encode(), arguments or None)
            return found.fetchall() if found.description else []

    def database(self, name: str | None = None, *, like: str = "template0") -> str:
        """A new database, a copy of another; returns its URL."""
        self.made += 1
        name = name or f"accord_{self.made}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(like)
        )
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)
        self.databases.add(name)
        return self.url(name)

    def drop(self, *names: str) -> None:
        """Drop databases, whoever is connected to them."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for name in names:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
                self.databases.discard(name)


@contextmanager
def server(where: Path | None = None) -> Iterator[Server]:
    """A server in a new folder, in memory where there is one."""
    programs, memory = _binaries(), Path("/dev/shm")
    parent = where or (memory if os.access(memory, os.W_OK) else None)
    root = Path(tempfile.mkdtemp(prefix="accord-postgres-", dir=parent))
    user = "nobody" if os.geteuid() == 0 else None  # the server refuses to be run by root
    running = Server(root, programs, free_port(), user)
    try:
        if user is not None:
            shutil.chown(root, user)
            root.chmod(0o700)
            running.programs = _reachable(programs, root, user)
        _initialise(running)
        running.start()
        yield running
    finally:
        running.stop()
        with suppress(FileNotFoundError):
            shutil.rmtree(root)


def _reachable(programs: Path, root: Path, user: str) -> Path:
    """The programs, copied where another user may run them if it may not do so where they are."""
    try:
        subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, user=user, cwd="/", check=True
        )
        return programs
    except (OSError, subprocess.CalledProcessError):
        for part in (
            programs.parent,
            *programs.parents[2].glob("pgserver.libs"),
        ):  # and its libraries beside it
            shutil.copytree(part, root / "site" / part.relative_to(programs.parents[2]))
        return root / "site" / programs.relative_to(programs.parents[2])


def _initialise(running: Server) -> None:
    command = [
        str(running.programs / "initdb"),
        *("-D", str(running.root / "data"), "-U", "postgres", "--auth=trust"),
        *("--encoding=UTF8", "--locale=C", "--no-sync"),
    ]
    done = subprocess.run(command, capture_output=True, user=running.user, cwd="/")
    assert done.returncode == 0, done.stderr.decode()
