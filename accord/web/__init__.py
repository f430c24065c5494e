"""HTTP faces of an agency's processes: so far how they fare, for whoever watches the machine."""

from accord.web.exposition import Figure, exposition
from accord.web.health import HealthServer, Vitals

__all__ = ["Figure", "HealthServer", "Vitals", "exposition"]
