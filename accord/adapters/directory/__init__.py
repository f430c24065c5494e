"""A wire made of files: the embedded default, and what HTTPS serves."""

from accord.adapters.directory.disk import Disk
from accord.adapters.directory.files import Files
from accord.adapters.directory.findings import Fault, Progress, Unreached
from accord.adapters.directory.inspection import inspect, inspect_key_bundle, inspect_log
from accord.adapters.directory.layout import (
    CHECKPOINT,
    KEYS,
    Place,
    covers_name,
    covers_of,
    is_temporary,
    place_of,
    slug_of,
)
from accord.adapters.directory.reading import LARGEST_BUNDLE, LARGEST_CHECKPOINT, LogFiles, parse_head
from accord.adapters.directory.wire import LARGEST_KEY_BUNDLE, DirectoryWire

__all__ = [
    "CHECKPOINT",
    "KEYS",
    "LARGEST_BUNDLE",
    "LARGEST_CHECKPOINT",
    "LARGEST_KEY_BUNDLE",
    "DirectoryWire",
    "Disk",
    "Fault",
    "Files",
    "LogFiles",
    "Place",
    "Progress",
    "Unreached",
    "covers_name",
    "covers_of",
    "inspect",
    "inspect_key_bundle",
    "inspect_log",
    "is_temporary",
    "parse_head",
    "place_of",
    "slug_of",
]
