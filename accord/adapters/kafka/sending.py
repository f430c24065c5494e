"""Records, acknowledged by every broker that has to have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kafka import KafkaProducer

from accord.adapters.kafka.client import Servers, connected, reaching
from accord.adapters.kafka.records import CONTENT_TYPE
from accord.adapters.kafka.topics import LARGEST_RECORD
from accord.errors import Unready


class Sender:
    """An idempotent producer, made on first use and given up after the first failure.

    A record whose sending failed may be on the topic all the same, now or a little later: who sends it again finds
    out what the topic holds, and readers ignore a repetition.
    """

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._producer: Any = None

    def send(self, topic: str, value: bytes, key: bytes | None = None) -> int:
        """Append a record; durable once it returns. Returns its offset. Raises Unready."""
        return self.send_all([(topic, value, key)])[0]

    def send_all(self, records: Iterable[tuple[str, bytes, bytes | None]]) -> list[int]:
        """Append a record (topic, value, key) to each of several topics, waiting once for all; returns their offsets.

        Durable once it returns. Raises Unready: some of them may then be there.
        """
        try:
            under_way = [(topic, self._begin(topic, value, key)) for topic, value, key in records]
            return [self._acknowledged(topic, sent) for topic, sent in under_way]
        except Unready:
            self.close()
            raise

    def _begin(self, topic: str, value: bytes, key: bytes | None) -> Any:
        with reaching(topic):
            if self._producer is None:
                self._producer = self._connect()
            return self._producer.send(topic, value, key=key, headers=CONTENT_TYPE, partition=0)

    def _acknowledged(self, topic: str, sent: Any) -> int:
        with reaching(topic):
            return int(sent.get(2 * self._servers.patience / 1000).offset)

    def close(self) -> None:
        """Leave the broker; what is under way is given up."""
        if self._producer is not None:
            self._producer.close(timeout=0)
        self._producer = None

    def _connect(self) -> Any:
        return connected(
            KafkaProducer,
            **self._servers.arguments(),
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=2 * self._servers.patience,
            max_block_ms=self._servers.patience,
            max_request_size=LARGEST_RECORD,
            batch_size=LARGEST_RECORD,
            linger_ms=0,
            metrics_enabled=False,
            allow_auto_create_topics=False,
        )
