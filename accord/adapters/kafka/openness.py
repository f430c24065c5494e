"""What a broker's own settings let in, or allow, beside every permit.

A broker shows its settings to the operator, but not those of its authorizer: of super.users and
allow.everyone.if.no.acl.found it says that they are set, and not to what, as of every setting that it does not know by
itself. They are read from the file that it is started with, where that is at hand; else they are said to be unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

_UNSEEN = "the broker does not show it, and its settings were not handed in"
_ABSENT = {"auto.create.topics.enable": "true", "allow.everyone.if.no.acl.found": "false", "super.users": ""}
"""What holds where a setting is not there at all."""
_FALSE = {
    "auto.create.topics.enable": "a mistyped name makes a topic that nobody prepared",
    "allow.everyone.if.no.acl.found": "what no permit names is open to everybody",
}
_NOBODY_KNOWN = ("*", "ANONYMOUS", "nobody")
"""Whoever it may be; nobody is what the shipped settings call a certificate of no agency."""


@dataclass(slots=True, frozen=True)
class Finding:
    """What is not as it has to be; `kind` is missing, denied, wrong, open, or unseen: what the broker does not show."""

    kind: str
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.reason}"


def too_open(
    where: str, shown: Mapping[str, str | None], kept: Mapping[str, str], members: Collection[str]
) -> Iterator[Finding]:
    """What one broker's settings open to too many.

    `shown` are its settings as it shows them, None where it keeps a value to itself; `kept` those of its file; `members`
    the agencies' slugs.
    """
    if not shown:
        yield Finding("unseen", where, "the broker shows none of its settings")
        return
    told = _ABSENT | {key: kept.get(key) if value is None else value for key, value in shown.items()}
    for key, reason in _FALSE.items():
        if told[key] is None:
            yield Finding("unseen", where, f"{key}: {_UNSEEN}")
        elif told[key] != "false":
            yield Finding("open", where, f"{key} is not false: {reason}")
    yield from _super_users(where, told["super.users"], members)
    yield from _listeners(where, told)


def _super_users(where: str, said: str | None, members: Collection[str]) -> Iterator[Finding]:
    if said is None:
        yield Finding("unseen", where, f"super.users: {_UNSEEN}")
        return
    for one in said.split(";"):
        if (name := one.strip().removeprefix("User:")) in (*members, *_NOBODY_KNOWN):
            yield Finding("open", where, f"super.users names {name}, who needs no permit for anything then")


def _listeners(where: str, told: Mapping[str, str | None]) -> Iterator[Finding]:
    """Each way in for clients: whoever comes has to show a certificate."""
    kinds = dict(one.strip().upper().split(":") for one in _list(told, "listener.security.protocol.map"))
    within = [one.strip().upper() for one in _list(told, "controller.listener.names")]
    names = [one.strip().partition("://")[0].upper() for one in _list(told, "listeners")]
    if not names:
        yield Finding("unseen", where, f"listeners: {_UNSEEN}")
    for name in names:
        if name in within:
            continue
        own = f"listener.name.{name.lower()}.ssl.client.auth"
        key = own if own in told else "ssl.client.auth"
        if kinds.get(name, name) != "SSL":
            yield Finding(
                "open", where, f"listener {name} is not SSL: clients without a certificate are let in"
            )
        elif told.get(key) is None:
            yield Finding("unseen", where, f"listener {name}: {key}: {_UNSEEN}")
        elif told[key] != "required":
            reason = "clients without a certificate are let in"
            yield Finding("open", where, f"listener {name}: {key} is not required: {reason}")


def _list(told: Mapping[str, str | None], key: str) -> list[str]:
    return [one for one in (told.get(key) or "").split(",") if one.strip()]
