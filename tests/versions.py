"""The next version of an exchange's memorandum with any change in its text, signed by every agency that it has.

version = next_version(root, text, clauses, without("court"), agencies_turned_round)
agency.adopt(version.text, version.clauses, version.signatures)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from accord.bootstrap import WireSettings, enrol_draft, initialise, read_draft, sign_draft
from accord.memorandum import Memorandum
from tests.simulator import SEED, START, vocabulary

Change = Callable[[str], str]
_RULE = re.compile(r"(?ms)^\[\[involvement\]\].*?(?=^\[|^# ----)")
_AGENCY = r'^\[\[agency\]\]\nslug = "%s"\n(?:[a-z_]+ = .*\n|  .*\n|\]\n)*'


class Version(NamedTuple):
    """A version as it is handed in to be adopted."""

    text: bytes
    clauses: bytes
    signatures: bytes

    @property
    def memorandum(self) -> Memorandum:
        """The version, checked."""
        return Memorandum.parse(self.text, vocabulary())


def next_version(root: Path, before: bytes, clauses: bytes, *changes: Change) -> Version:
    """The version after `before`; `root` holds the agencies' homes by their slugs. Agencies that are new get homes."""
    text = before.decode()
    number = int(re.findall(r"(?m)^version = (\d+)$", text)[0]) + 1
    text = re.sub(r"(?m)^version = \d+$", f"version = {number}", text)
    text = re.sub(r'(?m)^previous = "[^"]*"', f'previous = "{hashlib.sha256(before).hexdigest()}"', text)
    for change in changes:
        text = change(text)
    path = root / f"memorandum-{number}.toml"
    path.write_text(text)
    path.with_suffix(".md").write_bytes(clauses)
    enrol_draft(path, dict(_newcomers(root, path.read_bytes())), vocabulary())
    for slug in Memorandum.parse(path.read_bytes(), vocabulary()).agencies:
        if (root / slug).is_dir():
            sign_draft(path, vocabulary(), root / slug, {})
    return Version(*read_draft(path))


def _newcomers(root: Path, text: bytes) -> Iterator[tuple[str, bytes]]:
    """The cards of the agencies that have no keys yet."""
    draft = Memorandum.parse(text, vocabulary())
    wire, clock = WireSettings.of_directory(root / "wire"), round(START.timestamp() * 1_000_000)
    for slug, one in draft.agencies.items():
        if not one.keys:
            yield slug, initialise(root / slug, draft, slug, {}, wire=wire, seed=SEED, clock=clock)


# ---- Changes ----


def rules_turned_round(text: str) -> str:
    """The rules of involvement in the opposite order."""
    turned = iter(_RULE.findall(text)[::-1])
    return _RULE.sub(lambda _: next(turned), text)


def agencies_turned_round(text: str) -> str:
    """The agencies in the opposite order."""
    found = re.compile(_AGENCY % "[a-z-]+", re.MULTILINE)
    turned = iter(found.findall(text)[::-1])
    return found.sub(lambda _: next(turned), text)


def in_place_of(old: str, new: str) -> Change:
    """One passage, which stands there once, replaced by another."""

    def change(text: str) -> str:
        assert text.count(old) == 1, old
        return text.replace(old, new)

    return change


def joining(slug: str, role: str) -> Change:
    """One agency more, the last of them."""
    return in_place_of("\n[witness]", f'[[agency]]\nslug = "{slug}"\nrole = "{role}"\n\n[witness]')


def without(slug: str) -> Change:
    """One agency fewer: its keys, its patterns of numbers, and its place in lists of agencies that rules let in."""

    def change(text: str) -> str:
        text = re.sub(_AGENCY % slug, "", text, flags=re.MULTILINE)
        text = re.sub(rf"(?m)^{slug} = \{{.*\}}\n", "", text)
        lists = re.compile(r"(?m)^agency = \[.*\]$")
        return lists.sub(lambda found: re.sub(rf', "{slug}"|"{slug}", ', "", found[0]), text)

    return change
