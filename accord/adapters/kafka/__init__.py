"""A wire on Apache Kafka, for exchanges that outgrow folders; needs the extra `kafka`."""

from accord.adapters.kafka.client import Servers
from accord.adapters.kafka.following import Judge
from accord.adapters.kafka.inspection import inspect_topics
from accord.adapters.kafka.wire import KafkaWire

__all__ = ["Judge", "KafkaWire", "Servers", "inspect_topics"]
