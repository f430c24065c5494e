"""Projection: what one role rebuilds from the events it could open, and the questions that may be put to
it.
"""

from accord.projection.digest import digest
from accord.projection.disclosure import READS_STEPS, Disclosure, ReadingLog
from accord.projection.owed import EVER, File
from accord.projection.replay import replay
from accord.projection.runner import Projection
from accord.projection.statements import Statement, Statements, check, counted, load, parse, visible
from accord.projection.views import Views

__all__ = [
    "EVER",
    "READS_STEPS",
    "Disclosure",
    "File",
    "Projection",
    "ReadingLog",
    "Statement",
    "Statements",
    "Views",
    "check",
    "counted",
    "digest",
    "load",
    "parse",
    "replay",
    "visible",
]
