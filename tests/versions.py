"""The next version of an exchange's memorandum with any change in its text, signed by every agency that it has.

text, clauses, signatures = next_version(root, text, clauses, lambda text: text.replace(...))
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from accord.bootstrap import read_draft, sign_draft
from accord.memorandum import Memorandum
from tests.exchange import vocabulary

Change = Callable[[str], str]
_BLOCK = re.compile(r"(?ms)^\[\[involvement\]\].*?(?=^\[|^# ----)")


@dataclass
class Version:
    """A version as it is handed in to be adopted."""

    text: bytes
    clauses: bytes
    signatures: bytes

    @property
    def memorandum(self) -> Memorandum:
        """The version, checked."""
        return Memorandum.parse(self.text, vocabulary())


def next_version(root: Path, before: bytes, clauses: bytes, change: Change) -> Version:
    """The version after `before`; `root` holds the agencies' homes by their slugs."""
    text = before.decode()
    number = int(re.findall(r"(?m)^version = (\d+)$", text)[0]) + 1
    text = re.sub(r"(?m)^version = \d+$", f"version = {number}", text)
    text = re.sub(r'(?m)^previous = "[^"]*"', f'previous = "{hashlib.sha256(before).hexdigest()}"', text)
    path = root / f"memorandum-{number}.toml"
    path.write_text(change(text))
    path.with_suffix(".md").write_bytes(clauses)
    path.with_suffix(".toml.sig").unlink(missing_ok=True)
    for slug in Memorandum.parse(path.read_bytes(), vocabulary()).agencies:
        if (root / slug).is_dir():
            sign_draft(path, vocabulary(), root / slug, {})
    return Version(*read_draft(path))


# ---- Changes ----


def rules_turned_round(text: str) -> str:
    """The rules of involvement in the opposite order."""
    blocks = _BLOCK.findall(text)
    turned = iter(blocks[::-1])
    return _BLOCK.sub(lambda _: next(turned), text)


def in_place_of(old: str, new: str) -> Change:
    """One passage, which stands there once, replaced by another."""

    def change(text: str) -> str:
        assert text.count(old) == 1, old
        return text.replace(old, new)

    return change


def agencies_turned_round(text: str) -> str:
    """The agencies in the opposite order."""
    found = re.compile(r"(?m)^\[\[agency\]\]\n(?:[a-z_]+ = .*\n|  .*\n|\]\n)*")
    turned = iter(found.findall(text)[::-1])
    return found.sub(lambda _: next(turned), text)


def without(slug: str) -> Change:
    """One agency fewer: its keys, its patterns of numbers, and where it is one of several that a rule lets in."""

    def change(text: str) -> str:
        text = re.sub(rf'(?m)^\[\[agency\]\]\nslug = "{slug}"\n(?:[a-z_]+ = .*\n|  .*\n|\]\n)*', "", text)
        text = re.sub(rf"(?m)^{slug} = \{{.*\}}\n", "", text)
        lists = re.compile(r"(?m)^agency = \[.*\]$")
        return lists.sub(lambda found: re.sub(rf', "{slug}"|"{slug}", ', "", found[0]), text)

    return change
