"""docs/spec/asyncapi.yaml is what the topics and schemas make it, and is an AsyncAPI 3.0 document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import fastavro
import pytest
import yaml

from accord.adapters.kafka.topics import wanted
from tests.docs.asyncapi import AVRO, PAGE, page

SAID: dict[str, Any] = yaml.safe_load(PAGE.read_text(encoding="utf-8"))


def references(part: Any) -> Iterator[str]:
    """Every $ref below a part of the document."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if key == "$ref":
            yield value
        elif isinstance(value, dict | list):
            yield from references(value)


def followed(reference: str) -> Any:
    """What a reference within the document leads to."""
    found: Any = SAID
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_the_document_is_what_the_topics_and_schemas_make_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.asyncapi"


def test_it_has_the_parts_that_asyncapi_3_asks_for() -> None:
    assert SAID["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= SAID["info"].keys()
    assert all({"host", "protocol"} <= one.keys() for one in SAID["servers"].values())
    for channel in SAID["channels"].values():
        names = {part.split("}")[0] for part in channel["address"].split("{")[1:]}
        assert channel["parameters"].keys() == names, (
            "every parameter of an address is described, and no other"
        )
        assert channel["messages"]
    for operation in SAID["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        assert all(one["$ref"].startswith(f"{channel}/messages/") for one in operation["messages"])
    for schema in SAID["components"]["schemas"].values():
        assert schema.keys() == {"schemaFormat", "schema"}
        assert schema["schemaFormat"] == AVRO


def test_every_reference_leads_somewhere() -> None:
    found = list(references(SAID))
    assert len(found) > 50
    for one in found:
        if one.startswith("#/"):
            assert followed(one)
        else:
            fastavro.parse_schema(json.loads((PAGE.parent / one).read_text()))


@pytest.mark.parametrize(("topic", "settings"), wanted("cook", ("court",)).items())
def test_every_topic_that_is_made_on_a_broker_is_described_with_its_settings(
    topic: str, settings: dict[str, str]
) -> None:
    (channel,) = (
        one
        for one in SAID["channels"].values()
        if one["address"].format(exchange="cook", agency="court") == topic
    )
    binding = channel["bindings"]["kafka"]
    assert binding["partitions"] == 1
    said = dict(binding["topicConfiguration"])
    assert ",".join(said.pop("cleanup.policy")) == settings["cleanup.policy"]
    assert {key: str(value) for key, value in said.items()} | {"cleanup.policy": "delete"} == settings
