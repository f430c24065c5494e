"""Some of the faults of `python -m tests.real.soak` on Kafka and PostgreSQL together, a few times each."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.real.kafka_world import GROUP, shared_broker
from tests.real.postgres import Server
from tests.real.soak import FAULTS, Stage, staged

pytestmark = GROUP
ROUNDS = int(os.environ.get("ACCORD_TEST_SOAK", "1"))


@pytest.fixture(scope="module")
def stage(postgres: Server) -> Iterator[Stage]:
    with staged(shared_broker(), postgres, ROUNDS) as made:
        yield made


@pytest.mark.parametrize("fault", ["receiver SIGKILL", "PostgreSQL crash, restart"])
def test_everybody_has_and_sees_what_they_would_without_the_fault(fault: str, stage: Stage) -> None:
    row = FAULTS[fault](stage)
    assert row.times >= ROUNDS
    assert (row.twice, row.after) == (0, 0)
    kept, given = row.receipts.split("/")
    assert kept == given != "0"
    stage.clear()
