"""However a schema is spoilt, the checker answers with faults, never with a crash and never with nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.vocabulary_values import VOCABULARY
from tests.unit.schema.sandbox import Sandbox

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "string", "null", "EventId", "record", "enum"])
)
spoilers = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "name", "fields", "items", "symbols", "size", "values", "field", "any_of"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return Sandbox(tmp_path_factory.mktemp("schemas"))


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        found += places(value, (*path, key))
    return found


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_a_spoilt_schema_is_a_fault_and_never_a_crash(sandbox: Sandbox, data: st.DataObject) -> None:
    kind = data.draw(
        st.sampled_from(["ArrestMade", "ChargeDisposed", "CaseReferred", "HearingHeld", "EventVoided"])
    )
    original = sandbox.path(kind).read_bytes()
    schema = json.loads(original)
    *way, last = data.draw(st.sampled_from(places(schema)))
    node = schema
    for step in way:
        node = node[step]
    node[last] = data.draw(spoilers)
    try:
        sandbox.write(kind, schema)
        assert sandbox.faults()
    finally:
        sandbox.path(kind).write_bytes(original)
    assert kind in VOCABULARY.events
