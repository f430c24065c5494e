"""Sealing: what is written so that only its readers can open it."""

from accord.seal.book import HEADER_MARK, OWN_LABEL, VOIDED, Book, origin_of
from accord.seal.chain import Chain, control_chain
from accord.seal.controls import KEYS_ASKED, read_control
from accord.seal.entry import SIZE_CLASSES, SLOTS, Entry
from accord.seal.entry import parse as parse_entry
from accord.seal.keybundle import KeyBundle, make_key_bundle, open_key_bundle
from accord.seal.opened import (
    Alarm,
    Control,
    LogHead,
    Opened,
    OpenedAdoption,
    OpenedEvent,
    OpenedGrant,
    OpenedNotice,
    OpenedReadsHead,
    Share,
    Unopened,
)
from accord.seal.opening import open_slot
from accord.seal.positions import Labels
from accord.seal.reading import Reading, match_header, read_event, read_header, reread_event
from accord.seal.records import Record, record
from accord.seal.ring import OwnRing, Position, Ring
from accord.seal.sealing import associated
from accord.seal.writing import (
    GrantTerms,
    Handing,
    Head,
    MadeGrant,
    ShareTerms,
    grant_record,
    key_message,
    open_key_message,
    seal_control,
    seal_event,
)

__all__ = [
    "HEADER_MARK",
    "KEYS_ASKED",
    "OWN_LABEL",
    "SIZE_CLASSES",
    "SLOTS",
    "VOIDED",
    "Alarm",
    "Book",
    "Chain",
    "Control",
    "Entry",
    "GrantTerms",
    "Handing",
    "Head",
    "KeyBundle",
    "Labels",
    "LogHead",
    "MadeGrant",
    "Opened",
    "OpenedAdoption",
    "OpenedEvent",
    "OpenedGrant",
    "OpenedNotice",
    "OpenedReadsHead",
    "OwnRing",
    "Position",
    "Reading",
    "Record",
    "Ring",
    "Share",
    "ShareTerms",
    "Unopened",
    "associated",
    "control_chain",
    "grant_record",
    "key_message",
    "make_key_bundle",
    "match_header",
    "open_key_bundle",
    "open_key_message",
    "open_slot",
    "origin_of",
    "parse_entry",
    "read_control",
    "read_event",
    "read_header",
    "record",
    "reread_event",
    "seal_control",
    "seal_event",
]
