"""Without a beat, an event left with one process is seen by another at once, over a real broker."""

from __future__ import annotations

from tests.bench import live
from tests.real.kafka_world import GROUP, or_skip

pytestmark = GROUP


def test_live_events_reach_the_coordinator_one_by_one() -> None:
    found = or_skip(lambda: live.run(20, 10.0, print))
    middle, _, _ = live.percentiles(found.receipt)
    assert len(found.receipt) == 20
    assert 0 < middle < 5000, "no turn began with the news"
