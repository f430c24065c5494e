"""Accord: an event-sourced exchange of case information that outsiders can check."""

__version__ = "0.1.0"
