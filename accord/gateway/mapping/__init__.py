"""CSV intake through mapping files: an agency's own columns and codes to the exchange's events."""

from accord.gateway.mapping.mapping import Mapping
from accord.gateway.mapping.reading import Nothing, Outcome, Own, Reading
from accord.gateway.mapping.tally import Report

__all__ = ["Mapping", "Nothing", "Outcome", "Own", "Reading", "Report"]
