"""From settings to a wired agency."""

from accord.bootstrap.agency import Agency, Synced, opened
from accord.bootstrap.drafts import adopted_versions, check_draft, enrol_draft, sign_draft
from accord.bootstrap.home import (
    initialise,
    keep_memorandum,
    locked,
    parse_draft,
    read_draft,
    read_keys,
    read_passphrase,
)
from accord.bootstrap.inbox import Taken, take_inbox
from accord.bootstrap.reading import Place, current_views, find_case, known_names, parse_as_of, record_read
from accord.bootstrap.settings import Settings, WireSettings
from accord.bootstrap.verification import verify_home, verify_receipts

__all__ = [
    "Agency",
    "Place",
    "Settings",
    "Synced",
    "Taken",
    "WireSettings",
    "adopted_versions",
    "check_draft",
    "current_views",
    "enrol_draft",
    "find_case",
    "initialise",
    "keep_memorandum",
    "known_names",
    "locked",
    "opened",
    "parse_as_of",
    "parse_draft",
    "read_draft",
    "read_keys",
    "read_passphrase",
    "record_read",
    "sign_draft",
    "take_inbox",
    "verify_home",
    "verify_receipts",
]
