"""The same events give the same digests wherever they are kept and however they travel.

The walkthrough, and real cases of Cook County: over a folder with SQLite, over HTTPS, over Kafka with PostgreSQL.
ACCORD_CASES is the number of real cases (40; in earnest 2000), ACCORD_MATTERS that of the walkthrough's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from accord.demo import Places, run
from tests.real.kafka_world import GROUP, shared_broker
from tests.real.places import on_servers, over_https
from tests.real.postgres import Server
from tests.shared_data import shared

pytestmark = GROUP
CASES = int(os.environ.get("ACCORD_CASES", "40"))
MATTERS = int(os.environ.get("ACCORD_MATTERS", "2"))


def played(example: str, home: Path, places: AbstractContextManager[Places]) -> dict[str, Any]:
    """What became of an example; every log of it verifies, and nobody awaits a key."""
    data, cases = (None, MATTERS) if example == "walkthrough" else (shared("data", "cook-county-2019"), CASES)
    with places as where:
        result = run(example, data, cases, home, places=where)
    print(f"{example}, {cases} cases, {home.name}: {result['emitted']} events in {result['seconds']} s")
    assert result["faults"] == []
    for seen in result["agencies"].values():
        assert (seen["alarms"], seen["faults"], seen["keys_awaited"]) == ([], {}, 0)
    return result


def said(result: dict[str, Any]) -> dict[str, Any]:
    """All that a demonstration came to, but for the time it took."""
    counted = ("cases", "emitted", "rejected", "waiting", "rows", "kinds", "rejected_because", "roles")
    sizes = {slug: (seen["entries"], seen["events"]) for slug, seen in result["agencies"].items()}
    return {"sizes": sizes, **{name: result[name] for name in counted}}


@pytest.mark.parametrize("example", ["walkthrough", "cook-county"])
def test_the_same_events_give_the_same_digests_everywhere(
    example: str, tmp_path: Path, postgres: Server
) -> None:
    ways: dict[str, Callable[[], AbstractContextManager[Places]]] = {
        "folders": lambda: nullcontext(Places()),
        "https": lambda: over_https(tmp_path / "served", example),
        "kafka": lambda: on_servers(shared_broker().server, postgres, example),
    }
    told = {name: said(played(example, tmp_path / name, way())) for name, way in ways.items()}
    print("\n".join(f"{seen['digest']}  {role}" for role, seen in told["folders"]["roles"].items()))
    assert told["folders"]["emitted"] > 0
    assert told["https"] == told["folders"]
    assert told["kafka"] == told["folders"]
