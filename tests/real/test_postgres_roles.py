"""What each login of an agency may do in its database, with the SQL that is shipped: not more, and enough."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from accord.bootstrap import Settings, opened, prepare_stores, verify_home
from accord.errors import HomeLocked, Unready
from accord.gateway import Submission
from accord.projection import digest
from services import gateway, projector
from tests.exchange import Exchange, arrest, microseconds, referral, unadopted, vocabulary
from tests.real.killing import scratch
from tests.real.postgres import Server
from tests.running import Run, runner
from tests.shared_data import REPOSITORY

FOLDER = REPOSITORY / "deploy" / "postgres"
AGENCIES = ("police", "prosecutor")


def psql(postgres: Server, script: str, agency: str, url: str) -> None:
    """Run a script as its head says."""
    command = [postgres.programs / "psql", "-X", "-q", "-v", f"agency={agency}", "-f", FOLDER / script, url]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def made(postgres: Server) -> Iterator[Exchange]:
    """Police and prosecutor, each with a database and four logins as shipped, with a case between them."""
    for slug in AGENCIES:
        psql(postgres, "roles.sql", slug, postgres.url())
    with scratch() as root:
        exchange = unadopted(root, *AGENCIES, stores=lambda slug: owner_of(postgres, slug))
        for slug in AGENCIES:
            prepare_stores(Settings.read(exchange.home(slug)))
            psql(postgres, "grants.sql", slug, owner_of(postgres, slug))
            with opened(
                as_login(exchange, postgres, slug, "publisher"), {}, vocabulary=vocabulary()
            ) as agency:
                agency.adopt(exchange.text, exchange.clauses, exchange.signatures)
            shutil.copytree(
                root / f"{slug}-publisher" / "memorandum", root / slug / "memorandum", dirs_exist_ok=True
            )
        emit(exchange, postgres, arrest(), referral())
        work(exchange, postgres)
        yield exchange
    postgres.drop(*(f"accord_{slug}" for slug in AGENCIES))
    for slug in AGENCIES:
        for role in ("owner", "publisher", "projector", "reader"):
            postgres.ask(f"DROP ROLE accord_{slug}_{role}")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def as_login(made: Exchange, postgres: Server, slug: str, role: str) -> Path:
    """The agency's home, used by one of its logins."""
    home = made.root / f"{slug}-{role}"
    if not home.exists():
        shutil.copytree(made.home(slug), home)
    settings = replace(Settings.read(home), store=postgres.url(f"accord_{slug}", f"accord_{slug}_{role}"))
    if role == "reader":
        settings = replace(settings, clock=microseconds(datetime(2025, 4, 1, tzinfo=UTC)))
    settings.write()
    return home


def owner_of(postgres: Server, slug: str) -> str:
    return postgres.url(f"accord_{slug}", f"accord_{slug}_owner")


def emit(made: Exchange, postgres: Server, *events: Submission) -> None:
    """Leave events for the gateway of the police."""
    inbox = as_login(made, postgres, "police", "publisher") / "inbox"
    inbox.mkdir(exist_ok=True)
    said = [
        {"source": one.source, "id": one.id, "type": one.type, "subject": one.subject, "data": one.data}
        for one in events
    ]
    (inbox / f"{said[0]['id']}.ndjson").write_text("".join(json.dumps(one) + "\n" for one in said))


def work(made: Exchange, postgres: Server) -> None:
    """Every agency's gateway and projector take their turns, each under its own login."""
    for _ in range(4):
        for slug in AGENCIES:
            for role, process in (("publisher", gateway.PROCESS), ("projector", projector.PROCESS)):
                asked, home = process.parser().parse_args([]), as_login(made, postgres, slug, role)
                with process.turns(asked) as turn, opened(home, {}, vocabulary=vocabulary()) as agency:
                    turn(agency, lambda: False)


def refused(postgres: Server, role: str, *statements: str) -> None:
    """None of these is allowed to a login of the police in its own database."""
    with psycopg.connect(
        postgres.url("accord_police", f"accord_police_{role}"), autocommit=True
    ) as connection:
        for one in statements:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(one.encode())


# ---- Enough ----


def test_gateway_and_projector_do_their_work_under_their_own_logins(made: Exchange, postgres: Server) -> None:
    emit(made, postgres, arrest("A2400007"))
    work(made, postgres)
    done = as_login(made, postgres, "police", "publisher") / "done"
    assert '"receipt"' in (done / "arrest-A2400007.receipts.ndjson").read_text()
    for slug in AGENCIES:
        with opened(as_login(made, postgres, slug, "projector"), {}, vocabulary=vocabulary()) as agency:
            kinds = "SELECT kind, COUNT(*) FROM event WHERE origin = 'police' GROUP BY kind"
            counted = dict(agency.projection.db.query(kinds))
            assert counted == {"ArrestMade": 1 + (slug == "police"), "CaseReferred": 1}
            assert not list(verify_home(agency))
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'projection'"
    assert postgres.ask(owners, database="accord_police") == [("accord_police_projector",)]


def test_who_asks_gets_every_answer_under_the_login_that_only_reads(
    made: Exchange, postgres: Server, run: Run
) -> None:
    home = as_login(made, postgres, "police", "reader")
    for words in (["cases"], ["case", "A2400001"], ["overdue"], ["digest"], ["verify"]):
        said = run(*words, "--home", home, "--json")
        assert said.code == 0, (words, said.err, said.out)
    assert len(run("cases", "--home", home, "--json").json["cases"]) >= 1
    done = (made.root / "police-publisher" / "done").glob("*.receipts.ndjson")
    kept = [
        json.dumps(json.loads(line)["receipt"]) for file in done for line in file.read_text().splitlines()
    ]
    assert kept
    checked = run("verify", "--json", "--receipt", "-", "--home", home, stdin="\n".join(kept).encode())
    assert checked.code == 0, checked.out
    assert all(one["event_seen"] for one in checked.json["receipts"])


