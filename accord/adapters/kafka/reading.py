"""Reading records by their offsets. What is read is nobody's word yet."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

from accord.adapters.kafka.client import Servers, connected, reaching_or
from accord.errors import Unready

_LOOKED_EVERY = 100  # milliseconds
_FETCHED_AT_ONCE = 4 << 20  # bytes: some six bundles in one answer; kept in memory
_LOG_APPEND_TIME = 1  # as Kafka numbers the kinds of a record's time; 0 is CreateTime
Record = Any  # kafka-python's ConsumerRecord: offset, key, value, timestamp, timestamp_type


def stamped(one: Record) -> int | None:
    """When the broker took a record, in milliseconds since 1970; None where the time that it has is its sender's."""
    return int(one.timestamp) if one.timestamp_type == _LOG_APPEND_TIME else None


class Reader:
    """One consumer that reads any topic's only partition, from any offset on.

    It is in no group unless one is named, and then only to note how far it has come. Every method raises Unready where
    the broker refuses or does not answer.
    """

    def __init__(self, servers: Servers, group: str | None = None) -> None:
        self._servers = servers
        self._group = group
        self._consumer: Any = None
        self._at: tuple[str, int] | None = None
        self._met: set[str] = set()

    def begin(self, topic: str) -> int:
        """The first offset that is kept."""
        place = TopicPartition(topic, 0)
        with self._asking(topic) as consumer:
            self._require(consumer, topic)
            return int(consumer.beginning_offsets([place], self._servers.patience)[place])

    def end(self, topic: str) -> int:
        """The offset behind the last."""
        return self.ends([topic])[topic]

    def ends(self, topics: Sequence[str]) -> dict[str, int]:
        """The offsets behind the last of several topics, asked for at once."""
        places = [TopicPartition(one, 0) for one in topics]
        with self._asking(", ".join(topics)) as consumer:
            for topic in topics:
                self._require(consumer, topic)
            if len(topics) > 1 and not consumer.assignment().issuperset(places):
                self._keep(consumer, places)
            try:
                found = consumer.end_offsets(places, self._servers.patience)
            except KeyError:  # kafka-python 3.0 drops what it has, where it has to ask again for the rest
                found = {one: consumer.end_offsets([one], self._servers.patience)[one] for one in places}
        return {place.topic: int(end) for place, end in found.items()}

    def _keep(self, consumer: Any, places: Sequence[TopicPartition]) -> None:
        """Assign several at once, none of them fetched from: only then does the client know of all of them."""
        consumer.assign([*consumer.assignment().union(places)])
        consumer.pause(*places)
        for place in places:
            consumer.partitions_for_topic(place.topic)
        self._at = None

    def _turn_to(self, consumer: Any, place: TopicPartition) -> None:
        """Fetch from this topic alone. All topics stay assigned: the client forgets what it knows of others."""
        others = consumer.assignment() - {place}
        if place not in consumer.assignment():
            consumer.assign([*others, place])
        consumer.pause(*others)
        consumer.resume(place)

    def _require(self, consumer: Any, topic: str) -> None:
        if topic in self._met:
            return
        if not consumer.partitions_for_topic(topic):
            raise Unready(
                "the broker has no such topic, or does not show it to this agency",
                where=topic,
                advice="Run, where the broker is administered: accord broker prepare.",
            )
        self._met.add(topic)

    def read(self, topic: str, start: int, stop: int) -> Iterator[Record]:
        """The records from offset `start` on, those at `stop` and behind it left out; offsets may be missing."""
        while start < stop:
            records = self._next(topic, start)
            for one in records:
                if one.offset >= stop:
                    return
                start = one.offset + 1
                yield one
            start = max(start, self._position(topic))

    def noted(self, topic: str) -> int | None:
        """The offset noted for the group, if there is one."""
        with self._asking(topic) as consumer:
            found = consumer.committed(TopicPartition(topic, 0), timeout_ms=self._servers.patience)
        return None if found is None or found < 0 else int(found)

    def note(self, topic: str, offset: int) -> None:
        """Note an offset for the group."""
        with self._asking(topic) as consumer:
            consumer.commit(
                {TopicPartition(topic, 0): OffsetAndMetadata(offset, "", -1)}, self._servers.patience
            )

    def reach(self) -> None:
        """See that the broker answers."""
        with self._asking(", ".join(self._servers.addresses)):
            pass  # whoever connects asks it something

    def close(self) -> None:
        """Leave the broker; a further call begins anew."""
        if self._consumer is not None:
            self._consumer.close(autocommit=False, timeout_ms=1000)
        self._consumer = self._at = None
        self._met.clear()

    def _next(self, topic: str, start: int) -> list[Record]:
        place = TopicPartition(topic, 0)
        with self._asking(topic) as consumer:
            if self._at != (topic, start):
                self._turn_to(consumer, place)
                consumer.seek(place, start)
            found = self._awaited(consumer, place, start)
            self._at = (topic, found[-1].offset + 1) if found else None
        return found

    def _awaited(self, consumer: Any, place: TopicPartition, start: int) -> list[Record]:
        """The next records; none where the client passes over what is there: the end of a transaction is no record."""
        until = time.monotonic() + self._servers.patience / 1000
        while time.monotonic() < until:
            found: list[Record] = consumer.poll(_LOOKED_EVERY).get(place, [])
            if found or consumer.position(place, self._servers.patience) > start:
                return found
        raise Unready("the broker does not answer", where=place.topic)

    def _position(self, topic: str) -> int:
        with self._asking(topic) as consumer:
            return int(consumer.position(TopicPartition(topic, 0), self._servers.patience) or 0)

    @contextmanager
    def _asking(self, topic: str) -> Iterator[Any]:
        """The connection, made on first use, and anew after what went wrong."""
        with reaching_or(self.close, topic):
            if self._consumer is None:
                self._consumer = self._connect()
            yield self._consumer

    def _connect(self) -> Any:
        return connected(
            KafkaConsumer,
            **self._servers.arguments(),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCHED_AT_ONCE,
            fetch_max_wait_ms=100,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
