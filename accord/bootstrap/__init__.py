"""From settings to a wired agency."""

from accord.bootstrap.agency import Agency, Synced, opened
from accord.bootstrap.home import (
    Settings,
    initialise,
    keep_memorandum,
    locked,
    parse_draft,
    read_draft,
    read_keys,
    read_passphrase,
)
from accord.bootstrap.verification import verify_home, verify_receipt

__all__ = [
    "Agency",
    "Settings",
    "Synced",
    "initialise",
    "keep_memorandum",
    "locked",
    "opened",
    "parse_draft",
    "read_draft",
    "read_keys",
    "read_passphrase",
    "verify_home",
    "verify_receipt",
]
