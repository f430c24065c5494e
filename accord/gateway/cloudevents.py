"""The envelope of an event: CloudEvents 1.0, JSON format, structured mode, or the same without `specversion`.

    specversion      "1.0"; absent in plain JSON
    id, source       required: together the idempotency key
    type             required: the kind of event
    subject          the emitter's own matter key
    data             required: an object, the event's fields
    time             a time in RFC 3339; checked and not used: the event's times are in its data
    datacontenttype  application/json, if it is there
    dataschema       a URI, checked and not used: the vocabulary says what the data are
    reject           what a rejects file says of the event; not read

Anything else is refused by its name: an extension could carry what no field may. Source: CloudEvents 1.0.2,
"Context Attributes"; JSON Event Format 1.0.2.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from accord.errors import IntakeRefused

REQUIRED = ("id", "source", "type")
OPTIONAL = ("specversion", "subject", "time", "datacontenttype", "dataschema")
REJECT = "reject"
LONGEST = 200  # characters of an attribute; what is stored of a key is its hash
_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_JSON_TYPE = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


def envelope(said: Any) -> dict[str, Any]:
    """The attributes of an event and its `data`, checked; raises IntakeRefused naming the attribute, never its value."""
    if not isinstance(said, dict):
        raise IntakeRefused("an event is a JSON object")
    for name in said.keys() - {*REQUIRED, *OPTIONAL, "data", REJECT}:
        raise _unknown(name)
    _refuse_version(said)
    found = {
        name: _attribute(said, name) for name in (*REQUIRED, *OPTIONAL) if name in REQUIRED or name in said
    }
    for name, pattern, what in _FORMS:
        if name in found and not pattern.fullmatch(found[name]):
            raise IntakeRefused(what, where=name)
    if "time" in found:
        _refuse_no_time(found["time"])
    if not isinstance(said.get("data"), dict):
        raise IntakeRefused("is required, an object with the fields of the event", where="data")
    return {**found, "data": said["data"]}


_FORMS = (
    ("time", _TIME, "expected a time in RFC 3339, for example 2025-01-31T16:05:00Z"),
    ("datacontenttype", _JSON_TYPE, "only application/json is read"),
    ("dataschema", _URI, "expected a URI"),
)


def _unknown(name: Any) -> IntakeRefused:
    if name == "data_base64":
        return IntakeRefused(
            "binary data is not read", where=name, advice="Give the fields as JSON under data."
        )
    return IntakeRefused(
        "is not an attribute that is read here",
        where=shown(name),
        advice="Take it out: extension attributes could carry what no field may.",
    )


def _refuse_version(said: dict[str, Any]) -> None:
    if "specversion" in said and said["specversion"] != "1.0":
        raise IntakeRefused('only "1.0" is read', where="specversion")


def _attribute(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if name not in said:
        raise IntakeRefused("is required", where=name)
    if not isinstance(value, str) or not value:
        raise IntakeRefused("expected text that is not empty", where=name)
    if len(value) > LONGEST:
        raise IntakeRefused(f"is longer than {LONGEST} characters", where=name)
    if _CONTROL.search(value):
        raise IntakeRefused("has a control character", where=name)
    return value


def _refuse_no_time(value: str) -> None:
    try:
        datetime.fromisoformat(value[:19].upper())
    except ValueError as error:
        raise IntakeRefused("there is no such time", where="time") from error


def shown(name: object) -> str:
    """A name as it may be repeated in a message: an unknown one may itself be a value."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "an attribute"
