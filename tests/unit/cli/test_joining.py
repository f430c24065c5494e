"""An agency joins an exchange that is at work, by the second version of its memorandum, as deploy/RUNBOOK.md says."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.running import Run
from tests.shared_data import REPOSITORY

FOUNDERS = ("police", "prosecutor", "advocacy")
DRAFT = REPOSITORY / "deploy" / "trial" / "memorandum.toml"


def arrest(source: str, number: str) -> bytes:
    """An arrest and its referral to the prosecutor."""
    made = {"occurred_on": "2026-01-15", "occurred_at": "2026-01-15T21:40:00-07:00", "arrest_number": number}
    sent = {"occurred_on": "2026-01-16", "to_agency": "prosecutor", "purpose": "charging_decision"}
    events = (
        ("ArrestMade", f"{number}/1", {**made, "arrest_kind": "on_view", "offenses": ["assault"]}),
        ("CaseReferred", f"{number}/2", {**sent, "case_numbers": [], "arrest": {"id": f"{number}/1"}}),
    )
    lines = (
        {"source": source, "subject": number, "type": kind, "id": name, "data": data}
        for kind, name, data in events
    )
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


class Exchange:
    """Homes below a folder, and the drafts beside them."""

    def __init__(self, root: Path, run: Run) -> None:
        self._root, self._run = root, run
        shutil.copy(DRAFT, root / "m1.toml")
        shutil.copy(DRAFT.with_suffix(".md"), root / "m1.md")

    def typed(self, *words: object, stdin: bytes = b"") -> str:
        said = self._run(*words, stdin=stdin)
        assert said.code == 0, said.err
        return said.out

    def at(self, slug: str, *words: object, stdin: bytes = b"") -> str:
        return self.typed(*words, "--home", self._root / slug, stdin=stdin)

    def sync(self, *slugs: str) -> None:
        for slug in slugs:
            self.at(slug, "sync")

    def agree(self, name: str, newcomers: tuple[str, ...], members: tuple[str, ...]) -> None:
        """Homes and cards of the newcomers, everybody's signature, and adoption by those who were there before."""
        draft = self._root / name
        for slug in newcomers:
            self.typed("init", self._root / slug, "--memorandum", draft, "--agency", slug)
        cards = [self._root / slug / "enrolment.json" for slug in newcomers]
        self.typed("memorandum", "enrol", draft, *cards)
        for slug in members:
            self.at(slug, "memorandum", "sign", draft)

    def adopt(self, name: str, *slugs: str) -> None:
        for slug in slugs:
            self.at(slug, "memorandum", "adopt", self._root / name)

    def second_version(self) -> None:
        """The same agreement, with the sheriff in it."""
        first = (self._root / "m1.toml").read_bytes()
        text = first.decode().replace(
            'version = 1\nprevious = ""',
            f'version = 2\nprevious = "{hashlib.sha256(first).hexdigest()}"',
        )
        text = text.replace(
            "[witness]", '[[agency]]\nslug = "sheriff"\nrole = "law_enforcement"\n\n[witness]', 1
        )
        (self._root / "m2.toml").write_text(text)
        shutil.copy(self._root / "m1.md", self._root / "m2.md")


@pytest.fixture
def exchange(tmp_path: Path, run: Run) -> Exchange:
    made = Exchange(tmp_path, run)
    made.agree("m1.toml", FOUNDERS, FOUNDERS)
    made.adopt("m1.toml", *FOUNDERS)
    made.at("police", "emit", stdin=arrest("/police", "A2600104"))
    made.sync(*FOUNDERS)
    return made


def test_a_newcomer_publishes_reads_and_verifies_what_was_there_before(exchange: Exchange) -> None:
    exchange.second_version()
    everybody = (*FOUNDERS, "sheriff")
    exchange.agree("m2.toml", ("sheriff",), everybody)
    exchange.adopt("m2.toml", *FOUNDERS)
    exchange.sync(*FOUNDERS)
    exchange.adopt("m1.toml", "sheriff")  # what was written before is under the first version
    exchange.adopt("m2.toml", "sheriff")
    exchange.sync("sheriff", *FOUNDERS)
    exchange.at("sheriff", "emit", stdin=arrest("/sheriff", "A2600105"))
    exchange.at("police", "emit", stdin=arrest("/police", "A2600106"))
    exchange.sync("police", "sheriff", "prosecutor", "advocacy", *everybody)
    assert exchange.at("prosecutor", "cases", "--json").count('"sheriff"') == 1
    assert len(json.loads(exchange.at("prosecutor", "cases", "--json"))["cases"]) == 3
    seen = exchange.at("sheriff", "cases")
    assert "A2600105" in seen
    assert "police" not in seen
    for slug in everybody:
        assert "nothing is wrong" in exchange.at(slug, "verify")
