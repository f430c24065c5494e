"""What takes away a permit that a member needs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

from accord.adapters.kafka.permits import Permit, acl_of, anywhere, denies, permit_of, permits

NEEDED = Permit("topic", "cook.log.court", "court", "write")
DENIAL = replace(NEEDED, denied=True)


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"who": "*"},
        {"name": "*"},
        {"name": "cook.", "prefixed": True},
        {"name": "cook.log.court", "prefixed": True},
        {"operation": "all"},
        {"operation": "describe"},
        {"host": "192.0.2.1"},
    ],
    ids=str,
)
def test_a_denial_takes_away(other: dict[str, str]) -> None:
    assert denies(replace(DENIAL, **other), NEEDED)


@pytest.mark.parametrize(
    "other",
    [
        {"who": "police"},
        {"name": "cook.log.court2"},
        {"name": "cook."},
        {"name": "cook.log.p", "prefixed": True},
        {"operation": "read"},
        {"operation": "alter"},
        {"resource": "group"},
    ],
    ids=str,
)
def test_a_denial_of_something_else_does_not(other: dict[str, str]) -> None:
    assert not denies(replace(DENIAL, **other), NEEDED)


def test_every_permit_is_as_kafka_says_it() -> None:
    for one in permits("cook", ("court", "police")):
        assert permit_of(acl_of(one)) == one


def test_place_and_denial_are_read_and_said() -> None:
    topic = ResourcePattern(ResourceType.TOPIC, "cook.log.court")
    narrow = permit_of(ACL("User:court", "192.0.2.1", ACLOperation.WRITE, ACLPermissionType.ALLOW, topic))
    assert narrow != NEEDED
    assert anywhere(narrow) == NEEDED
    assert str(narrow) == "court may write topic cook.log.court from 192.0.2.1"
    denied = permit_of(ACL("User:court", "*", ACLOperation.WRITE, ACLPermissionType.DENY, topic))
    assert denied == DENIAL
    assert str(denied) == "court may not write topic cook.log.court"
