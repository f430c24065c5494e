"""CloudEvents 1.0, structured mode: the published conformance feature, and what Accord is stricter about."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from accord.errors import IntakeRefused
from accord.gateway.cloudevents import envelope
from accord.gateway.intake import parse
from tests.shared_data import shared

GOOD: dict[str, Any] = {"specversion": "1.0", "type": "ArrestMade", "source": "/rms", "id": "1", "data": {}}


def structured_scenarios() -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """Body, expected attributes and expected data of every example of a structured JSON message in the features."""
    found = []
    for path in sorted(shared("vectors", "cloudevents-conformance", "features").glob("*.feature")):
        for scenario in re.split(r"^\s*Scenario", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            if "Structured content mode" not in scenario:
                continue
            blocks = re.findall(r'"""\n(.*?)\n\s*"""', scenario, flags=re.DOTALL)
            body, data = blocks[0][blocks[0].index("{") :], json.loads(blocks[-1])
            attributes = re.search(r"attributes are:(.*?)And", scenario, flags=re.DOTALL)
            assert attributes is not None
            rows = [
                [cell.strip() for cell in row.split("|")[1:3]] for row in attributes[1].strip().splitlines()
            ]
            examples = scenario.split("Examples:")[1].strip().splitlines()[1:]
            found += [(body, {key: value for key, value in rows if key != "key"}, data) for _ in examples]
    return found


def test_structured_json_messages_of_the_conformance_features() -> None:
    scenarios = structured_scenarios()
    assert len(scenarios) == 4  # two content types each over HTTP and Kafka
    for body, attributes, data in scenarios:
        read = envelope(parse(body.encode()))
        assert {name: read[name] for name in attributes} == attributes
        assert read["data"] == data


def refusal(**changes: Any) -> IntakeRefused:
    with pytest.raises(IntakeRefused) as caught:
        envelope({name: value for name, value in {**GOOD, **changes}.items() if value is not ...})
    return caught.value


@pytest.mark.parametrize("version", ["0.3", "1.0.0", "1", 1.0, 1, None, "", "2.0", "\uff11.0"])
def test_only_version_1_0(version: Any) -> None:
    assert refusal(specversion=version).where == "specversion"


def test_plain_json_has_no_version() -> None:
    assert "specversion" not in envelope(
        {name: value for name, value in GOOD.items() if name != "specversion"}
    )


@pytest.mark.parametrize(
    "name", ["traceparent", "victim", "sequence", "partitionkey", "dataref", "comexampleextension1"]
)
def test_an_extension_is_refused_by_its_name(name: str) -> None:
    assert refusal(**{name: "x"}).where == name


@pytest.mark.parametrize("name", ["Jane Doe", "UPPER", "a" * 21, "", "späť", "12 Main Street"])
def test_a_name_that_may_be_a_value_is_not_repeated(name: str) -> None:
    found = refusal(**{name: "x"})
    assert found.where == "an attribute"
    assert not name or name not in str(found)


def test_binary_data_is_refused() -> None:
    assert refusal(data_base64="AA==", data=...).where == "data_base64"


@pytest.mark.parametrize(
    "said", ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
def test_json_is_the_only_content_type(said: str) -> None:
    assert envelope({**GOOD, "datacontenttype": said})["datacontenttype"] == said


@pytest.mark.parametrize(
    "said",
    ["text/xml", "application/json; charset=latin-1", "application/cloudevents+json", "json", "text/json"],
)
def test_other_content_types_are_refused(said: str) -> None:
    assert refusal(datacontenttype=said).where == "datacontenttype"


@pytest.mark.parametrize(
    "said",
    [
        "2018-04-05T03:56:24Z",
        "2018-04-05t03:56:24.123456789z",
        "2018-04-05T03:56:24+01:00",
        "2024-02-29T00:00:00-07:00",
    ],
)
def test_a_time_is_rfc_3339(said: str) -> None:
    assert envelope({**GOOD, "time": said})["time"] == said


@pytest.mark.parametrize(
    "said",
    [
        "2018-04-05",
        "2018-04-05T03:56:24",
        "2018-04-05 03:56:24Z",
        "2018-13-05T03:56:24Z",
        "2023-02-29T00:00:00Z",
        "now",
        "2018-04-05T25:00:00Z",
    ],
)
def test_other_times_are_refused(said: str) -> None:
    assert refusal(time=said).where == "time"


@pytest.mark.parametrize("said", ["https://example.org/schemas/ArrestMade", "urn:x:y"])
def test_a_data_schema_is_a_uri_and_changes_nothing(said: str) -> None:
    assert envelope({**GOOD, "dataschema": said})["data"] == {}


@pytest.mark.parametrize("said", ["schemas/ArrestMade", "not a uri", "1:2"])
def test_another_data_schema_is_refused(said: str) -> None:
    assert refusal(dataschema=said).where == "dataschema"


@pytest.mark.parametrize("said", [[], "text", 1, None, True])
def test_an_event_is_an_object(said: Any) -> None:
    with pytest.raises(IntakeRefused):
        envelope(said)
