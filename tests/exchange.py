"""A small exchange on disk: real homes, real keys, a real wire; made in about a second.

    exchange = found(tmp_path, "police", "prosecutor", "advocacy")
    exchange.emit("police", arrest("A2400001"))
    exchange.sync_all()
    exchange.release()                      # now commands can open the homes
    main(["cases", "--home", str(exchange.home("advocacy"))])

The memorandum is the walkthrough's, with all seven agencies enrolled and signed; only those named adopt it and take part.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from accord import catalog
from accord.bootstrap import Agency, Settings, WireSettings, initialise, sign_together
from accord.gateway import Accepted, Group, Outcome, Submission
from accord.memorandum import Memorandum
from accord.schema import Vocabulary
from accord.walkthrough import Step
from tests.walkthrough_county import told

EXAMPLE = catalog.examples() / "walkthrough"
SLUGS = ("police", "prosecutor", "court", "probation", "reeducation", "advocacy", "auditor")
SEED = b"exchange"
BEAT = "10s"  # what the example says
Stores = Callable[[str], str] | None
START = datetime(2025, 1, 1, tzinfo=UTC)


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once."""
    return Vocabulary.load(catalog.schemas())


def microseconds(moment: datetime) -> int:
    """An aware time as the exchange's clocks count."""
    return round(moment.timestamp() * 1_000_000)


@dataclass
class Exchange:
    """Homes below `root`, one for each of `slugs`; `root / "wire"` is the wire between them."""

    root: Path
    slugs: tuple[str, ...]
    text: bytes
    clauses: bytes
    signatures: bytes
    receipts: dict[tuple[str, str], str] = field(default_factory=dict)
    stores: Stores = None
    _open: dict[str, Agency] = field(default_factory=dict)

    @property
    def wire(self) -> Path:
        """The wire's folder."""
        return self.root / "wire"

    def home(self, slug: str) -> Path:
        """An agency's home."""
        return self.root / slug

    def agency(self, slug: str) -> Agency:
        """An agency, opened from its home on first use; it stays open until `release`."""
        if slug not in self._open:
            self._open[slug] = Agency(Settings.read(self.home(slug)), {}, vocabulary())
        return self._open[slug]

    def emit(self, slug: str, *submissions: Submission) -> list[Outcome]:
        """Submit events one by one; event ids of accepted ones are remembered by source and id."""
        outcomes = list(self.agency(slug).emit([Group((one,)) for one in submissions]))
        for outcome in outcomes:
            if isinstance(outcome, Accepted):
                pairs = zip(outcome.group.submissions, outcome.receipts, strict=True)
                self.receipts.update({(one.source, one.id): receipt.event_id for one, receipt in pairs})
        return outcomes

    def tell(self, steps: Iterable[Step]) -> list[Outcome]:
        """Hand in a stretch of the walkthrough, in its order, by the agencies that take part; then sync."""
        outcomes: list[Outcome] = []
        for slug, run in groupby((one for one in steps if one.agency in self.slugs), lambda one: one.agency):
            submissions = [one.with_event_ids(self._event_id) for one in run]
            outcomes += self.emit(slug, *submissions)
            self.sync_all()
        return outcomes

    def _event_id(self, source: str, id_: str) -> str:
        return self.receipts.get((source, id_), "00" * 16)

    def sync_all(self) -> None:
        """Sync every agency until none has anything new."""
        changed = True
        while changed:
            changed = sum(self.agency(slug).sync().changed for slug in self.slugs) > 0

    def release(self) -> None:
        """Close every agency, its clock's time kept in its home, so that a command can open it."""
        for slug, agency in self._open.items():
            now = agency.clock.now()
            agency.close()
            replace(Settings.read(self.home(slug)), clock=now).write()
        self._open.clear()

    def copy(self, root: Path) -> Exchange:
        """A copy of a released exchange below another folder, to be changed or damaged at will."""
        assert not self._open
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        return replace(self, root=root, receipts=dict(self.receipts), _open={})

    def adopt(self, text: bytes, clauses: bytes, signatures: bytes) -> None:
        """Let every agency adopt a version."""
        for slug in self.slugs:
            self.agency(slug).adopt(text, clauses, signatures)

    def set_clocks(self, moment: datetime) -> None:
        """Release every home and set its clock."""
        self.release()
        for slug in self.slugs:
            replace(Settings.read(self.home(slug)), clock=microseconds(moment)).write()


