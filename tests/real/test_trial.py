"""What docker-compose.yml starts, without containers: its commands and variables, on a real Kafka and a real PostgreSQL.

The programs, scripts and settings are those of the file; only paths, addresses and the owners of files are this machine's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.docs.compose import Disks, services, words
from tests.real.broker import Broker
from tests.real.kafka_world import GROUP, broker_or_skip
from tests.real.killing import scratch
from tests.real.postgres import Server, server
from tests.shared_data import REPOSITORY

pytestmark = GROUP
FOUNDING = ("secrets", "homes", "grants", "agreement")
AGENCIES = ("police", "prosecutor", "advocacy")
PASSWORDS = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


class Trial:
    """The disks, the database server, and the broker once it has its certificates."""

    def __init__(self, root: Path, postgres: Server) -> None:
        self.disks = Disks(root, *FOUNDING)
        self.postgres = postgres
        self.kafka = "127.0.0.1:0"

    def run(self, name: str, *command: str) -> str:
        """Run a service's command, or another in its place; returns what it printed."""
        service = services()[name]
        typed = [self.disks.here(word) for word in command or words(service)]
        done = subprocess.run(
            typed, cwd=REPOSITORY, env=self._environment(name), capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        return done.stdout

    def turn(self, name: str) -> str:
        """One turn of an agency's process."""
        module = services()[name]["command"][2]
        return self.run(name, sys.executable, "-m", module, "--once", "--log", "json")

    def _environment(self, name: str) -> dict[str, str]:
        said = {key: self.disks.here(str(value)) for key, value in services()[name]["environment"].items()}
        user = f"{os.getuid()}:{os.getgid()}"
        said |= {key: user for key in said if key in ("ACCORD_USER", "KAFKA_USER", "DATABASE_USER")}
        said |= {"KAFKA": self.kafka, "POSTGRES": f"127.0.0.1:{self.postgres.port}"}
        path = (Path(sys.executable).parent, os.environ["PATH"], self.postgres.programs)
        connection = {"PGHOST": "127.0.0.1", "PGPORT": str(self.postgres.port)} if name == "postgres" else {}
        return {"PATH": os.pathsep.join(map(str, path)), "HOME": str(self.disks.root), **said, **connection}


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    """The trial, founded twice over, as `docker compose up` does when it is given again."""
    with scratch() as root, server() as postgres:
        made = Trial(root, postgres)
        made.run("secrets")
        made.run("postgres", "sh", str(REPOSITORY / "deploy" / "trial" / "databases.sh"))
        (postgres.root / "data" / "pg_hba.conf").write_text(PASSWORDS)
        postgres.ask("SELECT pg_reload_conf()")
        broker: Broker = broker_or_skip(root / "kafka", root / "broker")
        with broker:
            made.kafka = broker.server
            for name in ("homes", "grants", "agreement", "secrets", "agreement"):
                made.run(name)
            yield made


def test_an_arrest_goes_from_the_police_to_the_prosecutor(trial: Trial) -> None:
    trial.run("police-gateway", "sh", "/opt/accord/trial/arrest.sh")
    trial.turn("police-gateway")
    for agency in AGENCIES:
        trial.turn(f"{agency}-projector")
    done = trial.disks.root / "homes" / "police" / "done" / "trial.receipts.ndjson"
    said = done.read_text()
    assert [list(json.loads(line)) for line in said.splitlines()] == 2 * [["receipt", "row"]], said
    for agency in AGENCIES:
        said = trial.run(f"{agency}-projector", "sh", "/opt/accord/trial/cases.sh")
        assert "police" in said, agency
        assert ("A2600104" in said) is (agency != "advocacy"), agency


def test_a_login_needs_its_password(trial: Trial) -> None:
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(trial.postgres.url("accord_police", "accord_police_publisher"))


def test_an_agency_has_its_own_secrets_and_nobody_elses(trial: Trial) -> None:
    for agency in AGENCIES:
        folder = trial.disks.root / "secrets" / agency
        assert {path.name for path in folder.iterdir()} == {
            "authority.pem",
            f"{agency}.pem",
            f"{agency}.key",
            "passphrase",
            "publisher.pgpass",
            "projector.pgpass",
            "reader.pgpass",
        }
        assert folder.stat().st_mode & 0o77 == 0
        for path in folder.iterdir():
            private = path.suffix != ".pem"
            assert not private or path.stat().st_mode & 0o77 == 0, path.name
    assert not (trial.disks.root / "broker" / "authority.key").exists()
