"""The rows that items of the feed other than events give: grants, adoptions, notices, heads, alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator

from accord.memorandum import OF_ANOTHER_VERSION
from accord.projection.promises import Row
from accord.seal import Alarm, LogHead, Opened, OpenedAdoption, OpenedGrant, OpenedNotice, Unopened

_json = json.JSONEncoder(separators=(",", ":")).encode


def row_of(item: Opened) -> tuple[str, Row]:
    """The table of the runner and the row that an item other than an event or a grant gives; no table: nothing
    to keep.
    """
    match item:
        case LogHead():
            return "log", (item.origin, item.size, item.verified_at)
        case OpenedAdoption():
            return "adoption", (item.origin, item.index, item.adopted.hex(), item.version, item.recorded_at)
        case OpenedNotice():
            return "notice", (
                item.origin,
                item.index,
                item.fault,
                item.about_origin,
                item.about_index,
                item.recorded_at,
            )
        case Alarm():
            return "alarm", (item.origin, item.index, item.kind, item.detail)
        case Unopened(understood=False):
            return "not_understood", (item.origin, item.index)
        case _:
            return "", ()


def granted_rows(item: OpenedGrant, memorandum: bytes) -> Iterator[Row]:
    """A row for each agency that a grant lets in; rules are numbered by the version in force here."""
    for share in item.shares:
        yield (
            item.origin,
            item.index,
            share.recipient,
            item.file.hex(),
            item.file_class,
            share.history,
            _json([list(chain) for chain in share.chains]),
            _json(list(share.entries)),
            share.rule if item.memorandum == memorandum else OF_ANOTHER_VERSION,
            share.clause,
            item.because_origin,
            item.because_event.hex(),
            item.recorded_at,
        )
