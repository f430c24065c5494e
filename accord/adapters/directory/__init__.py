"""A wire made of files: the embedded default, and what HTTPS serves."""

from accord.adapters.directory.disk import Disk
from accord.adapters.directory.findings import Fault, Progress
from accord.adapters.directory.inspection import inspect
from accord.adapters.directory.wire import DirectoryWire

__all__ = ["DirectoryWire", "Disk", "Fault", "Progress", "inspect"]
