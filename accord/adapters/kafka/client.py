"""How a broker is reached, and what its refusals are called here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka.errors import (
    AuthorizationError,
    KafkaError,
    UnknownTopicIdError,
    UnknownTopicOrPartitionError,
)

from accord.errors import AccordError, Unready

_NOT_PREPARED = "Run, where the broker is administered: accord broker prepare."

logging.getLogger("kafka").addHandler(logging.NullHandler())  # what matters of it is raised


@dataclass(slots=True, frozen=True)
class Servers:
    """A broker's addresses (host:port), and the files with which both sides show who they are (PEM).

    Without the three files the connection is plain text: for a broker on this machine only. One request is waited for
    `patience` milliseconds.
    """

    addresses: tuple[str, ...]
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    patience: int = 15_000

    def arguments(self) -> dict[str, Any]:
        """What every client of kafka-python is told."""
        said: dict[str, Any] = {
            "bootstrap_servers": list(self.addresses),
            "request_timeout_ms": self.patience,
            "bootstrap_timeout_ms": self.patience,
            "retry_backoff_ms": 20,
            "reconnect_backoff_max_ms": 1000,
        }
        files = {"ssl_cafile": self.authority, "ssl_certfile": self.certificate, "ssl_keyfile": self.key}
        if self.authority is not None:
            said["security_protocol"] = "SSL"
            said |= {name: str(path) for name, path in files.items() if path is not None}
        return said


def connected(kind: Any, **arguments: Any) -> Any:
    """A client of kafka-python (its consumer, producer or administrator); one that cannot connect leaves nothing behind.

    Left to itself it would keep the thread and the sockets of every attempt, all the time that a broker is away.
    """
    made: list[Any] = []

    def connection(**named: Any) -> Any:
        made.append(kind.DEFAULT_CONFIG["kafka_client"](**named))
        return made[-1]

    try:
        return kind(kafka_client=connection, **arguments)
    except BaseException:
        for one in made:
            one.close()
        raise


@contextmanager
def reaching(where: str) -> Iterator[None]:
    """Turn what broker or network refuse into an error of ours; `where` is the topic or the address."""
    try:
        yield
    except AccordError:
        raise
    except AuthorizationError as error:
        raise Unready(
            "the broker does not let this agency do that", where=where, advice=_NOT_PREPARED
        ) from error
    except (UnknownTopicOrPartitionError, UnknownTopicIdError) as error:
        raise Unready("the broker has no such topic", where=where, advice=_NOT_PREPARED) from error
    except (KafkaError, OSError) as error:
        raise Unready(
            "the broker cannot be reached, or does not answer",
            where=where,
            advice="What is not published stays in the store and goes out later; see to the broker and the network.",
        ) from error


@contextmanager
def reaching_or(give_up: Callable[[], None], where: str) -> Iterator[None]:
    """As `reaching`; a client that failed is given up, and made anew when it is used again."""
    try:
        with reaching(where):
            yield
    except Unready:
        give_up()
        raise
