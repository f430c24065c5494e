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
from dataclasses import dataclass, replace
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

ANYBODY = "*"
_ANYWHERE = "*"


@dataclass(slots=True, frozen=True, order=True)
class Permit:
    """One thing that somebody may do, or is denied: `resource` is topic or group, `operation` read, write ..."""

    resource: str
    name: str
    who: str
    operation: str
    prefixed: bool = False
    host: str = _ANYWHERE
    denied: bool = False

    def __str__(self) -> str:
        named = f"{self.name}*" if self.prefixed else self.name
        place = "" if self.host == _ANYWHERE else f" from {self.host}"
        return f"{self.who} may {'not ' * self.denied}{self.operation} {self.resource} {named}{place}"


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


def permit_of(acl: Any) -> Permit:
    """A permit, or what denies, from what Kafka says."""
    pattern = acl.resource_pattern
    return Permit(
        pattern.resource_type.name.lower(),
        pattern.resource_name,
        acl.principal.removeprefix("User:"),
        acl.operation.name.lower(),
        pattern.pattern_type == ACLResourcePatternType.PREFIXED,
        acl.host,
        acl.permission_type == ACLPermissionType.DENY,
    )


def every_acl() -> ACLFilter:
    """What asks for all of them."""
    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everything)


def denies(denial: Permit, needed: Permit) -> bool:
    """Whether a denial takes away what is needed, from wherever it is asked: a denial goes before every permit.

    Who may read or write has to be let see as well (Kafka calls it describe), which is denied by itself.
    """
    name = denial.name
    named = needed.name.startswith(name) if denial.prefixed else name in (needed.name, "*")
    return (
        denial.resource == needed.resource
        and named
        and denial.who in (needed.who, ANYBODY)
        and denial.operation in (needed.operation, "all", "describe")
    )


def anywhere(permit: Permit) -> Permit:
    """The same, from wherever it is asked."""
    return replace(permit, host=_ANYWHERE)


def touches(permit: Permit, exchange: str) -> bool:
    """Whether a permit reaches anything of an exchange."""
    if permit.resource not in ("topic", "group"):
        return permit.resource == "cluster"
    if permit.prefixed:
        return permit.name.startswith(f"{exchange}.") or f"{exchange}.".startswith(permit.name)
    return permit.name == "*" or permit.name.startswith(f"{exchange}.")
