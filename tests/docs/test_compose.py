"""docker-compose.yml: compose takes it, and all that it names is in this repository. tests/real/test_trial.py runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from accord.bootstrap import address_of
from accord.cli import build
from accord.memorandum import Memorandum
from accord.schema import Vocabulary
from services import beat
from tests.docs.compose import DEPLOY, FILE, mounts, services, words
from tests.docs.documents import REPOSITORY

WHOLE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
ALL = services()
PROCESSES = {name: one for name, one in ALL.items() if "services." in " ".join(words(one))}
SCRIPTS = sorted((DEPLOY / "trial").glob("*.sh"))


def of_image(name: str) -> dict[str, Any]:
    return {key: one for key, one in ALL.items() if one["image"].startswith(name)}


def test_it_is_a_compose_file() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", FILE], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_volume_is_named_and_every_path_is_in_the_checkout() -> None:
    named = {source for one in ALL.values() for source, _ in mounts(one)}
    paths = {source for source in named if source.startswith(".")}
    assert named - paths == WHOLE["volumes"].keys()
    for one in paths:
        assert (REPOSITORY / one).exists(), one
    build_ = ALL["police-gateway"]["build"]
    assert (REPOSITORY / build_["context"] / build_["dockerfile"]).is_file()


def test_whoever_is_waited_for_is_there_and_can_be_waited_for() -> None:
    for name, one in ALL.items():
        for other, how in one.get("depends_on", {}).items():
            assert other in ALL, f"{name} waits for {other}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in ALL[other], other
            else:
                assert how["condition"] == "service_completed_successfully"
                assert "restart" not in ALL[other], f"{other} never ends"


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_given_words_that_it_understands(name: str) -> None:
    python, dash, module, *rest = words(PROCESSES[name])
    assert (python, dash) == ("python", "-m")
    assert find_spec(module) is not None
    asked = beat.words("process", "").parse_args(rest)
    host, port = address_of(asked.listen, "--listen")
    assert f"http://{host}:{port}/healthz" in PROCESSES[name]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_has_its_own_home_login_and_secrets(name: str) -> None:
    agency, process = name.split("-")
    login = {"gateway": "publisher", "projector": "projector"}[process]
    assert process in words(PROCESSES[name])[2]
    assert PROCESSES[name]["environment"] == {
        "ACCORD_HOME": f"/homes/{agency}",
        "ACCORD_PASSPHRASE_FILE": f"/secrets/{agency}/passphrase",
        "PGUSER": f"accord_{agency}_{login}",
        "PGPASSFILE": f"/secrets/{agency}/{login}.pgpass",
    }
    volumes = {source for source, _ in mounts(PROCESSES[name]) if not source.startswith(".")}
    assert volumes == {f"{agency}-home", f"{agency}-secrets"}


def test_there_are_three_agencies_and_the_agreement_is_theirs() -> None:
    agencies = WHOLE["x-names"]["AGENCIES"].split()
    vocabulary = Vocabulary.load(REPOSITORY / "schemas")
    memorandum = Memorandum.parse((DEPLOY / "trial" / "memorandum.toml").read_bytes(), vocabulary)
    assert list(memorandum.agencies) == agencies
    assert {name.split("-")[0] for name in PROCESSES} == set(agencies)
    assert len(PROCESSES) == 6


def test_no_password_stands_in_it() -> None:
    for name, one in ALL.items():
        for key, value in one.get("environment", {}).items():
            secret = re.search("PASS|SECRET|TOKEN|KEY", key)
            assert secret is None or key in ("SECRETS",) or str(value).startswith("/"), f"{name}: {key}"


def test_a_script_needs_nothing_that_its_service_does_not_give() -> None:
    for name, one in ALL.items():
        for script in (DEPLOY / "trial" / Path(word).name for word in words(one) if word.endswith(".sh")):
            needed = set(re.findall(r"\$\{(\w+):\?\}", script.read_text()))
            assert needed
            assert needed <= one["environment"].keys(), f"{name}: {needed - one['environment'].keys()}"


def test_scripts_are_shell_and_their_accord_commands_can_be_typed() -> None:
    typed = 0
    for script in SCRIPTS:
        assert os.access(script, os.X_OK), script.name
        shell = script.read_text().splitlines()[0].removeprefix("#!")
        assert subprocess.run([shell, "-n", script]).returncode == 0
        text = script.read_text().replace("\\\n", " ")
        for line in re.findall(r"(?<![\w/])accord ((?:[a-z]+ )+[^|;\n]*)", re.sub(r"#.*", "", text)):
            arguments = [word for word in line.replace('"', "").split() if word != "$@"]
            if arguments[:2] == ["memorandum", "enrol"]:
                arguments.append("card.json")
            _, rest = build().parse_known_args(arguments)
            assert rest == [], line
            typed += 1
    assert typed >= 7


def test_the_head_of_the_file_names_services_and_scripts_that_exist() -> None:
    named = re.findall(r"docker compose exec (\S+) sh /opt/accord/trial/(\S+)", FILE.read_text())
    assert len(named) == 2
    for service, script in named:
        assert service in PROCESSES
        assert (DEPLOY / "trial" / script).is_file()


def test_the_image_has_what_the_services_need() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    assert "accord-exchange[kafka,postgres]" in text
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for one in source.split():
            assert (REPOSITORY / one).exists(), one
            assert f"!{one}" in (REPOSITORY / ".dockerignore").read_text().split(), one
    uid = re.search(r"--uid (\d+)", text)
    assert uid is not None
    assert ALL["secrets"]["environment"]["ACCORD_USER"] == ALL["grants"]["user"] == f"{uid[1]}:{uid[1]}"


def test_the_broker_runs_the_shipped_settings_at_the_name_of_its_container() -> None:
    kafka = ALL["kafka"]
    settings = (REPOSITORY / "deploy" / "kafka" / "server.properties").read_text()
    inside = {target for _, target in mounts(kafka)}
    for key in ("ssl.keystore.location", "ssl.truststore.location"):
        place = re.search(rf"^{key}=(.+)$", settings, re.MULTILINE)
        assert place is not None
        assert str(Path(place[1]).parent) in inside
        assert Path(place[1]).name in (DEPLOY / "trial" / "secrets.sh").read_text()
    edits = re.findall(r"s\|\^([a-z.]+)=", (DEPLOY / "trial" / "broker.sh").read_text())
    assert edits == ["advertised.listeners", "log.dirs"]
    for one in edits:
        assert re.search(rf"^{one}=", settings, re.MULTILINE), one
    host, port = kafka["environment"]["KAFKA"].split(":")
    assert host == kafka["hostname"] == "kafka"
    assert f"CLIENTS://:{port}" in settings
    assert WHOLE["x-names"]["KAFKA"] == f"{host}:{port}"
