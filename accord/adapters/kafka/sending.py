"""Records, acknowledged by every broker that has to have them."""

from __future__ import annotations

from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from accord.adapters.kafka.client import Servers, connected, reaching_or
from accord.adapters.kafka.records import CONTENT_TYPE
from accord.adapters.kafka.topics import LARGEST_RECORD

_SECONDS_TO_END = 5.0
Sent = tuple[str, Any]  # the topic, and kafka-python's future: what is under way


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
        return self.await_one(self.begin(topic, value, key))

    def begin(self, topic: str, value: bytes, key: bytes | None = None) -> Sent:
        """Put a record on its way, to be awaited. Raises Unready: it may be there all the same."""
        with reaching_or(self.close, topic):
            if self._producer is None:
                self._producer = self._connect()
            return topic, self._producer.send(topic, value, key=key, headers=CONTENT_TYPE, partition=0)

    def await_one(self, sent: Sent) -> int:
        """Wait for the broker's answer: the record is durable. Returns its offset. Raises Unready."""
        topic, answer = sent
        with reaching_or(self.close, topic):
            return int(answer.get(2 * self._servers.patience / 1000).offset)

    def close(self) -> None:
        """Leave the broker; what is under way is given up."""
        producer, self._producer = self._producer, None
        try:
            if producer is not None:
                producer.close(timeout=0)
        except KafkaTimeoutError:  # raised by kafka-python 3.0, its thread still at work on what is under way
            producer._sender.force_close()
            producer._sender.join(_SECONDS_TO_END)

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
