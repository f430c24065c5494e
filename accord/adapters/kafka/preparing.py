"""Preparing a broker for an exchange, and comparing it with what it has to be."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import SecurityDisabledError

from accord.adapters.kafka.client import Servers, connected, reaching
from accord.adapters.kafka.openness import Finding, too_open
from accord.adapters.kafka.permits import (
    Permit,
    acl_of,
    anywhere,
    denies,
    every_acl,
    permit_of,
    permits,
    touches,
)
from accord.adapters.kafka.topics import wanted
from accord.errors import Unready


@dataclass(slots=True, frozen=True)
class Prepared:
    """What was made: names of topics, settings that were put right, permits."""

    topics: tuple[str, ...]
    settings: tuple[str, ...]
    permits: tuple[str, ...]


class Preparation:
    """An exchange's topics and permits on a broker, by the slugs of its agencies; needs the operator's certificate."""

    def __init__(self, exchange: str, slugs: Iterable[str], admin: Any) -> None:
        self._exchange = exchange
        self._slugs = tuple(slugs)
        self._topics: Mapping[str, dict[str, str]] = wanted(exchange, self._slugs)
        self._permits = permits(exchange, self._slugs)
        self._admin = admin

    def prepare(self) -> Prepared:
        """Make what is missing and put settings right. Again does nothing; nothing is ever taken away."""
        there = set(self._admin.list_topics())
        missing = [name for name in self._topics if name not in there]
        if missing:
            made = {name: {"num_partitions": 1, "configs": self._topics[name]} for name in missing}
            self._admin.create_topics(made, wait_for_metadata=True)
        wrong = {name: self._wrong(name) for name in self._topics if name in there}
        for name, right in wrong.items():
            if right:
                self._admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, right)])
        lacking = self._lacking()
        if lacking:
            self._admin.create_acls([acl_of(one) for one in lacking])
        self._await()
        settings = tuple(f"{name}: {key}" for name, found in wrong.items() for key in found)
        return Prepared(tuple(missing), settings, tuple(map(str, lacking)))

    def _lacking(self) -> list[Permit]:
        given = self._given()
        return [] if given is None else sorted(self._permits - given)

    def _await(self) -> None:
        """What was made is in force a moment after the broker has taken it."""
        for _ in range(100):
            if self._is_there():
                return
            time.sleep(0.1)
        raise Unready("the broker has not put it all in force yet", advice="Run accord broker check.")

    def _is_there(self) -> bool:
        there = set(self._admin.list_topics())
        return (
            there.issuperset(self._topics)
            and not any(self._wrong(name) for name in self._topics)
            and not self._lacking()
        )

    def check(self, kept: Mapping[str, Mapping[str, str]] | None = None) -> Iterator[Finding]:
        """Everything that is missing, denied, wrong, or allowed to too many; `kept` are brokers' settings, by number.

        A broker does not show all of its settings: what it keeps to itself is unseen, unless it is in `kept`.
        """
        there = {one["name"]: one for one in self._admin.describe_topics()}
        for name, settings in self._topics.items():
            if name not in there:
                yield Finding("missing", name, "there is no such topic")
                continue
            if len(there[name]["partitions"]) != 1:
                yield Finding("wrong", name, "the topic has more than one partition, so its order is lost")
            for key in self._wrong(name):
                yield Finding("wrong", name, f"{key} is not {settings[key]}")
        for name in sorted(there):
            if name.startswith(f"{self._exchange}.") and name not in self._topics:
                yield Finding("wrong", name, "a topic of no agency of this memorandum")
        yield from self._check_permits()
        yield from self._check_brokers(kept or {})

    def _check_permits(self) -> Iterator[Finding]:
        given = self._given()
        if given is None:
            yield Finding(
                "open", "the broker", "there is no authorizer: anybody may write and read everything"
            )
            return
        for one in sorted(self._permits - given):
            yield Finding("missing", one.name, f"no permit: {one}")
        for one in sorted(given):
            if one.denied:
                yield from self._denied(one)
            elif anywhere(one) not in self._permits and touches(one, self._exchange):
                yield Finding("open", one.name, f"more than the exchange needs: {one}")

    def _denied(self, denial: Permit) -> Iterator[Finding]:
        lost = sorted({one.who for one in self._permits if denies(denial, one)})
        if lost:
            yield Finding(
                "denied", denial.name, f"{denial}: needed by {', '.join(lost)}, whatever is permitted"
            )

    def _check_brokers(self, kept: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
        for node in self._admin.describe_cluster()["brokers"]:
            number = str(node["broker_id"])
            shown = self._settings(ConfigResourceType.BROKER, number)
            yield from too_open(f"broker {number}", shown, kept.get(number, {}), self._slugs)

    def _given(self) -> set[Permit] | None:
        """Every permit of the broker, and what it denies; None where it asks for none."""
        try:
            acls, _ = self._admin.describe_acls(every_acl())
        except SecurityDisabledError:
            return None
        return {permit_of(acl) for acl in acls}

    def _wrong(self, name: str) -> dict[str, str]:
        found = self._settings(ConfigResourceType.TOPIC, name)
        return {key: value for key, value in self._topics[name].items() if found.get(key) != value}

    def _settings(self, kind: Any, name: str) -> dict[str, str | None]:
        """All that is set, by itself or by default; None where the broker keeps a value to itself."""
        found = self._admin.describe_configs([ConfigResource(kind, name)], config_filter="all")
        return {key: one["value"] for key, one in found[kind.name.lower()][name].items()}


@contextmanager
def administered(exchange: str, slugs: Iterable[str], servers: Servers) -> Iterator[Preparation]:
    """A broker to be prepared or checked; raises Unready where it refuses or cannot be reached."""
    with reaching(", ".join(servers.addresses)):
        admin = connected(KafkaAdminClient, **servers.arguments())
        try:
            yield Preparation(exchange, slugs, admin)
        finally:
            admin.close()
