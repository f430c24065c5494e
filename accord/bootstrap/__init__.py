"""From settings to a wired agency."""

from accord.bootstrap.agency import Agency, Synced, opened
from accord.bootstrap.beat import Beat, News, Turn, Watcher
from accord.bootstrap.drafts import adopted_versions, check_draft, enrol_draft, sign_draft, sign_together
from accord.bootstrap.figures import publishing_figures, reading_figures
from accord.bootstrap.home import (
    initialise,
    locked,
    parse_draft,
    read_draft,
)
from accord.bootstrap.inbox import Taken, await_inbox, take_inbox
from accord.bootstrap.keyring import read_keys, read_passphrase
from accord.bootstrap.newest import Newest
from accord.bootstrap.reading import (
    SHORT,
    Place,
    current_views,
    find_case,
    known_names,
    parse_as_of,
    record_read,
    words,
    words_of,
)
from accord.bootstrap.receipts import Checked, verify_receipts
from accord.bootstrap.renewal import keys_of, log_growth
from accord.bootstrap.settings import Settings, TlsSettings, WireSettings, store_url
from accord.bootstrap.staying import address_of, stop_by_signals
from accord.bootstrap.stores import prepare_stores
from accord.bootstrap.verification import verify_home
from accord.bootstrap.wires import Shared, open_server, open_share

__all__ = [
    "SHORT",
    "Agency",
    "Beat",
    "Checked",
    "Newest",
    "News",
    "Place",
    "Settings",
    "Shared",
    "Synced",
    "Taken",
    "TlsSettings",
    "Turn",
    "Watcher",
    "WireSettings",
    "address_of",
    "adopted_versions",
    "await_inbox",
    "check_draft",
    "current_views",
    "enrol_draft",
    "find_case",
    "initialise",
    "keys_of",
    "known_names",
    "locked",
    "log_growth",
    "open_server",
    "open_share",
    "opened",
    "parse_as_of",
    "parse_draft",
    "prepare_stores",
    "publishing_figures",
    "read_draft",
    "read_keys",
    "read_passphrase",
    "reading_figures",
    "record_read",
    "sign_draft",
    "sign_together",
    "stop_by_signals",
    "store_url",
    "take_inbox",
    "verify_home",
    "verify_receipts",
    "words",
    "words_of",
]
