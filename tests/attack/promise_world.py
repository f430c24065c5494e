"""Every kind of event by every publisher that may say it, every field filled with a value that can be recognised wherever
it turns up; and, reckoned from nothing but the memorandum's TOML, who may read what of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from accord.gateway import Submission
from accord.schema import EventSpec, FieldSpec
from accord.seal import OpenedEvent
from tests.simulator import TODAY, TWINS, MarkedEntropy, Simulation, model, simulate, vocabulary

FIVE = ("police", "prosecutor", "court", "probation", "reeducation")
NAMING = ("to_agency", "from_agency", "answer_from")
LAST = ("SupervisionEnded", "ProgramEnded", "ProtectionOrderEnded")  # what ends an involvement comes last
OPERATIONAL = {"law_enforcement", "prosecution", "court", "probation", "reeducation"}

# ---- Values that can be recognised ----

REFERENCE = bytes.fromhex("acc0dd73acc0dd73")
COMMITMENT = bytes.fromhex("c0ffee73c0ffee73")
_TIMES = (1_747_753_200_000_000 >> 24) << 24  # on 2025-05-20; the lower 24 bits tell values apart
_INTS = 1_900_000_000
NUMBERS = {
    "arrest": ("police", "T73{:06d}"),
    "report": ("police", "73-{:06d}"),
    "prosecution": ("prosecutor", "P73-{:05d}"),
    "docket": ("court", "ZQ-7373-{:05d}"),
    "order": ("court", "PO-7373-{:05d}"),
    "warrant": ("court", "W-7373-{:05d}"),
    "supervision": ("probation", "S7373{:04d}"),
    "violation": ("reeducation", "V73{:06d}"),
    "enrollment": ("reeducation", "E73{:06d}"),
}
_TIME_BYTES = _TIMES.to_bytes(8, "big")[:5]  # as SQLite stores it


def _varint(number: int) -> bytes:
    number, out = number << 1, bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


SEARCH = re.compile(
    b"|".join(
        [
            rb"(?P<text>T73\d{6}|73-\d{6}|P73-\d{5}|ZQ-7373-\d{5}|PO-7373-\d{5}|W-7373-\d{5}|S7373\d{4}"
            rb"|V73\d{6}|E73\d{6}|ZZQ-\d{6})",
            rb"(?P<reference>"
            + re.escape(REFERENCE)
            + rb"[\s\S]{8}|"
            + REFERENCE.hex().encode()
            + rb"[0-9a-f]{16})",
            rb"(?P<commitment>" + re.escape(COMMITMENT) + rb"|" + COMMITMENT.hex().encode() + rb")",
            rb"(?P<time>" + re.escape(_TIME_BYTES) + rb"[\s\S]{3})",
            rb"(?P<varint>[\s\S]{4}" + re.escape(_varint(_TIMES)[4:]) + rb")",
            rb"(?P<id>"
            + re.escape(MarkedEntropy.MARK)
            + rb"[\s\S]{8}|"
            + MarkedEntropy.MARK.hex().encode()
            + rb"[0-9a-f]{16})",
        ]
    )
)
"""Every recognisable value, as text, raw bytes, hex, a stored integer or an Avro long."""


@dataclass
class Maker:
    """Makes values; no two alike, where the type has room for it."""

    made: int = 0

    def one(self, spec: FieldSpec, agency: str) -> Any:
        """A value of a field, in its JSON form."""
        self.made += 1
        return getattr(self, f"_{spec.type}")(spec, self.made) if spec.type != "agency" else agency

    def _time(self, spec: FieldSpec, n: int) -> str:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=_TIMES + n)
        return moment.isoformat().replace("+00:00", "Z")

    def _date(self, spec: FieldSpec, n: int) -> str:
        return (date(2025, 7, 1) + timedelta(days=n)).isoformat()

    def _int(self, spec: FieldSpec, n: int) -> int:
        return _INTS + n

    def _bool(self, spec: FieldSpec, n: int) -> bool:
        return bool(n % 2)

    def _known(self, spec: FieldSpec) -> list[str]:
        listed = [one for one in vocabulary().lists[spec.list or ""].codes if one != "unspecified"]
        return listed or ["arrest-report"]

    def _code(self, spec: FieldSpec, n: int) -> str:
        known = self._known(spec)
        return known[n % len(known)]

    def _codes(self, spec: FieldSpec, n: int) -> list[str]:
        known = self._known(spec)
        return sorted({known[n % len(known)], known[(n + 1) % len(known)]})

    def _citation(self, spec: FieldSpec, n: int) -> str:
        return f"ZZQ-{n:06d}"

    def _hmac(self, spec: FieldSpec, n: int) -> str:
        return (COMMITMENT + n.to_bytes(24, "big")).hex()

    def _event(self, spec: FieldSpec, n: int) -> str:
        return (REFERENCE + n.to_bytes(8, "big")).hex()

    def _events(self, spec: FieldSpec, n: int) -> list[str]:
        self.made += 1
        return [self._event(spec, n), self._event(spec, self.made)]

    def _number(self, spec: FieldSpec, n: int) -> dict[str, str]:
        kind = spec.number_kind or "arrest"
        issuer, form = NUMBERS[kind]
        return {"kind": kind, "issuer": issuer, "value": form.format(n)}

    def _numbers(self, spec: FieldSpec, n: int) -> list[dict[str, str]]:
        return [self._number(spec, n)]


def needles(value: Any) -> Iterator[bytes]:
    """How a value would be found by `SEARCH`, in the form that `found` gives."""
    if isinstance(value, list):
        for one in value:
            yield from needles(one)
    elif isinstance(value, dict):
        yield value["value"].encode()
    elif isinstance(value, str) and value.startswith("ZZQ-"):
        yield value.encode()
    elif isinstance(value, str) and value.startswith((REFERENCE.hex(), COMMITMENT.hex())):
        yield bytes.fromhex(value)[: 16 if value.startswith(REFERENCE.hex()) else 8]
    elif isinstance(value, str) and re.fullmatch(r"2025-05-20T[0-9:.]+Z", value):
        moment = datetime.fromisoformat(value) - datetime(1970, 1, 1, tzinfo=UTC)
        yield (moment // timedelta(microseconds=1)).to_bytes(8, "big")


def found(data: bytes) -> Iterator[bytes]:
    """Every recognisable value in some bytes, in one form for each."""
    for match in SEARCH.finditer(data):
        said, how = match.group(), match.lastgroup
        if how in ("reference", "id", "commitment"):
            yield bytes.fromhex(said.decode()) if len(said) in (16, 32) and _is_hex(said) else said
        elif how == "varint":
            number = sum((byte & 127) << 7 * place for place, byte in enumerate(said))
            yield (number >> 1).to_bytes(8, "big")
        else:
            yield said


def _is_hex(data: bytes) -> bool:
    return re.fullmatch(rb"[0-9a-f]+", data) is not None


# ---- The memorandum, read naively ----


@dataclass
class Terms:
    """Entitlements and involvement rules straight from the TOML."""

    said: dict[str, Any]
    roles: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.roles = {one["slug"]: one["role"] for one in self.said["agency"]}

    def rights(self, role: str, kind: str) -> Iterator[tuple[str | None, str | None, str | None]]:
        """(field, named, only) of every right of a role to a kind; a field None is the header alone."""
        for table in self.said["entitlement"]:
            if role in _list(table["role"]) and kind in table["sees"]:
                for name in table["sees"][kind] or [None]:
                    yield name, table.get("named"), table.get("only")

    def reads_header(self, slug: str, kind: str, values: dict[str, Any]) -> bool:
        """May an agency that is part of the case open the header of this event?"""
        role = self.roles[slug]
        return role == "coordinator" or any(
            named is None or values.get(named) == slug for _, named, _ in self.rights(role, kind)
        )

    def right(self, slug: str, kind: str, name: str, values: dict[str, Any]) -> str:
        """readable, counted or withheld: what an agency in the case may do with a field of this event."""
        mine = [
            only
            for one, named, only in self.rights(self.roles[slug], kind)
            if one == name and (named is None or values.get(named) == slug)
        ]
        return "withheld" if not mine else "readable" if None in mine else "counted"

    def let_in(self, publisher: str, kind: str, values: dict[str, Any], file_class: str) -> dict[str, bool]:
        """Whom an event lets into the file that it is in, and whether with its history."""
        doors: dict[str, bool] = {}
        role = self.roles[publisher]
        for rule in self.said["involvement"]:
            by = {one for word in _list(rule["by"]) for one in ({role} if word == "any" else {word})}
            events = _list(rule["event"])
            opens = _list(rule["opens"])
            if role not in by or (kind not in events and "*" not in events):
                continue
            if file_class in rule.get("except_files", ()) or (opens != ["file"] and role not in opens):
                continue
            for word in _list(rule["agency"]):
                slug = word if word in self.roles else values.get(word)
                wanted = _list(rule.get("role", [self.roles.get(slug or "")]))
                if slug and slug != publisher and self.roles[slug] in wanted:
                    doors[slug] = doors.get(slug, False) or rule["history"] == "all"
        return doors


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# ---- The world ----


@dataclass
class Told:
    """One event as it was published: where, what, and what the submission said (None: a handshake of the gateway)."""

    publisher: str
    index: int
    file: str
    file_class: str
    event: str
    kind: str
    values: dict[str, Any]


@dataclass
class PromiseWorld:
    """Twelve agencies and everything that can be said, received by all."""

    world: Simulation
    terms: Terms
    told: list[Told] = field(default_factory=list)
    doors: dict[tuple[str, str], list[tuple[str, int, bool]]] = field(default_factory=dict)

    def involved(self, slug: str, one: Told) -> bool:
        """Is this agency part of the file, as far as this event?"""
        return slug == one.publisher or any(
            who == slug and (history or one.index >= since)
            for who, since, history in self.doors[one.publisher, one.file]
        )

    def reads_header(self, slug: str, one: Told) -> bool:
        """Does this agency get as far as the header of this event?"""
        if slug == one.publisher:
            return True
        return self.involved(slug, one) and self.terms.reads_header(slug, one.kind, one.values)

    def right(self, slug: str, one: Told, name: str) -> str:
        """readable, counted or withheld."""
        if slug == one.publisher:
            return "readable"
        if not self.reads_header(slug, one):
            return "withheld"
        return self.terms.right(slug, one.kind, name, one.values)


def twin(slug: str, terms: Terms) -> str:
    """The second agency of the same role."""
    return next(other for other, role in TWINS.items() if role == terms.roles[slug])


def full(maker: Maker, spec: EventSpec, agencies: dict[str, str]) -> dict[str, Any]:
    """Data of an event with every field filled."""
    data = {one.name: maker.one(one.spec, agencies.get(one.name, "court")) for one in spec.fields}
    if spec.kind == "ChargeDisposed":
        data["disposition"] = "dismissed"
    if spec.kind == "CaseReferred":
        data["purpose"] = "enforcement"  # any agency may answer it
    return data


def submissions(publisher: str, terms: Terms, maker: Maker) -> Iterator[Submission]:
    """Everything that one agency can say: in files where others are let in first, and alone in a file."""
    role = terms.roles[publisher]
    serial = 0

    def made(kind: str, subject: str, **agencies: str) -> Submission:
        nonlocal serial
        serial += 1
        others = {
            "supervised_by": "probation",
            "program_by": "reeducation",
            "serve_by": "police",
            "execute_by": "police",
        }
        data = full(maker, vocabulary().events[kind], {**others, **agencies})
        return Submission("/promise", f"{publisher}-{serial}", kind, subject, {"occurred_on": TODAY, **data})

    others = (
        [slug for slug in (*FIVE, twin(publisher, terms)) if slug != publisher] if role in OPERATIONAL else []
    )
    kinds = _kinds(role, terms)
    if role in OPERATIONAL:
        for slug in others:
            if terms.roles[slug] != "reeducation":
                yield made("ViolationReported", "together", answer_from=slug)
        if role in ("court", "probation"):
            yield made("CaseReferred", "together", to_agency="reeducation")
    for kind in kinds:
        naming = [name for name in NAMING if name in vocabulary().events[kind].names]
        targets = others if role in OPERATIONAL else list(FIVE)
        if kind == "ViolationReported":  # nobody is asked who may not answer
            targets = [slug for slug in targets if terms.roles[slug] != "reeducation"]
        for slug in targets if naming else targets[:1] or ["court"]:
            yield made(kind, "together", **dict.fromkeys(naming, slug))
        for slug in targets[:1] or ["court"]:
            yield made(kind, f"alone {kind}", **dict.fromkeys(naming, slug))


def _kinds(role: str, terms: Terms) -> list[str]:
    said = terms.said["publishes"]
    kinds = {*said.get(role, ()), *(said["operational"] if role in OPERATIONAL else ())} - {"EventVoided"}
    return sorted(kinds, key=lambda kind: (kind in LAST, kind))


def voids(world: Simulation, publisher: str, ids: list[str]) -> list[Submission]:
    """The first event of the shared file, voided."""
    data = {"occurred_on": TODAY, "supersedes": ids[0], "correction_reason": "duplicate"}
    return [Submission("/promise", f"{publisher}-void", "EventVoided", "together", data)]


def build(root: Path) -> PromiseWorld:
    """Everything said, sent, received and projected, and the reckoning of who may read it."""
    terms = Terms(tomllib.loads(model(twins=True).decode()))
    world = simulate(root, twins=True, marked=True)
    maker = Maker()
    said: dict[str, dict[str, Any]] = {}
    for publisher in (*FIVE, "advocacy"):
        several = list(submissions(publisher, terms, maker))
        ids = world.emit(publisher, *several)
        if publisher in FIVE:
            ids += world.emit(publisher, *voids(world, publisher, ids))
        said |= {id_: one.data for id_, one in zip(ids, several, strict=False)}
    world.sync_all()
    made = PromiseWorld(world, terms)
    for publisher in (*FIVE, "advocacy"):
        for item in world.opened(publisher):
            if isinstance(item, OpenedEvent) and item.origin == publisher:
                _take(made, item, said.get(item.event_id.hex()))
    return made


def _take(made: PromiseWorld, item: OpenedEvent, data: dict[str, Any] | None) -> None:
    """Reckon an event in: what was submitted, or what the gateway said by itself, and whom it lets in."""
    spec = vocabulary().events[item.kind]
    values = data if data is not None else _json(spec, item.values)
    told = Told(
        item.origin, item.index, item.file.hex(), item.file_class, item.event_id.hex(), item.kind, values
    )
    made.told.append(told)
    doors = made.doors.setdefault((item.origin, told.file), [])
    for slug, history in made.terms.let_in(item.origin, item.kind, values, item.file_class).items():
        doors.append((slug, item.index, history))


def _json(spec: EventSpec, values: dict[str, Any]) -> dict[str, Any]:
    from accord.projection.values import shown, storing

    made = {}
    for one in spec.fields:
        value, store = values[one.name], storing(one.spec.type)
        if value is not None:
            made[one.name] = shown(one.spec.type, store(value) if store else value)
    return made
