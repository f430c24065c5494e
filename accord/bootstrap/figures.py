"""What an agency's processes count of their home, for whoever watches the machine: numbers, and slugs of agencies."""

from __future__ import annotations

from datetime import datetime
from math import inf

from accord.bootstrap.agency import Agency
from accord.projection import Views
from accord.replica import LogState
from accord.web import Figure

_LAG = "Since an agency was last heard; up to an hour and a minute is usual, +Inf if it never was."


def publishing_figures(agency: Agency) -> list[Figure]:
    """What the gateway knows: the outbox, what waits, our own log."""
    waiting = agency.publisher.waiting()
    now = agency.clock.now()
    oldest = min((since for _, since in waiting), default=now)
    return [
        Figure(
            "accord_outbox_entries", "Entries of our log that are not on the wire yet.", agency.unpublished
        ),
        Figure("accord_own_log_entries", "Entries of our log.", agency.log.size),
        Figure("accord_waiting_events", "Events that wait for what they cite.", len(waiting)),
        Figure("accord_waiting_oldest_seconds", "How long the oldest of them has.", (now - oldest) / 1e6),
    ]


def reading_figures(agency: Agency) -> list[Figure]:
    """What the projector knows: how far each log is verified, what is wrong, what nobody has answered."""
    now, found = agency.clock.now(), []
    for log in _logs(agency):
        by = {"log": log.slug}
        lag = max(0.0, (now - log.verified_at) / 1e6) if log.verified_at else inf
        found += [
            Figure("accord_log_entries", "Entries verified of a log.", log.size, by),
            Figure("accord_log_lag_seconds", _LAG, lag, by),
            Figure("accord_log_stopped", "Whether a fault has stopped a log.", log.fault is not None, by),
            Figure(
                "accord_log_unreached", "Whether it could not be reached.", log.slug in agency.unreached, by
            ),
            Figure("accord_log_awaiting_keys", "Grants whose keys have not come.", log.awaiting, by),
            Figure(
                "accord_log_without_keys", "Whether not even the shared key of a log is here.", log.mute, by
            ),
        ]
    return found + _projected(agency, now)


def _logs(agency: Agency) -> list[LogState]:
    """Every other log, also those of which nothing was ever received."""
    never = {slug: LogState(slug, 0, 0, None, 0, False) for slug in agency.memorandum.agencies}
    logs = never | {log.slug: log for log in agency.replica.logs()}
    return [log for slug, log in logs.items() if slug != agency.slug]


def _projected(agency: Agency, now: int) -> list[Figure]:
    views = Views(agency.projection)
    behind = agency.replica.last - agency.projection.position
    overdue = [
        now / 1e6 - datetime.fromisoformat(one["due"]).timestamp()
        for one in views.owed(now)
        if one["state"] == "overdue"
    ]
    oldest = max(overdue, default=0.0)
    return [
        Figure("accord_projection_behind_items", "Items received and not projected.", behind),
        Figure("accord_alarms", "Faults noticed: of logs, entries, grants.", len(views.alarms())),
        Figure("accord_obligations_overdue", "Obligations that are overdue here.", len(overdue)),
        Figure("accord_obligation_oldest_overdue_seconds", "How long the oldest of them is.", oldest),
    ]
