"""A broker that is not there is told once, is no fault of any log, and costs nothing however long it is away."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from accord.adapters.directory import Unreached
from accord.adapters.kafka import Servers, administered, inspect_topics
from accord.adapters.kafka.reading import Reader
from accord.adapters.kafka.sending import Sender
from accord.errors import Unready
from tests.ports import free_port
from tests.unit.adapters.wire_world import always

# kafka-python leaves the socket of a connection that was refused to the collector, which closes it
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def servers(caplog: pytest.LogCaptureFixture) -> Iterator[Servers]:
    caplog.set_level(logging.CRITICAL, "kafka")  # what is logged would be kept, and the sockets with it
    yield Servers((f"127.0.0.1:{free_port()}",), patience=300)
    gc.collect()


def test_a_broker_that_is_away_is_told_once(servers: Servers) -> None:
    logs = {slug: (f"cook/{slug}", always(bytes(32))) for slug in ("court", "police")}
    (said,) = inspect_topics("cook", "court", servers, logs)
    assert isinstance(said, Unreached)
    assert (said.log, said.index, said.file) == ("", None, servers.addresses[0])


def administer(servers: Servers) -> None:
    with administered("cook", ("court",), servers):
        pass


@pytest.mark.parametrize(
    "attempt",
    [lambda one: Reader(one).reach(), lambda one: Sender(one).send("cook.log.court", b""), administer],
    ids=["consumer", "producer", "administrator"],
)
def test_an_attempt_to_connect_leaves_no_thread_behind(
    servers: Servers, attempt: Callable[[Servers], None]
) -> None:
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(Unready):
            attempt(servers)
    assert threading.active_count() == before
