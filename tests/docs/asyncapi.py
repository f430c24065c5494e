"""Writes docs/spec/asyncapi.yaml from the topics' own design and schemas/: `python -m tests.docs.asyncapi`.

AsyncAPI 3.0.0, with its Kafka bindings 0.5.0. Names, settings and groups are those of accord/adapters/kafka/topics.py; who
may do what is that of permits.py; payloads are the files in schemas/, by reference.
"""

from __future__ import annotations

from typing import Any

import yaml

from accord import __version__
from accord.adapters.kafka.permits import permits
from accord.adapters.kafka.records import CONTENT_TYPE, MOST_BYTES, MOST_ENTRIES
from accord.adapters.kafka.topics import (
    heads_topic,
    keys_group,
    keys_topic,
    log_topic,
    receivers_group,
    wanted,
)
from tests.shared_data import REPOSITORY

PAGE = REPOSITORY / "docs" / "spec" / "asyncapi.yaml"
AVRO = "application/vnd.apache.avro;version=1.9.0"
_EXCHANGE, _AGENCY = "{exchange}", "{agency}"
_BINDING = "0.5.0"
_HEAD = """\
# Generated: python -m tests.docs.asyncapi. What each record is, byte for byte, and whose it is: wire.md.
"""
_ABOUT = (
    "Agencies exchange signed logs over Apache Kafka. A broker holds no key and is not trusted: readers believe signatures, "
    "not topics (docs/spec/wire.md). What an entry holds is sealed; the events are under components, for whoever has its "
    f"keys. A bundle has at most {MOST_ENTRIES} entries and {MOST_BYTES} bytes of them."
)
_SLUG = {"description": "The slug of the exchange, as its memorandum says."}
_MEMBER = {"description": "The slug of an agency of the memorandum: the common name of its certificate."}
_TOPICS = {
    "log": (log_topic, "bundle", "An agency's log: bundles of entries under its signed heads, for good."),
    "keys": (keys_topic, "keys", "Key bundles on their way to one agency, for a week."),
    "heads": (heads_topic, "head", "An agency's newest signed head, again on every beat."),
}


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Accord on Apache Kafka",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": _content_type(),
        "servers": {"broker": _server()},
        "channels": {name: _channel(name) for name in _TOPICS},
        "operations": dict(one for name in _TOPICS for one in _operations(name)),
        "components": {"messages": _messages(), "schemas": _schemas(), "securitySchemes": _security()},
    }


def page() -> str:
    """The page as it must be."""
    return _HEAD + yaml.dump(document(), Dumper=_Whole, sort_keys=False, allow_unicode=True, width=120)


class _Whole(yaml.SafeDumper):
    """Writes everything out where it stands, with no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _content_type() -> str:
    return CONTENT_TYPE[0][1].decode()


def _server() -> dict[str, Any]:
    return {
        "host": "broker.example:9093",
        "protocol": "kafka-secure",
        "description": "TLS 1.3 with certificates on both sides: deploy/kafka/server.properties.",
        "security": [{"$ref": "#/components/securitySchemes/certificate"}],
    }


def _security() -> dict[str, Any]:
    about = "Its common name is the agency's slug; the broker's permits are made by `accord broker prepare`."
    return {"certificate": {"type": "X509", "description": about}}


def _channel(name: str) -> dict[str, Any]:
    topic, message, about = _TOPICS[name]
    address = topic(_EXCHANGE, _AGENCY)
    return {
        "address": address,
        "description": f"{about} {_who(address)}",
        "parameters": {"exchange": _SLUG, "agency": _MEMBER},
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "bindings": {
            "kafka": {"partitions": 1, "topicConfiguration": _settings(address), "bindingVersion": _BINDING}
        },
    }


def _settings(address: str) -> dict[str, Any]:
    """The settings of a topic as AsyncAPI types them: a list of clean-up policies, numbers as numbers."""
    said = wanted(_EXCHANGE, (_AGENCY,))[address]
    typed: dict[str, Any] = {
        key: int(value) if value.lstrip("-").isdigit() else value for key, value in said.items()
    }
    return typed | {"cleanup.policy": said["cleanup.policy"].split(",")}


def _who(address: str) -> str:
    """Who writes and who reads, out of the permits of an exchange of this agency and another."""
    given = [
        one
        for one in permits(_EXCHANGE, (_AGENCY, "other"))
        if (one.resource, one.name) == ("topic", address)
    ]
    said = {
        operation: sorted(one.who for one in given if one.operation == operation)
        for operation in ("write", "read")
    }
    named = {
        ("other", _AGENCY): "every member",
        (_AGENCY,): "that agency alone",
        ("other",): "every other member",
    }
    return f"Written by {named[tuple(said['write'])]}, read by {named[tuple(said['read'])]}."


def _operations(name: str) -> list[tuple[str, dict[str, Any]]]:
    message = _TOPICS[name][1]
    groups = {"log": receivers_group, "keys": keys_group}
    uses = {
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{message}"}],
    }
    receiving: dict[str, Any] = {"action": "receive", **uses}
    if name in groups:
        group = {"type": "string", "description": groups[name](_EXCHANGE, _AGENCY)}
        receiving["bindings"] = {"kafka": {"groupId": group, "bindingVersion": _BINDING}}
    title = message.capitalize()
    return [(f"send{title}", {"action": "send", **uses}), (f"receive{title}", receiving)]


def _messages() -> dict[str, Any]:
    header = {"content-type": {"type": "string", "const": _content_type()}}
    headers = {"type": "object", "properties": header, "required": ["content-type"]}
    text = "A C2SP tlog-checkpoint in UTF-8, signed by the log; docs/spec/ledger.md."
    head = {
        "payload": {"type": "string", "description": text},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "The slug of the log."},
                "bindingVersion": _BINDING,
            }
        },
    }
    payloads = {name: {"payload": {"$ref": f"#/components/schemas/{name}"}} for name in ("bundle", "keys")}
    titles = {"bundle": "Bundle", "keys": "Key bundle", "head": "Signed head"}
    said = {**payloads, "head": head}
    return {name: {"name": name, "title": titles[name], "headers": headers, **said[name]} for name in titles}


def _schemas() -> dict[str, Any]:
    """Every file of schemas/wire and schemas/events, by reference: the files are what the software reads."""
    files = [
        path for part in ("wire", "events") for path in sorted((REPOSITORY / "schemas" / part).glob("*.avsc"))
    ]
    return {
        path.stem: {
            "schemaFormat": AVRO,
            "schema": {"$ref": f"../../schemas/{path.parent.name}/{path.name}"},
        }
        for path in files
    }


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
