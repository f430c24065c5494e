"""How a broker is reached, and what its refusals are called here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
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

PATIENCE_MS = 15_000
"""For how long one request is waited for."""
_NOT_PREPARED = "Run, where the broker is administered: accord broker prepare."

logging.getLogger("kafka").addHandler(logging.NullHandler())  # what matters of it is raised


@dataclass(slots=True, frozen=True)
class Servers:
    """A broker's addresses (host:port), and the files with which both sides show who they are (PEM).

    Without the three files the connection is plain text: for a broker on this machine only.
    """

    addresses: tuple[str, ...]
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """What every client of kafka-python is told."""
        said: dict[str, Any] = {
            "bootstrap_servers": list(self.addresses),
            "request_timeout_ms": PATIENCE_MS,
            "bootstrap_timeout_ms": PATIENCE_MS,
            "reconnect_backoff_max_ms": 1000,
        }
        if self.authority is not None:
            said |= {
                "security_protocol": "SSL",
                "ssl_cafile": str(self.authority),
                "ssl_certfile": str(self.certificate),
                "ssl_keyfile": str(self.key),
            }
        return said


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
