"""The systemd units: systemd takes them without a word, and what they start is there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from accord.cli import build
from services import beat, gateway, projector
from tests.docs.documents import REPOSITORY
from tests.nginx import needed

FOLDER = REPOSITORY / "deploy" / "systemd"
UNITS = sorted(path for path in FOLDER.rglob("*") if path.is_file())
PROGRAMS = "/opt/accord/venv/bin"
_STARTS = re.compile(r"^ExecStart=(.+)$", re.MULTILINE)


def test_systemd_has_nothing_to_say_of_them(tmp_path: Path) -> None:
    program = needed("systemd-analyze")
    folder = tmp_path / "units"
    shutil.copytree(FOLDER, folder)
    for path in (path for path in folder.rglob("*") if path.is_file()):
        text = path.read_text().replace(PROGRAMS, str(Path(sys.executable).parent))
        path.write_text(text.replace("/usr/sbin/nginx", sys.executable))
    names = [path for path in sorted(folder.iterdir()) if path.is_file()]
    done = subprocess.run([program, "verify", "--man=no", *names], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def started(path: Path) -> list[str]:
    return [line for line in _STARTS.findall(path.read_text()) if line.startswith(PROGRAMS)]


@pytest.mark.parametrize("path", [one for one in UNITS if started(one)], ids=lambda one: one.name)
def test_what_a_unit_starts_can_be_started(path: Path) -> None:
    for line in started(path):
        program, *rest = shlex.split(line.removeprefix(f"{PROGRAMS}/"))
        if program == "accord":
            _, unknown = build().parse_known_args(rest)
            assert unknown == []
            continue
        assert (program, rest[0]) == ("python", "-m")
        assert (REPOSITORY / rest[1].replace(".", "/")).with_suffix(".py").is_file()
        known = {one.name: one.parser() for one in (gateway.PROCESS, projector.PROCESS)}
        parser = known.get(rest[1].removeprefix("services.")) or beat.words(rest[1], "")
        parser.add_argument("--serve")  # services/wire.py's own
        parser.parse_args(rest[2:])


def test_no_secret_is_in_a_variable() -> None:
    for path in UNITS:
        assert "ACCORD_PASSPHRASE=" not in path.read_text()
        assert "PGPASSWORD" not in path.read_text()
        assert "EnvironmentFile" not in path.read_text()


def test_every_login_is_one_that_postgresql_is_told_of() -> None:
    roles = (REPOSITORY / "deploy" / "postgres" / "roles.sql").read_text()
    logins = [name for path in UNITS for name in re.findall(r"PGUSER=accord_police_(\w+)", path.read_text())]
    assert sorted(logins) == ["projector", "publisher", "reader"]
    for one in logins:
        assert f"\\set {one} accord_" in roles


def test_every_unit_is_in_the_readme() -> None:
    said = (REPOSITORY / "deploy" / "README.md").read_text()
    for path in UNITS:
        assert path.parent.name in said if path.suffix == ".conf" else path.stem in said, path.name
