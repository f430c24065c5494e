"""Sharing the logs among the workers of one agency: a consumer group gives each worker some of the log topics.

Which worker receives a log is the group's to say, and changes when one comes or dies; how far the log was received is the
store's. So the group decides nothing that could be wrong: two workers with the same log for a moment are told apart by the
store, where the size moves from the one that was read to the next or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kafka import KafkaConsumer
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from accord.adapters.kafka.client import Servers, connected, reaching
from accord.adapters.kafka.topics import log_topic, receivers_group

SESSION_MS = 10_000
"""After this long without a sign of life a worker's logs go to the others."""


class Share:
    """One worker's membership in its agency's group; `mine` has to be asked on every beat, every five minutes at least."""

    def __init__(
        self, exchange: str, slug: str, others: Iterable[str], servers: Servers, *, session: int = SESSION_MS
    ) -> None:
        self._slugs = {log_topic(exchange, other): other for other in others}
        self._group = receivers_group(exchange, slug)
        self._servers = servers
        self._session = session
        self._consumer: Any = None

    def mine(self, wait: int = 200) -> frozenset[str]:
        """The logs, by slug, that are this worker's now, after at most so many milliseconds. Raises Unready."""
        with reaching(self._group):
            if self._consumer is None:
                self._consumer = self._join()
            self._consumer.pause(
                *self._consumer.assignment()
            )  # the logs are read elsewhere, from the store's sizes on
            self._consumer.poll(wait, max_records=1)
            return frozenset(self._slugs[place.topic] for place in self._consumer.assignment())

    def close(self) -> None:
        """Leave the group, so that the others have this worker's logs at once."""
        if self._consumer is not None:
            self._consumer.close(autocommit=False, timeout_ms=2000)
        self._consumer = None

    def _join(self) -> Any:
        consumer = connected(
            KafkaConsumer,
            **self._servers.arguments(),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            session_timeout_ms=self._session,
            heartbeat_interval_ms=self._session // 3,
            partition_assignment_strategy=[StickyPartitionAssignor],
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        consumer.subscribe(list(self._slugs))
        return consumer
