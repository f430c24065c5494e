"""A wire on Apache Kafka, for exchanges that outgrow folders; needs the extra `kafka`."""

from accord.adapters.kafka.client import Servers
from accord.adapters.kafka.following import Judge
from accord.adapters.kafka.group import Share
from accord.adapters.kafka.inspection import inspect_topics
from accord.adapters.kafka.openness import Finding
from accord.adapters.kafka.preparing import Preparation, Prepared, administered
from accord.adapters.kafka.properties import read_settings
from accord.adapters.kafka.wire import KafkaWire

__all__ = [
    "Finding",
    "Judge",
    "KafkaWire",
    "Preparation",
    "Prepared",
    "Servers",
    "Share",
    "administered",
    "inspect_topics",
    "read_settings",
]
