"""Who may do what on the topics of an exchange; a broker that has been told nothing allows nothing.

    <exchange>.log.<agency>      written by that agency; read by every member
    <exchange>.heads.<agency>    written by that agency; read by every member
    <exchange>.keys.<recipient>  written by every other member; read by the recipient
    groups keys, receivers       used by the agency that they name

A principal is the common name of a certificate. To write without repetitions (an idempotent producer) needs no permit of
its own since Kafka 2.8: whoever may write to a topic may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)

from accord.adapters.kafka.topics import heads_topic, keys_group, keys_topic, log_topic, receivers_group

ANY = "User:*"


@dataclass(slots=True, frozen=True, order=True)
class Permit:
    """One thing that somebody may do: `resource` is topic or group, `operation` read, write ..."""

    resource: str
    name: str
    who: str
    operation: str
    prefixed: bool = False

    def __str__(self) -> str:
        named = f"{self.name}*" if self.prefixed else self.name
        return f"{self.who} may {self.operation} {self.resource} {named}"


def permits(exchange: str, slugs: Iterable[str]) -> frozenset[Permit]:
    """Every permit of an exchange, and nothing more."""
    members = tuple(slugs)
    return frozenset(one for slug in members for one in _of(exchange, slug, members))


def _of(exchange: str, slug: str, members: tuple[str, ...]) -> Iterator[Permit]:
    for topic in (log_topic(exchange, slug), heads_topic(exchange, slug)):
        yield Permit("topic", topic, slug, "write")
        for other in members:
            yield Permit("topic", topic, other, "read")
    yield Permit("topic", keys_topic(exchange, slug), slug, "read")
    for other in members:
        if other != slug:
            yield Permit("topic", keys_topic(exchange, slug), other, "write")
    for group in (keys_group(exchange, slug), receivers_group(exchange, slug)):
        yield Permit("group", group, slug, "read")


def acl_of(permit: Permit) -> ACL:
    """The same as Kafka says it."""
    pattern = ResourcePattern(ResourceType[permit.resource.upper()], permit.name)
    operation = ACLOperation[permit.operation.upper()]
    return ACL(f"User:{permit.who}", "*", operation, ACLPermissionType.ALLOW, pattern)


def permit_of(acl: Any) -> Permit | None:
    """A permit from what Kafka says; None for what forbids."""
    if acl.permission_type != ACLPermissionType.ALLOW:
        return None
    pattern = acl.resource_pattern
    return Permit(
        pattern.resource_type.name.lower(),
        pattern.resource_name,
        acl.principal.removeprefix("User:"),
        acl.operation.name.lower(),
        pattern.pattern_type == ACLResourcePatternType.PREFIXED,
    )


def every_acl() -> ACLFilter:
    """What asks for all of them."""
    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everything)


def touches(permit: Permit, exchange: str) -> bool:
    """Whether a permit reaches anything of an exchange."""
    if permit.resource not in ("topic", "group"):
        return permit.resource == "cluster"
    if permit.prefixed:
        return permit.name.startswith(f"{exchange}.") or f"{exchange}.".startswith(permit.name)
    return permit.name == "*" or permit.name.startswith(f"{exchange}.")