@cache
def _signed(root: Path, stores: Stores = None, beat: str = BEAT) -> tuple[bytes, bytes, bytes]:
    """The agreement with every agency's card in it, and all signatures; keeps seven new homes below root."""
    text, clauses = (EXAMPLE / "memorandum.toml").read_bytes(), (EXAMPLE / "memorandum.md").read_bytes()
    text = text.replace(f'beat = "{BEAT}"'.encode(), f'beat = "{beat}"'.encode(), 1)
    draft = Memorandum.parse(text, vocabulary())
    wire = WireSettings.of_directory(root / "wire")
    cards = [
        initialise(
            root / slug,
            draft,
            slug,
            {},
            wire=wire,
            seed=SEED,
            clock=microseconds(START),
            store=stores(slug) if stores else None,
        )
        for slug in SLUGS
    ]
    enrolled, signatures = sign_together(root, text, cards, clauses, vocabulary(), {})
    return enrolled, clauses, signatures


def unadopted(
    root: Path,
    *slugs: str,
    stores: Stores = None,
    wires: Mapping[str, WireSettings] | None = None,
    beat: str = BEAT,
) -> Exchange:
    """The same, before anybody has adopted."""
    exchange = Exchange(root, slugs or SLUGS, *_signed(root, stores, beat), stores=stores)
    for slug, wire in (wires or {}).items():
        replace(Settings.read(exchange.home(slug)), wire=wire).write()
    return exchange


def found(
    root: Path,
    *slugs: str,
    stores: Stores = None,
    wires: Mapping[str, WireSettings] | None = None,
    beat: str = BEAT,
) -> Exchange:
    """Found an exchange of these agencies (all seven if none is named) below a folder; every one has adopted.

    `stores` gives the URL of each agency's database, without it their stores are files in their homes; `wires` are the
    wires of their homes, by default all have the same directory; `beat` is that of the memorandum.
    """
    exchange = unadopted(root, *slugs, stores=stores, wires=wires, beat=beat)
    for slug in exchange.slugs:
        exchange.agency(slug).adopt(exchange.text, exchange.clauses, exchange.signatures)
    exchange.sync_all()
    return exchange


def arrest(number: str = "A2400001", on: str = "2024-06-03", **fields: Any) -> Submission:
    """An arrest by the police under this number."""
    data = {
        "occurred_on": on,
        "arrest_number": number,
        "occurred_at": f"{on}T21:15:00-06:00",
        "arrest_kind": "on_view",
        "offenses": ["assault"],
        "mandatory_arrest": True,
        "dual_arrest": False,
        **fields,
    }
    return Submission("/test/police", f"arrest-{number}", "ArrestMade", number, data)


def referral(number: str = "A2400001", on: str = "2024-06-04") -> Submission:
    """The police refer that arrest to the prosecutor."""
    data = {
        "occurred_on": on,
        "to_agency": "prosecutor",
        "purpose": "charging_decision",
        "case_numbers": [{"kind": "arrest", "issuer": "police", "value": number}],
        "arrest": {"id": f"arrest-{number}"},
    }
    return Submission("/test/police", f"referral-{number}", "CaseReferred", number, data)


def charge(docket: str = "CR-2024-001", number: str = "A2400001", on: str = "2024-06-05") -> Submission:
    """The prosecutor charges on that arrest."""
    data = {
        "occurred_on": on,
        "referral": {"number": number},
        "arrest": {"number": number},
        "docket_number": {"kind": "docket", "issuer": "court", "value": docket},
        "count": 1,
        "statute": "CO-3.01",
        "offense": "assault",
        "severity": "misdemeanor",
        "jurisdiction": "tribal",
        "dv_designated": True,
    }
    return Submission("/test/prosecutor", f"charge-{docket}", "ChargeFiled", "P24-0001", data)


def acceptance(number: str = "A2400001", case: str = "P24-0001", on: str = "2024-06-04") -> Submission:
    """The prosecutor accepts the referral of that arrest."""
    data = {
        "occurred_on": on,
        "referral": {"number": number},
        "from_agency": "police",
        "case_number": {"kind": "prosecution", "issuer": "prosecutor", "value": case},
    }
    return Submission("/test/prosecutor", f"accept-{number}", "ReferralAccepted", case, data)


def small(root: Path) -> Exchange:
    """Police, prosecutor and advocacy with one arrest, referred and charged; released."""
    exchange = found(root, "police", "prosecutor", "advocacy")
    told = exchange.emit("police", arrest(), referral())
    exchange.sync_all()
    told += exchange.emit("prosecutor", acceptance(), charge())
    exchange.sync_all()
    assert all(isinstance(one, Accepted) for one in told), told
    exchange.set_clocks(START + timedelta(hours=1))
    return exchange


def county(
    root: Path, cases: int = 4, seed: int = 1, wires: Mapping[str, WireSettings] | None = None
) -> Exchange:
    """All seven agencies with a few cases of the walkthrough; synced and released a month after its last act."""
    exchange = found(root, wires=wires)
    exchange.tell(told(cases, seed))
    exchange.set_clocks(datetime(2025, 4, 1, tzinfo=UTC))
    exchange.sync_all()
    exchange.release()
    return exchange
