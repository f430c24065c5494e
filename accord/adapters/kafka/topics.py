"""The topics of an exchange: their names, and how each has to be.

    <exchange>.log.<agency>         bundles of its log, for good
    <exchange>.keys.<recipient>     key bundles on their way, for a week
    <exchange>.heads.<agency>       its newest head, again and again; key: the log that the head is of

Each has one partition: its order is the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LARGEST_RECORD = 1_100_000
"""What a broker has to take, in bytes: a key bundle of 1 MiB, and what goes around it."""
_WEEK_MS = 7 * 86_400 * 1000
_STAMPED = {
    "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(LARGEST_RECORD),
    "compression.type": "uncompressed",
}
_FOR_GOOD = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1", **_STAMPED}
_IN_TRANSIT = {
    "cleanup.policy": "delete",
    "retention.ms": str(_WEEK_MS),
    "segment.ms": str(6 * 3_600 * 1000),
    "segment.bytes": str(16 << 20),
    **_STAMPED,
}


def log_topic(exchange: str, slug: str) -> str:
    """Where an agency's log is."""
    return f"{exchange}.log.{slug}"


def keys_topic(exchange: str, slug: str) -> str:
    """Where key bundles for an agency are left."""
    return f"{exchange}.keys.{slug}"


def heads_topic(exchange: str, slug: str) -> str:
    """Where an agency says how far its log goes."""
    return f"{exchange}.heads.{slug}"


def keys_group(exchange: str, slug: str) -> str:
    """The consumer group under which an agency notes which key bundles it has stored."""
    return keys_topic(exchange, slug)


def receivers_group(exchange: str, slug: str) -> str:
    """The consumer group in which an agency's workers share the logs."""
    return f"{exchange}.receivers.{slug}"


def wanted(exchange: str, slugs: Iterable[str]) -> Mapping[str, dict[str, str]]:
    """Every topic of an exchange with its settings."""
    found: dict[str, dict[str, str]] = {}
    for slug in slugs:
        found[log_topic(exchange, slug)] = dict(_FOR_GOOD)
        found[keys_topic(exchange, slug)] = dict(_IN_TRANSIT)
        found[heads_topic(exchange, slug)] = dict(_FOR_GOOD)
    return found
