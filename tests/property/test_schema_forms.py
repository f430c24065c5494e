"""JSON, plain values and the typed models agree, whichever way one goes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from accord.domain import EVENTS
from accord.errors import IntakeRefused
from accord.schema import from_plain, plain_to_json, to_plain
from tests.property.vocabulary_values import NOW, VOCABULARY, intake, values

KINDS = sorted(VOCABULARY.events)
GATE = intake()
HOSTILE: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**63,
    1.0,
    "",
    " ",
    "x",
    "unspecified",
    "2025-01-31",
    "2025-02-30",
    "20250131",
    "2025-01-31T10:00:00Z",
    "2025-01-31T10:00:00",
    "2025-01-31 10:00:00Z",
    "2025-W05-5",
    "0001-01-01T00:00:00+14:00",
    "2025-01-31T10:00:00.1234567Z",
    "\uff12025-01-31",
    [],
    {},
    [None],
    [[]],
    ["x", "x"],
    "00" * 16,
    "AB" * 16,
    "ab" * 16,
    "ab" * 32,
    ["ab" * 16, "ab" * 16],
    {"kind": "docket", "issuer": "court", "value": "1"},
    {"kind": [], "issuer": {}, "value": 1},
    [{"kind": "docket", "issuer": "court", "value": "1"}] * 2,
    "police",
]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_forms_agree(kind: str, data: st.DataObject) -> None:
    plain = data.draw(values(VOCABULARY.events[kind]))
    shown = json.loads(json.dumps(plain_to_json(kind, plain)))
    assert GATE.plain(kind, shown, now=NOW) == plain
    model = from_plain(kind, plain)
    assert to_plain(kind, model) == plain
    assert EVENTS[kind].model_validate_json(json.dumps(shown)) == model


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_gate_takes_nothing_that_the_model_refuses(kind: str, data: st.DataObject) -> None:
    """One field is replaced by something hostile: what passes the gate passes the model, to the same values.

    The model may take more: it knows neither the memorandum nor the clock.
    """
    event = VOCABULARY.events[kind]
    shown = plain_to_json(kind, data.draw(values(event)))
    name = data.draw(st.sampled_from(event.names or ("none",)))
    if event.names:
        shown[name] = data.draw(st.sampled_from(HOSTILE))
    taken = refusal = None
    try:
        taken = GATE.plain(kind, shown, now=NOW)
    except IntakeRefused as error:
        refusal = error
    try:
        model = EVENTS[kind].model_validate(shown)
    except ValidationError:
        assert refusal is not None
        return
    if taken is not None:
        assert to_plain(kind, model) == taken
        return
    needs_more = {"code", "codes", "citation", "agency", "number", "numbers", "time", "date"}
    assert event.field(name).spec.type in needs_more


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_sets_may_come_in_any_order(kind: str, data: st.DataObject) -> None:
    plain = data.draw(values(VOCABULARY.events[kind]))
    shown = plain_to_json(kind, plain)
    for name, value in shown.items():
        if isinstance(value, list):
            shown[name] = data.draw(st.permutations(value))
    assert GATE.plain(kind, shown, now=NOW) == plain
