"""A broker that is not there is told once, and is no fault of any log."""

from __future__ import annotations

from accord.adapters.directory import Unreached
from accord.adapters.kafka import Servers, inspect_topics
from tests.nginx import free_port


def test_a_broker_that_is_away_is_told_once() -> None:
    where = f"127.0.0.1:{free_port()}"
    logs = {slug: (f"cook/{slug}", bytes(32)) for slug in ("court", "police")}
    (said,) = inspect_topics("cook", "court", Servers((where,), patience=300), logs)
    assert isinstance(said, Unreached)
    assert (said.log, said.index, said.file) == ("", None, where)