@pytest.mark.parametrize("words", [("cases",), ("case", "A2400001"), ("overdue",)])
def test_a_login_that_may_not_read_is_told_so(
    made: Exchange, postgres: Server, run: Run, words: tuple[str, ...]
) -> None:
    said = run(*words, "--home", as_login(made, postgres, "police", "publisher"))
    assert said.code == 3
    assert "this login sees no such table: it may not" in said.err


def test_the_projection_is_built_anew_by_the_projector_and_read_by_the_reader(
    made: Exchange, postgres: Server
) -> None:
    home = as_login(made, postgres, "police", "projector")
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        agency.receive()
        before = digest(agency.projection)
    postgres.ask("UPDATE projection.feed SET definition = 'another'", database="accord_police")
    reading = as_login(made, postgres, "police", "reader")
    with (
        opened(reading, {}, write=False, vocabulary=vocabulary()) as agency,
        pytest.raises(HomeLocked, match="only reads"),
    ):
        _ = agency.projection
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        assert digest(agency.projection) == before
    with opened(reading, {}, write=False, vocabulary=vocabulary()) as agency:
        assert digest(agency.projection) == before


# ---- Not more ----


def test_the_reader_writes_nothing_but_its_reads_and_sees_no_secret(made: Exchange, postgres: Server) -> None:
    refused(
        postgres,
        "reader",
        "SELECT secret FROM store.file",
        "SELECT secret FROM store.pair_key",
        "SELECT * FROM store.outbox_key",
        "SELECT held FROM store.waiting",
        "SELECT secret FROM replica.ring",
        "SELECT pair_key FROM replica.origin",
        "INSERT INTO store.progress (name, value) VALUES ('x', 1)",
        "UPDATE store.writer SET epoch = epoch + 1",
        "DELETE FROM store.stored_events",
        "INSERT INTO replica.dark (pos, told) VALUES (1, 1)",
        "UPDATE projection.feed SET position = 0",
        "DELETE FROM projection.event",
        "DROP TABLE projection.event",
        "UPDATE reads.stored_events SET state = ''",
        "DELETE FROM reads.stored_events",
        "CREATE TABLE projection.more (a INTEGER)",
        "CREATE TABLE public.more (a INTEGER)",
        "CREATE TEMPORARY TABLE more (a INTEGER)",
        "CREATE SCHEMA more",
    )


def test_a_reader_that_would_write_is_told_so(made: Exchange, postgres: Server) -> None:
    home = as_login(made, postgres, "police", "reader")
    with pytest.raises(HomeLocked, match="only reads"), opened(home, {}, vocabulary=vocabulary()):
        pass
    with (
        opened(home, {}, write=False, vocabulary=vocabulary()) as agency,
        pytest.raises(Unready, match="login"),
    ):
        agency.store.query("SELECT secret FROM file")


@pytest.mark.parametrize("role", ["publisher", "projector", "reader"])
def test_no_process_changes_or_removes_what_is_in_a_log(made: Exchange, postgres: Server, role: str) -> None:
    tables = (
        "store.stored_events",
        "store.log_node",
        "store.log_head",
        "replica.entry",
        "replica.feed",
        "reads.stored_events",
    )
    for table in tables:
        column = {"store.log_node": "hash", "store.log_head": "note", "replica.feed": "what"}.get(
            table, "leaf"
        )
        refused(
            postgres,
            role,
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"DROP TABLE {table}",
        )
    refused(
        postgres, role, "TRUNCATE store.stored_events", "ALTER TABLE store.stored_events ADD COLUMN more TEXT"
    )


def test_the_publisher_has_no_projection_and_the_projector_not_what_waits(
    made: Exchange, postgres: Server
) -> None:
    refused(
        postgres,
        "publisher",
        "SELECT * FROM projection.event",
        "INSERT INTO replica.entry VALUES (1, '', '')",
    )
    refused(
        postgres,
        "projector",
        "SELECT * FROM store.waiting",
        "SELECT * FROM store.matter",
        "SELECT * FROM store.event",
    )


def test_another_agencys_login_does_not_even_connect(made: Exchange, postgres: Server) -> None:
    for role in ("owner", "publisher", "projector", "reader"):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(postgres.url("accord_police", f"accord_prosecutor_{role}"))
    home = as_login(made, postgres, "police", "reader")
    replace(Settings.read(home), store=postgres.url("accord_police", "accord_prosecutor_reader")).write()
    with pytest.raises(Unready), opened(home, {}, write=False):
        pass


def test_without_the_owner_a_store_is_not_made_and_the_command_that_makes_it_is_named(
    made: Exchange, postgres: Server, run: Run
) -> None:
    psql(postgres, "roles.sql", "court", postgres.url())
    home = made.root / "court"
    replace(Settings.read(home), store=postgres.url("accord_court", "accord_court_publisher")).write()
    said = run("store", "prepare", "--home", home)
    assert (said.code, "owner's login" in said.err) == (3, True), said
    owner = owner_of(postgres, "court")
    for _ in range(2):
        assert run("store", "prepare", "--home", home, "--store", owner, "--json").json == {"prepared": True}
    psql(postgres, "grants.sql", "court", owner)
    psql(postgres, "grants.sql", "court", owner)
    with opened(home, {}, vocabulary=vocabulary()) as agency:
        assert agency.adopt(made.text, made.clauses, made.signatures)
    postgres.drop("accord_court")
    for role in ("owner", "publisher", "projector", "reader"):
        postgres.ask(f"DROP ROLE accord_court_{role}")
