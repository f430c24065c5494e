"""One real broker for all the tests of a session that need one, and exchanges on it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from kafka import KafkaAdminClient

from accord.adapters.kafka import Servers
from accord.adapters.kafka.preparing import administered
from tests.real.broker import Broker
from tests.real.java import Absent

Part = TypeVar("Part")
GROUP = pytest.mark.xdist_group("kafka")
"""Tests that share the broker run in one process, one after the other."""


@cache
def shared_broker() -> Broker:
    """The session's broker, plain text, ended with the process."""
    root = Path(tempfile.mkdtemp(prefix="accord-kafka-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    broker = broker_or_skip(root / "broker")
    atexit.register(broker.close)
    return broker


def broker_or_skip(folder: Path, tls: Path | None = None, more: Mapping[str, str] | None = None) -> Broker:
    """A broker; where none can be had the test is skipped, and on the build server it fails."""
    return or_skip(lambda: Broker(folder, tls, more))


def or_skip(get: Callable[[], Part]) -> Part:
    """A part of the tests' world; where it cannot be had the test is skipped, and on the build server it fails."""
    try:
        return get()
    except Absent as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


def prepare_anew(exchange: str, slugs: Iterable[str], servers: Servers) -> None:
    """The topics of an exchange, with nothing on them."""
    admin = KafkaAdminClient(**servers.arguments())
    try:
        old = [name for name in admin.list_topics() if name.startswith(f"{exchange}.")]
        if old:
            admin.delete_topics(old)
        while set(admin.list_topics()) & set(old):
            time.sleep(0.02)
        groups = [
            one["group_id"] for one in admin.list_groups() if one["group_id"].startswith(f"{exchange}.")
        ]
        if groups:
            admin.delete_groups(groups)
    finally:
        admin.close()
    with administered(exchange, slugs, servers) as preparation:
        preparation.prepare()
