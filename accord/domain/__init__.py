"""The words of the work: roles, official numbers, and one typed model for each kind of event."""

from accord.domain.events import EVENTS, OfficialNumber
from accord.domain.roles import OPERATIONAL, ROLES, WATCHING
from accord.domain.values import Event

__all__ = ["EVENTS", "OPERATIONAL", "ROLES", "WATCHING", "Event", "OfficialNumber"]
