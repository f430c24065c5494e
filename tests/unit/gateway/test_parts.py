"""Receipts, handshakes, references and the outbox, each by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accord.errors import AccordError, EvidenceFault, IntakeRefused, Malformed
from accord.gateway import Accepted, Receipt
from accord.gateway.handshake import matter_number, referrals
from accord.gateway.references import Unresolved, resolve
from accord.gateway.submission import Submission
from accord.memorandum import Memorandum
from accord.replica import Citable
from accord.seal import open_key_bundle
from tests.simulator import Simulation, Torn, event, model, simulate, vocabulary

MEMORANDUM = Memorandum.parse(model(), vocabulary())


def link(n: int) -> Any:
    return event("CaseLinked", f"M{n}", other_event="ab" * 16)


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = simulate(tmp_path)
    yield made
    made.restart()


# ---- Receipts ----


def receipt(world: Simulation) -> Receipt:
    for n in range(5):
        world.emit("police", link(n))
    (outcome,) = world.try_emit("police", link(5))
    assert isinstance(outcome, Accepted)
    return outcome.receipts[0]


def test_a_receipt_is_read_as_it_was_printed_and_verifies_offline(world: Simulation) -> None:
    made = receipt(world)
    again = Receipt.parse(json.dumps(made.as_json()))
    key = world.memorandum.agencies["police"].log_key_at
    assert again == made
    assert again.verify(key).size == made.index + 1


def test_a_receipt_that_was_changed_does_not_verify(world: Simulation) -> None:
    made = receipt(world)
    key = world.memorandum.agencies["police"].log_key_at
    other = world.memorandum.agencies["court"].log_key_at
    for wrong in (
        replace(made, index=made.index - 1),
        replace(made, leaf=made.inclusion[0]),
        replace(made, inclusion=made.inclusion[:-1]),
        replace(made, inclusion=made.inclusion[::-1]),
        replace(made, origin=made.origin.replace("police", "court")),
        replace(made, head=made.head.replace("\n", "\n1", 1)),
    ):
        with pytest.raises(EvidenceFault):
            wrong.verify(key)
    with pytest.raises(EvidenceFault):
        made.verify(other)


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        {"index": "5"},
        {"index": True},
        {"inclusion": "x"},
        {"inclusion": [1]},
        {"leaf": None},
        {"grade": 1},
    ],
)
def test_a_receipt_of_another_form_is_refused(world: Simulation, change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Receipt.parse(json.dumps({**receipt(world).as_json(), **change}))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "noise", '{"event_id": '])
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Receipt.parse(text)


def test_base64_in_a_receipt_is_strict(world: Simulation) -> None:
    made = receipt(world)
    key = world.memorandum.agencies["police"].log_key_at
    for leaf in (made.leaf + "\n", made.leaf.rstrip("="), made.leaf[:-2] + chr(ord(made.leaf[-2]) + 1) + "="):
        with pytest.raises(Malformed):
            replace(made, leaf=leaf).verify(key)


# ---- Handshakes ----


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("ChargeFiled", {}, [("court", "charges_filed")]),
        ("SentenceImposed", {"supervised_by": None, "program_by": None}, []),
        (
            "SentenceImposed",
            {"supervised_by": "probation", "program_by": "reeducation"},
            [("probation", "supervision"), ("reeducation", "program_intake")],
        ),
        ("ReleaseConditionsSet", {"supervised_by": "probation"}, [("probation", "supervision")]),
        ("ReleaseConditionsSet", {"supervised_by": "prosecutor"}, []),
        ("HearingHeld", {"supervised_by": "probation"}, []),
    ],
)
def test_who_is_named_to_act_is_referred_to(
    kind: str, values: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert referrals(MEMORANDUM, "prosecutor", kind, values) == expected


def test_a_matter_is_known_by_the_emitters_key_or_by_the_first_number_of_ours() -> None:
    arrest = {"kind": "arrest", "issuer": "police", "value": "A2400001"}
    docket = {"kind": "docket", "issuer": "court", "value": "CR-2024-001"}
    assert matter_number(MEMORANDUM, "police", "A2400001", []) == arrest
    assert matter_number(MEMORANDUM, "police", "our own", [{"a": docket, "b": [arrest]}]) == arrest
    assert matter_number(MEMORANDUM, "police", "our own", [{"a": docket}]) is None


# ---- References ----


class Known:
    """A few numbers and emissions."""

    def __init__(self, *citable: Citable) -> None:
        self.citable = citable

    def emitted(self, source: str, id_: str) -> bytes | None:
        return b"e" * 16 if (source, id_) == ("/s", "mine") else None

    def kind_of(self, event_id: bytes) -> str | None:
        return "ArrestMade" if event_id == b"e" * 16 else None

    def numbered(self, value: str) -> list[Citable]:
        return [one for one in self.citable if value == "A1"]


def citable(
    file: int = 1, day: int = 1, kind: str = "ArrestMade", number: str = "arrest", origin: str = "police"
) -> Citable:
    return Citable(bytes([file, day]) * 8, kind, number, "police", None, origin, bytes([file]) * 16, day)


REPORT = vocabulary().events["ReportAvailable"]


def resolved(value: Any, *known: Citable) -> Any:
    said = Submission("/s", "said", "ReportAvailable", "M1", {"arrest": value})
    return resolve(REPORT, said, b"s" * 16, Known(*known))["arrest"]


def test_a_citation_becomes_the_id_of_what_it_cites() -> None:
    assert resolved("ab" * 16) == "ab" * 16
    assert resolved({"id": "mine"}) == "65" * 16
    assert resolved({"id": "mine", "source": "/s"}) == "65" * 16
    assert resolved({"number": "A1"}, citable()) == (bytes([1, 1]) * 8).hex()
    assert resolved({"number": "a1"}, citable()) == (bytes([1, 1]) * 8).hex()


@pytest.mark.parametrize("value", [{"id": "said"}, {"id": "said", "source": "/s"}, "73" * 16])
def test_an_event_does_not_cite_itself(value: Any) -> None:
    with pytest.raises(IntakeRefused, match="itself"):
        resolved(value)


def test_of_several_in_one_file_the_latest_in_time_holds() -> None:
    assert (
        resolved({"number": "A1"}, citable(1, 1), citable(1, 3), citable(1, 2)) == (bytes([1, 3]) * 8).hex()
    )


def test_where_the_issuer_has_said_a_number_nobody_else_says_what_it_is_of() -> None:
    squatter, ours = citable(2, 9, origin="sheriff"), citable(3, 1, origin="")
    assert resolved({"number": "A1"}, citable(1, 1), squatter) == (bytes([1, 1]) * 8).hex()
    assert resolved({"number": "A1"}, squatter, ours) == (bytes([3, 1]) * 8).hex()
    with pytest.raises(IntakeRefused):
        resolved({"number": "A1"}, squatter, citable(2, 9, origin="marshals"))


def test_what_fits_two_files_is_refused_and_what_fits_none_waits() -> None:
    with pytest.raises(IntakeRefused):
        resolved({"number": "A1"}, citable(1), citable(2))
    for value in ({"number": "A2"}, {"id": "other"}, {"id": "mine", "source": "/t"}):
        with pytest.raises(Unresolved):
            resolved(value, citable())
    for known in (citable(kind="ChargeFiled"), citable(number="report")):
        with pytest.raises(Unresolved):
            resolved({"number": {"kind": "arrest", "issuer": "police", "value": "A1"}}, known)


@pytest.mark.parametrize(
    "value",
    [
        1,
        True,
        [],
        {},
        "A1",
        "AB" * 16,
        {"id": 1},
        {"number": 1},
        {"number": {}},
        {"number": "A1", "x": 1},
        {"id": "mine", "x": 1},
    ],
)
def test_what_is_no_citation_is_refused(value: Any) -> None:
    with pytest.raises(AccordError):
        resolved(value, citable())


# ---- The outbox ----


def test_key_bundles_go_to_everybody_before_the_log_and_say_what_they_go_with(world: Simulation) -> None:
    world.emit("police", link(1))
    world.hands.torn.add("police")
    with pytest.raises(Torn):
        world.sync("police")
    size = world["police"].log.size
    key = world.memorandum.agencies["police"].log_key
    for slug in set(world.slugs) - {"police"}:
        covers, data = world.hands.kept[slug, "police"][-1]
        assert covers == size
        open_key_bundle(data, world["police"].log.origin, slug, size, key)
    assert f"\n{size}\n" not in (world["police"].wire.head("police") or "")


def test_what_was_torn_goes_out_again_and_is_the_same(world: Simulation) -> None:
    world.emit("police", link(1))
    world.hands.torn.add("police")
    with pytest.raises(Torn):
        world.sync("police")
    world.restart("police")
    world.hands.free()
    world.sync("police")
    for slug in set(world.slugs) - {"police"}:
        assert len(world.hands.kept[slug, "police"]) == 1  # byte for byte what was left before
    world.sync("advocacy")
    assert len(world.events("advocacy")) == 1


def test_a_long_backlog_goes_out_in_bundles_and_is_received_whole(world: Simulation) -> None:
    world.emit("police", *[link(n) for n in range(130)])
    size = world["police"].log.size
    assert size > 256
    world.sync("police", "advocacy", "auditor")
    assert len(world.events("advocacy")) == len(world.events("auditor")) == 130
    bundles = list(world["advocacy"].wire.bundles("police", 0))
    assert [len(one.entries) for one in bundles] == [256, size - 256]


def test_recorded_times_never_decrease_in_a_log(world: Simulation) -> None:
    world.emit("police", link(1), link(2))
    world.restart("police")
    settings = replace(
        world["police"].settings, clock=round(datetime(2025, 5, 25, tzinfo=UTC).timestamp() * 1e6)
    )
    world.restart("police")
    settings.write()
    world.emit("police", link(3))
    world.sync("police", "advocacy")
    times = [one.recorded_at for one in world.events("advocacy").values()]
    assert times == sorted(times)
