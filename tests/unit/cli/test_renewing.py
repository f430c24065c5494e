"""`accord keys`: an agency renews its keys as deploy/RUNBOOK.md says, planned and in a hurry."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.exchange import SLUGS, Exchange
from tests.running import Run, Said

EVENT = {
    "source": "/police",
    "subject": "A2400002",
    "type": "ArrestMade",
    "id": "A2400002/1",
    "data": {
        "occurred_on": "2024-06-03",
        "occurred_at": "2024-06-03T21:15:00-06:00",
        "arrest_number": "A2400002",
        "arrest_kind": "on_view",
        "offenses": ["assault"],
    },
}


class Office:
    """Whoever types commands, in any home of the exchange."""

    def __init__(self, exchange: Exchange, run: Run) -> None:
        self.exchange, self._run = exchange, run

    def at(self, slug: str, *words: object, stdin: bytes = b"") -> Said:
        return self._run(*words, "--home", self.exchange.home(slug), stdin=stdin)

    def done(self, slug: str, *words: object, stdin: bytes = b"") -> str:
        said = self.at(slug, *words, stdin=stdin)
        assert said.code == 0, said.err
        return said.out

    def second_version(self) -> Path:
        """A draft of the next version, as the board begins it: the old one with another number."""
        old = self.exchange.home("police") / "memorandum" / "0001.toml"
        text = re.sub(r"(?m)^version = 1$", "version = 2", old.read_text())
        digest = hashlib.sha256(old.read_bytes()).hexdigest()
        text = re.sub(r'(?m)^previous = ""', f'previous = "{digest}"', text)
        draft = self.exchange.root / "m2.toml"
        draft.write_text(text)
        draft.with_suffix(".md").write_bytes(old.with_suffix(".md").read_bytes())
        return draft

    def enrol_and_sign(self, draft: Path) -> Said:
        card = self.exchange.home("police") / "renewal.json"
        said = self._run("memorandum", "enrol", draft, card)
        assert said.code == 0, said.err
        for slug in SLUGS:
            self.done(slug, "memorandum", "sign", draft)
        return said


@pytest.fixture
def office(exchange: Exchange, run: Run) -> Office:
    return Office(exchange, run)


def emit(office: Office) -> Said:
    return office.at("police", "emit", stdin=json.dumps(EVENT).encode() + b"\n")


def test_a_planned_renewal_stops_nobody(office: Office) -> None:
    made = json.loads(office.done("police", "keys", "renew", "--json"))
    assert made["from_size"] == made["log_size"] + 1001
    draft = office.second_version()
    assert emit(office).code == 0
    enrolled = office.enrol_and_sign(draft)
    assert made["sha256"] in enrolled.out.replace(" ", "")
    checked = office.at("advocacy", "memorandum", "check", draft)
    assert f"police renews its keys, from size {made['from_size']}" in checked.out
    for slug in office.exchange.slugs:
        office.done(slug, "memorandum", "adopt", draft)
    for slug in (*office.exchange.slugs, *office.exchange.slugs):
        office.done(slug, "sync")
    for slug in office.exchange.slugs:
        assert "nothing is wrong" in office.done(slug, "verify")
    shown = json.loads(office.done("police", "keys", "show", "--json"))
    assert [one["state"] for one in shown["keys"]] == ["in force", "later"]
    assert shown["log_size"] == shown["last_30_days"]


def test_a_key_that_may_be_in_other_hands(office: Office) -> None:
    before = json.loads(office.done("police", "keys", "show", "--json"))
    card = office.done("police", "keys", "renew", "--after", "0")
    assert office.done("police", "keys", "renew", "--after", "0") == card
    assert office.done("police", "keys", "renew") == card
    refused = emit(office)
    assert (refused.code, "our log waits" in refused.err) == (3, True)
    assert office.at("police", "sync").code == 0  # it receives, and had nothing to append
    draft = office.second_version()
    office.enrol_and_sign(draft)
    assert draft.with_suffix(".toml.sig").read_text().count("walkthrough/police ") == 2
    for slug in office.exchange.slugs:
        office.done(slug, "memorandum", "adopt", draft)
    assert emit(office).code == 0
    for slug in (*office.exchange.slugs, *office.exchange.slugs):
        office.done(slug, "sync")
    shown = json.loads(office.done("police", "keys", "show", "--json"))
    assert [one["state"] for one in shown["keys"]] == ["before", "in force"]
    assert shown["keys"][0] == before["keys"][0] | {"state": "before"}
    assert shown["keys"][1]["from_size"] == before["log_size"] + 1
    assert shown["keys"][1]["root"]
    text = office.done("police", "keys", "show")
    assert shown["keys"][1]["log_key"] in text
    assert "keys renewed from size" in office.done("court", "memorandum", "show", draft)


def test_a_sync_that_has_something_to_append_says_that_the_log_waits(office: Office) -> None:
    office.done("police", "keys", "renew", "--after", "0")
    settings = office.exchange.home("police") / "agency.toml"
    clock = re.findall(r"(?m)^clock = (\d+)", settings.read_text())[0]
    settings.write_text(settings.read_text().replace(clock, str(int(clock) + 3 * 86_400_000_000)))
    office.done("police", "cases")  # a read: its head is said at the next sync
    said = office.at("police", "sync", "--json")
    assert said.code == 3, said.err
    assert "our log waits" in said.json["our_log_waits"]
    assert "it stands at" in office.at("police", "sync").out


@pytest.mark.parametrize("wrong", ["-1", "many", "1.5", "9999999999", "٣"])
def test_a_number_that_is_none_is_refused(office: Office, wrong: str) -> None:
    said = office.at("police", "keys", "renew", "--after", wrong)
    assert said.code == 2
    assert not (office.exchange.home("police") / "renewal.json").exists()


def test_a_home_that_follows_no_memorandum_has_nothing_to_renew(office: Office) -> None:
    for words in (("keys", "renew"), ("keys", "show")):
        said = office.at("court", *words)
        assert (said.code, "no memorandum is adopted" in said.err) == (3, True)
