"""Waiting for news: the broker answers a request for what is not there yet as soon as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from accord.adapters.kafka.client import Servers, connected, reaching_or


class Listener:
    """A consumer of its own, whose records nobody looks at: that they came is the news."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._consumer: Any = None
        self._places: frozenset[TopicPartition] = frozenset()

    def listen(self, ends: Mapping[str, int], seconds: float) -> bool:
        """Whether anything came behind these offsets, by topic, within so many seconds. Raises Unready."""
        with reaching_or(self.close, ", ".join(self._servers.addresses)):
            return self._listen({TopicPartition(name, 0): end for name, end in ends.items()}, seconds)

    def _listen(self, ends: Mapping[TopicPartition, int], seconds: float) -> bool:
        if self._consumer is None or self._places != ends.keys():
            self.close()
            self._consumer, self._places = self._connect(), frozenset(ends)
            self._consumer.assign(list(ends))
            for place, end in ends.items():
                self._consumer.seek(place, end)
        for place, end in ends.items():
            if self._consumer.position(place, self._servers.patience) < end:
                self._consumer.seek(place, end)
        return bool(self._consumer.poll(round(seconds * 1000)))

    def close(self) -> None:
        """Leave the broker."""
        if self._consumer is not None:
            self._consumer.close(autocommit=False, timeout_ms=1000)
        self._consumer = None

    def _connect(self) -> Any:
        return connected(
            KafkaConsumer,
            **self._servers.arguments(),
            enable_auto_commit=False,
            auto_offset_reset="latest",
            max_partition_fetch_bytes=1,  # the least: one record, however large
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
