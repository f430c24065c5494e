"""What one agency of a demonstration has in its log and sees of all others, in numbers."""

from __future__ import annotations

from typing import Any

from accord.bootstrap import Agency
from accord.projection import Views, digest


def look(agency: Agency, as_of: int) -> dict[str, Any]:
    """Counts of events and fields as of a time (microseconds UTC), what is not as it should be, and the digest."""
    views = Views(agency.projection)
    counts = views.counts(as_of)
    fields = counts["fields"]
    logs = agency.replica.logs()
    return {
        "role": agency.role,
        "entries": agency.log.size,
        "waiting": len(agency.publisher.waiting()),
        "events": counts["events"],
        "opened": fields["opened"],
        "withheld": fields["withheld"],
        "fields": fields,
        "entries_not_understood": counts["entries_not_understood"],
        "alarms": views.alarms(),
        "faults": {log.slug: log.fault for log in logs if log.fault is not None},
        "keys_awaited": sum(log.awaiting for log in logs),
        "digest": digest(agency.projection),
    }
